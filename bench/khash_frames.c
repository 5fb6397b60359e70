/*
 * The frame loop against the obvious way: a mutable table (khash), and a
 * memcpy of all of it each frame into the oldest of 60 copies.
 *
 * At 10^6 entries 60 copies would be a gigabyte; there 8 are made in turn,
 * which takes no longer: either way each is read and written in memory.
 */
#include "loop.h"

#include <htslib/khash.h>

KHASH_MAP_INIT_INT(u32, uint32_t)

enum { REPEATS = 31 };

struct state {
    struct loop loop;
    khash_t(u32) *table;
    uint64_t random;
    int frames; /* a round */
    int copies;
    int next; /* copy */
    unsigned char *memory;
};

/* ---- Copies ---------------------------------------------------------- */

static size_t flags_size(const khash_t(u32) *table)
{
    return __ac_fsize(kh_n_buckets(table)) * sizeof *table->flags;
}

static size_t column_size(const khash_t(u32) *table)
{
    return kh_n_buckets(table) * sizeof(uint32_t);
}

static size_t table_size(const khash_t(u32) *table)
{
    return flags_size(table) + 2 * column_size(table);
}

static void copy_table(struct state *state)
{
    const khash_t(u32) *table = state->table;
    size_t flags = flags_size(table), column = column_size(table);
    unsigned char *to = state->memory + (size_t)state->next * table_size(table);

    memcpy(to, table->flags, flags);
    memcpy(to + flags, table->keys, column);
    memcpy(to + flags + column, table->vals, column);
    state->next = (state->next + 1) % state->copies;
}

/* ---- Frames ---------------------------------------------------------- */

static double frames_ours(void *user, int round)
{
    struct state *state = user;
    double time = 0;

    (void)round;
    for (int i = 0; i < state->frames; i++)
        time += loop_frame(&state->loop);
    return time;
}

static double frames_theirs(void *user, int round)
{
    struct state *state = user;
    double time = 0;

    (void)round;
    for (int i = 0; i < state->frames; i++) {
        const struct pair *updates = state->loop.updates;
        double start;

        loop_choose(&state->loop);
        start = now();
        for (int j = 0; j < UPDATES; j++)
            kh_val(state->table, kh_get(u32, state->table, updates[j].key)) =
                updates[j].value;
        copy_table(state);
        time += now() - start;
    }
    return time;
}

static void frame_row(uint32_t entries, int frames, int copies,
                      const char *name, double limit)
{
    struct state *state = memory_of(sizeof *state);
    struct times times;

    loop_init(&state->loop, entries, (size_t)entries * 32 + (8u << 20));
    state->table = kh_init(u32);
    for (uint32_t i = 0; i < entries; i++) {
        int is_new;
        khint_t at = kh_put(u32, state->table, key_of(i), &is_new);

        kh_val(state->table, at) = i;
    }
    state->frames = frames;
    state->copies = copies;
    state->next = 0;
    state->memory = memory_of((size_t)copies * table_size(state->table));
    for (int i = 0; i < 2 * KEPT; i++)
        loop_frame(&state->loop);

    times = compare(frames_ours, frames_theirs, state, REPEATS);
    goal(name, times.ratio, limit);
    figure("  ours", times.ours / frames / 1000, "us");
    figure("  khash's", times.theirs / frames / 1000, "us");
    kh_destroy(u32, state->table);
    free(state->memory);
    free(state->loop.memory);
    free(state);
}

int main(void)
{
    frame_row(10000, 200, KEPT, "frame, n=10^4 / khash and memcpy", 0.8);
    frame_row(100000, 40, KEPT, "frame, n=10^5 / khash and memcpy", 0.2);
    frame_row(1000000, 6, 8, "frame, n=10^6 / khash and memcpy", 0.04);
    return rows_status();
}
