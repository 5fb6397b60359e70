/* Whole dicts: copies, comparison, update. Private, part of dict.c. */
#ifndef STRATA_DICT_WHOLE_H
#define STRATA_DICT_WHOLE_H

#include "change.h"

/* ---- Copies ---------------------------------------------------------- */

/* Copy the table of dict as it is. Returns 0 if there is no room. */
static arena_ref cloned(const struct dict *dict)
{
    struct arena *arena = dict->space->arena;
    const struct dict_keys *old = table_of(dict);
    struct dict_keys *keys = arena_alloc(arena, keys_size(old));

    if (keys == NULL)
        return 0;
    memcpy(keys, old, old->entries + (size_t)old->nentries * old->stride);
    keys->version = 0;
    keys_hold_names(arena, keys);
    return arena_ref_of(arena, keys);
}

/* Make out, which is empty, a copy of a dict with a shape. */
static int copy_split(const struct dict *dict, struct dict *out)
{
    if (table_of(dict)->shares == (arena_ref)-1)
        return ARENA_ENOMEM;
    out->capacity = dict->capacity;
    out->values = values_make(out);
    if (out->values == 0)
        return ARENA_ENOMEM;
    memcpy(values_of(out), values_of(dict), values_size(dict));
    out->keys = dict->keys;
    table_of(out)->shares++;
    return ARENA_OK;
}

/* Make out, which is empty, a copy of a dict without one. A table in which
   more than a third is dead is not copied with its dead entries. */
static int copy_own(const struct dict *dict, struct dict *out)
{
    struct arena *arena = dict->space->arena;
    const struct dict_keys *keys = table_of(dict);
    arena_ref fresh;

    if (keys->used >= (uint32_t)keys->nentries * 2 / 3) {
        fresh = cloned(dict);
    } else {
        fresh = remade(dict, keys->kind, log2_fitting(keys->used));
        if (fresh != 0)
            keys_hold_names(arena, keys_at(arena, fresh));
    }
    set_table(out, fresh);
    return fresh == 0 ? ARENA_ENOMEM : ARENA_OK;
}

/* ---- Comparison ------------------------------------------------------ */

/* What is sought in another dict when it is entry at of this one. */
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
        name_tell(dict->space->arena, ref, name);
        sought->name = name;
    }
}

/* Is entry at of a in b, too? Returns 1, 0 or an error. */
static int is_in(const struct dict *a, uint32_t at, const struct dict *b)
{
    struct dict_name name;
    struct sought sought;
    uintptr_t x = *value_at(a, at), y;
    uint32_t edition, there;
    int result;

    seek_entry(a, at, &sought, &name);
    result = find(b, &sought, &there);
    if (result <= 0)
        return result;
    y = *value_at(b, there);
    if (x == y || a->type->equal_value == NULL)
        return x == y;
    edition = a->edition + b->edition;
    result = a->type->equal_value(a->type, x, y);
    if (result >= 0 && a->edition + b->edition != edition)
        return ARENA_ECHANGED;
    return result;
}

/* ---- Update ---------------------------------------------------------- */

/* Has other general keys? */
static bool has_general(const struct dict *other)
{
    arena_ref place = 0;
    uint32_t at;

    while (next_entry(other, &place, &at)) {
        const struct dict_keys *keys = table_of(other);

        if (name_in(keys, entry_of(keys, at)) == 0)
            return true;
    }
    return false;
}

/* How many names of other a shape lacks. */
static uint32_t count_lacking(const struct dict *dict,
                              const struct dict *other)
{
    struct dict_name name;
    struct sought sought;
    arena_ref place = 0;
    uint32_t at, there, count = 0;

    while (next_entry(other, &place, &at)) {
        seek_entry(other, at, &sought, &name);
        count += keys_find(dict, table_of(dict), &sought, &there) == 0;
    }
    return count;
}

/*
 * The table in which dict has room for all of other's keys: its own, or one
 * that is remade from it. Returns 0 if there is no room in the arena.
 *
 * A dict with a shape keeps it if all of them are names that fit; then it has
 * a block for values, too.
 */
static arena_ref table_for_all(struct dict *dict, const struct dict *other)
{
    const struct dict_keys *keys = table_of(dict);
    unsigned kind = kind_for(dict, has_general(other));
    uint32_t count = count_of(other);

    if (is_split(dict) && kind == DICT_KIND_NAMES &&
        count_lacking(dict, other) <= keys->usable) {
        if (dict->values == 0)
            dict->values = values_make(dict);
        return dict->values == 0 ? 0 : dict->keys;
    }
    if (!is_split(dict) && dict->keys != 0 && keys->kind == kind &&
        keys->usable >= count)
        return dict->keys;
    return remade(dict, kind, log2_fitting(count_of(dict) + count));
}

/*
 * What is known of each key of other during an update: the number of its entry
 * in dict and, in two bits, whether it is there, and later what was done.
 */
enum { DICT_PLACE_SHIFT = 2, DICT_PLACE_BITS = 3, DICT_IS_THERE = 3 };

/* Find each key of other in a table of dict, and note its place, or 0. All
   comparisons of an update are done here, before anything is changed. */
static int find_all(const struct dict *dict, const struct dict_keys *keys,
                    const struct dict *other, uint32_t *places)
{
    struct dict_name name;
    struct sought sought;
    arena_ref place = 0;
    uint32_t at, there = 0;

    while (next_entry(other, &place, &at)) {
        int result;

        seek_entry(other, at, &sought, &name);
        result = keys_find(dict, keys, &sought, &there);
        if (result < 0)
            return result;
        *places++ = result > 0 ? there << DICT_PLACE_SHIFT | DICT_IS_THERE : 0;
    }
    return ARENA_OK;
}

/* Bind all keys of other in dict, which has room for them. places are those
   of find_all, and what was done is noted there; or NULL where no comparison
   can fail and nobody listens. */
static void bind_all(struct dict *dict, const struct dict *other,
                     uint32_t *places)
{
    struct dict_name name;
    struct sought sought;
    arena_ref place = 0;
    uint32_t at, there = 0;
    int found, done;

    while (next_entry(other, &place, &at)) {
        seek_entry(other, at, &sought, &name);
        if (places == NULL || is_split(dict)) {
            found = find(dict, &sought, &there);
        } else {
            found = (*places & DICT_PLACE_BITS) == DICT_IS_THERE;
            there = *places >> DICT_PLACE_SHIFT;
        }
        done = put(dict, &sought, found, &there, *value_at(other, at));
        if (places != NULL)
            *places++ = there << DICT_PLACE_SHIFT | (uint32_t)done;
    }
}

/* Tell what bind_all has done with so many keys. */
static void tell_all(struct dict *dict, const uint32_t *places,
                     uint32_t count)
{
    while (count-- > 0) {
        uint32_t done = *places & DICT_PLACE_BITS, at = *places++ >> DICT_PLACE_SHIFT;

        if (done != DICT_UNCHANGED)
            tell_entry(dict, done == DICT_WAS_ADDED ? DICT_ADDED : DICT_MODIFIED,
                       at);
    }
}

/* Bind all keys of other in dict. Both are busy. */
static int merge(struct dict *dict, const struct dict *other)
{
    struct arena *arena = dict->space->arena;
    arena_ref values = dict->values, fresh = table_for_all(dict, other);
    uint32_t *places = NULL, count = count_of(other);
    int result = fresh == 0 ? ARENA_ENOMEM : ARENA_OK;

    if (result >= 0 && (dict->watched != 0 || dict->type->equal != NULL)) {
        places = arena_alloc(arena, (size_t)count * sizeof *places);
        result = places == NULL ? ARENA_ENOMEM
                                : find_all(dict, keys_at(arena, fresh),
                                           other, places);
    }
    if (result >= 0) {
        if (fresh != dict->keys)
            install(dict, fresh);
        bind_all(dict, other, places);
        if (places != NULL)
            tell_all(dict, places, count);
    } else {
        if (fresh != 0 && fresh != dict->keys)
            keys_free(arena, fresh);
        if (values != dict->values)
            values_free(dict);
    }
    arena_free(arena, places);
    return result;
}

/* May dict, which is empty, have a copy of other's table? Only where that has
   no dead entries, and is not much too large. */
static bool is_worth_cloning(const struct dict *dict,
                             const struct dict *other)
{
    const struct dict_keys *keys = table_of(other);

    return !is_split(dict) && !is_split(other) && count_of(dict) == 0 &&
           keys->used == keys->nentries &&
           (keys->log2 == DICT_LOG2_MIN ||
            keys->used > usable_of(keys->log2 - 1u));
}

/* Let dict have a copy of other's table. */
static int clone_into(struct dict *dict, struct dict *other)
{
    arena_ref fresh = cloned(other);

    if (fresh == 0)
        return ARENA_ENOMEM;
    keys_drop(dict->space, dict->keys);
    set_table(dict, fresh);
    touch_keys(dict);
    tell(dict, DICT_CLONED, other, 0);
    return ARENA_OK;
}

#endif
