/* Versioned blocks and holds: each call once, and misused. */
#include "arena_test.h"

/* A small world: an arena, one versioned block, and a hold that sees it. */
struct world {
    struct arena arena, before;
    struct arena_epoch epoch;
    unsigned char *block, *old;
};

/* A block marked 1 under a hold; block and old are the same. */
static bool begin(struct world *world, unsigned char *memory)
{
    memset(world, 0, sizeof *world);
    EXPECT(make(&world->arena, memory, FEW) == ARENA_OK);
    world->block = world->old = arena_new(&world->arena, 20);
    EXPECT(world->block != NULL);
    mark(world->block, 20, 1);
    EXPECT(arena_hold(&world->arena, &world->epoch) == ARENA_OK);
    return true;
}

/* Then block is edited, and its copy marked 2. */
static bool begin_changed(struct world *world, unsigned char *memory)
{
    void *block;

    EXPECT(begin(world, memory));
    block = world->block;
    EXPECT(arena_edit(&world->arena, &block) == ARENA_OK);
    world->block = block;
    mark(world->block, 20, 2);
    return true;
}

static void keep(struct world *world)
{
    memcpy(&world->before, &world->arena, sizeof world->arena);
}

/* ---- Edit and retire --------------------------------------------------- */

TEST(a_private_block_is_edited_in_place_and_freed_at_once)
{
    struct arena arena;
    void *block, *same;
    size_t used;
    MEMORY(memory, FEW);

    CHECK(make(&arena, memory, FEW) == ARENA_OK);
    used = used_of(&arena);
    block = same = arena_new(&arena, 20);
    CHECK(block != NULL && (uintptr_t)block % ARENA_ALIGN == 0);
    CHECK(arena_edit(&arena, &block) == ARENA_OK);
    CHECK(block == same && blocks_of(&arena) == 1);
    CHECK(arena_retire(&arena, block) == ARENA_OK);
    CHECK(blocks_of(&arena) == 0 && used_of(&arena) == used);
}

TEST(a_shared_block_is_copied_before_a_change)
{
    struct world world;
    MEMORY(memory, FEW);

    CHECK(begin_changed(&world, memory));
    CHECK(world.block != world.old && blocks_of(&world.arena) == 2);
    CHECK(is_marked(world.block, 20, 2) && is_marked(world.old, 20, 1));
    CHECK(arena_check(&world.arena) == ARENA_OK);
}

TEST(a_copy_has_all_that_was_in_the_block)
{
    struct world world;
    void *block;
    MEMORY(memory, FEW);

    CHECK(begin(&world, memory));
    block = world.block;
    CHECK(arena_edit(&world.arena, &block) == ARENA_OK);
    CHECK(block != world.old && is_marked(block, 20, 1));
}

TEST(a_copy_is_private)
{
    struct world world;
    void *block;
    MEMORY(memory, FEW);

    CHECK(begin_changed(&world, memory));
    block = world.block;
    keep(&world);
    CHECK(arena_edit(&world.arena, &block) == ARENA_OK);
    CHECK(block == world.block && is_as(&world.arena, &world.before));
}

TEST(a_retired_shared_block_stays_for_the_hold)
{
    struct world world;
    MEMORY(memory, FEW);

    CHECK(begin(&world, memory));
    CHECK(arena_retire(&world.arena, world.block) == ARENA_OK);
    CHECK(blocks_of(&world.arena) == 1 && is_marked(world.block, 20, 1));
    CHECK(arena_check(&world.arena) == ARENA_OK);
}

TEST(a_retired_block_is_stale)
{
    struct world world;
    void *block;
    MEMORY(memory, FEW);

    CHECK(begin_changed(&world, memory));
    block = world.old;
    keep(&world);
    CHECK(arena_edit(&world.arena, &block) == ARENA_ESTALE);
    CHECK(block == world.old);
    CHECK(arena_retire(&world.arena, block) == ARENA_ESTALE);
    CHECK(arena_free(&world.arena, block) == ARENA_EINVAL);
    CHECK(arena_resize(&world.arena, block, 8) == NULL);
    CHECK(is_as(&world.arena, &world.before));
    CHECK(is_marked(world.block, 20, 2) && is_marked(world.old, 20, 1));
}

TEST(what_is_no_versioned_block_is_not_edited_nor_retired)
{
    struct world world;
    void *plain, *block;
    MEMORY(memory, FEW);

    CHECK(begin(&world, memory));
    plain = block = arena_alloc(&world.arena, 20);
    keep(&world);
    CHECK(arena_edit(&world.arena, &block) == ARENA_EINVAL);
    CHECK(block == plain);
    CHECK(arena_retire(&world.arena, plain) == ARENA_EINVAL);
    CHECK(arena_retire(&world.arena, NULL) == ARENA_EINVAL);
    CHECK(arena_retire(&world.arena, &world) == ARENA_EINVAL);
    CHECK(arena_retire(&world.arena, world.block + 1) == ARENA_EINVAL);
    CHECK(arena_retire(NULL, world.block) == ARENA_EINVAL);
    CHECK(arena_edit(&world.arena, NULL) == ARENA_EINVAL);
    CHECK(arena_edit(NULL, &block) == ARENA_EINVAL);
    block = NULL;
    CHECK(arena_edit(&world.arena, &block) == ARENA_EINVAL);
    CHECK(is_as(&world.arena, &world.before));
}

TEST(shared_blocks_are_not_resized)
{
    struct world world;
    MEMORY(memory, FEW);

    CHECK(begin(&world, memory));
    keep(&world);
    CHECK(arena_resize(&world.arena, world.block, 8) == NULL);
    CHECK(arena_resize(&world.arena, world.block, 40) == NULL);
    CHECK(is_as(&world.arena, &world.before));
    CHECK(is_marked(world.block, 20, 1));
}

TEST(an_edit_without_room_changes_nothing)
{
    struct world world;
    void *block;
    MEMORY(memory, FEW);

    CHECK(begin(&world, memory));
    block = world.block;
    CHECK(arena_alloc(&world.arena, largest_of(&world.arena) - 1) != NULL);
    keep(&world);
    CHECK(arena_edit(&world.arena, &block) == ARENA_ENOMEM);
    CHECK(world.arena.failures == 1);
    world.arena.failures = 0;
    CHECK(block == world.block && is_as(&world.arena, &world.before));
    CHECK(arena_retire(&world.arena, block) == ARENA_OK);
}

/* ---- Hold and release --------------------------------------------------- */

TEST(a_hold_takes_nothing_from_the_arena)
{
    struct world world;
    struct arena_epoch second;
    size_t used, blocks;
    MEMORY(memory, FEW);

    CHECK(begin_changed(&world, memory));
    used = used_of(&world.arena);
    blocks = blocks_of(&world.arena);
    CHECK(arena_hold(&world.arena, &second) == ARENA_OK);
    CHECK(used_of(&world.arena) == used && blocks_of(&world.arena) == blocks);
    CHECK(arena_check(&world.arena) == ARENA_OK);
}

TEST(the_clock_moves_on_only_after_a_change)
{
    struct world world;
    struct arena_epoch more[4];
    struct arena_stats stats;
    size_t clock;
    MEMORY(memory, FEW);

    CHECK(begin(&world, memory));
    arena_get_stats(&world.arena, &stats);
    clock = stats.clock;
    CHECK(arena_hold(&world.arena, &more[0]) == ARENA_OK);
    CHECK(arena_hold(&world.arena, &more[1]) == ARENA_OK);
    arena_get_stats(&world.arena, &stats);
    CHECK(stats.clock == clock && stats.holds == 3);

    CHECK(arena_retire(&world.arena, world.block) == ARENA_OK);
    CHECK(arena_hold(&world.arena, &more[2]) == ARENA_OK);
    arena_get_stats(&world.arena, &stats);
    CHECK(stats.clock == clock + 1);
    CHECK(arena_new(&world.arena, 1) != NULL);
    CHECK(arena_hold(&world.arena, &more[3]) == ARENA_OK);
    arena_get_stats(&world.arena, &stats);
    CHECK(stats.clock == clock + 2 && stats.holds == 5);
    CHECK(arena_check(&world.arena) == ARENA_OK);
}

TEST(release_of_the_only_hold_frees_what_it_kept)
{
    struct world world;
    size_t used;
    MEMORY(memory, FEW);

    CHECK(begin(&world, memory));
    used = used_of(&world.arena);
    CHECK(arena_held_bytes(&world.arena, &world.epoch) == 0);
    CHECK(arena_retire(&world.arena, world.block) == ARENA_OK);
    CHECK(arena_new(&world.arena, 20) != NULL);
    CHECK(arena_held_bytes(&world.arena, &world.epoch) ==
          used_of(&world.arena) - used);

    CHECK(arena_release(&world.arena, &world.epoch) == ARENA_OK);
    CHECK(arena_reclaim(&world.arena, SIZE_MAX) == 0);
    CHECK(used_of(&world.arena) == used && blocks_of(&world.arena) == 1);
    CHECK(arena_check(&world.arena) == ARENA_OK);
}

TEST(a_released_record_is_the_callers_again)
{
    struct world world;
    MEMORY(memory, FEW);

    CHECK(begin_changed(&world, memory));
    CHECK(arena_release(&world.arena, &world.epoch) == ARENA_OK);
    keep(&world);
    CHECK(arena_release(&world.arena, &world.epoch) == ARENA_EINVAL);
    CHECK(arena_rollback(&world.arena, &world.epoch) == ARENA_EINVAL);
    CHECK(arena_held_bytes(&world.arena, &world.epoch) == 0);
    CHECK(is_as(&world.arena, &world.before));
    CHECK(arena_hold(&world.arena, &world.epoch) == ARENA_OK);
    CHECK(arena_release(&world.arena, &world.epoch) == ARENA_OK);
}

TEST(a_record_of_another_arena_is_refused)
{
    struct world world;
    struct arena other;
    struct arena_epoch unused, *epoch = &world.epoch;
    MEMORY(memory, FEW + FEW / 3);

    memset(&unused, 0, sizeof unused);
    CHECK(begin_changed(&world, memory));
    CHECK(make(&other, memory + FEW, FEW / 3) == ARENA_OK);
    keep(&world);
    CHECK(arena_release(&other, epoch) == ARENA_EINVAL);
    CHECK(arena_rollback(&other, epoch) == ARENA_EINVAL);
    CHECK(arena_held_bytes(&other, epoch) == 0);
    CHECK(arena_release(&world.arena, &unused) == ARENA_EINVAL);
    CHECK(arena_rollback(&world.arena, &unused) == ARENA_EINVAL);
    CHECK(arena_release(&world.arena, NULL) == ARENA_EINVAL);
    CHECK(arena_rollback(&world.arena, NULL) == ARENA_EINVAL);
    CHECK(arena_hold(&world.arena, NULL) == ARENA_EINVAL);
    CHECK(arena_hold(NULL, &unused) == ARENA_EINVAL);
    CHECK(arena_release(NULL, epoch) == ARENA_EINVAL);
    CHECK(arena_rollback(NULL, epoch) == ARENA_EINVAL);
    CHECK(arena_held_bytes(&world.arena, NULL) == 0);
    CHECK(arena_held_bytes(NULL, epoch) == 0);
    CHECK(is_as(&world.arena, &world.before));
    CHECK(arena_release(&world.arena, epoch) == ARENA_OK);
}

/* Every call refuses the record, and nothing changes. */
static bool is_refused(struct world *world, struct arena_epoch *epoch)
{
    keep(world);
    EXPECT(arena_release(&world->arena, epoch) == ARENA_EINVAL);
    EXPECT(arena_rollback(&world->arena, epoch) == ARENA_EINVAL);
    EXPECT(arena_held_bytes(&world->arena, epoch) == 0);
    EXPECT(is_as(&world->arena, &world->before));
    return true;
}

TEST(a_record_that_was_copied_or_moved_is_refused)
{
    struct world world;
    struct arena_epoch epoch[3], more;
    MEMORY(memory, FEW);

    CHECK(begin_changed(&world, memory));
    CHECK(arena_hold(&world.arena, &epoch[1]) == ARENA_OK);
    for (unsigned i = 0; i < 2; i++) {
        memcpy(&epoch[0], &epoch[1], sizeof epoch[1]);
        memcpy(&epoch[2], &epoch[1], sizeof epoch[1]);
        CHECK(is_refused(&world, &epoch[0]));
        CHECK(is_refused(&world, &epoch[2]));
        CHECK(i > 0 || arena_hold(&world.arena, &more) == ARENA_OK);
    }
    CHECK(arena_release(&world.arena, &epoch[1]) == ARENA_OK);
    CHECK(arena_release(NULL, &epoch[1]) == ARENA_EINVAL);
}

TEST(records_of_another_arena_or_from_before_a_reset_are_refused)
{
    struct world world;
    struct arena other;
    struct arena_epoch epochs[3];
    MEMORY(memory, FEW + FEW / 3);

    CHECK(begin_changed(&world, memory));
    CHECK(make(&other, memory + FEW, FEW / 3) == ARENA_OK);
    for (unsigned i = 0; i < 3; i++)
        CHECK(arena_hold(&other, &epochs[i]) == ARENA_OK);
    for (unsigned i = 0; i < 3; i++)
        CHECK(is_refused(&world, &epochs[i]));

    for (unsigned i = 0; i < 2; i++)
        CHECK(arena_hold(&world.arena, &epochs[i]) == ARENA_OK);
    CHECK(arena_reset(&world.arena) == ARENA_OK);
    CHECK(is_refused(&world, &epochs[0]) && is_refused(&world, &epochs[1]));
    CHECK(arena_hold(&world.arena, &epochs[2]) == ARENA_OK);
    CHECK(is_refused(&world, &epochs[0]) && is_refused(&world, &epochs[1]));
}

/* ---- Rollback ---------------------------------------------------------- */

TEST(rollback_takes_back_what_was_changed)
{
    struct world world;
    size_t used;
    void *block;
    MEMORY(memory, FEW);

    CHECK(begin(&world, memory));
    used = used_of(&world.arena);
    block = world.block;
    CHECK(arena_edit(&world.arena, &block) == ARENA_OK);
    CHECK(arena_new(&world.arena, 8) != NULL);
    CHECK(arena_rollback(&world.arena, &world.epoch) == ARENA_OK);

    CHECK(used_of(&world.arena) == used && blocks_of(&world.arena) == 1);
    CHECK(is_marked(world.old, 20, 1));
    CHECK(arena_check(&world.arena) == ARENA_OK);
    block = world.old;
    CHECK(arena_edit(&world.arena, &block) == ARENA_OK && block != world.old);
    CHECK(arena_release(&world.arena, &world.epoch) == ARENA_OK);
    CHECK(arena_retire(&world.arena, block) == ARENA_OK);
    CHECK(arena_reclaim(&world.arena, SIZE_MAX) == 0);
    CHECK(blocks_of(&world.arena) == 0);
}

TEST(rollback_releases_the_newer_holds)
{
    struct world world;
    struct arena_epoch newer[2];
    void *block;
    MEMORY(memory, FEW);

    CHECK(begin_changed(&world, memory));
    for (unsigned i = 0; i < 2; i++) {
        CHECK(arena_hold(&world.arena, &newer[i]) == ARENA_OK);
        block = world.block;
        CHECK(arena_edit(&world.arena, &block) == ARENA_OK);
        world.block = block;
    }
    CHECK(arena_rollback(&world.arena, &world.epoch) == ARENA_OK);
    CHECK(blocks_of(&world.arena) == 1 && world.arena.holds == 1);
    keep(&world);
    for (unsigned i = 0; i < 2; i++) {
        CHECK(arena_release(&world.arena, &newer[i]) == ARENA_EINVAL);
        CHECK(arena_rollback(&world.arena, &newer[i]) == ARENA_EINVAL);
    }
    CHECK(is_as(&world.arena, &world.before));
    CHECK(arena_release(&world.arena, &world.epoch) == ARENA_OK);
}

TEST(rollback_can_be_done_again_and_again)
{
    struct world world;
    MEMORY(memory, FEW);

    CHECK(begin(&world, memory));
    for (unsigned i = 0; i < 50; i++) {
        void *block = world.old;

        CHECK(arena_edit(&world.arena, &block) == ARENA_OK);
        CHECK(is_marked(block, 20, 1));
        mark(block, 20, i + 2);
        CHECK(arena_rollback(&world.arena, &world.epoch) == ARENA_OK);
        CHECK(is_marked(world.old, 20, 1) && blocks_of(&world.arena) == 1);
        CHECK(arena_check(&world.arena) == ARENA_OK);
    }
}

TEST(rollback_leaves_unversioned_blocks_alone)
{
    struct world world;
    unsigned char *early, *late;
    MEMORY(memory, FEW);

    CHECK(begin(&world, memory));
    early = arena_alloc(&world.arena, 16);
    CHECK(arena_rollback(&world.arena, &world.epoch) == ARENA_OK);
    late = arena_alloc(&world.arena, 16);
    mark(early, 16, 3);
    mark(late, 16, 4);
    CHECK(arena_rollback(&world.arena, &world.epoch) == ARENA_OK);
    CHECK(is_marked(early, 16, 3) && is_marked(late, 16, 4));
    CHECK(arena_free(&world.arena, early) == ARENA_OK);
    CHECK(arena_rollback(&world.arena, &world.epoch) == ARENA_OK);
    CHECK(is_marked(late, 16, 4) && blocks_of(&world.arena) == 2);
}

TESTS = {
    RUN(a_private_block_is_edited_in_place_and_freed_at_once),
    RUN(a_shared_block_is_copied_before_a_change),
    RUN(a_copy_has_all_that_was_in_the_block),
    RUN(a_copy_is_private),
    RUN(a_retired_shared_block_stays_for_the_hold),
    RUN(a_retired_block_is_stale),
    RUN(what_is_no_versioned_block_is_not_edited_nor_retired),
    RUN(shared_blocks_are_not_resized),
    RUN(an_edit_without_room_changes_nothing),
    RUN(a_hold_takes_nothing_from_the_arena),
    RUN(the_clock_moves_on_only_after_a_change),
    RUN(release_of_the_only_hold_frees_what_it_kept),
    RUN(a_released_record_is_the_callers_again),
    RUN(a_record_of_another_arena_is_refused),
    RUN(a_record_that_was_copied_or_moved_is_refused),
    RUN(records_of_another_arena_or_from_before_a_reset_are_refused),
    RUN(rollback_takes_back_what_was_changed),
    RUN(rollback_releases_the_newer_holds),
    RUN(rollback_can_be_done_again_and_again),
    RUN(rollback_leaves_unversioned_blocks_alone),
    TESTS_END
};
