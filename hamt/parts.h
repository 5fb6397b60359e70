/*
 * What modules above hamt may know of a map's nodes. They include this room of
 * hamt's and no other. Private.
 *
 *   node.h     the layout of nodes, to read them
 *   follow     from a hash to the entries that may have its key
 *
 * They may also count owners of a root (arena/modes.h), and write to a value
 * in a node that is mine. Only hamt makes nodes, or changes what is in them.
 */
#ifndef STRATA_HAMT_PARTS_H
#define STRATA_HAMT_PARTS_H

#include "node.h"

/* The nodes on the way down from the root. */
struct trail {
    arena_ref node[HAMT_LEVELS];
    int depth; /* the level of the last one; -1: no root */
};

/* From this level on nodes are so many that they are not in a cache: what may
   be needed of one is fetched before it is known what will be. */
enum { HAMT_DEEP = 3 };

ARENA_INLINE void fetch(const struct node *node, int level)
{
    ARENA_PREFETCH(node + 8);
    if (level >= HAMT_DEEP) {
        ARENA_PREFETCH(node + 16);
        ARENA_PREFETCH(node + 24);
    }
}

/*
 * Follow a hash down from the root, which there is, to the last node on its
 * way. Fills trail, unless it is NULL, and sets *count to the number of
 * entries in the hash's slot there, or of a collision.
 *
 * Returns  the first of these entries; if *count is 0, nothing to be read.
 */
ARENA_FAST unsigned char *follow(const struct hamt *map, uint32_t hash,
                                 size_t *count, struct trail *trail)
{
    const unsigned char *base = map->arena->base;
    arena_ref ref = map->root, next;
    const struct node *node;
    int level = 0;

    for (;; hash >>= HAMT_CHUNK, level++) {
        uint32_t bit;

        for (; !ARENA_SMALL && is_array(ref); ref = next) {
            next = *array_ref(node_at(base, ref), hash % HAMT_SLOTS);
            if (next == 0)
                break;
            if (trail != NULL)
                trail->node[level] = ref;
            hash >>= HAMT_CHUNK;
            level++;
        }
        node = node_at(base, ref);
        fetch(node, level);
        if (trail != NULL) {
            trail->node[level] = ref;
            trail->depth = level;
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
    }
}

#endif
