/*
 * The part of dict.h that is inline: dict_get and dict_set, with a way of their
 * own for keys that are plain integers. Private, included by dict.h.
 */
#ifndef STRATA_DICT_PLAIN_H
#define STRATA_DICT_PLAIN_H

/* A dict's table. All fields are the table's. */
struct dict_keys {
    uint32_t version;   /* for caches; 0: none has been asked for        */
    arena_ref used;     /* entries that are alive                        */
    arena_ref usable;   /* entries never used yet                        */
    arena_ref nentries; /* entries used, dead ones included              */
    arena_ref shares;   /* of a shared table: dicts and shapes; of       */
                        /* another: dead entries before the first alive  */
    arena_ref entries;  /* where the first lies, from here               */
    arena_ref stride;   /* bytes of an entry                             */
    uint32_t mask;      /* slots of the index - 1; it follows this       */
    uint8_t hash_at;    /* offsets in an entry                           */
    uint8_t key_at;
    uint8_t log2;  /* of the slots                                       */
    uint8_t width; /* log2 of a slot's bytes                             */
    uint8_t kind;
    uint8_t has_names; /* is there a name in an entry?                   */
    uint8_t is_tagged; /* are there bits of the hash in a slot?          */
};

/*
 * Keys of type DICT_TYPE(uint32_t), or of any other type of 4 bytes without
 * functions, have a way of their own where code may be larger to be faster. A
 * slot of their index has 4 bytes:
 *
 *     [ tag ............. | number ]    the number in as many bits as mask has
 *
 * The tag is made of the hash, and tells whether to look at the entry. Only
 * dict_get and dict_set make use of it.
 */
#if !defined(__GNUC__) || defined(__OPTIMIZE_SIZE__) || \
    defined(DICT_WIDE_HASH) || SIZE_MAX <= 0xFFFF
#define DICT_HAS_PLAIN 0
#else
#define DICT_HAS_PLAIN 1
#endif

/* What such a key hashes to: its low bits. */
#define DICT_PLAIN_HASH 0x7FFFFFFFu

struct dict_plain {
    uintptr_t value;
    dict_hash hash;
    uint32_t key;
};

/* The tag of a hash, above a mask. */
static inline uint32_t dict_tag(uint32_t hash, uint32_t mask)
{
    return hash * 0x9E3779B1u & ~mask;
}

/* Add a key that is absent to dict, which has a table of plain integers and no
   watchers. */
int dict_add_plain(struct dict *dict, const void *key, uintptr_t value);

#if DICT_HAS_PLAIN
/*
 * Find the entry of a key, which may be of any type of 4 bytes.
 *
 * A slot with the right tag is, by exclusive or with it, the number in it; with
 * another it is above mask. An empty slot has mask for a number and a removed
 * one mask - 1, so one comparison tells whether the slot leads to an entry.
 *
 * Returns NULL if the key is absent.
 */
static inline struct dict_plain *dict_find_plain(const struct dict *dict,
                                                 const void *key)
{
    struct dict_keys *keys =
        (struct dict_keys *)(void *)(dict->space->arena->base + dict->keys);
    const uint32_t *index = (const uint32_t *)(const void *)(keys + 1);
    struct dict_plain *entries =
        (struct dict_plain *)(void *)((unsigned char *)keys + keys->entries);
    uint32_t mask = keys->mask, word, hash, tag, slot, at;

    __builtin_memcpy(&word, key, sizeof word);
    hash = word & DICT_PLAIN_HASH;
    tag = dict_tag(hash, mask);
    slot = word & mask;
    for (;;) {
        at = index[slot] ^ tag;
        if (at < mask - 1 && __builtin_expect(entries[at].key == word, 1))
            return entries + at;
        if ((index[slot] & mask) == mask)
            return NULL;
        hash >>= 5;
        slot = (slot * 5 + hash + 1) & mask;
    }
}
#endif

static inline int dict_get(const struct dict *dict, const void *key,
                           uintptr_t *value)
{
    uintptr_t found = 0; /* so that value can stay in a register */
    int result;

#if DICT_HAS_PLAIN
    if (dict != NULL && key != NULL && __builtin_expect(dict->plain, 1)) {
        const struct dict_plain *entry = dict_find_plain(dict, key);

        if (entry == NULL)
            return 0;
        if (value != NULL)
            *value = entry->value;
        return 1;
    }
#endif
    result = dict_find(dict, key, &found);
    if (result > 0 && value != NULL)
        *value = found;
    return result;
}

static inline int dict_set(struct dict *dict, const void *key, uintptr_t value)
{
#if DICT_HAS_PLAIN
    if (dict != NULL && key != NULL && dict->plain &&
        (dict->watched | dict->busy) == 0) {
        struct dict_plain *entry = dict_find_plain(dict, key);

        if (entry == NULL)
            return dict_add_plain(dict, key, value);
        if (entry->value != value) {
            entry->value = value;
            dict->version = ++dict->space->version;
        }
        return 0;
    }
#endif
    return dict_put(dict, key, value);
}

#endif
