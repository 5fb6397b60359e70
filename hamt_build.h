/*
 * Making nodes, and letting go of them. Private, part of hamt.c.
 *
 * The modes differ here and in hamt_path.h: is_mine tells whether a node may
 * be changed in place, share counts the owners when a copy has what the
 * original has, and drop and let_go_path let go of what has been replaced.
 */
#ifndef STRATA_HAMT_BUILD_H
#define STRATA_HAMT_BUILD_H

#include "hamt_hash.h"

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
    if (map == NULL)
        return ARENA_EINVAL;
    if (map->root != 0 && !is_counted(map)) {
        arena_ref home = home_in(map, map->root);

        if (!is_block(map->arena, home) ||
            !is_live(block_at(map->arena, home)))
            return ARENA_ESTALE;
    }
    return ARENA_OK;
}

/* A block of the map's, with one owner; 0 if there is no room. */
static arena_ref take(const struct hamt *map, size_t size)
{
    bool counted = is_counted(map);
    arena_ref ref = arena_take(map->arena, size, !counted);

    if (counted && ref != 0)
        *count_of(map, ref) = 1;
    return ref;
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
    if (!is_counted(map) || --*count_of(map, ref) == 0)
        discard(map, ref);
}

/* ---- Byte strings ---------------------------------------------------- */

/* The blocks of the strings in an entry; 0 where it has none. */
struct strings {
    arena_ref key;
    arena_ref value;
};

static void read_strings(const struct hamt_type *type,
                         const unsigned char *entry, struct strings *strings)
{
    strings->key = strings->value = 0;
    if (type->flags & HAMT_KEY_BYTES)
        memcpy(&strings->key, entry + type->key_at, sizeof(arena_ref));
    if (type->flags & HAMT_VALUE_BYTES)
        memcpy(&strings->value, entry + type->value_at, sizeof(arena_ref));
}

static void write_strings(const struct hamt_type *type, unsigned char *entry,
                          const struct strings *strings)
{
    if (type->flags & HAMT_KEY_BYTES)
        memcpy(entry + type->key_at, &strings->key, sizeof(arena_ref));
    if (type->flags & HAMT_VALUE_BYTES)
        memcpy(entry + type->value_at, &strings->value, sizeof(arena_ref));
}

static void drop_strings(const struct hamt *map, const struct strings *strings)
{
    if (strings->key != 0)
        drop(map, strings->key);
    if (strings->value != 0)
        drop(map, strings->value);
}

/* Store a string in a block of its own. Returns 0 if there is no room. */
static arena_ref take_string(const struct hamt *map,
                             const struct arena_bytes *string)
{
    arena_ref size = (arena_ref)string->size, ref;
    unsigned char *at;

    if (string->size >= (arena_ref)-1 - sizeof size)
        return 0;
    ref = take(map, sizeof size + string->size + 1);
    if (ref == 0)
        return 0;
    at = map->arena->base + ref;
    memcpy(at, &size, sizeof size);
    if (size > 0)
        memcpy(at + sizeof size, string->data, size);
    at[sizeof size + size] = 0;
    return ref;
}

/* Store what is a string of a key and a value; either may be NULL. Returns
   false if there is no room for both. */
static bool take_strings(const struct hamt *map, const void *key,
                         const void *value, struct strings *strings)
{
    unsigned flags = map->type->flags;

    strings->key = strings->value = 0;
    if ((flags & HAMT_KEY_BYTES) && key != NULL) {
        strings->key = take_string(map, key);
        if (strings->key == 0)
            return false;
    }
    if ((flags & HAMT_VALUE_BYTES) && value != NULL) {
        strings->value = take_string(map, value);
        if (strings->value == 0) {
            drop_strings(map, strings);
            return false;
        }
    }
    return true;
}

/* Write a new entry, with its strings, if it has any, in blocks. A value that
   is NULL becomes zeros. */
static void write_entry(const struct hamt_type *type, unsigned char *entry,
                        const void *key, const void *value,
                        const struct strings *strings)
{
    memset(entry, 0, type->entry_size);
    if ((type->flags & HAMT_KEY_BYTES) == 0)
        memcpy(entry + type->key_at, key, type->key_size);
    if ((type->flags & HAMT_VALUE_BYTES) == 0 && value != NULL)
        memcpy(entry + type->value_at, value, type->value_size);
    write_strings(type, entry, strings);
}

/* ---- Nodes ----------------------------------------------------------- */

/* A node for so many sub-nodes and entries, its bitmaps yet to be set. Returns
   0 if there is no room. */
static arena_ref new_node(const struct hamt *map, unsigned children,
                          size_t entries)
{
    unsigned refs = children < ARRAY_MIN ? children : SLOTS;
    arena_ref home = take(map, node_size(map->type, refs, entries));

    if (home == 0)
        return 0;
    return (arena_ref)(home + front_size(map->type, refs) +
                       (children < ARRAY_MIN ? 0 : ARRAY));
}

/* A node with these bitmaps and nothing in its slots. */
static arena_ref new_bitmap(const struct hamt *map, uint32_t entries,
                            uint32_t nodes)
{
    struct node node = { entries, nodes };
    arena_ref ref = new_node(map, count_bits(children_of(&node)),
                             count_in(&node, ALL_SLOTS));

    if (ref != 0)
        *node_at(map->arena->base, ref) = node;
    return ref;
}

/* A collision with room for count entries. */
static arena_ref new_collision(const struct hamt *map, size_t count)
{
    struct node node = { (uint32_t)count, 0 };
    arena_ref ref = new_node(map, 0, count);

    if (ref != 0)
        *node_at(map->arena->base, ref) = node;
    return ref;
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
static arena_ref clone(const struct hamt *map, arena_ref ref, int level)
{
    size_t bytes = bytes_of(map, ref, level);
    arena_ref block = take(map, bytes);

    return block == 0 ? 0 : copy_node(map, block, ref, bytes);
}

/* Copy the references that two nodes have in common. */
static void copy_refs(const unsigned char *base, arena_ref to, arena_ref from)
{
    struct node *node = node_at(base, to);
    uint32_t both = children_of(node) & children_of(node_at(base, from));

    if (is_array(to))
        memset(array_ref(node, 0), 0, SLOTS * sizeof(arena_ref));
    for (; both != 0; both &= both - 1)
        *ref_in(base, to, lowest_of(both)) =
            *ref_in(base, from, lowest_of(both));
}

/* Copy all entries but those in one slot, to a node that differs in it. */
static void copy_entries(const struct hamt_type *type, struct node *to,
                         const struct node *from, uint32_t bit)
{
    size_t below = count_in(from, bit - 1);
    size_t above = count_in(from, ALL_SLOTS) - count_in(from, bit | (bit - 1));
    size_t gap = entries_in(state_of(to, bit));
    size_t old = entries_in(state_of(from, bit));

    memcpy(entry_at(type, to, 0), entry_at(type, from, 0),
           below * type->entry_size);
    memcpy(entry_at(type, to, below + gap), entry_at(type, from, below + old),
           above * type->entry_size);
}

/* A node that has what another has, but one slot has this state, and what it
   has is yet to be set. */
static arena_ref rebuild(const struct hamt *map, arena_ref from, uint32_t bit,
                         unsigned state)
{
    const unsigned char *base = map->arena->base;
    const struct node *node = node_at(base, from);
    arena_ref ref =
        new_bitmap(map,
                   (node->entries & ~bit) | (state & ENTRY ? bit : 0),
                   (node->nodes & ~bit) | (state & SUBNODE ? bit : 0));

    if (ref != 0) {
        copy_refs(base, ref, from);
        copy_entries(map->type, node_at(base, ref), node, bit);
    }
    return ref;
}

/* Count one more owner for what a node has, but for one sub-node's slot. */
static void share(const struct hamt *map, arena_ref ref, int level,
                  uint32_t except)
{
    const unsigned char *base = map->arena->base;
    const struct node *node = node_at(base, ref);
    size_t entries = count_entries(node, level);
    uint32_t children = level == LAST ? 0 : children_of(node) & ~except;
    struct strings strings;

    for (; children != 0; children &= children - 1) {
        arena_ref below = *ref_in(base, ref, lowest_of(children));

        ++*count_of(map, home_in(map, below));
    }
    if ((map->type->flags & (HAMT_KEY_BYTES | HAMT_VALUE_BYTES)) == 0)
        return;
    while (entries-- > 0) {
        read_strings(map->type, entry_at(map->type, node, entries), &strings);
        if (strings.key != 0)
            ++*count_of(map, strings.key);
        if (strings.value != 0)
            ++*count_of(map, strings.value);
    }
}

#endif
