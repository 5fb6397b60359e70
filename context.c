/*
 * Scoped variables: the calls of context.h, in its order.
 *
 * What always holds:
 *
 *   Map       A context is a counted map of hamt.h, from the addresses of
 *             variables to values. Copies of a context are handles of one
 *             version, until one of them changes.
 *   Current   A thread's current context is the last one that was entered and
 *             not left. Its `previous` leads to the one before, and so on to
 *             the thread's base or to NULL. The current one is the only one
 *             that can be changed.
 *   Cache     What an entry with the thread's version says of a variable is
 *             so in the current context: a change of that writes the entry,
 *             and a switch to another moves the version on. An entry without a
 *             variable says nothing, whatever its version.
 *   Home      A context's home is the block that the root of its map lies in;
 *             0 if the map is empty, and always in small code.
 */
#include "context.h"

/* No rooms of its own. What it uses of others: */
#include "hamt/parts.h" /* a map's nodes; below that, owners of blocks */

/* ---- Maps of variables ----------------------------------------------- */

/* What maps of contexts hold. */
struct binding {
    const struct context_var *var;
    uintptr_t value;
};

/* Ids are hashes as they are: variables numbered from 0 fill the nodes evenly,
   and their order can be foreseen. */
static int hash_var(const struct hamt_type *type, const void *key,
                    uint32_t *hash)
{
    const struct context_var *var;

    (void)type;
    memcpy(&var, key, sizeof var);
    *hash = var->id;
    return 0;
}

static int is_same_var(const struct hamt_type *type, const void *a,
                       const void *b)
{
    (void)type;
    return memcmp(a, b, sizeof(struct context_var *)) == 0;
}

static const struct hamt_type variables =
    HAMT_TYPE_WITH(struct binding, var, value, HAMT_COUNTED, hash_var,
                   is_same_var, NULL, NULL);

/* ---- Shortcuts ------------------------------------------------------- */

/*
 * A map of hamt.h asks functions how to hash and to compare, and finds out at
 * each call where the owners of its root are counted. That takes longer than
 * the rest of a get past the cache, of a set of what is there, or of a copy.
 * Here both are known beforehand. Each of the three ways round hamt.h's calls
 * (find_var; own_value; copy_handle with release_handle) saves more than a
 * twentieth of a row of bench/context.c. In small code all goes by hamt.h.
 */

/* The home of a context with this map. */
static inline arena_ref home_of_root(const struct hamt *map)
{
    return ARENA_SMALL || map->root == 0
               ? 0
               : home_of(map->arena->base, &variables, map->root);
}

/* Make context, whose map is there, one that is not entered. */
static inline void start(struct context *context, arena_ref home)
{
    context->previous = NULL;
    context->home = home;
    context->entered = false;
}

/* Does no other context have the same root? Then it may be written to. */
static inline bool has_own_root(const struct context *context)
{
    return !ARENA_SMALL && context->home != 0 &&
           *owners_of(context->map.arena, context->home) == 1;
}

/* The value of var among `count` entries; NULL if it is not there. */
ARENA_FAST void *find_among(unsigned char *entry, size_t count,
                            const struct context_var *var)
{
    const struct context_var *found;

    for (; count > 0; count--, entry += sizeof(struct binding)) {
        memcpy(&found, entry + offsetof(struct binding, var), sizeof found);
        if (found == var)
            return entry + offsetof(struct binding, value);
    }
    return NULL;
}

/* As context_find, of what is not NULL. */
static inline int find_var(const struct context *context,
                           const struct context_var *var, uintptr_t *value)
{
    const void *found = NULL;

    if (ARENA_SMALL) {
        (void)hamt_find(&context->map, &var, &found);
    } else if (context->map.root != 0) {
        struct hamt map;
        unsigned char *entry;
        size_t count;

        map = context->map;
        map.type = &variables; /* as it was; but now sizes are constants */
        entry = follow(&map, var->id, &count, NULL);
        found = find_among(entry, count, var);
    }
    if (found == NULL)
        return 0;
    memcpy(value, found, sizeof *value);
    return 1;
}

/* The value of var, to be written to, if it lies in a root that is context's
   own; else NULL: then hamt_insert knows what to do. */
static inline void *own_value(const struct context *context,
                              const struct context_var *var)
{
    uint32_t bit = one_bit(var->id % HAMT_SLOTS);
    const struct node *root;

    if (!has_own_root(context))
        return NULL;
    root = node_at(context->map.arena->base, context->map.root);
    if ((root->entries & bit) == 0)
        return NULL;
    return find_among(entry_in(&variables, root, bit),
                      (root->nodes & bit) != 0 ? 2 : 1, var);
}

/* Make *copy a context with one more handle of the map of context: by hamt.h,
   which also knows what to do if there is no root, or no way to count it. */
ARENA_COLD int copy_by_call(const struct context *context, struct context *copy)
{
    int error = hamt_retain(&context->map, &copy->map);

    if (error == ARENA_OK)
        start(copy, context->home);
    return error;
}

/* As copy_by_call, and without that where an owner can be counted. */
static inline int copy_handle(const struct context *context,
                              struct context *copy)
{
    if (ARENA_SMALL || context->home == 0 || context == copy ||
        !add_handle(context->map.arena, context->home))
        return copy_by_call(context, copy);
    copy->map = context->map;
    start(copy, context->home);
    return ARENA_OK;
}

/* Give back the handle of the map of context, which is empty then. */
static inline int release_handle(struct context *context)
{
    arena_ref home = context->home;

    context->home = 0;
    if (ARENA_SMALL || home == 0 ||
        !leave_block(context->map.arena, ARENA_COUNTED, home))
        return hamt_release(&context->map);
    context->map.root = 0;
    context->map.count = 0;
    return ARENA_OK;
}

/* ---- The cache ------------------------------------------------------- */

/* The place in the cache that var shares with others. */
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

static void forget(struct context_thread *thread, const struct context_var *var)
{
    unsigned place = place_of(var);

    if (thread->cache[place].var == var)
        thread->cache[place].var = NULL;
}

ARENA_COLD void forget_all(struct context_thread *thread)
{
    memset(thread->cache, 0, sizeof thread->cache);
}

/* Does the cache have the value of var in the current context? */
static inline bool is_kept(const struct context_thread *thread,
                           const struct context_var *var)
{
    unsigned place = place_of(var);

    return thread->cache[place].var == var &&
           thread->cache[place].version == thread->version;
}

/* ---- Threads --------------------------------------------------------- */

/* The context in which thread sets variables. */
static inline struct context *context_to_set(struct context_thread *thread)
{
    return thread->current != NULL ? thread->current : &thread->base;
}

/* Make base a copy of `from` in arena; without that, an empty context. */
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
        start(base, home_of_root(&base->map));
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
    return release_handle(&thread->base);
}

const struct context *context_current(const struct context_thread *thread)
{
    return thread == NULL ? NULL : thread->current;
}

/* ---- Contexts -------------------------------------------------------- */

int context_init(struct context *context, struct arena *arena)
{
    int result;

    if (context == NULL)
        return ARENA_EINVAL;
    result = hamt_init(&context->map, arena, &variables);
    if (result == ARENA_OK)
        start(context, 0);
    return result;
}

int context_copy(const struct context *context, struct context *copy)
{
    if (context == NULL || copy == NULL)
        return ARENA_EINVAL;
    return copy_handle(context, copy);
}

int context_copy_current(struct context_thread *thread, struct context *copy)
{
    int result;

    if (thread == NULL)
        return ARENA_EINVAL;
    result = context_copy(context_to_set(thread), copy);
    if (result == ARENA_OK)
        thread->current = context_to_set(thread);
    return result;
}

int context_release(struct context *context)
{
    if (context == NULL)
        return ARENA_EINVAL;
    if (context->entered)
        return ARENA_EENTERED;
    return release_handle(context);
}

/* Tell the watchers of a switch that has been made. One that is added by
   another meanwhile is not told, nor one that is cleared before its turn. */
ARENA_COLD void announce(struct context_thread *thread)
{
    unsigned watching = thread->watching;
    const struct context *current = thread->current;

    for (int i = 0; watching >> i != 0; i++) {
        int error = 0;

        if (watching & thread->watching & 1u << i)
            error =
                thread->watchers[i].function(thread->watchers[i].user, current);
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
        forget_all(thread); /* from now on versions come a second time */
    if (thread->watching)
        announce(thread);
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

/* ---- Variables ------------------------------------------------------- */

/* As find_var in the current context, from the cache if that has the value. */
static int look_up(struct context_thread *thread, const struct context_var *var,
                   uintptr_t *value)
{
    int result;

    if (is_kept(thread, var)) {
        *value = thread->cache[place_of(var)].value;
        return 1;
    }
    if (thread->current == NULL)
        return 0;
    result = find_var(thread->current, var, value);
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

/* Bind var to value in context, which becomes the current one of thread if it
   has none. Returns 1, with *old what var was bound to, 0 if it was not bound,
   or an error. */
static int bind_var(struct context_thread *thread, struct context *context,
                    const struct context_var *var, uintptr_t value,
                    uintptr_t *old)
{
    int was_bound = look_up(thread, var, old), added;
    void *slot;

    if (was_bound && *old == value)
        return 1;
    slot = own_value(context, var);
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

/* Unbind var in context, the current one of thread. Returns ARENA_OK or an
   error. */
static int unbind_var(struct context_thread *thread, struct context *context,
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
    was_bound = bind_var(thread, context_to_set(thread), var, value, &old);
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

/* May token be used for var now? The order of the checks is CPython's. */
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

int context_reset(struct context_thread *thread, const struct context_var *var,
                  struct context_token *token)
{
    uintptr_t old;
    int error;

    if (thread == NULL || var == NULL || token == NULL)
        return ARENA_EINVAL;
    error = check_token(thread, var, token);
    if (error == ARENA_OK)
        error = token->was_set
                    ? bind_var(thread, token->context, var, token->old, &old)
                    : unbind_var(thread, token->context, var);
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

/* ---- A context as a map ---------------------------------------------- */

size_t context_count(const struct context *context)
{
    return context == NULL ? 0 : hamt_count(&context->map);
}

int context_contains(const struct context *context,
                     const struct context_var *var)
{
    uintptr_t value;

    return context_find(context, var, &value);
}

int context_find(const struct context *context, const struct context_var *var,
                 uintptr_t *value)
{
    if (context == NULL || var == NULL || value == NULL)
        return ARENA_EINVAL;
    return find_var(context, var, value);
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

int context_iter_next(struct context_iter *iter, const struct context_var **var,
                      uintptr_t *value)
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

/* ---- Watchers -------------------------------------------------------- */

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

/* ---- Looking in ------------------------------------------------------ */

/* Is the cache's entry in a place true, or empty, or of another version? */
static bool is_cache_right(const struct context_thread *thread, unsigned place)
{
    const struct context_var *var = thread->cache[place].var;
    uintptr_t value;

    if (var == NULL || thread->cache[place].version != thread->version)
        return true;
    return place_of(var) == place && thread->current != NULL &&
           find_var(thread->current, var, &value) > 0 &&
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
