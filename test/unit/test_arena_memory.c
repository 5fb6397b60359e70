/* The memory of an arena: any size, any alignment, up to what a reference can
   name. */
#include "arena_test.h"

TEST(init_needs_an_arena_and_memory)
{
    struct arena arena;
    MEMORY(memory, FEW);

    CHECK(arena_init(NULL, memory, FEW) == ARENA_EINVAL);
    CHECK(arena_init(&arena, NULL, FEW) == ARENA_EINVAL);
    CHECK(arena_init(&arena, NULL, 0) == ARENA_EINVAL);
    CHECK(arena_init(NULL, NULL, 0) == ARENA_EINVAL);
}

TEST(init_in_too_little_memory_changes_nothing)
{
    struct arena arena, before;
    size_t size = 0, least = 0;
    MEMORY(memory, FEW);

    memset(&arena, 0x5A, sizeof arena);
    memcpy(&before, &arena, sizeof arena);
    for (; arena_init(&arena, memory, size) != ARENA_OK; size++) {
        CHECK(arena_init(&arena, memory, size) == ARENA_ENOMEM);
        CHECK(memcmp(&arena, &before, sizeof arena) == 0);
        for (size_t i = 0; i < FEW; i++)
            CHECK(memory[i] == 0xA5);
    }
    least = size;

    CHECK(least >= 24 && least < 140);
    CHECK(arena_alloc(&arena, 1) != NULL);
    for (; size < FEW; size++) {
        CHECK(arena_init(&arena, memory, size) == ARENA_OK);
        CHECK(arena_alloc(&arena, 1) != NULL);
        CHECK(arena_check(&arena) == ARENA_OK);
    }
}

TEST(blocks_are_aligned_and_inside_whatever_the_memory_is)
{
    enum { SIZE = FEW - 40 };
    struct arena arena;
    MEMORY(memory, FEW);

    for (size_t offset = 0; offset < 33; offset++) {
        unsigned char *start = memory + offset, *block;

        CHECK(arena_init(&arena, start, SIZE) == ARENA_OK);
        for (size_t size = 1; (block = arena_alloc(&arena, size)) != NULL;
             size++) {
            CHECK((uintptr_t)block % ARENA_ALIGN == 0);
            CHECK(block >= start && block + size <= start + SIZE);
            mark(block, size, (unsigned)size);
        }
        CHECK(blocks_of(&arena) > 5);
        CHECK(arena_check(&arena) == ARENA_OK);
    }
    for (size_t i = 0; i < 8; i++)
        CHECK(memory[FEW - 1 - i] == 0xA5);
}

TEST(little_is_lost_to_alignment)
{
    struct arena arena;
    struct arena_stats stats;
    MEMORY(memory, FEW);

    for (size_t offset = 0; offset < 2 * ARENA_ALIGN; offset++) {
        CHECK(arena_init(&arena, memory + offset, FEW - 32) == ARENA_OK);
        arena_get_stats(&arena, &stats);
        CHECK(stats.size <= FEW - 32);
        CHECK(stats.size > FEW - 32 - 2 * ARENA_ALIGN);
        CHECK(stats.used + stats.free == stats.size);
    }
}

TEST(the_first_bytes_of_memory_that_wraps_are_not_taken)
{
    struct arena arena;
    unsigned char *last = (unsigned char *)UINTPTR_MAX;

    for (size_t size = 0; size < ARENA_ALIGN; size++)
        CHECK(arena_init(&arena, last, size) == ARENA_ENOMEM);
}

TEST(a_new_arena_has_one_block_to_give_and_gives_it)
{
    ARENA(arena, FEW);
    struct arena before;
    struct arena_stats stats;
    unsigned char *block;

    memcpy(&before, &arena, sizeof arena);
    arena_get_stats(&arena, &stats);
    CHECK(stats.blocks == 0 && stats.holds == 0 && stats.pending == 0);
    CHECK(stats.failures == 0 && stats.clock == 1);
    CHECK(stats.largest + 4 * sizeof(arena_ref) == stats.free);
    CHECK(arena_alloc(&arena, stats.largest + 1) == NULL);
    arena.failures = 0;
    CHECK(is_as(&arena, &before));

    block = alloc_marked(&arena, stats.largest, 7);
    CHECK(block != NULL && arena_check(&arena) == ARENA_OK);
    CHECK(largest_of(&arena) == 0 && arena_alloc(&arena, 1) == NULL);
    CHECK(arena_free(&arena, block) == ARENA_OK);
    CHECK(used_of(&arena) == stats.used && largest_of(&arena) == stats.largest);
}

/* ---- What a reference can name --------------------------------------- */

/* Fill an arena to its end with blocks that are marked and lead to the block
   before. Returns the last. */
static unsigned char *fill_up(struct arena *arena)
{
    size_t size;
    unsigned char *block, *last = NULL;

    for (size = 1000; size >= sizeof(arena_ref); size /= 2) {
        while ((block = arena_alloc(arena, size)) != NULL) {
            arena_ref older = arena_ref_of(arena, last);

            mark(block, size, (unsigned)size);
            memcpy(block, &older, sizeof older);
            last = block;
        }
    }
    return last;
}

/* Free the block that was filled up last: *block is then the one before. */
static bool free_last(struct arena *arena, unsigned char **block)
{
    arena_ref older;

    memcpy(&older, *block, sizeof older);
    EXPECT(arena_at(arena, older) == NULL ||
           (unsigned char *)arena_at(arena, older) == arena->base + older);
    EXPECT(arena_free(arena, *block) == ARENA_OK);
    *block = arena_at(arena, older);
    return true;
}

#define ABOVE_64_KB 66000u

TEST(an_arena_of_64_KB_can_be_filled_to_its_end)
{
    ARENA(arena, ABOVE_64_KB);
    struct arena_stats stats;
    size_t blocks = 0;
    unsigned char *block;

    arena_get_stats(&arena, &stats);
    CHECK(stats.size <= (size_t)(arena_ref)-1);
    CHECK(stats.size > 65500u);
#if ARENA_REF_BITS == 32
    CHECK(stats.size > ABOVE_64_KB - ARENA_ALIGN);
#endif

    block = fill_up(&arena);
    CHECK(arena_check(&arena) == ARENA_OK);
    CHECK(used_of(&arena) + 5 * sizeof(arena_ref) + ARENA_ALIGN > stats.size);
    for (; block != NULL; blocks++)
        CHECK(free_last(&arena, &block));
    CHECK(blocks > 64 && blocks_of(&arena) == 0);
    CHECK(used_of(&arena) == stats.used);
}

TEST(of_more_memory_than_a_reference_can_name_the_start_is_used)
{
    enum { BITS = ARENA_REF_BITS };
    struct arena arena;
    struct arena_stats stats;
    size_t nameable = (size_t)(arena_ref)-1;
    unsigned char *small, *block;
    MEMORY(memory, BITS == 16 ? 400 : 1300);

    if (EAGER)
        LEAVE_OUT("it would poison what is not there");
    CHECK(arena_init(&arena, memory, SIZE_MAX - 64) == ARENA_OK);
    arena_get_stats(&arena, &stats);
    CHECK(stats.size <= nameable);
    CHECK(stats.size > nameable - 64 - 2 * ARENA_ALIGN - 4 * sizeof(arena_ref));

    small = arena_alloc(&arena, 1);
    block = arena_alloc(&arena, stats.size / 2);
    CHECK(small != NULL);
    CHECK(block != NULL && block > small && block < small + 64);
    CHECK(arena_alloc(&arena, stats.size / 2) == NULL);
    CHECK(arena_free(&arena, block) == ARENA_OK);
    block = arena_alloc(&arena, largest_of(&arena));
    CHECK(block != NULL && used_of(&arena) == stats.size);
    CHECK(arena_check(&arena) == ARENA_OK);
    CHECK(arena_alloc(&arena, 1) == NULL);
    CHECK(arena_free(&arena, block) == ARENA_OK);
    CHECK(arena_check(&arena) == ARENA_OK);
}

/* Is a request of size bytes refused by every call, and nothing changed? */
static bool is_refused(struct arena *arena, void *block, size_t size)
{
    struct arena before;

    memcpy(&before, arena, sizeof before);
    EXPECT(arena_alloc(arena, size) == NULL);
    EXPECT(arena_new(arena, size) == NULL);
    EXPECT(arena_resize(arena, block, size) == NULL);
    EXPECT(arena_resize(arena, NULL, size) == NULL);
    EXPECT(arena->failures == before.failures + (size > 0 ? 4 : 0));
    arena->failures = before.failures;
    EXPECT(is_as(arena, &before) && is_marked(block, 20, 1));
    return true;
}

TEST(sizes_at_the_ends_of_their_type_are_refused)
{
    ARENA(arena, FEW);
    size_t limit = (size_t)(arena_ref)-1;
    unsigned char *block = alloc_marked(&arena, 20, 1);

    CHECK(block != NULL);
    CHECK(is_refused(&arena, block, 0));
    for (size_t i = 0; i < 80; i++) {
        CHECK(is_refused(&arena, block, SIZE_MAX - i));
        CHECK(is_refused(&arena, block, SIZE_MAX / 2 + 40 - i));
        CHECK(is_refused(&arena, block, limit - i));
        if (limit < SIZE_MAX)
            CHECK(is_refused(&arena, block, limit + i));
        CHECK(is_refused(&arena, block, FEW + i));
    }
}

TESTS = {
    RUN(init_needs_an_arena_and_memory),
    RUN(init_in_too_little_memory_changes_nothing),
    RUN(blocks_are_aligned_and_inside_whatever_the_memory_is),
    RUN(little_is_lost_to_alignment),
    RUN(the_first_bytes_of_memory_that_wraps_are_not_taken),
    RUN(a_new_arena_has_one_block_to_give_and_gives_it),
    RUN(an_arena_of_64_KB_can_be_filled_to_its_end),
    RUN(of_more_memory_than_a_reference_can_name_the_start_is_used),
    RUN(sizes_at_the_ends_of_their_type_are_refused),
    TESTS_END,
};
