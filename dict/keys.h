/*
 * The table of a dict: layout, index, probing. Private, part of dict.c.
 *
 *     struct dict_keys | index[slots] | entry entry entry ... | not yet used
 *                   1, 2 or 4 bytes  in order of insertion
 *
 *     entry   value | hash | name | key      with general keys and names
 *             value | hash | key             general keys only
 *             value | hash | name            names
 *             hash | name                    shared: values lie elsewhere
 *
 * A slot of the index holds the number of an entry, DICT_EMPTY, or DICT_DUMMY where one
 * was removed. The entry of a removed key has DICT_DEAD for a hash, and is used no
 * more until the table is made anew. CPython's compact dict (R. Hettinger,
 * 2012) has the rules: two thirds of the slots are usable, and what has been
 * used is not given back.
 */
#ifndef STRATA_DICT_KEYS_H
#define STRATA_DICT_KEYS_H

#include "../arena/bits.h"
#include "../arena/block.h"
#include "../dict.h"

/* Kinds of tables. The last two have no values: those of shapes, and those of
   all names of a space. */
enum { DICT_KIND_GENERAL, DICT_KIND_NAMES, DICT_KIND_SHARED, DICT_KIND_INTERNED };

enum { DICT_EMPTY = -1, DICT_DUMMY = -2 };

enum {
    DICT_LOG2_MIN = 3,
    DICT_LOG2_SHARED = 6,
    DICT_LOG2_MAX = ARENA_REF_BITS - 3, /* more have no room in any arena */
    DICT_PERTURB_SHIFT = 5
};

#define DICT_DEAD ((dict_hash)-1)

/* ---- Parts ----------------------------------------------------------- */

static inline struct dict_keys *keys_at(const struct arena *arena,
                                        arena_ref ref)
{
    return (struct dict_keys *)(void *)(arena->base + ref);
}

static inline uint32_t slots_of(const struct dict_keys *keys)
{
    return keys->mask + 1;
}

/* How many of so many slots, as a power of two, may be used. */
static inline uint32_t usable_of(unsigned log2)
{
    return ((uint32_t)2 << log2) / 3;
}

static inline unsigned char *entry_of(const struct dict_keys *keys, uint32_t at)
{
    return (unsigned char *)(uintptr_t)keys + keys->entries +
           (size_t)at * keys->stride;
}

/* The bytes of a table, but a shared one. */
static inline size_t keys_size(const struct dict_keys *keys)
{
    return keys->entries + (size_t)usable_of(keys->log2) * keys->stride;
}

static inline uintptr_t *value_of(unsigned char *entry)
{
    return (uintptr_t *)(void *)entry;
}

static inline dict_hash *hash_of(const struct dict_keys *keys,
                                 unsigned char *entry)
{
    return (dict_hash *)(void *)(entry + keys->hash_at);
}

/* The name in an entry, where there may be one; 0: a general key. */
static inline arena_ref *name_of(const struct dict_keys *keys,
                                 unsigned char *entry)
{
    return (arena_ref *)(void *)(entry + keys->hash_at + sizeof(dict_hash));
}

static inline bool is_dead(const struct dict_keys *keys, unsigned char *entry)
{
    return *hash_of(keys, entry) == DICT_DEAD;
}

/* The name in an entry; 0: none. */
static inline arena_ref name_in(const struct dict_keys *keys,
                                unsigned char *entry)
{
    return keys->has_names ? *name_of(keys, entry) : 0;
}

/* ---- Index ----------------------------------------------------------- */

static inline void *index_of(const struct dict_keys *keys)
{
    return (unsigned char *)(uintptr_t)keys + sizeof *keys;
}

/* The number in a slot with a tag. */
static inline int32_t tagged_get(const struct dict_keys *keys, uint32_t slot)
{
    uint32_t at = ((const uint32_t *)index_of(keys))[slot] & keys->mask;

    return at < keys->mask - 1 ? (int32_t)at : at == keys->mask ? DICT_EMPTY
                                                                : DICT_DUMMY;
}

static inline int32_t index_get(const struct dict_keys *keys, uint32_t slot)
{
    if (DICT_HAS_PLAIN && keys->is_tagged)
        return tagged_get(keys, slot);
    if (keys->width == 0)
        return ((const int8_t *)index_of(keys))[slot];
    if (keys->width == 1)
        return ((const int16_t *)index_of(keys))[slot];
    return ((const int32_t *)index_of(keys))[slot];
}

/* Let a slot have an entry's number, or DICT_DUMMY, for a hash. */
static inline void index_set(struct dict_keys *keys, uint32_t slot,
                             int32_t at, dict_hash hash)
{
    if (DICT_HAS_PLAIN && keys->is_tagged)
        ((uint32_t *)index_of(keys))[slot] =
            dict_tag((uint32_t)hash, keys->mask) |
            ((uint32_t)at & keys->mask);
    else if (keys->width == 0)
        ((int8_t *)index_of(keys))[slot] = (int8_t)at;
    else if (keys->width == 1)
        ((int16_t *)index_of(keys))[slot] = (int16_t)at;
    else
        ((int32_t *)index_of(keys))[slot] = at;
}

/* A walk over the slots that a key with some hash may be in. */
struct probe {
    uint32_t slot;
    uint32_t mask;
    dict_hash perturb;
};

ARENA_FAST void probe_start(struct probe *probe, const struct dict_keys *keys,
                      dict_hash hash)
{
    probe->mask = keys->mask;
    probe->perturb = hash;
    probe->slot = (uint32_t)hash & probe->mask;
}

ARENA_FAST void probe_next(struct probe *probe)
{
    probe->perturb >>= DICT_PERTURB_SHIFT;
    probe->slot = (probe->slot * 5 + (uint32_t)probe->perturb + 1) &
                  probe->mask;
}

/* The first slot on the way of a hash that no entry has. */
static uint32_t free_slot(const struct dict_keys *keys, dict_hash hash)
{
    struct probe probe;

    probe_start(&probe, keys, hash);
    while (index_get(keys, probe.slot) >= 0)
        probe_next(&probe);
    return probe.slot;
}

/* The slot that holds entry number at, which has some hash. */
static uint32_t slot_of(const struct dict_keys *keys, dict_hash hash,
                        uint32_t at)
{
    struct probe probe;

    probe_start(&probe, keys, hash);
    while (index_get(keys, probe.slot) != (int32_t)at)
        probe_next(&probe);
    return probe.slot;
}

/* ---- Sizes ----------------------------------------------------------- */

/* What CPython makes of a wanted number of slots: a power of two, as an
   exponent, that is not less. (Mostly the least: 1 to 7 become 16.) */
static unsigned log2_for(uint32_t slots)
{
    uint32_t least = 1u << DICT_LOG2_MIN;

    return highest_bit(((slots | least) - 1) | (least - 1)) + 1;
}

/* What a table with so many entries alive grows to. */
static unsigned log2_grown(uint32_t used)
{
    return log2_for(used * 3);
}

/* What CPython takes for so many entries. */
static unsigned log2_fitting(uint32_t count)
{
    return log2_for(count + (count + 1) / 2);
}

/* The least that so many entries fit into. */
static unsigned log2_least(uint32_t count)
{
    unsigned log2 = DICT_LOG2_MIN;

    while (log2 < DICT_LOG2_MAX && usable_of(log2) < count)
        log2++;
    return log2;
}

static inline uint32_t round_to(uint32_t size, uint32_t unit)
{
    return (size + (unit - 1)) & ~(unit - 1);
}

/* What keys of a size are aligned to: the largest power of two that divides
   it, up to what blocks are aligned to. */
static uint32_t key_align(uint32_t size)
{
    uint32_t align = size & (~size + 1);

    return align > ARENA_ALIGN ? ARENA_ALIGN : align;
}

/* ---- Making ---------------------------------------------------------- */

/* Do keys of a type have the way of their own that dict.h has for them? */
static uint8_t is_plain(const struct dict_type *type)
{
    return DICT_HAS_PLAIN && type->key_size == sizeof(uint32_t) &&
           type->flags == 0 && type->hash == NULL && type->equal == NULL;
}

/* Fill in what kind, type and size say of a table. Returns its bytes; 0 if
   they are more than any arena has. */
static size_t lay_out(struct dict_keys *keys, const struct dict_type *type,
                      unsigned kind, unsigned log2)
{
    uint32_t align = key_align(kind < DICT_KIND_SHARED ? sizeof(uintptr_t)
                                             : sizeof(dict_hash));
    uint32_t at, size, limit = (arena_ref)-1;

    if (log2 > DICT_LOG2_MAX)
        return 0;
    keys->kind = (uint8_t)kind;
    keys->log2 = (uint8_t)log2;
    keys->mask = ((uint32_t)1 << log2) - 1;
    keys->width = log2 < 8 ? 0 : log2 < 16 ? 1 : 2;
    if (kind == DICT_KIND_GENERAL && is_plain(type)) {
        keys->is_tagged = 1;
        keys->width = 2;
    }
    keys->has_names = kind != DICT_KIND_GENERAL || (type->flags & DICT_NAMES) != 0;
    keys->hash_at = kind < DICT_KIND_SHARED ? sizeof(uintptr_t) : 0;
    at = keys->hash_at + (uint32_t)sizeof(dict_hash);
    if (keys->has_names)
        at += (uint32_t)sizeof(arena_ref);
    if (kind == DICT_KIND_GENERAL) {
        at = round_to(at, key_align(type->key_size));
        if (align < key_align(type->key_size))
            align = key_align(type->key_size);
    }
    keys->key_at = (uint8_t)at;
    size = kind == DICT_KIND_GENERAL ? type->key_size : 0;
    if (size > limit - align - at)
        return 0;
    at += size;
    keys->stride = (arena_ref)round_to(at, align);
    size = round_to((uint32_t)sizeof *keys +
                        ((uint32_t)1 << log2 << keys->width), ARENA_ALIGN);
    keys->usable = (arena_ref)(kind == DICT_KIND_SHARED ? DICT_SHAPE_NAMES
                                              : usable_of(log2));
    if (size > limit || keys->usable > (limit - size) / keys->stride)
        return 0;
    keys->entries = (arena_ref)size;
    return (size_t)size + (size_t)keys->usable * keys->stride;
}

/* Make an empty table. Returns NULL if there is no room. */
static struct dict_keys *keys_make(struct arena *arena,
                              const struct dict_type *type, unsigned kind,
                              unsigned log2)
{
    struct dict_keys *keys, layout = { 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                      0 };
    size_t size = lay_out(&layout, type, kind, log2);

    keys = size == 0 ? NULL : arena_alloc(arena, size);
    if (keys == NULL)
        return NULL;
    *keys = layout;
    memset(index_of(keys), 0xFF, (size_t)slots_of(keys) << keys->width);
    return keys;
}

/* ---- Changing -------------------------------------------------------- */

/* Use the next entry for a hash, and a slot that is free for it; its value,
   name and key are to be filled in. There must be one that is usable. */
ARENA_FAST unsigned char *keys_append_at(struct dict_keys *keys, dict_hash hash,
                                   uint32_t slot)
{
    unsigned char *entry = entry_of(keys, keys->nentries);

    *hash_of(keys, entry) = hash;
    index_set(keys, slot, (int32_t)keys->nentries, hash);
    keys->nentries++;
    keys->usable--;
    keys->used++;
    keys->version = 0;
    return entry;
}

static unsigned char *keys_append(struct dict_keys *keys, dict_hash hash)
{
    return keys_append_at(keys, hash, free_slot(keys, hash));
}

/* Kill an entry. What it says is left to be read, but for its hash. */
static void keys_kill(struct dict_keys *keys, uint32_t at)
{
    unsigned char *entry = entry_of(keys, at);

    index_set(keys, slot_of(keys, *hash_of(keys, entry), at), DICT_DUMMY, 0);
    *hash_of(keys, entry) = DICT_DEAD;
    keys->used--;
    keys->version = 0;
}

/* Copy what one entry says to another, in a table with as much in an entry,
   or more. A value is copied where both have one. */
static void entry_copy(const struct dict_keys *from, unsigned char *source,
                       const struct dict_keys *to, unsigned char *target)
{
    size_t size = (size_t)(from->stride - from->hash_at);

    if (size > (size_t)(to->stride - to->hash_at))
        size = (size_t)(to->stride - to->hash_at);
    if (from->hash_at > 0 && to->hash_at > 0)
        *value_of(target) = *value_of(source);
    memcpy(target + to->hash_at, source + from->hash_at, size);
}

/* Append all entries of a table, none of them dead, to an empty one with the
   same layout of entries and room for them. */
static void keys_append_block(struct dict_keys *to,
                              const struct dict_keys *from)
{
    uint32_t count = from->nentries;

    memcpy(entry_of(to, 0), entry_of(from, 0), (size_t)count * to->stride);
    for (uint32_t at = 0; at < count; at++) {
        dict_hash hash = *hash_of(to, entry_of(to, at));

        index_set(to, free_slot(to, hash), (int32_t)at, hash);
    }
    to->usable = (arena_ref)(to->usable - count);
    to->used = to->nentries = (arena_ref)count;
}

/* Append all live entries of a table to an empty one with room for them. */
static void keys_append_all(struct dict_keys *to, const struct dict_keys *from)
{
    if (!ARENA_SMALL && from->used == from->nentries && from->kind == to->kind) {
        keys_append_block(to, from);
        return;
    }
    for (uint32_t at = 0; at < from->nentries; at++) {
        unsigned char *entry = entry_of(from, at);

        if (!is_dead(from, entry))
            entry_copy(from, entry, to,
                       keys_append(to, *hash_of(from, entry)));
    }
}

#endif
