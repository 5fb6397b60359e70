/*
 * Making nodes, and letting go of them. Private, part of hamt.c.
 *
 * The modes differ here and in path.h: is_mine tells whether a node may
 * be changed in place, hamt_counts counts the owners when a copy has what the
 * original has, and drop and let_go_path let go of what has been replaced.
 */
#ifndef STRATA_HAMT_BUILD_H
#define STRATA_HAMT_BUILD_H

#include "items.h"

/* ---- Blocks ---------------------------------------------------------- */

static inline bool is_region(const struct hamt *map)
{
    return (map->type->flags & HAMT_REGION) != 0;
}

static inline bool is_counted(const struct hamt *map)
{
    return (map->type->flags & HAMT_COUNTED) != 0;
}

/* The number of owners of a block of a counted map stands in a word of the
   header that unversioned blocks have to spare. */
static inline arena_ref *count_of(const struct hamt *map, arena_ref block)
{
    return &block_at(map->arena, block)->next;
}

/* The block that a node lies in. */
static inline arena_ref home_in(const struct hamt *map, arena_ref node)
{
    return home_of(map->arena->base, map->type, node);
}

/* May this map be changed? */
static int check_change(const struct hamt *map)
{
    if (map == NULL || map->type == NULL)
        return ARENA_EINVAL;
    if (map->root != 0) {
        arena_ref home = home_in(map, map->root);

        if (!is_block(map->arena, home) ||
            (is_counted(map) ? block_at(map->arena, home)->stamp != ARENA_UNVERSIONED
                             : !is_live(block_at(map->arena, home))))
            return ARENA_ESTALE;
    }
    return ARENA_OK;
}

/* Let go of a block that has no owner but the working state; not of its
   contents. */
static void discard(const struct hamt *map, arena_ref ref)
{
    if (is_counted(map))
        arena_give(map->arena, ref);
    else
        arena_give_versioned(map->arena, ref);
}

/* May a node be changed in place, if the nodes above it may? */
static inline bool is_mine(const struct hamt *map, arena_ref node)
{
    arena_ref home = home_in(map, node);

    if (is_counted(map))
        return *count_of(map, home) == 1;
    return !is_region(map) &&
           is_private(map->arena, block_at(map->arena, home));
}

/* Take an owner from a block; without one it is freed, not its contents. */
static void drop(const struct hamt *map, arena_ref ref)
{
    if (is_region(map))
        return;
    if (!is_counted(map) || --*count_of(map, ref) == 0)
        discard(map, ref);
}

/* ---- Changes --------------------------------------------------------- */

/* The blocks taken for a change, so that they can be given back. */
struct change {
    struct hamt *map;
    arena_ref taken; /* how many: they are the arena's youngest; in a counted */
                     /* map the last one, linked to the others by prev        */
};

static inline void begin(struct change *change, struct hamt *map)
{
    change->map = map;
    change->taken = 0;
}

/* A block, with one owner; 0 if there is no room. */
static arena_ref take(struct change *change, size_t size)
{
    struct arena *arena = change->map->arena;
    bool counted = is_counted(change->map);
    arena_ref ref = arena_take(arena, size, !counted);

    if (ref == 0)
        return 0;
    if (counted) {
        block_at(arena, ref)->next = 1;
        block_at(arena, ref)->prev = change->taken;
        change->taken = ref;
    } else {
        change->taken++;
    }
    return ref;
}

/* Give all of them back. */
static void undo(struct change *change)
{
    struct arena *arena = change->map->arena;

    while (change->taken > 0) {
        arena_ref ref = change->taken;

        if (is_counted(change->map)) {
            change->taken = block_at(arena, ref)->prev;
        } else {
            change->taken--;
            ref = arena->born;
        }
        discard(change->map, ref);
    }
}

/* ---- Nodes ----------------------------------------------------------- */

/* A node at a level, with these bitmaps and nothing in its slots; 0 if there
   is no room. */
static arena_ref new_node(struct change *change, uint32_t entries,
                          uint32_t nodes, int level)
{
    const struct hamt_type *type = change->map->type;
    size_t count = level == HAMT_LAST ? (size_t)entries
                                 : count_both(entries, entries & nodes);
    unsigned refs = count_bits(nodes & ~entries);
    struct node *node;
    arena_ref ref;

    if (refs >= HAMT_ARRAY_MIN)
        refs = HAMT_SLOTS;
    ref = take(change, node_size(type, refs, count));
    if (ref == 0)
        return 0;
    ref = (arena_ref)(ref + front_size(type, refs));
    node = node_at(change->map->arena->base, ref);
    node->entries = entries;
    node->nodes = nodes;
    return refs == HAMT_SLOTS ? ref | HAMT_ARRAY : ref;
}

/* The bytes of the block that a node at a level asks for. It may have got a
   few more; a copy must not, or they would add up from copy to copy. */
static inline size_t bytes_of(const struct hamt *map, arena_ref ref, int level)
{
    const unsigned char *base = map->arena->base;

    return node_size(map->type, count_refs(base, ref),
                     count_entries(node_at(base, ref), level));
}

/* Copy a node of so many bytes to another block. Returns the copy. */
static inline arena_ref copy_node(const struct hamt *map, arena_ref block,
                                  arena_ref ref, size_t bytes)
{
    unsigned char *base = map->arena->base;
    arena_ref home = home_in(map, ref);

    memcpy(base + block, base + home, bytes);
    return (arena_ref)(block + (ref - home));
}

/* A copy of a node at a level; 0 if there is no room. */
static arena_ref clone(struct change *change, arena_ref ref, int level)
{
    size_t bytes = bytes_of(change->map, ref, level);
    arena_ref block = take(change, bytes);

    return block == 0 ? 0 : copy_node(change->map, block, ref, bytes);
}

/* Copy the references that two nodes have in common. */
ARENA_ONE_COPY void copy_refs(const unsigned char *base, arena_ref to, arena_ref from)
{
    struct node *node = node_at(base, to);
    uint32_t both = children_of(node) & children_of(node_at(base, from));

    if (is_array(to))
        memset(array_ref(node, 0), 0, HAMT_SLOTS * sizeof(arena_ref));
    for (; both != 0; both &= both - 1)
        *ref_in(base, to, lowest_of(both)) =
            *ref_in(base, from, lowest_of(both));
}

/* Copy all entries but those in one slot, to a node that differs in it. */
ARENA_ONE_COPY void copy_entries(const struct hamt_type *type, struct node *to,
                         const struct node *from, uint32_t bit)
{
    size_t below = count_in(from, bit - 1);
    size_t old = below + count_in(from, bit);
    size_t new = below + count_in(to, bit);
    size_t above = count_in(from, HAMT_ALL_SLOTS) - old;

    memcpy(entry_at(type, to, 0), entry_at(type, from, 0),
           below * type->entry_size);
    memcpy(entry_at(type, to, new), entry_at(type, from, old),
           above * type->entry_size);
}

/* A node that has what another has, but one slot has this state, and what it
   has is yet to be set. */
static arena_ref rebuild(struct change *change, arena_ref from, uint32_t bit,
                         unsigned state)
{
    const unsigned char *base = change->map->arena->base;
    const struct node *node = node_at(base, from);
    arena_ref ref =
        new_node(change, (node->entries & ~bit) | (state & HAMT_ENTRY ? bit : 0),
                 (node->nodes & ~bit) | (state & HAMT_SUBNODE ? bit : 0), 0);

    if (ref != 0) {
        copy_refs(base, ref, from);
        copy_entries(change->map->type, node_at(base, ref), node, bit);
    }
    return ref;
}

/* ---- Counts ---------------------------------------------------------- */

/* What counted maps need; a program without them does not link it. */
struct hamt_counts {
    void (*share)(const struct hamt *map, arena_ref ref, int level,
                  uint32_t except);
};

/* Count one more owner for the strings of an entry. */
static void share_strings(const struct hamt *map, const unsigned char *entry)
{
    struct strings strings;

    map->type->strings->read(map->type, entry, &strings);
    if (strings.key != 0)
        ++*count_of(map, strings.key);
    if (strings.value != 0)
        ++*count_of(map, strings.value);
}

/* Count one more owner for what a node has, but for one sub-node's slot. */
static void share(const struct hamt *map, arena_ref ref, int level,
                  uint32_t except)
{
    const unsigned char *base = map->arena->base;
    const struct node *node = node_at(base, ref);
    uint32_t children = children_of(node) & ~except;

    for (; children != 0; children &= children - 1) {
        arena_ref below = *ref_in(base, ref, lowest_of(children));

        ++*count_of(map, home_in(map, below));
    }
    if (map->type->strings == NULL)
        return;
    for (size_t i = count_entries(node, level); i-- > 0;)
        share_strings(map, entry_at(map->type, node, i));
}

const struct hamt_counts hamt_counts = { share };

#endif
