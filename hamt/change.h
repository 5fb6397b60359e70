/*
 * Adding, replacing and removing one entry. Private, part of hamt.c.
 *
 * The shape is canonical: one or two entries of a slot lie in it, three have a
 * node below. Here keys spell their way: ACBB lies in slot A of the root, or in
 * slot C of the node there, and so on. The three keys that begin with AC part
 * on level 2. So a node for them is made there, and one on each level above:
 *
 *      level 0     A: ACAB ACAD               A: node
 *                  K: K           push_down   K: K \
 *                                 --------->        \
 *            1                     add ACBB         C: node
 *                                                         \
 *            2                     pull_up                A: ACAB ACAD
 *                                 <---------              B: ACBB
 *                                 remove ACBB
 *
 * When one of the three goes, the other two become a pair again, on the lowest
 * level above that has anything else: two entries have no node of their own.
 */
#ifndef STRATA_HAMT_CHANGE_H
#define STRATA_HAMT_CHANGE_H

#include "find.h"

/* ---- Adding: room for the entry -------------------------------------- */

/* Hash the entries in path's slot. Returns how many of them come before the
   new one, in a collision all; or an error. */
ARENA_ONE_COPY int rank(const struct path *path, uint32_t pair[2])
{
    const struct hamt *map = path->change.map;
    const unsigned char *entry = path->entry;
    int before = 0, error;

    if (path->outcome == HAMT_COLLISION)
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

/* Copy the entries of path's slot to `to`, with a gap for the new one after
   the first `before`. The gap is path->entry then. */
static void copy_apart(struct path *path, unsigned char *to, size_t before)
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

/* Make a node for three entries: the pair in path's slot, with these hashes,
   and the new one. Sets *level to the first on which the three part. */
static arena_ref new_triple(struct path *path, const uint32_t pair[2],
                            int *level)
{
    uint32_t a, b, c;

    for (*level = path->trail.depth + 1; *level < HAMT_LAST; ++*level) {
        a = bit_of(pair[0], *level);
        b = bit_of(pair[1], *level);
        c = bit_of(path->hash, *level);
        if (a != b || b != c)
            return new_node(&path->change, a | b | c,
                            (a & b) | (b & c) | (c & a), *level);
    }
    return new_node(&path->change, 3, 0, HAMT_LAST);
}

/* Make a copy of path's last node in which the pair's slot has a sub-node: for
   the pair and the new entry, or for a sub-node in the same slot of that. */
static arena_ref push_down(struct path *path, const uint32_t pair[2],
                           size_t before)
{
    const struct hamt *map = path->change.map;
    const unsigned char *base = map->arena->base;
    int level, last = path->trail.depth;
    arena_ref ref = new_triple(path, pair, &level);

    if (ref != 0)
        copy_apart(path, entry_at(map->type, node_at(base, ref), 0), before);
    while (ref != 0 && --level >= last) {
        uint32_t bit = bit_of(path->hash, level);
        arena_ref above = level > last
                              ? new_node(&path->change, 0, bit, level)
                              : rebuild(&path->change, path->trail.node[last],
                                        bit, HAMT_SUBNODE);

        if (above != 0)
            *ref_in(base, above, bit) = ref;
        ref = above;
    }
    return ref;
}

/* Make what stands in the place of path's last node when the new entry is
   there. Returns 0 if there is no room. */
static arena_ref make_room(struct path *path, const uint32_t pair[2],
                           size_t before)
{
    struct change *change = &path->change;
    int depth = path->trail.depth;
    uint32_t bit = 1; /* where all entries of a node are those of the slot */
    arena_ref ref;

    switch (path->outcome) {
    case HAMT_NO_ROOT:
        ref = new_node(change, bit_of(path->hash, 0), 0, 0);
        break;
    case HAMT_EMPTY_SLOT:
    case HAMT_ONE_ENTRY:
        bit = bit_of(path->hash, depth);
        ref =
            rebuild(change, path->trail.node[depth], bit,
                    path->outcome == HAMT_EMPTY_SLOT ? HAMT_ENTRY : HAMT_PAIR);
        break;
    case HAMT_FULL_PAIR:
        return push_down(path, pair, before);
    default: /* HAMT_COLLISION */
        ref = new_node(change, (uint32_t)path->count + 1, 0, HAMT_LAST);
        break;
    }
    if (ref != 0)
        copy_apart(path,
                   entry_in(change->map->type,
                            node_at(change->map->arena->base, ref), bit),
                   before);
    return ref;
}

/* ---- Adding: the entry ----------------------------------------------- */

/* Write the new entry. A value that is NULL becomes zeros. Returns false if
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
           type->strings->write_to(&path->change, entry, key, value);
}

/* Does an item begin between two addresses? */
static bool is_between(const void *item, const void *start, const void *end)
{
    return (uintptr_t)item >= (uintptr_t)start &&
           (uintptr_t)item < (uintptr_t)end;
}

/* Can the entry be added in place? Only in a node that is mine, with room in
   the slot; and never with byte strings: their blocks could fail after the
   node has changed. */
static bool is_open(const struct path *path)
{
    return (path->outcome == HAMT_EMPTY_SLOT ||
            path->outcome == HAMT_ONE_ENTRY) &&
           path->mine > path->trail.depth &&
           path->change.map->type->strings == NULL;
}

/* Add the entry in place, after the first `before` entries of its slot.
   Returns false if the block cannot grow, or if key or value lie in it. */
static bool squeeze_in(struct path *path, const void *key, const void *value,
                       size_t before)
{
    const struct hamt *map = path->change.map;
    size_t size = map->type->entry_size;
    struct node *node = last_of(path);
    int depth = path->trail.depth;
    arena_ref ref = path->trail.node[depth];
    uint32_t bit = bit_of(path->hash, depth);
    unsigned char *end = entry_at(map->type, node, count_entries(node, depth));

    if (is_between(key, node, end) || is_between(value, node, end) ||
        !arena_widen(map->arena, home_in(map, ref),
                     bytes_of(map, ref, depth) + size))
        return false;
    path->entry = entry_in(map->type, node, bit) + before * size;
    memmove(path->entry + size, path->entry, (size_t)(end - path->entry));
    if (path->outcome == HAMT_EMPTY_SLOT)
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
    if (ARENA_SMALL || !is_open(path) ||
        !squeeze_in(path, key, value, (size_t)before)) {
        ref = make_room(path, pair, (size_t)before);
        if (ref != 0 && !write_entry(path, key, value))
            ref = 0;
        if (!link_path(path, ref,
                       path->trail.depth < 0 ? 0 : path->trail.depth))
            return ARENA_ENOMEM;
    }
    path->change.map->count++;
    return 1;
}

/* ---- Replacing ------------------------------------------------------- */

/* Replace a value that is no byte string. Returns 0 or an error. */
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

/* Give the entry at the end of path another value. The same one changes
   nothing. Returns 0 or an error. */
static int replace(struct path *path, const void *value)
{
    const struct hamt_type *type = path->change.map->type;

    return type->flags & HAMT_VALUE_BYTES ? type->strings->replace(path, value)
                                          : replace_plain(path, value);
}

/* ---- Removing -------------------------------------------------------- */

/* Remove the entry at the end of path from its node, which is mine. */
ARENA_ONE_COPY void erase_entry(const struct path *path)
{
    const struct hamt *map = path->change.map;
    const struct hamt_type *type = map->type;
    int depth = path->trail.depth;
    arena_ref ref = path->trail.node[depth];
    struct node *node = last_of(path);
    size_t entries = count_entries(node, depth) - 1;

    memmove(path->entry, path->entry + type->entry_size,
            (size_t)(entry_at(type, node, entries) - path->entry));
    if (path->outcome == HAMT_COLLISION)
        node->entries--;
    else if (path->outcome == HAMT_FULL_PAIR)
        node->nodes &= ~bit_of(path->hash, depth);
    else
        node->entries &= ~bit_of(path->hash, depth);
    arena_trim(map->arena, home_in(map, ref), bytes_of(map, ref, depth));
}

/* The lowest level above path's last node whose node has more than the slot
   that path goes through; 0 if none has. */
ARENA_ONE_COPY int fork_of(const struct path *path)
{
    const unsigned char *base = path->change.map->arena->base;
    int level = path->trail.depth;
    const struct node *node;

    do {
        node = node_at(base, path->trail.node[--level]);
    } while (level > 0 && node->entries == 0 &&
             node->nodes == bit_of(path->hash, level));
    return level;
}

/* Copy the other two of the three entries in path's last node to `to`. */
static void copy_others(const struct path *path, unsigned char *to)
{
    const struct hamt_type *type = path->change.map->type;
    const unsigned char *first = entry_at(type, last_of(path), 0);
    size_t before = (size_t)(path->entry - first), size = type->entry_size;

    memcpy(to, first, before);
    memcpy(to + before, path->entry + size, 2 * size - before);
}

/* Remove the entry at the end of path, one of three in a node without
   sub-nodes: the other two become a pair further up. Returns false if there is
   no room. */
ARENA_ONE_COPY bool pull_up(struct path *path)
{
    const struct hamt *map = path->change.map;
    int level = fork_of(path);
    uint32_t bit = bit_of(path->hash, level);
    arena_ref ref =
        rebuild(&path->change, path->trail.node[level], bit, HAMT_PAIR);

    if (ref != 0)
        copy_others(path,
                    entry_in(map->type, node_at(map->arena->base, ref), bit));
    return link_path(path, ref, level);
}

/* Remove the entry at the end of path. Returns false if there is no room. */
static bool remove_at(struct path *path)
{
    struct hamt *map = path->change.map;
    const struct hamt_strings *strings = map->type->strings;
    const struct node *node = last_of(path);
    bool is_leaf = path->outcome == HAMT_COLLISION || children_of(node) == 0;
    size_t entries = count_entries(node, path->trail.depth);
    struct strings gone;

    if (strings != NULL)
        strings->read_from(map->type, path->entry, &gone);
    if (is_leaf && entries == 3 && path->trail.depth > 0) {
        if (!pull_up(path))
            return false;
    } else if (is_leaf && entries == 1) {
        let_go_path(path, 0);
        map->root = 0;
    } else {
        if (!own(path))
            return false;
        erase_entry(path);
    }
    if (strings != NULL)
        strings->drop(map, &gone);
    map->count--;
    return true;
}

#endif
