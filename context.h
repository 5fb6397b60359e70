/*
 * Strata context: scoped variables, as in Python's contextvars (PEP 567),
 * without threads, heap or globals.
 *
 *      thread              contexts            variables of each
 *
 *      current ----------> request             level -> 2,  user -> "ann"
 *      cache: level = 2       | previous
 *                          main                level -> 1
 *                             | previous
 *                          none
 *
 * A variable is a constant; what it is bound to depends on the context that
 * is current in a thread: entering a context makes it current, exit goes back
 * to the one before. A task copies the context of its parent, in O(1) and
 * without a byte from the arena, and is run in that copy: no other context
 * sees what it sets. Contexts share what they have in common (a counted map of
 * hamt.h) and end in any order.
 *
 * A thread here is a struct of the caller's: one per RTOS task, interpreter
 * thread or interrupt level. Threads that can interrupt each other have an
 * arena each.
 *
 * Rules for all calls
 *
 *   Errors     Below 0, an enum arena_error; then nothing has changed.
 *              ARENA_EINVAL: NULL where something must be.
 *   Values     are machine words: integers, or pointers to what is the
 *              caller's. Not to a versioned block of an arena: a rollback
 *              would take it away, and does not touch contexts.
 *   Variables  A variable is identified by its address. Its id is its hash,
 *              and gives it a place in the cache. Number a program's variables
 *              from 0: then both are spread evenly.
 *   Places     A context must not move while it is entered or tokens of it
 *              are to be used, a thread while it is in use.
 *   Recursion  None, and no memory but from the arena.
 */
#ifndef STRATA_CONTEXT_H
#define STRATA_CONTEXT_H

#include "hamt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Types ----------------------------------------------------------- */

/* A variable: const, may lie in ROM. */
struct context_var {
    uint32_t id;
    const char *name;
    uintptr_t value; /* the default                                       */
    unsigned char has_default;
};

/* Initialisers: static const struct context_var level = CONTEXT_VAR(1, "level")
   or CONTEXT_VAR_DEFAULT(1, "level", 3). */
/* clang-format off */
#define CONTEXT_VAR(id, name) { id, name, 0, 0 }
#define CONTEXT_VAR_DEFAULT(id, name, value) { id, name, (uintptr_t)(value), 1 }
/* clang-format on */

/* A context. Its place is the caller's; all fields are the context's. */
struct context {
    struct hamt map;          /* from struct context_var * to uintptr_t    */
    struct context *previous; /* current before this one was entered       */
    arena_ref home;           /* the block that the map's root lies in; 0  */
                              /* if empty, and in small code (-Os)         */
    unsigned char entered;
};

/* What undoes a set. Its place is the caller's. A plain zero is a token of no
   variable. */
struct context_token {
    const struct context_var *var;
    struct context *context; /* in which it was set                        */
    uintptr_t old;           /* the value before                           */
    unsigned char was_set;   /* was there one in that context?             */
    unsigned char used;
};

/*
 * A function told of a switch in a thread, after it: to the context that is
 * now current, or NULL for none. It may read variables; it may set some where
 * there is a context, and leaves that current. A result below 0 is a failure,
 * which is reported and has no other effect.
 */
typedef int context_watcher(void *user, const struct context *current);

/* A function told of a watcher's failure: its number and its result. */
typedef void context_report(void *user, int watcher, int error,
                            const struct context *current);

enum { CONTEXT_WATCHERS = 8 };

/* A thread. Its place is the caller's; all fields are the thread's. */
struct context_thread {
    struct context *current; /* or NULL                                    */
    uint32_t version;        /* one more at each enter and exit            */
    unsigned char watching;  /* a bit for each slot that is taken          */
    struct context base;     /* current when a variable is set outside     */
                             /* of any context                             */
    struct {
        const struct context_var *var;
        uintptr_t value;
        uint32_t version;   /* good while this is the thread's             */
    } cache[CONTEXT_CACHE]; /* by id; the last one read or set             */
    struct {
        context_watcher *function;
        void *user;
    } watchers[CONTEXT_WATCHERS];
    context_report *report; /* or NULL                                     */
    void *report_user;
};

/* ---- Threads --------------------------------------------------------- */

/*
 * Make thread a thread that is in no context, or, unless starter is NULL, in
 * a copy of the starter's current context. What it sets outside of any other
 * context takes memory from arena.
 *
 * Returns  ARENA_OK, ARENA_EINVAL, or ARENA_ENOMEM: a starter with another
 *          arena is copied.
 * Cost     O(1) and nothing from the arena; O(variables) from another arena.
 */
int context_thread_init(struct context_thread *thread, struct arena *arena,
                        const struct context_thread *starter);

/*
 * Release what was set in thread outside of any context, watchers included.
 *
 * Returns  ARENA_OK, ARENA_EINVAL, or ARENA_EENTERED: it is in a context.
 * Cost     O(nodes that no copy has).
 */
int context_thread_release(struct context_thread *thread);

/* Returns the current context of thread, or NULL: it is in none. */
const struct context *context_current(const struct context_thread *thread);

/* ---- Contexts -------------------------------------------------------- */

/*
 * Make context an empty context in arena. In a context in use this forgets
 * its blocks: release it first.
 *
 * Returns  ARENA_OK or ARENA_EINVAL. Takes nothing from the arena.
 */
int context_init(struct context *context, struct arena *arena);

/*
 * Make *copy a context that has the variables of context, is not entered, and
 * must be released. From then on neither sees what is set in the other.
 *
 * Returns  ARENA_OK, ARENA_EINVAL (also if both are the same), or
 *          ARENA_ENOMEM: more copies than an arena_ref counts.
 * Cost     O(1), nothing from the arena.
 */
int context_copy(const struct context *context, struct context *copy);

/* As context_copy, of the current context of thread. Outside of any, an empty
   one becomes current, and is copied. */
int context_copy_current(struct context_thread *thread, struct context *copy);

/*
 * Release context, in any order with its copies. It is then empty, and may be
 * used again; tokens of it may not.
 *
 * Returns  ARENA_OK, ARENA_EINVAL or ARENA_EENTERED.
 * Cost     O(nodes that no copy has).
 */
int context_release(struct context *context);

/*
 * Make context the current one of thread, and tell the watchers.
 *
 * Returns  ARENA_OK, ARENA_EINVAL, or ARENA_EENTERED: in this thread or
 *          another.
 * Cost     O(1), nothing from the arena, and the watchers.
 */
int context_enter(struct context_thread *thread, struct context *context);

/*
 * Make current what was current before context was entered, and tell the
 * watchers.
 *
 * Returns  ARENA_OK, ARENA_EINVAL, ARENA_EOUTSIDE: context is not entered, or
 *          ARENA_ECURRENT: it is not current in this thread.
 */
int context_exit(struct context_thread *thread, struct context *context);

/*
 * Call function in context, and exit, whatever function returns.
 *
 * Returns  what function returned; or the error of context_enter, and
 *          function was not called; or that of context_exit.
 */
int context_run(struct context_thread *thread, struct context *context,
                int (*function)(void *user, struct context_thread *thread),
                void *user);

/* ---- Variables ------------------------------------------------------- */

/* Where the value of context_get comes from. */
enum context_source {
    CONTEXT_NONE = 0,      /* there is none                                */
    CONTEXT_VALUE = 1,     /* set in the current context                   */
    CONTEXT_OTHERWISE = 2, /* the argument                                 */
    CONTEXT_DEFAULT = 3    /* the variable's own                           */
};

/*
 * Set *value to that of var in the current context of thread; without one to
 * *otherwise, if that is not NULL; else to the default of var, if it has one.
 *
 * Returns  an enum context_source, or ARENA_EINVAL. For none *value is
 *          untouched.
 * Cost     a few instructions for a variable read or set before since the
 *          last switch, unless another with the same place in the cache came
 *          in between; else hamt_find.
 */
int context_get(struct context_thread *thread, const struct context_var *var,
                const uintptr_t *otherwise, uintptr_t *value);

/*
 * Bind var to value in the current context of thread, which outside of any is
 * the thread's own. *token (may be NULL) then tells how to undo it.
 *
 * Returns  ARENA_OK, ARENA_EINVAL or ARENA_ENOMEM.
 * Owns     nothing: token lives as long as the caller wants.
 * Cost     HAMT_SET_MAX(void *, void *) bytes at most.
 */
int context_set(struct context_thread *thread, const struct context_var *var,
                uintptr_t value, struct context_token *token);

/*
 * Bind var to what it was before the set that made token, or to nothing. The
 * order of resets is free; a token that failed is still good.
 *
 * Returns  ARENA_OK or an error, the first that applies: ARENA_EINVAL,
 *          ARENA_EUSED, ARENA_EVARIABLE, ARENA_ECONTEXT: the current context
 *          is not the one of the set, or ARENA_ENOMEM, possible if the context
 *          has been copied since.
 * Cost     as context_set.
 */
int context_reset(struct context_thread *thread, const struct context_var *var,
                  struct context_token *token);

/* Set *value to what the variable of token was bound to before. Returns 1, or
   0: it was not set in that context; or ARENA_EINVAL. */
int context_token_old(const struct context_token *token, uintptr_t *value);

/*
 * Begin a scope in which var is bound to value: context_set, with a token.
 * The scope ends with context_scope_end: context_reset of the token's own
 * variable. Both return what those return.
 */
int context_scope_begin(struct context_thread *thread,
                        const struct context_var *var, uintptr_t value,
                        struct context_token *token);
int context_scope_end(struct context_thread *thread,
                      struct context_token *token);

/* ---- A context as a map ---------------------------------------------- */

/* Returns how many variables are set in context; 0 for NULL. */
size_t context_count(const struct context *context);

/* Returns 1 if var is set in context, 0 if not, or ARENA_EINVAL. */
int context_contains(const struct context *context,
                     const struct context_var *var);

/* Set *value to that of var in context. Returns 1, 0 if var is not set there
   (defaults do not count), or ARENA_EINVAL. */
int context_find(const struct context *context, const struct context_var *var,
                 uintptr_t *value);

/* Returns 1 if a and b have the same variables with the same values, 0 if
   not, or ARENA_EINVAL. O(1) when the counts differ; else what the two share
   is skipped. */
int context_equal(const struct context *a, const struct context *b);

/* A place in a context. */
struct context_iter {
    struct hamt map; /* what the context was at the start */
    struct hamt_iter iter;
};

/*
 * Start before the first variable of context as it is now: what is set later
 * does not disturb. Iterate to the end, or end it with context_iter_end; only
 * then the arena has back what the context let go of meanwhile.
 *
 * Returns  ARENA_OK, ARENA_EINVAL, or ARENA_ENOMEM as in context_copy.
 */
int context_iter_init(struct context_iter *iter, const struct context *context);

/*
 * Set *var and *value (each may be NULL) to the next variable, in the order of
 * hamt.h with the ids as hashes: below 32 ascending.
 *
 * Returns  1, or 0 at the end and ever after.
 */
int context_iter_next(struct context_iter *iter, const struct context_var **var,
                      uintptr_t *value);

/* End iter, wherever it is. Once more does no harm. */
void context_iter_end(struct context_iter *iter);

/* ---- Watchers -------------------------------------------------------- */

/*
 * Let function be told, with user, of every switch in thread. All are told in
 * the order of their numbers.
 *
 * Returns  the watcher's number, the lowest free one from 0 to 7, ARENA_EINVAL
 *          or ARENA_EFULL.
 */
int context_add_watcher(struct context_thread *thread,
                        context_watcher *function, void *user);

/* Let the watcher of this number be told no more. Returns ARENA_OK,
   ARENA_EINVAL, ARENA_EWATCHER: it is not 0 to 7, or ARENA_EUNWATCHED. */
int context_clear_watcher(struct context_thread *thread, int watcher);

/* Call report (NULL: nothing) with user when a watcher fails. Returns ARENA_OK
   or ARENA_EINVAL. */
int context_set_report(struct context_thread *thread, context_report *report,
                       void *user);

/* ---- Looking in ------------------------------------------------------ */

/*
 * Check every invariant of thread: the contexts it is in, their maps, and
 * that the cache tells what the current one has.
 *
 * Returns  ARENA_OK, ARENA_EINVAL (NULL) or ARENA_ECORRUPT.
 * Cost     O(variables in these contexts).
 */
int context_check(const struct context_thread *thread);

/* ---- Typed wrappers -------------------------------------------------- */

/*
 * Define calls without casts for a variable that is declared, and whose values
 * are of type T, an integer or a pointer no larger than a word:
 *
 *   static const struct context_var level = CONTEXT_VAR(1, "level");
 *   CONTEXT_DEFINE(level, int);
 *
 *   int level_get(struct context_thread *thread, int *value);
 *   int level_get_or(struct context_thread *thread, int otherwise);
 *   int level_set(struct context_thread *thread, int value,
 *                 struct context_token *token);
 *   int level_reset(struct context_thread *thread,
 *                   struct context_token *token);
 *   int level_find(const struct context *context, int *value);
 *
 * level_get_or gives a T: the value, or otherwise, which goes before the
 * variable's default. The others do what the calls of that name do.
 */
#define CONTEXT_DEFINE(name, T)                                               \
    ARENA_STATIC_ASSERT(name##_fits, sizeof(T) <= sizeof(uintptr_t));         \
    ARENA_WRAPPER int name##_get(struct context_thread *thread, T *value)     \
    {                                                                         \
        uintptr_t word = 0;                                                   \
        int result = context_get(thread, &name, NULL, &word);                 \
        if (result > 0)                                                       \
            *value = (T)word;                                                 \
        return result;                                                        \
    }                                                                         \
    ARENA_WRAPPER T name##_get_or(struct context_thread *thread, T otherwise) \
    {                                                                         \
        uintptr_t word = (uintptr_t)otherwise;                                \
        (void)context_get(thread, &name, &word, &word);                       \
        return (T)word;                                                       \
    }                                                                         \
    ARENA_WRAPPER int name##_set(struct context_thread *thread, T value,      \
                                 struct context_token *token)                 \
    {                                                                         \
        return context_set(thread, &name, (uintptr_t)value, token);           \
    }                                                                         \
    ARENA_WRAPPER int name##_reset(struct context_thread *thread,             \
                                   struct context_token *token)               \
    {                                                                         \
        return context_reset(thread, &name, token);                           \
    }                                                                         \
    ARENA_WRAPPER int name##_find(const struct context *context, T *value)    \
    {                                                                         \
        uintptr_t word = 0;                                                   \
        int result = context_find(context, &name, &word);                     \
        if (result > 0)                                                       \
            *value = (T)word;                                                 \
        return result;                                                        \
    }                                                                         \
    struct context_var

#ifdef __cplusplus
}
#endif
#endif
