/* Scoped variables: see context.h. */
#include "context.h"

#include "context_map.h"

/* ---- The map of a context --------------------------------------------- */

/* Make context one that is not entered, with what its map has. */
static void start(struct context *context)
{
    context->previous = NULL;
    context->entered = false;
    context->home = home_of_root(&context->map);
}

/* ---- The cache -------------------------------------------------------- */

/*
 * An entry is good if it has the thread's version: only the current context
 * can be changed, and whatever makes another one current moves the version
 * on. An empty entry has no variable, so its version does not matter.
 */

static inline unsigned place_of(const struct context_var *var)
{
    return (unsigned)(var->id & (CONTEXT_CACHE - 1));
}

static void keep(struct context_thread *thread, const struct context_var *var,
                 uintptr_t value)
{
    unsigned place = place_of(var);

    thread->cache[place].var = var;
    thread->cache[place].value = value;
    thread->cache[place].version = thread->version;
}

static void forget(struct context_thread *thread,
                   const struct context_var *var)
{
    unsigned place = place_of(var);

    if (thread->cache[place].var == var)
        thread->cache[place].var = NULL;
}

ARENA_COLD void forget_all(struct context_thread *thread)
{
    memset(thread->cache, 0, sizeof thread->cache);
}

/* Is the cache's entry in the place of var its value in the current context? */
static inline bool is_kept(const struct context_thread *thread,
                           const struct context_var *var)
{
    unsigned place = place_of(var);

    return thread->cache[place].var == var &&
           thread->cache[place].version == thread->version;
}

/* ---- Threads ---------------------------------------------------------- */

/* The context in which thread sets variables. */
static inline struct context *place_to_set(struct context_thread *thread)
{
    return thread->current != NULL ? thread->current : &thread->base;
}

/* Make base what a new thread starts with. */
static int inherit(struct context *base, struct arena *arena,
                   const struct context *from)
{
    int result;

    if (from == NULL)
        return context_init(base, arena);
    if (from->map.arena == arena)
        return context_copy(from, base);
    result = hamt_copy(&from->map, arena, &base->map);
    if (result == ARENA_OK)
        start(base);
    return result;
}

int context_thread_init(struct context_thread *thread, struct arena *arena,
                        const struct context_thread *starter)
{
    const struct context *from = context_current(starter);
    struct context base;
    int result;

    if (thread == NULL || arena == NULL || thread == starter)
        return ARENA_EINVAL;
    result = inherit(&base, arena, from);
    if (result < 0)
        return result;
    memset(thread, 0, sizeof *thread);
    thread->base = base;
    if (from != NULL)
        thread->current = &thread->base;
    return ARENA_OK;
}

int context_thread_release(struct context_thread *thread)
{
    if (thread == NULL)
        return ARENA_EINVAL;
    if (thread->current != NULL && thread->current != &thread->base)
        return ARENA_EENTERED;
    thread->current = NULL;
    thread->watching = 0;
    forget_all(thread);
    return unshare(&thread->base);
}

const struct context *context_current(const struct context_thread *thread)
{
    return thread == NULL ? NULL : thread->current;
}

/* ---- Contexts --------------------------------------------------------- */

int context_init(struct context *context, struct arena *arena)
{
    int result;

    if (context == NULL)
        return ARENA_EINVAL;
    result = hamt_init(&context->map, arena, &variables);
    if (result == ARENA_OK)
        start(context);
    return result;
}

int context_copy(const struct context *context, struct context *copy)
{
    if (context == NULL || copy == NULL)
        return ARENA_EINVAL;
    return share(context, copy);
}

int context_copy_current(struct context_thread *thread, struct context *copy)
{
    int result;

    if (thread == NULL)
        return ARENA_EINVAL;
    result = context_copy(place_to_set(thread), copy);
    if (result == ARENA_OK)
        thread->current = place_to_set(thread);
    return result;
}

int context_release(struct context *context)
{
    if (context == NULL)
        return ARENA_EINVAL;
    if (context->entered)
        return ARENA_EENTERED;
    return unshare(context);
}

/* Tell all watchers of a switch that has been made. Those that were there
   before the first is told are told, unless one of them clears another. */
ARENA_COLD void tell(struct context_thread *thread)
{
    unsigned watching = thread->watching;
    const struct context *current = thread->current;

    for (int i = 0; watching >> i != 0; i++) {
        int error = 0;

        if (watching & thread->watching & 1u << i)
            error = thread->watchers[i].function(thread->watchers[i].user,
                                                 current);
        if (error < 0 && thread->report != NULL)
            thread->report(thread->report_user, i, error, current);
    }
}

static inline void switch_to(struct context_thread *thread,
                             struct context *context)
{
    thread->current = context;
    thread->version++;
    if (thread->version == 0)
        forget_all(thread); /* versions from now on have been there before */
    if (thread->watching)
        tell(thread);
}

int context_enter(struct context_thread *thread, struct context *context)
{
    if (thread == NULL || context == NULL)
        return ARENA_EINVAL;
    if (context->entered)
        return ARENA_EENTERED;
    context->previous = thread->current;
    context->entered = true;
    switch_to(thread, context);
    return ARENA_OK;
}

int context_exit(struct context_thread *thread, struct context *context)
{
    struct context *previous;

    if (thread == NULL || context == NULL)
        return ARENA_EINVAL;
    if (!context->entered)
        return ARENA_EOUTSIDE;
    if (thread->current != context)
        return ARENA_ECURRENT;
    previous = context->previous;
    context->previous = NULL;
    context->entered = false;
    switch_to(thread, previous);
    return ARENA_OK;
}

int context_run(struct context_thread *thread, struct context *context,
                int (*function)(void *user, struct context_thread *thread),
                void *user)
{
    int result, error;

    if (function == NULL)
        return ARENA_EINVAL;
    error = context_enter(thread, context);
    if (error < 0)
        return error;
    result = function(user, thread);
    error = context_exit(thread, context);
    return error < 0 ? error : result;
}

/* ---- Variables -------------------------------------------------------- */

/* As find in the current context, by the cache if it can. */
static int look_up(struct context_thread *thread,
                   const struct context_var *var, uintptr_t *value)
{
    int result;

    if (is_kept(thread, var)) {
        *value = thread->cache[place_of(var)].value;
        return 1;
    }
    if (thread->current == NULL)
        return 0;
    result = find(thread->current, var, value);
    if (result > 0)
        keep(thread, var, *value);
    return result;
}

int context_get(struct context_thread *thread, const struct context_var *var,
                const uintptr_t *otherwise, uintptr_t *value)
{
    if (thread == NULL || var == NULL || value == NULL)
        return ARENA_EINVAL;
    if (look_up(thread, var, value) > 0)
        return CONTEXT_VALUE;
    if (otherwise != NULL) {
        *value = *otherwise;
        return CONTEXT_OTHERWISE;
    }
    if (!var->has_default)
        return CONTEXT_NONE;
    *value = var->value;
    return CONTEXT_DEFAULT;
}

/* Bind var to value in context, which thread is in from then on. Returns 1,
   with *old what var was bound to, 0 if it was unbound, or an error. */
static int bind(struct context_thread *thread, struct context *context,
                const struct context_var *var, uintptr_t value, uintptr_t *old)
{
    int was_bound = look_up(thread, var, old), added;
    void *slot;

    if (was_bound && *old == value)
        return 1;
    slot = own_slot(context, var);
    if (slot == NULL) {
        added = hamt_insert(&context->map, &var, &slot);
        if (added < 0)
            return added;
        context->home = home_of_root(&context->map);
    }
    memcpy(slot, &value, sizeof value);
    thread->current = context;
    keep(thread, var, value);
    return was_bound;
}

/* Unbind var there. Returns ARENA_OK or an error. */
static int unbind(struct context_thread *thread, struct context *context,
                  const struct context_var *var)
{
    int removed = hamt_remove(&context->map, &var);

    if (removed < 0)
        return removed;
    if (!removed)
        return ARENA_EUSED; /* by another copy of the token */
    context->home = home_of_root(&context->map);
    forget(thread, var);
    return ARENA_OK;
}

int context_set(struct context_thread *thread, const struct context_var *var,
                uintptr_t value, struct context_token *token)
{
    uintptr_t old = 0;
    int was_bound;

    if (thread == NULL || var == NULL)
        return ARENA_EINVAL;
    was_bound = bind(thread, place_to_set(thread), var, value, &old);
    if (was_bound < 0)
        return was_bound;
    if (token != NULL) {
        token->var = var;
        token->context = thread->current;
        token->old = old;
        token->was_set = was_bound > 0;
        token->used = false;
    }
    return ARENA_OK;
}

/* May token be used for var now? The order of the questions is CPython's. */
static int check_token(const struct context_thread *thread,
                       const struct context_var *var,
                       const struct context_token *token)
{
    if (token->used)
        return ARENA_EUSED;
    if (token->var != var)
        return ARENA_EVARIABLE;
    return token->context == thread->current ? ARENA_OK : ARENA_ECONTEXT;
}

int context_reset(struct context_thread *thread,
                  const struct context_var *var, struct context_token *token)
{
    uintptr_t old;
    int error;

    if (thread == NULL || var == NULL || token == NULL)
        return ARENA_EINVAL;
    error = check_token(thread, var, token);
    if (error == ARENA_OK)
        error = token->was_set
                    ? bind(thread, token->context, var, token->old, &old)
                    : unbind(thread, token->context, var);
    if (error < 0)
        return error;
    token->used = true;
    return ARENA_OK;
}

int context_token_old(const struct context_token *token, uintptr_t *value)
{
    if (token == NULL || value == NULL)
        return ARENA_EINVAL;
    if (token->was_set)
        *value = token->old;
    return token->was_set;
}

int context_scope_begin(struct context_thread *thread,
                        const struct context_var *var, uintptr_t value,
                        struct context_token *token)
{
    return token == NULL ? ARENA_EINVAL
                         : context_set(thread, var, value, token);
}

int context_scope_end(struct context_thread *thread,
                      struct context_token *token)
{
    return token == NULL ? ARENA_EINVAL
                         : context_reset(thread, token->var, token);
}

/* ---- A context as a map ------------------------------------------------ */

size_t context_count(const struct context *context)
{
    return context == NULL ? 0 : hamt_count(&context->map);
}

int context_find(const struct context *context, const struct context_var *var,
                 uintptr_t *value)
{
    if (context == NULL || var == NULL || value == NULL)
        return ARENA_EINVAL;
    return find(context, var, value);
}

int context_contains(const struct context *context,
                     const struct context_var *var)
{
    uintptr_t value;

    return context_find(context, var, &value);
}

int context_equal(const struct context *a, const struct context *b)
{
    if (a == NULL || b == NULL)
        return ARENA_EINVAL;
    return hamt_equal(&a->map, &b->map);
}

int context_iter_init(struct context_iter *iter, const struct context *context)
{
    int result;

    if (iter == NULL || context == NULL)
        return ARENA_EINVAL;
    result = hamt_retain(&context->map, &iter->map);
    if (result == ARENA_OK)
        hamt_iter_init(&iter->iter, &iter->map);
    return result;
}

int context_iter_next(struct context_iter *iter,
                      const struct context_var **var, uintptr_t *value)
{
    const void *k, *v;

    if (iter == NULL)
        return 0;
    if (hamt_iter_next(&iter->iter, &k, &v) == 0) {
        context_iter_end(iter);
        return 0;
    }
    if (var != NULL)
        memcpy(var, k, sizeof *var);
    if (value != NULL)
        memcpy(value, v, sizeof *value);
    return 1;
}

void context_iter_end(struct context_iter *iter)
{
    if (iter == NULL)
        return;
    hamt_release(&iter->map);
    hamt_iter_init(&iter->iter, &iter->map);
}

/* ---- Watchers --------------------------------------------------------- */

int context_add_watcher(struct context_thread *thread,
                        context_watcher *function, void *user)
{
    int slot = 0;

    if (thread == NULL || function == NULL)
        return ARENA_EINVAL;
    while (slot < CONTEXT_WATCHERS && (thread->watching & 1u << slot))
        slot++;
    if (slot == CONTEXT_WATCHERS)
        return ARENA_EFULL;
    thread->watchers[slot].function = function;
    thread->watchers[slot].user = user;
    thread->watching = (unsigned char)(thread->watching | 1u << slot);
    return slot;
}

int context_clear_watcher(struct context_thread *thread, int watcher)
{
    if (thread == NULL)
        return ARENA_EINVAL;
    if (watcher < 0 || watcher >= CONTEXT_WATCHERS)
        return ARENA_EWATCHER;
    if ((thread->watching & 1u << watcher) == 0)
        return ARENA_EUNWATCHED;
    thread->watching = (unsigned char)(thread->watching & ~(1u << watcher));
    return ARENA_OK;
}

int context_set_report(struct context_thread *thread, context_report *report,
                       void *user)
{
    if (thread == NULL)
        return ARENA_EINVAL;
    thread->report = report;
    thread->report_user = user;
    return ARENA_OK;
}

/* ---- Looking in ------------------------------------------------------- */

/* Is what the cache has for a place right, if it has something? */
static bool is_cache_right(const struct context_thread *thread, unsigned place)
{
    const struct context_var *var = thread->cache[place].var;
    uintptr_t value;

    if (var == NULL || thread->cache[place].version != thread->version)
        return true;
    return place_of(var) == place && thread->current != NULL &&
           find(thread->current, var, &value) > 0 &&
           value == thread->cache[place].value;
}

int context_check(const struct context_thread *thread)
{
    const struct context *context;

    if (thread == NULL)
        return ARENA_EINVAL;
    for (context = thread->current; context != NULL;
         context = context->previous) {
        if (hamt_check(&context->map) < 0 ||
            context->home != home_of_root(&context->map) ||
            context->entered == (context == &thread->base))
            return ARENA_ECORRUPT;
    }
    for (unsigned place = 0; place < CONTEXT_CACHE; place++) {
        if (!is_cache_right(thread, place))
            return ARENA_ECORRUPT;
    }
    return ARENA_OK;
}
