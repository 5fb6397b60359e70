/* hamt_check finds damage; and maps of all modes live in one arena without
   seeing each other. */
#include "hamt_text_test.h"

enum { LARGE = TEST_ROOM(6000, 2120, 1640) };

/* And for a copy, which has nothing to give back. */
enum { COPY = TEST_ROOM(6000, 2000, 1400) };

/* ---- Damage ---------------------------------------------------------- */

/* An array, pairs, a collision on the eighth level, and single entries. */
static bool grow(struct hamt *map)
{
    char path[9] = "AA";

    for (; path[0] < 'R'; path[0]++)
        for (path[1] = 'A'; path[1] < 'D'; path[1]++)
            EXPECT(put(map, path, 1) == 1);
    for (path[1] = 'Z', path[2] = 'A'; path[2] < 'C'; path[2]++)
        EXPECT(put(map, path, 1) == 1);
    memset(path, 'T', 7);
    path[6] = 'A';
    for (path[7] = '1'; path[7] < '5'; path[7]++)
        EXPECT(put(map, path, 1) == 1);
    return true;
}

TEST(a_wrong_handle_is_found)
{
    struct arena arena;
    struct hamt map, wrong;
    MEMORY(memory, LITTLE);

    arena_init(&arena, memory, LITTLE);
    hamt_init(&map, &arena, &spelled_types[EPOCHS]);
    CHECK(put(&map, "AB", 1) == 1 && put(&map, "AC", 1) == 1);
    CHECK(put(&map, "AD", 1) == 1 && put(&map, "C", 1) == 1);
    CHECK(hamt_check(&map) == ARENA_OK);
    wrong = map;
    wrong.count++;
    CHECK(hamt_check(&wrong) == ARENA_ECORRUPT);
    wrong.count = (arena_ref)(map.count - 1);
    CHECK(hamt_check(&wrong) == ARENA_ECORRUPT);
    wrong = map;
    wrong.root = 0;
    CHECK(hamt_check(&wrong) == ARENA_ECORRUPT);
    wrong.count = 0;
    CHECK(hamt_check(&wrong) == ARENA_OK);
}

/*
 * The words of a node, at its reference: the bitmaps of entries and of nodes;
 * a pair has both bits, a sub-node the second; its reference is before them. A
 * collision's first word is its number of entries.
 */
static uint32_t *node_words(const struct arena *arena, arena_ref ref)
{
    return (uint32_t *)(void *)(arena->base + (ref & ~(arena_ref)1));
}

/* The lowest node on the way to a key. */
static arena_ref node_of(const struct hamt *map, const char *path)
{
    struct hamt_iter iter;
    const void *value;

    hamt_iter_init(&iter, map);
    while (hamt_iter_next(&iter, NULL, &value) > 0)
        if (value == place_of(map, path))
            return iter.node[iter.level];
    return 0;
}

/* Is it found that a word has become another? The word is put right again. */
static bool is_found(const struct hamt *map, uint32_t *word, uint32_t wrong)
{
    uint32_t right = *word;

    EXPECT(hamt_check(map) == ARENA_OK);
    *word = wrong;
    EXPECT(hamt_check(map) == ARENA_ECORRUPT);
    *word = right;
    return true;
}

TEST(wrong_bitmaps_are_found)
{
    struct arena arena;
    struct hamt map;
    uint32_t *words;
    MEMORY(memory, LARGE);

    for (int mode = EPOCHS; mode < COUNTED + 1; mode++) {
        arena_init(&arena, memory, LARGE);
        hamt_init(&map, &arena, &spelled_types[mode]);
        CHECK(grow(&map));
        words = node_words(&arena, node_of(&map, "BA")); /* 4 entries */
        for (int bit = 0; bit < 32; bit++)
            CHECK(is_found(&map, words, words[0] ^ (uint32_t)1 << bit));
        for (int bit = 0; bit < 3; bit++)
            CHECK(is_found(&map, words + 1, words[1] ^ (uint32_t)1 << bit));
        words = node_words(&arena, node_of(&map, "TTTTTTA2"));
        CHECK(words[0] == 4 && is_found(&map, words, 3));
        CHECK(is_found(&map, words, 5) && is_found(&map, words, 2));
        CHECK(is_found(&map, words + 1, 1));
    }
}

/* There are two bits of hash left, so slot H is none: it looks like D. */
TEST(a_slot_that_the_seventh_level_has_not_is_found)
{
    struct arena arena;
    struct hamt map;
    uint32_t *words;
    MEMORY(memory, LITTLE);

    arena_init(&arena, memory, LITTLE);
    hamt_init(&map, &arena, &spelled_types[EPOCHS]);
    CHECK(put(&map, "TTTTTTA", 1) == 1 && put(&map, "TTTTTTB", 1) == 1);
    CHECK(put(&map, "TTTTTTD", 1) == 1);
    words = node_words(&arena, node_of(&map, "TTTTTTD"));
    CHECK(words[0] == 0xB && is_found(&map, words, 0x83));
}

TEST(wrong_references_are_found)
{
    struct arena arena;
    struct hamt map, wrong;
    arena_ref *refs, right;
    MEMORY(memory, LARGE);

    arena_init(&arena, memory, LARGE);
    hamt_init(&map, &arena, &spelled_types[EPOCHS]);
    CHECK(grow(&map));
    refs = (arena_ref *)(void *)node_words(&arena, map.root) - 32;
    CHECK(refs[1] == node_of(&map, "BA"));
    right = refs[1];
    refs[1] = refs[2];
    CHECK(hamt_check(&map) == ARENA_ECORRUPT);
    refs[1] = 0;
    CHECK(hamt_check(&map) == ARENA_ECORRUPT);
    refs[1] = (arena_ref)(right + 8);
    CHECK(hamt_check(&map) == ARENA_ECORRUPT);
    refs[1] = (arena_ref)~(arena_ref)0x7F; /* outside */
    CHECK(hamt_check(&map) == ARENA_ECORRUPT);
    refs[1] = right;
    refs[31] = right; /* a slot without a bit */
    CHECK(hamt_check(&map) == ARENA_ECORRUPT);
    refs[31] = 0;
    CHECK(hamt_check(&map) == ARENA_OK);

    wrong = map;
    wrong.root = right;
    CHECK(hamt_check(&wrong) == ARENA_ECORRUPT);
    wrong.root = (arena_ref)(map.root & ~(arena_ref)1);
    CHECK(hamt_check(&wrong) == ARENA_ECORRUPT);
}

/* Is each wrong bit found in a node's references and bitmaps? Slow machines try
   some of them. */
static bool are_bits_found(const struct hamt *map, arena_ref ref)
{
    const uint32_t *words = node_words(map->arena, ref);
    size_t refs = 0;
    unsigned char *at;

    for (uint32_t left = words[1] & ~words[0]; left != 0; left &= left - 1)
        refs++;
    if (ref & 1)
        refs = 32;
    at = map->arena->base + (ref & ~(arena_ref)1) - refs * sizeof(arena_ref);
    for (size_t bit = 0; bit < (refs * sizeof(arena_ref) + 8) * 8;
         bit += test_stride(1) | 1) {
        unsigned char right = at[bit / 8];

        at[bit / 8] = (unsigned char)(right ^ 1u << bit % 8);
        EXPECT(hamt_check(map) == ARENA_ECORRUPT);
        at[bit / 8] = right;
    }
    return true;
}

/* In a copy: there nothing lies between the nodes that has been freed. */
#ifdef STRATA_VALGRIND
TEST(each_wrong_bit_of_a_node_is_found)
{
    (void)are_bits_found;
    LEAVE_OUT("damage leads the checker to poisoned bytes");
}
#else
TEST(each_wrong_bit_of_a_node_is_found)
{
    static const char *const keys[] = { "BA", "CB", "TTTTTTA2" };
    struct arena arena, other;
    struct hamt map, copy;
    struct hamt_iter iter;
    const void *value;
    MEMORY(memory, LARGE + COPY);

    for (int mode = EPOCHS; mode <= COUNTED; mode++) {
        arena_init(&arena, memory, LARGE);
        arena_init(&other, memory + LARGE, COPY);
        hamt_init(&map, &arena, &spelled_types[mode]);
        CHECK(grow(&map) && hamt_copy(&map, &other, &copy) == ARENA_OK);
        for (int i = 0; i < 3; i++) {
            hamt_iter_init(&iter, &copy);
            do
                CHECK(hamt_iter_next(&iter, NULL, &value) == 1);
            while (value != place_of(&copy, keys[i]));
            for (int level = 0; level <= iter.level; level++)
                CHECK(are_bits_found(&copy, iter.node[level]));
        }
        CHECK(is_sound(&copy));
    }
}
#endif

TEST(a_key_in_the_wrong_place_is_found)
{
    static const char *const keys[] = { "BA", "CZA", "TTTTTTA3" };
    struct arena arena;
    struct hamt map;
    struct hamt_iter iter;
    const void *key, *value;
    MEMORY(memory, LARGE);

    arena_init(&arena, memory, LARGE);
    hamt_init(&map, &arena, &spelled_types[EPOCHS]);
    CHECK(grow(&map) && put(&map, "CZA", 1) == 1);
    for (int i = 0; i < 3; i++) {
        struct spelled *there;

        hamt_iter_init(&iter, &map);
        do
            CHECK(hamt_iter_next(&iter, &key, &value) == 1);
        while (value != place_of(&map, keys[i]));
        there = (struct spelled *)(void *)(arena.base +
                                           ((const unsigned char *)key -
                                            arena.base));
        there->path[i == 2 ? 6 : 1]++;
        CHECK(hamt_check(&map) == ARENA_ECORRUPT);
        there->path[i == 2 ? 6 : 1]--;
        CHECK(hamt_check(&map) == ARENA_OK);
    }
}

TEST(a_string_without_its_nul_is_found)
{
    struct arena arena;
    struct hamt map;
    struct arena_bytes key = { "AB", 2 };
    unsigned char *text;
    arena_ref *size;
    MEMORY(memory, LITTLE);

    for (int mode = EPOCHS; mode < MODES; mode++) {
        arena_init(&arena, memory, LITTLE);
        hamt_init(&map, &arena, &text_types[mode]);
        CHECK(put_text(&map, "AB", "some text") == 1);
        text = arena.base + ((const unsigned char *)hamt_get(&map, &key) -
                             arena.base);
        text[9] = 'x';
        CHECK(hamt_check(&map) == ARENA_ECORRUPT);
        text[9] = '\0';
        size = (arena_ref *)(void *)text - 1;
        *size = 5;
        CHECK(hamt_check(&map) == ARENA_ECORRUPT);
        *size = 900;
        CHECK(hamt_check(&map) == ARENA_ECORRUPT);
        *size = 9;
        CHECK(hamt_check(&map) == ARENA_OK);
    }
}

static int no_hash(const struct hamt_type *type, const void *key,
                   uint32_t *hash)
{
    (void)type;
    (void)key;
    (void)hash;
    return -1500;
}

TEST(a_check_that_can_not_hash_says_so)
{
    struct arena arena;
    struct hamt map;
    struct hamt_type type;
    MEMORY(memory, LITTLE);

    type = spelled_types[EPOCHS];
    arena_init(&arena, memory, LITTLE);
    hamt_init(&map, &arena, &type);
    CHECK(put(&map, "AB", 1) == 1);
    type.hash = no_hash;
    CHECK(hamt_check(&map) == -1500);
}

/* ---- One arena ------------------------------------------------------- */

/* Maps of all modes, and blocks of the user's, under holds and rollbacks. */
static bool live_together(struct arena *arena)
{
    struct arena_epoch epoch;
    struct hamt maps[MODES], saved[MODES], counted;
    unsigned char *plain = (unsigned char *)arena_alloc(arena, 20);

    EXPECT(plain != NULL);
    memset(plain, 0x3C, 20);
    for (int mode = EPOCHS; mode < MODES; mode++) {
        EXPECT(hamt_init(&maps[mode], arena, &spelled_types[mode]) == 0);
        EXPECT(put(&maps[mode], "AB", 1) == 1);
        EXPECT(put(&maps[mode], "AC", 2) == 1);
        EXPECT(put(&maps[mode], "AD", 3) == 1);
        saved[mode] = maps[mode];
    }
    EXPECT(hamt_retain(&maps[COUNTED], &counted) == ARENA_OK);
    EXPECT(arena_hold(arena, &epoch) == ARENA_OK);
    for (int mode = EPOCHS; mode < MODES; mode++) {
        EXPECT(put(&maps[mode], "AB", 9) == 0 && put(&maps[mode], "B", 5) == 1);
        EXPECT(is_sound(&maps[mode]));
    }

    EXPECT(arena_rollback(arena, &epoch) == ARENA_OK);
    EXPECT(look_up(&saved[EPOCHS], "AB") == 1 && is_sound(&saved[EPOCHS]));
    EXPECT(look_up(&saved[REGION], "AB") == 1 && is_sound(&saved[REGION]));
    EXPECT(look_up(&maps[COUNTED], "AB") == 9 && is_sound(&maps[COUNTED]));
    EXPECT(look_up(&counted, "AB") == 1 && is_sound(&counted));
    EXPECT(arena_release(arena, &epoch) == ARENA_OK);
    for (int i = 0; i < 20; i++)
        EXPECT(plain[i] == 0x3C);
    /* The region map had two roots before the one that it has. */
    EXPECT(blocks_in(arena) == 2 + 4 + (2 + 2) + 1);
    EXPECT(hamt_clear(&saved[EPOCHS]) == ARENA_OK);
    EXPECT(hamt_release(&maps[COUNTED]) == ARENA_OK);
    EXPECT(hamt_release(&counted) == ARENA_OK);
    EXPECT(blocks_in(arena) == 4 + 1);
    return arena_free(arena, plain) == ARENA_OK;
}

TEST(maps_of_all_modes_share_an_arena)
{
    struct arena arena;
    size_t used;
    MEMORY(memory, LITTLE);

    arena_init(&arena, memory, LITTLE);
    used = used_in(&arena);
    CHECK(live_together(&arena));
    CHECK(arena_reset(&arena) == ARENA_OK && used_in(&arena) == used);
    CHECK(live_together(&arena) && arena_check(&arena) == ARENA_OK);
}

TESTS = { RUN(a_wrong_handle_is_found),
          RUN(wrong_bitmaps_are_found),
          RUN(a_slot_that_the_seventh_level_has_not_is_found),
          RUN(wrong_references_are_found),
          RUN(each_wrong_bit_of_a_node_is_found),
          RUN(a_key_in_the_wrong_place_is_found),
          RUN(a_string_without_its_nul_is_found),
          RUN(a_check_that_can_not_hash_says_so),
          RUN(maps_of_all_modes_share_an_arena),
          TESTS_END };
