/*
 * Changing a node and the path to it. Private, part of hamt.c.
 *
 * A change builds new nodes from the bottom up, along one path:
 *
 *      level  0    root  -> copy          nodes that are mine stay and get a
 *             1    node  -> copy          new reference; from the first that
 *             2    node  -> final         is not, each is copied
 *             3            new            (a final with a new sub-node below)
 *
 * Nothing that exists is touched before the last block is there, so a full
 * arena only means that the new blocks are given back.
 */
#ifndef STRATA_HAMT_PATH_H
#define STRATA_HAMT_PATH_H

#include "build.h"

/* ---- Paths ----------------------------------------------------------- */

/* A way from the root to where a key is, or would be. */
struct path {
    struct change change;
    arena_ref node[HAMT_LEVELS];
    uint32_t hash;
    unsigned char *entry; /* the key's, or the first in its slot */
    size_t count;         /* of entries in that slot             */
    int depth;            /* level of the last node; -1: no root */
    int mine;             /* so many of the nodes, from the root */
};

static inline struct node *last_of(const struct path *path)
{
    return node_at(path->change.map->arena->base, path->node[path->depth]);
}

/* Let go of a path's nodes from a level on. What was in those that are mine
   has moved; of the others new nodes have copies. */
static void let_go_path(const struct path *path, int level)
{
    const struct hamt *map = path->change.map;

    if (is_region(map))
        return;
    for (; level <= path->depth; level++) {
        arena_ref ref = path->node[level], home = home_in(map, ref);

        if (!is_counted(map) || level < path->mine) {
            discard(map, home);
            continue;
        }
        if (level == path->mine)
            --*count_of(map, home);
        map->type->counts->share(map, ref, level,
                                 level < path->depth
                                     ? bit_of(path->hash, level)
                                     : 0);
    }
}

/*
 * Put a new node in the place of the path's node at a level and of all below
 * that. The nodes above get the reference: in place as far as they are mine,
 * the others as copies.
 *
 * Returns  false if there is no room for these, or if fresh is 0; then the
 *          change is undone.
 */
static bool link(struct path *path, arena_ref fresh, int level)
{
    struct hamt *map = path->change.map;
    arena_ref *slot = &map->root;
    int first = level;

    while (fresh != 0 && --level >= path->mine) {
        arena_ref copy = clone(&path->change, path->node[level], level);

        if (copy != 0)
            *ref_in(map->arena->base, copy, bit_of(path->hash, level)) = fresh;
        fresh = copy;
        first = level;
    }
    if (fresh == 0) {
        undo(&path->change);
        return false;
    }
    if (level >= 0)
        slot = ref_in(map->arena->base, path->node[level],
                      bit_of(path->hash, level));
    *slot = fresh;
    let_go_path(path, first);
    return true;
}

/* Make the last node of a path mine, and so all of it. Returns false if there
   is no room; then the change is undone. */
static bool own(struct path *path)
{
    size_t offset = (size_t)(path->entry - (unsigned char *)last_of(path));
    arena_ref copy;

    if (path->mine > path->depth)
        return true;
    copy = clone(&path->change, path->node[path->depth], path->depth);
    if (!link(path, copy, path->depth))
        return false;
    path->node[path->depth] = copy;
    path->entry = (unsigned char *)last_of(path) + offset;
    return true;
}

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

#endif
