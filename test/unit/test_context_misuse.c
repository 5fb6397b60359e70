/* Arguments and codes. */
#include "context_test.h"

enum { ROOM = 300 + 60 * sizeof(void *) };

static const struct context_var var = CONTEXT_VAR(0, "var");

TEST(null_is_an_error_in_every_call)
{
    struct context context;
    struct context_token token;
    struct context_iter iter;
    uintptr_t value = 0;
    SETTING(now, ROOM);

    CHECK(context_init(&context, &now.arena) == ARENA_OK);
    CHECK(context_thread_release(NULL) == ARENA_EINVAL);
    CHECK(context_current(NULL) == NULL);
    CHECK(context_copy(NULL, &context) == ARENA_EINVAL);
    CHECK(context_copy(&context, NULL) == ARENA_EINVAL);
    CHECK(context_copy(&context, &context) == ARENA_EINVAL);
    CHECK(context_copy_current(NULL, &context) == ARENA_EINVAL);
    CHECK(context_copy_current(&now.thread, NULL) == ARENA_EINVAL);
    CHECK(context_current(&now.thread) == NULL);
    CHECK(context_release(NULL) == ARENA_EINVAL);
    CHECK(context_enter(NULL, &context) == ARENA_EINVAL);
    CHECK(context_enter(&now.thread, NULL) == ARENA_EINVAL);
    CHECK(context_exit(NULL, &context) == ARENA_EINVAL);
    CHECK(context_exit(&now.thread, NULL) == ARENA_EINVAL);
    CHECK(context_get(NULL, &var, NULL, &value) == ARENA_EINVAL);
    CHECK(context_get(&now.thread, &var, NULL, NULL) == ARENA_EINVAL);
    CHECK(context_set(NULL, &var, 1, NULL) == ARENA_EINVAL);
    CHECK(context_set(&now.thread, &var, 1, &token) == ARENA_OK);
    CHECK(context_reset(NULL, &var, &token) == ARENA_EINVAL);
    CHECK(context_reset(&now.thread, NULL, &token) == ARENA_EINVAL);
    CHECK(context_reset(&now.thread, &var, NULL) == ARENA_EINVAL);
    CHECK(context_token_old(NULL, &value) == ARENA_EINVAL);
    CHECK(context_token_old(&token, NULL) == ARENA_EINVAL);
    CHECK(context_count(NULL) == 0);
    CHECK(context_find(NULL, &var, &value) == ARENA_EINVAL);
    CHECK(context_find(&context, &var, NULL) == ARENA_EINVAL);
    CHECK(context_contains(NULL, &var) == ARENA_EINVAL);
    CHECK(context_equal(NULL, &context) == ARENA_EINVAL);
    CHECK(context_iter_init(NULL, &context) == ARENA_EINVAL);
    CHECK(context_iter_init(&iter, NULL) == ARENA_EINVAL);
    CHECK(context_iter_next(NULL, NULL, NULL) == 0);
    context_iter_end(NULL);
    CHECK(context_check(NULL) == ARENA_EINVAL);
    CHECK(ends_empty(&now));
}

TEST(every_misuse_has_a_text_of_its_own)
{
    static const int codes[] = {
        ARENA_EINVAL, ARENA_EENTERED, ARENA_EOUTSIDE, ARENA_ECURRENT,
        ARENA_EUSED, ARENA_EVARIABLE, ARENA_ECONTEXT, ARENA_EFULL,
        ARENA_EWATCHER, ARENA_EUNWATCHED, -999, ARENA_EUSER, ARENA_OK
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
    TESTS_END
};
