/* Walks over all nodes of a map: to let go of them, to copy them, to own them,
   to count them. Private, part of hamt.c. */
#ifndef STRATA_HAMT_WALK_H
#define STRATA_HAMT_WALK_H

#include "path.h"

/* ---- Steps ----------------------------------------------------------- */

/*
 * A walk is a hamt_iter. On each level it has a node, the slots that are left
 * in it, and where its next entry lies. It goes by runs: the entries of all
 * slots before the next sub-node, which lie side by side, one after the other;
 * then that sub-node, which the caller enters or passes by.
 *
 *      node    | slot 3: entry | 7: pair | 9: sub-node | 12: entry |
 *      steps     1               2   3     4             5           6: up
 */
enum { HAMT_WALK_ENTRY, HAMT_WALK_DOWN, HAMT_WALK_UP };

/* Start a walk that has no node yet. */
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

/* Take the next entry of the node, which there is. */
static inline unsigned char *walk_entry(struct hamt_iter *walk)
{
    arena_ref *next = &walk->entry[walk->level];
    unsigned char *entry = entry_from(walk->base, *next);

    *next = (arena_ref)(*next + walk->type->entry_size);
    return entry;
}

/* Advance past the next run: the entries before the next sub-node, or that
   sub-node alone; of a collision one entry. Sets walk->run to the number of
   entries, and returns the slots. */
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

/* Make one step of a walk that is not at its end: to *entry, to *child, which
   is not entered yet, or to the end of a node, which is not left yet. */
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

/* As walk_step, but leaves nodes that are at their end: HAMT_WALK_UP is the
   end of the walk. */
static int walk_on(struct hamt_iter *walk, unsigned char **entry,
                   arena_ref **child)
{
    while (walk->level >= 0) {
        int step = walk_step(walk, entry, child);

        if (step != HAMT_WALK_UP)
            return step;
        walk->level--;
    }
    return HAMT_WALK_UP;
}

/* Go to the next sub-node, past all entries. Returns NULL at the end. */
static arena_ref *walk_to_node(struct hamt_iter *walk)
{
    unsigned char *entry;
    arena_ref *child;
    int step;

    do {
        step = walk_on(walk, &entry, &child);
    } while (step == HAMT_WALK_ENTRY);
    return step == HAMT_WALK_DOWN ? child : NULL;
}

/* ---- Letting go of all ----------------------------------------------- */

/* Enter a node whose last owner is the walk, to let go of what is in it. One
   that has others loses an owner, and is passed by. */
static void enter_last(struct hamt_iter *walk, const struct hamt *map,
                       arena_ref ref)
{
    if (!leave_block(map->arena, map->type->flags, home_in(map, ref)))
        walk_enter(walk, ref);
}

/* Let go of all that a map has: from the leaves up, as a node tells where its
   sub-nodes are. */
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
            parts->read_from(map->type, entry, &strings);
            parts->drop(map, &strings);
            break;
        case HAMT_WALK_DOWN:
            enter_last(&walk, map, *child);
            break;
        default:
            free_block(map->arena, map->type->flags,
                       home_in(map, walk.node[walk.level--]));
            break;
        }
    }
}

/* ---- Copying all ----------------------------------------------------- */

/* Copy a node to the change's map, set *slot to the copy, and enter the node.
   The copy still has the node's own references and strings. Returns false if
   there is no room. */
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
           sizeof *node + count_entries(node, level) * walk->type->entry_size);
    walk_enter(walk, ref);
    return true;
}

/* Give the copy `to` of an entry strings of its own. Returns false if there is
   no room. */
static bool copy_strings(struct change *copy, const unsigned char *base,
                         const unsigned char *entry, unsigned char *to)
{
    const struct hamt_type *type = copy->map->type;
    struct arena_bytes key, value;

    return type->strings == NULL ||
           type->strings->write_to(copy, to,
                                   key_argument(base, type, entry, &key),
                                   value_argument(base, type, entry, &value));
}

/* Copy all of a map to the change's map, which is empty. What lies at an
   offset from a node lies at the same offset from its copy. Returns false if
   there is no room. */
static bool copy_all(struct change *copy, const struct hamt *map)
{
    const unsigned char *base = copy->map->arena->base;
    arena_ref made[HAMT_LEVELS], *child;
    struct hamt_iter walk;
    unsigned char *entry;
    bool done;

    walk_init(&walk, map);
    done = copy_down(copy, &walk, map->root, &copy->map->root);
    made[0] = copy->map->root;
    while (done) {
        int step = walk_on(&walk, &entry, &child);
        const unsigned char *from;
        unsigned char *to;

        if (step == HAMT_WALK_UP)
            return true;
        from = (unsigned char *)walk_node(&walk);
        to = (unsigned char *)node_at(base, made[walk.level]);
        if (step == HAMT_WALK_ENTRY) {
            done = copy_strings(copy, walk.base, entry, to + (entry - from));
        } else {
            arena_ref *slot =
                (arena_ref *)(void *)(to + ((unsigned char *)child - from));

            done = copy_down(copy, &walk, *child, slot);
            made[walk.level] = *slot;
        }
    }
    return false;
}

/* ---- Owning all ------------------------------------------------------ */

/* Is a node mine that a walk is about to enter? *mine is the number of nodes
   above it that are, and counts this one, too. */
static bool is_next_mine(const struct hamt *map, const struct hamt_iter *walk,
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

/* The next block of a list of spare ones: in a block's first word. */
static inline arena_ref *next_spare(const struct hamt *map, arena_ref spare)
{
    return (arena_ref *)(void *)(map->arena->base + spare);
}

static void free_spares(const struct hamt *map, arena_ref spare)
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
    arena_ref *end = first;
    int mine = 0;

    begin(&change, map);
    walk_init(&walk, map);
    *first = 0;
    while (slot != NULL) {
        if (!is_next_mine(map, &walk, *slot, &mine)) {
            *end = take(&change, bytes_of(map, *slot, walk.level + 1));
            if (*end == 0) {
                undo(&change);
                return false;
            }
            end = next_spare(map, *end);
            *end = 0;
        }
        walk_enter(&walk, *slot);
        slot = walk_to_node(&walk);
    }
    return true;
}

/* Enter the node that slot refers to. If it is not mine, slot gets a copy
   first, in the next spare block. */
static void enter_mine(const struct hamt *map, struct hamt_iter *walk,
                       arena_ref *slot, int *mine, arena_ref *spare)
{
    arena_ref old = *slot, fresh = *spare;
    int level = walk->level + 1;

    if (!is_next_mine(map, walk, old, mine)) {
        *spare = *next_spare(map, fresh);
        *slot = copy_node(map, fresh, old, bytes_of(map, old, level));
        if (is_counted(map))
            map->type->counts->share(map, old, level, 0);
        drop(map, home_in(map, old));
    }
    walk_enter(walk, *slot);
}

/* ---- Counting -------------------------------------------------------- */

static size_t block_size(const struct hamt *map, arena_ref ref)
{
    return ref == 0 ? 0 : size_of(block_at(map->arena, ref));
}

/* Count the strings of an entry. */
static void count_strings(const struct hamt *map, const unsigned char *entry,
                          struct hamt_stats *out)
{
    struct strings strings;

    map->type->strings->read_from(map->type, entry, &strings);
    out->bytes += block_size(map, strings.key);
    out->bytes += block_size(map, strings.value);
}

/* Count the node that a walk has just entered. */
static void count_node(const struct hamt *map, const struct hamt_iter *walk,
                       struct hamt_stats *out)
{
    const struct node *node = walk_node(walk);
    size_t entries = count_entries(node, walk->level);

    if (walk->level == HAMT_LAST)
        out->collisions++;
    else if (is_array(walk->node[walk->level]))
        out->arrays++;
    else
        out->bitmaps++;
    if (out->depth <= (size_t)walk->level)
        out->depth = (size_t)walk->level + 1;
    out->entries += entries;
    out->bytes += block_size(map, home_in(map, walk->node[walk->level]));
    while (map->type->strings != NULL && entries-- > 0)
        count_strings(map, entry_at(map->type, node, entries), out);
}

#endif
