/*
 * What the benchmarks share: rows, times, and random keys.
 *
 * A row is a line of a name, a value, a limit, and `ok` or `ABOVE`; one above
 * fails the program, and so `make bench`. A goal is a line of the same form
 * that says `above goal` and fails nothing; a figure has no limit at all.
 *
 * Times are those of the thread's CPU clock, so that other programs do not
 * count, and never stand alone: a row is the ratio of two times of one run.
 */
#ifndef STRATA_BENCH_H
#define STRATA_BENCH_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "arena.h"
#include "hamt.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Rows ------------------------------------------------------------ */

static int rows_above;

static inline void print_row(const char *name, double value, const char *limit,
                             const char *verdict)
{
    printf("%-50s %9.4g %9s  %s\n", name, value, limit, verdict);
    fflush(stdout);
}

/* A value that must not be above its limit. */
static inline void row(const char *name, double value, double limit)
{
    bool is_ok = value <= limit;
    char text[32];

    snprintf(text, sizeof text, "%.4g", limit);
    print_row(name, value, text, is_ok ? "ok" : "ABOVE");
    rows_above += !is_ok;
}

/* A value that we would like to be below a goal. */
static inline void goal(const char *name, double value, double limit)
{
    char text[32];

    snprintf(text, sizeof text, "%.4g", limit);
    print_row(name, value, text, value <= limit ? "ok (goal)" : "above goal");
}

/* A value for information. */
static inline void figure(const char *name, double value, const char *unit)
{
    print_row(name, value, "-", unit);
}

/* What main returns. */
static inline int rows_status(void)
{
    return rows_above > 0;
}

/* Stop unless what a benchmark takes for granted holds. */
static inline void need(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "FAIL %s\n", what);
    exit(2);
}

/* ---- Random numbers -------------------------------------------------- */

/* The i-th of 2^32 different keys in no visible order ("lowbias32", C.
   Wellons 2018). It is not the hash that maps use. */
static inline uint32_t key_of(uint32_t i)
{
    i ^= i >> 16;
    i *= 0x7FEB352Du;
    i ^= i >> 15;
    i *= 0x846CA68Bu;
    i ^= i >> 16;
    return i;
}

/* A random number; *state is any number to begin with (splitmix64, Steele et
   al., OOPSLA 2014). */
static inline uint32_t random_of(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)(x >> 32);
}

/* A random number from 0 to limit - 1. */
static inline uint32_t random_below(uint64_t *state, uint32_t limit)
{
    return (uint32_t)((uint64_t)random_of(state) * limit >> 32);
}

/* ---- Times ----------------------------------------------------------- */

/* Nanoseconds that this thread has had so far. */
static inline double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline int compare_doubles(const void *a, const void *b)
{
    const double *x = (const double *)a, *y = (const double *)b;

    return (*x > *y) - (*x < *y);
}

/* The value that a share of all values, from 0 to 1, lie below. Sorts them. */
static inline double quantile(double *values, size_t count, double share)
{
    qsort(values, count, sizeof *values, compare_doubles);
    return values[(size_t)(share * (double)(count - 1))];
}

static inline double median(double *values, size_t count)
{
    return quantile(values, count, 0.5);
}

/* What two ways to do one thing took: medians of nanoseconds, and of the
   ratio between them. */
struct times {
    double ours, theirs, ratio;
};

enum { ROUNDS_MAX = 99 };

/* Measure two ways, one after the other and taking turns to be first, for so
   many rounds, an odd number. Each gets the round and returns nanoseconds. */
static inline struct times compare(double (*ours)(void *, int),
                                   double (*theirs)(void *, int), void *state,
                                   int rounds)
{
    double a[ROUNDS_MAX], b[ROUNDS_MAX], ratio[ROUNDS_MAX];
    struct times times;

    for (int i = 0; i < rounds; i++) {
        if (i % 2 == 0)
            a[i] = ours(state, i);
        b[i] = theirs(state, i);
        if (i % 2 != 0)
            a[i] = ours(state, i);
        ratio[i] = a[i] / b[i];
    }
    times.ours = median(a, (size_t)rounds);
    times.theirs = median(b, (size_t)rounds);
    times.ratio = median(ratio, (size_t)rounds);
    return times;
}

/* A goal for the ratio of two ways to do `count` things. With BENCH_TIMES in
   the environment, also the nanoseconds of one. */
static inline void goal_of(const char *name, struct times times, double count,
                           double limit)
{
    goal(name, times.ratio, limit);
    if (getenv("BENCH_TIMES") != NULL) {
        figure("  ours", times.ours / count, "ns");
        figure("  theirs", times.theirs / count, "ns");
    }
}

/* ---- Memory ---------------------------------------------------------- */

/* Zeroed memory, touched, so that no page is first touched while measuring. */
static inline void *memory_of(size_t size)
{
    void *memory = malloc(size);

    need(memory != NULL, "no memory");
    memset(memory, 1, size);
    return memory;
}

#endif
