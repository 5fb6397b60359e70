/* CPython's ContextTest (Lib/test/test_context.py), setting and resetting: each
   test begins with the name of the one that it stands for. docs/cpython.md has
   the table. */
#include "context_test.h"

enum { ROOM = 200 + 50 * sizeof(void *) };

enum { SPAM = 1001, SPAM2 = 1002 };

static const struct context_var var = CONTEXT_VAR(0, "var");
static const struct context_var other = CONTEXT_VAR(1, "other");
static const struct context_var forty = CONTEXT_VAR_DEFAULT(2, "forty", 42);

/* Set var to 42, then to SPAM, undo the second, and set it to SPAM2. */
static bool set_three_times(struct setting *now, struct context_token *first,
                            struct context_token *second)
{
    struct context_thread *thread = &now->thread;
    uintptr_t old = 7;

    EXPECT(context_set(thread, &var, 42, first) == ARENA_OK);
    EXPECT(is_set_to(now, &var, 42));
    EXPECT(context_token_old(first, &old) == 0 && old == 7);
    EXPECT(first->var == &var);
    EXPECT(context_set(thread, &var, SPAM, second) == ARENA_OK);
    EXPECT(is_set_to(now, &var, SPAM));
    EXPECT(context_token_old(second, &old) == 1 && old == 42);

    EXPECT(context_reset(thread, &var, second) == ARENA_OK);
    EXPECT(is_set_to(now, &var, 42));
    EXPECT(context_set(thread, &var, SPAM2, NULL) == ARENA_OK);
    EXPECT(context_reset(thread, &var, second) == ARENA_EUSED);
    EXPECT(is_set_to(now, &var, SPAM2));
    return true;
}

/* Has context this one variable, however it is asked? */
static bool has_only(const struct context *context, uintptr_t value)
{
    const struct context_var *key = NULL;
    struct context_iter iter;
    uintptr_t found = 0;

    EXPECT(context_contains(context, &var) == 1 && has(context, &var, value));
    EXPECT(context_count(context) == 1);
    EXPECT(context_iter_init(&iter, context) == ARENA_OK);
    EXPECT(context_iter_next(&iter, &key, &found) == 1);
    EXPECT(key == &var && found == value);
    EXPECT(context_iter_next(&iter, NULL, NULL) == 0);
    return true;
}

/* Has it nothing? */
static bool has_nothing(const struct context *context)
{
    struct context_iter iter;
    uintptr_t found = 7;

    EXPECT(context_contains(context, &var) == 0);
    EXPECT(context_find(context, &var, &found) == 0 && found == 7);
    EXPECT(context_count(context) == 0);
    EXPECT(context_iter_init(&iter, context) == ARENA_OK);
    EXPECT(context_iter_next(&iter, NULL, NULL) == 0);
    return true;
}

TEST(getset_1_sets_resets_and_copies_tell_one_story)
{
    SETTING(now, ROOM);
    const uintptr_t nothing = 9;
    struct context_token first, second;
    struct context before, after;
    uintptr_t value;

    CHECK(is_none(&now, &var));
    CHECK(context_get(&now.thread, &var, &nothing, &value) ==
          CONTEXT_OTHERWISE);
    CHECK(set_three_times(&now, &first, &second));

    CHECK(context_copy_current(&now.thread, &before) == ARENA_OK);
    CHECK(context_reset(&now.thread, &var, &first) == ARENA_OK);
    CHECK(context_reset(&now.thread, &var, &first) == ARENA_EUSED);
    CHECK(is_none(&now, &var));
    CHECK(context_copy_current(&now.thread, &after) == ARENA_OK);

    CHECK(has_only(&before, SPAM2));
    CHECK(has_nothing(&after));
    CHECK(context_release(&before) == ARENA_OK);
    CHECK(context_release(&after) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TEST(getset_2_a_token_is_not_good_for_another_variable)
{
    SETTING(now, ROOM);
    struct context_token token;

    CHECK(context_set(&now.thread, &var, 42, &token) == ARENA_OK);
    CHECK(context_reset(&now.thread, &other, &token) == ARENA_EVARIABLE);
    CHECK(is_set_to(&now, &var, 42));
    CHECK(context_reset(&now.thread, &var, &token) == ARENA_OK);
    CHECK(ends_empty(&now));
}

static int set_and_reset_default(void *user, struct context_thread *thread)
{
    struct job *job = user;
    struct context_token token;

    EXPECT(is_default(job->now, &forty, 42));
    EXPECT(context_contains(job->context, &forty) == 0);
    EXPECT(context_count(job->context) == 0);
    EXPECT(context_set(thread, &forty, 1, &token) == ARENA_OK);
    EXPECT(context_count(job->context) == 1);
    EXPECT(has(job->context, &forty, 1));
    EXPECT(context_reset(thread, &forty, &token) == ARENA_OK);
    EXPECT(context_count(job->context) == 0);
    EXPECT(context_contains(job->context, &forty) == 0);
    EXPECT(is_default(job->now, &forty, 42));
    return 1;
}

TEST(getset_3_a_default_is_not_in_the_mapping_before_or_after)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    struct job job = { &now, &context, NULL, 0, 0 };

    CHECK(run(&job, &context, set_and_reset_default) == 1);
    CHECK(ends_empty(&now));
}

TEST(getset_4_a_token_is_not_good_in_another_context)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    struct context equal;
    struct context_token token;

    CHECK(context_enter(&now.thread, &context) == ARENA_OK);
    CHECK(context_set(&now.thread, &forty, 1, &token) == ARENA_OK);
    CHECK(context_exit(&now.thread, &context) == ARENA_OK);
    CHECK(context_reset(&now.thread, &forty, &token) == ARENA_ECONTEXT);

    CHECK(context_copy(&context, &equal) == ARENA_OK);
    CHECK(context_enter(&now.thread, &equal) == ARENA_OK);
    CHECK(context_reset(&now.thread, &forty, &token) == ARENA_ECONTEXT);
    CHECK(context_exit(&now.thread, &equal) == ARENA_OK);
    CHECK(context_release(&equal) == ARENA_OK);

    CHECK(context_enter(&now.thread, &context) == ARENA_OK);
    CHECK(context_reset(&now.thread, &forty, &token) == ARENA_OK);
    CHECK(context_exit(&now.thread, &context) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TEST(getset_5_a_set_inside_a_copy_does_not_reach_the_outer_context)
{
    SETTING(now, ROOM);
    uintptr_t outer_list = 0, inner_list = 0, value = 0;
    struct context copy;

    CHECK(context_set(&now.thread, &forty, (uintptr_t)&outer_list, NULL) ==
          ARENA_OK);
    CHECK(context_copy_current(&now.thread, &copy) == ARENA_OK);
    CHECK(context_enter(&now.thread, &copy) == ARENA_OK);
    CHECK(context_set(&now.thread, &forty, (uintptr_t)&inner_list, NULL) ==
          ARENA_OK);
    CHECK(context_get(&now.thread, &forty, NULL, &value) == CONTEXT_VALUE);
    *(uintptr_t *)value = 42;
    CHECK(context_exit(&now.thread, &copy) == ARENA_OK);

    CHECK(is_set_to(&now, &forty, (uintptr_t)&outer_list));
    CHECK(outer_list == 0 && inner_list == 42);
    CHECK(context_release(&copy) == ARENA_OK);
    CHECK(ends_empty(&now));
}

static int set_30(void *user, struct context_thread *thread)
{
    struct job *job = user;

    (void)thread;
    return is_set_to(job->now, &forty, 10) && set(job, &forty, 30) &&
           is_set_to(job->now, &forty, 30);
}

static int copy_and_run(void *user, struct context_thread *thread)
{
    struct job *job = user;

    EXPECT(set(job, &forty, 10));
    EXPECT(context_copy_current(thread, job->second) == ARENA_OK);
    EXPECT(has(job->second, &forty, 10));
    EXPECT(set(job, &forty, 20));
    EXPECT(has(job->context, &forty, 20) && has(job->second, &forty, 10));
    EXPECT(run(job, job->second, set_30) == 1);
    EXPECT(has(job->context, &forty, 20) && has(job->second, &forty, 30));
    return 1;
}

TEST(copy_1_a_context_and_its_copy_go_apart)
{
    SETTING(now, ROOM);
    CONTEXT(first, now);
    struct context second;
    struct job job = { &now, &first, &second, 0, 0 };

    CHECK(run(&job, &first, copy_and_run) == 1);
    CHECK(context_release(&second) == ARENA_OK);
    CHECK(context_release(&first) == ARENA_OK);
    CHECK(ends_empty(&now));
}

/* 3.14: Context is a Mapping. */
TEST(isinstance_a_context_has_the_calls_of_a_mapping)
{
    SETTING(now, ROOM);
    CONTEXT(empty, now);

    CHECK(has_nothing(&empty));
    CHECK(context_set(&now.thread, &var, 5, NULL) == ARENA_OK);
    CHECK(has_only(context_current(&now.thread), 5));
    CHECK(context_equal(&empty, context_current(&now.thread)) == 0);
    CHECK(context_equal(&empty, &empty) == 1);
    CHECK(context_equal(&empty, NULL) == ARENA_EINVAL);
    CHECK(ends_empty(&now));
}

TESTS = {
    RUN(getset_1_sets_resets_and_copies_tell_one_story),
    RUN(getset_2_a_token_is_not_good_for_another_variable),
    RUN(getset_3_a_default_is_not_in_the_mapping_before_or_after),
    RUN(getset_4_a_token_is_not_good_in_another_context),
    RUN(getset_5_a_set_inside_a_copy_does_not_reach_the_outer_context),
    RUN(copy_1_a_context_and_its_copy_go_apart),
    RUN(isinstance_a_context_has_the_calls_of_a_mapping),
    TESTS_END,
};
