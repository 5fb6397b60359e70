/*
 * Contexts against CPython's own (PyContext, PyContextVar), in one run.
 *
 * Both have the same number of variables, all set in the current context, and
 * go through them in the same random order; CPython's values are ints that
 * exist beforehand, ours are words. What CPython gives out (a value, a token,
 * a context) it wants back, so that is part of its time, as the release of a
 * copy is part of ours.
 */
#include <Python.h>

#include "bench.h"
#include "context.h"

enum { VARS_MAX = 1000, REPEATS = 41, STEPS = 20000 };

struct state {
    int count;
    int order[VARS_MAX];
    struct arena arena;
    struct context_thread thread;
    struct context context, other;
    struct context_var vars[VARS_MAX];
    PyObject *py_context, *py_other;
    PyObject *py_vars[VARS_MAX];
    PyObject *py_values[VARS_MAX];
    uintptr_t sum; /* so that nothing is optimised away */
};

static int rounds_of(const struct state *state)
{
    return STEPS / state->count;
}

/* ---- Getting --------------------------------------------------------- */

/* One variable, time and again. */
static double get_cached_ours(void *user, int round)
{
    struct state *state = user;
    const struct context_var *var = &state->vars[round % state->count];
    double start = now();

    for (int i = 0; i < STEPS; i++) {
        uintptr_t value = 0;

        context_get(&state->thread, var, NULL, &value);
        state->sum += value;
    }
    return now() - start;
}

static double get_cached_theirs(void *user, int round)
{
    struct state *state = user;
    PyObject *var = state->py_vars[round % state->count];
    double start = now();

    for (int i = 0; i < STEPS; i++) {
        PyObject *value = NULL;

        PyContextVar_Get(var, NULL, &value);
        state->sum += (uintptr_t)value;
        Py_XDECREF(value);
    }
    return now() - start;
}

static void get_all_ours(struct state *state)
{
    for (int i = 0; i < state->count; i++) {
        uintptr_t value = 0;

        context_get(&state->thread, &state->vars[state->order[i]], NULL,
                    &value);
        state->sum += value;
    }
}

static void get_all_theirs(struct state *state)
{
    for (int i = 0; i < state->count; i++) {
        PyObject *value = NULL;

        PyContextVar_Get(state->py_vars[state->order[i]], NULL, &value);
        state->sum += (uintptr_t)value;
        Py_XDECREF(value);
    }
}

/* All variables in turn, without a switch in between. */
static double get_in_turn_ours(void *user, int round)
{
    struct state *state = user;
    double start = now();

    (void)round;
    for (int i = rounds_of(state); i > 0; i--)
        get_all_ours(state);
    return now() - start;
}

static double get_in_turn_theirs(void *user, int round)
{
    struct state *state = user;
    double start = now();

    (void)round;
    for (int i = rounds_of(state); i > 0; i--)
        get_all_theirs(state);
    return now() - start;
}

/* All variables after a switch of contexts, without what that takes. */
static double get_uncached_ours(void *user, int round)
{
    struct state *state = user;
    double start = now(), middle;

    (void)round;
    for (int i = rounds_of(state); i > 0; i--) {
        context_enter(&state->thread, &state->other);
        get_all_ours(state);
        context_exit(&state->thread, &state->other);
    }
    middle = now();
    for (int i = rounds_of(state); i > 0; i--) {
        context_enter(&state->thread, &state->other);
        context_exit(&state->thread, &state->other);
    }
    return middle - start - (now() - middle);
}

static double get_uncached_theirs(void *user, int round)
{
    struct state *state = user;
    double start = now(), middle;

    (void)round;
    for (int i = rounds_of(state); i > 0; i--) {
        PyContext_Enter(state->py_other);
        get_all_theirs(state);
        PyContext_Exit(state->py_other);
    }
    middle = now();
    for (int i = rounds_of(state); i > 0; i--) {
        PyContext_Enter(state->py_other);
        PyContext_Exit(state->py_other);
    }
    return middle - start - (now() - middle);
}

/* ---- Setting and copying --------------------------------------------- */

static double set_ours(void *user, int round)
{
    struct state *state = user;
    double start = now();

    (void)round;
    for (int i = 0; i < STEPS; i++) {
        int at = state->order[i % state->count];
        struct context_token token;

        context_set(&state->thread, &state->vars[at], (uintptr_t)i, &token);
        context_reset(&state->thread, &state->vars[at], &token);
    }
    return now() - start;
}

static double set_theirs(void *user, int round)
{
    struct state *state = user;
    double start = now();

    (void)round;
    for (int i = 0; i < STEPS; i++) {
        int at = state->order[i % state->count];
        PyObject *var = state->py_vars[at];
        PyObject *value = state->py_values[(at + 1 + i) % VARS_MAX];
        PyObject *token = PyContextVar_Set(var, value);

        PyContextVar_Reset(var, token);
        Py_DECREF(token);
    }
    return now() - start;
}

static double copy_ours(void *user, int round)
{
    struct state *state = user;
    double start = now();

    (void)round;
    for (int i = 0; i < STEPS; i++) {
        struct context copy;

        context_copy(&state->context, &copy);
        context_enter(&state->thread, &copy);
        context_exit(&state->thread, &copy);
        context_release(&copy);
    }
    return now() - start;
}

static double copy_theirs(void *user, int round)
{
    struct state *state = user;
    double start = now();

    (void)round;
    for (int i = 0; i < STEPS; i++) {
        PyObject *copy = PyContext_Copy(state->py_context);

        PyContext_Enter(copy);
        PyContext_Exit(copy);
        Py_DECREF(copy);
    }
    return now() - start;
}

/* ---- Rows ------------------------------------------------------------ */

static void shuffle(int *order, int count)
{
    uint64_t random = (uint64_t)count;

    for (int i = 0; i < count; i++) {
        int j = (int)random_below(&random, (uint32_t)i + 1);

        order[i] = order[j];
        order[j] = i;
    }
}

static void build(struct state *state, int count)
{
    state->count = count;
    shuffle(state->order, count);
    need(context_init(&state->context, &state->arena) == ARENA_OK &&
             context_enter(&state->thread, &state->context) == ARENA_OK,
         "our context is entered");
    state->py_context = PyContext_New();
    need(PyContext_Enter(state->py_context) == 0, "theirs is entered");
    for (int i = 0; i < count; i++) {
        PyObject *token =
            PyContextVar_Set(state->py_vars[i], state->py_values[i]);

        need(token != NULL, "theirs is set");
        Py_DECREF(token);
        need(context_set(&state->thread, &state->vars[i], (uintptr_t)i + 1,
                         NULL) == ARENA_OK,
             "ours is set");
    }
    need(context_copy(&state->context, &state->other) == ARENA_OK,
         "ours is copied");
    state->py_other = PyContext_Copy(state->py_context);
}

/* For setting nothing else sees the context, on either side. */
static void drop_other(struct state *state)
{
    need(context_release(&state->other) == ARENA_OK, "ours is released");
    Py_DECREF(state->py_other);
}

static void drop(struct state *state)
{
    need(context_exit(&state->thread, &state->context) == ARENA_OK &&
             context_release(&state->context) == ARENA_OK,
         "our context is left");
    PyContext_Exit(state->py_context);
    Py_DECREF(state->py_context);
}

static void print(struct state *state, const char *what, double limit,
                  double (*ours)(void *, int), double (*theirs)(void *, int))
{
    struct times times = compare(ours, theirs, state, REPEATS);
    double steps = rounds_of(state) * state->count;
    char name[64];

    snprintf(name, sizeof name, "context %s / CPython's, n=%d", what,
             state->count);
    if (limit > 0)
        row(name, times.ratio, limit);
    else
        figure(name, times.ratio, "no limit");
    if (getenv("BENCH_TIMES") != NULL) {
        figure("  ours", times.ours / steps, "ns");
        figure("  theirs", times.theirs / steps, "ns");
    }
}

static void start(struct state *state)
{
    enum { SIZE = 1 << 20 };
    PyConfig config;

    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    need(!PyStatus_Exception(Py_InitializeFromConfig(&config)),
         "Python starts");
    PyConfig_Clear(&config);
    arena_init(&state->arena, memory_of(SIZE), SIZE);
    context_thread_init(&state->thread, &state->arena, NULL);
    for (int i = 0; i < VARS_MAX; i++) {
        state->vars[i].id = (uint32_t)i;
        state->vars[i].name = "variable";
        state->py_vars[i] = PyContextVar_New("variable", NULL);
        state->py_values[i] = PyLong_FromLong(100000 + i);
    }
}

int main(void)
{
    static struct state state;

    start(&state);
    for (int count = 1; count <= VARS_MAX; count *= 10) {
        build(&state, count);
        print(&state, "cached get", 1.0, get_cached_ours, get_cached_theirs);
        print(&state, "get, all in turn", 0, get_in_turn_ours,
              get_in_turn_theirs);
        print(&state, "uncached get", 0.7, get_uncached_ours,
              get_uncached_theirs);
        print(&state, "copy, enter, exit", 0.5, copy_ours, copy_theirs);
        drop_other(&state);
        print(&state, "set, reset", 0.3, set_ours, set_theirs);
        drop(&state);
    }
    return rows_status();
}
