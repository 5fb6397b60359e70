/* Keys and values: where an entry has them, how they are hashed and compared.
   Private, part of hamt.c. */
#ifndef STRATA_HAMT_ITEMS_H
#define STRATA_HAMT_ITEMS_H

#include "hashes.h"
#include "node.h"

/* ---- Keys and values of an entry ------------------------------------- */

/* A byte string lies in a block of its own: its size, its bytes, a NUL. */
static inline const unsigned char *bytes_at(const unsigned char *base,
                                            arena_ref ref)
{
    return base + ref + sizeof(arena_ref);
}

/* What a user sees of a key or value that an entry has at `item`. */
static const void *item_of(const unsigned char *base, const unsigned char *item,
                           bool is_bytes)
{
    arena_ref ref;

    if (!is_bytes)
        return item;
    memcpy(&ref, item, sizeof ref);
    return bytes_at(base, ref);
}

static inline const void *key_of(const unsigned char *base,
                                 const struct hamt_type *type,
                                 const unsigned char *entry)
{
    return item_of(base, entry + type->key_at, type->flags & HAMT_KEY_BYTES);
}

static inline const void *value_of(const unsigned char *base,
                                   const struct hamt_type *type,
                                   const unsigned char *entry)
{
    return item_of(base, entry + type->value_at,
                   type->flags & HAMT_VALUE_BYTES);
}

/* What the type's functions are given for an item that a user sees: for a
   byte string a view of it, which is made in *view. */
static const void *argument_of(const void *item, bool is_bytes,
                               struct arena_bytes *view)
{
    if (!is_bytes)
        return item;
    view->data = item;
    view->size = hamt_bytes_size(item);
    return view;
}

static inline const void *key_argument(const unsigned char *base,
                                       const struct hamt_type *type,
                                       const unsigned char *entry,
                                       struct arena_bytes *view)
{
    return argument_of(key_of(base, type, entry), type->flags & HAMT_KEY_BYTES,
                       view);
}

static inline const void *value_argument(const unsigned char *base,
                                         const struct hamt_type *type,
                                         const unsigned char *entry,
                                         struct arena_bytes *view)
{
    return argument_of(value_of(base, type, entry),
                       type->flags & HAMT_VALUE_BYTES, view);
}

/* ---- Byte strings ---------------------------------------------------- */

struct change;
struct path;

/* The blocks of the strings in an entry; 0 where it has none. */
struct strings {
    arena_ref key;
    arena_ref value;
};

/* What is different in types with byte strings. A type names it only if it has
   any, so a program without them does not link it. The functions are those of
   strings.h. */
struct hamt_strings {
    int (*is_key)(const unsigned char *base, const struct hamt_type *type,
                  const void *key, const unsigned char *entry);
    int (*hash_entry)(const unsigned char *base, const struct hamt_type *type,
                      const unsigned char *entry, uint32_t *hash);
    bool (*write_to)(struct change *change, unsigned char *entry,
                     const void *key, const void *value);
    int (*replace)(struct path *path, const void *value);
    void (*read_from)(const struct hamt_type *type, const unsigned char *entry,
                      struct strings *strings);
    void (*drop)(const struct hamt *map, const struct strings *strings);
};

/* ---- Hashing and comparing ------------------------------------------- */

/* The built-in hash of keys of 4 bytes. */
ARENA_INLINE uint32_t hash_word(const void *key)
{
    uint32_t word;

    memcpy(&word, key, sizeof word);
    return mix32(word);
}

/* Hash a key as it was passed in. */
ARENA_FAST int hash_key(const struct hamt_type *type, const void *key,
                        uint32_t *hash)
{
    if (!ARENA_SMALL && type->hash == NULL && type->built_in == hamt_hash_u32) {
        *hash = hash_word(key);
        return 0;
    }
    return (type->hash != NULL ? type->hash : type->built_in)(type, key, hash);
}

/* Is a key, as it was passed in, the key of an entry? 1, 0 or an error. */
ARENA_FAST int is_key(const unsigned char *base, const struct hamt_type *type,
                      const void *key, const unsigned char *entry)
{
    if (type->strings != NULL)
        return type->strings->is_key(base, type, key, entry);
    entry += type->key_at;
    if (type->equal != NULL)
        return type->equal(type, key, entry);
    if (!ARENA_SMALL && type->key_size == sizeof(uint32_t))
        return memcmp(key, entry, sizeof(uint32_t)) == 0;
    return memcmp(key, entry, type->key_size) == 0;
}

/* Hash the key of an entry. */
static inline int hash_entry(const unsigned char *base,
                             const struct hamt_type *type,
                             const unsigned char *entry, uint32_t *hash)
{
    if (type->strings != NULL)
        return type->strings->hash_entry(base, type, entry, hash);
    return hash_key(type, entry + type->key_at, hash);
}

#endif
