/* The checker finds damage: bits flipped in headers, in the bookkeeping and in
   records. The layout of a header is the library's own. */
#include "arena_test.h"

#include "arena/block.h"

#ifdef TEST_POISONED

TEST(damage_is_noticed)
{
    LEAVE_OUT("damage leads the checker to poisoned bytes");
}

TESTS = { RUN(damage_is_noticed), TESTS_END };

#else

/* Two holds, and a block of every kind. */
struct scene {
    struct arena arena;
    struct arena_epoch epochs[2];
    arena_ref plain, free, other_free, fresh, shared, retired, pending;
};

static arena_ref take(struct scene *scene, size_t size, bool versioned)
{
    return arena_ref_of(&scene->arena, versioned
                                           ? arena_new(&scene->arena, size)
                                           : arena_alloc(&scene->arena, size));
}

static bool give_up(struct scene *scene, arena_ref ref)
{
    void *block = arena_at(&scene->arena, ref);

    return arena_retire(&scene->arena, block) == ARENA_OK;
}

static bool build(struct scene *scene, unsigned char *memory)
{
    struct arena *arena = &scene->arena;
    struct arena_epoch early;

    memset(scene, 0, sizeof *scene);
    EXPECT(make_arena(arena, memory, FEW) == ARENA_OK);
    scene->pending = take(scene, 8, true);
    EXPECT(arena_hold(arena, &early) == ARENA_OK);
    EXPECT(give_up(scene, scene->pending));
    scene->free = take(scene, 24, false);
    scene->plain = take(scene, 8, false);
    scene->other_free = take(scene, 24, false);
    scene->retired = take(scene, 8, true);
    scene->shared = take(scene, 8, true);
    EXPECT(take(scene, 8, true) != 0);
    EXPECT(arena_hold(arena, &scene->epochs[0]) == ARENA_OK);
    EXPECT(take(scene, 8, true) != 0);
    EXPECT(give_up(scene, scene->retired));
    EXPECT(arena_hold(arena, &scene->epochs[1]) == ARENA_OK);
    scene->fresh = take(scene, 8, true);
    EXPECT(take(scene, 8, true) != 0);
    EXPECT(arena_free(arena, arena_at(arena, scene->free)) == ARENA_OK);
    EXPECT(arena_free(arena, arena_at(arena, scene->other_free)) == ARENA_OK);
    EXPECT(arena_release(arena, &early) == ARENA_OK);
    EXPECT(pending_of(arena) == 1);
    EXPECT(arena_check(arena) == ARENA_OK);
    return true;
}

/* The first line of a test: declare name as a scene; or leave the test out. */
#define SCENE(name)      \
    struct scene name;   \
    MEMORY(memory, FEW); \
    CHECK(build(&name, memory))

/* Every bit of a reference, flipped by itself, is noticed. */
static bool is_noticed(const struct scene *scene, arena_ref *at)
{
    for (unsigned bit = 0; bit < ARENA_REF_BITS; bit++) {
        arena_ref was = *at;

        *at = (arena_ref)(was ^ (arena_ref)1 << bit);
        EXPECT(arena_check(&scene->arena) == ARENA_ECORRUPT);
        *at = was;
    }
    EXPECT(arena_check(&scene->arena) == ARENA_OK);
    return true;
}

/* A link between live blocks that leads to any other place where a block could
   be is noticed. */
static bool is_noticed_inside(const struct scene *scene, arena_ref *at)
{
    arena_ref was = *at;

    for (size_t wrong = 0; wrong < scene->arena.top; wrong++) {
        if (!is_block(&scene->arena, (arena_ref)wrong) || wrong == was)
            continue;
        *at = (arena_ref)wrong;
        EXPECT(arena_check(&scene->arena) == ARENA_ECORRUPT);
    }
    *at = was;
    EXPECT(arena_check(&scene->arena) == ARENA_OK);
    return true;
}

static struct block *header(const struct scene *scene, arena_ref ref)
{
    return block_at(&scene->arena, ref);
}

TEST(a_wrong_size_is_noticed_in_every_block)
{
    SCENE(scene);

    CHECK(is_noticed(&scene, &header(&scene, scene.plain)->size));
    CHECK(is_noticed(&scene, &header(&scene, scene.free)->size));
    CHECK(is_noticed(&scene, &header(&scene, scene.other_free)->size));
    CHECK(is_noticed(&scene, &header(&scene, scene.fresh)->size));
    CHECK(is_noticed(&scene, &header(&scene, scene.shared)->size));
    CHECK(is_noticed(&scene, &header(&scene, scene.retired)->size));
}

TEST(wrong_links_are_noticed)
{
    SCENE(scene);

    CHECK(is_noticed(&scene, &header(&scene, scene.free)->next));
    CHECK(is_noticed(&scene, &header(&scene, scene.free)->prev));
    CHECK(is_noticed(&scene, &header(&scene, scene.other_free)->next));
    CHECK(is_noticed(&scene, &header(&scene, scene.other_free)->prev));
    CHECK(is_noticed_inside(&scene, &header(&scene, scene.fresh)->next));
    CHECK(is_noticed(&scene, &header(&scene, scene.fresh)->prev));
    CHECK(is_noticed_inside(&scene, &header(&scene, scene.shared)->next));
    CHECK(is_noticed(&scene, &header(&scene, scene.shared)->prev));
    CHECK(is_noticed(&scene, &header(&scene, scene.retired)->prev));
    CHECK(is_noticed(&scene, &header(&scene, scene.pending)->prev));
}

TEST(a_block_of_another_kind_is_noticed)
{
    SCENE(scene);
    arena_ref *const stamps[5] = {
        &header(&scene, scene.plain)->stamp,
        &header(&scene, scene.free)->stamp,
        &header(&scene, scene.fresh)->stamp,
        &header(&scene, scene.shared)->stamp,
        &header(&scene, scene.retired)->stamp,
    };

    for (unsigned i = 0; i < 5; i++) {
        for (unsigned j = 0; j < 5; j++) {
            arena_ref was = *stamps[i];

            *stamps[i] = *stamps[j];
            CHECK((arena_check(&scene.arena) == ARENA_OK) ==
                  (*stamps[j] == was));
            *stamps[i] = was;
        }
    }
}

TEST(a_birth_out_of_its_epoch_is_noticed)
{
    SCENE(scene);
    arena_ref *stamp = &header(&scene, scene.fresh)->stamp, was = *stamp;

    for (arena_ref wrong = 2; wrong < 2 * CLOCK_END - 2; wrong++) {
        *stamp = wrong;
        CHECK((arena_check(&scene.arena) == ARENA_OK) == (wrong == was));
        if (wrong == 40)
            wrong = (arena_ref)(2 * CLOCK_END - 20);
    }
}

TEST(wrong_figures_are_noticed)
{
    SCENE(scene);

    CHECK(is_noticed(&scene, &scene.arena.top));
    CHECK(is_noticed(&scene, &scene.arena.used));
    CHECK(is_noticed(&scene, &scene.arena.blocks));
    CHECK(is_noticed(&scene, &scene.arena.shared));
    CHECK(is_noticed(&scene, &scene.arena.pending));
    CHECK(is_noticed(&scene, &scene.arena.pending_blocks));
    CHECK(is_noticed(&scene, &scene.arena.pending_bytes));
    scene.arena.holds++;
    CHECK(arena_check(&scene.arena) == ARENA_ECORRUPT);
    scene.arena.holds -= 2;
    CHECK(arena_check(&scene.arena) == ARENA_ECORRUPT);
}

TEST(wrong_records_are_noticed)
{
    SCENE(scene);

    CHECK(is_noticed(&scene, &scene.epochs[1].clock));
    CHECK(is_noticed(&scene, &scene.epochs[0].retired));
    CHECK(is_noticed(&scene, &scene.epochs[0].retired_blocks));
    CHECK(is_noticed(&scene, &scene.epochs[1].retired_blocks));
    CHECK(is_noticed(&scene, &scene.epochs[0].retired_bytes));
    CHECK(is_noticed(&scene, &scene.epochs[1].retired_bytes));

    scene.epochs[0].arena = NULL;
    CHECK(arena_check(&scene.arena) == ARENA_ECORRUPT);
    scene.epochs[0].arena = &scene.arena;
    scene.epochs[0].newer = NULL;
    CHECK(arena_check(&scene.arena) == ARENA_ECORRUPT);
    scene.epochs[0].newer = &scene.epochs[1];
    scene.epochs[1].older = NULL;
    CHECK(arena_check(&scene.arena) == ARENA_ECORRUPT);
    scene.epochs[1].older = &scene.epochs[0];
    scene.epochs[1].era++;
    CHECK(arena_check(&scene.arena) == ARENA_ECORRUPT);
}

TEST(a_list_of_retired_blocks_that_leads_to_others_is_noticed)
{
    SCENE(scene);
    arena_ref *const heads[2] = { &scene.epochs[0].retired,
                                  &scene.arena.pending };
    const arena_ref others[5] = { 0, scene.plain, scene.free, scene.fresh,
                                  scene.shared };

    for (unsigned i = 0; i < 2; i++) {
        arena_ref was = *heads[i];

        for (unsigned j = 0; j < 5; j++) {
            *heads[i] = others[j];
            CHECK(arena_check(&scene.arena) == ARENA_ECORRUPT);
        }
        *heads[i] = was;
    }
    CHECK(arena_check(&scene.arena) == ARENA_OK);
}

TEST(damage_to_the_free_lists_is_noticed)
{
    SCENE(scene);
    const struct arena *arena = &scene.arena;
    uint32_t *bitmap = (uint32_t *)(void *)arena->base;
    arena_ref *bins = (arena_ref *)(void *)(arena->base + arena->bins);
    size_t words = arena->classes / 32;

    for (size_t i = 0; i < 32 * words; i++) {
        bitmap[i / 32] ^= (uint32_t)1 << i % 32;
        CHECK(arena_check(arena) == ARENA_ECORRUPT);
        bitmap[i / 32] ^= (uint32_t)1 << i % 32;
    }
    for (unsigned i = 0; i < arena->classes; i++)
        CHECK(is_noticed(&scene, &bins[i]));
}

TESTS = {
    RUN(a_wrong_size_is_noticed_in_every_block),
    RUN(wrong_links_are_noticed),
    RUN(a_block_of_another_kind_is_noticed),
    RUN(a_birth_out_of_its_epoch_is_noticed),
    RUN(wrong_figures_are_noticed),
    RUN(wrong_records_are_noticed),
    RUN(a_list_of_retired_blocks_that_leads_to_others_is_noticed),
    RUN(damage_to_the_free_lists_is_noticed),
    TESTS_END,
};

#endif
