/* A map of 100 entries with a held version, and all else, in a machine with
   2 KB of RAM. */
#include "hamt.h"
#include "test.h"

enum { ROOM = 1500, KEYS = 100, CHANGES = 20 };

struct entry {
    uint8_t key, value;
};

static const struct hamt_type type = HAMT_TYPE(struct entry, key, value);

/* The values are a function of what has been changed: a model of 100 bytes
   would not fit. */
static uint8_t sum_of(const struct hamt *map)
{
    struct hamt_iter iter;
    const void *key, *value;
    uint8_t sum = 0;

    hamt_iter_init(&iter, map);
    while (hamt_iter_next(&iter, &key, &value) > 0)
        sum = (uint8_t)(sum + *(const uint8_t *)value);
    return sum;
}

static bool change(struct hamt *map, uint8_t *sum)
{
    uint8_t key = (uint8_t)test_below(KEYS);
    uint8_t value = (uint8_t)test_below(256);
    const uint8_t *old = hamt_get(map, &key);

    EXPECT(old != NULL);
    *sum = (uint8_t)(*sum + value - *old);
    EXPECT(hamt_set(map, &key, &value) == 0);
    return true;
}

static bool fill(struct hamt *map)
{
    for (uint8_t key = 0; key < KEYS; key++) {
        uint8_t zero = 0;

        EXPECT(hamt_set(map, &key, &zero) == 1);
    }
    return true;
}

TEST(a_hundred_entries_and_a_held_version_live_in_2_KB)
{
    struct arena arena;
    struct arena_epoch epoch;
    struct hamt map, held;
    uint8_t sum = 0, held_sum;
    MEMORY(memory, ROOM);

    CHECK(arena_init(&arena, memory, ROOM) == ARENA_OK);
    CHECK(hamt_init(&map, &arena, &type) == ARENA_OK);
    CHECK(fill(&map));
    for (uint32_t holds = test_steps(100000); holds > 0; holds--) {
        CHECK(arena_hold(&arena, &epoch) == ARENA_OK);
        held = map;
        held_sum = sum;
        for (int i = 0; i < CHANGES; i++)
            CHECK(change(&map, &sum));
        if (holds % 64 == 1)
            CHECK(sum_of(&held) == held_sum && sum_of(&map) == sum);
        CHECK(arena_release(&arena, &epoch) == ARENA_OK);
    }
    CHECK(hamt_check(&map) == ARENA_OK && hamt_count(&map) == KEYS);
}

TESTS = { RUN(a_hundred_entries_and_a_held_version_live_in_2_KB), TESTS_END };
