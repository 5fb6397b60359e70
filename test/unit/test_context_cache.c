/* The cache of a thread, and the check of it. */
#include "context_test.h"

enum { ROOM = 300 + 60 * sizeof(void *) };

static const struct context_var var = CONTEXT_VAR(0, "var");
static const struct context_var rival = CONTEXT_VAR(CONTEXT_CACHE, "rival");
static const struct context_var forty = CONTEXT_VAR_DEFAULT(1, "forty", 42);

/* Write another value into the cache than the context has, to see whether it
   is asked. */
static void plant(struct setting *now, uintptr_t value)
{
    now->thread.cache[0].value = value;
}

TEST(a_variable_read_before_comes_from_the_cache)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);

    CHECK(context_set(&now.thread, &var, 1, NULL) == ARENA_OK);
    plant(&now, 2);
    CHECK(is_set_to(&now, &var, 2));
    CHECK(context_check(&now.thread) == ARENA_ECORRUPT);

    CHECK(context_enter(&now.thread, &context) == ARENA_OK);
    CHECK(is_none(&now, &var));
    CHECK(context_exit(&now.thread, &context) == ARENA_OK);
    CHECK(is_set_to(&now, &var, 1));
    plant(&now, 3);
    CHECK(is_set_to(&now, &var, 3));
    plant(&now, 1);
    CHECK(ends_empty(&now));
}

TEST(the_version_moves_on_at_enter_and_exit_and_nothing_else)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    struct context copy;
    struct context_token token;

    CHECK(context_enter(&now.thread, &context) == ARENA_OK);
    CHECK(now.thread.version == 1);
    CHECK(context_set(&now.thread, &var, 1, &token) == ARENA_OK);
    CHECK(is_set_to(&now, &var, 1));
    CHECK(context_copy_current(&now.thread, &copy) == ARENA_OK);
    CHECK(context_release(&copy) == ARENA_OK);
    CHECK(context_reset(&now.thread, &var, &token) == ARENA_OK);
    CHECK(context_enter(&now.thread, &context) == ARENA_EENTERED);
    CHECK(now.thread.version == 1);
    CHECK(context_exit(&now.thread, &context) == ARENA_OK);
    CHECK(now.thread.version == 2);
    CHECK(context_exit(&now.thread, &context) == ARENA_EOUTSIDE);
    CHECK(now.thread.version == 2);
    CHECK(ends_empty(&now));
}

TEST(after_as_many_switches_as_a_version_counts_nothing_old_is_in_the_cache)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);

    CHECK(context_set(&now.thread, &var, 1, NULL) == ARENA_OK);
    CHECK(now.thread.version == 0 && now.thread.cache[0].version == 0);
    now.thread.version = 0xFFFFFFFF;
    CHECK(context_enter(&now.thread, &context) == ARENA_OK);
    CHECK(now.thread.version == 0);
    CHECK(is_none(&now, &var));
    CHECK(context_exit(&now.thread, &context) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TEST(of_two_variables_in_one_place_the_cache_has_the_last)
{
    SETTING(now, ROOM);
    struct context_token token;

    CHECK(context_set(&now.thread, &var, 1, NULL) == ARENA_OK);
    CHECK(context_set(&now.thread, &rival, 2, &token) == ARENA_OK);
    CHECK(now.thread.cache[0].var == &rival);
    CHECK(is_set_to(&now, &var, 1));
    CHECK(now.thread.cache[0].var == &var);
    CHECK(context_reset(&now.thread, &rival, &token) == ARENA_OK);
    CHECK(now.thread.cache[0].var == &var);
    CHECK(is_set_to(&now, &var, 1) && is_none(&now, &rival));
    CHECK(ends_empty(&now));
}

TEST(only_what_a_context_has_is_in_the_cache)
{
    SETTING(now, ROOM);
    enum { AT = 1 % CONTEXT_CACHE };
    struct context_token token;

    CHECK(is_default(&now, &forty, 42));
    CHECK(now.thread.cache[AT].var == NULL);
    CHECK(context_set(&now.thread, &forty, 1, &token) == ARENA_OK);
    CHECK(now.thread.cache[AT].var == &forty);
    CHECK(context_reset(&now.thread, &forty, &token) == ARENA_OK);
    CHECK(now.thread.cache[AT].var == NULL);
    CHECK(is_default(&now, &forty, 42));
    CHECK(ends_empty(&now));
}

TEST(a_thread_that_was_released_remembers_nothing)
{
    SETTING(now, ROOM);

    CHECK(context_set(&now.thread, &var, 1, NULL) == ARENA_OK);
    CHECK(context_thread_release(&now.thread) == ARENA_OK);
    CHECK(is_none(&now, &var));
    CHECK(context_current(&now.thread) == NULL);
    CHECK(ends_empty(&now));
}

TEST(the_check_sees_what_is_wrong)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);

    CHECK(context_enter(&now.thread, &context) == ARENA_OK);
    CHECK(context_check(&now.thread) == ARENA_OK);
    context.entered = 0;
    CHECK(context_check(&now.thread) == ARENA_ECORRUPT);
    context.entered = 1;
    context.map.count = 1;
    CHECK(context_check(&now.thread) == ARENA_ECORRUPT);
    context.map.count = 0;
    now.thread.cache[0].var = &var;
    now.thread.cache[0].version = now.thread.version;
    CHECK(context_check(&now.thread) == ARENA_ECORRUPT);
    now.thread.cache[0].version--;
    CHECK(context_check(&now.thread) == ARENA_OK);
    CHECK(context_set(&now.thread, &forty, 9, NULL) == ARENA_OK);
    now.thread.cache[0] = now.thread.cache[1 % CONTEXT_CACHE];
    CHECK(context_check(&now.thread) ==
          (CONTEXT_CACHE > 1 ? ARENA_ECORRUPT : ARENA_OK));
    now.thread.cache[0].var = NULL;
    CHECK(context_exit(&now.thread, &context) == ARENA_OK);
    CHECK(context_release(&context) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TESTS = {
    RUN(a_variable_read_before_comes_from_the_cache),
    RUN(the_version_moves_on_at_enter_and_exit_and_nothing_else),
    RUN(after_as_many_switches_as_a_version_counts_nothing_old_is_in_the_cache),
    RUN(of_two_variables_in_one_place_the_cache_has_the_last),
    RUN(only_what_a_context_has_is_in_the_cache),
    RUN(a_thread_that_was_released_remembers_nothing),
    RUN(the_check_sees_what_is_wrong),
    TESTS_END,
};
