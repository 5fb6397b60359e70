/* Contexts in full arenas, and under holds. */
#include "context_test.h"

enum { ROOM = 300 + 60 * sizeof(void *) };

static const struct context_var var = CONTEXT_VAR(0, "var");
static const struct context_var forty = CONTEXT_VAR_DEFAULT(1, "forty", 42);

/* Set or reset so that it fails, and see that nothing has changed. */
static bool fails(struct setting *now, const struct context_var *which,
                  struct context_token *token, bool is_reset)
{
    struct context_token kept;
    const struct context *current = context_current(&now->thread);
    size_t before = used_of(&now->arena), count = context_count(current);
    uintptr_t was = 0, is = 0;
    int source = context_get(&now->thread, which, NULL, &was), result;

    kept = *token;
    result = is_reset ? context_reset(&now->thread, which, token)
                      : context_set(&now->thread, which, 99, token);
    EXPECT(result == ARENA_ENOMEM);
    EXPECT(used_of(&now->arena) == before);
    EXPECT(context_current(&now->thread) == current);
    EXPECT(context_count(current) == count);
    EXPECT(context_get(&now->thread, which, NULL, &is) == source);
    EXPECT(is == was);
    EXPECT(token->var == kept.var && token->context == kept.context);
    EXPECT(token->old == kept.old && token->was_set == kept.was_set);
    EXPECT(token->used == kept.used);
    EXPECT(context_check(&now->thread) == ARENA_OK);
    EXPECT(arena_check(&now->arena) == ARENA_OK);
    return true;
}

enum { STEPS = 6 };

/* Set three variables, of which two have the same id, and two again, and reset
   one, with a copy before each step. *done counts the steps for which there is
   room; the one after fails. */
static bool fill(struct setting *now, struct context copies[STEPS], int *done)
{
    static const struct context_var twin = CONTEXT_VAR(0, "twin");
    const struct context_var *const steps[STEPS] = { &var,   &forty, &twin,
                                                     &forty, &twin,  &var };
    struct context_token tokens[STEPS] = { { NULL, NULL, 0, 0, 0 } };

    for (*done = 0; *done < STEPS; ++*done) {
        const struct context_var *which = steps[*done];
        struct context_token *token = &tokens[*done];
        bool is_reset = *done == 5;
        int result;

        if (*done > 0)
            EXPECT(context_copy_current(&now->thread, &copies[*done]) ==
                   ARENA_OK);
        if (is_reset)
            token = &tokens[0];
        else
            *token = tokens[0];
        result = is_reset ? context_reset(&now->thread, which, token)
                          : context_set(&now->thread, which,
                                        7 + (unsigned)*done, token);
        if (result == ARENA_ENOMEM)
            return fails(now, which, token, is_reset);
        EXPECT(result == ARENA_OK);
    }
    return true;
}

TEST(in_an_arena_of_any_size_a_failed_set_or_reset_changes_nothing)
{
    int done = 0, seen = 0;
    MEMORY(memory, 3 * ROOM);

    for (size_t size = 0; done < STEPS; size += 2) {
        struct setting now;
        struct context copies[STEPS];

        CHECK(size <= 3 * ROOM);
        if (!begin(&now, memory, size))
            continue;
        for (int i = 0; i < STEPS; i++)
            CHECK(context_init(&copies[i], &now.arena) == ARENA_OK);
        CHECK(fill(&now, copies, &done));
        seen |= 1 << done;
        for (int i = 0; i < STEPS; i++)
            CHECK(context_release(&copies[i]) == ARENA_OK);
        CHECK(ends_empty(&now));
    }
    /* Where blocks are aligned to much, two steps may come with one size. */
    CHECK(seen == (1 << (STEPS + 1)) - 1 ||
          (ARENA_ALIGN > 2 * sizeof(void *) && done == STEPS));
}

TEST(a_reset_that_failed_may_be_tried_again)
{
    SETTING(now, ROOM);
    struct context_token token;
    struct context copy;
    void *rest;

    CHECK(context_set(&now.thread, &forty, 1, NULL) == ARENA_OK);
    CHECK(context_set(&now.thread, &var, 1, &token) == ARENA_OK);
    CHECK(context_copy_current(&now.thread, &copy) == ARENA_OK);
    rest = arena_alloc(&now.arena, largest_of(&now.arena));
    CHECK(rest != NULL);

    CHECK(fails(&now, &var, &token, true));
    CHECK(context_release(&copy) == ARENA_OK);
    CHECK(context_reset(&now.thread, &var, &token) == ARENA_OK);
    CHECK(is_none(&now, &var));
    CHECK(arena_free(&now.arena, rest) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TEST(holds_and_rollbacks_pass_contexts_by)
{
    SETTING(now, ROOM);
    struct arena_epoch epoch;

    CHECK(arena_hold(&now.arena, &epoch) == ARENA_OK);
    CHECK(context_set(&now.thread, &var, 1, NULL) == ARENA_OK);
    CHECK(arena_rollback(&now.arena, &epoch) == ARENA_OK);
    CHECK(is_set_to(&now, &var, 1));
    CHECK(context_check(&now.thread) == ARENA_OK);
    CHECK(arena_release(&now.arena, &epoch) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TESTS = {
    RUN(in_an_arena_of_any_size_a_failed_set_or_reset_changes_nothing),
    RUN(a_reset_that_failed_may_be_tried_again),
    RUN(holds_and_rollbacks_pass_contexts_by),
    TESTS_END,
};
