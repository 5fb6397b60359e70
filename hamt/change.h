/* Adding, replacing and removing one entry. Private, part of hamt.c. */
#ifndef STRATA_HAMT_CHANGE_H
#define STRATA_HAMT_CHANGE_H

#include "find.h"

/* ---- Adding ---------------------------------------------------------- */

/* Copy the entries of path's slot to another place, with a gap for a new one,
   which path->entry is then, behind the first so many. */
static void insert(struct path *path, unsigned char *to, size_t before)
{
    size_t size = path->change.map->type->entry_size;
    unsigned char *gap = to + before * size;

    if (path->count > 0) {
        memcpy(to, path->entry, before * size);
        memcpy(gap + size, path->entry + before * size,
               (path->count - before) * size);
    }
    path->entry = gap;
}

/* A node for the pair in path's slot, with these hashes, and a new entry; it
   is on the first level on which not all three have the same slot. Sets
   *level to that. */
static arena_ref new_triple(struct path *path, const uint32_t pair[2],
                            int *level)
{
    uint32_t a, b, c;

    for (*level = path->depth + 1; *level < HAMT_LAST; ++*level) {
        a = bit_of(pair[0], *level);
        b = bit_of(pair[1], *level);
        c = bit_of(path->hash, *level);
        if (a != b || b != c)
            return new_node(&path->change, a | b | c,
                            (a & b) | (b & c) | (c & a), *level);
    }
    return new_node(&path->change, 3, 0, HAMT_LAST);
}

/* The last node of path with a sub-node in the slot that has a pair, for that
   and a new entry. */
static arena_ref push_down(struct path *path, const uint32_t pair[2],
                           size_t before)
{
    const struct hamt *map = path->change.map;
    const unsigned char *base = map->arena->base;
    int level;
    arena_ref ref = new_triple(path, pair, &level);

    if (ref != 0)
        insert(path, entry_at(map->type, node_at(base, ref), 0), before);
    while (ref != 0 && --level >= path->depth) {
        uint32_t bit = bit_of(path->hash, level);
        arena_ref above = level > path->depth
                              ? new_node(&path->change, 0, bit, level)
                              : rebuild(&path->change, path->node[level], bit,
                                        HAMT_SUBNODE);

        if (above != 0)
            *ref_in(base, above, bit) = ref;
        ref = above;
    }
    return ref;
}

/* The last node of path, or the first node of all, with room for a new entry
   behind so many that are in its slot. */
static arena_ref widen(struct path *path, size_t before)
{
    const struct hamt *map = path->change.map;
    int level = path->depth;
    uint32_t bit = 1;
    arena_ref ref;

    if (level == HAMT_LAST) {
        ref = new_node(&path->change, (uint32_t)path->count + 1, 0, HAMT_LAST);
    } else if (level < 0) {
        bit = bit_of(path->hash, 0);
        ref = new_node(&path->change, bit, 0, 0);
    } else {
        bit = bit_of(path->hash, level);
        ref = rebuild(&path->change, path->node[level], bit,
                      path->count == 0 ? HAMT_ENTRY : HAMT_PAIR);
    }
    if (ref != 0)
        insert(path, entry_in(map->type, node_at(map->arena->base, ref), bit),
               before);
    return ref;
}

/* Hash the entries in path's slot. Returns how many of them come before a new
   one, in a collision all, or an error. */
ARENA_ONE_COPY int rank(const struct path *path, uint32_t pair[2])
{
    const struct hamt *map = path->change.map;
    const unsigned char *entry = path->entry;
    int before = 0, error;

    if (path->depth == HAMT_LAST)
        return (int)path->count;
    for (size_t i = 0; i < path->count; i++) {
        error = hash_entry(map->arena->base, map->type, entry, &pair[i]);
        if (error < 0)
            return error;
        before += !comes_before(path->hash, pair[i]);
        entry += map->type->entry_size;
    }
    return before;
}

/* Write a new entry. A value that is NULL becomes zeros. Returns false if
   there is no room for its strings. */
static bool write_entry(struct path *path, const void *key, const void *value)
{
    const struct hamt_type *type = path->change.map->type;
    unsigned char *entry = path->entry;

    memset(entry, 0, type->entry_size);
    if ((type->flags & HAMT_KEY_BYTES) == 0)
        memcpy(entry + type->key_at, key, type->key_size);
    if ((type->flags & HAMT_VALUE_BYTES) == 0 && value != NULL)
        memcpy(entry + type->value_at, value, type->value_size);
    return type->strings == NULL ||
           type->strings->write(&path->change, entry, key, value);
}

/* Does an item lie between two addresses? */
static bool is_between(const void *item, const void *start, const void *end)
{
    return (uintptr_t)item >= (uintptr_t)start &&
           (uintptr_t)item < (uintptr_t)end;
}

/* May a new entry go into path's last node where that is: is the node mine,
   and has the slot room? A string might not find any after that. */
static bool is_open(const struct path *path)
{
    return path->depth >= 0 && path->depth < HAMT_LAST && path->count < 2 &&
           path->mine > path->depth && path->change.map->type->strings == NULL;
}

/* Put a new entry into path's last node, behind so many that are in its slot.
   Returns false if its block can't grow, or has the key or value in it. */
static bool squeeze_in(struct path *path, const void *key, const void *value,
                       size_t before)
{
    const struct hamt *map = path->change.map;
    size_t size = map->type->entry_size;
    struct node *node = last_of(path);
    arena_ref ref = path->node[path->depth];
    uint32_t bit = bit_of(path->hash, path->depth);
    unsigned char *end = entry_at(map->type, node, count_in(node, HAMT_ALL_SLOTS));

    if (is_between(key, node, end) || is_between(value, node, end) ||
        !arena_widen(map->arena, home_in(map, ref),
                     bytes_of(map, ref, path->depth) + size))
        return false;
    path->entry = entry_in(map->type, node, bit) + before * size;
    memmove(path->entry + size, path->entry, (size_t)(end - path->entry));
    if (path->count == 0)
        node->entries |= bit;
    else
        node->nodes |= bit;
    return write_entry(path, key, value);
}

/* Add an entry at the end of path, where the key is absent. A value that is
   NULL becomes zeros. Returns 1, with the entry at path->entry, or an error. */
static int add(struct path *path, const void *key, const void *value)
{
    uint32_t pair[2];
    int before = rank(path, pair);
    arena_ref ref;

    if (before < 0)
        return before;
    if (!ARENA_SMALL && is_open(path) &&
        squeeze_in(path, key, value, (size_t)before)) {
        path->change.map->count++;
        return 1;
    }
    ref = path->count == 2 && path->depth < HAMT_LAST
              ? push_down(path, pair, (size_t)before)
              : widen(path, (size_t)before);
    if (ref != 0 && !write_entry(path, key, value))
        ref = 0;
    if (!link(path, ref, path->depth < 0 ? 0 : path->depth))
        return ARENA_ENOMEM;
    path->change.map->count++;
    return 1;
}

/* ---- Replacing ------------------------------------------------------- */

/* Give the entry at the end of path another value. Returns 0 or an error. */
static int replace_plain(struct path *path, const void *value)
{
    const struct hamt_type *type = path->change.map->type;

    if (type->value_size == 0 ||
        memcmp(value, path->entry + type->value_at, type->value_size) == 0)
        return 0;
    if (!own(path))
        return ARENA_ENOMEM;
    memmove(path->entry + type->value_at, value, type->value_size);
    return 0;
}

/* As replace_plain, whatever the value is. */
static int replace(struct path *path, const void *value)
{
    const struct hamt_type *type = path->change.map->type;

    return type->flags & HAMT_VALUE_BYTES ? type->strings->replace(path, value)
                                          : replace_plain(path, value);
}

/* ---- Removing -------------------------------------------------------- */

/* Remove the entry from a node that is mine. */
ARENA_ONE_COPY void erase(const struct path *path)
{
    const struct hamt *map = path->change.map;
    const struct hamt_type *type = map->type;
    arena_ref ref = path->node[path->depth];
    struct node *node = last_of(path);
    size_t entries = count_entries(node, path->depth) - 1;

    memmove(path->entry, path->entry + type->entry_size,
            (size_t)(entry_at(type, node, entries) - path->entry));
    if (path->depth == HAMT_LAST)
        node->entries--;
    else if (path->count == 2)
        node->nodes &= ~bit_of(path->hash, path->depth);
    else
        node->entries &= ~bit_of(path->hash, path->depth);
    arena_trim(map->arena, home_in(map, ref), bytes_of(map, ref, path->depth));
}

/* The lowest level above path's last node on which there is more than this one
   way down, or the root's. */
ARENA_ONE_COPY int fork_of(const struct path *path)
{
    const unsigned char *base = path->change.map->arena->base;
    int level = path->depth;
    const struct node *node;

    do {
        node = node_at(base, path->node[--level]);
    } while (level > 0 && node->entries == 0 &&
             node->nodes == bit_of(path->hash, level));
    return level;
}

/* Copy the two entries that path's does not lead to, of the three in its last
   node. */
static void copy_others(const struct path *path, unsigned char *to)
{
    const struct hamt_type *type = path->change.map->type;
    const unsigned char *first = entry_at(type, last_of(path), 0);
    size_t before = (size_t)(path->entry - first), size = type->entry_size;

    memcpy(to, first, before);
    memcpy(to + before, path->entry + size, 2 * size - before);
}

/* Remove one of three entries in a node without sub-nodes: the other two
   become a pair further up. Returns false if there is no room. */
ARENA_ONE_COPY bool pull_up(struct path *path)
{
    const struct hamt *map = path->change.map;
    int level = fork_of(path);
    uint32_t bit = bit_of(path->hash, level);
    arena_ref ref = rebuild(&path->change, path->node[level], bit, HAMT_PAIR);

    if (ref != 0)
        copy_others(path, entry_in(map->type,
                                   node_at(map->arena->base, ref), bit));
    return link(path, ref, level);
}

/* Remove the entry at the end of path. Returns false if there is no room. */
static bool remove_at(struct path *path)
{
    struct hamt *map = path->change.map;
    const struct hamt_strings *strings = map->type->strings;
    const struct node *node = last_of(path);
    bool is_leaf = path->depth == HAMT_LAST || children_of(node) == 0;
    size_t entries = count_entries(node, path->depth);
    struct strings gone;

    if (strings != NULL)
        strings->read(map->type, path->entry, &gone);
    if (is_leaf && entries == 3 && path->depth > 0) {
        if (!pull_up(path))
            return false;
    } else if (is_leaf && entries == 1) {
        let_go_path(path, 0);
        map->root = 0;
    } else {
        if (!own(path))
            return false;
        erase(path);
    }
    if (strings != NULL)
        strings->drop(map, &gone);
    map->count--;
    return true;
}

#endif
