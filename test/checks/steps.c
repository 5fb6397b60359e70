/*
 * What the arena's calls cost, counted and not timed: test/parts/11-steps
 * builds arena.c so that it reports each basic block it enters. A call that is
 * O(1) enters as many, at most, in an arena of many blocks as in one of few.
 */
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>

static unsigned long entered;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    entered++;
}

enum { SLOTS = 1 << 15, HOLDS = 64 };

struct world {
    struct arena arena;
    struct arena_epoch epochs[HOLDS];
    void *blocks[SLOTS];
    unsigned slots;
    int versioned;
};

/* The calls, and the most that each entered. */
enum call { ALLOC, FREE, NEW, EDIT, RETIRE, HOLD, OLDEST, RESET, STATS, CALLS };
static const char *const names[CALLS] = {
    "alloc", "free",  "new", "edit", "retire", "hold", "release of the oldest",
    "reset", "stats",
};

/* Blocks of code, the reclaiming of ARENA_RECLAIM blocks included. The figures
   look at one bin after the other. */
static const unsigned long limits[CALLS] = {
    200, 80, 200, 250, 110, 30, 40, 20, 600,
};

#define COUNT(most, call)               \
    do {                                \
        unsigned long before = entered; \
        call;                           \
        before = entered - before;      \
        if (most < before)              \
            most = before;              \
    } while (0)

static int wrong;

static void check(int right, const char *what, unsigned long a, unsigned long b)
{
    if (right)
        return;
    printf("FAIL steps: %s: %lu and %lu\n", what, a, b);
    wrong = 1;
}

/* One frame: some blocks come, change and go; the oldest hold is released. */
static void frame(struct world *world, unsigned number, unsigned long *most)
{
    struct arena *arena = &world->arena;
    struct arena_epoch *epoch = &world->epochs[number % HOLDS];
    struct arena_stats stats;

    if (epoch->arena != NULL)
        COUNT(most[OLDEST], arena_release(arena, epoch));
    COUNT(most[HOLD], arena_hold(arena, epoch));
    for (int i = 0; i < 20; i++) {
        void **block = &world->blocks[(unsigned)rand() % world->slots];
        size_t size = 1 + (size_t)rand() % 60;

        if (*block == NULL)
            COUNT(most[NEW], *block = arena_new(arena, size));
        else if (rand() % 2)
            COUNT(most[EDIT], arena_edit(arena, block));
        else {
            COUNT(most[RETIRE], arena_retire(arena, *block));
            *block = NULL;
        }
        COUNT(most[ALLOC], block = arena_alloc(arena, size));
        COUNT(most[FREE], arena_free(arena, block));
    }
    COUNT(most[STATS], arena_get_stats(arena, &stats));
}

static void fill(struct world *world, unsigned char *memory, size_t size,
                 unsigned slots)
{
    world->slots = slots;
    if (arena_init(&world->arena, memory, size) < 0)
        exit(3);
    for (unsigned i = 0; i < HOLDS; i++)
        world->epochs[i].arena = NULL;
    for (unsigned i = 0; i < slots; i++)
        world->blocks[i] = arena_new(&world->arena, 1 + (size_t)rand() % 60);
}

/* The most each call entered in 20,000 frames. */
static void measure(struct world *world, unsigned char *memory, size_t size,
                    unsigned slots, unsigned long *most)
{
    fill(world, memory, size, slots);
    for (unsigned i = 0; i < 20000; i++)
        frame(world, i, most);
    COUNT(most[RESET], arena_reset(&world->arena));
}

/* A rollback of so many changes, each a copy and a new block. */
static unsigned long rollback(struct world *world, unsigned changes)
{
    unsigned long most = 0;
    struct arena_epoch epoch;

    arena_hold(&world->arena, &epoch);
    for (unsigned i = 0; i < changes; i++) {
        void *block = world->blocks[i];

        if (arena_edit(&world->arena, &block) < 0 ||
            arena_new(&world->arena, 24) == NULL)
            exit(3);
    }
    COUNT(most, arena_rollback(&world->arena, &epoch));
    arena_release(&world->arena, &epoch);
    return most;
}

/* Release of a hold that is not the oldest, after so many changes. */
static unsigned long release(struct world *world, unsigned changes)
{
    unsigned long most = 0;
    struct arena_epoch first, second;

    arena_hold(&world->arena, &first);
    arena_edit(&world->arena, &world->blocks[0]);
    arena_hold(&world->arena, &second);
    for (unsigned i = 0; i < changes; i++)
        if (arena_edit(&world->arena, &world->blocks[i]) < 0)
            exit(3);
    COUNT(most, arena_release(&world->arena, &second));
    arena_release(&world->arena, &first);
    arena_reclaim(&world->arena, (size_t)-1);
    return most;
}

/* What a call costs for n changes, at most twice in a large arena what it is
   in a small one, and at most linear in n. */
static void compare(const char *name, struct world *world,
                    unsigned char *memory, size_t size,
                    unsigned long (*call)(struct world *, unsigned))
{
    unsigned long few, many, in_large;

    fill(world, memory, size, 1000);
    few = call(world, 10);
    many = call(world, 1000);
    check(many <= 150 * few, name, few, many);
    fill(world, memory, size, SLOTS);
    in_large = call(world, 10);
    check(in_large <= 2 * few, name, few, in_large);
    check(few > 10, name, few, few);
}

int main(void)
{
    static struct world world;
    unsigned long small[CALLS] = { 0 }, large[CALLS] = { 0 };
    size_t size = 16u << 20;
    unsigned char *memory = malloc(size);

    srand(1);
    measure(&world, memory, size, 100, small);
    measure(&world, memory, size, SLOTS, large);
    for (int i = 0; i < CALLS; i++) {
        check(small[i] > 0, names[i], small[i], 0);
        check(large[i] <= 2 * small[i], names[i], small[i], large[i]);
        check(large[i] < limits[i], names[i], large[i], limits[i]);
        fprintf(stderr, "%s: %lu, %lu\n", names[i], small[i], large[i]);
    }
    compare("rollback", &world, memory, size, rollback);
    compare("release", &world, memory, size, release);
    if (!wrong)
        printf("pass %d steps\n", CALLS + 2);
    free(memory);
    return 0;
}
