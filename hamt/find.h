/* From a key to its entry. Private, part of hamt.c. */
#ifndef STRATA_HAMT_FIND_H
#define STRATA_HAMT_FIND_H

#include "path.h"

/* From this level on nodes are so many that they are not in a cache: what may
   be needed of one is fetched before it is known what will be. */
enum { HAMT_DEEP = 3 };

/*
 * Where a hash leads below the root: to the entries in its slot, or of a
 * collision; sets *count to their number, 0 if there is nothing. Fills path
 * with the nodes on the way, unless it is NULL.
 */
ARENA_FAST unsigned char *follow(const struct hamt *map, uint32_t hash,
                                    size_t *count, struct path *path)
{
    const unsigned char *base = map->arena->base;
    arena_ref ref = map->root, next;
    const struct node *node;
    int level = 0;

    for (;;) {
        uint32_t bit;

        for (; !ARENA_SMALL && is_array(ref); ref = next) {
            next = *array_ref(node_at(base, ref), hash % HAMT_SLOTS);
            if (next == 0)
                break;
            if (path != NULL)
                path->node[level] = ref;
            hash >>= HAMT_CHUNK;
            level++;
        }
        node = node_at(base, ref);
        ARENA_PREFETCH(node + 8);
        if (level >= HAMT_DEEP) {
            ARENA_PREFETCH(node + 16);
            ARENA_PREFETCH(node + 24);
        }
        if (path != NULL) {
            path->node[level] = ref;
            path->depth = level;
        }
        if (level == HAMT_LAST) {
            *count = (size_t)node->entries;
            return entry_at(map->type, node, 0);
        }
        bit = one_bit(hash % HAMT_SLOTS);
        if (node->entries & bit) {
            *count = (node->nodes & bit) != 0 ? 2 : 1;
            return entry_at(map->type, node, count_in(node, bit - 1));
        }
        if ((node->nodes & bit) == 0) {
            *count = 0;
            return NULL;
        }
        ref = ARENA_SMALL ? *ref_in(base, ref, bit) : *bitmap_ref(node, bit);
        hash >>= HAMT_CHUNK;
        level++;
    }
}

/* What is looked for: a key's hash, and the entry that was found. */
struct place {
    uint32_t hash;
    unsigned char *entry;
};

/* Find a key, whose hash stands in place, in a map that is not empty: 1, with
   place->entry its entry, 0, or an error. Fills path, unless it is NULL;
   path->entry is the first in the slot. */
ARENA_FAST int search(const struct hamt *map, const void *key, struct place *place,
                struct path *path)
{
    size_t count;

    place->entry = follow(map, place->hash, &count, path);
    if (path != NULL) {
        path->entry = place->entry;
        path->count = count;
    }
    for (; count > 0; count--, place->entry += map->type->entry_size) {
        int result = is_key(map->arena->base, map->type, key, place->entry);

        if (result != 0)
            return result;
    }
    return 0;
}

/* Find a key of any type, as hamt_find does. */
ARENA_COLD int find_any(const struct hamt *map, const void *key, const void **value)
{
    struct place place;
    int result = hash_key(map->type, key, &place.hash);

    if (result >= 0)
        result = search(map, key, &place, NULL);
    if (result > 0 && value != NULL)
        *value = value_of(map->arena->base, map->type, place.entry);
    return result;
}

/* Get the value of such a key. */
ARENA_COLD const void *get_any(const struct hamt *map, const void *key)
{
    struct place place;

    if (hash_key(map->type, key, &place.hash) < 0 ||
        search(map, key, &place, NULL) <= 0)
        return NULL;
    return value_of(map->arena->base, map->type, place.entry);
}

/* Has a type keys of 4 bytes with no functions for them, and values that are
   no strings? Maps of entity numbers are worth a way of their own. */
ARENA_FAST bool is_of_words(const struct hamt_type *type)
{
    return !ARENA_SMALL && type->built_in == hamt_hash_u32 && type->hash == NULL &&
           type->equal == NULL && type->strings == NULL;
}

/* Get the value of such a key in a map that is not empty. */
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

/* May this map be changed? */
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
   path->entry the key's, 0 if the key is absent, or an error. */
static int locate(struct hamt *map, const void *key, struct path *path)
{
    int result = key == NULL ? ARENA_EINVAL : check_map(map);
    struct place place;

    if (result == ARENA_OK)
        result = hash_key(map->type, key, &place.hash);
    if (result < 0)
        return result;
    begin(&path->change, map);
    path->hash = place.hash;
    path->depth = -1;
    path->mine = 0;
    path->count = 0;
    if (map->root == 0)
        return 0;
    result = search(map, key, &place, path);
    if (result > 0)
        path->entry = place.entry;
    while (path->mine <= path->depth && is_node_mine(map, path->node[path->mine]))
        path->mine++;
    return result;
}

#endif
