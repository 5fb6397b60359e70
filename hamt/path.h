/*
 * The way to a key, and how a change at its end reaches the root. Private,
 * part of hamt.c.
 *
 * Here the key ACAD gets another value under a hold. A node is named by the
 * slots that lead to it; those of the way are copied, the others are shared:
 *
 *      before                  after
 *
 *      root --- K              root --- K ---- root'      level 0
 *       |                       |               |
 *       A ----- AB              A ----- AB ---- A'              1
 *       |                       |               |
 *       AC: ACAD 1              AC: ACAD 1      AC': ACAD 2     2
 *
 *                               the hold's      the working state
 *
 * If the root were mine, it would stay, and get the reference to A' in the
 * place of the one to A. Below a node that is not mine none is: whatever else
 * sees the one sees the other. So the nodes of a way that are mine come first.
 *
 * Nothing that exists is touched before the last block is there, so if the
 * arena is full the new blocks are given back, and that is all.
 */
#ifndef STRATA_HAMT_PATH_H
#define STRATA_HAMT_PATH_H

#include "build.h"
#include "parts.h"

/* What a search finds where the hash of its key leads to. The first three are
   the number of entries there, too. */
enum outcome {
    HAMT_EMPTY_SLOT,
    HAMT_ONE_ENTRY,
    HAMT_FULL_PAIR,
    HAMT_COLLISION, /* a node of entries with one hash           */
    HAMT_NO_ROOT    /* not even a slot: there is no entry at all */
};

/* The way from the root to where a key is, or would be. */
struct path {
    struct trail trail;
    struct change change;
    uint32_t hash;
    enum outcome outcome;
    unsigned char *entry; /* the key's, or the first of those there        */
    size_t count;         /* the number of entries there                   */
    int mine;             /* how many of the trail's nodes are mine        */
};

static inline struct node *last_of(const struct path *path)
{
    return node_at(path->change.map->arena->base,
                   path->trail.node[path->trail.depth]);
}

/* ---- What copies share ----------------------------------------------- */

/* What counted maps need; a program without them does not link it. */
struct hamt_counts {
    void (*share)(const struct hamt *map, arena_ref ref, int level,
                  uint32_t except);
};

/* Count one more owner for the strings of an entry. */
static void share_strings(const struct hamt *map, const unsigned char *entry)
{
    struct strings strings;

    map->type->strings->read_from(map->type, entry, &strings);
    if (strings.key != 0)
        add_owner(map->arena, strings.key);
    if (strings.value != 0)
        add_owner(map->arena, strings.value);
}

/* Count one more owner for all that a node at a level refers to, but for the
   sub-node in the slot `except`. */
static void share(const struct hamt *map, arena_ref ref, int level,
                  uint32_t except)
{
    const unsigned char *base = map->arena->base;
    const struct node *node = node_at(base, ref);
    uint32_t children = children_of(node) & ~except;

    for (; children != 0; children &= children - 1)
        add_owner(map->arena,
                  home_in(map, *ref_in(base, ref, lowest_of(children))));
    if (map->type->strings == NULL)
        return;
    for (size_t i = count_entries(node, level); i-- > 0;)
        share_strings(map, entry_at(map->type, node, i));
}

/* ---- Putting new nodes in place -------------------------------------- */

/* Let go of a path's nodes from a level on, as others stand in their place. */
static void let_go_path(const struct path *path, int level)
{
    const struct hamt *map = path->change.map;
    int depth = path->trail.depth;

    if (is_region(map))
        return;
    for (; level <= depth; level++) {
        arena_ref ref = path->trail.node[level];

        if (let_go_replaced(map->arena, map->type->flags, home_in(map, ref),
                            level, path->mine))
            map->type->counts->share(
                map, ref, level, level < depth ? bit_of(path->hash, level) : 0);
    }
}

/*
 * Put the node `fresh` in the place of the path's node at a level and of all
 * below that. The nodes above get the reference: in place as far as they are
 * mine, the others as copies.
 *
 * Returns  false if there is no room for these, or if fresh is 0; then the
 *          change is undone.
 */
static bool link_path(struct path *path, arena_ref fresh, int level)
{
    struct hamt *map = path->change.map;
    arena_ref *slot = &map->root;
    int first = level;

    while (fresh != 0 && --level >= path->mine) {
        arena_ref copy =
            clone_node(&path->change, path->trail.node[level], level);

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
        slot = ref_in(map->arena->base, path->trail.node[level],
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

    if (path->mine > path->trail.depth)
        return true;
    copy = clone_node(&path->change, path->trail.node[path->trail.depth],
                      path->trail.depth);
    if (!link_path(path, copy, path->trail.depth))
        return false;
    path->trail.node[path->trail.depth] = copy;
    path->entry = (unsigned char *)last_of(path) + offset;
    return true;
}

#endif
