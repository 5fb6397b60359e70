/* Hashing and comparing the keys and values of a map. Private, part of
   hamt.c. */
#ifndef STRATA_HAMT_HASH_H
#define STRATA_HAMT_HASH_H

#include "hamt_node.h"

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

/* The little-endian number in count bytes, 0 to 4. */
static inline uint32_t load(const unsigned char *bytes, size_t count)
{
    uint32_t word = 0;

    while (count-- > 0)
        word = word << 8 | bytes[count];
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
        hash = rotate(hash ^ scramble(load(bytes + at, 4)), 13) * 5 +
               0xE6546B64u;
    hash ^= scramble(load(bytes + at, size - at));
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
    uint32_t k0 = load(key, 4), k1 = load(key + 4, 4), word;
    uint32_t v[4] = { k0, k1, 0x6C796765u ^ k0, 0x74656462u ^ k1 };
    size_t at = 0, rest;

    do {
        rest = size - at;
        word = load(bytes + at, rest < 4 ? rest : 4);
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

/* ---- Items: keys and values as the functions of a type take them ------- */

/* Hash an item: an integer by value, anything else by its bytes. */
FAST uint32_t hash_bytes(const void *item, size_t size)
{
    uint64_t u64;
    uint32_t u32;
    uint16_t u16;

    if (size == sizeof u32) {
        memcpy(&u32, item, sizeof u32);
        return hamt_mix32(u32);
    }
    switch (size) {
    case 1:
        return hamt_mix32(*(const unsigned char *)item);
    case 2:
        memcpy(&u16, item, sizeof u16);
        return hamt_mix32(u16);
    case 8:
        memcpy(&u64, item, sizeof u64);
        return (uint32_t)hamt_mix64(u64);
    default:
        return hamt_murmur(item, size, 0);
    }
}

FAST int hash_key(const struct hamt_type *type, const void *key,
                           uint32_t *hash)
{
    const struct arena_bytes *string = key;

    if (type->hash != NULL)
        return type->hash(type, key, hash);
    *hash = type->flags & HAMT_KEY_BYTES
                ? hamt_murmur(string->data, string->size, 0)
                : hash_bytes(key, type->key_size);
    return 0;
}

static int hash_value(const struct hamt_type *type, const void *value,
                      uint32_t *hash)
{
    const struct arena_bytes *string = value;

    *hash = 0;
    if (type->value_size == 0)
        return 0;
    if (type->hash_value != NULL)
        return type->hash_value(type, value, hash);
    *hash = type->flags & HAMT_VALUE_BYTES
                ? hamt_murmur(string->data, string->size, 0)
                : hash_bytes(value, type->value_size);
    return 0;
}

static bool are_same_bytes(const struct arena_bytes *a,
                           const struct arena_bytes *b)
{
    return a->size == b->size &&
           (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

/* Is a key, as it was passed in, the one of an entry? 1, 0 or an error. */
FAST int is_key(const unsigned char *base,
                         const struct hamt_type *type, const void *key,
                         const unsigned char *entry)
{
    struct arena_bytes view;
    const void *stored;
    uint32_t a, b;

    if (type->equal == NULL && (type->flags & HAMT_KEY_BYTES) == 0) {
        if (type->key_size != sizeof a)
            return memcmp(key, entry + type->key_at, type->key_size) == 0;
        memcpy(&a, key, sizeof a);
        memcpy(&b, entry + type->key_at, sizeof b);
        return a == b;
    }
    stored = key_argument(base, type, entry, &view);
    return type->equal != NULL ? type->equal(type, key, stored)
                               : are_same_bytes(key, stored);
}

/* Hash the key of an entry. */
static int hash_entry(const unsigned char *base, const struct hamt_type *type,
                      const unsigned char *entry, uint32_t *hash)
{
    struct arena_bytes view;

    return hash_key(type, key_argument(base, type, entry, &view), hash);
}

#endif
