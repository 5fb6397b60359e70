/* The shape of maps: depth, arrays, collisions, order; canonical whatever the
   history. */
#include "hamt_test.h"

/* For arrays of nodes. */
enum { LARGE = TEST_ROOM(8192, 2880, 2180) };

/* Are these the figures of a map? */
static bool has(const struct hamt *map, size_t bitmaps, size_t arrays,
                size_t collisions, size_t depth)
{
    struct hamt_stats stats;

    EXPECT(is_intact(map));
    hamt_get_stats(map, &stats);
    EXPECT(stats.entries == hamt_count(map));
    EXPECT(stats.bitmaps == bitmaps);
    EXPECT(stats.arrays == arrays);
    EXPECT(stats.collisions == collisions);
    EXPECT(stats.depth == depth);
    return true;
}

/* ---- Paths ----------------------------------------------------------- */

TEST(an_empty_map_has_no_node)
{
    MAP(map, spelled_types[EPOCHS], LITTLE);

    CHECK(has(&map, 0, 0, 0, 0));
    CHECK(is_spelled(&map, ""));
    CHECK(first_entry(&map, NULL, NULL) == 0);
    CHECK(blocks_of(&arena) == 0);
}

TEST(two_keys_in_a_slot_need_no_node_of_their_own)
{
    MAP(map, spelled_types[EPOCHS], LITTLE);

    put(&map, "ACAD", 1);
    put(&map, "ACAB", 2);

    CHECK(has(&map, 1, 0, 0, 1));
    CHECK(is_spelled(&map, "ACAB ACAD"));
    put(&map, "CAAA", 3);
    CHECK(has(&map, 1, 0, 0, 1));
}

TEST(three_keys_go_down_to_where_they_part)
{
    MAP(map, spelled_types[EPOCHS], LITTLE);

    put(&map, "ACAD", 1);
    put(&map, "ACAB", 2);
    put(&map, "ACBB", 3);
    CHECK(has(&map, 3, 0, 0, 3));
    put(&map, "ACAA", 4);

    CHECK(has(&map, 4, 0, 0, 4));
    CHECK(is_spelled(&map, "ACAA ACAB ACAD ACBB"));
    CHECK(look_up(&map, "ACAB") == 2 && look_up(&map, "ACBB") == 3);
    CHECK(look_up(&map, "ACA1") == 0 && look_up(&map, "ACAAAAA1") == 0);
}

TEST(removing_takes_away_what_adding_made)
{
    MAP(map, spelled_types[EPOCHS], LITTLE);
    size_t used;

    put(&map, "ACAD", 1);
    put(&map, "ACAB", 2);
    used = used_of(&arena);
    put(&map, "ACAAAAB", 3);
    CHECK(has(&map, 4, 0, 0, 4));

    CHECK(take_out(&map, "ACAAAAB") == 1);
    CHECK(has(&map, 1, 0, 0, 1));
    CHECK(used_of(&arena) == used);
    CHECK(take_out(&map, "ACAD") == 1 && take_out(&map, "ACAB") == 1);
    CHECK(has(&map, 0, 0, 0, 0));
    CHECK(blocks_of(&arena) == 0);
}

/* All 7 levels of hash bits, and the eighth of equal hashes. */
TEST(three_equal_hashes_reach_the_eighth_level)
{
    MAP(map, spelled_types[EPOCHS], LITTLE);

    put(&map, "ZYXWVUC1", 1);
    put(&map, "ZYXWVUC2", 2);
    CHECK(has(&map, 1, 0, 0, 1));
    put(&map, "ZYXWVUD", 3);
    CHECK(has(&map, 7, 0, 0, 7));
    put(&map, "ZYXWVUC3", 4);

    CHECK(has(&map, 7, 0, 1, 8));
    CHECK(is_spelled(&map, "ZYXWVUC1 ZYXWVUC2 ZYXWVUC3 ZYXWVUD"));
    CHECK(look_up(&map, "ZYXWVUC3") == 4 && look_up(&map, "ZYXWVUC4") == 0);
    CHECK(take_out(&map, "ZYXWVUC4") == 0);
    CHECK(take_out(&map, "ZYXWVUC2") == 1);
    CHECK(has(&map, 7, 0, 0, 7));
    CHECK(is_spelled(&map, "ZYXWVUC1 ZYXWVUC3 ZYXWVUD"));
}

/* ---- Collisions ------------------------------------------------------ */

TEST(equal_hashes_come_in_the_order_of_insertion)
{
    static const char *const keys[] = { "CCCCCCC3", "CCCCCCC1", "CCCCCCC5",
                                        "CCCCCCC2", "CCCCCCC4" };
    MAP(map, spelled_types[EPOCHS], LITTLE);

    put(&map, keys[0], 1);
    put(&map, keys[1], 1);
    CHECK(is_spelled(&map, "CCCCCCC3 CCCCCCC1"));
    for (int i = 2; i < 5; i++)
        CHECK(put(&map, keys[i], 1) == 1);

    CHECK(has(&map, 7, 0, 1, 8));
    CHECK(is_spelled(&map, "CCCCCCC3 CCCCCCC1 CCCCCCC5 CCCCCCC2 CCCCCCC4"));
}

TEST(replacing_keeps_the_place_and_removing_and_adding_goes_last)
{
    MAP(map, spelled_types[EPOCHS], LITTLE);

    put(&map, "C1", 1); /* pairs ... */
    put(&map, "AAAAAAA1", 1);
    put(&map, "AAAAAAA2", 2);
    CHECK(put(&map, "AAAAAAA1", 7) == 0);
    CHECK(is_spelled(&map, "AAAAAAA1 AAAAAAA2 C1"));
    CHECK(take_out(&map, "AAAAAAA1") == 1 && put(&map, "AAAAAAA1", 1) == 1);
    CHECK(is_spelled(&map, "AAAAAAA2 AAAAAAA1 C1"));

    put(&map, "AAAAAAA3", 3); /* ... and collisions */
    CHECK(put(&map, "AAAAAAA2", 9) == 0);
    CHECK(is_spelled(&map, "AAAAAAA2 AAAAAAA1 AAAAAAA3 C1"));
    CHECK(take_out(&map, "AAAAAAA2") == 1);
    CHECK(is_spelled(&map, "AAAAAAA1 AAAAAAA3 C1"));
    CHECK(put(&map, "AAAAAAA2", 1) == 1);
    CHECK(is_spelled(&map, "AAAAAAA1 AAAAAAA3 AAAAAAA2 C1"));
    CHECK(take_out(&map, "AAAAAAA3") == 1);
    CHECK(is_spelled(&map, "AAAAAAA1 AAAAAAA2 C1"));
}

/* The key with another hash is put where it belongs. */
TEST(a_pair_takes_a_third_key_on_either_side)
{
    static const char *const third[] = { "BBBBBBA", "BBBBBBC", "BBBBBBB3" };
    static const char *const all[] = {
        "BBBBBBA BBBBBBB1 BBBBBBB2",
        "BBBBBBB1 BBBBBBB2 BBBBBBC",
        "BBBBBBB1 BBBBBBB2 BBBBBBB3",
    };
    ROOM_FOR(map, LITTLE);

    for (int i = 0; i < 3; i++) {
        START(map, spelled_types[EPOCHS], LITTLE);
        put(&map, "BBBBBBB1", 1);
        put(&map, "BBBBBBB2", 2);
        put(&map, third[i], 3);
        CHECK(has(&map, 7, 0, i == 2, i == 2 ? 8 : 7));
        CHECK(is_spelled(&map, all[i]));
        CHECK(take_out(&map, third[i]) == 1);
        CHECK(has(&map, 1, 0, 0, 1));
        CHECK(is_spelled(&map, "BBBBBBB1 BBBBBBB2"));
    }
}

/* ---- Arrays ---------------------------------------------------------- */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/* Add or remove three keys under a slot: a sub-node. */
static bool put_three(struct hamt *map, int slot, bool adds)
{
    char path[3] = { letters[slot], 'A', '\0' };

    for (; path[1] < 'D'; path[1]++) {
        if (adds)
            EXPECT(put(map, path, 1) == 1);
        else
            EXPECT(take_out(map, path) == 1);
    }
    return true;
}

TEST(the_17th_sub_node_makes_an_array)
{
    ROOM_FOR(map, LARGE);

    for (int mode = EPOCHS; mode <= COUNTED; mode++) {
        START(map, spelled_types[mode], LARGE);
        put(&map, "5", 1);
        for (int i = 0; i < 16; i++)
            CHECK(put_three(&map, i, true));
        CHECK(has(&map, 17, 0, 0, 2));
        CHECK(put_three(&map, 16, true));
        CHECK(has(&map, 17, 1, 0, 2));
        for (int i = 17; i < 32; i++)
            CHECK(put_three(&map, i, true));

        CHECK(has(&map, 32, 1, 0, 2));
        CHECK(look_up(&map, "5") == 1 && look_up(&map, "5D") == 0);
        CHECK(put(&map, "QA", 5) == 0 && look_up(&map, "QA") == 5);
    }
}

TEST(an_array_of_16_is_a_bitmap_again)
{
    ROOM_FOR(map, LARGE);

    for (int mode = EPOCHS; mode <= COUNTED; mode++) {
        START(map, spelled_types[mode], LARGE);
        for (int i = 0; i < 18; i++)
            CHECK(put_three(&map, i, true));
        CHECK(has(&map, 18, 1, 0, 2));

        CHECK(take_out(&map, "CB") == 1); /* a pair is left */
        CHECK(has(&map, 17, 1, 0, 2));
        CHECK(take_out(&map, "DB") == 1);
        CHECK(has(&map, 17, 0, 0, 2));
        CHECK(put(&map, "DB", 1) == 1);
        CHECK(has(&map, 17, 1, 0, 2));
        CHECK(put(&map, "CB", 1) == 1);
        for (int i = 0; i < 18; i++)
            CHECK(put_three(&map, i, false));
        CHECK(has(&map, 0, 0, 0, 0));
        CHECK(blocks_of(&arena) == 0);
    }
}

TEST(arrays_may_be_on_the_sixth_level)
{
    MAP(map, spelled_types[EPOCHS], LARGE);
    char path[8] = "AAAAAAA";

    for (int i = 0; i < 17; i++) {
        path[5] = letters[i];
        for (path[6] = 'A'; path[6] < 'D'; path[6]++)
            CHECK(put(&map, path, 1) == 1);
    }

    CHECK(has(&map, 5 + 17, 1, 0, 7));
    path[5] = 'A';
    for (path[6] = 'A'; path[6] < 'D'; path[6]++)
        CHECK(take_out(&map, path) == 1);
    CHECK(has(&map, 6 + 16, 0, 0, 7));
}

/* ---- Canonical shape ------------------------------------------------- */

/* Have two maps the same entries at the same levels? */
static bool are_same_shape(const struct hamt *a, const struct hamt *b)
{
    struct hamt_iter of_a, of_b;
    struct hamt_stats in_a, in_b;
    const void *key_a, *key_b;

    hamt_get_stats(a, &in_a);
    hamt_get_stats(b, &in_b);
    EXPECT(in_a.entries == in_b.entries && in_a.bitmaps == in_b.bitmaps);
    EXPECT(in_a.arrays == in_b.arrays && in_a.collisions == in_b.collisions);
    EXPECT(in_a.depth == in_b.depth);
    hamt_iter_init(&of_a, a);
    hamt_iter_init(&of_b, b);
    while (hamt_iter_next(&of_a, &key_a, NULL) > 0) {
        EXPECT(hamt_iter_next(&of_b, &key_b, NULL) == 1);
        EXPECT(*(const uint16_t *)key_a == *(const uint16_t *)key_b);
        EXPECT(of_a.level == of_b.level);
        EXPECT(of_a.left[of_a.level] == of_b.left[of_b.level]);
    }
    EXPECT(hamt_iter_next(&of_b, &key_b, NULL) == 0);
    return true;
}

/* Make a map of the even numbers below keys by a detour: others come and go,
   and the even ones, too, before they come in order to stay. */
static bool wander(struct hamt *map, uint16_t keys)
{
    for (uint16_t step = 0; step < 6 * keys; step++) {
        uint16_t key = (uint16_t)test_below(2u * keys);

        EXPECT((test_below(3) > 0 ? hamt_set(map, &key, &key)
                                  : hamt_remove(map, &key)) >= 0);
    }
    for (uint16_t key = 0; key < 2 * keys; key++)
        EXPECT(hamt_remove(map, &key) >= 0 &&
               (key % 32 != 0 || is_intact(map)));
    for (uint16_t key = 0; key < keys; key = (uint16_t)(key + 2)) {
        uint16_t other = (uint16_t)(key + 1);

        EXPECT(hamt_set(map, &other, &other) == 1);
        EXPECT(hamt_set(map, &key, &key) == 1);
    }
    for (uint16_t key = 1; key < keys; key = (uint16_t)(key + 2))
        EXPECT(hamt_remove(map, &key) == 1);
    return true;
}

/* Two maps with other histories, one of them under a hold. */
static bool try_histories(uint32_t mask, uint16_t keys, unsigned char *memory,
                          size_t size)
{
    const struct masked_type type = MASKED_TYPE(0, mask);
    struct arena arena;
    struct arena_epoch epoch;
    struct hamt straight, winding;

    EXPECT(arena_init(&arena, memory, size) == ARENA_OK);
    EXPECT(hamt_init(&straight, &arena, &type.type) == ARENA_OK);
    EXPECT(hamt_init(&winding, &arena, &type.type) == ARENA_OK);
    for (uint16_t key = 0; key < keys; key = (uint16_t)(key + 2))
        EXPECT(hamt_set(&straight, &key, &key) == 1);
    EXPECT(arena_hold(&arena, &epoch) == ARENA_OK);
    EXPECT(wander(&winding, keys));
    EXPECT(is_intact(&winding));
    EXPECT(are_same_shape(&straight, &winding));
    EXPECT(hamt_equal(&straight, &winding) == 1);
    return true;
}

TEST(the_same_entries_have_the_same_shape_whatever_the_history)
{
    static const uint32_t masks[] = { 0xFFFFFFFF, 0x3FF,    0xC0000007,
                                      0x1F,       0x108421, 0 };
    enum { ROOM = TEST_ROOM(30000, 5000, 3000) };
    enum { KEYS = TEST_HAS(30000) ? 120 : 40 };
    MEMORY(memory, ROOM);

    for (uint32_t round = 0; round < test_steps(20); round++)
        for (size_t i = 0; i < sizeof masks / sizeof *masks; i++)
            CHECK(try_histories(masks[i], masks[i] == 0 ? 20 : KEYS, memory,
                                ROOM));
}

TEST(a_small_map_has_the_same_shape_whatever_the_history)
{
    MEMORY(memory, LITTLE);

    for (uint32_t round = 0; round < test_steps(200); round++)
        CHECK(try_histories(0x80000001, 6, memory, LITTLE));
}

/* ---- Iterators ------------------------------------------------------- */

/* Are there `left` entries still to come, and no more? */
static bool goes_on_for(struct hamt_iter *iter, int left)
{
    while (left-- > 0)
        EXPECT(hamt_iter_next(iter, NULL, NULL) == 1);
    EXPECT(hamt_iter_next(iter, NULL, NULL) == 0);
    return true;
}

TEST(a_copy_of_an_iterator_goes_on_from_there)
{
    MAP(map, spelled_types[EPOCHS], LITTLE);
    struct hamt_iter iter, copy;
    const void *key, *of_copy;

    put(&map, "AB1", 1);
    put(&map, "AC2", 2);
    put(&map, "AC3", 3);
    put(&map, "B", 4);
    put(&map, "D", 4);
    hamt_iter_init(&iter, &map);
    for (int left = 5; left > 0; left--) {
        copy = iter;
        CHECK(goes_on_for(&copy, left));
        copy = iter;
        CHECK(hamt_iter_next(&iter, &key, NULL) == 1);
        CHECK(hamt_iter_next(&copy, &of_copy, NULL) == 1 && key == of_copy);
    }

    CHECK(hamt_iter_next(&iter, &key, NULL) == 0);
    CHECK(hamt_iter_next(&iter, &key, NULL) == 0);
}

TESTS = { RUN(an_empty_map_has_no_node),
          RUN(two_keys_in_a_slot_need_no_node_of_their_own),
          RUN(three_keys_go_down_to_where_they_part),
          RUN(removing_takes_away_what_adding_made),
          RUN(three_equal_hashes_reach_the_eighth_level),
          RUN(equal_hashes_come_in_the_order_of_insertion),
          RUN(replacing_keeps_the_place_and_removing_and_adding_goes_last),
          RUN(a_pair_takes_a_third_key_on_either_side),
          RUN(the_17th_sub_node_makes_an_array),
          RUN(an_array_of_16_is_a_bitmap_again),
          RUN(arrays_may_be_on_the_sixth_level),
          RUN(the_same_entries_have_the_same_shape_whatever_the_history),
          RUN(a_small_map_has_the_same_shape_whatever_the_history),
          RUN(a_copy_of_an_iterator_goes_on_from_there),
          TESTS_END };
