/*
 * Shapes: tables of names that dicts share. Private, part of dict.c.
 *
 *     struct dict_shape --.
 *     struct dict ---------+--> keys, shares = 3:  [ health  x  y  name ]
 *     struct dict --------'
 *
 * shares counts the shape, until dict_shape_destroy, and its dicts; the last
 * one gives back the table. A name keeps its number for good: none is removed,
 * and the table never grows, but has room for DICT_SHAPE_NAMES at once. That
 * is what the dicts' values and caches rely on.
 */
#ifndef STRATA_DICT_SHAPE_H
#define STRATA_DICT_SHAPE_H

#include "names.h"

#define DICT_SHARES_MAX ((arena_ref)-1)

static struct dict_keys *shape_make(struct arena *arena,
                                    const struct dict_type *type)
{
    return keys_make(arena, type, DICT_KIND_SHARED, DICT_LOG2_SHARED);
}

/* Add a name that is absent to a shape that has room. Returns 1, or
   ARENA_ENOMEM. */
static int shape_append(struct dict_space *space, struct dict_keys *keys,
                        const struct dict_name *name, dict_hash hash)
{
    arena_ref ref = name_hold(space, name, hash);

    if (ref == 0)
        return ARENA_ENOMEM;
    *name_of(keys, keys_append(keys, hash)) = ref;
    return 1;
}

/* Count one more dict with a shape: it takes the room of one name while there
   are two left. That is CPython's rule, so that dicts which are made late, when
   most names are known, have smaller blocks of values. Returns how many names
   the shape can have from now on: as many values are enough for the dict. */
static uint8_t shape_enter(struct dict_keys *keys)
{
    if (keys->usable > 1)
        keys->usable--;
    keys->shares++;
    return (uint8_t)(keys->nentries + keys->usable);
}

/* Let go of a shape's table. */
static void shape_drop(struct dict_space *space, arena_ref ref)
{
    if (--keys_at(space->arena, ref)->shares == 0)
        keys_drop(space, ref);
}

#endif
