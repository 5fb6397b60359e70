/* Bits, counted without help from a run-time library. Private. */
#ifndef STRATA_ARENA_BITS_H
#define STRATA_ARENA_BITS_H

#include "port.h"

/*
 * Where the CPU has an instruction, the compiler's builtin is that
 * instruction; elsewhere it would be a call into the compiler's library.
 */
#if defined(__GNUC__) && \
    (defined(__POPCNT__) || defined(__aarch64__) || defined(__riscv_zbb))
#define ARENA_BITS_COUNT(x) ((unsigned)__builtin_popcount(x))
#endif
#if defined(__GNUC__) &&                                                 \
    (defined(__x86_64__) || defined(__i386__) || defined(__aarch64__) || \
     defined(__riscv_zbb) || defined(__ARM_FEATURE_CLZ))
#define ARENA_BITS_HIGHEST(x) (31u - (unsigned)__builtin_clz(x))
#endif

#if SIZE_MAX <= 0xFFFF && !defined(ARENA_BITS_COUNT)
/* The number of bits set in x, on 8-bit machines. A round for each bit: in most
   bytes of a node's bitmaps few are set. */
ARENA_INLINE uint8_t count_byte(uint8_t x)
{
    uint8_t count = 0;

    for (; x != 0; count++)
        x = (uint8_t)(x & (x - 1));
    return count;
}
#endif

/* The number of bits set in x. */
static inline unsigned count_bits(uint32_t x)
{
#ifdef ARENA_BITS_COUNT
    return ARENA_BITS_COUNT(x);
#elif SIZE_MAX <= 0xFFFF
    return (uint8_t)(count_byte((uint8_t)x) + count_byte((uint8_t)(x >> 8)) +
                     count_byte((uint8_t)(x >> 16)) +
                     count_byte((uint8_t)(x >> 24)));
#else
    x -= x >> 1 & 0x55555555u;                      /* 16 sums of 2 bits */
    x = (x & 0x33333333u) + (x >> 2 & 0x33333333u); /* 8 sums of 4 bits  */
    x = (x + (x >> 4)) & 0x0F0F0F0Fu;               /* 4 bytes, each <= 8 */
    return (unsigned)(x * 0x01010101u >> 24);       /* their sum on top  */
#endif
}

/* The number of bits set in a and b together. */
ARENA_ONE_COPY unsigned count_both(uint32_t a, uint32_t b)
{
#if defined(ARENA_BITS_COUNT) || SIZE_MAX <= 0xFFFF
    return count_bits(a) + count_bits(b);
#elif UINTPTR_MAX > 0xFFFFFFFF
    uint64_t x = (uint64_t)b << 32 | a;

    x -= x >> 1 & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
    return (unsigned)(x * 0x0101010101010101u >> 56);
#else
    a -= a >> 1 & 0x55555555u;
    b -= b >> 1 & 0x55555555u;
    a = (a & 0x33333333u) + (a >> 2 & 0x33333333u);
    a += (b & 0x33333333u) + (b >> 2 & 0x33333333u); /* each 4 bits <= 8  */
    a = (a & 0x0F0F0F0Fu) + (a >> 4 & 0x0F0F0F0Fu);  /* each byte <= 16   */
    return (unsigned)(a * 0x01010101u >> 24);
#endif
}

/* Bit number n, below 32. */
static inline uint32_t one_bit(unsigned n)
{
#if SIZE_MAX <= 0xFFFF
    uint16_t half = (uint16_t)(1u << n % 16);

    return n < 16 ? half : (uint32_t)half << 16;
#else
    return (uint32_t)1 << n;
#endif
}

/* The number of the highest bit set in x, which is not 0. */
static inline unsigned highest_bit(uint32_t x)
{
#ifdef ARENA_BITS_HIGHEST
    return ARENA_BITS_HIGHEST(x);
#elif SIZE_MAX <= 0xFFFF
    uint16_t half = (uint16_t)(x >> 16);
    uint8_t bit = 16;

    if (half == 0) {
        half = (uint16_t)x;
        bit = 0;
    }
    for (; half > 1; half >>= 1)
        bit++;
    return bit;
#else
    unsigned bit = 0;

    for (unsigned step = 16; step > 0; step /= 2) {
        if (x >> step != 0) {
            x >>= step;
            bit += step;
        }
    }
    return bit;
#endif
}

/* The number of the lowest bit set in x, which is not 0. */
static inline unsigned lowest_bit(uint32_t x)
{
    return highest_bit(x & (~x + 1));
}

#endif
