/*
 * A mutable dict that keeps the order of insertion: the calls of dict.h, in
 * its order. Only dict_get and dict_set lie elsewhere: they are inline, in
 * dict/plain.h, which dict.h includes.
 *
 * What always holds, except in the middle of a call:
 *
 *   Index     A slot holds the number of an entry that is alive, or DICT_EMPTY,
 *             or DICT_DUMMY. Each entry that is alive is in one slot, and the
 *             walk of its hash comes there before it comes to an empty slot.
 *             A third of the slots are empty, so that every walk ends.
 *   Entries   [0, nentries) are in the order of insertion, dead ones among
 *             them. used of them are alive; nentries + usable is at most two
 *             thirds of the slots. Dead ones have the hash DICT_DEAD, which no
 *             key has. A table of a dict's own knows its lead: how many dead
 *             ones stand before the first that is alive.
 *   Tables    A dict has a table of its own, or shares a shape's (capacity is
 *             above 0), or has none (keys is 0) and is empty. A table of its
 *             own is for all keys that the type has, or for names only. plain
 *             says whether the slots of its index have tags.
 *   Shapes    No name leaves a shape's table or changes its number. shares
 *             counts the shape and the dicts that have the table. It never has
 *             more names than any of these dicts has capacity for values.
 *   Values    With a shape, order[size] has the numbers of the bits in present,
 *             each once. A dict that is empty may have no block for them.
 *   Names     No two names of a space say the same. A name is in the space's
 *             table as long as it has users: entries with it in other tables,
 *             holds of dict_intern, and the caller of dict_popitem.
 *   Versions  No two contents in a space have the same version. When a key
 *             comes or goes, or a table is made anew, the dict gets an edition
 *             that no dict in the space has had: iterators and comparisons see
 *             by it that what they walk is gone. A table's
 *             own version, for caches, is 0 again when a key came or went.
 *   busy      is above 0 while a function of the user's runs in a call that
 *             changes the dict, or updates another from it. Changes are refused
 *             meanwhile.
 *
 * A call that fails has changed nothing of this: see dict/change.h.
 */
#include "dict.h"

#include "dict/keys.h"   /* the table: layout, index, probing              */
#include "dict/names.h"  /* strings that are in a space once               */
#include "dict/shape.h"  /* tables of names that dicts share               */
#include "dict/split.h"  /* the values of a dict with a shape              */
#include "dict/find.h"   /* from a key to its entry; caches                */
#include "dict/change.h" /* events; adding, binding and removing a key     */
#include "dict/whole.h"  /* copying, comparing and updating                */
#include "dict/check.h"  /* does all of the above hold?                    */

/* ---- Names ----------------------------------------------------------- */

int dict_name_init(struct dict_name *name, const char *text, size_t size)
{
    if (name == NULL || text == NULL)
        return ARENA_EINVAL;
    name->text = text;
    name->size = size;
    name->hash = 0; /* not known: so hash_name computes it */
    name->hash = hash_name(name);
    return ARENA_OK;
}

/* ---- Spaces ---------------------------------------------------------- */

int dict_space_init(struct dict_space *space, struct arena *arena)
{
    if (space == NULL || arena == NULL)
        return ARENA_EINVAL;
    memset(space, 0, sizeof *space);
    space->arena = arena;
    space->keys_version = 1;
    return ARENA_OK;
}

int dict_space_destroy(struct dict_space *space)
{
    if (space == NULL || space->arena == NULL)
        return ARENA_EINVAL;
    if (!has_popped_only(space))
        return ARENA_EBUSY;
    drop_popped(space);
    memset(space, 0, sizeof *space);
    return ARENA_OK;
}

/* The name is held first, made if need be: a name that had users has two at
   least then, and is not new. */
int dict_intern(struct dict_space *space, const char *text, size_t size,
                struct dict_name *name)
{
    struct dict_name wanted;
    arena_ref ref;
    int error = dict_name_init(&wanted, text, size);

    if (space == NULL || name == NULL || error < 0)
        return ARENA_EINVAL;
    ref = name_hold(space, &wanted, wanted.hash);
    if (ref == 0)
        return ARENA_ENOMEM;
    if (name_at(space->arena, ref)->users > DICT_USERS_MAX) {
        name_drop(space, ref);
        return ARENA_ENOMEM;
    }
    ++*holds_of(space->arena, ref);
    name_read(space->arena, ref, name);
    return name_at(space->arena, ref)->users == 1;
}

/* Only as many users as dict_intern has made are the caller's to give back. */
int dict_forget(struct dict_space *space, const struct dict_name *name)
{
    const struct dict_keys *keys;
    arena_ref ref;
    uint32_t at;

    if (space == NULL || name == NULL || name->text == NULL ||
        space->names == 0)
        return ARENA_EINVAL;
    keys = keys_at(space->arena, space->names);
    if (!find_name(space->arena, keys, name, hash_name(name), &at))
        return ARENA_EINVAL;
    ref = *name_of(keys, entry_of(keys, at));
    if (count_holds(space->arena, ref) == 0)
        return ARENA_EINVAL;
    --*holds_of(space->arena, ref);
    name_drop(space, ref);
    return ARENA_OK;
}

/* ---- Watchers -------------------------------------------------------- */

/* Returns ARENA_OK if space has this watcher, else the error to return. */
static int check_watcher(const struct dict_space *space, int watcher)
{
    if (space == NULL)
        return ARENA_EINVAL;
    if (watcher < 0 || watcher >= DICT_WATCHERS)
        return ARENA_EWATCHER;
    return space->watchers[watcher].call == NULL ? ARENA_EUNWATCHED : ARENA_OK;
}

int dict_watcher_add(struct dict_space *space, dict_watcher *call, void *user)
{
    if (space == NULL || call == NULL)
        return ARENA_EINVAL;
    for (int i = 0; i < DICT_WATCHERS; i++) {
        if (space->watchers[i].call == NULL) {
            space->watchers[i].call = call;
            space->watchers[i].user = user;
            space->watchers[i].since = ++space->version;
            return i;
        }
    }
    return ARENA_EFULL;
}

/* Which dicts have its bit set is not known: the bits stay, and are stale when
   there is a next watcher. */
int dict_watcher_remove(struct dict_space *space, int watcher)
{
    int error = check_watcher(space, watcher);

    if (error >= 0)
        space->watchers[watcher].call = NULL;
    return error;
}

int dict_watch(struct dict *dict, int watcher)
{
    int error = check_watcher(dict == NULL ? NULL : dict->space, watcher);

    if (error < 0)
        return error;
    if (is_stale(dict, (unsigned)watcher))
        touch(dict);
    dict->watched = (uint8_t)(dict->watched | 1u << watcher);
    return ARENA_OK;
}

int dict_unwatch(struct dict *dict, int watcher)
{
    int error = check_watcher(dict == NULL ? NULL : dict->space, watcher);

    if (error >= 0)
        dict->watched = (uint8_t)(dict->watched & ~(1u << watcher));
    return error;
}

/* ---- Life ------------------------------------------------------------ */

/* Can there be dicts of type? Not if it has neither general keys nor names. */
static bool is_type(const struct dict_type *type)
{
    return type != NULL && (type->flags & ~(unsigned)DICT_NAMES) == 0 &&
           (type->key_size > 0 || (type->flags & DICT_NAMES) != 0);
}

int dict_init(struct dict *dict, struct dict_space *space,
              const struct dict_type *type)
{
    if (dict == NULL || space == NULL || space->arena == NULL || !is_type(type))
        return ARENA_EINVAL;
    memset(dict, 0, sizeof *dict);
    dict->space = space;
    dict->type = type;
    touch_keys(dict);
    return ARENA_OK;
}

/* The new table has one share, the shape's. */
int dict_shape_init(struct dict_shape *shape, struct dict_space *space,
                    const struct dict_type *type)
{
    struct dict_keys *keys;

    if (shape == NULL || space == NULL || space->arena == NULL ||
        !is_type(type) || (type->flags & DICT_NAMES) == 0)
        return ARENA_EINVAL;
    keys = shape_make(space->arena, type);
    if (keys == NULL)
        return ARENA_ENOMEM;
    shape->space = space;
    shape->type = type;
    shape->keys = arena_ref_of(space->arena, keys);
    return ARENA_OK;
}

int dict_shape_add(struct dict_shape *shape, const struct dict_name *name)
{
    struct dict_keys *keys;
    dict_hash hash;
    uint32_t at;

    if (shape == NULL || shape->space == NULL || name == NULL ||
        name->text == NULL)
        return ARENA_EINVAL;
    keys = keys_at(shape->space->arena, shape->keys);
    hash = hash_name(name);
    if (find_name(shape->space->arena, keys, name, hash, &at))
        return 0;
    if (keys->usable == 0)
        return ARENA_EFULL;
    return shape_append(shape->space, keys, name, hash);
}

int dict_shape_destroy(struct dict_shape *shape)
{
    if (shape == NULL || shape->space == NULL)
        return ARENA_EINVAL;
    shape_drop(shape->space, shape->keys);
    memset(shape, 0, sizeof *shape);
    return ARENA_OK;
}

/* The shape is counted last: until then nothing of it has changed. */
int dict_init_shape(struct dict *dict, struct dict_shape *shape)
{
    struct dict_keys *keys;
    int error;

    if (shape == NULL || shape->space == NULL)
        return ARENA_EINVAL;
    keys = keys_at(shape->space->arena, shape->keys);
    if (keys->shares == DICT_SHARES_MAX)
        return ARENA_ENOMEM;
    error = dict_init(dict, shape->space, shape->type);
    if (error < 0)
        return error;
    dict->keys = shape->keys;
    dict->capacity = shape_enter(keys);
    return ARENA_OK;
}

/* A dict with a table is cleared, and watchers are told, even if no entry in it
   is alive: as in CPython. A shape's table is kept, and only values go. */
int dict_clear(struct dict *dict)
{
    int error = check_dict(dict);
    bool is_empty;

    if (error < 0)
        return error;
    is_empty = is_split(dict) ? split_count(dict) == 0 : dict->keys == 0;
    if (is_split(dict))
        values_free(dict);
    else if (!is_empty)
        drop_all(dict);
    if (is_empty)
        return ARENA_OK;
    touch_keys(dict);
    notify(dict, DICT_CLEARED, NULL, 0);
    return ARENA_OK;
}

/* Watchers still see dict, empty; then it is all zeros but for its edition,
   which has moved on: an iterator that is used later stops there. */
int dict_destroy(struct dict *dict)
{
    uint32_t edition;
    int error = check_dict(dict);

    if (error < 0)
        return error;
    drop_all(dict);
    touch_keys(dict);
    notify(dict, DICT_DEALLOCATED, NULL, 0);
    edition = dict->edition;
    memset(dict, 0, sizeof *dict);
    dict->edition = edition;
    return ARENA_OK;
}

/* ---- Reading --------------------------------------------------------- */

/* The type's hash function may change dict, or destroy it. So nothing that is
   read before seek is used after; a dict that is destroyed has no table. */
int dict_find(const struct dict *dict, const void *key, uintptr_t *value)
{
    struct sought sought;
    uint32_t at;
    int result;

    if (dict == NULL || dict->space == NULL)
        return ARENA_EINVAL;
    result = seek(dict->type, key, &sought);
    if (result < 0)
        return result;
    result = find_key(dict, &sought, &at);
    if (result > 0 && value != NULL)
        *value = *value_at(dict, at);
    return result;
}

int dict_contains(const struct dict *dict, const void *key)
{
    return dict_get(dict, key, NULL);
}

/* On a hit the key is not looked at, but a dict with a shape may still lack a
   value for it. */
int dict_get_cached(const struct dict *dict, const void *key,
                    struct dict_cache *cache, uintptr_t *value)
{
    int result;

    if (dict == NULL || dict->space == NULL || cache == NULL)
        return ARENA_EINVAL;
    if (!is_hit(dict, cache)) {
        result = fill_cache(dict, key, cache);
        if (result <= 0)
            return result;
    }
    if (is_split(dict) && !has_value(dict, cache->index))
        return 0;
    if (value != NULL)
        *value = *value_at(dict, cache->index);
    return 1;
}

size_t dict_count(const struct dict *dict)
{
    return dict == NULL || dict->space == NULL ? 0 : (size_t)count_of(dict);
}

/* ---- Changing -------------------------------------------------------- */

int dict_put(struct dict *dict, const void *key, uintptr_t value)
{
    struct sought sought;
    uint32_t at = 0;
    int found = find_to_change(dict, key, &sought, &at);

    return found < 0 ? found : bind_key(dict, &sought, found, at, value);
}

/* The key is hashed and compared once: what was found, or not, serves bind. */
int dict_setdefault(struct dict *dict, const void *key, uintptr_t value,
                    uintptr_t *result)
{
    struct sought sought;
    uint32_t at = 0;
    int found = find_to_change(dict, key, &sought, &at), added = 0;

    if (found < 0)
        return found;
    if (found > 0)
        value = *value_at(dict, at);
    else
        added = bind_key(dict, &sought, 0, 0, value);
    if (added >= 0 && result != NULL)
        *result = value;
    return added;
}

int dict_remove(struct dict *dict, const void *key)
{
    return dict_pop(dict, key, NULL);
}

/* In an empty dict no key is hashed, as in CPython.
   The caller's key may be the very name that goes, so this is dropped only when
   watchers have been told of the key. */
int dict_pop(struct dict *dict, const void *key, uintptr_t *value)
{
    struct sought sought;
    uint32_t at = 0;
    arena_ref name;
    int found = check_dict(dict);

    if (found < 0 || (key != NULL && count_of(dict) == 0))
        return found;
    found = find_to_change(dict, key, &sought, &at);
    if (found <= 0)
        return found;
    if (value != NULL)
        *value = *value_at(dict, at);
    name = take_out(dict, at);
    notify(dict, DICT_DELETED, key, 0);
    name_drop(dict->space, name);
    return 1;
}

/* Begin to take an item out of dict: it must have one, in a table of its own.
   Returns 1, 0 if dict is empty, or an error. */
static int begin_pop(struct dict *dict, struct dict_item *item)
{
    int error = check_dict(dict);

    if (error < 0 || item == NULL)
        return error < 0 ? error : ARENA_EINVAL;
    if (count_of(dict) == 0)
        return 0;
    if (is_split(dict))
        error = renew_table(dict, DICT_KIND_NAMES, table_of(dict)->log2);
    return error < 0 ? error : 1;
}

/* Take entry at out of dict, and set item to it. Returns the name in it, or 0:
   for end_pop. */
static arena_ref pop_entry(struct dict *dict, uint32_t at,
                           struct dict_item *item)
{
    item->key = key_read(dict, at, &item->name, &item->both);
    item->value = *value_at(dict, at);
    return take_out(dict, at);
}

/* The item points to the text of its name, which so is kept until the next item
   is taken. A watcher may do that: then both are kept. */
static int end_pop(struct dict *dict, const struct dict_item *item,
                   arena_ref name)
{
    drop_popped(dict->space);
    notify(dict, DICT_DELETED, item->key, 0);
    keep_popped(dict->space, name);
    return 1;
}

/*
 * Dead entries at the end are cut off along with the last one alive, so that
 * the next call need not come by them:
 *
 *     before   [ a  b  -  c  -  - ]   nentries 6
 *     after    [ a  b  - ]            nentries 3; item is c
 */
int dict_popitem(struct dict *dict, struct dict_item *item)
{
    struct dict_keys *keys;
    arena_ref name;
    uint32_t at;
    int result = begin_pop(dict, item);

    if (result <= 0)
        return result;
    keys = table_of(dict);
    at = keys->nentries - (uint32_t)1;
    while (is_dead(keys, entry_of(keys, at)))
        at--;
    name = pop_entry(dict, at, item);
    keys_cut(keys, at);
    return end_pop(dict, item, name);
}

/* Dead entries at the beginning stay, but are known: see lead_of. */
int dict_pop_first(struct dict *dict, struct dict_item *item)
{
    int result = begin_pop(dict, item);

    if (result <= 0)
        return result;
    return end_pop(dict, item, pop_entry(dict, *lead_of(table_of(dict)), item));
}

/* A callback of an update may update a third dict from one of the two: so busy
   is counted, and has an end. Both have one type and one space, so that entries
   are alike and names are shared. */
int dict_update(struct dict *dict, struct dict *other)
{
    int result = check_dict(dict);

    if (result < 0 || other == NULL || other->space == NULL)
        return result < 0 ? result : ARENA_EINVAL;
    if (other->space != dict->space || other->type != dict->type)
        return ARENA_EINVAL;
    if (other == dict || count_of(other) == 0)
        return ARENA_OK;
    if (other->busy == DICT_BUSY_MAX)
        return ARENA_EBUSY;
    dict->busy++;
    other->busy++;
    if (is_worth_cloning(dict, other))
        result = clone_into(dict, other);
    else
        result = merge(dict, other);
    other->busy--;
    dict->busy--;
    return result;
}

/* The keys to come are not known: if the type has general ones, room for names
   alone is not enough. A dict keeps its shape if that has room for count names;
   then all that can be reserved is the block for values. */
int dict_reserve(struct dict *dict, size_t count)
{
    const struct dict_keys *keys;
    unsigned kind;
    int error = check_dict(dict);

    if (error < 0 || count <= count_of(dict))
        return error;
    if (count > (arena_ref)-1 / sizeof(dict_hash))
        return ARENA_ENOMEM;
    keys = table_of(dict);
    if (is_split(dict) && count <= dict->capacity) {
        if (dict->values == 0)
            dict->values = values_make(dict);
        return dict->values == 0 ? ARENA_ENOMEM : ARENA_OK;
    }
    kind = kind_for(dict, dict->type->key_size > 0);
    if (!is_split(dict) && dict->keys != 0 && keys->kind == kind &&
        keys->usable >= count - keys->used)
        return ARENA_OK;
    return renew_table(dict, kind, log2_least((uint32_t)count));
}

/* Without entries no table is needed at all. A shape's table is not dict's to
   shrink. */
int dict_shrink(struct dict *dict)
{
    const struct dict_keys *keys;
    int error = check_dict(dict);

    if (error < 0 || is_split(dict) || dict->keys == 0)
        return error;
    keys = table_of(dict);
    if (keys->used == 0) {
        drop_all(dict);
        touch_table(dict);
        return ARENA_OK;
    }
    if (log2_least(keys->used) >= keys->log2)
        return ARENA_OK;
    return renew_table(dict, keys->kind, log2_least(keys->used));
}

/* ---- Whole dicts ----------------------------------------------------- */

/* The copy is made aside, so that *out is untouched if it fails. A dict without
   entries gives none of its table, but its shape. */
int dict_copy(const struct dict *dict, struct dict *out)
{
    struct dict copy;
    int error;

    if (dict == NULL || out == NULL || dict->space == NULL || out == dict)
        return ARENA_EINVAL;
    error = dict_init(&copy, dict->space, dict->type);
    if (error >= 0 && is_split(dict))
        error = copy_split(dict, &copy);
    else if (error >= 0 && count_of(dict) > 0)
        error = copy_own(dict, &copy);
    if (error >= 0)
        *out = copy;
    return error;
}

/* They have as many keys: if b has all of a's, it has no others. */
int dict_equal(const struct dict *a, const struct dict *b)
{
    arena_ref passed = 0;
    uint32_t at;
    int result = 1;

    if (a == NULL || b == NULL || a->space == NULL || b->space == NULL ||
        a->type != b->type)
        return ARENA_EINVAL;
    if (a == b || count_of(a) != count_of(b))
        return a == b;
    while (result > 0 && next_entry(a, &passed, &at))
        result = is_in(a, at, b);
    return result;
}

/* ---- Iterating ------------------------------------------------------- */

/* Without a dict the iterator is at its end. */
void dict_iter_init(struct dict_iter *iter, const struct dict *dict)
{
    if (iter == NULL)
        return;
    memset(iter, 0, sizeof *iter);
    if (dict == NULL || dict->space == NULL)
        return;
    iter->dict = dict;
    iter->edition = dict->edition;
}

/* Both ends are for good: iter->error stays, and without iter->dict there is
   nothing more to come, even if dict gets more entries. */
int dict_iter_next(struct dict_iter *iter, const void **key, uintptr_t *value)
{
    const struct dict *dict;
    uint32_t at;

    if (iter == NULL)
        return ARENA_EINVAL;
    dict = iter->dict;
    if (iter->error < 0 || dict == NULL)
        return iter->error;
    if (dict->edition != iter->edition) {
        iter->error = ARENA_ECHANGED;
        return iter->error;
    }
    if (!next_entry(dict, &iter->at, &at)) {
        iter->dict = NULL;
        return 0;
    }
    if (key != NULL)
        *key = key_read(dict, at, &iter->name, &iter->both);
    if (value != NULL)
        *value = *value_at(dict, at);
    return 1;
}

/* ---- Looking in ------------------------------------------------------ */

int dict_check(const struct dict *dict)
{
    if (dict == NULL || dict->space == NULL)
        return ARENA_EINVAL;
    return is_sound(dict) ? ARENA_OK : ARENA_ECORRUPT;
}

void dict_get_stats(const struct dict *dict, struct dict_stats *out)
{
    const struct dict_keys *keys;

    if (out == NULL)
        return;
    memset(out, 0, sizeof *out);
    if (dict == NULL || dict->space == NULL || dict->keys == 0)
        return;
    keys = table_of(dict);
    out->used = (size_t)count_of(dict);
    out->slots = (size_t)slots_of(keys);
    out->width = (size_t)1 << keys->width;
    out->usable = keys->usable;
    out->entries = keys->nentries;
    out->capacity = dict->capacity;
    out->general = keys->kind == DICT_KIND_GENERAL;
    if (!is_split(dict))
        out->bytes = keys_size(keys);
    else if (dict->values != 0)
        out->bytes = values_size(dict);
}

/* ---- Plain integers -------------------------------------------------- */

/* dict_find_plain has found that key is absent, so it is not sought again. */
int dict_add_plain(struct dict *dict, const void *key, uintptr_t value)
{
    struct dict_keys *keys = table_of(dict);
    struct dict_plain *entry;
    struct sought sought;

    sought.name = NULL;
    sought.key = key;
    sought.owner = NULL;
    sought.hash = hash_plain(key, sizeof entry->key);
    if (keys->usable == 0)
        return add_key(dict, &sought, value);
    entry = (struct dict_plain *)(void *)keys_append(keys, sought.hash);
    memcpy(&entry->key, key, sizeof entry->key);
    entry->value = value;
    touch_keys(dict);
    return 1;
}
