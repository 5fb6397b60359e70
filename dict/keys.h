/*
 * The table of a dict: layout, index, probing. Private, part of dict.c.
 *
 *     struct dict_keys | index[slots] | entry entry entry ... | never used
 *                        1, 2 or 4      in order of insertion
 *                        bytes a slot
 *
 *     entry   value | hash | name | key      general keys and names
 *             value | hash | key             general keys only
 *             value | hash | name            names
 *             hash | name                    of shapes, and of spaces
 *
 * In all rooms of dict a table is called keys, as in CPython, and the number of
 * an entry at. A slot of the index holds such a number, or DICT_EMPTY, or
 * DICT_DUMMY where an entry was removed. A removed entry is dead: its hash is
 * DICT_DEAD, and its bytes are not used again until the table is made anew.
 *
 * The rules are those of CPython's compact dict (R. Hettinger, 2012): entries
 * may fill two thirds of the slots, and what has been used is not given back.
 */
#ifndef STRATA_DICT_KEYS_H
#define STRATA_DICT_KEYS_H

#include "../arena/bits.h"
#include "../arena/block.h"
#include "../dict.h"

/* Kinds of tables. The last two have no values: those of shapes, and the one
   that has all names of a space. */
enum {
    DICT_KIND_GENERAL,
    DICT_KIND_NAMES,
    DICT_KIND_SHARED,
    DICT_KIND_INTERNED
};

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

/* Entries allowed in 2^log2 slots. */
static inline uint32_t usable_of(unsigned log2)
{
    return ((uint32_t)2 << log2) / 3;
}

static inline unsigned char *entry_of(const struct dict_keys *keys, uint32_t at)
{
    return (unsigned char *)(uintptr_t)keys + keys->entries +
           (size_t)at * keys->stride;
}

/* The bytes of a table, unless it is a shape's: that has fewer entries. */
static inline size_t keys_size(const struct dict_keys *keys)
{
    return keys->entries + (size_t)usable_of(keys->log2) * keys->stride;
}

static inline uintptr_t *value_in(unsigned char *entry)
{
    return (uintptr_t *)(void *)entry;
}

static inline dict_hash *hash_of(const struct dict_keys *keys,
                                 unsigned char *entry)
{
    return (dict_hash *)(void *)(entry + keys->hash_at);
}

/* The place of an entry's name, in a table whose entries have one. It holds 0
   where the key is a general one. */
static inline arena_ref *name_of(const struct dict_keys *keys,
                                 unsigned char *entry)
{
    return (arena_ref *)(void *)(entry + keys->hash_at + sizeof(dict_hash));
}

static inline bool is_dead(const struct dict_keys *keys, unsigned char *entry)
{
    return *hash_of(keys, entry) == DICT_DEAD;
}

/* The name in an entry of any table; 0: its key is a general one. */
static inline arena_ref name_in(const struct dict_keys *keys,
                                unsigned char *entry)
{
    return keys->has_names ? *name_of(keys, entry) : 0;
}

/*
 * How many entries stand before the first that is alive, in a table of a dict's
 * own or of a space; all of them, if none is alive. So the oldest entry is
 * found at once, however many before it have gone. It lies in shares, for which
 * such a table has no use.
 */
static inline arena_ref *lead_of(struct dict_keys *keys)
{
    return &keys->shares;
}

/* ---- Index ----------------------------------------------------------- */

static inline void *index_of(const struct dict_keys *keys)
{
    return (unsigned char *)(uintptr_t)keys + sizeof *keys;
}

/* The number in a slot with a tag. The bits below the tag are as many as mask
   has: all of them set mean DICT_EMPTY, all but the lowest DICT_DUMMY. */
static inline int32_t tagged_get(const struct dict_keys *keys, uint32_t slot)
{
    uint32_t at = ((const uint32_t *)index_of(keys))[slot] & keys->mask;

    if (at < keys->mask - 1)
        return (int32_t)at;
    return at == keys->mask ? DICT_EMPTY : DICT_DUMMY;
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

/* Store entry number at, or DICT_DUMMY, in a slot; where slots have tags, with
   the tag of hash. */
static inline void index_set(struct dict_keys *keys, uint32_t slot, int32_t at,
                             dict_hash hash)
{
    if (DICT_HAS_PLAIN && keys->is_tagged)
        ((uint32_t *)index_of(keys))[slot] =
            dict_tag((uint32_t)hash, keys->mask) | ((uint32_t)at & keys->mask);
    else if (keys->width == 0)
        ((int8_t *)index_of(keys))[slot] = (int8_t)at;
    else if (keys->width == 1)
        ((int16_t *)index_of(keys))[slot] = (int16_t)at;
    else
        ((int32_t *)index_of(keys))[slot] = at;
}

/*
 * A walk over the slots that a key with some hash may be in. It begins at the
 * low bits of the hash. perturb brings in the others, so that keys which begin
 * at one slot part; when it is 0, slot * 5 + 1 comes by all slots:
 *
 *     hash  5, 8 slots    5 2 3 0 1 6 7 4
 *     hash 37, 8 slots    5 3 0 1 6 7 4 5 2
 *
 * A key is absent when the walk comes to an empty slot: a third of them are.
 */
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

/* The first slot on the walk of hash that leads to no entry. */
static uint32_t free_slot(const struct dict_keys *keys, dict_hash hash)
{
    struct probe probe;

    probe_start(&probe, keys, hash);
    while (index_get(keys, probe.slot) >= 0)
        probe_next(&probe);
    return probe.slot;
}

/* The slot that holds at, the number of an entry with this hash. */
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

/* What CPython makes of a wanted number of slots: the exponent of a power of
   two that is not less. It is the least one, except that 1 to 7 become 16. */
static unsigned log2_for(uint32_t slots)
{
    uint32_t least = 1u << DICT_LOG2_MIN;

    return highest_bit(((slots | least) - 1) | (least - 1)) + 1;
}

/* What a full table grows to that has used entries alive. If most are dead,
   that is no more than it was. */
static unsigned log2_grown(uint32_t used)
{
    return log2_for(used * 3);
}

/* What CPython takes for count entries that are known beforehand. */
static unsigned log2_fitting(uint32_t count)
{
    return log2_for(count + (count + 1) / 2);
}

/* The least that count entries fit into. */
static unsigned log2_least(uint32_t count)
{
    unsigned log2 = DICT_LOG2_MIN;

    while (log2 < DICT_LOG2_MAX && usable_of(log2) < count)
        log2++;
    return log2;
}

/* size, rounded up to a multiple of unit, a power of two. */
static inline uint32_t round_to(uint32_t size, uint32_t unit)
{
    return (size + (unit - 1)) & ~(unit - 1);
}

/* What bytes of some size are aligned to: the largest power of two that
   divides it, as far as blocks are aligned. */
static uint32_t align_for(uint32_t size)
{
    uint32_t align = size & (~size + 1);

    return align > ARENA_ALIGN ? ARENA_ALIGN : align;
}

/* ---- Making ---------------------------------------------------------- */

/* Does dict/plain.h serve keys of type: 4 bytes, and no functions for them? */
static bool is_plain(const struct dict_type *type)
{
    return DICT_HAS_PLAIN && type->key_size == sizeof(uint32_t) &&
           type->flags == 0 && type->hash == NULL && type->equal == NULL;
}

/* Fill in where hash and key lie in an entry of a table of kind, and how far
   apart entries are. Returns false if an entry is larger than any arena. */
static bool lay_out_entry(struct dict_keys *keys, const struct dict_type *type,
                          unsigned kind)
{
    uint32_t value_size = kind < DICT_KIND_SHARED ? sizeof(uintptr_t) : 0;
    uint32_t key_size = 0, end = value_size + (uint32_t)sizeof(dict_hash);
    uint32_t align =
        align_for(value_size > 0 ? sizeof(uintptr_t) : sizeof(dict_hash));

    if (keys->has_names)
        end += (uint32_t)sizeof(arena_ref);
    if (kind == DICT_KIND_GENERAL) {
        uint32_t key_align = align_for(type->key_size);

        key_size = type->key_size;
        end = round_to(end, key_align);
        if (align < key_align)
            align = key_align;
    }
    if (key_size > (arena_ref)-1 - align - end)
        return false;
    keys->hash_at = (uint8_t)value_size;
    keys->key_at = (uint8_t)end;
    keys->stride = (arena_ref)round_to(end + key_size, align);
    return true;
}

/*
 * Fill in the index of a table with 2^log2 slots, and where its entries lie. A
 * slot holds a signed number: 1 byte is enough for the 85 entries of 128 slots,
 * 2 bytes for the 21,845 of 32,768.
 *
 * Returns the table's bytes, or 0 if it is larger than any arena.
 */
static size_t lay_out_table(struct dict_keys *keys, unsigned kind,
                            unsigned log2)
{
    uint32_t slots = (uint32_t)1 << log2, limit = (arena_ref)-1, entries;
    uint8_t width = log2 < 8 ? 0 : log2 < 16 ? 1 : 2;

    if (keys->is_tagged)
        width = 2;
    entries = round_to((uint32_t)sizeof *keys + (slots << width), ARENA_ALIGN);
    keys->log2 = (uint8_t)log2;
    keys->mask = slots - 1;
    keys->width = width;
    keys->usable = (arena_ref)(kind == DICT_KIND_SHARED ? DICT_SHAPE_NAMES
                                                        : usable_of(log2));
    if (entries > limit || keys->usable > (limit - entries) / keys->stride)
        return 0;
    keys->entries = (arena_ref)entries;
    return (size_t)entries + (size_t)keys->usable * keys->stride;
}

/* Make an empty table. Returns NULL if there is no room. */
static struct dict_keys *keys_make(struct arena *arena,
                                   const struct dict_type *type, unsigned kind,
                                   unsigned log2)
{
    struct dict_keys *keys, layout;
    size_t size = 0;

    memset(&layout, 0, sizeof layout);
    layout.shares = kind == DICT_KIND_SHARED;
    layout.kind = (uint8_t)kind;
    layout.has_names = kind != DICT_KIND_GENERAL ||
                       (type->flags & DICT_NAMES) != 0;
    layout.is_tagged = kind == DICT_KIND_GENERAL && is_plain(type);
    if (log2 <= DICT_LOG2_MAX && lay_out_entry(&layout, type, kind))
        size = lay_out_table(&layout, kind, log2);
    keys = size == 0 ? NULL : arena_alloc(arena, size);
    if (keys == NULL)
        return NULL;
    *keys = layout;
    memset(index_of(keys), 0xFF, (size_t)slots_of(keys) << keys->width);
    return keys;
}

/* Give back a block by its reference; 0 is fine. */
static void free_ref(struct arena *arena, arena_ref ref)
{
    arena_free(arena, arena_at(arena, ref));
}

/* ---- Changing -------------------------------------------------------- */

/* Use the next entry for hash, and let a slot lead there. An entry must be
   usable. The caller fills in its value, name and key. */
static unsigned char *keys_append(struct dict_keys *keys, dict_hash hash)
{
    uint32_t slot = free_slot(keys, hash);
    unsigned char *entry = entry_of(keys, keys->nentries);

    *hash_of(keys, entry) = hash;
    index_set(keys, slot, (int32_t)keys->nentries, hash);
    keys->nentries++;
    keys->usable--;
    keys->used++;
    keys->version = 0;
    return entry;
}

/* Let the lead pass entries that are dead. A lead passes each only once. */
static void keep_lead(struct dict_keys *keys)
{
    arena_ref *lead = lead_of(keys);

    while (*lead < keys->nentries && is_dead(keys, entry_of(keys, *lead)))
        ++*lead;
}

/* Kill an entry. All of it but its hash can still be read. */
static void keys_kill(struct dict_keys *keys, uint32_t at)
{
    unsigned char *entry = entry_of(keys, at);

    index_set(keys, slot_of(keys, *hash_of(keys, entry), at), DICT_DUMMY, 0);
    *hash_of(keys, entry) = DICT_DEAD;
    keys->used--;
    keys->version = 0;
    keep_lead(keys);
}

/* Cut off all entries from at on, which are dead. */
static void keys_cut(struct dict_keys *keys, uint32_t at)
{
    keys->nentries = (arena_ref)at;
    if (*lead_of(keys) > at)
        *lead_of(keys) = (arena_ref)at;
}

/* Copy an entry to one in another table, whose entries hold as much or more:
   only padding is cut. A value is copied where both have one. */
static void entry_copy(const struct dict_keys *from, unsigned char *source,
                       const struct dict_keys *to, unsigned char *target)
{
    size_t size = (size_t)(from->stride - from->hash_at);

    if (size > (size_t)(to->stride - to->hash_at))
        size = (size_t)(to->stride - to->hash_at);
    if (from->hash_at > 0 && to->hash_at > 0)
        *value_in(target) = *value_in(source);
    memcpy(target + to->hash_at, source + from->hash_at, size);
}

/* Append all entries of from, which has no dead ones, to an empty table with
   room for them and the same layout of entries: copied in one piece. */
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

/* Append all entries of from that are alive to an empty table with room for
   them. */
static void keys_append_all(struct dict_keys *to, const struct dict_keys *from)
{
    if (!ARENA_SMALL && from->used == from->nentries &&
        from->kind == to->kind) {
        keys_append_block(to, from);
        return;
    }
    for (uint32_t at = 0; at < from->nentries; at++) {
        unsigned char *entry = entry_of(from, at);

        if (!is_dead(from, entry))
            entry_copy(from, entry, to, keys_append(to, *hash_of(from, entry)));
    }
}

#endif
