/* The invariants of a map: do they hold? Private, part of hamt.c. */
#ifndef STRATA_HAMT_CHECK_H
#define STRATA_HAMT_CHECK_H

#include "walk.h"

/* Does an array have references just where its bitmaps say? */
static bool is_array_sound(const struct node *node)
{
    for (unsigned slot = 0; slot < HAMT_SLOTS; slot++) {
        bool has = children_of(node) >> slot & 1;

        if (has != (*array_ref(node, slot) != 0))
            return false;
    }
    return true;
}

/* Does a node with all that it says of itself lie within the arena? */
static bool is_node_inside(const struct hamt *map, arena_ref ref, int level)
{
    const struct arena *arena = map->arena;
    size_t at = (size_t)(ref - (ref & HAMT_ARRAY)), size;

    if (at < arena->first || at >= arena->top ||
        arena->top - at < sizeof(struct node) || at % HAMT_ALIGN_MIN != 0)
        return false;
    size = arena->top - at - sizeof(struct node);
    return count_entries(node_at(arena->base, ref), level) <=
           size / map->type->entry_size;
}

/* Is a node, on this level, of the shape that its contents ask for? */
static bool is_node_sound(const struct hamt *map, arena_ref ref, int level)
{
    uint32_t slots = level == HAMT_LAST - 1 ? 0xF : HAMT_ALL_SLOTS, children;
    const struct node *node;
    size_t entries;

    if (!is_node_inside(map, ref, level) ||
        !is_block_sound(map->arena, map->type->flags, home_in(map, ref),
                        bytes_of(map, ref, level)))
        return false;
    node = node_at(map->arena->base, ref);
    entries = count_entries(node, level);
    if (level == HAMT_LAST)
        return !is_array(ref) && node->nodes == 0 && entries >= 3;
    children = children_of(node);
    return is_array(ref) == (count_bits(children) >= HAMT_ARRAY_MIN) &&
           (!is_array(ref) || is_array_sound(node)) &&
           ((node->nodes | node->entries) & ~slots) == 0 &&
           (children != 0 || entries >= (level == 0 ? 1 : 3));
}

/* Is a string there, with its bytes and a NUL? */
static bool is_string_sound(const struct hamt *map, arena_ref ref)
{
    unsigned mode = map->type->flags;
    const unsigned char *bytes;
    size_t size;

    if (!is_block_sound(map->arena, mode, ref, sizeof(arena_ref)))
        return false;
    bytes = bytes_at(map->arena->base, ref);
    size = hamt_bytes_size(bytes);
    return size < map->arena->top &&
           is_block_sound(map->arena, mode, ref,
                          sizeof(arena_ref) + size + 1) &&
           bytes[size] == 0;
}

static bool are_strings_sound(const struct hamt *map,
                              const unsigned char *entry)
{
    unsigned flags = map->type->flags;
    struct strings strings;

    map->type->strings->read_from(map->type, entry, &strings);
    return ((flags & HAMT_KEY_BYTES) == 0 ||
            is_string_sound(map, strings.key)) &&
           ((flags & HAMT_VALUE_BYTES) == 0 ||
            is_string_sound(map, strings.value));
}

/* Does an entry lie where its hash wants it: in a node to which the hash leads
   by these slots, and in the right slot of that? */
static bool is_in_place(const struct hamt_iter *walk,
                        const unsigned char *entry, uint32_t hash,
                        uint32_t slots)
{
    const struct node *node = walk_node(walk);
    int level = walk->level;
    const unsigned char *first;
    uint32_t bit, known = HAMT_ALL_SLOTS;

    if (level < HAMT_LAST)
        known = ((uint32_t)1 << level * HAMT_CHUNK) - 1;
    if ((hash & known) != slots || level == HAMT_LAST)
        return (hash & known) == slots;
    bit = bit_of(hash, level);
    first = entry_in(walk->type, node, bit);
    return entry >= first &&
           entry < first + count_in(node, bit) * walk->type->entry_size;
}

/* The last entry that a check has seen. */
struct seen {
    const unsigned char *entry;
    uint32_t hash;
};

/* Do an entry and the last one have the same key? 1, 0 or an error. */
static int is_twin(const struct hamt *map, const struct seen *last,
                   const unsigned char *entry, uint32_t hash)
{
    const unsigned char *base = map->arena->base;
    struct arena_bytes view;

    if (last->entry == NULL || last->hash != hash)
        return 0;
    return is_key(base, map->type,
                  key_argument(base, map->type, last->entry, &view), entry);
}

/* Does an entry have its strings, its place, and the last one before it?
   Returns ARENA_OK, ARENA_ECORRUPT or what a callback failed with. */
static int check_entry(const struct hamt *map, const struct hamt_iter *walk,
                       const unsigned char *entry, uint32_t slots,
                       struct seen *last)
{
    uint32_t hash;
    int error;

    if (map->type->strings != NULL && !are_strings_sound(map, entry))
        return ARENA_ECORRUPT;
    error = hash_entry(map->arena->base, map->type, entry, &hash);
    if (error < 0)
        return error;
    if (!is_in_place(walk, entry, hash, slots) ||
        comes_before(hash, last->hash))
        return ARENA_ECORRUPT;
    error = is_twin(map, last, entry, hash);
    last->entry = entry;
    last->hash = hash;
    return error > 0 ? ARENA_ECORRUPT : error;
}

/* The hash bits that lead to the sub-node at which a walk has just arrived, if
   `slots` led to the node that has it. */
static uint32_t slots_below(const struct hamt_iter *walk, uint32_t slots)
{
    uint32_t past = children_of(walk_node(walk)) & ~walk->left[walk->level];

    return slots | (uint32_t)highest_bit(past) << walk->level * HAMT_CHUNK;
}

/* Is the sub-node sound at which a walk has just arrived, and seen by all that
   sees the node above? */
static bool is_child_sound(const struct hamt *map, const struct hamt_iter *walk,
                           arena_ref child)
{
    arena_ref above = walk->node[walk->level];

    return is_node_sound(map, child, walk->level + 1) &&
           may_refer(map->arena, map->type->flags, home_in(map, above),
                     home_in(map, child));
}

#endif
