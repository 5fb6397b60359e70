/* Contexts beside the dumbest possible model, and chains of copies. */
#include "context_test.h"

/* A variable's value in the model: 0 if it is not set. */
struct twin {
    struct context context;
    struct context_token token; /* kept for a later reset */
    bool live;
    bool has_token;
    uint16_t *values;
};

struct family {
    struct setting now;
    struct context_var *vars;
    struct twin *twins;
    uint32_t count;
    uint32_t var_count;
    uint32_t live;
};

/* ---- Checking -------------------------------------------------------- */

static bool is_right(const struct family *family, const struct twin *twin)
{
    size_t count = 0;

    for (uint32_t i = 0; i < family->var_count; i++) {
        uintptr_t value = 0;
        int found = context_find(&twin->context, &family->vars[i], &value);

        EXPECT(found == (twin->values[i] != 0));
        EXPECT(value == twin->values[i]);
        count += (size_t)found;
    }
    EXPECT(context_count(&twin->context) == count);
    EXPECT(hamt_check(&twin->context.map) == ARENA_OK);
    return true;
}

static bool are_all_right(const struct family *family)
{
    for (uint32_t i = 0; i < family->count; i++)
        EXPECT(!family->twins[i].live || is_right(family, &family->twins[i]));
    EXPECT(arena_check(&family->now.arena) == ARENA_OK);
    return true;
}

/* ---- Steps ----------------------------------------------------------- */

static struct twin *pick(struct family *family, bool live)
{
    uint32_t i = test_below(family->count);

    while (family->twins[i].live != live)
        i = (i + 1) % family->count;
    return &family->twins[i];
}

/* A copy of the current context, in a place that is free. */
static bool step_copy(struct family *family, struct twin *from)
{
    struct twin *to = pick(family, false);
    size_t before = used_of(&family->now.arena);

    EXPECT(context_copy_current(&family->now.thread, &to->context) == ARENA_OK);
    EXPECT(used_of(&family->now.arena) == before);
    for (uint32_t i = 0; i < family->var_count; i++)
        to->values[i] = from->values[i];
    to->live = true;
    to->has_token = false;
    family->live++;
    return true;
}

static bool step_set(struct family *family, struct twin *twin)
{
    uint32_t i = test_below(family->var_count);
    uint16_t value = (uint16_t)(1 + test_below(1000));
    struct context_token token;
    int result =
        context_set(&family->now.thread, &family->vars[i], value, &token);

    if (result == ARENA_ENOMEM)
        return is_right(family, twin);
    EXPECT(result == ARENA_OK);
    EXPECT(token.was_set == (twin->values[i] != 0));
    EXPECT(token.old == twin->values[i]);
    twin->values[i] = value;
    if (!twin->has_token) {
        twin->token = token;
        twin->has_token = true;
    }
    return true;
}

static bool step_reset(struct family *family, struct twin *twin)
{
    struct context_token *token = &twin->token;
    int result;

    if (!twin->has_token)
        return true;
    result = context_reset(&family->now.thread, token->var, token);
    if (result == ARENA_ENOMEM)
        return !token->used && is_right(family, twin);
    EXPECT(result == ARENA_OK && token->used);
    twin->values[token->var - family->vars] =
        token->was_set ? (uint16_t)token->old : 0;
    twin->has_token = false;
    return true;
}

static bool step_get(struct family *family, const struct twin *twin)
{
    uint32_t i = test_below(family->var_count);
    uintptr_t value = 0;
    int source =
        context_get(&family->now.thread, &family->vars[i], NULL, &value);

    EXPECT(source == (twin->values[i] != 0 ? CONTEXT_VALUE : CONTEXT_NONE));
    EXPECT(value == twin->values[i]);
    return true;
}

static bool release(struct family *family, struct twin *twin)
{
    EXPECT(context_release(&twin->context) == ARENA_OK);
    twin->live = false;
    family->live--;
    return true;
}

/* Some steps in one context, and perhaps more in another one inside it. */
static bool visit(struct family *family, struct twin *twin, uint32_t depth)
{
    struct context_thread *thread = &family->now.thread;
    uint32_t steps = 1 + test_below(6);

    EXPECT(context_enter(thread, &twin->context) == ARENA_OK);
    for (uint32_t i = 0; i < steps; i++) {
        uint32_t dice = test_below(8);
        bool right = dice < 3   ? step_set(family, twin)
                     : dice < 4 ? step_reset(family, twin)
                                : step_get(family, twin);

        EXPECT(right && context_check(thread) == ARENA_OK);
        if (i == depth && !twin->has_token && family->live < family->count)
            EXPECT(step_copy(family, twin));
    }
    EXPECT(context_exit(thread, &twin->context) == ARENA_OK);
    EXPECT(is_right(family, twin));
    return true;
}

/* Enter one context inside another, each for some steps. */
static bool visit_two(struct family *family)
{
    struct twin *outer = pick(family, true), *inner = pick(family, true);

    EXPECT(context_enter(&family->now.thread, &outer->context) == ARENA_OK);
    EXPECT(inner == outer || visit(family, inner, 1));
    EXPECT(step_get(family, outer) && step_set(family, outer));
    EXPECT(context_exit(&family->now.thread, &outer->context) == ARENA_OK);
    return true;
}

/* ---- Families -------------------------------------------------------- */

/* The bytes of a family whose arena has room bytes; where a size_t can't tell,
   more than there is. */
static size_t size_of_family(uint32_t count, uint32_t vars, uint32_t room)
{
    uint32_t twin = sizeof(struct twin) + vars * (uint32_t)sizeof(uint16_t);
    uint32_t size = room + count * twin +
                    vars * (uint32_t)sizeof(struct context_var);
    uint32_t most = SIZE_MAX <= 0xFFFF ? 0xFFC0u : 0xFFFFFFC0u;

    return (size_t)(size < most ? size : most);
}

/* An id for the variable of a number: some are the same, 0 thrice, and some
   fall together in the cache or share their low bits. */
static uint32_t id_of(uint32_t i)
{
    return i % 4 == 3 ? i / 8 * 128 : i % 4 == 2 ? i - 1 : i;
}

static bool found_family(struct family *family, unsigned char *memory,
                         uint32_t count, uint32_t vars, uint32_t room)
{
    uint16_t *values;

    family->twins = (struct twin *)(void *)memory;
    memory += count * sizeof(struct twin);
    family->vars = (struct context_var *)(void *)memory;
    memory += vars * sizeof(struct context_var);
    values = (uint16_t *)(void *)memory;
    memory += vars * count * sizeof(uint16_t);
    family->count = count;
    family->var_count = vars;
    family->live = 1;
    for (uint32_t i = 0; i < vars; i++) {
        family->vars[i].id = id_of(i);
        family->vars[i].name = "";
        family->vars[i].has_default = 0;
    }
    for (uint32_t i = 0; i < count; i++, values += vars) {
        family->twins[i].live = i == 0;
        family->twins[i].has_token = false;
        family->twins[i].values = values;
    }
    for (uint32_t i = 0; i < vars; i++)
        family->twins[0].values[i] = 0;
    return begin(&family->now, memory, (size_t)room) &&
           context_init(&family->twins[0].context, &family->now.arena) ==
               ARENA_OK;
}

/* Copies of copies until no place is left. */
static bool multiply(struct family *family)
{
    while (family->live < family->count) {
        struct twin *parent = pick(family, true);

        EXPECT(context_enter(&family->now.thread, &parent->context) ==
               ARENA_OK);
        EXPECT(step_copy(family, parent));
        EXPECT(step_set(family, parent));
        EXPECT(context_exit(&family->now.thread, &parent->context) == ARENA_OK);
    }
    return true;
}

/* Visits and releases of any, but not the last. */
static bool live_on(struct family *family, uint32_t steps)
{
    while (steps-- > 0) {
        if (family->live > 1 && test_below(8) == 0)
            EXPECT(release(family, pick(family, true)));
        EXPECT(test_below(4) == 0 ? visit_two(family)
                                  : visit(family, pick(family, true), 2));
    }
    return true;
}

/* Release all: parents first if first is true, which are most of those in the
   lower places, else last. Those that are left are right all the time. */
static bool end_family(struct family *family, bool first)
{
    for (uint32_t i = 0; i < family->count; i++) {
        uint32_t at = first ? i : family->count - 1 - i;

        if (!family->twins[at].live)
            continue;
        EXPECT(release(family, &family->twins[at]));
        if (i % (family->count / 8 + 1) == 0)
            EXPECT(are_all_right(family));
    }
    return ends_empty(&family->now);
}

/* All of it, in the memory of a test. */
static bool live(unsigned char *memory, uint32_t count, uint32_t vars,
                 uint32_t room, uint32_t steps)
{
    for (int first = 0; first < 2; first++) {
        struct family family;

        EXPECT(found_family(&family, memory, count, vars, room));
        EXPECT(multiply(&family));
        EXPECT(are_all_right(&family));
        EXPECT(live_on(&family, steps));
        EXPECT(are_all_right(&family));
        EXPECT(multiply(&family));
        EXPECT(end_family(&family, first != 0));
    }
    return true;
}

TEST(a_thousand_copies_of_copies_have_what_was_set_in_each)
{
    enum { COUNT = 1000, VARS = 40 };
    const uint32_t room = 2000000;
    MEMORY(memory, size_of_family(COUNT, VARS, room));

    CHECK(live(memory, COUNT, VARS, room, test_steps(20000)));
}

TEST(a_few_copies_have_what_was_set_in_each_though_room_is_short)
{
    enum { COUNT = 5, VARS = 6, ROOM = 180 + 30 * sizeof(void *) };
    MEMORY(memory, size_of_family(COUNT, VARS, ROOM));

    CHECK(live(memory, COUNT, VARS, ROOM, test_steps(20000)));
}

/* ---- Chains ---------------------------------------------------------- */

/* Task after task, each in a copy of the context of the last, which then
   ends. Sets *most to the most bytes used. */
static bool chain(struct setting *now, const struct context_var *vars,
                  uint32_t count, uint32_t tasks, size_t *most)
{
    struct context context[2];

    EXPECT(context_init(&context[0], &now->arena) == ARENA_OK);
    for (uint32_t i = 0; i < tasks; i++) {
        struct context *old = &context[i % 2], *new = &context[(i + 1) % 2];
        const struct context_var *var = &vars[i % count];

        EXPECT(context_copy(old, new) == ARENA_OK);
        EXPECT(context_enter(&now->thread, new) == ARENA_OK);
        EXPECT(context_set(&now->thread, var, (uint16_t)i, NULL) == ARENA_OK);
        if (used_of(&now->arena) > *most)
            *most = used_of(&now->arena);
        EXPECT(i < count || is_set_to(now, &vars[(i + 1) % count],
                                      (uint16_t)(i + 1 - count)));
        EXPECT(context_exit(&now->thread, new) == ARENA_OK);
        EXPECT(context_release(old) == ARENA_OK);
    }
    EXPECT(context_release(&context[tasks % 2]) == ARENA_OK);
    return true;
}

TEST(a_chain_of_a_million_copies_runs_in_constant_memory)
{
    SETTING(now, 250 + 50 * sizeof(void *));
    static const struct context_var vars[] = {
        CONTEXT_VAR(0, ""),
        CONTEXT_VAR(1, ""),
        CONTEXT_VAR(32, ""),
    };
    size_t few = 0, many = 0;

    CHECK(chain(&now, vars, 3, 10, &few));
    CHECK(chain(&now, vars, 3, test_steps(1000000), &many));
    CHECK(few > 0 && many == few);
    CHECK(ends_empty(&now));
}

TESTS = {
    RUN(a_thousand_copies_of_copies_have_what_was_set_in_each),
    RUN(a_few_copies_have_what_was_set_in_each_though_room_is_short),
    RUN(a_chain_of_a_million_copies_runs_in_constant_memory),
    TESTS_END,
};
