/*
 * The nodes of a map: their layout, and the blocks they lie in. Private.
 *
 *      home                           v a node's reference
 *      | .. ref[2] ref[1] ref[0] | entries | nodes | entry entry entry ..
 *
 * A slot of a node is 5 bits of the hash. Two bitmaps tell what it has:
 *
 *      entries  nodes
 *         0       0     nothing
 *         1       0     an entry
 *         1       1     a pair: two entries
 *         0       1     a sub-node, for three entries or more
 *
 * The references to sub-nodes lie before the bitmaps, from there downwards in
 * slot order, and the entries behind them in the order of iteration: so a
 * search reaches either by counting bits once.
 *
 *   bitmap      up to 16 sub-nodes
 *   array       more: 32 references, one a slot, upwards, found without
 *               looking at a bitmap; its own reference has bit 0 set
 *   collision   below the seven levels of hash bits: three or more entries
 *               with one and the same hash, in order of insertion; entries is
 *               their number
 *
 * Two entries never have a node of their own, but the root: they are a pair in
 * the node above. So the same entries always make the same shape. And most of
 * what would be small nodes are pairs, which cost no node: at a million
 * entries of 8 bytes that saves a third of all memory (docs/design.md).
 */
#ifndef STRATA_HAMT_NODE_H
#define STRATA_HAMT_NODE_H

#include "../arena/bits.h"
#include "../arena/modes.h"
#include "../hamt.h"

struct node {
    uint32_t entries;
    uint32_t nodes;
};

enum {
    HAMT_CHUNK = 5, /* hash bits a level                                     */
    HAMT_SLOTS = 1 << HAMT_CHUNK,
    HAMT_ARRAY = 1,             /* the mark in a reference                   */
    HAMT_ARRAY_MIN = 17,        /* sub-nodes; CPython's limit                */
    HAMT_LAST = HAMT_LEVELS - 1 /* the level of collisions                   */
};

#define HAMT_ALL_SLOTS ((uint32_t)0xFFFFFFFF)

/* What a slot has: its bits in entries and nodes. */
enum { HAMT_NOTHING = 0, HAMT_ENTRY = 1, HAMT_SUBNODE = 2, HAMT_PAIR = 3 };

/* ---- Bits ------------------------------------------------------------ */

/* The bit of a hash's slot at a level below HAMT_LAST. */
ARENA_ONE_COPY uint32_t bit_of(uint32_t hash, int level)
{
    return one_bit(hash >> (level * HAMT_CHUNK) & (HAMT_SLOTS - 1));
}

static inline uint32_t lowest_of(uint32_t bitmap)
{
    return bitmap & (~bitmap + 1);
}

/* Does a hash come before another in the order of iteration: in the lowest
   chunk in which they differ? */
static inline bool comes_before(uint32_t a, uint32_t b)
{
    while (a != b && a % HAMT_SLOTS == b % HAMT_SLOTS) {
        a >>= HAMT_CHUNK;
        b >>= HAMT_CHUNK;
    }
    return a % HAMT_SLOTS < b % HAMT_SLOTS;
}

/* ---- Layout ---------------------------------------------------------- */

static inline bool is_array(arena_ref ref)
{
    return (ref & HAMT_ARRAY) != 0;
}

static inline struct node *node_at(const unsigned char *base, arena_ref ref)
{
    return (struct node *)(void *)(base + ref - (ref & HAMT_ARRAY));
}

/* The entry at an offset, which may be odd. */
static inline unsigned char *entry_from(const unsigned char *base,
                                        arena_ref offset)
{
    return (unsigned char *)base + offset;
}

/* The slots of a node that have sub-nodes. */
static inline uint32_t children_of(const struct node *node)
{
    return node->nodes & ~node->entries;
}

/* The number of entries in the slots of a mask. */
static inline unsigned count_in(const struct node *node, uint32_t mask)
{
    return count_both(node->entries & mask, node->entries & node->nodes & mask);
}

/* The number of entries of a node at a level. */
static inline size_t count_entries(const struct node *node, int level)
{
    return level == HAMT_LAST ? (size_t)node->entries
                              : count_in(node, HAMT_ALL_SLOTS);
}

/* The number of references that a node has room for. Most have none. */
static inline unsigned count_refs(const unsigned char *base, arena_ref ref)
{
    uint32_t children;

    if (is_array(ref))
        return HAMT_SLOTS;
    children = children_of(node_at(base, ref));
    return children == 0 ? 0 : count_bits(children);
}

/* The bytes of a block before its node: `refs` references, after what aligns
   the entries. */
static inline size_t front_size(const struct hamt_type *type, unsigned refs)
{
    size_t end = refs * sizeof(arena_ref) + sizeof(struct node);
    size_t mask = (size_t)type->entry_align - 1;

    return ((end + mask) & ~mask) - sizeof(struct node);
}

/* The bytes that a node with `refs` references and `entries` entries asks a
   block for. */
static inline size_t node_size(const struct hamt_type *type, unsigned refs,
                               size_t entries)
{
    return front_size(type, refs) + sizeof(struct node) +
           entries * type->entry_size;
}

/* An entry by its number in the node. */
static inline unsigned char *entry_at(const struct hamt_type *type,
                                      const struct node *node, size_t index)
{
    return (unsigned char *)(node + 1) + index * type->entry_size;
}

/* The first entry in the slot of bit, or where it would be. */
static inline unsigned char *entry_in(const struct hamt_type *type,
                                      const struct node *node, uint32_t bit)
{
    return entry_at(type, node, count_in(node, bit - 1));
}

/* In an array, the reference in a slot; 0 if that has no sub-node. */
static inline arena_ref *array_ref(const struct node *node, unsigned slot)
{
    return (arena_ref *)node - HAMT_SLOTS + slot;
}

/* In a bitmap, the reference in the slot of bit, which has a sub-node. */
static inline arena_ref *bitmap_ref(const struct node *node, uint32_t bit)
{
    return (arena_ref *)node - 1 - count_bits(children_of(node) & (bit - 1));
}

/* In either, the reference in the slot of bit, which has a sub-node. */
static inline arena_ref *ref_in(const unsigned char *base, arena_ref ref,
                                uint32_t bit)
{
    return is_array(ref) ? array_ref(node_at(base, ref), lowest_bit(bit))
                         : bitmap_ref(node_at(base, ref), bit);
}

/* ---- Blocks ---------------------------------------------------------- */

/* The block that a node lies in. */
static inline arena_ref home_of(const unsigned char *base,
                                const struct hamt_type *type, arena_ref ref)
{
    size_t front = front_size(type, count_refs(base, ref));

    return (arena_ref)(ref - (ref & HAMT_ARRAY) - front);
}

static inline arena_ref home_in(const struct hamt *map, arena_ref ref)
{
    return home_of(map->arena->base, map->type, ref);
}

/* The bytes that a node at a level asks its block for. The block may have a
   few more; a copy must not, or they would add up from copy to copy. */
static inline size_t bytes_of(const struct hamt *map, arena_ref ref, int level)
{
    const unsigned char *base = map->arena->base;

    return node_size(map->type, count_refs(base, ref),
                     count_entries(node_at(base, ref), level));
}

/* ---- Modes: see arena/modes.h ---------------------------------------- */

ARENA_STATIC_ASSERT(hamt_flags_are_modes,
                    (int)HAMT_COUNTED == (int)ARENA_COUNTED &&
                        (int)HAMT_REGION == (int)ARENA_REGION);

static inline bool is_counted(const struct hamt *map)
{
    return (map->type->flags & HAMT_COUNTED) != 0;
}

static inline bool is_region(const struct hamt *map)
{
    return (map->type->flags & HAMT_REGION) != 0;
}

/* May a node be changed in place, if the nodes above it may? */
static inline bool is_node_mine(const struct hamt *map, arena_ref ref)
{
    return is_mine(map->arena, map->type->flags, home_in(map, ref));
}

#endif
