/* What dicts have in common: names, watchers. Private, part of dict.c. */
#ifndef STRATA_DICT_SPACE_H
#define STRATA_DICT_SPACE_H

#include "names.h"

/* ---- Names ----------------------------------------------------------- */

int dict_name_init(struct dict_name *name, const char *text, size_t size)
{
    if (name == NULL || text == NULL)
        return ARENA_EINVAL;
    name->text = text;
    name->size = size;
    name->hash = 0;
    name->hash = hash_name(name);
    return ARENA_OK;
}

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
    name_tell(space->arena, ref, name);
    return name_at(space->arena, ref)->users == 1;
}

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
    if (*holds_of(space->arena, ref) == 0)
        return ARENA_EINVAL;
    --*holds_of(space->arena, ref);
    name_drop(space, ref);
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

/* Of the names in space, is the one that dict_popitem gave the only one that is
   used, and only for that? */
static bool has_popped_only(const struct dict_space *space)
{
    return space->popped != 0 &&
           keys_at(space->arena, space->names)->used == 1 &&
           name_at(space->arena, space->popped)->users == 1;
}

int dict_space_destroy(struct dict_space *space)
{
    if (space == NULL || space->arena == NULL)
        return ARENA_EINVAL;
    if (space->names != 0 && !has_popped_only(space))
        return ARENA_EBUSY;
    name_drop(space, space->popped);
    memset(space, 0, sizeof *space);
    return ARENA_OK;
}

/* ---- Watchers -------------------------------------------------------- */

/* What is wrong with the number of a watcher, if anything is. */
static int check_watcher(const struct dict_space *space, int watcher)
{
    if (space == NULL)
        return ARENA_EINVAL;
    if (watcher < 0 || watcher >= DICT_WATCHERS)
        return ARENA_EWATCHER;
    return space->watchers[watcher].call == NULL ? ARENA_EUNWATCHED
                                                 : ARENA_OK;
}

int dict_watcher_add(struct dict_space *space, dict_watcher *call, void *user)
{
    if (space == NULL || call == NULL)
        return ARENA_EINVAL;
    for (int i = 0; i < DICT_WATCHERS; i++) {
        if (space->watchers[i].call == NULL) {
            space->watchers[i].call = call;
            space->watchers[i].user = user;
            return i;
        }
    }
    return ARENA_EFULL;
}

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

    if (error >= 0)
        dict->watched = (uint8_t)(dict->watched | 1u << watcher);
    return error;
}

int dict_unwatch(struct dict *dict, int watcher)
{
    int error = check_watcher(dict == NULL ? NULL : dict->space, watcher);

    if (error >= 0)
        dict->watched = (uint8_t)(dict->watched & ~(1u << watcher));
    return error;
}

#endif
