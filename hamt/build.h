/* Making nodes: new ones, and copies that differ in one slot. Private, part of
   hamt.c. */
#ifndef STRATA_HAMT_BUILD_H
#define STRATA_HAMT_BUILD_H

#include "items.h"

/* ---- Changes --------------------------------------------------------- */

/* A change of a map, and the blocks that it has taken for that: see
   arena/modes.h. */
struct change {
    struct hamt *map;
    arena_ref taken;
};

static inline void begin(struct change *change, struct hamt *map)
{
    change->map = map;
    change->taken = 0;
}

/* Take a block with one owner. Returns 0 if there is no room. */
static arena_ref take(struct change *change, size_t size)
{
    return take_block(change->map->arena, change->map->type->flags, size,
                      &change->taken);
}

/* Give back all blocks that the change has taken. */
static void undo(struct change *change)
{
    give_back(change->map->arena, change->map->type->flags, &change->taken);
}

/* Let go of a block that refers to no other, or whose references a copy has
   taken over. */
ARENA_ONE_COPY void drop(const struct hamt *map, arena_ref block)
{
    drop_block(map->arena, map->type->flags, block);
}

/* ---- Nodes ----------------------------------------------------------- */

/* Make a node for a level, with these bitmaps and nothing in its slots.
   Returns 0 if there is no room. */
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

/* ---- Copies ---------------------------------------------------------- */

/* Copy a node, of `bytes` bytes, to another block. Returns the copy. */
static inline arena_ref copy_node(const struct hamt *map, arena_ref block,
                                  arena_ref ref, size_t bytes)
{
    unsigned char *base = map->arena->base;
    arena_ref home = home_in(map, ref);

    memcpy(base + block, base + home, bytes);
    return (arena_ref)(block + (ref - home));
}

/* Make a copy of a node at a level. Returns 0 if there is no room. */
static arena_ref clone_node(struct change *change, arena_ref ref, int level)
{
    size_t bytes = bytes_of(change->map, ref, level);
    arena_ref block = take(change, bytes);

    return block == 0 ? 0 : copy_node(change->map, block, ref, bytes);
}

/* Copy the references for slots in which both nodes have sub-nodes. */
ARENA_ONE_COPY void copy_refs(const unsigned char *base, arena_ref to,
                              arena_ref from)
{
    struct node *node = node_at(base, to);
    uint32_t both = children_of(node) & children_of(node_at(base, from));

    if (is_array(to))
        memset(array_ref(node, 0), 0, HAMT_SLOTS * sizeof(arena_ref));
    for (; both != 0; both &= both - 1)
        *ref_in(base, to, lowest_of(both)) =
            *ref_in(base, from, lowest_of(both));
}

/* Copy all entries but those in the slot of bit, in which the nodes differ. */
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

/* Copy the node `from`, but give the slot of bit the state `state`. The caller
   fills that slot. Returns 0 if there is no room. */
static arena_ref rebuild(struct change *change, arena_ref from, uint32_t bit,
                         unsigned state)
{
    const unsigned char *base = change->map->arena->base;
    const struct node *node = node_at(base, from);
    uint32_t entries = node->entries & ~bit, nodes = node->nodes & ~bit;
    arena_ref ref = new_node(change, entries | (state & HAMT_ENTRY ? bit : 0),
                             nodes | (state & HAMT_SUBNODE ? bit : 0), 0);

    if (ref != 0) {
        copy_refs(base, ref, from);
        copy_entries(change->map->type, node_at(base, ref), node, bit);
    }
    return ref;
}

#endif
