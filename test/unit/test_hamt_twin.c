/* Twins of maps under epochs: random operations on a map and on an array, with
   holds released in any order, and rollbacks. */
#include "hamt_model_test.h"

enum { HOLDS = 6 };

struct version {
    struct arena_epoch epoch;
    struct hamt map;
    struct cell *cells;
    uint32_t order; /* of the holds; 0 if it is not one */
};

struct twin {
    struct arena arena;
    struct hamt map;
    struct cell *cells;
    struct version held[HOLDS];
    unsigned char *marks;
    size_t marks_size;
    uint16_t keys;
    uint16_t step;
    uint16_t tide; /* steps for which it grows, and then shrinks */
    uint32_t order;
};

/* ---- Checks ---------------------------------------------------------- */

/* Are as many blocks allocated as can be reached? */
static bool is_exact(struct twin *twin)
{
    size_t reached;

    EXPECT(arena_reclaim(&twin->arena, SIZE_MAX) == 0);
    memset(twin->marks, 0, twin->marks_size);
    reached = mark_blocks(twin->marks, &twin->map);
    for (int i = 0; i < HOLDS; i++)
        if (twin->held[i].order > 0)
            reached += mark_blocks(twin->marks, &twin->held[i].map);
    EXPECT(reached == blocks_of(&twin->arena));
    return true;
}

static bool check_twin(struct twin *twin)
{
    const struct version *version = &twin->held[test_below(HOLDS)];

    if (twin->step > 10000 && twin->step % 1000 != 0)
        return true;
    EXPECT(is_intact(&twin->map));
    if (twin->step % 8 == 0)
        EXPECT(is_like(&twin->map, twin->cells, twin->keys));
    if (twin->step % 8 == 4 && version->order > 0) {
        EXPECT(is_intact(&version->map));
        EXPECT(is_like(&version->map, version->cells, twin->keys));
    }
    return twin->step % 16 == 0 ? is_exact(twin) : true;
}

/* ---- Operations ------------------------------------------------------ */

static void model_set(struct twin *twin, uint16_t key, uint16_t value)
{
    if (twin->cells[key].value == 0)
        twin->cells[key].age = twin->step;
    twin->cells[key].value = value;
}

static bool set_some(struct twin *twin)
{
    uint16_t key = (uint16_t)test_below(twin->keys);
    uint16_t value = (uint16_t)(1 + test_below(3));
    int expected = twin->cells[key].value == 0;
    size_t used = used_of(&twin->arena);

    EXPECT(hamt_set(&twin->map, &key, &value) == expected);
    /* Twenty keys may have one hash, which is more than two. */
    EXPECT(used_of(&twin->arena) <= used + HAMT_SET_MAX(uint16_t, uint16_t) +
                                        20 * sizeof(struct masked_entry));
    model_set(twin, key, value);
    return true;
}

static bool edit_some(struct twin *twin)
{
    uint16_t key = (uint16_t)test_below(twin->keys);
    bool inserts = test_below(2);
    int present = twin->cells[key].value != 0;
    void *value = NULL;

    if (inserts)
        EXPECT(hamt_insert(&twin->map, &key, &value) == !present);
    else
        EXPECT(hamt_edit(&twin->map, &key, &value) == present);
    if (value == NULL)
        return true;
    EXPECT(*(uint16_t *)value == twin->cells[key].value);
    *(uint16_t *)value = (uint16_t)(1 + test_below(3));
    model_set(twin, key, *(uint16_t *)value);
    return true;
}

static bool remove_some(struct twin *twin)
{
    uint16_t key = (uint16_t)test_below(twin->keys);
    int present = twin->cells[key].value != 0;

    EXPECT(hamt_remove(&twin->map, &key) == present);
    twin->cells[key].value = 0;
    return true;
}

static bool change_all(struct twin *twin)
{
    bool clears = test_below(4) == 0;

    if (clears)
        EXPECT(hamt_clear(&twin->map) == ARENA_OK);
    else
        EXPECT(hamt_edit_all(&twin->map, increment, NULL) == 0);
    for (uint16_t i = 0; i < twin->keys; i++) {
        uint16_t *value = &twin->cells[i].value;

        *value = clears || *value == 0 ? 0 : (uint16_t)(*value % 3 + 1);
    }
    return true;
}

static bool hold(struct twin *twin)
{
    struct version *version = &twin->held[test_below(HOLDS)];

    if (version->order > 0) {
        version->order = 0;
        EXPECT(arena_release(&twin->arena, &version->epoch) == ARENA_OK);
        return true;
    }
    EXPECT(arena_hold(&twin->arena, &version->epoch) == ARENA_OK);
    version->order = ++twin->order;
    version->map = twin->map;
    memcpy(version->cells, twin->cells, twin->keys * sizeof *twin->cells);
    return true;
}

static bool roll_back(struct twin *twin)
{
    struct version *version = &twin->held[test_below(HOLDS)];

    if (version->order == 0)
        return true;
    EXPECT(arena_rollback(&twin->arena, &version->epoch) == ARENA_OK);
    for (int i = 0; i < HOLDS; i++)
        if (twin->held[i].order > version->order)
            twin->held[i].order = 0;
    twin->map = version->map;
    memcpy(twin->cells, version->cells, twin->keys * sizeof *twin->cells);
    return true;
}

static bool do_something(struct twin *twin)
{
    uint32_t dice = test_below(100);
    uint32_t sets = twin->step / twin->tide % 2 == 0 ? 60 : 25;

    if (dice < sets)
        return set_some(twin);
    if (dice < 75)
        return remove_some(twin);
    if (dice < 85)
        return edit_some(twin);
    if (dice < 97)
        return hold(twin);
    return dice == 97 ? change_all(twin) : roll_back(twin);
}

/* ---- Twins ----------------------------------------------------------- */

/* Lay a twin out in size bytes: cells for the map and the holds, marks, and
   what is left is the arena. */
static bool start(struct twin *twin, const struct masked_type *type,
                  uint16_t keys, unsigned char *memory, size_t size)
{
    size_t cells = (HOLDS + 1) * keys * sizeof(struct cell);

    memset(twin, 0, sizeof *twin);
    twin->keys = keys;
    memset(memory, 0, cells);
    twin->cells = (struct cell *)(void *)memory;
    for (int i = 0; i < HOLDS; i++)
        twin->held[i].cells = twin->cells + (i + 1) * keys;
    twin->marks = memory + cells;
    twin->marks_size = (size - cells) / 16 + 1;
    EXPECT(arena_init(&twin->arena, twin->marks + twin->marks_size,
                      size - cells - twin->marks_size) == ARENA_OK);
    EXPECT(hamt_init(&twin->map, &twin->arena, &type->type) == ARENA_OK);
    return true;
}

/* Release all in random order. */
static bool finish(struct twin *twin, size_t used)
{
    unsigned first = test_below(HOLDS);

    EXPECT(hamt_clear(&twin->map) == ARENA_OK);
    for (unsigned i = 0; i < HOLDS; i++) {
        struct version *version = &twin->held[(first + i * 5) % HOLDS];

        if (version->order > 0) {
            EXPECT(is_like(&version->map, version->cells, twin->keys));
            version->order = 0;
            EXPECT(arena_release(&twin->arena, &version->epoch) == ARENA_OK);
        }
        EXPECT(is_exact(twin));
    }
    EXPECT(used_of(&twin->arena) == used);
    return arena_check(&twin->arena) == ARENA_OK;
}

static bool step(void *user)
{
    struct twin *twin = user;

    twin->step++;
    return do_something(twin) && check_twin(twin);
}

static bool run(uint32_t mask, uint16_t keys, uint32_t steps,
                unsigned char *memory, size_t size)
{
    const struct masked_type type = MASKED_TYPE(0, mask);
    struct twin twin;
    size_t used;

    EXPECT(start(&twin, &type, keys, memory, size));
    twin.tide = (uint16_t)test_tide(steps, 500);
    used = used_of(&twin.arena);
    return take_steps(&twin, step, steps) && finish(&twin, used);
}

/* A map of few keys, for small machines. */
TEST(a_small_map_is_like_its_twin)
{
    MEMORY(memory, LITTLE);

    run(0xC0000021, 6, test_steps(4000), memory, LITTLE);
}

enum { ROOM = TEST_ROOM(60000, 5000, 2950) };

/* A map of many keys; of few where there is less memory, and fewer steps. */
#define TWIN(name, mask, many, few, steps)                                     \
    TEST(name)                                                                 \
    {                                                                          \
        MEMORY(memory, ROOM);                                                  \
                                                                               \
        run(mask, TEST_HAS(60000) ? (many) : (few), test_steps(steps), memory, \
            ROOM);                                                             \
    }

TWIN(a_map_with_good_hashes_is_like_its_twin, 0xFFFFFFFF, 300, 60, 12000)
TWIN(a_map_of_large_nodes_is_like_its_twin, 0x000003FF, 200, 60, 12000)
TWIN(a_deep_map_is_like_its_twin, 0xF0300000, 60, 40, 12000)
TWIN(a_map_of_equal_hashes_is_like_its_twin, 0x80000002, 40, 30, 12000)
TWIN(a_map_of_one_hash_is_like_its_twin, 0, 20, 20, 6000)

TESTS = { RUN(a_small_map_is_like_its_twin),
          RUN(a_map_with_good_hashes_is_like_its_twin),
          RUN(a_map_of_large_nodes_is_like_its_twin),
          RUN(a_deep_map_is_like_its_twin),
          RUN(a_map_of_equal_hashes_is_like_its_twin),
          RUN(a_map_of_one_hash_is_like_its_twin),
          TESTS_END };
