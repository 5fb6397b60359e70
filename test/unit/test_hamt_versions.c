/* Twins of counted and region maps: a random tree of versions, each with an
   array beside it. */
#include "hamt_model_test.h"

enum { VERSIONS = 7 };

struct version {
    struct hamt map;
    struct cell *cells;
    bool is_live;
};

struct twin {
    struct arena arena;
    struct version versions[VERSIONS];
    unsigned char *marks;
    size_t marks_size;
    const struct hamt_type *type;
    uint16_t keys;
    uint16_t step;
    uint16_t tide; /* steps for which it grows, and then shrinks */
    bool is_counted;
};

/* ---- Checks ---------------------------------------------------------- */

/* Of a region map nothing is freed, so only counted ones are exact. */
static bool is_exact(struct twin *twin)
{
    size_t reached = 0;

    memset(twin->marks, 0, twin->marks_size);
    for (int i = 0; i < VERSIONS; i++)
        if (twin->versions[i].is_live)
            reached += mark_blocks(twin->marks, &twin->versions[i].map);
    EXPECT(!twin->is_counted || reached == blocks_of(&twin->arena));
    return true;
}

static bool check_twin(struct twin *twin)
{
    const struct version *version = &twin->versions[test_below(VERSIONS)];

    if (twin->step > 10000 && twin->step % 1000 != 0)
        return true;
    EXPECT(arena_check(&twin->arena) == ARENA_OK);
    if (version->is_live) {
        EXPECT(hamt_check(&version->map) == ARENA_OK);
        EXPECT(twin->step % 4 != 0 ||
               is_like(&version->map, version->cells, twin->keys));
    }
    return twin->step % 8 == 0 ? is_exact(twin) : true;
}

/* ---- Operations ------------------------------------------------------ */

static void copy_cells(struct twin *twin, struct version *to,
                       const struct version *from)
{
    memcpy(to->cells, from->cells, twin->keys * sizeof *to->cells);
}

static bool make_empty(struct twin *twin, struct version *version)
{
    EXPECT(hamt_init(&version->map, &twin->arena, twin->type) == ARENA_OK);
    memset(version->cells, 0, twin->keys * sizeof *version->cells);
    version->is_live = true;
    return true;
}

static bool let_go(struct twin *twin, struct version *version)
{
    version->is_live = false;
    EXPECT(hamt_release(&version->map) ==
           (twin->is_counted ? ARENA_OK : ARENA_EINVAL));
    return true;
}

/* Everything goes from a region before its memory is at an end. */
static bool sweep(struct twin *twin)
{
    struct arena_stats stats;

    arena_get_stats(&twin->arena, &stats);
    if (twin->is_counted || stats.free > stats.size / 4)
        return true;
    for (int i = 0; i < VERSIONS; i++) {
        struct version *version = &twin->versions[i];

        EXPECT(!version->is_live ||
               is_like(&version->map, version->cells, twin->keys));
        version->is_live = false;
    }
    EXPECT(arena_reset(&twin->arena) == ARENA_OK);
    return make_empty(twin, &twin->versions[0]);
}

/* Change a version in place, or make another one. */
static bool change(struct twin *twin, struct version *from, struct version *to)
{
    uint16_t key = (uint16_t)test_below(twin->keys);
    uint16_t value = (uint16_t)(1 + test_below(3));
    int present = from->cells[key].value != 0;
    bool grows = twin->step / twin->tide % 2 == 0;
    bool sets = test_below(100) < (grows ? 65u : 35u);

    if (from == to && sets)
        EXPECT(hamt_set(&to->map, &key, &value) == !present);
    else if (from == to)
        EXPECT(hamt_remove(&to->map, &key) == present);
    else if (sets)
        EXPECT(hamt_assoc(&from->map, &key, &value, &to->map) == !present);
    else
        EXPECT(hamt_without(&from->map, &key, &to->map) == present);
    to->is_live = true;
    if (from != to)
        copy_cells(twin, to, from);
    if (sets && !present)
        to->cells[key].age = twin->step;
    to->cells[key].value = sets ? value : 0;
    return true;
}

/* One of the calls that are rarer. */
static bool edit(struct twin *twin, struct version *version)
{
    uint16_t key = (uint16_t)test_below(twin->keys);
    int present = version->cells[key].value != 0;
    void *value = NULL;

    switch (test_below(8)) {
    case 0:
        EXPECT(hamt_edit_all(&version->map, increment, NULL) == 0);
        for (uint16_t i = 0; i < twin->keys; i++)
            if (version->cells[i].value != 0)
                increment(NULL, NULL, &version->cells[i].value);
        return true;
    case 1:
        EXPECT(hamt_clear(&version->map) == ARENA_OK);
        memset(version->cells, 0, twin->keys * sizeof *version->cells);
        return true;
    default:
        EXPECT(hamt_edit(&version->map, &key, &value) == present);
        if (present)
            *(uint16_t *)value = version->cells[key].value = 3;
        return true;
    }
}

static bool do_something(struct twin *twin)
{
    struct version *from = &twin->versions[test_below(VERSIONS)];
    struct version *to = &twin->versions[test_below(VERSIONS)];
    uint32_t dice = test_below(100);

    if (!sweep(twin))
        return false;
    if (!from->is_live)
        return dice < 10 ? make_empty(twin, from) : true;
    if (dice < 8)
        return let_go(twin, from);
    if (dice < 15)
        return edit(twin, from);
    if (dice < 55)
        return change(twin, from, from);
    if (to == from || (to->is_live && !let_go(twin, to)))
        return to == from;
    if (dice < 90)
        return change(twin, from, to);
    to->is_live = true;
    copy_cells(twin, to, from);
    if (twin->is_counted)
        EXPECT(hamt_retain(&from->map, &to->map) == ARENA_OK);
    else
        to->map = from->map;
    return true;
}

/* ---- Twins ----------------------------------------------------------- */

static bool start(struct twin *twin, const struct masked_type *type,
                  uint16_t keys, unsigned char *memory, size_t size)
{
    size_t cells = VERSIONS * keys * sizeof(struct cell);

    memset(twin, 0, sizeof *twin);
    twin->type = &type->type;
    twin->is_counted = type->type.flags & HAMT_COUNTED;
    twin->keys = keys;
    for (int i = 0; i < VERSIONS; i++)
        twin->versions[i].cells = (struct cell *)(void *)memory + i * keys;
    twin->marks = memory + cells;
    twin->marks_size = (size - cells) / 16 + 1;
    EXPECT(arena_init(&twin->arena, twin->marks + twin->marks_size,
                      size - cells - twin->marks_size) == ARENA_OK);
    return make_empty(twin, &twin->versions[0]);
}

static bool finish(struct twin *twin, size_t used)
{
    for (int i = 0; i < VERSIONS; i++) {
        struct version *version = &twin->versions[i];

        if (!version->is_live)
            continue;
        EXPECT(is_like(&version->map, version->cells, twin->keys));
        EXPECT(let_go(twin, version));
        EXPECT(is_exact(twin));
    }
    EXPECT(!twin->is_counted || used_of(&twin->arena) == used);
    EXPECT(arena_check(&twin->arena) == ARENA_OK);
    return true;
}

static bool step(void *user)
{
    struct twin *twin = user;

    twin->step++;
    return do_something(twin) && check_twin(twin);
}

static bool run(unsigned flags, uint32_t mask, uint16_t keys, uint32_t steps,
                unsigned char *memory, size_t size)
{
    const struct masked_type type = MASKED_TYPE(flags, mask);
    struct twin twin;
    size_t used;

    EXPECT(start(&twin, &type, keys, memory, size));
    twin.tide = (uint16_t)test_tide(steps, 500);
    used = used_of(&twin.arena);
    return take_steps(&twin, step, steps) && finish(&twin, used);
}

TEST(small_counted_versions_are_like_their_twins)
{
    MEMORY(memory, LITTLE);

    run(HAMT_COUNTED, 0xC0000021, 6, test_steps(4000), memory, LITTLE);
}

TEST(small_region_versions_are_like_their_twins)
{
    MEMORY(memory, LITTLE);

    run(HAMT_REGION, 0xC0000021, 4, test_steps(4000), memory, LITTLE);
}

enum { ROOM = TEST_ROOM(60000, 5000, 2950) };

/* Versions of many keys; of few where there is less memory. */
#define TWIN(name, flags, mask, many, few)                                    \
    TEST(name)                                                                \
    {                                                                         \
        MEMORY(memory, ROOM);                                                 \
                                                                              \
        run(flags, mask, TEST_HAS(60000) ? (many) : (few), test_steps(12000), \
            memory, ROOM);                                                    \
    }

TWIN(counted_versions_are_like_their_twins, HAMT_COUNTED, 0xFFFFFFFF, 200, 60)
TWIN(counted_versions_of_large_nodes_are_like_their_twins, HAMT_COUNTED,
     0x000003FF, 200, 60)
TWIN(deep_counted_versions_are_like_their_twins, HAMT_COUNTED, 0xF0300000, 60,
     40)
TWIN(counted_versions_of_equal_hashes_are_like_their_twins, HAMT_COUNTED,
     0x80000002, 40, 30)
TWIN(region_versions_are_like_their_twins, HAMT_REGION, 0xFFFFFFFF, 200, 60)
TWIN(deep_region_versions_are_like_their_twins, HAMT_REGION, 0xF0300000, 60, 40)

TESTS = { RUN(small_counted_versions_are_like_their_twins),
          RUN(counted_versions_are_like_their_twins),
          RUN(counted_versions_of_large_nodes_are_like_their_twins),
          RUN(deep_counted_versions_are_like_their_twins),
          RUN(counted_versions_of_equal_hashes_are_like_their_twins),
          RUN(small_region_versions_are_like_their_twins),
          RUN(region_versions_are_like_their_twins),
          RUN(deep_region_versions_are_like_their_twins),
          TESTS_END };
