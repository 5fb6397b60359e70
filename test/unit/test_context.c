/* Contexts, the first things first: fits 2 KB of RAM. What CPython's tests
   test is in test_context_cpython.c. */
#include "context_test.h"

enum { ROOM = 300 + 60 * sizeof(void *) };

static const struct context_var level = CONTEXT_VAR_DEFAULT(0, "level", 3);
static const struct context_var user = CONTEXT_VAR(1, "user");

CONTEXT_DEFINE(level, int);
CONTEXT_DEFINE(user, const char *);

TEST(get_takes_the_value_else_the_argument_else_the_default)
{
    SETTING(now, ROOM);
    const uintptr_t otherwise = 8;
    uintptr_t value = 0;

    CHECK(is_none(&now, &user));
    CHECK(is_default(&now, &level, 3));
    CHECK(context_get(&now.thread, &level, &otherwise, &value) ==
          CONTEXT_OTHERWISE);
    CHECK(value == 8);

    CHECK(context_set(&now.thread, &level, 5, NULL) == ARENA_OK);
    CHECK(context_get(&now.thread, &level, &otherwise, &value) ==
          CONTEXT_VALUE);
    CHECK(value == 5);
    CHECK(ends_empty(&now));
}

TEST(values_may_be_any_word)
{
    SETTING(now, ROOM);
    static const uintptr_t words[] = { 0, 1, UINTPTR_MAX, UINTPTR_MAX / 2 };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        CHECK(context_set(&now.thread, &user, words[i], NULL) == ARENA_OK);
        CHECK(is_set_to(&now, &user, words[i]));
    }
    CHECK(ends_empty(&now));
}

TEST(typed_wrappers_need_no_casts)
{
    SETTING(now, ROOM);
    const char *name = "";
    struct context_token token;
    int value = 0;

    CHECK(user_get(&now.thread, &name) == CONTEXT_NONE);
    CHECK(level_get_or(&now.thread, -9) == -9);
    CHECK(level_set(&now.thread, -1, &token) == ARENA_OK);
    CHECK(user_set(&now.thread, "ann", NULL) == ARENA_OK);

    CHECK(level_get(&now.thread, &value) == CONTEXT_VALUE && value == -1);
    CHECK(user_get(&now.thread, &name) == CONTEXT_VALUE && name[1] == 'n');
    CHECK(level_get_or(&now.thread, -9) == -1);
    CHECK(level_find(context_current(&now.thread), &value) == 1);
    CHECK(level_reset(&now.thread, &token) == ARENA_OK);
    CHECK(level_find(context_current(&now.thread), &value) == 0);
    CHECK(level_get(&now.thread, &value) == CONTEXT_DEFAULT && value == 3);
    CHECK(ends_empty(&now));
}

TEST(variables_with_one_id_and_name_are_two_variables)
{
    SETTING(now, ROOM);
    static const struct context_var twin = CONTEXT_VAR(1, "user");
    static const struct context_var other = CONTEXT_VAR(1, "user");

    CHECK(context_set(&now.thread, &user, 1, NULL) == ARENA_OK);
    CHECK(is_none(&now, &twin));
    CHECK(context_set(&now.thread, &twin, 2, NULL) == ARENA_OK);
    CHECK(context_set(&now.thread, &other, 3, NULL) == ARENA_OK);

    CHECK(is_set_to(&now, &user, 1));
    CHECK(is_set_to(&now, &twin, 2));
    CHECK(is_set_to(&now, &other, 3));
    CHECK(context_count(context_current(&now.thread)) == 3);
    CHECK(ends_empty(&now));
}

TEST(a_copy_takes_no_byte_and_outlives_what_it_came_from)
{
    SETTING(now, ROOM);
    CONTEXT(parent, now);
    struct context child;
    size_t before;

    CHECK(context_enter(&now.thread, &parent) == ARENA_OK);
    CHECK(context_set(&now.thread, &user, 4, NULL) == ARENA_OK);
    before = used_of(&now.arena);
    CHECK(context_copy_current(&now.thread, &child) == ARENA_OK);
    CHECK(used_of(&now.arena) == before);

    CHECK(context_release(&parent) == ARENA_EENTERED);
    CHECK(context_exit(&now.thread, &parent) == ARENA_OK);
    CHECK(context_release(&parent) == ARENA_OK);
    CHECK(has(&child, &user, 4));
    CHECK(context_release(&child) == ARENA_OK);
    CHECK(ends_empty(&now));
}

/* Is a thread as it was? Field by field, as padding may differ. */
static bool is_thread(const struct context_thread *a,
                      const struct context_thread *b)
{
    EXPECT(a->current == b->current && a->version == b->version);
    EXPECT(a->watching == b->watching && a->report == b->report);
    EXPECT(a->base.map.root == b->base.map.root);
    EXPECT(a->base.previous == b->base.previous);
    EXPECT(a->base.entered == b->base.entered);
    for (int i = 0; i < CONTEXT_CACHE; i++) {
        EXPECT(a->cache[i].var == b->cache[i].var);
        EXPECT(a->cache[i].value == b->cache[i].value);
        EXPECT(a->cache[i].version == b->cache[i].version);
    }
    return true;
}

static bool is_token(const struct context_token *a,
                     const struct context_token *b)
{
    return a->var == b->var && a->context == b->context && a->old == b->old &&
           a->was_set == b->was_set && a->used == b->used;
}

TEST(misuse_has_codes_and_changes_nothing)
{
    SETTING(now, ROOM);
    CONTEXT(a, now);
    CONTEXT(b, now);
    struct context_thread before;
    struct context_token token, kept;

    CHECK(context_enter(&now.thread, &a) == ARENA_OK);
    CHECK(context_set(&now.thread, &user, 1, &token) == ARENA_OK);
    kept = token;
    CHECK(context_enter(&now.thread, &b) == ARENA_OK);
    before = now.thread;

    CHECK(context_enter(&now.thread, &a) == ARENA_EENTERED);
    CHECK(context_enter(&now.thread, &b) == ARENA_EENTERED);
    CHECK(context_exit(&now.thread, &a) == ARENA_ECURRENT);
    CHECK(context_reset(&now.thread, &level, &token) == ARENA_EVARIABLE);
    CHECK(context_reset(&now.thread, &user, &token) == ARENA_ECONTEXT);
    CHECK(context_thread_release(&now.thread) == ARENA_EENTERED);
    CHECK(is_thread(&before, &now.thread));
    CHECK(is_token(&kept, &token));

    CHECK(context_exit(&now.thread, &b) == ARENA_OK);
    CHECK(context_exit(&now.thread, &b) == ARENA_EOUTSIDE);
    CHECK(context_reset(&now.thread, &user, &token) == ARENA_OK);
    CHECK(context_reset(&now.thread, &user, &token) == ARENA_EUSED);
    CHECK(context_exit(&now.thread, &a) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TEST(the_order_of_iteration_is_the_ids)
{
    SETTING(now, ROOM);
    static const struct context_var ids[] = {
        CONTEXT_VAR(7, ""),
        CONTEXT_VAR(0, ""),
        CONTEXT_VAR(31, ""),
        CONTEXT_VAR(2, ""),
    };
    static const unsigned char order[] = { 1, 3, 0, 2 };
    const struct context_var *var;
    struct context_iter iter;
    uintptr_t value;
    int i;

    for (i = 0; i < 4; i++)
        CHECK(context_set(&now.thread, &ids[i], (uintptr_t)ids[i].id, NULL) ==
              ARENA_OK);

    CHECK(context_iter_init(&iter, context_current(&now.thread)) == ARENA_OK);
    for (i = 0; context_iter_next(&iter, &var, &value); i++)
        CHECK(i < 4 && var == &ids[order[i]] && value == var->id);
    CHECK(i == 4);
    CHECK(context_iter_next(&iter, &var, &value) == 0);

    CHECK(context_iter_init(&iter, context_current(&now.thread)) == ARENA_OK);
    for (i = 0; context_iter_next(&iter, NULL, NULL); i++)
        CHECK(i < 4);
    CHECK(i == 4);
    CHECK(ends_empty(&now));
}

TEST(what_is_set_while_iterating_is_not_met)
{
    SETTING(now, ROOM);
    const struct context_var *var;
    struct context_iter iter;
    uintptr_t value;
    size_t before;

    CHECK(context_set(&now.thread, &user, 1, NULL) == ARENA_OK);
    before = used_of(&now.arena);
    CHECK(context_iter_init(&iter, context_current(&now.thread)) == ARENA_OK);
    CHECK(context_set(&now.thread, &user, 2, NULL) == ARENA_OK);
    CHECK(context_set(&now.thread, &level, 3, NULL) == ARENA_OK);

    CHECK(context_iter_next(&iter, &var, &value) == 1);
    CHECK(var == &user && value == 1);
    CHECK(used_of(&now.arena) > before);
    context_iter_end(&iter);
    CHECK(context_iter_next(&iter, &var, &value) == 0);
    context_iter_end(&iter);
    CHECK(is_set_to(&now, &user, 2));
    CHECK(ends_empty(&now));
}

TESTS = {
    RUN(get_takes_the_value_else_the_argument_else_the_default),
    RUN(values_may_be_any_word),
    RUN(typed_wrappers_need_no_casts),
    RUN(variables_with_one_id_and_name_are_two_variables),
    RUN(a_copy_takes_no_byte_and_outlives_what_it_came_from),
    RUN(misuse_has_codes_and_changes_nothing),
    RUN(the_order_of_iteration_is_the_ids),
    RUN(what_is_set_while_iterating_is_not_met),
    TESTS_END,
};
