/* Times of the frame loop, against a memcpy of what a flat copy of 10^4
   entries of 4 bytes would be, and of rolling a frame back. */
#include "loop.h"

enum {
    ENTRIES = 10000,
    FRAMES = 20000,
    RUNS = 3,
    COPY = 40000,    /* bytes */
    COPIES = 8,      /* at a time */
    COPY_EVERY = 20, /* frames */
    ROLLBACKS = 201
};

/* ---- Frames ---------------------------------------------------------- */

/* Nanoseconds of a memcpy of COPY bytes, warmed by one more. */
static double copy_time(unsigned char *to, const unsigned char *from)
{
    double start;

    memcpy(to, from, COPY);
    start = now();
    for (int i = 0; i < COPIES; i++) {
        memcpy(to, from, COPY);
        to[i]++; /* so that no copy can be left out */
    }
    return (now() - start) / COPIES;
}

/* Run the loop, lower times[i] to what frame i took, and fill in copies. */
static void run(double *times, double *copies)
{
    struct loop *loop = memory_of(sizeof *loop);
    unsigned char *memory = memory_of(2 * COPY);

    loop_init(loop, ENTRIES, 2u << 20);
    for (int i = 0; i < FRAMES; i++) {
        double time = loop_frame(loop);

        if (times[i] == 0 || time < times[i])
            times[i] = time;
        if (i % COPY_EVERY == 0)
            *copies++ = copy_time(memory, memory + COPY);
    }
    free(memory);
    free(loop->memory);
    free(loop);
}

/* All runs do the very same, so the least of a frame's times is what it takes
   without the machine's other business. */
static void frame_rows(void)
{
    double *times = calloc(FRAMES, sizeof *times);
    double *copies = memory_of(FRAMES * RUNS / COPY_EVERY * sizeof *copies);
    double frame, copy;

    need(times != NULL, "no memory");
    for (int i = 0; i < RUNS; i++)
        run(times, copies + i * FRAMES / COPY_EVERY);
    frame = median(times, FRAMES);
    copy = median(copies, FRAMES * RUNS / COPY_EVERY);
    row("frame loop, n=10^4: frame / memcpy of 40 kB", frame / copy, 20);
    row("frame loop, n=10^4: 99.9th percentile / median",
        quantile(times, FRAMES, 0.999) / frame, 5);
    goal("frame loop, n=10^4: 99th percentile / median",
         quantile(times, FRAMES, 0.99) / frame, 1.6);
    figure("frame loop, n=10^4: worst / median", times[FRAMES - 1] / frame,
           "ratio");
    figure("frame loop, n=10^4: median frame", frame / 1000, "us");
    free(copies);
    free(times);
}

/* ---- Rollback, and release ------------------------------------------- */

/* Do the updates of a frame and take them back. Stores what both took. */
static void roll_back(struct loop *loop, double *update, double *back)
{
    struct frame *newest = loop_newest(loop);
    double start;

    loop_choose(loop);
    start = now();
    loop_update(loop);
    *update = now() - start;

    start = now();
    arena_rollback(&loop->arena, &newest->epoch);
    loop->map = newest->map;
    *back = now() - start;
}

/* Release the oldest hold and reclaim all it kept. Returns what it took. */
static double release(struct loop *loop)
{
    double start;

    arena_reclaim(&loop->arena, SIZE_MAX);
    start = now();
    loop_release(loop);
    arena_reclaim(&loop->arena, SIZE_MAX);
    return now() - start;
}

static void rollback_rows(uint32_t entries, size_t size, const char *name,
                          const char *release_name)
{
    struct loop *loop = memory_of(sizeof *loop);
    double update[ROLLBACKS], back[ROLLBACKS], released[ROLLBACKS];
    double updates;

    loop_init(loop, entries, size);
    for (int i = 0; i < 2 * KEPT; i++)
        loop_frame(loop);
    for (int i = 0; i < ROLLBACKS; i++) {
        roll_back(loop, &update[i], &back[i]);
        loop_choose(loop);
        loop_update(loop);
        loop_hold(loop);
        released[i] = release(loop);
    }
    need(arena_check(&loop->arena) == ARENA_OK, "the arena is sound");
    need(hamt_check(&loop->map) == ARENA_OK, "the map is sound");
    updates = median(update, ROLLBACKS);
    row(name, median(back, ROLLBACKS) / updates, 2);
    goal(release_name, median(released, ROLLBACKS) / updates, 1);
    free(loop->memory);
    free(loop);
}

int main(void)
{
    frame_rows();
    rollback_rows(10000, 2u << 20, "rollback of a frame / its updates, n=10^4",
                  "release of a frame / its updates, n=10^4");
    rollback_rows(1000000, 64u << 20,
                  "rollback of a frame / its updates, n=10^6",
                  "release of a frame / its updates, n=10^6");
    return rows_status();
}
