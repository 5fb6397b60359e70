/* Python 3.14's additions to contexts: threads that inherit, and tokens as
   scopes. Each test begins with the name of CPython's (Lib/test/
   test_context.py); docs/cpython.md has the table. */
#include "context_test.h"

enum { ROOM = 200 + 50 * sizeof(void *) };

static const struct context_var var = CONTEXT_VAR(0, "var");
static const struct context_var forty = CONTEXT_VAR_DEFAULT(1, "forty", 42);

/* ---- Threads that inherit -------------------------------------------- */

TEST(thread_inherit_flag_a_started_thread_has_a_copy_of_its_starters)
{
    SETTING(now, ROOM);
    struct context_thread started;
    uintptr_t value = 0;

    CHECK(context_set(&now.thread, &var, 1, NULL) == ARENA_OK);
    CHECK(context_thread_init(&started, &now.arena, &now.thread) == ARENA_OK);
    CHECK(started.version == 0);
    CHECK(context_get(&started, &var, NULL, &value) == CONTEXT_VALUE);
    CHECK(value == 1);

    CHECK(context_set(&started, &var, 2, NULL) == ARENA_OK);
    CHECK(is_set_to(&now, &var, 1));
    CHECK(context_thread_release(&started) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TEST(thread_inherit_none_a_started_thread_has_an_empty_context)
{
    SETTING(now, ROOM);
    struct context_thread started;
    uintptr_t value = 7;

    CHECK(context_set(&now.thread, &var, 1, NULL) == ARENA_OK);
    CHECK(context_thread_init(&started, &now.arena, NULL) == ARENA_OK);
    CHECK(context_get(&started, &var, NULL, &value) == CONTEXT_NONE);
    CHECK(value == 7);
    CHECK(context_thread_release(&started) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TEST(thread_inherit_explicit_a_started_thread_is_run_in_the_context_given)
{
    SETTING(now, ROOM);
    struct context_thread started;
    struct context context;
    uintptr_t value = 0;

    CHECK(context_copy_current(&now.thread, &context) == ARENA_OK);
    CHECK(context_thread_init(&started, &now.arena, NULL) == ARENA_OK);
    CHECK(context_enter(&started, &context) == ARENA_OK);
    CHECK(context_set(&started, &var, 5, NULL) == ARENA_OK);
    CHECK(context_enter(&now.thread, &context) == ARENA_EENTERED);
    CHECK(context_exit(&now.thread, &context) == ARENA_ECURRENT);
    CHECK(context_exit(&started, &context) == ARENA_OK);
    CHECK(context_get(&started, &var, NULL, &value) == CONTEXT_NONE);
    CHECK(context_thread_release(&started) == ARENA_OK);

    CHECK(has(&context, &var, 5));
    CHECK(context_release(&context) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TEST(thread_inherit_empty_in_no_context_there_is_nothing_to_inherit)
{
    SETTING(now, ROOM);
    struct context_thread started;

    CHECK(context_thread_init(&started, &now.arena, &now.thread) == ARENA_OK);
    CHECK(context_current(&started) == NULL);
    CHECK(context_thread_init(&now.thread, &now.arena, &now.thread) ==
          ARENA_EINVAL);
    CHECK(context_thread_init(&started, NULL, NULL) == ARENA_EINVAL);
    CHECK(context_thread_init(NULL, &now.arena, NULL) == ARENA_EINVAL);
    CHECK(context_thread_init(NULL, &now.arena, &now.thread) == ARENA_EINVAL);
    CHECK(context_thread_release(&started) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TEST(a_thread_with_its_own_arena_inherits_by_copying)
{
    struct setting now, own;
    MEMORY(memory, 2 * ROOM);

    CHECK(begin(&now, memory, ROOM) && begin(&own, memory + ROOM, ROOM));
    CHECK(context_set(&now.thread, &var, 1, NULL) == ARENA_OK);
    CHECK(context_thread_init(&own.thread, &own.arena, &now.thread) ==
          ARENA_OK);
    CHECK(context_set(&now.thread, &var, 2, NULL) == ARENA_OK);
    CHECK(is_set_to(&own, &var, 1));
    CHECK(context_equal(context_current(&own.thread),
                        context_current(&now.thread)) == 0);
    CHECK(ends_empty(&own));

    CHECK(arena_alloc(&own.arena, largest_of(&own.arena)) != NULL);
    CHECK(context_thread_init(&own.thread, &own.arena, &now.thread) ==
          ARENA_ENOMEM);
    CHECK(context_current(&own.thread) == NULL);
    CHECK(ends_empty(&now));
}

/* ---- Tokens as scopes ------------------------------------------------ */

TEST(token_contextmanager_with_default_the_default_is_back_after_the_scope)
{
    SETTING(now, ROOM);
    struct context_token scope;

    CHECK(context_scope_begin(&now.thread, &forty, 36, &scope) == ARENA_OK);
    CHECK(is_set_to(&now, &forty, 36));
    CHECK(context_scope_end(&now.thread, &scope) == ARENA_OK);
    CHECK(is_default(&now, &forty, 42));
    CHECK(ends_empty(&now));
}

TEST(token_contextmanager_without_default_nothing_is_there_after_the_scope)
{
    SETTING(now, ROOM);
    struct context_token scope;

    CHECK(context_scope_begin(&now.thread, &var, 36, &scope) == ARENA_OK);
    CHECK(is_set_to(&now, &var, 36));
    CHECK(context_scope_end(&now.thread, &scope) == ARENA_OK);
    CHECK(is_none(&now, &var));
    CHECK(ends_empty(&now));
}

static int fail_in_a_scope(void *user, struct context_thread *thread)
{
    struct context_token scope;
    int result = context_scope_begin(thread, &forty, 36, &scope);

    (void)user;
    if (result == ARENA_OK) {
        result = ARENA_EUSER - 1;
        if (context_scope_end(thread, &scope) < 0)
            result = ARENA_EUSER;
    }
    return result;
}

TEST(token_contextmanager_on_exception_a_failure_ends_the_scope_and_goes_on)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);

    CHECK(context_run(&now.thread, &context, fail_in_a_scope, NULL) ==
          ARENA_EUSER - 1);
    CHECK(context_count(&context) == 0);
    CHECK(ends_empty(&now));
}

TEST(token_contextmanager_reentrant_a_scope_ends_only_once)
{
    SETTING(now, ROOM);
    struct context_token scope;

    CHECK(context_scope_begin(&now.thread, &forty, 36, &scope) == ARENA_OK);
    CHECK(context_scope_end(&now.thread, &scope) == ARENA_OK);
    CHECK(context_scope_end(&now.thread, &scope) == ARENA_EUSED);
    CHECK(is_default(&now, &forty, 42));
    CHECK(context_scope_begin(&now.thread, &forty, 36, NULL) == ARENA_EINVAL);
    CHECK(context_scope_end(&now.thread, NULL) == ARENA_EINVAL);
    CHECK(context_scope_end(NULL, &scope) == ARENA_EINVAL);
    CHECK(ends_empty(&now));
}

TEST(token_contextmanager_multiple_c_set_the_end_restores_what_was_first)
{
    SETTING(now, ROOM);
    struct context_token scope;

    CHECK(context_scope_begin(&now.thread, &forty, 36, &scope) == ARENA_OK);
    CHECK(context_set(&now.thread, &forty, 24, NULL) == ARENA_OK);
    CHECK(context_set(&now.thread, &forty, 12, NULL) == ARENA_OK);
    CHECK(context_scope_end(&now.thread, &scope) == ARENA_OK);
    CHECK(is_default(&now, &forty, 42));
    CHECK(ends_empty(&now));
}

TEST(token_contextmanager_explicit_reset_the_same_token_the_end_fails)
{
    SETTING(now, ROOM);
    struct context_token scope;

    CHECK(context_scope_begin(&now.thread, &forty, 36, &scope) == ARENA_OK);
    CHECK(context_reset(&now.thread, &forty, &scope) == ARENA_OK);
    CHECK(context_scope_end(&now.thread, &scope) == ARENA_EUSED);
    CHECK(is_default(&now, &forty, 42));
    CHECK(ends_empty(&now));
}

TEST(token_contextmanager_explicit_reset_another_token_does_no_harm)
{
    SETTING(now, ROOM);
    struct context_token scope, inner;

    CHECK(context_scope_begin(&now.thread, &forty, 36, &scope) == ARENA_OK);
    CHECK(context_set(&now.thread, &forty, 24, &inner) == ARENA_OK);
    CHECK(context_reset(&now.thread, &forty, &inner) == ARENA_OK);
    CHECK(is_set_to(&now, &forty, 36));
    CHECK(context_scope_end(&now.thread, &scope) == ARENA_OK);
    CHECK(is_default(&now, &forty, 42));
    CHECK(ends_empty(&now));
}

/* ---- Tokens, otherwise ----------------------------------------------- */

TEST(token_repr_1_a_token_tells_its_variable_and_whether_it_is_used)
{
    SETTING(now, ROOM);
    struct context_token token;

    CHECK(context_set(&now.thread, &var, 1, &token) == ARENA_OK);
    CHECK(token.var == &var && !token.used);
    CHECK(context_reset(&now.thread, &var, &token) == ARENA_OK);
    CHECK(token.var == &var && token.used);
    CHECK(ends_empty(&now));
}

TEST(tokens_used_out_of_order_restore_what_each_saw)
{
    SETTING(now, ROOM);
    struct context_token first, second;

    CHECK(context_set(&now.thread, &var, 1, NULL) == ARENA_OK);
    CHECK(context_set(&now.thread, &var, 2, &first) == ARENA_OK);
    CHECK(context_set(&now.thread, &var, 3, &second) == ARENA_OK);
    CHECK(context_reset(&now.thread, &var, &first) == ARENA_OK);
    CHECK(is_set_to(&now, &var, 1));
    CHECK(context_reset(&now.thread, &var, &second) == ARENA_OK);
    CHECK(is_set_to(&now, &var, 2));
    CHECK(ends_empty(&now));
}

TEST(what_is_wrong_with_a_token_is_told_in_cpythons_order)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    struct context_token token, zero = { NULL, NULL, 0, 0, 0 }, copy;

    CHECK(context_set(&now.thread, &var, 1, &token) == ARENA_OK);
    copy = token;
    CHECK(context_enter(&now.thread, &context) == ARENA_OK);
    CHECK(context_reset(&now.thread, &forty, &zero) == ARENA_EVARIABLE);
    CHECK(context_reset(&now.thread, &forty, &token) == ARENA_EVARIABLE);
    CHECK(context_reset(&now.thread, &var, &token) == ARENA_ECONTEXT);
    CHECK(context_exit(&now.thread, &context) == ARENA_OK);
    CHECK(context_reset(&now.thread, &var, &token) == ARENA_OK);
    CHECK(context_enter(&now.thread, &context) == ARENA_OK);
    CHECK(context_reset(&now.thread, &forty, &token) == ARENA_EUSED);
    CHECK(context_exit(&now.thread, &context) == ARENA_OK);

    CHECK(context_reset(&now.thread, &var, &copy) == ARENA_EUSED);
    CHECK(ends_empty(&now));
}

TESTS = {
    RUN(thread_inherit_flag_a_started_thread_has_a_copy_of_its_starters),
    RUN(thread_inherit_none_a_started_thread_has_an_empty_context),
    RUN(thread_inherit_explicit_a_started_thread_is_run_in_the_context_given),
    RUN(thread_inherit_empty_in_no_context_there_is_nothing_to_inherit),
    RUN(a_thread_with_its_own_arena_inherits_by_copying),
    RUN(token_contextmanager_with_default_the_default_is_back_after_the_scope),
    RUN(token_contextmanager_without_default_nothing_is_there_after_the_scope),
    RUN(token_contextmanager_on_exception_a_failure_ends_the_scope_and_goes_on),
    RUN(token_contextmanager_reentrant_a_scope_ends_only_once),
    RUN(token_contextmanager_multiple_c_set_the_end_restores_what_was_first),
    RUN(token_contextmanager_explicit_reset_the_same_token_the_end_fails),
    RUN(token_contextmanager_explicit_reset_another_token_does_no_harm),
    RUN(token_repr_1_a_token_tells_its_variable_and_whether_it_is_used),
    RUN(tokens_used_out_of_order_restore_what_each_saw),
    RUN(what_is_wrong_with_a_token_is_told_in_cpythons_order),
    TESTS_END,
};
