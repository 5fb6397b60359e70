/* Arguments and codes. */
#include "context_test.h"

enum { ROOM = 300 + 60 * sizeof(void *) };

static const struct context_var var = CONTEXT_VAR(0, "var");

static bool copies_and_switches_refuse_null(struct context_thread *thread,
                                            struct context *context)
{
    EXPECT(context_thread_release(NULL) == ARENA_EINVAL);
    EXPECT(context_current(NULL) == NULL);
    EXPECT(context_copy(NULL, context) == ARENA_EINVAL);
    EXPECT(context_copy(context, NULL) == ARENA_EINVAL);
    EXPECT(context_copy(context, context) == ARENA_EINVAL);
    EXPECT(context_copy_current(NULL, context) == ARENA_EINVAL);
    EXPECT(context_copy_current(thread, NULL) == ARENA_EINVAL);
    EXPECT(context_current(thread) == NULL);
    EXPECT(context_release(NULL) == ARENA_EINVAL);
    EXPECT(context_enter(NULL, context) == ARENA_EINVAL);
    EXPECT(context_enter(thread, NULL) == ARENA_EINVAL);
    EXPECT(context_exit(NULL, context) == ARENA_EINVAL);
    EXPECT(context_exit(thread, NULL) == ARENA_EINVAL);
    return true;
}

static bool values_and_tokens_refuse_null(struct context_thread *thread)
{
    struct context_token token;
    uintptr_t value = 0;

    EXPECT(context_get(NULL, &var, NULL, &value) == ARENA_EINVAL);
    EXPECT(context_get(thread, &var, NULL, NULL) == ARENA_EINVAL);
    EXPECT(context_set(NULL, &var, 1, NULL) == ARENA_EINVAL);
    EXPECT(context_set(thread, &var, 1, &token) == ARENA_OK);
    EXPECT(context_reset(NULL, &var, &token) == ARENA_EINVAL);
    EXPECT(context_reset(thread, NULL, &token) == ARENA_EINVAL);
    EXPECT(context_reset(thread, &var, NULL) == ARENA_EINVAL);
    EXPECT(context_token_old(NULL, &value) == ARENA_EINVAL);
    EXPECT(context_token_old(&token, NULL) == ARENA_EINVAL);
    return true;
}

static bool calls_that_look_refuse_null(struct context *context)
{
    struct context_iter iter;
    uintptr_t value = 0;

    EXPECT(context_count(NULL) == 0);
    EXPECT(context_find(NULL, &var, &value) == ARENA_EINVAL);
    EXPECT(context_find(context, &var, NULL) == ARENA_EINVAL);
    EXPECT(context_contains(NULL, &var) == ARENA_EINVAL);
    EXPECT(context_equal(NULL, context) == ARENA_EINVAL);
    EXPECT(context_iter_init(NULL, context) == ARENA_EINVAL);
    EXPECT(context_iter_init(&iter, NULL) == ARENA_EINVAL);
    EXPECT(context_iter_next(NULL, NULL, NULL) == 0);
    context_iter_end(NULL);
    EXPECT(context_check(NULL) == ARENA_EINVAL);
    return true;
}

TEST(null_is_an_error_in_every_call)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);

    CHECK(copies_and_switches_refuse_null(&now.thread, &context));
    CHECK(values_and_tokens_refuse_null(&now.thread));
    CHECK(calls_that_look_refuse_null(&context));
    CHECK(ends_empty(&now));
}

TEST(every_misuse_has_a_text_of_its_own)
{
    static const int codes[] = {
        ARENA_EINVAL,   ARENA_EENTERED,   ARENA_EOUTSIDE, ARENA_ECURRENT,
        ARENA_EUSED,    ARENA_EVARIABLE,  ARENA_ECONTEXT, ARENA_EFULL,
        ARENA_EWATCHER, ARENA_EUNWATCHED, -999,           ARENA_EUSER,
        ARENA_OK,
    };
    enum { COUNT = sizeof codes / sizeof codes[0] };

    for (int i = 0; i < COUNT; i++) {
        const char *text = arena_strerror(codes[i]);

        CHECK(text != NULL && text[0] != '\0');
        for (int j = 0; j < i; j++)
            CHECK(text != arena_strerror(codes[j]));
    }
}

TESTS = {
    RUN(null_is_an_error_in_every_call),
    RUN(every_misuse_has_a_text_of_its_own),
    TESTS_END,
};
