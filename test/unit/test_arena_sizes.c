/* The same scenario in arenas of 0, 1, 2, ... bytes, until it succeeds: each
   failure leaves everything as it was. */
#include "arena_test.h"

struct play {
    struct arena arena, before;
    struct arena_epoch epochs[2];
    unsigned char *plain, *more, *unit, *tile;
    unsigned char *old_unit, *old_tile; /* as the first hold sees them */
};

/* Was the last call refused as it should be? It counts as one failure, and
   no block says anything else than before. */
static bool is_harmless(struct play *play)
{
    EXPECT(play->arena.failures == play->before.failures + 1);
    play->arena.failures = play->before.failures;
    EXPECT(is_as(&play->arena, &play->before));
    EXPECT(play->plain == NULL || is_marked(play->plain, 10, 1));
    EXPECT(play->more == NULL || is_marked(play->more, 7, 5));
    EXPECT(play->unit == NULL ||
           is_marked(play->unit, 12, play->unit == play->old_unit ? 2 : 6));
    EXPECT(play->tile == NULL ||
           is_marked(play->tile, 33, play->tile == play->old_tile ? 3 : 7));
    EXPECT(play->old_unit == NULL || is_marked(play->old_unit, 12, 2));
    EXPECT(play->old_tile == NULL || is_marked(play->old_tile, 33, 3));
    return true;
}

static void keep(struct play *play)
{
    memcpy(&play->before, &play->arena, sizeof play->arena);
}

static bool take(struct play *play, unsigned char **block, size_t size,
                 unsigned seed, bool versioned)
{
    keep(play);
    *block = versioned ? arena_new(&play->arena, size)
                       : arena_alloc(&play->arena, size);
    if (*block == NULL) {
        (void)is_harmless(play);
        return false;
    }
    mark(*block, size, seed);
    play->old_unit = play->unit;
    play->old_tile = play->tile;
    return true;
}

static bool change(struct play *play, unsigned char **block, size_t size,
                   unsigned seed)
{
    void *copy = *block;
    int result;

    keep(play);
    result = arena_edit(&play->arena, &copy);
    if (result < 0) {
        EXPECT(result == ARENA_ENOMEM && copy == *block);
        (void)is_harmless(play);
        return false;
    }
    mark(copy, size, seed);
    *block = copy;
    return true;
}

static bool enlarge(struct play *play)
{
    unsigned char *block;

    keep(play);
    block = arena_resize(&play->arena, play->plain, 90);
    if (block == NULL) {
        (void)is_harmless(play);
        return false;
    }
    EXPECT(is_marked(block, 10, 1));
    play->plain = block;
    return true;
}

/* Returns false at the first call without room, or at a wrong one. */
static bool run(struct play *play)
{
    if (!take(play, &play->plain, 10, 1, false) ||
        !take(play, &play->unit, 12, 2, true) ||
        !take(play, &play->tile, 33, 3, true))
        return false;
    EXPECT(arena_hold(&play->arena, &play->epochs[0]) == ARENA_OK);
    if (!change(play, &play->unit, 12, 6) || !enlarge(play))
        return false;
    EXPECT(arena_hold(&play->arena, &play->epochs[1]) == ARENA_OK);
    return change(play, &play->tile, 33, 7) &&
           take(play, &play->more, 7, 5, false);
}

/* Give back what a scenario has come to. */
static bool clean_up(struct play *play)
{
    struct arena *arena = &play->arena;

    EXPECT(arena_free(arena, play->plain) == ARENA_OK);
    EXPECT(arena_free(arena, play->more) == ARENA_OK);
    EXPECT(play->unit == NULL || arena_retire(arena, play->unit) == ARENA_OK);
    EXPECT(play->tile == NULL || arena_retire(arena, play->tile) == ARENA_OK);
    for (unsigned i = 0; i < 2; i++)
        EXPECT(play->epochs[i].arena == NULL ||
               arena_release(arena, &play->epochs[i]) == ARENA_OK);
    EXPECT(arena_reclaim(arena, SIZE_MAX) == 0);
    return true;
}

TEST(every_failure_in_an_arena_of_any_size_leaves_all_as_it_was)
{
    struct play play;
    bool done = false;
    size_t sizes = 0, nothing;
    MEMORY(memory, FEW);

    for (size_t size = 0; size <= FEW && !done; size++) {
        memset(&play, 0, sizeof play);
        if (arena_init(&play.arena, memory, size) != ARENA_OK)
            continue;
        sizes++;
        nothing = used_of(&play.arena);
        done = run(&play);
        CHECK(!test_failed() && arena_check(&play.arena) == ARENA_OK);
        CHECK(clean_up(&play));
        CHECK(used_of(&play.arena) == nothing);
        CHECK(blocks_of(&play.arena) == 0);
    }
    CHECK(done && sizes > 100);
}

TEST(before_it_says_no_an_arena_reclaims_all_that_is_pending)
{
    ARENA(arena, FEW);
    size_t largest = largest_of(&arena);
    struct arena_epoch epoch;
    void *blocks[6];

    for (unsigned i = 0; i < 6; i++)
        CHECK((blocks[i] = arena_new(&arena, 16)) != NULL);
    CHECK(arena_hold(&arena, &epoch) == ARENA_OK);
    for (unsigned i = 0; i < 6; i++)
        CHECK(arena_retire(&arena, blocks[i]) == ARENA_OK);
    CHECK(arena_release(&arena, &epoch) == ARENA_OK);
    CHECK(EAGER || pending_of(&arena) == 6);

    CHECK(arena_alloc(&arena, largest) != NULL);
    CHECK(blocks_of(&arena) == 1 && pending_of(&arena) == 0);
    CHECK(arena.failures == 0 && arena_check(&arena) == ARENA_OK);
}

TESTS = {
    RUN(every_failure_in_an_arena_of_any_size_leaves_all_as_it_was),
    RUN(before_it_says_no_an_arena_reclaims_all_that_is_pending),
    TESTS_END,
};
