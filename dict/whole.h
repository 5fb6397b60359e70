/* Whole dicts: copies, comparison, update. Private, part of dict.c. */
#ifndef STRATA_DICT_WHOLE_H
#define STRATA_DICT_WHOLE_H

#include "change.h"

/* ---- Copies ---------------------------------------------------------- */

/* Copy the table of dict as it is, and give its names one user more. Returns 0
   if there is no room. */
static arena_ref clone_table(const struct dict *dict)
{
    struct arena *arena = dict->space->arena;
    const struct dict_keys *old = table_of(dict);
    struct dict_keys *keys = arena_alloc(arena, keys_size(old));

    if (keys == NULL)
        return 0;
    memcpy(keys, old, old->entries + (size_t)old->nentries * old->stride);
    keys->version = 0; /* no two tables have one */
    keys_hold_names(arena, keys);
    return arena_ref_of(arena, keys);
}

/* Make out, which is empty, a copy of a dict with a shape. */
static int copy_split(const struct dict *dict, struct dict *out)
{
    if (table_of(dict)->shares == DICT_SHARES_MAX)
        return ARENA_ENOMEM;
    out->capacity = dict->capacity;
    if (split_count(dict) > 0) {
        out->values = values_make(out);
        if (out->values == 0)
            return ARENA_ENOMEM;
        memcpy(values_of(out), values_of(dict), values_size(dict));
    }
    out->keys = dict->keys;
    table_of(out)->shares++;
    return ARENA_OK;
}

/* Make out, which is empty, a copy of a dict with a table of its own. If more
   than a third of its entries are dead, only the others are copied. */
static int copy_own(const struct dict *dict, struct dict *out)
{
    struct arena *arena = dict->space->arena;
    const struct dict_keys *keys = table_of(dict);
    arena_ref fresh;

    if (keys->used >= (uint32_t)keys->nentries * 2 / 3) {
        fresh = clone_table(dict);
    } else {
        fresh = remake(dict, keys->kind, log2_fitting(keys->used));
        if (fresh != 0)
            keys_hold_names(arena, keys_at(arena, fresh));
    }
    set_table(out, fresh);
    return fresh == 0 ? ARENA_ENOMEM : ARENA_OK;
}

/* ---- Comparison ------------------------------------------------------ */

/* Set sought to the key of entry at of dict, to be found in another dict. name
   is for its text, and must live as long as sought. */
static void seek_entry(const struct dict *dict, uint32_t at,
                       struct sought *sought, struct dict_name *name)
{
    const struct dict_keys *keys = table_of(dict);
    unsigned char *entry = entry_of(keys, at);
    arena_ref ref = name_in(keys, entry);

    sought->hash = *hash_of(keys, entry);
    sought->name = NULL;
    sought->owner = dict;
    sought->edition = dict->edition;
    sought->key = entry + keys->key_at;
    if (ref != 0) {
        name_read(dict->space->arena, ref, name);
        sought->name = name;
    }
}

/* Does b have the key of entry at of a, with an equal value? Returns 1, 0 or an
   error: also if the type's function has changed a or b. */
static int is_in(const struct dict *a, uint32_t at, const struct dict *b)
{
    struct dict_name name;
    struct sought sought;
    uintptr_t x = *value_at(a, at), y;
    uint32_t a_edition, b_edition, there;
    int result;

    seek_entry(a, at, &sought, &name);
    result = find_key(b, &sought, &there);
    if (result <= 0)
        return result;
    y = *value_at(b, there);
    if (x == y || a->type->equal_value == NULL)
        return x == y;
    a_edition = a->edition;
    b_edition = b->edition;
    result = a->type->equal_value(a->type, x, y);
    if (result >= 0 && (a->edition != a_edition || b->edition != b_edition))
        return ARENA_ECHANGED;
    return result;
}

/* ---- Update ---------------------------------------------------------- */

/* Does other have a general key? */
static bool has_general(const struct dict *other)
{
    arena_ref passed = 0;
    uint32_t at;

    while (next_entry(other, &passed, &at)) {
        const struct dict_keys *keys = table_of(other);

        if (name_in(keys, entry_of(keys, at)) == 0)
            return true;
    }
    return false;
}

/* The number of other's names that the shape of dict lacks. */
static uint32_t count_lacking(const struct dict *dict, const struct dict *other)
{
    struct dict_name name;
    struct sought sought;
    arena_ref passed = 0;
    uint32_t at, there, count = 0;

    while (next_entry(other, &passed, &at)) {
        seek_entry(other, at, &sought, &name);
        count += keys_find(dict, table_of(dict), &sought, &there) == 0;
    }
    return count;
}

/*
 * The table in which dict has room for all of other's keys: its own, or one
 * that is remade from it. Returns 0 if there is no room in the arena.
 *
 * A table that is full grows at least as much as for one key. Else a dict that
 * loses a key and gets one, again and again, would be remade each time.
 *
 * A dict with a shape keeps it if all of other's keys are names that fit into
 * the shape. Then it gets its block for values here, too.
 */
static arena_ref table_for_all(struct dict *dict, const struct dict *other)
{
    const struct dict_keys *keys = table_of(dict);
    unsigned kind = kind_for(dict, has_general(other));
    uint32_t count = count_of(other);
    unsigned log2;

    if (is_split(dict) && kind == DICT_KIND_NAMES &&
        count_lacking(dict, other) <= keys->usable) {
        if (dict->values == 0)
            dict->values = values_make(dict);
        return dict->values == 0 ? 0 : dict->keys;
    }
    if (!is_split(dict) && dict->keys != 0 && keys->kind == kind &&
        keys->usable >= count)
        return dict->keys;
    log2 = log2_fitting(count_of(dict) + count);
    if (log2 < log2_grown(count_of(dict)))
        log2 = log2_grown(count_of(dict));
    return remake(dict, kind, log2);
}

/*
 * An update keeps a note, 4 bytes, for each key of other:
 *
 *     number of its entry in dict | 2 bits
 *
 * The bits say first whether dict has the key, DICT_IS_THERE or 0, and then
 * what binding it came to: DICT_WAS_ADDED, ...
 */
enum { DICT_NOTE_SHIFT = 2, DICT_NOTE_BITS = 3, DICT_IS_THERE = 3 };

/* Find each key of other in keys, a table of dict, and note where it is. All
   comparisons of an update are made here, before anything is changed. */
static int find_all(const struct dict *dict, const struct dict_keys *keys,
                    const struct dict *other, uint32_t *notes)
{
    struct dict_name name;
    struct sought sought;
    arena_ref passed = 0;
    uint32_t at, there = 0;

    while (next_entry(other, &passed, &at)) {
        int result;

        seek_entry(other, at, &sought, &name);
        result = keys_find(dict, keys, &sought, &there);
        if (result < 0)
            return result;
        *notes++ = result > 0 ? there << DICT_NOTE_SHIFT | DICT_IS_THERE : 0;
    }
    return ARENA_OK;
}

/* Bind all keys of other in dict, which has room for them. notes are those of
   find_all, and what binding came to is noted there. Without notes (NULL) keys
   are found here: no comparison can fail, and no watcher is to be told. */
static void bind_all(struct dict *dict, const struct dict *other,
                     uint32_t *notes)
{
    struct dict_name name;
    struct sought sought;
    arena_ref passed = 0;
    uint32_t at, there = 0;
    int found, done;

    while (next_entry(other, &passed, &at)) {
        seek_entry(other, at, &sought, &name);
        if (notes == NULL || is_split(dict)) {
            found = find_key(dict, &sought, &there);
        } else {
            found = (*notes & DICT_NOTE_BITS) == DICT_IS_THERE;
            there = *notes >> DICT_NOTE_SHIFT;
        }
        done = put(dict, &sought, found, &there, *value_at(other, at));
        if (notes != NULL)
            *notes++ = there << DICT_NOTE_SHIFT | (uint32_t)done;
    }
}

/* Notify watchers of what bind_all has done, by its count notes. */
static void notify_all(struct dict *dict, const uint32_t *notes, uint32_t count)
{
    for (; count > 0; count--, notes++) {
        uint32_t done = *notes & DICT_NOTE_BITS;

        if (done != DICT_UNCHANGED)
            notify_entry(dict,
                         done == DICT_WAS_ADDED ? DICT_ADDED : DICT_MODIFIED,
                         *notes >> DICT_NOTE_SHIFT);
    }
}

/*
 * Bind all keys of other in dict. Both are busy, so that neither changes while
 * keys are compared and watchers are told.
 *
 * First all that can fail: a table with room, aside from dict's own, notes, and
 * comparisons. Then the table is replaced, keys are bound, watchers are told of
 * each. Without watchers and comparisons there is nothing to note.
 */
static int merge(struct dict *dict, const struct dict *other)
{
    struct arena *arena = dict->space->arena;
    arena_ref values = dict->values, fresh = table_for_all(dict, other);
    uint32_t *notes = NULL, count = count_of(other);
    int result = fresh == 0 ? ARENA_ENOMEM : ARENA_OK;

    if (result >= 0 && (dict->watched != 0 || dict->type->equal != NULL)) {
        notes = arena_alloc(arena, (size_t)count * sizeof *notes);
        result = notes == NULL
                     ? ARENA_ENOMEM
                     : find_all(dict, keys_at(arena, fresh), other, notes);
    }
    if (result >= 0) {
        if (fresh != dict->keys)
            replace_table(dict, fresh);
        bind_all(dict, other, notes);
        if (notes != NULL)
            notify_all(dict, notes, count);
    } else {
        if (fresh != 0 && fresh != dict->keys)
            free_ref(arena, fresh);
        if (values != dict->values)
            values_free(dict);
    }
    arena_free(arena, notes);
    return result;
}

/* Should dict get a copy of other's table in an update? Only if dict is empty,
   and the table has no dead entries and is not much too large. */
static bool is_worth_cloning(const struct dict *dict, const struct dict *other)
{
    const struct dict_keys *keys = table_of(other);

    return !is_split(dict) && !is_split(other) && count_of(dict) == 0 &&
           keys->used == keys->nentries &&
           (keys->log2 == DICT_LOG2_MIN ||
            keys->used > usable_of(keys->log2 - 1u));
}

/* Replace the table of dict, which is empty, by a copy of other's. */
static int clone_into(struct dict *dict, struct dict *other)
{
    arena_ref fresh = clone_table(other);

    if (fresh == 0)
        return ARENA_ENOMEM;
    keys_drop(dict->space, dict->keys);
    set_table(dict, fresh);
    touch_keys(dict);
    notify(dict, DICT_CLONED, other, 0);
    return ARENA_OK;
}

#endif
