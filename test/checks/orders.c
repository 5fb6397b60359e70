/*
 * Rollback, release and renumbering are linear whatever the order of births,
 * retirements and releases: counted, not timed. test/parts/11-steps builds
 * arena.c so that it reports each basic block that it enters.
 *
 * A case has n blocks, born in one interval between two holds or in several,
 * then retired, then some or all of the holds between are released. What is
 * counted is one call after that, or all releases together.
 *
 *     orders [N]    with N blocks instead of 100,000: where a mistake makes the
 *                   costs quadratic, few are enough
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

static int wrong;

/* ---- A case ---------------------------------------------------------- */

enum call { ROLLBACK, RENUMBER, RELEASES, COUNTS };
static const char *const names[COUNTS] = { "rollback", "renumbering",
                                           "releases" };

/* An order is a permutation of 0 to n - 1. */
struct order {
    const char *name;
    unsigned *at;
};

struct scene {
    unsigned n;
    unsigned born;    /* blocks born between two holds             */
    unsigned retired; /* blocks retired between two holds; 0: all  */
    const unsigned *retire;
    const unsigned *release;
    unsigned kept; /* the last so many of `release` stay held   */
};

static struct {
    unsigned char *memory;
    size_t size;
    void **blocks;
    struct arena_epoch *births, *deaths;
} room;

static void need(int right, const char *what)
{
    if (right)
        return;
    printf("FAIL orders: %s\n", what);
    exit(0);
}

static void make_room(unsigned n)
{
    room.size = 4096 + (size_t)n * 64;
    room.memory = malloc(room.size);
    room.blocks = malloc(n * sizeof *room.blocks);
    room.births = malloc(n * sizeof *room.births);
    room.deaths = malloc(n * sizeof *room.deaths);
    need(room.memory != NULL && room.blocks != NULL && room.births != NULL &&
             room.deaths != NULL,
         "no memory");
}

static void leave_room(void)
{
    free(room.memory);
    free(room.blocks);
    free(room.births);
    free(room.deaths);
}

/* Blocks, and a hold behind each `born` of them. Returns the number of these
   holds. */
static unsigned give_birth(struct arena *arena, const struct scene *scene)
{
    unsigned holds = 0;

    for (unsigned i = 0; i < scene->n; i++) {
        room.blocks[i] = arena_new(arena, 8);
        need(room.blocks[i] != NULL, "no room");
        if ((i + 1) % scene->born == 0)
            need(arena_hold(arena, &room.births[holds++]) == 0, "no hold");
    }
    return holds;
}

static void retire_all(struct arena *arena, const struct scene *scene)
{
    unsigned holds = 0;

    for (unsigned i = 0; i < scene->n; i++) {
        if (scene->retired > 0 && i > 0 && i % scene->retired == 0) {
            need(arena_new(arena, 8) != NULL, "no room");
            need(arena_hold(arena, &room.deaths[holds++]) == 0, "no hold");
        }
        need(arena_retire(arena, room.blocks[scene->retire[i]]) == 0,
             "not retired");
    }
}

/* Count one call after the releases of a scene, or these. */
static unsigned long play(const struct scene *scene, enum call call)
{
    struct arena arena;
    struct arena_epoch base, more;
    unsigned long before;
    unsigned holds;

    need(arena_init(&arena, room.memory, room.size) == 0, "no arena");
    need(arena_new(&arena, 8) != NULL, "no room");
    need(arena_hold(&arena, &base) == 0, "no hold");
    holds = give_birth(&arena, scene);
    retire_all(&arena, scene);
    before = entered;
    for (unsigned i = 0; i + scene->kept < holds; i++) {
        unsigned at = scene->release[i];

        /* The newest of them is what the rollback goes to. */
        if (at < holds - 1)
            need(arena_release(&arena, &room.births[at]) == 0, "no release");
    }
    if (call == RELEASES)
        return entered - before;
    if (call == RENUMBER)
        arena.clock = (arena_ref)-1 / 2;
    need(arena_new(&arena, 8) != NULL, "no room");
    before = entered;
    if (call == RENUMBER)
        need(arena_hold(&arena, &more) == 0, "no hold");
    else
        need(arena_rollback(&arena, &room.births[holds - 1]) == 0,
             "no rollback");
    before = entered - before;
    need(arena_check(&arena) == 0, "not sound");
    return before;
}

/* ---- All orders of few blocks ---------------------------------------- */

/* The next permutation; 0 after the last. */
static int next_order(unsigned *order, unsigned n)
{
    unsigned i = n - 1, j = n - 1, swap;

    while (i > 0 && order[i - 1] >= order[i])
        i--;
    if (i == 0)
        return 0;
    while (order[j] <= order[i - 1])
        j--;
    swap = order[i - 1];
    order[i - 1] = order[j];
    order[j] = swap;
    for (j = n - 1; i < j; i++, j--) {
        swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    return 1;
}

static void start_order(unsigned *order, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        order[i] = i;
}

/* The most that any order of n blocks costs. */
static unsigned long worst(unsigned n, unsigned retired, enum call call)
{
    unsigned retire[8], release[8];
    unsigned long most = 0;

    start_order(retire, n);
    do {
        start_order(release, n);
        do {
            struct scene scene = { n, 1, retired, retire, release, 0 };

            for (scene.kept = 0; scene.kept < n; scene.kept++) {
                unsigned long steps = play(&scene, call);

                if (most < steps)
                    most = steps;
            }
        } while (next_order(release, n));
    } while (next_order(retire, n));
    return most;
}

/* Each further block costs what the one before it did: with a square in the
   cost, the increase would grow. */
static void try_few(unsigned retired, enum call call)
{
    unsigned long cost[6];
    long first, last;

    for (unsigned n = 2; n <= 5; n++)
        cost[n] = worst(n, retired, call);
    first = (long)cost[3] - (long)cost[2];
    last = (long)cost[5] - (long)cost[4];
    fprintf(stderr, "%s, %u retired a hold: %lu %lu %lu %lu\n", names[call],
            retired, cost[2], cost[3], cost[4], cost[5]);
    if (last <= first + 1)
        return;
    printf("FAIL orders: %s of few blocks: %ld, then %ld a block\n",
           names[call], first, last);
    wrong = 1;
}

/* ---- Orders of many blocks that have cost more ----------------------- */

enum { ORDERS = 6 };

static unsigned in_order(unsigned kind, unsigned i, unsigned n)
{
    switch (kind) {
    case 0:
        return i;
    case 1:
        return n - 1 - i;
    case 2: /* from the ends to the middle */
        return i % 2 == 0 ? i / 2 : n - 1 - i / 2;
    case 3: /* from the middle to the ends */
        i = n - 1 - i;
        return i % 2 == 0 ? i / 2 : n - 1 - i / 2;
    default: /* every second, then the others */
        return i < (n + 1) / 2 ? 2 * i : 2 * (i - (n + 1) / 2) + 1;
    }
}

static void fill_order(unsigned *order, unsigned kind, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        order[i] = kind < ORDERS - 1 ? in_order(kind, i, n) : i;
    for (unsigned i = n; kind == ORDERS - 1 && i-- > 1;) { /* any */
        unsigned j = (unsigned)rand() % (i + 1), swap = order[i];

        order[i] = order[j];
        order[j] = swap;
    }
}

/* What a block costs among n, retired and released in these orders. */
static double cost_of(unsigned n, unsigned retire, unsigned release,
                      unsigned variant, enum call call)
{
    unsigned *orders[2];
    struct scene scene;
    double cost;

    orders[0] = malloc(n * sizeof(unsigned));
    orders[1] = malloc(n * sizeof(unsigned));
    need(orders[0] != NULL && orders[1] != NULL, "no memory");
    scene.n = n;
    scene.born = variant & 1 ? 3 : 1;
    scene.retired = variant & 2 ? 1 : 0;
    scene.kept = variant & 4 ? n / 2 : 0;
    fill_order(orders[0], retire, n);
    fill_order(orders[1], release, n / scene.born);
    scene.retire = orders[0];
    scene.release = orders[1];
    make_room(n);
    cost = (double)play(&scene, call) / n;
    leave_room();
    free(orders[0]);
    free(orders[1]);
    return cost;
}

/* The same for each block of many as for each of few. `variants`: of how often
   there is a hold, and how many of them stay. */
static unsigned try_many(unsigned many, unsigned variants)
{
    unsigned tried = 0, all = ORDERS * ORDERS * variants * COUNTS;

    for (unsigned i = 0; i < all; i++) {
        unsigned retire = i % ORDERS, release = i / ORDERS % ORDERS;
        unsigned variant = i / (ORDERS * ORDERS) % variants;
        enum call call = (enum call)(i / (ORDERS * ORDERS * variants));
        double few = cost_of(1000, retire, release, variant, call);
        double more = cost_of(many, retire, release, variant, call);

        tried++;
        if (more <= 1.25 * few + 2)
            continue;
        printf("FAIL orders: %s, retired %u, released %u, variant %u: %.1f"
               " a block among 1000, %.1f among %u\n",
               names[call], retire, release, variant, few, more, many);
        wrong = 1;
    }
    return tried;
}

int main(int count_of_arguments, char **arguments)
{
    unsigned many = 100000, tried = 0;

    if (count_of_arguments > 1)
        many = (unsigned)atoi(arguments[1]);
    srand(1);
    make_room(8);
    for (int call = 0; call < COUNTS; call++) {
        try_few(0, (enum call)call);
        try_few(1, (enum call)call);
    }
    leave_room();
    tried += try_many(many / 10, 8);
    tried += try_many(many, 1);
    if (!wrong)
        printf("pass %u orders\n", tried + 2 * COUNTS);
    return 0;
}
