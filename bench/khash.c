/*
 * Reading, against khash (klib's hash table, as in htslib): a table that is
 * changed in place and has no versions, so it says what those cost.
 *
 * khash's hash of integers is the number itself; the keys are random, so that
 * suits it.
 */
#include "loop.h"

#include <htslib/khash.h>

KHASH_MAP_INIT_INT(u32, uint32_t)

enum { QUERIES = 1 << 20, SLICE = 1 << 16, REPEATS = 21 };

struct state {
    uint32_t entries;
    struct arena arena;
    struct hamt map;
    khash_t(u32) *table;
    uint32_t *queries;
    uint32_t sum; /* of what both found, with different signs */
    void *memory;
};

/* ---- Building -------------------------------------------------------- */

/* Give both tables the same entries. */
static void build(struct state *state, uint32_t entries)
{
    size_t size = (size_t)entries * 20 + 65536;

    state->entries = entries;
    state->sum = 0;
    state->memory = memory_of(size);
    arena_init(&state->arena, state->memory, size);
    hamt_init(&state->map, &state->arena, &pairs);
    state->table = kh_init(u32);
    for (uint32_t i = 0; i < entries; i++) {
        uint32_t key = key_of(i);
        int is_new;
        khint_t at = kh_put(u32, state->table, key, &is_new);

        kh_val(state->table, at) = i;
        hamt_set(&state->map, &key, &i);
    }
    state->queries = memory_of(QUERIES * sizeof *state->queries);
}

static void destroy(struct state *state)
{
    kh_destroy(u32, state->table);
    free(state->queries);
    free(state->memory);
}

/* Choose keys to look for: those there, or those of other numbers. */
static void choose(struct state *state, uint32_t first)
{
    uint64_t random = first + 1;

    for (int i = 0; i < QUERIES; i++)
        state->queries[i] =
            key_of(first + random_below(&random, state->entries));
}

/* ---- Finding --------------------------------------------------------- */

/* Each round has other queries, for longer than a cache would remember. */
static const uint32_t *queries_of(const struct state *state, int round)
{
    return state->queries + round % (QUERIES / SLICE) * SLICE;
}

static double find_ours(void *user, int round)
{
    struct state *state = user;
    const uint32_t *queries = queries_of(state, round);
    double start = now();
    uint32_t sum = 0;

    for (int i = 0; i < SLICE; i++) {
        const uint32_t *value = hamt_get(&state->map, &queries[i]);

        sum += value != NULL ? *value : 1;
    }
    state->sum += sum;
    return now() - start;
}

static double find_theirs(void *user, int round)
{
    struct state *state = user;
    const khash_t(u32) *table = state->table;
    const uint32_t *queries = queries_of(state, round);
    double start = now();
    uint32_t sum = 0;

    for (int i = 0; i < SLICE; i++) {
        khint_t at = kh_get(u32, table, queries[i]);

        sum += at != kh_end(table) ? kh_val(table, at) : 1;
    }
    state->sum -= sum;
    return now() - start;
}

/* What is found becomes part of the next key: nothing of it, but the compiler
   does not know. So a lookup begins when the one before has ended. */
static volatile uint32_t no_bits = 0;

static double find_next_ours(void *user, int round)
{
    struct state *state = user;
    const uint32_t *queries = queries_of(state, round);
    double start = now();
    uint32_t mask = no_bits, value = 0;

    for (int i = 0; i < SLICE; i++) {
        uint32_t key = queries[i] ^ (value & mask);

        value = *(const uint32_t *)hamt_get(&state->map, &key);
    }
    state->sum += value;
    return now() - start;
}

static double find_next_theirs(void *user, int round)
{
    struct state *state = user;
    const khash_t(u32) *table = state->table;
    const uint32_t *queries = queries_of(state, round);
    double start = now();
    uint32_t mask = no_bits, value = 0;

    for (int i = 0; i < SLICE; i++) {
        uint32_t key = queries[i] ^ (value & mask);

        value = kh_val(table, kh_get(u32, table, key));
    }
    state->sum -= value;
    return now() - start;
}

/* ---- Iterating ------------------------------------------------------- */

/* Go through small tables more than once. */
static uint32_t passes(const struct state *state)
{
    return 1 + SLICE / state->entries;
}

static double iterate_ours(void *user, int round)
{
    struct state *state = user;
    double start = now();
    const void *value;
    uint32_t sum = 0;

    (void)round;
    for (uint32_t i = 0; i < passes(state); i++) {
        struct hamt_iter iter;

        hamt_iter_init(&iter, &state->map);
        while (hamt_iter_next(&iter, NULL, &value))
            sum += *(const uint32_t *)value;
    }
    state->sum += sum;
    return now() - start;
}

static double iterate_theirs(void *user, int round)
{
    struct state *state = user;
    const khash_t(u32) *table = state->table;
    double start = now();
    uint32_t sum = 0;

    (void)round;
    for (uint32_t i = 0; i < passes(state); i++)
        for (khint_t at = kh_begin(table); at != kh_end(table); at++)
            if (kh_exist(table, at))
                sum += kh_val(table, at);
    state->sum -= sum;
    return now() - start;
}

/* ---- Whole tables ---------------------------------------------------- */

static double equal_ours(void *user, int round)
{
    struct state *pair = user;
    double start = now();

    (void)round;
    pair->sum += hamt_equal(&pair[0].map, &pair[1].map) == 1;
    return now() - start;
}

static double equal_theirs(void *user, int round)
{
    struct state *pair = user;
    const khash_t(u32) *a = pair[0].table, *b = pair[1].table;
    double start = now();
    bool is_equal = kh_size(a) == kh_size(b);

    (void)round;
    for (khint_t at = kh_begin(a); is_equal && at != kh_end(a); at++)
        if (kh_exist(a, at)) {
            khint_t other = kh_get(u32, b, kh_key(a, at));

            is_equal = other != kh_end(b) && kh_val(b, other) == kh_val(a, at);
        }
    pair->sum -= is_equal;
    return now() - start;
}

/* Nanoseconds of finding ten changes between two versions that share. */
static double diff_time(struct state *state, int round)
{
    struct hamt before = state->map;
    struct arena_epoch epoch;
    struct hamt_change change;
    struct hamt_diff diff;
    int changes = 0;
    double start;

    arena_hold(&state->arena, &epoch);
    for (int i = 0; i < 10; i++) {
        uint32_t value = (uint32_t)(10 * round + i);

        hamt_set(&state->map, &state->queries[value], &value);
    }
    start = now();
    hamt_diff_init(&diff, &before, &state->map);
    while (hamt_diff_next(&diff, &change) > 0)
        changes++;
    start = now() - start;
    need(changes == 10, "a diff finds ten changes");
    arena_rollback(&state->arena, &epoch);
    arena_release(&state->arena, &epoch);
    state->map = before;
    return start;
}

static void whole_rows(void)
{
    struct state pair[2];
    double diffs[REPEATS];
    struct times equal, find;

    build(&pair[0], 10000);
    build(&pair[1], 10000);
    equal = compare(equal_ours, equal_theirs, pair, REPEATS);
    need(pair[0].sum == 0, "both find the maps equal");
    goal_of("equal, two maps, n=10^4 / khash", equal, 1, 0.1);

    choose(&pair[0], 0);
    find = compare(find_ours, find_theirs, &pair[0], REPEATS);
    for (int i = 0; i < REPEATS; i++)
        diffs[i] = diff_time(&pair[0], i);
    goal("diff of 10 changes, n=10^4 / one khash find",
         median(diffs, REPEATS) / (find.theirs / SLICE), 150);
    destroy(&pair[0]);
    destroy(&pair[1]);
}

/* ---- Rows ------------------------------------------------------------ */

struct size {
    uint32_t entries;
    const char *text;
    double hit, dependent, miss, iterate; /* goals */
};

static void compare_row(const char *what, const struct size *size,
                        double (*ours)(void *, int),
                        double (*theirs)(void *, int), struct state *state,
                        double count, double limit)
{
    struct times times = compare(ours, theirs, state, REPEATS);
    char name[64];

    need(state->sum == 0, "both find the same");
    snprintf(name, sizeof name, "%s, n=%s / khash", what, size->text);
    goal_of(name, times, count, limit);
}

static void size_rows(const struct size *size)
{
    struct state state;

    build(&state, size->entries);
    choose(&state, 0);
    compare_row("find", size, find_ours, find_theirs, &state, SLICE, size->hit);
    compare_row("find, dependent", size, find_next_ours, find_next_theirs,
                &state, SLICE, size->dependent);
    choose(&state, size->entries);
    compare_row("find, absent", size, find_ours, find_theirs, &state, SLICE,
                size->miss);
    compare_row("iterate", size, iterate_ours, iterate_theirs, &state,
                (double)passes(&state) * state.entries, size->iterate);
    destroy(&state);
}

int main(void)
{
    static const struct size sizes[] = {
        { 100, "100", 0.55, 0.7, 0.45, 0.8 },
        { 10000, "10^4", 0.65, 1.2, 0.3, 0.35 },
        { 1000000, "10^6", 2.5, 2.2, 2, 1.2 },
    };

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        size_rows(&sizes[i]);
    whole_rows();
    return rows_status();
}
