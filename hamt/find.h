/* From a key to its entry: for those who read, and for those who change it.
   Private, part of hamt.c. */
#ifndef STRATA_HAMT_FIND_H
#define STRATA_HAMT_FIND_H

#include "path.h"

/* ---- Searching ------------------------------------------------------- */

/* A key's hash, and the entry that was found for it. */
struct lookup {
    uint32_t hash;
    unsigned char *entry;
};

/* Find a key with the hash lookup->hash in a map that is not empty. Notes the
   way and the outcome in path, unless it is NULL. Returns 1, with the entry in
   lookup, 0 if the key is absent, or an error. */
ARENA_FAST int search(const struct hamt *map, const void *key,
                      struct lookup *lookup, struct path *path)
{
    size_t count;

    lookup->entry =
        follow(map, lookup->hash, &count, path == NULL ? NULL : &path->trail);
    if (path != NULL) {
        path->entry = lookup->entry;
        path->count = count;
        path->outcome = path->trail.depth == HAMT_LAST ? HAMT_COLLISION
                                                       : (enum outcome)count;
    }
    for (; count > 0; count--, lookup->entry += map->type->entry_size) {
        int result = is_key(map->arena->base, map->type, key, lookup->entry);

        if (result != 0)
            return result;
    }
    return 0;
}

/* ---- Reading: keys of any type, and of words ------------------------- */

/* As hamt_find, in a map that is not empty. */
ARENA_COLD int find_any(const struct hamt *map, const void *key,
                        const void **value)
{
    struct lookup lookup;
    int result = hash_key(map->type, key, &lookup.hash);

    if (result >= 0)
        result = search(map, key, &lookup, NULL);
    if (result > 0 && value != NULL)
        *value = value_of(map->arena->base, map->type, lookup.entry);
    return result;
}

/* As hamt_get, in a map that is not empty. */
ARENA_COLD const void *get_any(const struct hamt *map, const void *key)
{
    struct lookup lookup;

    if (hash_key(map->type, key, &lookup.hash) < 0 ||
        search(map, key, &lookup, NULL) <= 0)
        return NULL;
    return value_of(map->arena->base, map->type, lookup.entry);
}

/* Does find_word apply: to keys of 4 bytes with the hash and the equality that
   are built in, and no byte strings? Maps keyed by entity ids are common
   enough to deserve it. */
ARENA_FAST bool is_of_words(const struct hamt_type *type)
{
    return !ARENA_SMALL && type->built_in == hamt_hash_u32 &&
           type->hash == NULL && type->equal == NULL && type->strings == NULL;
}

/* As get_any, where is_of_words is true. */
ARENA_FAST const void *find_word(const struct hamt *map, const void *key)
{
    const struct hamt_type *type = map->type;
    const unsigned char *entry;
    uint32_t word, other;
    size_t count;

    memcpy(&word, key, sizeof word);
    entry = follow(map, mix32(word), &count, NULL);
    for (; count > 0; count--, entry += type->entry_size) {
        memcpy(&other, entry + type->key_at, sizeof other);
        if (other == word)
            return entry + type->value_at;
    }
    return NULL;
}

/* ---- Before a change ------------------------------------------------- */

/* May this map be changed? ARENA_OK or an error. */
static int check_map(const struct hamt *map)
{
    if (map == NULL || map->type == NULL)
        return ARENA_EINVAL;
    if (map->root != 0 &&
        !is_current(map->arena, map->type->flags, home_in(map, map->root)))
        return ARENA_ESTALE;
    return ARENA_OK;
}

/* Fill path with the way to key, if this map may be changed. Returns 1, with
   the key's entry in path->entry, 0 if the key is absent, or an error. */
static int locate(struct hamt *map, const void *key, struct path *path)
{
    int result = key == NULL ? ARENA_EINVAL : check_map(map);
    struct lookup lookup;

    if (result == ARENA_OK)
        result = hash_key(map->type, key, &lookup.hash);
    if (result < 0)
        return result;
    begin(&path->change, map);
    path->hash = lookup.hash;
    path->outcome = HAMT_NO_ROOT;
    path->trail.depth = -1;
    path->count = 0;
    path->mine = 0;
    if (map->root == 0)
        return 0;
    result = search(map, key, &lookup, path);
    if (result > 0)
        path->entry = lookup.entry;
    while (path->mine <= path->trail.depth &&
           is_node_mine(map, path->trail.node[path->mine]))
        path->mine++;
    return result;
}

#endif
