/* Unversioned blocks, references and figures: each call once, and misused. */
#include "arena_test.h"

/* ---- Blocks ---------------------------------------------------------- */

TEST(blocks_do_not_overlap)
{
    enum { BLOCKS = 9 };
    ARENA(arena, FEW);
    unsigned char *block[BLOCKS];

    for (unsigned i = 0; i < BLOCKS; i++) {
        block[i] = alloc_marked(&arena, i + 1, i);
        CHECK(block[i] != NULL);
    }

    for (unsigned i = 0; i < BLOCKS; i++)
        CHECK(is_marked(block[i], i + 1, i));
    CHECK(blocks_of(&arena) == BLOCKS);
}

/* Fill the arena with four blocks and free the first three in an order: are
   they one then? */
static bool become_one(struct arena *arena, const unsigned char order[3])
{
    size_t before = used_of(arena), sum;
    void *block[3], *end, *all;

    for (unsigned i = 0; i < 3; i++)
        block[i] = arena_alloc(arena, 20 + 4 * i);
    sum = used_of(arena) - before;
    end = arena_alloc(arena, largest_of(arena));
    EXPECT(end != NULL && arena_alloc(arena, 1) == NULL);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT(arena_free(arena, block[order[i]]) == ARENA_OK);
        EXPECT(arena_check(arena) == ARENA_OK);
    }

    all = arena_alloc(arena, sum - 4 * sizeof(arena_ref));
    EXPECT(all == block[0]);
    EXPECT(arena_free(arena, all) == ARENA_OK);
    EXPECT(arena_free(arena, end) == ARENA_OK);
    return true;
}

TEST(neighbours_freed_in_any_order_become_one)
{
    static const unsigned char orders[6][3] = {
        { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
        { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
    };
    ARENA(arena, FEW);
    size_t before = used_of(&arena), largest = largest_of(&arena);

    for (unsigned i = 0; i < 6; i++) {
        CHECK(become_one(&arena, orders[i]));
        CHECK(used_of(&arena) == before && largest_of(&arena) == largest);
    }
}

TEST(what_an_arena_gave_it_takes_back_to_the_last_byte)
{
    ARENA(arena, FEW);
    size_t before = used_of(&arena);
    void *block[8];

    for (unsigned i = 0; i < 8; i++)
        block[i] = arena_alloc(&arena, 3 * i + 1);
    for (unsigned i = 0; i < 8; i++)
        CHECK(arena_free(&arena, block[i * 3 % 8]) == ARENA_OK);

    CHECK(used_of(&arena) == before && blocks_of(&arena) == 0);
    CHECK(arena_check(&arena) == ARENA_OK);
}

TEST(a_full_arena_refuses_counts_it_and_stays_as_it_was)
{
    ARENA(arena, FEW);
    unsigned char *block = alloc_marked(&arena, FEW / 3, 1);
    struct arena before;
    struct arena_stats stats;

    CHECK(block != NULL);
    memcpy(&before, &arena, sizeof arena);

    CHECK(arena_alloc(&arena, largest_of(&arena) + 1) == NULL);
    CHECK(arena_new(&arena, FEW) == NULL);
    CHECK(arena_resize(&arena, block, FEW) == NULL);
    arena_get_stats(&arena, &stats);
    CHECK(stats.failures == 3);
    arena.failures = 0;
    CHECK(is_as(&arena, &before) && is_marked(block, FEW / 3, 1));
}

/* ---- Resize ---------------------------------------------------------- */

TEST(resize_of_nothing_allocates)
{
    ARENA(arena, FEW);
    void *block = arena_resize(&arena, NULL, 30);

    CHECK(block != NULL && blocks_of(&arena) == 1);
    CHECK(arena_free(&arena, block) == ARENA_OK);
}

TEST(a_block_shrinks_in_place_and_gives_its_tail_back)
{
    ARENA(arena, FEW);
    unsigned char *block = alloc_marked(&arena, 128, 1);
    unsigned char *next = alloc_marked(&arena, 8, 2);
    size_t used = used_of(&arena);

    CHECK(arena_resize(&arena, block, 16) == block);

    CHECK(used_of(&arena) == used - 112);
    CHECK(is_marked(block, 16, 1) && is_marked(next, 8, 2));
    CHECK(arena_check(&arena) == ARENA_OK);
    next = arena_alloc(&arena, 112 - 4 * sizeof(arena_ref));
    CHECK(next > block && next < block + 128);
    CHECK(used_of(&arena) == used && blocks_of(&arena) == 3);
}

TEST(a_block_grows_in_place_at_the_end)
{
    ARENA(arena, FEW);
    unsigned char *block = alloc_marked(&arena, 16, 1);
    size_t used = used_of(&arena);

    CHECK(arena_resize(&arena, block, 112) == block);
    CHECK(is_marked(block, 16, 1) && used_of(&arena) == used + 96);
    CHECK(arena_resize(&arena, block,
                       16 + largest_of(&arena) + 96 + 4 * sizeof(arena_ref)) ==
          block);
    CHECK(largest_of(&arena) == 0 && arena_check(&arena) == ARENA_OK);
}

TEST(a_block_grows_into_free_space_behind_it)
{
    ARENA(arena, FEW);
    unsigned char *block = alloc_marked(&arena, 16, 1);
    unsigned char *next = arena_alloc(&arena, 64);
    unsigned char *last = alloc_marked(&arena, 8, 3);
    size_t used = used_of(&arena);

    CHECK(arena_free(&arena, next) == ARENA_OK);

    CHECK(arena_resize(&arena, block, 32) == block);
    CHECK(arena_check(&arena) == ARENA_OK);
    CHECK(arena_resize(&arena, block, 80 + 4 * sizeof(arena_ref)) == block);
    CHECK(is_marked(block, 16, 1) && is_marked(last, 8, 3));
    CHECK(used_of(&arena) == used && blocks_of(&arena) == 2);
    CHECK(arena_check(&arena) == ARENA_OK);
}

TEST(a_block_without_room_behind_it_moves)
{
    ARENA(arena, FEW);
    unsigned char *block = alloc_marked(&arena, 24, 1);
    unsigned char *next = alloc_marked(&arena, 8, 2);
    unsigned char *moved = arena_resize(&arena, block, 60);

    CHECK(moved != NULL && moved != block);
    CHECK(is_marked(moved, 24, 1) && is_marked(next, 8, 2));
    CHECK(blocks_of(&arena) == 2 && arena_check(&arena) == ARENA_OK);
    CHECK(arena_alloc(&arena, 24) == block);
}

TEST(a_block_that_can_not_grow_is_as_before)
{
    ARENA(arena, FEW);
    size_t nothing = used_of(&arena), room;
    unsigned char *block = alloc_marked(&arena, 24, 1);
    unsigned char *next = arena_alloc(&arena, 40), *last;
    struct arena before;

    room = used_of(&arena) - nothing - 4 * sizeof(arena_ref);
    last = arena_alloc(&arena, largest_of(&arena));
    CHECK(last != NULL && arena_free(&arena, next) == ARENA_OK);
    memcpy(&before, &arena, sizeof arena);

    CHECK(arena_resize(&arena, block, room + 1) == NULL);
    arena.failures = 0;
    CHECK(is_as(&arena, &before) && is_marked(block, 24, 1));
    CHECK(arena_resize(&arena, block, room) == block);
}

/* ---- Misuse ---------------------------------------------------------- */

TEST(what_is_no_block_is_not_freed_nor_resized)
{
    ARENA(arena, FEW);
    unsigned char *block = arena_alloc(&arena, 16);
    unsigned char *versioned = arena_new(&arena, 16);
    struct arena before;

    CHECK(block != NULL && versioned != NULL);
    memcpy(&before, &arena, sizeof arena);

    CHECK(arena_free(&arena, block + 1) == ARENA_EINVAL);
    CHECK(arena_resize(&arena, block + 1, 8) == NULL);
    CHECK(arena_free(&arena, memory) == ARENA_EINVAL);
    CHECK(arena_resize(&arena, memory, 8) == NULL);
    CHECK(arena_free(&arena, memory + FEW) == ARENA_EINVAL);
    CHECK(arena_free(&arena, versioned + 128) == ARENA_EINVAL);
    CHECK(arena_free(&arena, &before) == ARENA_EINVAL);
    CHECK(arena_resize(&arena, &before, 8) == NULL);
    CHECK(arena_free(&arena, versioned) == ARENA_EINVAL);
    CHECK(arena_free(NULL, block) == ARENA_EINVAL);
    CHECK(arena_resize(NULL, block, 8) == NULL);
    CHECK(arena_resize(&arena, block, 0) == NULL);
    CHECK(is_as(&arena, &before));
}

TEST(a_block_is_freed_once)
{
    ARENA(arena, FEW);
    struct arena before;
    unsigned char *block[3];

    for (unsigned i = 0; i < 3; i++)
        block[i] = arena_alloc(&arena, 24);

    for (unsigned i = 0; i < 3; i++) {
        CHECK(arena_free(&arena, block[i]) == ARENA_OK);
        memcpy(&before, &arena, sizeof arena);
        CHECK(arena_free(&arena, block[i]) == ARENA_EINVAL);
        CHECK(arena_resize(&arena, block[i], 8) == NULL);
        CHECK(is_as(&arena, &before));
    }
}

TEST(nothing_is_not_an_error_to_free)
{
    ARENA(arena, FEW);
    struct arena before;

    memcpy(&before, &arena, sizeof arena);

    CHECK(arena_free(&arena, NULL) == ARENA_OK);
    CHECK(arena_free(NULL, NULL) == ARENA_OK);
    CHECK(is_as(&arena, &before));
}

TEST(without_an_arena_nothing_is_found_and_nothing_done)
{
    struct arena_stats stats, before;

    memset(&stats, 0x5A, sizeof stats);
    memcpy(&before, &stats, sizeof stats);
    CHECK(arena_alloc(NULL, 8) == NULL && arena_new(NULL, 8) == NULL);
    CHECK(arena_resize(NULL, NULL, 8) == NULL);
    CHECK(arena_reset(NULL) == ARENA_EINVAL);
    CHECK(arena_check(NULL) == ARENA_EINVAL);
    CHECK(arena_reclaim(NULL, 8) == 0);
    CHECK(arena_ref_of(NULL, &stats) == 0 && arena_at(NULL, 64) == NULL);
    arena_get_stats(NULL, &stats);
    CHECK(memcmp(&stats, &before, sizeof stats) == 0);
    arena_get_stats(NULL, NULL);
}

/* ---- References and figures ------------------------------------------ */

TEST(a_reference_leads_to_its_block)
{
    ARENA(arena, FEW);
    unsigned char *a = arena_alloc(&arena, 8), *b = arena_new(&arena, 8);

    CHECK(arena_ref_of(&arena, a) != 0);
    CHECK(arena_at(&arena, arena_ref_of(&arena, a)) == a);
    CHECK(arena_at(&arena, arena_ref_of(&arena, b)) == b);
    CHECK(a - arena_ref_of(&arena, a) == b - arena_ref_of(&arena, b));
    CHECK(arena_ref_of(&arena, NULL) == 0 && arena_at(&arena, 0) == NULL);
    arena_get_stats(&arena, NULL);
}

TEST(reset_releases_everything_but_the_records_of_the_past)
{
    ARENA(arena, FEW);
    struct arena_epoch epoch;
    struct arena_stats before, after;

    arena_get_stats(&arena, &before);
    CHECK(arena_alloc(&arena, 50) != NULL && arena_new(&arena, 50) != NULL);
    CHECK(arena_hold(&arena, &epoch) == ARENA_OK);
    CHECK(arena_alloc(&arena, FEW) == NULL);
    before.peak = peak_of(&arena);
    before.failures = 1;

    CHECK(arena_reset(&arena) == ARENA_OK);

    arena_get_stats(&arena, &after);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    CHECK(arena_check(&arena) == ARENA_OK);
    CHECK(arena_release(&arena, &epoch) == ARENA_EINVAL);
    CHECK(arena_alloc(&arena, before.largest) != NULL);
}

static bool are_same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

TEST(every_code_has_a_text_of_its_own)
{
    const char *unknown = arena_strerror(ARENA_EUSER + 1);
    int last = 0;

    while (!are_same(arena_strerror(last - 1), unknown))
        last--;
    CHECK(last <= ARENA_ECORRUPT);
    for (int code = last; code <= 0; code++) {
        CHECK(arena_strerror(code)[0] != '\0');
        for (int other = last; other < code; other++)
            CHECK(!are_same(arena_strerror(code), arena_strerror(other)));
        CHECK(!are_same(arena_strerror(code), arena_strerror(ARENA_EUSER)));
    }
    for (int code = last - 1; code > ARENA_EUSER; code--)
        CHECK(are_same(arena_strerror(code), unknown));
    CHECK(!are_same(arena_strerror(ARENA_EUSER), unknown));
}

TEST(codes_of_the_user_and_results_have_a_text_too)
{
    CHECK(are_same(arena_strerror(7), arena_strerror(ARENA_OK)));
    CHECK(are_same(arena_strerror(INT_MAX), arena_strerror(ARENA_OK)));
    CHECK(are_same(arena_strerror(-30000), arena_strerror(ARENA_EUSER)));
    CHECK(are_same(arena_strerror(INT_MIN), arena_strerror(ARENA_EUSER)));
}

TESTS = {
    RUN(blocks_do_not_overlap),
    RUN(neighbours_freed_in_any_order_become_one),
    RUN(what_an_arena_gave_it_takes_back_to_the_last_byte),
    RUN(a_full_arena_refuses_counts_it_and_stays_as_it_was),
    RUN(resize_of_nothing_allocates),
    RUN(a_block_shrinks_in_place_and_gives_its_tail_back),
    RUN(a_block_grows_in_place_at_the_end),
    RUN(a_block_grows_into_free_space_behind_it),
    RUN(a_block_without_room_behind_it_moves),
    RUN(a_block_that_can_not_grow_is_as_before),
    RUN(what_is_no_block_is_not_freed_nor_resized),
    RUN(a_block_is_freed_once),
    RUN(nothing_is_not_an_error_to_free),
    RUN(without_an_arena_nothing_is_found_and_nothing_done),
    RUN(a_reference_leads_to_its_block),
    RUN(reset_releases_everything_but_the_records_of_the_past),
    RUN(every_code_has_a_text_of_its_own),
    RUN(codes_of_the_user_and_results_have_a_text_too),
    TESTS_END,
};
