/* What the tests of contexts have in common. */
#ifndef STRATA_CONTEXT_TEST_H
#define STRATA_CONTEXT_TEST_H

#include "arena_test.h"
#include "context.h"
#include "test.h"

/* A thread, and the arena of its contexts. */
struct setting {
    struct arena arena;
    struct context_thread thread;
};

static bool begin(struct setting *setting, unsigned char *memory, size_t room)
{
    return arena_init(&setting->arena, memory, room) == ARENA_OK &&
           context_thread_init(&setting->thread, &setting->arena, NULL) ==
               ARENA_OK;
}

/* After releasing the thread: is the arena as it was when it was empty? */
static bool ends_empty(struct setting *setting)
{
    EXPECT(context_check(&setting->thread) == ARENA_OK);
    EXPECT(context_thread_release(&setting->thread) == ARENA_OK);
    EXPECT(blocks_of(&setting->arena) == 0);
    EXPECT(arena_check(&setting->arena) == ARENA_OK);
    return true;
}

/* The first line of a test: declare name as a setting in size bytes, which are
   called memory; or leave the test out. */
#define SETTING(name, size) \
    struct setting name;    \
    MEMORY(memory, size);   \
    CHECK(begin(&name, memory, size))

/* And the next line: declare name as an empty context. */
#define CONTEXT(name, setting) \
    struct context name;       \
    CHECK(context_init(&name, &(setting).arena) == ARENA_OK)

/* Has var this value in the thread's current context? */
static inline bool is_set_to(struct setting *setting,
                             const struct context_var *var, uintptr_t value)
{
    uintptr_t found = ~value;

    return context_get(&setting->thread, var, NULL, &found) == CONTEXT_VALUE &&
           found == value;
}

/* Does a get of var without an argument end in its default? */
static inline bool is_default(struct setting *setting,
                              const struct context_var *var, uintptr_t value)
{
    uintptr_t found = ~value;

    return context_get(&setting->thread, var, NULL, &found) ==
               CONTEXT_DEFAULT &&
           found == value;
}

/* Does it find nothing at all? */
static inline bool is_none(struct setting *setting,
                           const struct context_var *var)
{
    uintptr_t found = 77;

    return context_get(&setting->thread, var, NULL, &found) == CONTEXT_NONE &&
           found == 77;
}

/* Has var this value in context? */
static inline bool has(const struct context *context,
                       const struct context_var *var, uintptr_t value)
{
    uintptr_t found = ~value;

    return context_find(context, var, &found) == 1 && found == value;
}

/* What a function that runs in a context gets. */
struct job {
    struct setting *now;
    struct context *context;
    struct context *second;
    int calls;
    int result;
};

static inline int run(struct job *job, struct context *context,
                      int (*function)(void *user,
                                      struct context_thread *thread))
{
    return context_run(&job->now->thread, context, function, job);
}

static inline bool set(struct job *job, const struct context_var *var,
                       uintptr_t value)
{
    return context_set(&job->now->thread, var, value, NULL) == ARENA_OK;
}

#endif
