/* Pinned holds: records that others rely on. */
#include "arena_test.h"

/* An arena with three holds, and a block edited after each. */
struct scene {
    struct arena arena, before;
    struct arena_epoch epochs[3];
    void *block;
};

static bool begin(struct scene *scene, unsigned char *memory)
{
    EXPECT(make_arena(&scene->arena, memory, FEW) == ARENA_OK);
    memset(scene->epochs, 0, sizeof scene->epochs);
    scene->block = arena_new(&scene->arena, 8);
    EXPECT(scene->block != NULL);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT(arena_hold(&scene->arena, &scene->epochs[i]) == ARENA_OK);
        EXPECT(arena_edit(&scene->arena, &scene->block) == ARENA_OK);
    }
    return true;
}

/* Does a call give this result, and change nothing? */
#define REFUSED(scene, call, result)                                   \
    do {                                                               \
        memcpy(&(scene).before, &(scene).arena, sizeof(scene).before); \
        CHECK((call) == (result));                                     \
        CHECK(is_as(&(scene).arena, &(scene).before));                 \
    } while (0)

TEST(a_pinned_hold_is_not_released)
{
    struct scene scene;
    MEMORY(memory, FEW);

    CHECK(begin(&scene, memory));
    for (unsigned i = 0; i < 3; i++) {
        struct arena_epoch *epoch = &scene.epochs[i];

        CHECK(arena_pin(&scene.arena, epoch) == ARENA_OK);
        REFUSED(scene, arena_release(&scene.arena, epoch), ARENA_EBUSY);
        CHECK(arena_unpin(&scene.arena, epoch) == ARENA_OK);
        CHECK(arena_release(&scene.arena, epoch) == ARENA_OK);
        CHECK(arena_check(&scene.arena) == ARENA_OK);
    }
}

TEST(a_rollback_past_a_pinned_hold_is_refused)
{
    struct scene scene;
    MEMORY(memory, FEW);

    for (unsigned pinned = 0; pinned < 3; pinned++) {
        CHECK(begin(&scene, memory));
        CHECK(arena_pin(&scene.arena, &scene.epochs[pinned]) == ARENA_OK);
        for (unsigned i = 0; i < pinned; i++)
            REFUSED(scene, arena_rollback(&scene.arena, &scene.epochs[i]),
                    ARENA_EBUSY);
        for (unsigned i = 3; i-- > pinned;)
            CHECK(arena_rollback(&scene.arena, &scene.epochs[i]) == ARENA_OK);
        CHECK(arena_unpin(&scene.arena, &scene.epochs[pinned]) == ARENA_OK);
        CHECK(arena_rollback(&scene.arena, &scene.epochs[0]) == ARENA_OK);
        CHECK(arena_check(&scene.arena) == ARENA_OK);
    }
}

TEST(pins_are_counted)
{
    struct scene scene;
    struct arena_epoch *epoch = &scene.epochs[1];
    MEMORY(memory, FEW);

    CHECK(begin(&scene, memory));
    for (unsigned i = 0; i < 3; i++)
        CHECK(arena_pin(&scene.arena, epoch) == ARENA_OK);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(arena_release(&scene.arena, epoch) == ARENA_EBUSY);
        CHECK(arena_unpin(&scene.arena, epoch) == ARENA_OK);
    }
    CHECK(arena_unpin(&scene.arena, epoch) == ARENA_EINVAL);
    epoch->pins = (arena_ref)-1;
    REFUSED(scene, arena_pin(&scene.arena, epoch), ARENA_EFULL);
    CHECK(epoch->pins == (arena_ref)-1);
}

TEST(what_is_not_held_is_not_pinned)
{
    struct scene scene;
    struct arena_epoch *epoch = &scene.epochs[0];
    MEMORY(memory, FEW);

    CHECK(begin(&scene, memory));
    CHECK(arena_pin(NULL, epoch) == ARENA_EINVAL);
    CHECK(arena_pin(&scene.arena, NULL) == ARENA_EINVAL);
    CHECK(arena_unpin(NULL, epoch) == ARENA_EINVAL);
    CHECK(arena_unpin(&scene.arena, NULL) == ARENA_EINVAL);
    CHECK(arena_release(&scene.arena, epoch) == ARENA_OK);
    CHECK(arena_pin(&scene.arena, epoch) == ARENA_EINVAL);
    CHECK(arena_unpin(&scene.arena, epoch) == ARENA_EINVAL);
}

TEST(a_reset_forgets_pins)
{
    struct scene scene;
    MEMORY(memory, FEW);

    CHECK(begin(&scene, memory));
    CHECK(arena_pin(&scene.arena, &scene.epochs[1]) == ARENA_OK);
    CHECK(arena_reset(&scene.arena) == ARENA_OK);
    CHECK(arena_unpin(&scene.arena, &scene.epochs[1]) == ARENA_EINVAL);
    CHECK(arena_hold(&scene.arena, &scene.epochs[1]) == ARENA_OK);
    CHECK(arena_release(&scene.arena, &scene.epochs[1]) == ARENA_OK);
}

TESTS = { RUN(a_pinned_hold_is_not_released),
          RUN(a_rollback_past_a_pinned_hold_is_refused),
          RUN(pins_are_counted),
          RUN(what_is_not_held_is_not_pinned),
          RUN(a_reset_forgets_pins),
          TESTS_END };
