/* Contexts of many variables, and many copies of one. */
#include "context_test.h"

enum { ROOM = 300 + 60 * sizeof(void *) };

static const struct context_var var = CONTEXT_VAR(0, "var");
static const struct context_var other = CONTEXT_VAR(1, "other");

/* ---- Variables ------------------------------------------------------- */

/* Most count from 0; the last share their low 25 bits, and some an id. */
static void number(struct context_var *vars, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        vars[i].id = i < count - count / 8 ? i : (i % 20) << 25;
        vars[i].name = "";
        vars[i].has_default = 0;
    }
}

/* Have the variables values that count from first, one by one? */
static bool are_set(struct setting *now, const struct context_var *vars,
                    uint32_t count, uint32_t first)
{
    for (uint32_t i = 0; i < count; i++)
        EXPECT(is_set_to(now, &vars[i], (uintptr_t)(first + i)));
    EXPECT(context_count(context_current(&now->thread)) == count);
    EXPECT(context_check(&now->thread) == ARENA_OK);
    return true;
}

/* Set all; in a copy set all again; and then undo that one by one. */
static bool fill(struct setting *now, const struct context_var *vars,
                 struct context_token *tokens, uint32_t count)
{
    struct context copy;

    for (uint32_t i = 0; i < count; i++)
        EXPECT(context_set(&now->thread, &vars[i], (uintptr_t)i, &tokens[i]) ==
               ARENA_OK);
    EXPECT(are_set(now, vars, count, 0));
    EXPECT(context_copy_current(&now->thread, &copy) == ARENA_OK);
    EXPECT(context_enter(&now->thread, &copy) == ARENA_OK);
    for (uint32_t i = 0; i < count; i++)
        EXPECT(context_set(&now->thread, &vars[i], (uintptr_t)(7 + i), NULL) ==
               ARENA_OK);
    EXPECT(are_set(now, vars, count, 7));
    EXPECT(context_exit(&now->thread, &copy) == ARENA_OK);

    EXPECT(are_set(now, vars, count, 0));
    for (uint32_t i = 0; i < count; i++) {
        EXPECT(has(&copy, &vars[i], (uintptr_t)(7 + i)));
        EXPECT(context_reset(&now->thread, &vars[i], &tokens[i]) == ARENA_OK);
        EXPECT(is_none(now, &vars[i]));
    }
    EXPECT(context_release(&copy) == ARENA_OK);
    return ends_empty(now);
}

TEST(a_context_may_have_a_thousand_variables)
{
    enum { COUNT = 1000 };
    enum { VAR = sizeof var, TOKEN = sizeof(struct context_token) };
    const uint32_t room = SIZE_MAX <= 0xFFFF ? 60000u : 100000u;
    const uint32_t all = room + (uint32_t)COUNT * (VAR + TOKEN);
    struct setting now;
    struct context_token *tokens;
    struct context_var *vars;
    MEMORY(memory, SIZE_MAX <= 0xFFFF ? 0xFFC0u : (size_t)all);

    tokens = (struct context_token *)(void *)memory;
    vars = (struct context_var *)(void *)(memory + COUNT * TOKEN);
    CHECK(begin(&now, memory + COUNT * (VAR + TOKEN), (size_t)room));
    number(vars, COUNT);
    CHECK(fill(&now, vars, tokens, COUNT));
}

/* ---- Copies ---------------------------------------------------------- */

TEST(a_released_copy_is_empty_and_may_be_used_again)
{
    SETTING(now, ROOM);
    struct context copy;

    CHECK(context_set(&now.thread, &var, 1, NULL) == ARENA_OK);
    CHECK(context_copy_current(&now.thread, &copy) == ARENA_OK);
    CHECK(context_release(&copy) == ARENA_OK);
    CHECK(context_count(&copy) == 0 && context_contains(&copy, &var) == 0);
    CHECK(context_release(&copy) == ARENA_OK);
    CHECK(is_set_to(&now, &var, 1));

    CHECK(context_enter(&now.thread, &copy) == ARENA_OK);
    CHECK(context_set(&now.thread, &other, 2, NULL) == ARENA_OK);
    CHECK(context_count(&copy) == 1);
    CHECK(context_exit(&now.thread, &copy) == ARENA_OK);
    CHECK(context_release(&copy) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TEST(a_context_is_no_copy_of_itself)
{
    SETTING(now, ROOM);
    struct context context;

    CHECK(context_set(&now.thread, &var, 1, NULL) == ARENA_OK);
    CHECK(context_copy_current(&now.thread, &context) == ARENA_OK);
    CHECK(context_copy(&context, &context) == ARENA_EINVAL);
    CHECK(has(&context, &var, 1));
    CHECK(context_release(&context) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TEST(a_copy_of_an_entered_context_is_in_no_other)
{
    SETTING(now, ROOM);
    CONTEXT(outer, now);
    CONTEXT(inner, now);
    struct context_thread started;

    CHECK(context_enter(&now.thread, &outer) == ARENA_OK);
    CHECK(context_enter(&now.thread, &inner) == ARENA_OK);
    for (int i = 0; i < 2; i++) {
        CHECK(context_thread_init(&started, &now.arena, &now.thread) ==
              ARENA_OK);
        CHECK(context_current(&started) == &started.base);
        CHECK(started.base.previous == NULL && !started.base.entered);
        CHECK(context_check(&started) == ARENA_OK);
        CHECK(context_thread_release(&started) == ARENA_OK);
        CHECK(context_set(&now.thread, &var, 1, NULL) == ARENA_OK);
    }
    CHECK(context_exit(&now.thread, &inner) == ARENA_OK);
    CHECK(context_exit(&now.thread, &outer) == ARENA_OK);
    CHECK(context_release(&inner) == ARENA_OK);
    CHECK(ends_empty(&now));
}

#if ARENA_REF_BITS == 16 /* with 32 it would take minutes to count them */
TEST(more_copies_than_can_be_counted_are_no_room)
{
    SETTING(now, ROOM);
    enum { COPIES = 777 }; /* odd, as no size or reference is */
    struct context copy, last;
    uint16_t *count;

    CHECK(context_set(&now.thread, &var, 1, NULL) == ARENA_OK);
    for (int i = 1; i < COPIES; i++)
        CHECK(context_copy_current(&now.thread, &copy) == ARENA_OK);
    count = test_find(memory, ROOM, COPIES);
    CHECK(count != NULL);
    *count = 0xFFFE;
    CHECK(context_copy_current(&now.thread, &copy) == ARENA_OK);
    CHECK(context_copy_current(&now.thread, &last) == ARENA_ENOMEM);
    CHECK(*count == 0xFFFF);

    *count = COPIES;
    for (int i = 1; i < COPIES; i++) {
        last = copy;
        CHECK(context_release(&last) == ARENA_OK);
    }
    CHECK(is_set_to(&now, &var, 1));
    CHECK(ends_empty(&now));
}
#endif

TESTS = {
    RUN(a_context_may_have_a_thousand_variables),
    RUN(a_released_copy_is_empty_and_may_be_used_again),
    RUN(a_context_is_no_copy_of_itself),
    RUN(a_copy_of_an_entered_context_is_in_no_other),
#if ARENA_REF_BITS == 16
    RUN(more_copies_than_can_be_counted_are_no_room),
#endif
    TESTS_END,
};
