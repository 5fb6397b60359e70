/* One of everything that a program of moderate size does with a map: the
   first test for a new machine. */
#include "hamt.h"
#include "test.h"

struct entry {
    uint16_t key, value;
};

static const struct hamt_type numbers = HAMT_TYPE(struct entry, key, value);

enum { ROOM = 760, KEYS = 20 };

/* The first line of a test: declare name as an empty map in an arena, called
   arena; or leave the test out. */
#define MAP(name)                                        \
    struct hamt name;                                    \
    struct arena arena;                                  \
    MEMORY(memory, ROOM);                                \
    CHECK(arena_init(&arena, memory, ROOM) == ARENA_OK); \
    CHECK(hamt_init(&name, &arena, &numbers) == ARENA_OK)

static bool fill(struct hamt *map, uint16_t factor)
{
    for (uint16_t key = 0; key < KEYS; key++) {
        uint16_t value = (uint16_t)(key * factor);

        EXPECT(hamt_set(map, &key, &value) >= 0);
    }
    return true;
}

static bool holds(const struct hamt *map, uint16_t factor)
{
    EXPECT(hamt_count(map) == KEYS);
    for (uint16_t key = 0; key < KEYS; key++) {
        const uint16_t *value = hamt_get(map, &key);

        EXPECT(value != NULL && *value == (uint16_t)(key * factor));
    }
    return true;
}

TEST(what_is_set_is_found_and_what_is_removed_is_not)
{
    MAP(map);

    CHECK(fill(&map, 3) && holds(&map, 3));
    for (uint16_t key = 0; key < KEYS; key++) {
        CHECK(hamt_remove(&map, &key) == 1);
        CHECK(hamt_get(&map, &key) == NULL);
    }
    CHECK(hamt_count(&map) == 0);
    CHECK(arena_check(&arena) == ARENA_OK);
}

TEST(iterating_meets_every_entry_once)
{
    MAP(map);
    struct hamt_iter iter;
    const void *key, *value;
    uint32_t met = 0;

    CHECK(fill(&map, 7));
    hamt_iter_init(&iter, &map);
    while (hamt_iter_next(&iter, &key, &value) > 0) {
        uint16_t number = *(const uint16_t *)key;

        CHECK(number < KEYS && *(const uint16_t *)value == number * 7);
        CHECK((met >> number & 1) == 0);
        met |= (uint32_t)1 << number;
    }
    CHECK(met == ((uint32_t)1 << KEYS) - 1);
}

TEST(a_held_version_stays_and_a_rollback_comes_back_to_it)
{
    MAP(map);
    struct arena_epoch epoch;
    struct hamt saved;

    CHECK(fill(&map, 1));
    saved = map;
    CHECK(arena_hold(&arena, &epoch) == ARENA_OK);
    CHECK(fill(&map, 2) && holds(&map, 2) && holds(&saved, 1));
    CHECK(arena_rollback(&arena, &epoch) == ARENA_OK);
    CHECK(holds(&saved, 1));
    CHECK(arena_release(&arena, &epoch) == ARENA_OK);
    CHECK(hamt_clear(&saved) == ARENA_OK);
    CHECK(arena_check(&arena) == ARENA_OK);
}

TESTS = {
    RUN(what_is_set_is_found_and_what_is_removed_is_not),
    RUN(iterating_meets_every_entry_once),
    RUN(a_held_version_stays_and_a_rollback_comes_back_to_it),
    TESTS_END,
};
