/* What the tests of contexts have in common. */
#ifndef STRATA_CONTEXT_TEST_H
#define STRATA_CONTEXT_TEST_H

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

static inline size_t used(const struct setting *setting)
{
    struct arena_stats stats;

    arena_get_stats(&setting->arena, &stats);
    return stats.used;
}

/* After releasing the thread: is the arena as it was when it was empty? */
static bool ends_empty(struct setting *setting)
{
    struct arena_stats stats;

    EXPECT(context_check(&setting->thread) == ARENA_OK);
    EXPECT(context_thread_release(&setting->thread) == ARENA_OK);
    arena_get_stats(&setting->arena, &stats);
    EXPECT(stats.blocks == 0);
    EXPECT(arena_check(&setting->arena) == ARENA_OK);
    return true;
}

/* Declare name as a setting, in room bytes of memory; or leave the test out. */
#define SETTING(name, room)   \
    struct setting name;      \
    MEMORY(memory, room);     \
    CHECK(begin(&name, memory, room))

/* Has var this value in the thread's current context? */
static inline bool is_set_to(struct setting *setting,
                             const struct context_var *var, uintptr_t value)
{
    uintptr_t found = ~value;

    return context_get(&setting->thread, var, NULL, &found) ==
               CONTEXT_VALUE &&
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
