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
 * arena only means that the new nodes are freed again.
 */
#ifndef STRATA_HAMT_PATH_H
#define STRATA_HAMT_PATH_H

#include "hamt_build.h"

/* ---- Paths ----------------------------------------------------------- */

/* A way from the root to where a key is, or would be. */
struct path {
    arena_ref node[HAMT_LEVELS];
    uint32_t hash;
    unsigned char *entry; /* the key's, or the first in its slot */
    size_t count;         /* of entries in that slot             */
    int depth;            /* level of the last node; -1: no root */
    int mine;             /* so many of the nodes, from the root */
};

static inline struct node *last_of(const struct hamt *map,
                                   const struct path *path)
{
    return node_at(map->arena->base, path->node[path->depth]);
}

/* Free new nodes: one at a level and those below it along a hash. */
static void discard_new(const struct hamt *map, uint32_t hash, arena_ref ref,
                        int level, int bottom)
{
    const unsigned char *base = map->arena->base;

    for (; level < bottom; level++) {
        arena_ref below = *ref_in(base, ref, bit_of(hash, level));

        discard(map, home_in(map, ref));
        ref = below;
    }
    discard(map, home_in(map, ref));
}

/* Count the nodes that are mine: from the root on, without a gap. */
static void count_mine(const struct hamt *map, struct path *path)
{
    path->mine = 0;
    while (path->mine <= path->depth && is_mine(map, path->node[path->mine]))
        path->mine++;
}

/* Let go of a path's nodes from a level on. What was in those that are mine
   has moved; of the others new nodes have copies. */
static void let_go_path(const struct hamt *map, const struct path *path,
                        int level)
{
    if (is_region(map))
        return;
    for (; level <= path->depth; level++) {
        arena_ref ref = path->node[level];

        if (!is_counted(map) || level < path->mine) {
            discard(map, home_in(map, ref));
            continue;
        }
        if (level == path->mine)
            --*count_of(map, home_in(map, ref));
        share(map, ref, level,
              level < path->depth ? bit_of(path->hash, level) : 0);
    }
}

/*
 * Put a new node, with more new ones below it down to level bottom, in the
 * place of the path's node at a level and of all below that. The nodes above
 * get the reference: in place as far as they are mine, the others as copies.
 *
 * Returns  false if there is no room for these; then the new nodes are freed.
 */
static bool link(struct hamt *map, const struct path *path, arena_ref fresh,
                 int level, int bottom)
{
    const unsigned char *base = map->arena->base;
    int first = level;

    while (--level >= path->mine) {
        arena_ref copy = clone(map, path->node[level], level);

        if (copy == 0) {
            discard_new(map, path->hash, fresh, level + 1, bottom);
            return false;
        }
        *ref_in(base, copy, bit_of(path->hash, level)) = fresh;
        fresh = copy;
        first = level;
    }
    if (level < 0)
        map->root = fresh;
    else
        *ref_in(base, path->node[level], bit_of(path->hash, level)) = fresh;
    let_go_path(map, path, first);
    return true;
}

/* Make the last node of a path mine, and so all of it. Returns false if there
   is no room. */
static bool own(struct hamt *map, struct path *path)
{
    const struct node *old = last_of(map, path);
    size_t offset = (size_t)(path->entry - (const unsigned char *)old);
    arena_ref ref;

    count_mine(map, path);
    if (path->mine > path->depth)
        return true;
    ref = clone(map, path->node[path->depth], path->depth);
    if (ref == 0 || !link(map, path, ref, path->depth, path->depth))
        return false;
    path->node[path->depth] = ref;
    path->entry = (unsigned char *)last_of(map, path) + offset;
    return true;
}

#endif
