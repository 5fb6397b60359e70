/* The clock never ends: births are renumbered when it nears its last value. */
#include "arena_test.h"

enum { HOLDS = 4 };

/* A number in a versioned block, and what each hold should see of it. */
struct world {
    struct arena arena;
    struct arena_epoch epochs[HOLDS];
    uint32_t *number, *seen[HOLDS];
    uint32_t expected[HOLDS];
};

/* Begin when the clock shows this; a new arena's shows 1. */
static bool begin(struct world *world, unsigned char *memory, arena_ref clock)
{
    memset(world, 0, sizeof *world);
    EXPECT(make_arena(&world->arena, memory, FEW) == ARENA_OK);
    world->arena.clock = clock;
    world->number = arena_new(&world->arena, sizeof *world->number);
    EXPECT(world->number != NULL);
    *world->number = 0;
    return true;
}

static bool change(struct world *world, uint32_t number)
{
    void *block = world->number;

    EXPECT(arena_edit(&world->arena, &block) == ARENA_OK);
    world->number = block;
    *world->number = number;
    return true;
}

static bool hold(struct world *world, unsigned at)
{
    EXPECT(arena_hold(&world->arena, &world->epochs[at]) == ARENA_OK);
    world->seen[at] = world->number;
    world->expected[at] = *world->number;
    return true;
}

static bool release(struct world *world, unsigned at)
{
    struct arena_epoch *epoch = &world->epochs[at];

    EXPECT(epoch->arena == NULL ||
           arena_release(&world->arena, epoch) == ARENA_OK);
    return true;
}

static bool roll_back(struct world *world, unsigned at)
{
    EXPECT(arena_rollback(&world->arena, &world->epochs[at]) == ARENA_OK);
    world->number = world->seen[at];
    return true;
}

/* Does every hold see its number, and is there a block for each number? */
static bool look(const struct world *world)
{
    size_t blocks = 1;

    for (unsigned i = 0; i < HOLDS; i++) {
        bool others = world->seen[i] == world->number;

        if (world->epochs[i].arena == NULL)
            continue;
        EXPECT(*world->seen[i] == world->expected[i]);
        for (unsigned j = 0; j < i; j++)
            others |= world->epochs[j].arena != NULL &&
                      world->seen[j] == world->seen[i];
        blocks += !others;
    }
    EXPECT(blocks_of(&world->arena) - pending_of(&world->arena) == blocks);
    EXPECT(arena_check(&world->arena) == ARENA_OK);
    return true;
}

TEST(a_million_holds_later_every_hold_sees_its_own)
{
    uint32_t steps = test_steps(1000000);
    struct world world;
    MEMORY(memory, FEW);

    CHECK(begin(&world, memory, 1));
    for (uint32_t i = 0; i < steps; i++) {
        unsigned at = below(HOLDS);

        CHECK(release(&world, at));
        CHECK(change(&world, i));
        CHECK(hold(&world, at));
        if (i < 10000 || i % 1000 == 0)
            CHECK(look(&world));
    }
    CHECK(look(&world));
}

TEST(holds_in_turn_are_renumbered_wherever_the_clock_ends)
{
    struct world world;
    MEMORY(memory, FEW);

    for (unsigned left = 0; left < 12; left++) {
        CHECK(begin(&world, memory, (arena_ref)(CLOCK_END - left)));
        for (unsigned i = 0; i < 24; i++) {
            CHECK(release(&world, i % HOLDS));
            CHECK(i % 3 == 0 || change(&world, i));
            CHECK(hold(&world, i % HOLDS));
            CHECK(look(&world));
        }
        CHECK(clock_of(&world.arena) < 40);
    }
}

TEST(a_rollback_across_renumbered_births_finds_the_way_back)
{
    struct world world;
    MEMORY(memory, FEW);

    for (unsigned left = 0; left < 6; left++) {
        CHECK(begin(&world, memory, (arena_ref)(CLOCK_END - left)));
        for (unsigned i = 0; i < HOLDS; i++)
            CHECK(change(&world, i) && hold(&world, i));
        CHECK(change(&world, 99) && look(&world));

        for (unsigned i = HOLDS; i-- > 0;) {
            CHECK(roll_back(&world, i));
            CHECK(look(&world) && *world.number == i);
            CHECK(change(&world, 77) && look(&world));
        }
    }
}

TEST(holds_without_a_change_between_them_share_a_birth_for_ever)
{
    struct world world;
    MEMORY(memory, FEW);

    CHECK(begin(&world, memory, CLOCK_END - 1));
    for (unsigned i = 0; i < HOLDS - 1; i++)
        CHECK(hold(&world, i));
    CHECK(change(&world, 5) && hold(&world, HOLDS - 1) && look(&world));
    CHECK(clock_of(&world.arena) == 3);

    CHECK(change(&world, 6) && look(&world));
    CHECK(roll_back(&world, 0) && look(&world));
}

/*
 * Two rings with a block each. B's ends first, then A's; so B's end must lead
 * to A's when the rings are joined, or A's way would lead to B, which is freed.
 * Once with clocks as they came, once renumbered before the rings are joined.
 */
TEST(of_two_rings_the_one_that_ended_first_leads_to_the_other)
{
    MEMORY(memory, FEW);

    for (int renumbered = 0; renumbered < 2; renumbered++) {
        struct arena_epoch h0, h1, h2, g, k, more;
        struct arena arena;
        unsigned char *a, *b;

        CHECK(make_arena(&arena, memory, FEW) == ARENA_OK);
        CHECK(arena_new(&arena, 8) != NULL);
        CHECK(arena_hold(&arena, &h0) == ARENA_OK);
        a = arena_new(&arena, 8);
        CHECK(a != NULL && arena_hold(&arena, &h1) == ARENA_OK);
        b = arena_new(&arena, 8);
        CHECK(b != NULL && arena_hold(&arena, &h2) == ARENA_OK);
        mark(a, 8, 1);
        CHECK(arena_retire(&arena, b) == ARENA_OK);
        CHECK(arena_hold(&arena, &g) == ARENA_OK);
        CHECK(arena_retire(&arena, a) == ARENA_OK);
        CHECK(arena_hold(&arena, &k) == ARENA_OK);
        if (renumbered) {
            CHECK(arena_new(&arena, 8) != NULL);
            arena.clock = CLOCK_END;
            CHECK(arena_hold(&arena, &more) == ARENA_OK);
        }

        CHECK(arena_release(&arena, &h1) == ARENA_OK);
        CHECK(arena_release(&arena, &h2) == ARENA_OK);
        CHECK(arena_rollback(&arena, &g) == ARENA_OK);
        CHECK(arena_check(&arena) == ARENA_OK);
        while ((b = arena_alloc(&arena, 8)) != NULL)
            mark(b, 8, 7);
        CHECK(arena_check(&arena) == ARENA_OK && is_marked(a, 8, 1));
        CHECK(arena_rollback(&arena, &h0) == ARENA_OK);
        CHECK(arena_check(&arena) == ARENA_OK);
    }
}

TESTS = {
    RUN(of_two_rings_the_one_that_ended_first_leads_to_the_other),
    RUN(a_million_holds_later_every_hold_sees_its_own),
    RUN(holds_in_turn_are_renumbered_wherever_the_clock_ends),
    RUN(a_rollback_across_renumbered_births_finds_the_way_back),
    RUN(holds_without_a_change_between_them_share_a_birth_for_ever),
    TESTS_END,
};
