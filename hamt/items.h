/* Hashing and comparing the keys and values of a map. Private, part of
   hamt.c. */
#ifndef STRATA_HAMT_ITEMS_H
#define STRATA_HAMT_ITEMS_H

#include "node.h"

struct change;
struct path;

/* The blocks of the strings in an entry; 0 where it has none. */
struct strings {
    arena_ref key;
    arena_ref value;
};

/* What types with byte strings need; a program without them does not link
   it. */
struct hamt_strings {
    int (*is_key)(const unsigned char *base, const struct hamt_type *type,
                  const void *key, const unsigned char *entry);
    int (*hash_entry)(const unsigned char *base, const struct hamt_type *type,
                      const unsigned char *entry, uint32_t *hash);
    bool (*write)(struct change *change, unsigned char *entry,
                  const void *key, const void *value);
    int (*replace)(struct path *path, const void *value);
    void (*read)(const struct hamt_type *type, const unsigned char *entry,
                 struct strings *strings);
    void (*drop)(const struct hamt *map, const struct strings *strings);
};

/* ---- Hashes ---------------------------------------------------------- */

uint32_t hamt_mix32(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x85EBCA6Bu;
    x ^= x >> 13;
    x *= 0xC2B2AE35u;
    x ^= x >> 16;
    return x;
}

uint64_t hamt_mix64(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xFF51AFD7ED558CCDu;
    x ^= x >> 33;
    x *= 0xC4CEB9FE1A85EC53u;
    x ^= x >> 33;
    return x;
}

static inline uint32_t rotate(uint32_t x, unsigned bits)
{
    return x << bits | x >> (32 - bits);
}

/* The little-endian number in count bytes, 0 to 4, from a place on. */
static inline uint32_t load(const unsigned char *bytes, size_t at,
                            size_t count)
{
    uint32_t word = 0;

    while (count-- > 0)
        word = word << 8 | bytes[at + count];
    return word;
}

static inline uint32_t scramble(uint32_t word)
{
    return rotate(word * 0xCC9E2D51u, 15) * 0x1B873593u;
}

uint32_t hamt_murmur(const void *data, size_t size, uint32_t seed)
{
    const unsigned char *bytes = data;
    uint32_t hash = seed;
    size_t at;

    for (at = 0; size - at >= 4; at += 4)
        hash = rotate(hash ^ scramble(load(bytes, at, 4)), 13) * 5 +
               0xE6546B64u;
    hash ^= scramble(load(bytes, at, size - at));
    return hamt_mix32(hash ^ (uint32_t)size);
}

static inline void sip_round(uint32_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 5) ^ v[0];
    v[3] = rotate(v[3], 8) ^ v[2];
    v[0] = rotate(v[0], 16) + v[3];
    v[2] += v[1];
    v[3] = rotate(v[3], 7) ^ v[0];
    v[1] = rotate(v[1], 13) ^ v[2];
    v[2] = rotate(v[2], 16);
}

uint32_t hamt_siphash(const void *data, size_t size,
                      const unsigned char key[8])
{
    const unsigned char *bytes = data;
    uint32_t k0 = load(key, 0, 4), k1 = load(key, 4, 4), word;
    uint32_t v[4] = { k0, k1, 0x6C796765u ^ k0, 0x74656462u ^ k1 };
    size_t at = 0, rest;

    do {
        rest = size - at;
        word = load(bytes, at, rest < 4 ? rest : 4);
        if (rest < 4)
            word |= (uint32_t)size << 24;
        v[3] ^= word;
        sip_round(v);
        sip_round(v);
        v[0] ^= word;
        at += 4;
    } while (rest >= 4);
    v[2] ^= 0xFF;
    for (int round = 0; round < 4; round++)
        sip_round(v);
    return v[1] ^ v[3];
}

/* ---- Keys ------------------------------------------------------------ */

int hamt_hash_u8(const struct hamt_type *type, const void *key, uint32_t *hash)
{
    (void)type;
    *hash = hamt_mix32(*(const unsigned char *)key);
    return 0;
}

int hamt_hash_u16(const struct hamt_type *type, const void *key,
                  uint32_t *hash)
{
    uint16_t word;

    (void)type;
    memcpy(&word, key, sizeof word);
    *hash = hamt_mix32(word);
    return 0;
}

int hamt_hash_u32(const struct hamt_type *type, const void *key,
                  uint32_t *hash)
{
    (void)type;
    memcpy(hash, key, sizeof *hash);
    *hash = hamt_mix32(*hash);
    return 0;
}

int hamt_hash_u64(const struct hamt_type *type, const void *key,
                  uint32_t *hash)
{
    uint64_t word;

    (void)type;
    memcpy(&word, key, sizeof word);
    *hash = (uint32_t)hamt_mix64(word);
    return 0;
}

int hamt_hash_bytes(const struct hamt_type *type, const void *key,
                    uint32_t *hash)
{
    *hash = hamt_murmur(key, type->key_size, 0);
    return 0;
}

int hamt_hash_string(const struct hamt_type *type, const void *key,
                     uint32_t *hash)
{
    const struct arena_bytes *string = key;

    (void)type;
    *hash = hamt_murmur(string->data, string->size, 0);
    return 0;
}

/* Hash a key as it was passed in. */
ARENA_FAST int hash_key(const struct hamt_type *type, const void *key,
                  uint32_t *hash)
{
    if (!ARENA_SMALL && type->hash == NULL && type->built_in == hamt_hash_u32)
        return hamt_hash_u32(type, key, hash);
    return (type->hash != NULL ? type->hash : type->built_in)(type, key, hash);
}

/* Is a key, as it was passed in, the one of an entry? 1, 0 or an error. */
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
