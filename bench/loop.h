/*
 * The frame loop of a game that keeps its past: so many random updates of a
 * map u32 -> u32, a hold, and the release of the 60th oldest hold.
 */
#ifndef STRATA_BENCH_LOOP_H
#define STRATA_BENCH_LOOP_H

#include "bench.h"

enum { KEPT = 60, UPDATES = 100 };

struct pair {
    uint32_t key, value;
};

static const struct hamt_type pairs = HAMT_TYPE(struct pair, key, value);

/* The state at the end of a frame. */
struct frame {
    struct arena_epoch epoch;
    struct hamt map;
};

struct loop {
    struct arena arena;
    struct hamt map;
    struct frame frames[KEPT + 1]; /* a ring */
    uint32_t entries, done;        /* how many frames were */
    uint64_t random;
    struct pair updates[UPDATES]; /* of the next frame */
    void *memory;
};

/* A map of so many entries in an arena of size bytes. */
static inline void loop_init(struct loop *loop, uint32_t entries, size_t size)
{
    loop->memory = memory_of(size);
    loop->entries = entries;
    loop->done = 0;
    loop->random = 1;
    arena_init(&loop->arena, loop->memory, size);
    hamt_init(&loop->map, &loop->arena, &pairs);
    for (uint32_t i = 0; i < entries; i++) {
        uint32_t key = key_of(i);

        need(hamt_set(&loop->map, &key, &i) == 1, "the map is built");
    }
}

/* Choose the next frame's updates: no part of a frame's time. */
static inline void loop_choose(struct loop *loop)
{
    for (int i = 0; i < UPDATES; i++) {
        loop->updates[i].key =
            key_of(random_below(&loop->random, loop->entries));
        loop->updates[i].value = random_of(&loop->random);
    }
}

static inline void loop_update(struct loop *loop)
{
    for (int i = 0; i < UPDATES; i++)
        if (hamt_set(&loop->map, &loop->updates[i].key,
                     &loop->updates[i].value) != 0)
            need(false, "an update finds room and its key");
}

static inline void loop_hold(struct loop *loop)
{
    struct frame *frame = &loop->frames[loop->done++ % (KEPT + 1)];

    frame->map = loop->map;
    arena_hold(&loop->arena, &frame->epoch);
}

/* Release the oldest hold, when there is one more than are kept. */
static inline void loop_release(struct loop *loop)
{
    if (loop->done > KEPT)
        arena_release(&loop->arena,
                      &loop->frames[loop->done % (KEPT + 1)].epoch);
}

/* The newest hold's frame. */
static inline struct frame *loop_newest(struct loop *loop)
{
    return &loop->frames[(loop->done - 1) % (KEPT + 1)];
}

/* A frame. Returns its nanoseconds. */
static inline double loop_frame(struct loop *loop)
{
    double start;

    loop_choose(loop);
    start = now();
    loop_update(loop);
    loop_hold(loop);
    loop_release(loop);
    return now() - start;
}

#endif
