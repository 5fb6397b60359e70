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
    EXPECT(make_arena(&world->arena, memory, FEW) == ARENA_OK);
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

/* The first line of a test: declare name as a world in size bytes, with a block
   under a hold, or with one that has also changed since; or leave the test
   out. */
#define HELD(name, size)  \
    struct world name;    \
    MEMORY(memory, size); \
    CHECK(begin(&name, memory))
#define CHANGED(name, size) \
    struct world name;      \
    MEMORY(memory, size);   \
    CHECK(begin_changed(&name, memory))

static void keep(struct world *world)
{
    memcpy(&world->before, &world->arena, sizeof world->arena);
}

/* ---- Edit and retire ------------------------------------------------- */

TEST(a_private_block_is_edited_in_place_and_freed_at_once)
{
    ARENA(arena, FEW);
    size_t used = used_of(&arena);
    void *same = arena_new(&arena, 20), *block = same;

    CHECK(block != NULL && (uintptr_t)block % ARENA_ALIGN == 0);
    CHECK(arena_edit(&arena, &block) == ARENA_OK);
    CHECK(block == same && blocks_of(&arena) == 1);
    CHECK(arena_retire(&arena, block) == ARENA_OK);
    CHECK(blocks_of(&arena) == 0 && used_of(&arena) == used);
}

TEST(a_shared_block_is_copied_before_a_change)
{
    CHANGED(world, FEW);

    CHECK(world.block != world.old && blocks_of(&world.arena) == 2);
    CHECK(is_marked(world.block, 20, 2) && is_marked(world.old, 20, 1));
    CHECK(arena_check(&world.arena) == ARENA_OK);
}

TEST(a_copy_has_all_that_was_in_the_block)
{
    HELD(world, FEW);
    void *block = world.block;

    CHECK(arena_edit(&world.arena, &block) == ARENA_OK);
    CHECK(block != world.old && is_marked(block, 20, 1));
}

TEST(a_copy_is_private)
{
    CHANGED(world, FEW);
    void *block = world.block;

    keep(&world);
    CHECK(arena_edit(&world.arena, &block) == ARENA_OK);
    CHECK(block == world.block && is_as(&world.arena, &world.before));
}

TEST(a_retired_shared_block_stays_for_the_hold)
{
    HELD(world, FEW);

    CHECK(arena_retire(&world.arena, world.block) == ARENA_OK);
    CHECK(blocks_of(&world.arena) == 1 && is_marked(world.block, 20, 1));
    CHECK(arena_check(&world.arena) == ARENA_OK);
}

TEST(a_retired_block_is_stale)
{
    CHANGED(world, FEW);
    void *block = world.old;

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
    HELD(world, FEW);
    void *plain = arena_alloc(&world.arena, 20), *block = plain;

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
    HELD(world, FEW);

    keep(&world);
    CHECK(arena_resize(&world.arena, world.block, 8) == NULL);
    CHECK(arena_resize(&world.arena, world.block, 40) == NULL);
    CHECK(is_as(&world.arena, &world.before));
    CHECK(is_marked(world.block, 20, 1));
}

TEST(an_edit_without_room_changes_nothing)
{
    HELD(world, FEW);
    void *block = world.block;

    CHECK(arena_alloc(&world.arena, largest_of(&world.arena) - 1) != NULL);
    keep(&world);
    CHECK(arena_edit(&world.arena, &block) == ARENA_ENOMEM);
    CHECK(world.arena.failures == 1);
    world.arena.failures = 0;
    CHECK(block == world.block && is_as(&world.arena, &world.before));
    CHECK(arena_retire(&world.arena, block) == ARENA_OK);
}

/* ---- Hold and release ------------------------------------------------ */

TEST(a_hold_takes_nothing_from_the_arena)
{
    CHANGED(world, FEW);
    size_t used = used_of(&world.arena), blocks = blocks_of(&world.arena);
    struct arena_epoch second;

    CHECK(arena_hold(&world.arena, &second) == ARENA_OK);
    CHECK(used_of(&world.arena) == used && blocks_of(&world.arena) == blocks);
    CHECK(arena_check(&world.arena) == ARENA_OK);
}

TEST(the_clock_moves_on_only_after_a_change)
{
    HELD(world, FEW);
    size_t clock = clock_of(&world.arena);
    struct arena_epoch more[4];

    CHECK(arena_hold(&world.arena, &more[0]) == ARENA_OK);
    CHECK(arena_hold(&world.arena, &more[1]) == ARENA_OK);
    CHECK(clock_of(&world.arena) == clock && holds_of(&world.arena) == 3);

    CHECK(arena_retire(&world.arena, world.block) == ARENA_OK);
    CHECK(arena_hold(&world.arena, &more[2]) == ARENA_OK);
    CHECK(clock_of(&world.arena) == clock + 1);
    CHECK(arena_new(&world.arena, 1) != NULL);
    CHECK(arena_hold(&world.arena, &more[3]) == ARENA_OK);
    CHECK(clock_of(&world.arena) == clock + 2 && holds_of(&world.arena) == 5);
    CHECK(arena_check(&world.arena) == ARENA_OK);
}

TEST(release_of_the_only_hold_frees_what_it_kept)
{
    HELD(world, FEW);
    size_t used = used_of(&world.arena);

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
    CHANGED(world, FEW);

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
    CHANGED(world, FEW + FEW / 3);
    struct arena other;
    struct arena_epoch unused, *epoch = &world.epoch;

    memset(&unused, 0, sizeof unused);
    CHECK(make_arena(&other, memory + FEW, FEW / 3) == ARENA_OK);
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
    CHANGED(world, FEW);
    struct arena_epoch epoch[3], more;

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
    CHANGED(world, FEW + FEW / 3);
    struct arena other;
    struct arena_epoch epochs[3];

    CHECK(make_arena(&other, memory + FEW, FEW / 3) == ARENA_OK);
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

/* ---- Rollback -------------------------------------------------------- */

TEST(rollback_takes_back_what_was_changed)
{
    HELD(world, FEW);
    size_t used = used_of(&world.arena);
    void *block = world.block;

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
    CHANGED(world, FEW);
    struct arena_epoch newer[2];
    void *block;

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
    HELD(world, FEW);

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

/* Neighbours on a ring: once put back, a rollback to before their birth must
   find all of them. */
TEST(rollback_puts_blocks_back_on_their_ring_in_any_order)
{
    static const unsigned char orders[6][3] = {
        { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
        { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
    };
    struct arena_epoch before, after;
    void *blocks[3];
    ARENA(arena, FEW);

    for (unsigned i = 0; i < 6; i++) {
        CHECK(arena_hold(&arena, &before) == ARENA_OK);
        for (unsigned j = 0; j < 3; j++)
            blocks[j] = arena_new(&arena, 8);
        CHECK(arena_hold(&arena, &after) == ARENA_OK);
        for (unsigned j = 0; j < 3; j++)
            CHECK(arena_retire(&arena, blocks[orders[i][j]]) == ARENA_OK);

        CHECK(arena_rollback(&arena, &after) == ARENA_OK);
        CHECK(arena_check(&arena) == ARENA_OK && blocks_of(&arena) == 3);
        CHECK(arena_rollback(&arena, &before) == ARENA_OK);
        CHECK(arena_check(&arena) == ARENA_OK && blocks_of(&arena) == 0);
        CHECK(arena_release(&arena, &before) == ARENA_OK);
    }
}

TEST(rollback_leaves_unversioned_blocks_alone)
{
    HELD(world, FEW);
    unsigned char *early = alloc_marked(&world.arena, 16, 3), *late;

    CHECK(arena_rollback(&world.arena, &world.epoch) == ARENA_OK);
    late = alloc_marked(&world.arena, 16, 4);
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
    RUN(rollback_puts_blocks_back_on_their_ring_in_any_order),
    RUN(rollback_leaves_unversioned_blocks_alone),
    TESTS_END,
};
