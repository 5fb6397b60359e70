/*
 * What calls take in a map u32 -> u32 of n entries: nanoseconds, the median
 * of rounds; or, built with -DCOUNT and run by callgrind, instructions, the
 * same each time (bench/run does both).
 */
#include "bench.h"
#include "loop.h"

#ifdef COUNT
#include <valgrind/callgrind.h>
#endif

enum { CALLS = 512, ROUNDS = 25 };

struct state {
    uint32_t entries;
    struct arena arena;
    struct hamt map;
    uint64_t random;
    uint32_t there[CALLS];  /* keys, of entries                     */
    uint32_t absent[CALLS]; /* different keys, of none              */
    struct arena_epoch epochs[CALLS];
    uint32_t sum;
};

/* ---- Calls ----------------------------------------------------------- */

static void find(struct state *state)
{
    for (int i = 0; i < CALLS; i++)
        state->sum +=
            *(const uint32_t *)hamt_get(&state->map, &state->there[i]);
}

static void find_absent(struct state *state)
{
    for (int i = 0; i < CALLS; i++)
        state->sum += hamt_get(&state->map, &state->absent[i]) != NULL;
}

static void replace(struct state *state)
{
    for (int i = 0; i < CALLS; i++) {
        state->sum++;
        hamt_set(&state->map, &state->there[i], &state->sum);
    }
}

/* A few at a time in small maps, so that they stay small. */
static uint32_t batch(const struct state *state)
{
    return state->entries < 4 * CALLS ? state->entries / 4 : CALLS;
}

static void add(struct state *state)
{
    for (uint32_t i = 0; i < batch(state); i++)
        hamt_set(&state->map, &state->absent[i], &i);
}

static void remove_added(struct state *state)
{
    for (uint32_t i = 0; i < batch(state); i++)
        hamt_remove(&state->map, &state->absent[i]);
}

static void iterate(struct state *state)
{
    struct hamt_iter iter;
    const void *value;

    hamt_iter_init(&iter, &state->map);
    while (hamt_iter_next(&iter, NULL, &value))
        state->sum += *(const uint32_t *)value;
}

/* A version each, all of them held. */
static void hold_and_set(struct state *state)
{
    for (int i = 0; i < CALLS; i++) {
        arena_hold(&state->arena, &state->epochs[i]);
        state->sum++;
        hamt_set(&state->map, &state->there[i], &state->sum);
    }
}

static void release(struct state *state)
{
    for (int i = 0; i < CALLS; i++)
        arena_release(&state->arena, &state->epochs[i]);
}

static void reclaim(struct state *state)
{
    arena_reclaim(&state->arena, SIZE_MAX);
}

static void hold(struct state *state)
{
    for (int i = 0; i < CALLS; i++)
        arena_hold(&state->arena, &state->epochs[i]);
}

/* In this order each finds what it needs. */
static const struct call {
    const char *name;
    void (*run)(struct state *state);
} calls[] = {
    { "find", find },
    { "find, absent", find_absent },
    { "set, in place", replace },
    { "set, added", add },
    { "remove", remove_added },
    { "iterate, an entry", iterate },
    { "hold and set", hold_and_set },
    { "release the oldest", release },
    { "reclaim, a version", reclaim },
    { "hold, nothing new", hold },
    { "release, the same", release },
};

enum { KINDS = sizeof calls / sizeof calls[0] };

static double count_of(const struct state *state, const struct call *call)
{
    if (call->run == add || call->run == remove_added)
        return batch(state);
    return call->run == iterate ? state->entries : CALLS;
}

/* ---- Measuring ------------------------------------------------------- */

/* Choose keys, and touch the map no more than that. */
static void choose(struct state *state)
{
    uint32_t first = state->entries + random_of(&state->random) / 2;

    for (uint32_t i = 0; i < CALLS; i++) {
        state->there[i] = key_of(random_below(&state->random, state->entries));
        state->absent[i] = key_of(first + i);
    }
}

static void build(struct state *state, uint32_t entries, void *memory,
                  size_t size)
{
    state->entries = entries;
    state->random = 1;
    state->sum = 0;
    arena_init(&state->arena, memory, size);
    hamt_init(&state->map, &state->arena, &pairs);
    for (uint32_t i = 0; i < entries; i++) {
        uint32_t key = key_of(i);

        need(hamt_set(&state->map, &key, &i) == 1, "the map is built");
    }
}

#ifdef COUNT

/* Tell callgrind to write a file for each kind of call. */
static void measure(struct state *state, double *per_call)
{
    choose(state);
    for (int i = 0; i < KINDS; i++) {
        char name[64];

        snprintf(name, sizeof name, "%d %lu %g %s", i,
                 (unsigned long)state->entries, count_of(state, &calls[i]),
                 calls[i].name);
        CALLGRIND_TOGGLE_COLLECT;
        calls[i].run(state);
        CALLGRIND_TOGGLE_COLLECT;
        CALLGRIND_DUMP_STATS_AT(name);
        per_call[i] = 0;
    }
}

#else

/* What looking at the clock takes. */
static double clock_time(void)
{
    double times[ROUNDS];

    for (int i = 0; i < ROUNDS; i++) {
        double start = now();

        times[i] = now() - start;
    }
    return median(times, ROUNDS);
}

static void measure(struct state *state, double *per_call)
{
    double times[KINDS][ROUNDS], clock = clock_time();

    for (int round = 0; round < ROUNDS; round++) {
        choose(state);
        for (int i = 0; i < KINDS; i++) {
            double start = now();

            calls[i].run(state);
            times[i][round] = (now() - start - clock) /
                              count_of(state, &calls[i]);
        }
    }
    for (int i = 0; i < KINDS; i++)
        per_call[i] = median(times[i], ROUNDS);
}

#endif

static void print(const uint32_t *sizes, int count, double per_call[][KINDS])
{
    printf("%-22s", "ns a call, n =");
    for (int j = 0; j < count; j++)
        printf("%10lu", (unsigned long)sizes[j]);
    for (int i = 0; i < KINDS; i++) {
        printf("\n%-22s", calls[i].name);
        for (int j = 0; j < count; j++)
            printf("%10.1f", per_call[j][i]);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    static const uint32_t sizes[] = { 16, 100, 1000, 1000000 };
    enum { SIZES = sizeof sizes / sizeof sizes[0] };
    int count = argc > 1 ? atoi(argv[1]) : SIZES; /* how many of them */
    size_t size = 40u << 20;
    void *memory = memory_of(size);
    struct state *state = memory_of(sizeof *state);
    double per_call[SIZES][KINDS];

    need(count > 0 && count <= SIZES, "there are so many sizes");
    for (int j = 0; j < count; j++) {
        build(state, sizes[j], memory, size);
        measure(state, per_call[j]);
        need(arena_check(&state->arena) == ARENA_OK, "the arena is sound");
    }
#ifndef COUNT
    print(sizes, count, per_call);
#else
    (void)print;
#endif
    free(state);
    free(memory);
    return 0;
}
