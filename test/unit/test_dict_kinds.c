/* Keys of every size, and where tables are made anew. */
#include "dict_test.h"

enum { ROOM = 620 + 120 * sizeof(void *) };

/* ---- Keys of every size ---------------------------------------------- */

/* Set and find keys of a size that differ in their first or last byte. */
static bool works(struct dict_space *space, size_t size)
{
    struct dict_type type = { 0, 0, NULL, NULL, NULL };
    unsigned char key[24];
    struct dict_iter iter;
    struct dict dict;
    const void *stored;
    uintptr_t value;

    type.key_size = (arena_ref)size;
    EXPECT(dict_init(&dict, space, &type) == ARENA_OK);
    for (size_t i = 0; i < size; i++)
        key[i] = (unsigned char)i;
    for (unsigned i = 0; i < 6; i++) {
        key[i % 2 == 0 ? 0 : size - 1] = (unsigned char)(200 + i);
        EXPECT(dict_set(&dict, key, i) == 1 && dict_set(&dict, key, i) == 0);
        EXPECT(dict_find(&dict, key, &value) == 1 && value == i);
    }
    EXPECT(dict_check(&dict) == ARENA_OK && dict_count(&dict) == 6);
    dict_iter_init(&iter, &dict);
    for (unsigned i = 0; i < 6; i++) {
        EXPECT(dict_iter_next(&iter, &stored, &value) == 1 && value == i);
        EXPECT(((const unsigned char *)stored)[i % 2 == 0 ? 0 : size - 1] ==
               200 + i);
    }
    EXPECT(dict_remove(&dict, key) == 1 && dict_remove(&dict, key) == 0);
    EXPECT(dict_destroy(&dict) == ARENA_OK);
    return true;
}

TEST(keys_of_any_size_are_kept_whole)
{
    SPACE(space, ROOM);

    for (size_t size = 1; size <= 24; size++)
        CHECK(works(&space, size));
    CHECK(arena_check(&arena) == ARENA_OK);
}

TEST(a_key_of_eight_bytes_differs_in_either_half)
{
    static const struct dict_type type = DICT_TYPE(uint64_t);
    SPACE(space, ROOM);
    DICT(dict, space, type);
    uint64_t key = 1;

    CHECK(dict_set(&dict, &key, 1) == 1);
    key = (uint64_t)1 << 32;
    CHECK(dict_set(&dict, &key, 2) == 1);
    key = 0xFFFFFFFF;
    CHECK(dict_set(&dict, &key, 3) == 1 && dict_contains(&dict, &key) == 1);
    CHECK(dict_check(&dict) == ARENA_OK);
}

/* ---- Hashes ---------------------------------------------------------- */

/* The number in a slot of the index, in 1 or 2 bytes. */
static int slot_at(const struct dict_keys *keys, uint32_t slot)
{
    const void *index = keys + 1;

    return keys->width == 0 ? ((const int8_t *)index)[slot]
                            : ((const int16_t *)index)[slot];
}

/* How many slots does finding all keys of dict look at? */
static uint32_t probes_of(const struct dict *dict)
{
    const unsigned char *base = dict->space->arena->base + dict->keys;
    const struct dict_keys *keys = (const void *)base;
    uint32_t count = 0;

    for (uint32_t at = 0; at < keys->nentries; at++) {
        dict_hash perturb;
        uint32_t slot;

        memcpy(&perturb,
               base + keys->entries + at * keys->stride + keys->hash_at,
               sizeof perturb);
        slot = (uint32_t)perturb & keys->mask;
        for (count++; slot_at(keys, slot) != (int)at; count++) {
            perturb >>= 5;
            slot = (slot * 5 + (uint32_t)perturb + 1) & keys->mask;
        }
    }
    return count;
}

enum { SPREAD = 512 };

#define SPREAD_ROOM (112ul * SPREAD)

/* Add SPREAD keys, x * wide + y of a grid with y < width: how many slots does
   finding them all look at? */
static uint32_t spread(struct dict_space *space, uint32_t width, uint64_t wide)
{
    static const struct dict_type type = DICT_TYPE(uint64_t);
    struct dict dict;
    uint32_t probes = 0;

    dict_init(&dict, space, &type);
    for (uint32_t i = 0; i < SPREAD; i++) {
        uint64_t key = i / width * wide + i % width;

        if (dict_set(&dict, &key, i) != 1)
            return (uint32_t)-1;
    }
    probes = probes_of(&dict);
    dict_destroy(&dict);
    return probes;
}

TEST(keys_of_eight_bytes_in_sequence_have_a_slot_each)
{
    SPACE(space, SPREAD_ROOM);

    CHECK(spread(&space, SPREAD, 0) == SPREAD);
}

#ifndef DICT_WIDE_HASH
TEST(keys_of_eight_bytes_any_power_of_two_apart_are_spread)
{
    SPACE(space, SPREAD_ROOM);

    for (unsigned shift = 0; shift <= 36; shift++)
        CHECK(spread(&space, 1, (uint64_t)1 << shift) < SPREAD * 5 / 2);
}

TEST(grids_and_pairs_of_eight_bytes_are_spread)
{
    SPACE(space, SPREAD_ROOM);

    for (uint32_t width = 2; width < SPREAD; width *= 2)
        CHECK(spread(&space, width, (uint64_t)1 << 32) < SPREAD * 5 / 2);
    CHECK(spread(&space, 1, ((uint64_t)1 << 32) + 1) < SPREAD * 5 / 2);
}
#endif

/* Add the keys 0 to 63 of size bytes, integers of this machine: does each have
   a slot of its own? */
static bool have_slots(struct dict_space *space, size_t size)
{
    struct dict_type type = { 0, 0, NULL, NULL, NULL };
    struct dict dict;

    type.key_size = (arena_ref)size;
    EXPECT(dict_init(&dict, space, &type) == ARENA_OK);
    for (uint16_t i = 0; i < 64; i++) {
        unsigned char key[4] = { 0 };

        key[0] = (unsigned char)i;
        if (size == 2)
            memcpy(key, &i, sizeof i);
        EXPECT(dict_set(&dict, key, i) == 1);
    }
    EXPECT(probes_of(&dict) == 64);
    EXPECT(dict_destroy(&dict) == ARENA_OK);
    return true;
}

TEST(keys_of_one_or_two_bytes_have_a_slot_each)
{
    SPACE(space, 4 * ROOM);

    CHECK(have_slots(&space, 1));
    CHECK(have_slots(&space, 2));
}

/* ---- Wrappers -------------------------------------------------------- */

DICT_DEFINE(scores, uint32_t, int);

TEST(typed_wrappers_need_no_casts)
{
    SPACE(space, ROOM);
    struct dict dict;
    int score = 0;

    CHECK(scores_init(&dict, &space) == ARENA_OK);
    CHECK(scores_set(&dict, 7, 70) == 1 && scores_set(&dict, 7, -71) == 0);
    CHECK(scores_get(&dict, 7, &score) == 1 && score == -71);
    CHECK(scores_remove(&dict, 7) == 1 && scores_get(&dict, 7, &score) == 0);
    CHECK(dict_destroy(&dict) == ARENA_OK);
}

/* ---- When tables are made anew --------------------------------------- */

static size_t slots_of(const struct dict *dict)
{
    struct dict_stats stats;

    dict_get_stats(dict, &stats);
    return stats.slots;
}

TEST(a_table_with_room_stays)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    DICT(other, space, numbers);
    struct dict_stats stats;

    CHECK(put_all(&dict, 0, 2));
    CHECK(put(&other, 7, 7) == 1 && put(&other, 2, 7) == 1);
    CHECK(dict_reserve(&dict, 5) == ARENA_OK && slots_of(&dict) == 8);
    CHECK(dict_update(&dict, &other) == ARENA_OK && slots_of(&dict) == 8);
    dict_get_stats(&dict, &stats);
    CHECK(stats.used == 4 && stats.usable == 1 && stats.entries == 4);
    CHECK(stats.bytes > 4 * sizeof(uintptr_t) && !(stats.capacity > 0));

    CHECK(dict_update(&dict, &other) == ARENA_OK && slots_of(&dict) == 16);
    CHECK(counts(&dict, "0127") && dict_shrink(&dict) == ARENA_OK);
    CHECK(slots_of(&dict) == 8);
    dict_get_stats(NULL, &stats);
    CHECK(stats.slots == 0);
}

/* Set and remove a key, each time another one or the same. */
static bool churn(struct dict *dict, struct dict_space *space, uint32_t i)
{
    static const char text[] = "abcdefghijklmnopqrstuvwxyz";
    struct dict_name name;

    if (dict->type == &numbers) {
        EXPECT(put(dict, i, i) == 1 && removed(dict, i) == 1);
        return true;
    }
    EXPECT(dict_intern(space, text + i % 24, 2, &name) == 1);
    EXPECT(dict_set(dict, &name, i) == 1);
    EXPECT(dict_forget(space, &name) == ARENA_OK);
    EXPECT(dict_remove(dict, &name) == 1);
    return true;
}

static void churn_on(const struct dict_type *type)
{
    SPACE(space, ROOM);
    DICT(dict, space, *type);
    uint32_t steps = 100 + test_steps(5000);
    size_t peak = 0;

    for (uint32_t i = 0; i < steps; i++) {
        CHECK(churn(&dict, &space, i));
        if (i == 60)
            peak = peak_of(&arena);
    }
    CHECK(peak_of(&arena) == peak && dict_count(&dict) == 0);
    CHECK(ends_empty(&dict, before));
}

TEST(numbers_that_come_and_go_without_end_take_no_more_memory)
{
    churn_on(&numbers);
}

TEST(names_that_come_and_go_without_end_take_no_more_memory)
{
    churn_on(&bags);
}

/* Ten keys, the oldest of which goes for each that an update brings. */
TEST(an_update_of_a_full_table_grows_it_for_many_more)
{
    SPACE(space, 2 * ROOM);
    DICT(dict, space, numbers);
    DICT(other, space, numbers);
    unsigned remade = 0;

    CHECK(put_all(&dict, 0, 9));
    for (uint32_t i = 0; i < 100; i++) {
        arena_ref keys = dict.keys;

        CHECK(dict_clear(&other) == ARENA_OK && put(&other, i + 10, i) == 1);
        CHECK(removed(&dict, i) == 1);
        CHECK(dict_update(&dict, &other) == ARENA_OK);
        remade += dict.keys != keys;
    }
    CHECK(remade < 12 && dict_count(&dict) == 10 && got(&dict, 109) == 99);
    CHECK(dict_destroy(&other) == ARENA_OK && ends_empty(&dict, before));
}

/* An update clones a table that is not much too large; CPython's rule. */
TEST(an_update_of_an_empty_dict_clones_a_dense_table)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    DICT(other, space, numbers);

    CHECK(dict_reserve(&other, 20) == ARENA_OK && slots_of(&other) == 32);
    CHECK(put_all(&other, 0, 9));

    CHECK(dict_update(&dict, &other) == ARENA_OK);
    CHECK(slots_of(&dict) == 16 && dict_equal(&dict, &other) == 1);
    CHECK(dict_clear(&dict) == ARENA_OK && put(&other, 10, 10) == 1);
    CHECK(dict_update(&dict, &other) == ARENA_OK && slots_of(&dict) == 32);
    CHECK(dict_check(&dict) == ARENA_OK);
}

TEST(a_cache_does_not_take_a_copy_for_its_dict)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    struct dict_cache cache = { 0, 0 };
    uint32_t key = 1, absent = 9;
    uintptr_t value = 0;
    struct dict copy;

    CHECK(put_all(&dict, 1, 2));
    CHECK(dict_get_cached(&dict, &key, &cache, &value) == 1);
    CHECK(dict_copy(&dict, &copy) == ARENA_OK);
    CHECK(dict_get_cached(&copy, &absent, &cache, &value) == 0);
    CHECK(dict_get_cached(&dict, &absent, &cache, &value) == 1);
}

TEST(names_are_interned_wholly_or_not)
{
    SPACE(space, ROOM);
    static const char text[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    struct dict_name name;
    size_t used;
    int result;

    for (uintptr_t i = 0;; i++) {
        used = used_of(&arena);
        result = dict_intern(&space, text + i, 3, &name);
        if (result < 0 || i == 33)
            break;
        CHECK(result == 1 && name.size == 3 && name.text[3] == '\0');
    }
    if (result < 0)
        CHECK(result == ARENA_ENOMEM && used_of(&arena) == used);
    CHECK(arena_check(&arena) == ARENA_OK);
    CHECK(dict_intern(&space, NULL, 3, &name) == ARENA_EINVAL);
    CHECK(dict_intern(NULL, "abc", 3, &name) == ARENA_EINVAL);
}

TESTS = {
    RUN(keys_of_any_size_are_kept_whole),
    RUN(a_key_of_eight_bytes_differs_in_either_half),
    RUN(keys_of_eight_bytes_in_sequence_have_a_slot_each),
#ifndef DICT_WIDE_HASH
    RUN(keys_of_eight_bytes_any_power_of_two_apart_are_spread),
    RUN(grids_and_pairs_of_eight_bytes_are_spread),
#endif
    RUN(keys_of_one_or_two_bytes_have_a_slot_each),
    RUN(typed_wrappers_need_no_casts),
    RUN(a_table_with_room_stays),
    RUN(numbers_that_come_and_go_without_end_take_no_more_memory),
    RUN(names_that_come_and_go_without_end_take_no_more_memory),
    RUN(an_update_of_a_full_table_grows_it_for_many_more),
    RUN(an_update_of_an_empty_dict_clones_a_dense_table),
    RUN(a_cache_does_not_take_a_copy_for_its_dict),
    RUN(names_are_interned_wholly_or_not),
    TESTS_END,
};
