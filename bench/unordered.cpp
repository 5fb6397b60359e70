/*
 * Updating and building, against std::unordered_map: in place, and as new
 * versions of a region map, which the peer does not have.
 */
#include "loop.h"

#include <unordered_map>

typedef std::unordered_map<uint32_t, uint32_t> table_type;

static const struct hamt_type region_pairs = HAMT_TYPE_WITH(
    struct pair, key, value, HAMT_REGION, NULL, NULL, NULL, NULL);

enum { SLICE = 20000, REPEATS = 15 };

struct state {
    uint32_t entries;
    struct hamt map;
    struct arena arena; /* of map */
    struct hamt region;
    struct arena scratch; /* of region, and of what is built */
    table_type table;
    struct pair updates[SLICE];
    uint64_t random;
};

/* ---- Updating -------------------------------------------------------- */

static void choose(struct state *state)
{
    for (int i = 0; i < SLICE; i++) {
        uint32_t at = random_below(&state->random, state->entries);

        state->updates[i].key = key_of(at);
        state->updates[i].value = random_of(&state->random);
    }
}

static double update_ours(void *user, int)
{
    struct state *state = (struct state *)user;
    double start;

    choose(state);
    start = now();
    for (int i = 0; i < SLICE; i++)
        hamt_set(&state->map, &state->updates[i].key, &state->updates[i].value);
    return now() - start;
}

/* Each a new version; all of them are rolled back afterwards. */
static double update_pure(void *user, int)
{
    struct state *state = (struct state *)user;
    struct hamt version = state->region;
    struct arena_epoch scope;
    double time;

    choose(state);
    arena_hold(&state->scratch, &scope);
    time = now();
    for (int i = 0; i < SLICE; i++)
        need(hamt_assoc(&version, &state->updates[i].key,
                        &state->updates[i].value, &version) == 0,
             "an update finds room and its key");
    time = now() - time;
    arena_rollback(&state->scratch, &scope);
    arena_release(&state->scratch, &scope);
    return time;
}

static double update_theirs(void *user, int)
{
    struct state *state = (struct state *)user;
    double start;

    choose(state);
    start = now();
    for (int i = 0; i < SLICE; i++)
        state->table[state->updates[i].key] = state->updates[i].value;
    return now() - start;
}

/* ---- Building -------------------------------------------------------- */

/* Build small maps more than once. */
static uint32_t passes(const struct state *state)
{
    return 1 + SLICE / state->entries;
}

static double build_ours(void *user, int)
{
    struct state *state = (struct state *)user;
    double start = now();

    for (uint32_t pass = 0; pass < passes(state); pass++) {
        struct hamt map;

        arena_reset(&state->scratch);
        hamt_init(&map, &state->scratch, &pairs);
        for (uint32_t i = 0; i < state->entries; i++) {
            uint32_t key = key_of(i);

            hamt_set(&map, &key, &i);
        }
        need(hamt_count(&map) == state->entries, "the map is built");
    }
    return now() - start;
}

/* Each entry makes a new version, and nothing is freed. */
static double build_pure(void *user, int)
{
    struct state *state = (struct state *)user;
    struct hamt *map = &state->region;
    double start = now();

    for (uint32_t pass = 0; pass < passes(state); pass++) {
        arena_reset(&state->scratch);
        hamt_init(map, &state->scratch, &region_pairs);
        for (uint32_t i = 0; i < state->entries; i++) {
            uint32_t key = key_of(i);

            hamt_assoc(map, &key, &i, map);
        }
        need(hamt_count(map) == state->entries, "the map is built");
    }
    return now() - start;
}

static double build_theirs(void *user, int)
{
    struct state *state = (struct state *)user;
    double start = now();

    for (uint32_t pass = 0; pass < passes(state); pass++) {
        table_type table;

        for (uint32_t i = 0; i < state->entries; i++)
            table[key_of(i)] = i;
        need(table.size() == state->entries, "the table is built");
    }
    return now() - start;
}

/* ---- Rows ------------------------------------------------------------ */

struct size {
    uint32_t entries;
    const char *text;
    size_t scratch; /* bytes, enough for all versions of a pure build */
    int builds;     /* rounds */
    double update, pure, build, build_pure; /* goals */
};

static void compare_row(const char *what, const struct size *size,
                        double (*ours)(void *, int),
                        double (*theirs)(void *, int), struct state *state,
                        int rounds, double count, double limit)
{
    struct times times = compare(ours, theirs, state, rounds);
    char name[64];

    snprintf(name, sizeof name, "%s, n=%s / unordered_map", what, size->text);
    goal_of(name, times, count, limit);
}

/* The region map of the last row is what build_pure leaves. */
static void size_rows(const struct size *size)
{
    struct state *state = new struct state();
    size_t bytes = (size_t)size->entries * 32 + 65536;
    void *memory = memory_of(bytes), *scratch = memory_of(size->scratch);
    double built;

    state->entries = size->entries;
    built = (double)passes(state) * size->entries;
    arena_init(&state->arena, memory, bytes);
    arena_init(&state->scratch, scratch, size->scratch);
    hamt_init(&state->map, &state->arena, &pairs);
    for (uint32_t i = 0; i < size->entries; i++) {
        uint32_t key = key_of(i);

        hamt_set(&state->map, &key, &i);
        state->table[key] = i;
    }
    compare_row("update in place", size, update_ours, update_theirs, state,
                REPEATS, SLICE, size->update);
    compare_row("build in place", size, build_ours, build_theirs, state,
                size->builds, built, size->build);
    compare_row("build pure", size, build_pure, build_theirs, state,
                size->builds, built, size->build_pure);
    compare_row("update pure", size, update_pure, update_theirs, state, REPEATS,
                SLICE, size->pure);
    free(scratch);
    free(memory);
    delete state;
}

int main()
{
    static const struct size sizes[] = {
        { 100, "100", 32u << 20, REPEATS, 0.6, 3.5, 0.5, 0.9 },
        { 10000, "10^4", 32u << 20, REPEATS, 0.7, 5, 0.5, 2 },
        { 1000000, "10^6", 1200u << 20, 1, 1.2, 5, 0.42, 1.4 },
    };

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        size_rows(&sizes[i]);
    return rows_status();
}
