/*
 * Changing a dict: events, tables, adding, binding, removing. Private, part of
 * dict.c.
 *
 * Each change is made in this order: memory is taken, the table is changed,
 * versions move on, watchers are told. All that can fail is over before the
 * table is touched, so that a call which fails has changed nothing.
 */
#ifndef STRATA_DICT_CHANGE_H
#define STRATA_DICT_CHANGE_H

#include "find.h"

/* ---- Versions and events --------------------------------------------- */

/*
 * Was watcher i added after the last change of dict? Then the bit that dict has
 * for it is that of a watcher which had the number before. dict_watch sees to
 * it that a dict has a later version.
 */
static bool is_stale(const struct dict *dict, unsigned i)
{
    uint64_t since = dict->space->watchers[i].since;
    uint32_t high = (uint32_t)(since >> 32);

    /* In halves: 8-bit machines compare 64 bits by a library. */
    if (high != (uint32_t)(dict->version >> 32))
        return high > (uint32_t)(dict->version >> 32);
    return (uint32_t)since > (uint32_t)dict->version;
}

ARENA_COLD void drop_stale(struct dict *dict)
{
    for (unsigned i = 0; i < DICT_WATCHERS; i++) {
        if (is_stale(dict, i))
            dict->watched = (uint8_t)(dict->watched & ~(1u << i));
    }
}

/* Give dict a new version, with which all its watchers are as good as added
   before: so others are dropped first. */
static inline void touch(struct dict *dict)
{
    if (dict->watched != 0)
        drop_stale(dict);
    dict->version = ++dict->space->version;
}

/* Note that the table of dict is another one. No dict of the space has had this
   edition before (in its last 2^32 changes). So a walk that was interrupted
   sees it even if dict has been destroyed, and made again in its place. */
static inline void touch_table(struct dict *dict)
{
    dict->edition = (uint32_t)++dict->space->version;
}

/* Note that keys of dict have come or gone. */
static inline void touch_keys(struct dict *dict)
{
    touch(dict);
    dict->edition = (uint32_t)dict->version;
}

/* Notify all watchers of dict. Any of them may remove others. */
ARENA_COLD void notify_watchers(struct dict *dict, enum dict_event event,
                                const void *key, uintptr_t value)
{
    struct dict_space *space = dict->space;

    dict->busy++;
    for (unsigned i = 0; i < DICT_WATCHERS; i++) {
        dict_watcher *call = space->watchers[i].call;

        if ((dict->watched >> i & 1) != 0 && call != NULL &&
            !is_stale(dict, i) &&
            call(space->watchers[i].user, event, dict, key, value) < 0)
            space->watcher_failures++;
    }
    dict->busy--;
}

static inline void notify(struct dict *dict, enum dict_event event,
                          const void *key, uintptr_t value)
{
    if (dict->watched != 0)
        notify_watchers(dict, event, key, value);
}

/* Notify watchers of what has happened to entry at. */
ARENA_COLD void notify_entry(struct dict *dict, enum dict_event event,
                             uint32_t at)
{
    struct dict_name name;
    struct dict_key both;
    const void *key = key_read(dict, at, &name, &both);

    notify_watchers(dict, event, key, *value_at(dict, at));
}

/* The most that busy counts. Only a dict that others are updated from gets so
   far: by an update in a callback of an update, and so on. One more is
   refused. */
#define DICT_BUSY_MAX ((uint8_t)-1)

/* Returns ARENA_OK if dict may be changed now, else the error to return. */
static inline int check_dict(const struct dict *dict)
{
    if (dict == NULL || dict->space == NULL)
        return ARENA_EINVAL;
    return dict->busy > 0 ? ARENA_EBUSY : ARENA_OK;
}

/* Find key for a call that changes dict: the type's functions must not change
   it meanwhile. Returns as find_key. */
static int find_to_change(struct dict *dict, const void *key,
                          struct sought *sought, uint32_t *at)
{
    int result = check_dict(dict);

    if (result < 0)
        return result;
    dict->busy++;
    result = seek(dict->type, key, sought);
    if (result >= 0)
        result = find_key(dict, sought, at);
    dict->busy--;
    return result;
}

/* ---- Tables ---------------------------------------------------------- */

/*
 * Make a table of kind with 2^log2 slots and all entries of dict. dict stays as
 * it is, and its names have no user more: they will change hands, or the
 * caller counts them.
 *
 * Returns its reference, or 0 if there is no room.
 */
static arena_ref remake(const struct dict *dict, unsigned kind, unsigned log2)
{
    struct arena *arena = dict->space->arena;
    struct dict_keys *keys = keys_make(arena, dict->type, kind, log2);

    if (keys == NULL)
        return 0;
    if (is_split(dict))
        split_append_all(dict, keys);
    else if (dict->keys != 0)
        keys_append_all(keys, table_of(dict));
    return arena_ref_of(arena, keys);
}

/* Let dict have a table of its own, or none (0). */
static void set_table(struct dict *dict, arena_ref keys)
{
    dict->keys = keys;
    dict->plain = keys != 0 && table_of(dict)->is_tagged;
}

/* Replace the table of dict by one that was remade from it. The names change
   hands; those of a shape stay there too, and get one user more. */
static void replace_table(struct dict *dict, arena_ref fresh)
{
    struct arena *arena = dict->space->arena;
    arena_ref old = dict->keys;

    if (is_split(dict)) {
        keys_hold_names(arena, keys_at(arena, fresh));
        values_free(dict);
        dict->capacity = 0;
        shape_drop(dict->space, old);
    } else {
        free_ref(arena, old);
    }
    set_table(dict, fresh);
    touch_table(dict);
}

/* Give dict a table of its own, of kind and with 2^log2 slots, in place of the
   one it has. Returns ARENA_OK or ARENA_ENOMEM. */
static int renew_table(struct dict *dict, unsigned kind, unsigned log2)
{
    arena_ref fresh = remake(dict, kind, log2);

    if (fresh == 0)
        return ARENA_ENOMEM;
    replace_table(dict, fresh);
    return ARENA_OK;
}

/* The kind of table that dict needs for one more name or, if is_general, for
   one more general key. A table that is general stays so. */
static unsigned kind_for(const struct dict *dict, bool is_general)
{
    if (is_general ||
        (dict->keys != 0 && table_of(dict)->kind == DICT_KIND_GENERAL))
        return DICT_KIND_GENERAL;
    return DICT_KIND_NAMES;
}

/* The table in which dict has room for one more key: its own, or one that is
   remade from it. Returns 0 if there is no room in the arena. */
static arena_ref table_for(const struct dict *dict, bool is_general)
{
    unsigned kind = kind_for(dict, is_general);
    const struct dict_keys *keys = table_of(dict);

    if (dict->keys == 0)
        return remake(dict, kind, DICT_LOG2_MIN);
    if (keys->usable > 0 && (keys->kind == kind || !is_general))
        return dict->keys;
    return remake(dict, kind, log2_grown(count_of(dict)));
}

/* ---- Adding ---------------------------------------------------------- */

/* Append a key that is absent to a table with room for it. name is the
   reference of its name, or 0. Returns the number of its entry. */
static uint32_t append_key(const struct dict *dict, struct dict_keys *keys,
                           const struct sought *sought, arena_ref name)
{
    unsigned char *entry = keys_append(keys, sought->hash);

    if (keys->has_names)
        *name_of(keys, entry) = name;
    if (sought->name == NULL)
        memmove(entry + keys->key_at, sought->key, dict->type->key_size);
    return keys->nentries - (uint32_t)1;
}

/*
 * Add a key that is absent to dict, which has or gets a table of its own.
 *
 * The key may lie in the old table, so it is appended to the fresh one before
 * that replaces it. When it replaces a shape's, all names in it get one user
 * more; so the new name, which name_hold has counted, gives up one first.
 */
static int add_own(struct dict *dict, const struct sought *sought,
                   uintptr_t value)
{
    struct dict_space *space = dict->space;
    arena_ref fresh = table_for(dict, sought->name == NULL), name = 0;
    struct dict_keys *keys = keys_at(space->arena, fresh);

    if (fresh == 0)
        return ARENA_ENOMEM;
    if (sought->name != NULL) {
        name = name_hold(space, sought->name, sought->hash);
        if (name == 0) {
            if (fresh != dict->keys)
                free_ref(space->arena, fresh);
            return ARENA_ENOMEM;
        }
    }
    if (fresh != dict->keys && is_split(dict) && name != 0)
        name_at(space->arena, name)->users--;
    *value_in(entry_of(keys, append_key(dict, keys, sought, name))) = value;
    if (fresh != dict->keys)
        replace_table(dict, fresh);
    return 1;
}

/* Add a name for which dict has no value to dict, if its shape has it or room
   for it. Returns 1, 0 if not, or ARENA_ENOMEM. */
static int add_split(struct dict *dict, const struct sought *sought,
                     uintptr_t value)
{
    struct dict_keys *keys = table_of(dict);
    arena_ref values = dict->values;
    uint32_t at = keys->nentries;
    bool is_known = keys_find(dict, keys, sought, &at) > 0;

    if (!is_known && keys->usable == 0)
        return 0;
    if (values == 0)
        values = values_make(dict);
    if (values == 0)
        return ARENA_ENOMEM;
    if (!is_known &&
        shape_append(dict->space, keys, sought->name, sought->hash) < 0) {
        if (values != dict->values)
            free_ref(dict->space->arena, values);
        return ARENA_ENOMEM;
    }
    dict->values = values;
    split_add(dict, at, value);
    return 1;
}

/* Add a key that is absent, and tell no watcher. Returns 1 or ARENA_ENOMEM. */
static int add_key(struct dict *dict, const struct sought *sought,
                   uintptr_t value)
{
    int result = 0;

    if (is_split(dict) && sought->name != NULL)
        result = add_split(dict, sought, value);
    if (result == 0)
        result = add_own(dict, sought, value);
    if (result > 0)
        touch_keys(dict);
    return result;
}

/* ---- Binding --------------------------------------------------------- */

/* The number of the entry that came last. */
static uint32_t last_entry(const struct dict *dict)
{
    if (is_split(dict))
        return values_of(dict)->order[values_of(dict)->size - 1];
    return table_of(dict)->nentries - (uint32_t)1;
}

/* What binding a key came to. */
enum { DICT_UNCHANGED, DICT_WAS_ADDED, DICT_WAS_MODIFIED };

/* Bind what is sought to value, and tell no watcher. It was found at entry *at,
   if found is not 0; at the end *at is its entry. Returns what binding came to,
   or ARENA_ENOMEM. */
static int put(struct dict *dict, const struct sought *sought, int found,
               uint32_t *at, uintptr_t value)
{
    uintptr_t *word;
    int result;

    if (found == 0) {
        result = add_key(dict, sought, value);
        if (result < 0)
            return result;
        *at = last_entry(dict);
        return DICT_WAS_ADDED;
    }
    word = value_at(dict, *at);
    if (*word == value)
        return DICT_UNCHANGED;
    *word = value;
    touch(dict);
    return DICT_WAS_MODIFIED;
}

/* Bind what is sought, found at entry at or not, to value, and notify watchers.
   Returns 1 if it was added, 0 if not, or ARENA_ENOMEM. */
static int bind_key(struct dict *dict, const struct sought *sought, int found,
                    uint32_t at, uintptr_t value)
{
    int result = put(dict, sought, found, &at, value);

    if (result > 0 && dict->watched != 0)
        notify_entry(dict,
                     result == DICT_WAS_ADDED ? DICT_ADDED : DICT_MODIFIED, at);
    return result < 0 ? result : result == DICT_WAS_ADDED;
}

/* ---- Removing -------------------------------------------------------- */

/* Remove entry at. Returns the name in it, or 0: the caller drops it when its
   text is needed no more, as watchers are told of it. */
static arena_ref take_out(struct dict *dict, uint32_t at)
{
    struct dict_keys *keys = table_of(dict);
    arena_ref name = 0;

    if (is_split(dict)) {
        split_remove(dict, at);
    } else {
        name = name_in(keys, entry_of(keys, at));
        keys_kill(keys, at);
    }
    touch_keys(dict);
    return name;
}

/* Give back the table and all that is in it, or let go of the shape: dict is
   then empty, without a table. */
static void drop_all(struct dict *dict)
{
    if (is_split(dict)) {
        values_free(dict);
        shape_drop(dict->space, dict->keys);
        dict->capacity = 0;
    } else {
        keys_drop(dict->space, dict->keys);
    }
    set_table(dict, 0);
}

#endif
