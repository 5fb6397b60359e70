/*
 * Lookups of keys that are there, at random, against glib's GHashTable with
 * g_direct_hash.
 *
 * The keys are random numbers of 32 bits. g_direct_hash is the key itself, so
 * with keys 0, 1, 2, ... that table would be an array, which hashing is not
 * about; with random keys it is what its users know.
 */
#include "loop.h"

#include <glib.h>

enum { QUERIES = 1 << 20, SLICE = 1 << 17, REPEATS = 25 };

struct state {
    struct hamt map;
    GHashTable *table;
    uint32_t *queries;
    uint32_t sum; /* of what both found, with different signs */
};

/* Each round has other queries, for longer than a cache would remember. */
static const uint32_t *queries_of(const struct state *state, int round)
{
    return state->queries + round % (QUERIES / SLICE) * SLICE;
}

static double look_up_ours(void *user, int round)
{
    struct state *state = user;
    const uint32_t *queries = queries_of(state, round);
    uint32_t sum = 0;
    double start = now();

    for (int i = 0; i < SLICE; i++)
        sum += *(const uint32_t *)hamt_get(&state->map, &queries[i]);
    state->sum += sum;
    return now() - start;
}

static double look_up_theirs(void *user, int round)
{
    struct state *state = user;
    const uint32_t *queries = queries_of(state, round);
    uint32_t sum = 0;
    double start = now();

    for (int i = 0; i < SLICE; i++)
        sum += GPOINTER_TO_UINT(
            g_hash_table_lookup(state->table, GUINT_TO_POINTER(queries[i])));
    state->sum -= sum;
    return now() - start;
}

static void build(struct state *state, struct arena *arena, uint32_t entries)
{
    hamt_init(&state->map, arena, &pairs);
    state->table = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (uint32_t i = 0; i < entries; i++) {
        uint32_t key = key_of(i);

        need(hamt_set(&state->map, &key, &i) == 1, "the map is built");
        g_hash_table_insert(state->table, GUINT_TO_POINTER(key),
                            GUINT_TO_POINTER(i));
    }
}

static void lookup_rows(uint32_t entries, double limit, const char *name)
{
    size_t size = (size_t)entries * 20 + 65536;
    void *memory = memory_of(size);
    uint64_t random = entries;
    struct state state = { 0 };
    struct arena arena;
    struct times times;

    arena_init(&arena, memory, size);
    build(&state, &arena, entries);
    state.queries = memory_of(QUERIES * sizeof *state.queries);
    for (int i = 0; i < QUERIES; i++)
        state.queries[i] = key_of(random_below(&random, entries));
    times = compare(look_up_ours, look_up_theirs, &state, REPEATS);
    need(state.sum == 0, "both find the same");
    row(name, times.ratio, limit);
    figure("  the same, ours", times.ours / SLICE, "ns");
    figure("  the same, GHashTable's", times.theirs / SLICE, "ns");
    g_hash_table_destroy(state.table);
    free(state.queries);
    free(memory);
}

int main(void)
{
    lookup_rows(100, 1.0, "lookup / GHashTable's, n=10^2");
    lookup_rows(10000, 1.0, "lookup / GHashTable's, n=10^4");
    lookup_rows(1000000, 1.8, "lookup / GHashTable's, n=10^6");
    return rows_status();
}
