/* CPython's ContextTest (Lib/test/test_context.py), contexts and running in
   them: each test begins with the name of the one that it stands for.
   docs/cpython.md has the table. */
#include "context_test.h"

enum { ROOM = 200 + 50 * sizeof(void *) };

enum { SPAM = 1001 };

static const struct context_var var = CONTEXT_VAR(0, "var");
static const struct context_var zero = CONTEXT_VAR_DEFAULT(1, "zero", 0);

TEST(var_new_1_a_variable_is_its_address_and_keeps_its_name)
{
    SETTING(now, ROOM);
    static const struct context_var twin = CONTEXT_VAR(0, "var");

    CHECK(var.name[0] == 'v' && var.name[3] == '\0');
    CHECK(!var.has_default && zero.has_default && zero.value == 0);

    CHECK(context_set(&now.thread, &var, 1, NULL) == ARENA_OK);
    CHECK(is_none(&now, &twin));
    CHECK(ends_empty(&now));
}

TEST(new_1_a_context_needs_an_arena_and_begins_empty)
{
    SETTING(now, ROOM);
    struct context context;

    CHECK(context_init(&context, NULL) == ARENA_EINVAL);
    CHECK(context_init(NULL, &now.arena) == ARENA_EINVAL);
    CHECK(context_init(&context, &now.arena) == ARENA_OK);
    CHECK(context_count(&context) == 0);
    CHECK(ends_empty(&now));
}

TEST(typerrors_1_no_variable_is_no_key)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    uintptr_t value = 0;

    CHECK(context_find(&context, NULL, &value) == ARENA_EINVAL);
    CHECK(context_contains(&context, NULL) == ARENA_EINVAL);
    CHECK(context_get(&now.thread, NULL, NULL, &value) == ARENA_EINVAL);
    CHECK(context_set(&now.thread, NULL, 1, NULL) == ARENA_EINVAL);
    CHECK(ends_empty(&now));
}

TEST(get_context_1_the_current_context_can_be_copied_from_the_start)
{
    SETTING(now, ROOM);
    struct context copy;

    CHECK(context_current(&now.thread) == NULL);
    CHECK(context_copy_current(&now.thread, &copy) == ARENA_OK);
    CHECK(context_count(&copy) == 0);
    CHECK(context_current(&now.thread) != NULL);
    CHECK(now.thread.version == 0);
    CHECK(ends_empty(&now));
}

TEST(run_1_running_needs_a_function)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);

    CHECK(context_run(&now.thread, &context, NULL, NULL) == ARENA_EINVAL);
    CHECK(context_current(&now.thread) == NULL);
    CHECK(now.thread.version == 0);
    CHECK(ends_empty(&now));
}

static int give_result(void *user, struct context_thread *thread)
{
    struct job *job = user;

    job->calls += thread == &job->now->thread;
    return job->result;
}

TEST(run_2_the_function_gets_its_argument_and_its_result_comes_back)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    struct job job = { &now, &context, NULL, 0, 17 };

    CHECK(run(&job, &context, give_result) == 17);
    CHECK(job.calls == 1);
    CHECK(ends_empty(&now));
}

TEST(run_3_the_error_of_the_function_comes_back)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    struct job job = { &now, &context, NULL, 0, ARENA_EUSER - 5 };

    CHECK(run(&job, &context, give_result) == ARENA_EUSER - 5);
    CHECK(job.calls == 1 && !context.entered);
    CHECK(ends_empty(&now));
}

static int see_nothing(void *user, struct context_thread *thread)
{
    struct job *job = user;

    (void)thread;
    return is_none(job->now, &var);
}

static int set_spam_and_copy(void *user, struct context_thread *thread)
{
    struct job *job = user;
    struct context inner;
    bool right = is_none(job->now, &var) && set(job, &var, SPAM) &&
                 context_init(&inner, &job->now->arena) == ARENA_OK &&
                 run(job, &inner, see_nothing) == 1 &&
                 is_set_to(job->now, &var, SPAM);

    return right && context_copy_current(thread, job->second) == ARENA_OK &&
           context_count(job->second) == 1 && has(job->second, &var, SPAM);
}

TEST(run_4_nested_contexts_are_apart_and_a_copy_is_equal)
{
    SETTING(now, ROOM);
    CONTEXT(first, now);
    struct context copy;
    struct job job = { &now, &first, &copy, 0, 0 };

    CHECK(run(&job, &first, set_spam_and_copy) == 1);

    CHECK(context_equal(&first, &copy) == 1);
    CHECK(has(&copy, &var, SPAM));
    CHECK(context_contains(&copy, &var) == 1);
    CHECK(context_release(&first) == ARENA_OK);
    CHECK(context_release(&copy) == ARENA_OK);
    CHECK(ends_empty(&now));
}

static int set_spam_and_fail(void *user, struct context_thread *thread)
{
    struct job *job = user;

    (void)thread;
    return is_none(job->now, &var) && set(job, &var, SPAM) ? ARENA_EUSER : 0;
}

TEST(run_5_a_function_that_fails_leaves_its_context)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    struct job job = { &now, &context, NULL, 0, 0 };

    CHECK(run(&job, &context, set_spam_and_fail) == ARENA_EUSER);
    CHECK(is_none(&now, &var));
    CHECK(has(&context, &var, SPAM));
    CHECK(context_release(&context) == ARENA_OK);
    CHECK(ends_empty(&now));
}

static int set_over_default(void *user, struct context_thread *thread)
{
    struct job *job = user;

    (void)thread;
    return is_default(job->now, &zero, 0) &&
           context_contains(job->context, &zero) == 0 && set(job, &zero, 42) &&
           is_set_to(job->now, &zero, 42) && has(job->context, &zero, 42);
}

TEST(run_6_a_default_is_not_in_the_context)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    struct job job = { &now, &context, NULL, 0, 0 };

    CHECK(run(&job, &context, set_over_default) == 1);
    CHECK(context_release(&context) == ARENA_OK);
    CHECK(ends_empty(&now));
}

static int enter_again(void *user, struct context_thread *thread)
{
    struct job *job = user;

    job->calls++;
    return context_run(thread, job->context, enter_again, user);
}

TEST(run_7_a_context_is_entered_only_once)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    struct job job = { &now, &context, NULL, 0, 0 };

    CHECK(run(&job, &context, enter_again) == ARENA_EENTERED);
    CHECK(job.calls == 1);
    CHECK(context_current(&now.thread) == NULL);
    CHECK(ends_empty(&now));
}

TEST(threads_1_each_thread_has_its_own_values)
{
    SETTING(now, ROOM);
    struct context_thread second;
    struct context_thread *const threads[2] = { &now.thread, &second };
    uintptr_t value = 0;

    CHECK(context_thread_init(&second, &now.arena, NULL) == ARENA_OK);
    for (uintptr_t step = 0; step < 8; step++) {
        CHECK(context_set(threads[step % 2], &var, step, NULL) == ARENA_OK);
        if (step == 0)
            continue;
        CHECK(context_get(threads[(step - 1) % 2], &var, NULL, &value) ==
              CONTEXT_VALUE);
        CHECK(value == step - 1);
    }
    CHECK(context_thread_release(&second) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TESTS = {
    RUN(var_new_1_a_variable_is_its_address_and_keeps_its_name),
    RUN(new_1_a_context_needs_an_arena_and_begins_empty),
    RUN(typerrors_1_no_variable_is_no_key),
    RUN(get_context_1_the_current_context_can_be_copied_from_the_start),
    RUN(run_1_running_needs_a_function),
    RUN(run_2_the_function_gets_its_argument_and_its_result_comes_back),
    RUN(run_3_the_error_of_the_function_comes_back),
    RUN(run_4_nested_contexts_are_apart_and_a_copy_is_equal),
    RUN(run_5_a_function_that_fails_leaves_its_context),
    RUN(run_6_a_default_is_not_in_the_context),
    RUN(run_7_a_context_is_entered_only_once),
    RUN(threads_1_each_thread_has_its_own_values),
    TESTS_END,
};
