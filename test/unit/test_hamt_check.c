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
    MAP(map, spelled_types[EPOCHS], LITTLE);
    struct hamt wrong;

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

/* Let iter stop at the entry of a path, and *key be its key there. */
static bool seek(struct hamt_iter *iter, const struct hamt *map,
                 const char *path, const void **key)
{
    const void *value;

    hamt_iter_init(iter, map);
    while (hamt_iter_next(iter, key, &value) > 0)
        if (value == place_of(map, path))
            return true;
    return false;
}

/* The lowest node on the way to a key. */
static arena_ref node_of(const struct hamt *map, const char *path)
{
    struct hamt_iter iter;

    return seek(&iter, map, path, NULL) ? iter.node[iter.level] : 0;
}

/* What a call has given as constant, to be damaged. */
static void *writable(const struct arena *arena, const void *bytes)
{
    return arena->base + ((const unsigned char *)bytes - arena->base);
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
    ROOM_FOR(map, LARGE);
    uint32_t *words;

    for (int mode = EPOCHS; mode < COUNTED + 1; mode++) {
        START(map, spelled_types[mode], LARGE);
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
    MAP(map, spelled_types[EPOCHS], LITTLE);
    uint32_t *words;

    CHECK(put(&map, "TTTTTTA", 1) == 1 && put(&map, "TTTTTTB", 1) == 1);
    CHECK(put(&map, "TTTTTTD", 1) == 1);
    words = node_words(&arena, node_of(&map, "TTTTTTD"));
    CHECK(words[0] == 0xB && is_found(&map, words, 0x83));
}

/* A reference to a place where the arena has no block. */
#define OUTSIDE ((arena_ref) ~(arena_ref)0x7F)

/* Is it found that a reference has become another? It is put right again. */
static bool is_wrong_ref_found(const struct hamt *map, arena_ref *ref,
                               arena_ref wrong)
{
    arena_ref right = *ref;

    *ref = wrong;
    EXPECT(hamt_check(map) == ARENA_ECORRUPT);
    *ref = right;
    EXPECT(hamt_check(map) == ARENA_OK);
    return true;
}

TEST(wrong_references_are_found)
{
    MAP(map, spelled_types[EPOCHS], LARGE);
    struct hamt wrong;
    arena_ref *refs, right;

    CHECK(grow(&map));
    refs = (arena_ref *)(void *)node_words(&arena, map.root) - 32;
    right = refs[1];
    CHECK(right == node_of(&map, "BA"));
    CHECK(is_wrong_ref_found(&map, &refs[1], refs[2]));
    CHECK(is_wrong_ref_found(&map, &refs[1], 0));
    CHECK(is_wrong_ref_found(&map, &refs[1], (arena_ref)(right + 8)));
    CHECK(is_wrong_ref_found(&map, &refs[1], OUTSIDE));
    CHECK(is_wrong_ref_found(&map, &refs[31], right)); /* its bit is 0 */

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
    ROOM_FOR(map, LARGE + COPY);
    struct arena other;
    struct hamt copy;
    struct hamt_iter iter;

    for (int mode = EPOCHS; mode <= COUNTED; mode++) {
        START(map, spelled_types[mode], LARGE);
        arena_init(&other, memory + LARGE, COPY);
        CHECK(grow(&map) && hamt_copy(&map, &other, &copy) == ARENA_OK);
        for (int i = 0; i < 3; i++) {
            CHECK(seek(&iter, &copy, keys[i], NULL));
            for (int level = 0; level <= iter.level; level++)
                CHECK(are_bits_found(&copy, iter.node[level]));
        }
        CHECK(is_intact(&copy));
    }
}
#endif

TEST(a_key_in_the_wrong_place_is_found)
{
    MAP(map, spelled_types[EPOCHS], LARGE);
    static const char *const keys[] = { "BA", "CZA", "TTTTTTA3" };
    struct hamt_iter iter;
    const void *key;

    CHECK(grow(&map) && put(&map, "CZA", 1) == 1);
    for (int i = 0; i < 3; i++) {
        struct spelled *there;

        CHECK(seek(&iter, &map, keys[i], &key));
        there = writable(&arena, key);
        there->path[i == 2 ? 6 : 1]++;
        CHECK(hamt_check(&map) == ARENA_ECORRUPT);
        there->path[i == 2 ? 6 : 1]--;
        CHECK(hamt_check(&map) == ARENA_OK);
    }
}

/* Exchange two entries, which have one size. */
static void exchange(void *a, void *b, size_t size)
{
    unsigned char *x = a, *y = b, byte;

    for (size_t i = 0; i < size; i++) {
        byte = x[i];
        x[i] = y[i];
        y[i] = byte;
    }
}

/* AAC and AAB are a pair in one slot: the third chunk decides. */
TEST(a_pair_in_the_wrong_order_is_found)
{
    MAP(map, spelled_types[EPOCHS], LITTLE);
    size_t size = spelled_types[EPOCHS].entry_size;
    struct hamt_iter iter;
    const void *first, *second;

    CHECK(put(&map, "AAC", 1) == 1 && put(&map, "AAB", 2) == 1);
    CHECK(seek(&iter, &map, "AAB", &first));
    CHECK(seek(&iter, &map, "AAC", &second));
    exchange(writable(&arena, first), writable(&arena, second), size);
    CHECK(hamt_check(&map) == ARENA_ECORRUPT);
    exchange(writable(&arena, first), writable(&arena, second), size);
    CHECK(hamt_check(&map) == ARENA_OK);
}

TEST(a_key_with_another_hash_in_a_collision_is_found)
{
    MAP(map, spelled_types[EPOCHS], LARGE);
    struct hamt_iter iter;
    const void *key;
    struct spelled *there;

    CHECK(grow(&map));
    CHECK(seek(&iter, &map, "TTTTTTA2", &key) && iter.level == 7);
    there = writable(&arena, key);
    for (int i = 0; i < 7; i++) {
        there->path[i]++;
        CHECK(hamt_check(&map) == ARENA_ECORRUPT);
        there->path[i]--;
    }
    there->path[7] = '3'; /* the same key twice, side by side */
    CHECK(hamt_check(&map) == ARENA_ECORRUPT);
    there->path[7] = '2';
    CHECK(hamt_check(&map) == ARENA_OK);
}

/* The block of a node without sub-nodes begins with it; a header of four
   references, the size first, lies before it. */
TEST(a_block_that_is_too_small_for_its_node_is_found)
{
    MAP(map, spelled_types[EPOCHS], LITTLE);
    arena_ref *size, right;

    CHECK(put(&map, "A", 1) == 1 && put(&map, "B", 1) == 1);
    size = (arena_ref *)(void *)node_words(&arena, map.root) - 4;
    right = *size;
    CHECK(right > 4 * sizeof(arena_ref) && right < LITTLE);
    *size = 4 * sizeof(arena_ref) + 8;
    CHECK(hamt_check(&map) == ARENA_ECORRUPT);
    *size = (arena_ref)-1;
    CHECK(hamt_check(&map) == ARENA_ECORRUPT);
    *size = right;
    CHECK(hamt_check(&map) == ARENA_OK);
}

TEST(a_string_without_its_nul_is_found)
{
    ROOM_FOR(map, LITTLE);
    struct arena_bytes key = { "AB", 2 };
    char *text;
    arena_ref *size;

    for (int mode = EPOCHS; mode < MODES; mode++) {
        START(map, text_types[mode], LITTLE);
        CHECK(put_text(&map, "AB", "some text") == 1);
        text = writable(&arena, hamt_get(&map, &key));
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
    MAP(map, spelled_types[EPOCHS], LITTLE);
    struct hamt_type type;

    CHECK(put(&map, "AB", 1) == 1);
    type = spelled_types[EPOCHS];
    type.hash = no_hash;
    map.type = &type;
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
        EXPECT(is_intact(&maps[mode]));
    }

    EXPECT(arena_rollback(arena, &epoch) == ARENA_OK);
    EXPECT(look_up(&saved[EPOCHS], "AB") == 1 && is_intact(&saved[EPOCHS]));
    EXPECT(look_up(&saved[REGION], "AB") == 1 && is_intact(&saved[REGION]));
    EXPECT(look_up(&maps[COUNTED], "AB") == 9 && is_intact(&maps[COUNTED]));
    EXPECT(look_up(&counted, "AB") == 1 && is_intact(&counted));
    EXPECT(arena_release(arena, &epoch) == ARENA_OK);
    for (int i = 0; i < 20; i++)
        EXPECT(plain[i] == 0x3C);
    /* The region map had two roots before the one that it has. */
    EXPECT(blocks_of(arena) == 2 + 4 + (2 + 2) + 1);
    EXPECT(hamt_clear(&saved[EPOCHS]) == ARENA_OK);
    EXPECT(hamt_release(&maps[COUNTED]) == ARENA_OK);
    EXPECT(hamt_release(&counted) == ARENA_OK);
    EXPECT(blocks_of(arena) == 4 + 1);
    return arena_free(arena, plain) == ARENA_OK;
}

TEST(maps_of_all_modes_share_an_arena)
{
    ARENA(arena, LITTLE);
    size_t used = used_of(&arena);

    CHECK(live_together(&arena));
    CHECK(arena_reset(&arena) == ARENA_OK && used_of(&arena) == used);
    CHECK(live_together(&arena) && arena_check(&arena) == ARENA_OK);
}

TESTS = { RUN(a_wrong_handle_is_found),
          RUN(a_pair_in_the_wrong_order_is_found),
          RUN(a_key_with_another_hash_in_a_collision_is_found),
          RUN(a_block_that_is_too_small_for_its_node_is_found),
          RUN(wrong_bitmaps_are_found),
          RUN(a_slot_that_the_seventh_level_has_not_is_found),
          RUN(wrong_references_are_found),
          RUN(each_wrong_bit_of_a_node_is_found),
          RUN(a_key_in_the_wrong_place_is_found),
          RUN(a_string_without_its_nul_is_found),
          RUN(a_check_that_can_not_hash_says_so),
          RUN(maps_of_all_modes_share_an_arena),
          TESTS_END };
