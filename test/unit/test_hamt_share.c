/* What versions share, what a change copies, and what handles may be used. */
#include "hamt_test.h"

/* For region maps, which never give anything back; for them with versions; and
   for arrays. */
enum { SOME = TEST_ROOM(4096, 1370, 1010) };
enum { MORE = TEST_ROOM(4096, 1490, 1110) };
enum { LARGE = TEST_ROOM(4096, 2500, 2000) };

/* A map with three sub-nodes: A with three entries, B with four, C with a
   pair and two more nodes below it. And an entry of the root. */
static bool grow(struct hamt *map)
{
    static const char *const paths[] = { "AA",  "AB",  "AC",  "BA",  "BB",
                                         "BC",  "BD",  "CAA", "CAB", "CBA",
                                         "CBB", "CBC", "Z" };

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        EXPECT(put(map, paths[i], (uint32_t)i + 1) == 1);
    return true;
}

/* The first line of a test: as MAP, with a map that has grown. */
#define GROWN(name, type, size) \
    MAP(name, type, size);      \
    CHECK(grow(&name))

/* ---- Sharing --------------------------------------------------------- */

/* Do two versions keep a key in the very same place? */
static bool is_shared(const struct hamt *a, const struct hamt *b,
                      const char *path)
{
    return place_of(a, path) == place_of(b, path);
}

/* After a change of AB: is all else shared, and nothing on its path? */
static bool is_path_copied(const struct hamt *old, const struct hamt *map)
{
    static const char *const off[] = { "BA",  "BB",  "BC",  "BD", "CAA",
                                       "CAB", "CBA", "CBB", "CBC" };

    for (size_t i = 0; i < sizeof off / sizeof *off; i++)
        EXPECT(is_shared(old, map, off[i]));
    EXPECT(!is_shared(old, map, "AA") && !is_shared(old, map, "AC"));
    EXPECT(!is_shared(old, map, "Z"));
    EXPECT(look_up(old, "AB") == 2 && hamt_count(old) == 13);
    return true;
}

TEST(a_change_under_a_hold_copies_only_the_path)
{
    GROWN(map, spelled_types[EPOCHS], LITTLE);
    size_t blocks = blocks_of(&arena);
    struct arena_epoch epoch;
    struct hamt old;

    old = map;
    arena_hold(&arena, &epoch);
    CHECK(put(&map, "AB", 77) == 0);

    CHECK(is_path_copied(&old, &map));
    CHECK(blocks_of(&arena) == blocks + 2);
    CHECK(is_intact(&map) && hamt_check(&old) == ARENA_OK);
    old = map; /* the path is private now */
    CHECK(put(&map, "AA", 78) == 0 && put(&map, "AC", 79) == 0);
    CHECK(map.root == old.root && blocks_of(&arena) == blocks + 2);
}

TEST(without_a_hold_a_change_is_in_place)
{
    GROWN(map, spelled_types[EPOCHS], LITTLE);
    struct hamt old;

    old = map;
    CHECK(put(&map, "AB", 77) == 0);

    CHECK(map.root == old.root && is_shared(&old, &map, "AB"));
    CHECK(look_up(&map, "AB") == 77);
}

TEST(assoc_and_without_copy_only_the_path)
{
    ROOM_FOR(map, MORE);
    struct hamt next, last;
    struct spelled key;
    uint32_t value = 77;

    for (int mode = COUNTED; mode <= REGION; mode++) {
        START(map, spelled_types[mode], MORE);
        CHECK(grow(&map));
        spell(&key, "AB");
        CHECK(hamt_assoc(&map, &key, &value, &next) == 0);
        CHECK(is_path_copied(&map, &next) && look_up(&next, "AB") == 77);
        CHECK(hamt_check(&map) == ARENA_OK && is_intact(&next));

        spell(&key, "BD");
        CHECK(hamt_without(&next, &key, &last) == 1);
        CHECK(is_shared(&next, &last, "AB") && !is_shared(&next, &last, "BA"));
        CHECK(hamt_count(&last) == 12 && hamt_count(&next) == 13);
        CHECK(hamt_check(&next) == ARENA_OK && is_intact(&last));
    }
}

TEST(a_counted_map_that_is_alone_changes_in_place)
{
    GROWN(map, spelled_types[COUNTED], LITTLE);
    struct hamt old, other;

    old = map;
    CHECK(put(&map, "AB", 77) == 0 && map.root == old.root);
    CHECK(hamt_retain(&map, &other) == ARENA_OK);
    CHECK(put(&map, "AB", 2) == 0 && map.root != old.root);
    CHECK(look_up(&other, "AB") == 77);

    CHECK(hamt_release(&other) == ARENA_OK && other.root == 0);
    old = map;
    CHECK(put(&map, "BB", 88) == 0 && map.root == old.root);
    CHECK(is_intact(&map));
    CHECK(hamt_release(&map) == ARENA_OK && blocks_of(&arena) == 0);
}

TEST(eight_levels_are_copied_at_most)
{
    MAP(map, spelled_types[EPOCHS], LITTLE);
    struct arena_epoch epoch;
    size_t blocks;

    put(&map, "ZYXWVUC1", 1);
    put(&map, "ZYXWVUC2", 2);
    put(&map, "ZYXWVUC3", 3);
    put(&map, "ZYXWVUD", 4);
    blocks = blocks_of(&arena);
    arena_hold(&arena, &epoch);
    CHECK(put(&map, "ZYXWVUC2", 5) == 0);

    CHECK(blocks == 8 && blocks_of(&arena) == 16);
    CHECK(arena_release(&arena, &epoch) == ARENA_OK);
    CHECK(arena_reclaim(&arena, SIZE_MAX) == 0 && blocks_of(&arena) == 8);
}

/* ---- Nothing to change ----------------------------------------------- */

/* Sets every key of map to the value that it has. */
static bool set_the_same(struct hamt *map)
{
    const size_t used = used_of(map->arena), count = hamt_count(map);
    const arena_ref root = map->root;
    const void *key, *value;
    struct hamt_iter iter;

    hamt_iter_init(&iter, map);
    while (hamt_iter_next(&iter, &key, &value) > 0) {
        EXPECT(hamt_set(map, key, value) == 0);
        EXPECT(map->root == root && used_of(map->arena) == used);
    }
    EXPECT(hamt_count(map) == count);
    return true;
}

/* The keys are in an array, in pairs and in a collision. */
static bool grow_wide(struct hamt *map)
{
    char path[9] = "AA";

    for (path[0] = 'A'; path[0] < 'R'; path[0]++)
        for (path[1] = 'A'; path[1] < 'D'; path[1]++)
            EXPECT(put(map, path, 7) == 1);
    for (path[0] = 'U', path[7] = '1'; path[7] < '5'; path[7]++) {
        memset(path + 1, 'A', 6);
        EXPECT(put(map, path, 7) == 1);
    }
    return true;
}

TEST(setting_the_same_value_changes_nothing)
{
    ROOM_FOR(map, LARGE);
    struct arena_epoch epoch;

    for (int mode = EPOCHS; mode < MODES; mode++) {
        START(map, spelled_types[mode], LARGE);
        CHECK(mode == REGION ? grow(&map) : grow_wide(&map));
        CHECK(set_the_same(&map));
        CHECK(arena_hold(&arena, &epoch) == ARENA_OK);
        CHECK(set_the_same(&map));
    }
}

TEST(assoc_of_the_same_value_is_one_more_handle)
{
    GROWN(map, spelled_types[COUNTED], LITTLE);
    struct hamt next, last;
    struct spelled key;
    uint32_t value = 2;

    spell(&key, "AB");
    CHECK(hamt_assoc(&map, &key, &value, &next) == 0);
    spell(&key, "AD");
    CHECK(hamt_without(&map, &key, &last) == 0);
    CHECK(next.root == map.root && last.root == map.root);

    CHECK(hamt_release(&map) == ARENA_OK);
    CHECK(hamt_release(&last) == ARENA_OK);
    CHECK(hamt_count(&next) == 13 && is_intact(&next));
    CHECK(hamt_release(&next) == ARENA_OK && blocks_of(&arena) == 0);
}

/* Of 16 bits: more do not fit a count. */
#if ARENA_REF_BITS == 16
/* The count that is to be found is odd, as no size or reference is. */
TEST(handles_that_can_not_be_counted_are_refused)
{
    GROWN(map, spelled_types[COUNTED], LITTLE);
    enum { RETAINED = 777 };
    struct hamt next;
    struct spelled key = { "AB" };
    uint32_t value = 9;
    uint16_t *count;

    for (int i = 1; i < RETAINED; i++)
        CHECK(hamt_retain(&map, &next) == ARENA_OK);
    count = test_find(memory, LITTLE, RETAINED);
    CHECK(count != NULL);
    *count = 0xFFFE;
    CHECK(hamt_retain(&map, &next) == ARENA_OK);

    next.root = 0;
    CHECK(hamt_retain(&map, &next) == ARENA_ENOMEM);
    CHECK(hamt_assoc(&map, &key, &value, &next) == ARENA_ENOMEM);
    CHECK(hamt_without(&map, &key, &next) == ARENA_ENOMEM);
    CHECK(next.root == 0 && is_intact(&map) && *count == 0xFFFF);

    *count = RETAINED;
    for (int i = 0; i < RETAINED; i++) {
        CHECK(blocks_of(&arena) > 0);
        next = map;
        CHECK(hamt_release(&next) == ARENA_OK);
    }
    CHECK(blocks_of(&arena) == 0);
}
#endif

TEST(removing_an_absent_key_changes_nothing)
{
    ROOM_FOR(map, SOME);
    struct arena_epoch epoch;

    for (int mode = EPOCHS; mode < MODES; mode++) {
        START(map, spelled_types[mode], SOME);
        CHECK(grow(&map));
        arena_hold(&arena, &epoch);
        size_t used = used_of(&arena);
        arena_ref root = map.root;

        CHECK(take_out(&map, "AD") == 0 && take_out(&map, "D") == 0);
        CHECK(take_out(&map, "CAAAAAA1") == 0);
        CHECK(map.root == root && used_of(&arena) == used);
    }
}

/* ---- Stale handles --------------------------------------------------- */

static int stop(void *user, const void *key, void *value)
{
    (void)user;
    (void)key;
    (void)value;
    return 1;
}

/* Does every call that changes say that a handle is stale? */
static bool is_stale(struct hamt *map)
{
    struct hamt before;
    struct spelled key;
    void *value;

    before = *map;
    spell(&key, "AB");
    EXPECT(put(map, "AB", 5) == ARENA_ESTALE);
    EXPECT(put(map, "AB", 2) == ARENA_ESTALE);
    EXPECT(put(map, "X", 5) == ARENA_ESTALE);
    EXPECT(take_out(map, "AB") == ARENA_ESTALE);
    EXPECT(take_out(map, "X") == ARENA_ESTALE);
    EXPECT(hamt_edit(map, &key, &value) == ARENA_ESTALE);
    EXPECT(hamt_insert(map, &key, &value) == ARENA_ESTALE);
    EXPECT(hamt_edit_all(map, stop, NULL) == ARENA_ESTALE);
    EXPECT(hamt_clear(map) == ARENA_ESTALE);
    EXPECT(map->root == before.root && map->count == before.count);
    return true;
}

TEST(a_handle_that_was_overtaken_can_only_be_read)
{
    GROWN(map, spelled_types[EPOCHS], LITTLE);
    struct arena_epoch epoch;
    struct hamt old;
    size_t used;

    old = map;
    arena_hold(&arena, &epoch);
    CHECK(put(&map, "AB", 77) == 0);
    used = used_of(&arena);

    CHECK(is_stale(&old));
    CHECK(used_of(&arena) == used && is_intact(&map));
    CHECK(look_up(&old, "AB") == 2 && look_up(&map, "AB") == 77);
    CHECK(arena_rollback(&arena, &epoch) == ARENA_OK);
    CHECK(put(&old, "AB", 88) == 0 && is_intact(&old));
}

/* A number made of every byte of an arena. */
static uint32_t sum_of(const unsigned char *memory, size_t size)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + memory[i];
    return sum;
}

/* Give back map. Do all calls that change, or make a version, then refuse a
   copy of the handle, and leave the arena as it is? */
static bool is_given_back_once(struct hamt *map, const unsigned char *memory,
                               size_t size)
{
    struct hamt again, out;
    struct spelled key;
    uint32_t value = 5, sum;

    again = *map;
    out.root = 7;
    spell(&key, "AB");
    EXPECT(hamt_release(map) == ARENA_OK && map->root == 0);
    sum = sum_of(memory, size);
    EXPECT(hamt_release(&again) == ARENA_ESTALE);
    EXPECT(hamt_release(&again) == ARENA_ESTALE);
    EXPECT(is_stale(&again));
    EXPECT(hamt_assoc(&again, &key, &value, &out) == ARENA_ESTALE);
    EXPECT(hamt_without(&again, &key, &out) == ARENA_ESTALE);
    EXPECT(hamt_retain(&again, &out) == ARENA_ESTALE);
    EXPECT(out.root == 7 && sum_of(memory, size) == sum);
    EXPECT(arena_check(map->arena) == ARENA_OK);
    return true;
}

TEST(a_counted_handle_given_back_twice_is_refused)
{
    ROOM_FOR(map, LITTLE);

    if (EAGER)
        LEAVE_OUT("it would read poisoned bytes");
    for (unsigned behind = 0; behind < 2; behind++) { /* blocks above it */
        START(map, spelled_types[COUNTED], LITTLE);
        CHECK(grow(&map));
        CHECK(behind == 0 || arena_alloc(&arena, 100) != NULL);

        CHECK(is_given_back_once(&map, memory, LITTLE));
        CHECK(blocks_of(&arena) == behind);
    }
}

TEST(no_version_is_made_of_a_handle_whose_block_is_another)
{
    enum { SMALL = 240 };
    ROOM_FOR(map, LITTLE);
    struct hamt again, out;
    struct spelled key = { "AB" };
    uint32_t value = 5, sum;
    unsigned char *block;

    if (EAGER)
        LEAVE_OUT("it would read poisoned bytes");
    START(map, spelled_types[COUNTED], SMALL);
    CHECK(hamt_set(&map, &key, &value) == 1);
    again = map;
    CHECK(hamt_release(&map) == ARENA_OK);
    block = arena_alloc(&arena, 16);
    CHECK(block != NULL);
    for (int i = 0; i < 16; i++) /* as if of a node with many references */
        block[i] = i < 4 || i >= 8 ? 0 : 0xFF;

    sum = sum_of(memory, SMALL);
    CHECK(hamt_retain(&again, &out) == ARENA_ESTALE);
    CHECK(hamt_assoc(&again, &key, &value, &out) == ARENA_ESTALE);
    CHECK(hamt_without(&again, &key, &out) == ARENA_ESTALE);
    CHECK(sum_of(memory, SMALL) == sum);
}

TEST(a_version_keeps_what_it_shares_with_a_handle_given_back_twice)
{
    GROWN(map, spelled_types[COUNTED], LITTLE);
    struct hamt next;
    struct spelled key = { "AB" };
    uint32_t value = 77;

    if (EAGER)
        LEAVE_OUT("it would read poisoned bytes");
    CHECK(hamt_assoc(&map, &key, &value, &next) == 0);

    CHECK(is_given_back_once(&map, memory, LITTLE));
    CHECK(is_intact(&next) && hamt_count(&next) == 13);
    CHECK(look_up(&next, "AB") == 77 && look_up(&next, "BD") == 7);
    CHECK(hamt_release(&next) == ARENA_OK && blocks_of(&arena) == 0);
}

TEST(a_counted_array_given_back_twice_is_refused)
{
    MAP(map, spelled_types[COUNTED], LARGE);

    if (EAGER)
        LEAVE_OUT("it would read poisoned bytes");
    CHECK(grow_wide(&map) && arena_alloc(&arena, 400) != NULL);

    CHECK(is_given_back_once(&map, memory, LARGE));
    CHECK(blocks_of(&arena) == 1);
}

TEST(a_region_map_is_back_after_a_rollback)
{
    GROWN(map, spelled_types[REGION], SOME);
    size_t used = used_of(&arena);
    struct arena_epoch epoch;
    struct hamt other;

    arena_hold(&arena, &epoch);
    other = map;
    CHECK(put(&other, "AB", 77) == 0 && look_up(&map, "AB") == 2);
    CHECK(arena_rollback(&arena, &epoch) == ARENA_OK);

    CHECK(used_of(&arena) == used);
    CHECK(is_intact(&map) && look_up(&map, "AB") == 2);
    CHECK(put(&map, "AB", 78) == 0 && look_up(&map, "AB") == 78);
}

/* ---- The memory of a change ------------------------------------------ */

struct wide_key {
    uint32_t hash;
    uint32_t number;
};

struct wide_entry {
    struct wide_key key;
    uint64_t value;
};

static int wide_hash(const struct hamt_type *type, const void *key,
                     uint32_t *hash)
{
    (void)type;
    *hash = ((const struct wide_key *)key)->hash;
    return 0;
}

/* The worst case of HAMT_SET_MAX: six nodes with one sub-node and pairs in all
   other slots, and a seventh with four pairs. */
static bool grow_worst(struct hamt *map)
{
    for (int level = 6; level >= 0; level--)
        for (uint32_t slot = level == 6 ? 0 : 1; slot < (level == 6 ? 4 : 32);
             slot++)
            for (uint32_t number = 0; number < 2; number++) {
                struct wide_key key = { slot << 5 * level, number };
                uint64_t value = number;

                EXPECT(hamt_set(map, &key, &value) == 1);
            }
    EXPECT(hamt_count(map) == 6 * 62 + 8);
    return true;
}

/* Change the deepest entry in an arena of this size. Sets *peak to what was
   used before, and *taken to the bytes that it took. */
static int change_deepest(unsigned char *memory, size_t size, size_t *peak,
                          size_t *taken)
{
    static const struct hamt_type type = HAMT_TYPE_WITH(
        struct wide_entry, key, value, 0, wide_hash, NULL, NULL, NULL);
    struct wide_key key = { (uint32_t)3 << 30, 1 };
    uint64_t value = 99;
    struct arena arena;
    struct arena_epoch epoch;
    struct arena_stats before, after;
    struct hamt map;
    int result;

    if (arena_init(&arena, memory, size) < 0 ||
        hamt_init(&map, &arena, &type) < 0 || !grow_worst(&map) ||
        arena_hold(&arena, &epoch) < 0)
        return ARENA_EINVAL;
    arena_get_stats(&arena, &before);
    result = hamt_set(&map, &key, &value);
    arena_get_stats(&arena, &after);
    *peak = before.peak;
    *taken = after.used - before.used;
    return result;
}

TEST(a_change_takes_no_more_than_hamt_set_max_and_comes_near_it)
{
    enum { ROOM = TEST_ROOM(40000, 13800, 13300) };
    size_t most = HAMT_SET_MAX(struct wide_key, uint64_t);
    size_t peak, taken, full_peak, full_taken;
    MEMORY(memory, ROOM);

    CHECK(change_deepest(memory, ROOM, &peak, &taken) == 0);

    CHECK(taken <= most && taken >= most / 10 * 8);
    CHECK(peak + most < ROOM);
    CHECK(change_deepest(memory, peak + most, &full_peak, &full_taken) == 0);
    CHECK(full_peak == peak && full_taken == taken);
}

TESTS = { RUN(a_change_under_a_hold_copies_only_the_path),
          RUN(without_a_hold_a_change_is_in_place),
          RUN(assoc_and_without_copy_only_the_path),
          RUN(a_counted_map_that_is_alone_changes_in_place),
          RUN(eight_levels_are_copied_at_most),
          RUN(setting_the_same_value_changes_nothing),
          RUN(assoc_of_the_same_value_is_one_more_handle),
#if ARENA_REF_BITS == 16
          RUN(handles_that_can_not_be_counted_are_refused),
#endif
          RUN(removing_an_absent_key_changes_nothing),
          RUN(a_handle_that_was_overtaken_can_only_be_read),
          RUN(a_counted_handle_given_back_twice_is_refused),
          RUN(no_version_is_made_of_a_handle_whose_block_is_another),
          RUN(a_version_keeps_what_it_shares_with_a_handle_given_back_twice),
          RUN(a_counted_array_given_back_twice_is_refused),
          RUN(a_region_map_is_back_after_a_rollback),
          RUN(a_change_takes_no_more_than_hamt_set_max_and_comes_near_it),
          TESTS_END };
