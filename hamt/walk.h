/*
 * Walks over all of a map: iterating, letting go, copying, editing, looking
 * in. Private, part of hamt.c.
 */
#ifndef STRATA_HAMT_WALK_H
#define STRATA_HAMT_WALK_H

#include "strings.h"

/* ---- Steps ----------------------------------------------------------- */

/*
 * A walk is a hamt_iter: on each level a node, the slots to come, and where
 * the next entry lies. It goes from one to the next of the entries that lie
 * side by side up to a sub-node, whatever slots they are in; to that, which
 * the caller enters or passes by; to the end of a node, which he leaves.
 */
enum { HAMT_WALK_ENTRY, HAMT_WALK_DOWN, HAMT_WALK_UP };

static void walk_init(struct hamt_iter *walk, const struct hamt *map)
{
    walk->base = map->arena->base;
    walk->type = map->type;
    walk->level = -1;
    walk->run = 0;
}

static void walk_enter(struct hamt_iter *walk, arena_ref ref)
{
    const struct node *node = node_at(walk->base, ref);
    const unsigned char *first = entry_at(walk->type, node, 0);
    int level = ++walk->level;

    walk->node[level] = ref;
    walk->entry[level] = (arena_ref)(first - walk->base);
    walk->left[level] = node->entries | node->nodes;
}

static inline struct node *walk_node(const struct hamt_iter *walk)
{
    return node_at(walk->base, walk->node[walk->level]);
}

/* The next entry of the node, which there is. */
static inline unsigned char *walk_entry(struct hamt_iter *walk)
{
    arena_ref *next = &walk->entry[walk->level];
    unsigned char *entry = entry_from(walk->base, *next);

    *next = (arena_ref)(*next + walk->type->entry_size);
    return entry;
}

/* Take slots off those to come: a sub-node's, or those before it, or one of
   a collision's entries. Sets walk->run to the entries in them. */
static inline uint32_t walk_slots(struct hamt_iter *walk)
{
    const struct node *node = walk_node(walk);
    uint32_t *left = &walk->left[walk->level], bit, slots;

    if (walk->level == HAMT_LAST) {
        --*left;
        walk->run = 1;
        return 0;
    }
    bit = lowest_of(*left & children_of(node));
    slots = *left & (bit - 1);
    if (slots == 0)
        slots = bit;
    *left -= slots;
    walk->run = (uint8_t)count_in(node, slots);
    return slots;
}

/* One step of a walk that is not at its end. Sets *entry or *child. */
static int walk_step(struct hamt_iter *walk, unsigned char **entry,
                     arena_ref **child)
{
    uint32_t slots;

    if (walk->run == 0) {
        if (walk->left[walk->level] == 0)
            return HAMT_WALK_UP;
        slots = walk_slots(walk);
        if (walk->run == 0) {
            *child = ref_in(walk->base, walk->node[walk->level], slots);
            return HAMT_WALK_DOWN;
        }
    }
    walk->run--;
    *entry = walk_entry(walk);
    return HAMT_WALK_ENTRY;
}

/* The next sub-node of a walk that passes all entries by; NULL at the end. */
static arena_ref *walk_next_node(struct hamt_iter *walk)
{
    unsigned char *entry;
    arena_ref *child;

    while (walk->level >= 0) {
        switch (walk_step(walk, &entry, &child)) {
        case HAMT_WALK_ENTRY:
            break;
        case HAMT_WALK_DOWN:
            return child;
        default:
            walk->level--;
            break;
        }
    }
    return NULL;
}

/* ---- Letting go ------------------------------------------------------ */

/* Enter a node to let go of what is in it, unless another owner keeps it. */
static void enter_last(struct hamt_iter *walk, const struct hamt *map,
                       arena_ref ref)
{
    if (!leave_block(map->arena, map->type->flags, home_in(map, ref)))
        walk_enter(walk, ref);
}

/* Let go of all that a map has. */
static void let_go_all(const struct hamt *map)
{
    const struct hamt_strings *parts = map->type->strings;
    struct hamt_iter walk;
    struct strings strings;
    unsigned char *entry;
    arena_ref *child;

    if (map->root == 0)
        return;
    walk_init(&walk, map);
    enter_last(&walk, map, map->root);
    while (walk.level >= 0) {
        switch (walk_step(&walk, &entry, &child)) {
        case HAMT_WALK_ENTRY:
            if (parts == NULL) {
                walk.run = 0;
                break;
            }
            parts->read(map->type, entry, &strings);
            parts->drop(map, &strings);
            break;
        case HAMT_WALK_DOWN:
            enter_last(&walk, map, *child);
            break;
        default:
            free_block(map->arena, map->type->flags, home_in(map, walk.node[walk.level--]));
            break;
        }
    }
}

/* ---- Copying --------------------------------------------------------- */

/* Copy a node to another map and enter it. The copy's references and strings
   are yet those of the first; *slot is set to it. Returns false if there is no
   room. */
static bool copy_down(struct change *copy, struct hamt_iter *walk,
                      arena_ref ref, arena_ref *slot)
{
    const struct node *node = node_at(walk->base, ref);
    const unsigned char *base = copy->map->arena->base;
    int level = walk->level + 1;

    *slot = new_node(copy, node->entries, node->nodes, level);
    if (*slot == 0)
        return false;
    if (is_array(ref))
        memset(array_ref(node_at(base, *slot), 0), 0,
               HAMT_SLOTS * sizeof(arena_ref));
    memcpy(node_at(base, *slot), node,
           sizeof *node +
               count_entries(node, level) * walk->type->entry_size);
    walk_enter(walk, ref);
    return true;
}

/* Copy the strings of an entry. Returns false if there is no room. */
static bool copy_strings(struct change *copy, const unsigned char *base,
                         const unsigned char *entry, unsigned char *to)
{
    const struct hamt_type *type = copy->map->type;
    struct arena_bytes key, value;

    return type->strings == NULL ||
           type->strings->write(copy, to, key_argument(base, type, entry, &key),
                         value_argument(base, type, entry, &value));
}

/* ---- Editing --------------------------------------------------------- */

/* Is a node, which a walk is about to enter, mine? *mine is the number of
   nodes above it that are, and counts it. */
static bool is_mine_too(const struct hamt *map, const struct hamt_iter *walk,
                        arena_ref ref, int *mine)
{
    int level = walk->level + 1;

    if (*mine > level)
        *mine = level;
    if (*mine < level || !is_node_mine(map, ref))
        return false;
    *mine = level + 1;
    return true;
}

/* The first word of a spare block: the next one. */
static inline arena_ref *next_spare(const struct hamt *map, arena_ref spare)
{
    return (arena_ref *)(void *)(map->arena->base + spare);
}

static void discard_spares(const struct hamt *map, arena_ref spare)
{
    while (spare != 0) {
        arena_ref next = *next_spare(map, spare);

        free_block(map->arena, map->type->flags, spare);
        spare = next;
    }
}

/* Take a block for a copy of each node of map that is not mine: a list, in the
   order of a walk, with its head in *first. Returns false if there is no room
   for all; then none is taken. */
static bool take_spares(struct hamt *map, arena_ref *first)
{
    struct change change;
    const arena_ref *slot = &map->root;
    struct hamt_iter walk;
    arena_ref *link = first;
    int mine = 0;

    begin(&change, map);
    walk_init(&walk, map);
    *first = 0;
    while (slot != NULL) {
        if (!is_mine_too(map, &walk, *slot, &mine)) {
            *link = take(&change, bytes_of(map, *slot, walk.level + 1));
            if (*link == 0) {
                undo(&change);
                return false;
            }
            link = next_spare(map, *link);
            *link = 0;
        }
        walk_enter(&walk, *slot);
        slot = walk_next_node(&walk);
    }
    return true;
}

/* Enter the node that slot refers to, after making it mine. */
static void enter_mine(const struct hamt *map, struct hamt_iter *walk,
                       arena_ref *slot, int *mine, arena_ref *spare)
{
    arena_ref old = *slot, fresh = *spare;
    int level = walk->level + 1;

    if (!is_mine_too(map, walk, old, mine)) {
        *spare = *next_spare(map, fresh);
        *slot = copy_node(map, fresh, old, bytes_of(map, old, level));
        if (is_counted(map))
            map->type->counts->share(map, old, level, 0);
        drop(map, home_in(map, old));
    }
    walk_enter(walk, *slot);
}

#endif
