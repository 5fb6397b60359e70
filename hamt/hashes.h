/* Hash functions, known from other places: hamt.h names them. Private, part of
   hamt.c. */
#ifndef STRATA_HAMT_HASHES_H
#define STRATA_HAMT_HASHES_H

#include "../arena/port.h"

static inline uint32_t rotate(uint32_t x, unsigned bits)
{
    return x << bits | x >> (32 - bits);
}

/* The little-endian number in the `count` bytes, 0 to 4, from `at` on. */
static inline uint32_t load(const unsigned char *bytes, size_t at, size_t count)
{
    uint32_t word = 0;

    while (count-- > 0)
        word = word << 8 | bytes[at + count];
    return word;
}

/* ---- MurmurHash3 ----------------------------------------------------- */

/* The finalisers: each bit of x changes each bit of the result with a chance
   of one half, and no two x have the same result. */
ARENA_ONE_COPY uint32_t mix32(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x85EBCA6Bu;
    x ^= x >> 13;
    x *= 0xC2B2AE35u;
    x ^= x >> 16;
    return x;
}

ARENA_ONE_COPY uint64_t mix64(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xFF51AFD7ED558CCDu;
    x ^= x >> 33;
    x *= 0xC4CEB9FE1A85EC53u;
    x ^= x >> 33;
    return x;
}

static inline uint32_t scramble(uint32_t word)
{
    return rotate(word * 0xCC9E2D51u, 15) * 0x1B873593u;
}

/* MurmurHash3_x86_32. The last 0 to 3 bytes are scrambled, not rotated in. */
static uint32_t murmur(const unsigned char *bytes, size_t size, uint32_t seed)
{
    uint32_t hash = seed;
    size_t at;

    for (at = 0; size - at >= 4; at += 4)
        hash = rotate(hash ^ scramble(load(bytes, at, 4)), 13) * 5 +
               0xE6546B64u;
    hash ^= scramble(load(bytes, at, size - at));
    return mix32(hash ^ (uint32_t)size);
}

/* ---- HalfSipHash ----------------------------------------------------- */

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

/* HalfSipHash-2-4: two rounds for each word, four at the end. The last word
   has the 0 to 3 bytes that are left and, on top, the size. */
static inline uint32_t halfsiphash(const unsigned char *bytes, size_t size,
                                   const unsigned char key[8])
{
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

#endif
