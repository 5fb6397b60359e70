/*
 * The compiler, and the four functions of C's library that Strata needs: what
 * the whole library uses of them. Private. Rooms that alone need a builtin or a
 * sanitizer have it themselves: bits.h, heap.h, dict/plain.h.
 *
 * How a static function is declared:
 *
 *                      -O2, -O3            -Os                 why
 *   ARENA_INLINE       always inlined      always inlined      a call costs
 *                                                              more than it
 *   ARENA_FAST         always inlined      compiler's choice   inner loops
 *   ARENA_ONE_COPY     compiler's choice   never inlined       flash
 *   ARENA_COLD         never inlined       compiler's choice   its callers
 *                                                              save no
 *                                                              registers for it
 *
 * ARENA_STATIC_ASSERT stands in arena.h: macros of the headers use it, too.
 */
#ifndef STRATA_ARENA_PORT_H
#define STRATA_ARENA_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __GNUC__
#define ARENA_INLINE static inline __attribute__((__always_inline__))
#else
#define ARENA_INLINE static
#endif

#ifndef __GNUC__
#define ARENA_FAST static
#define ARENA_ONE_COPY static
#define ARENA_COLD static
#elif defined(__OPTIMIZE_SIZE__)
#define ARENA_FAST static
#define ARENA_ONE_COPY static __attribute__((__noinline__, __unused__))
#define ARENA_COLD static
#else
#define ARENA_FAST static inline __attribute__((__always_inline__))
#define ARENA_ONE_COPY static inline
#define ARENA_COLD static __attribute__((__noinline__))
#endif

/* Is small code wanted rather than fast code? A constant for conditions, so
   that both ways are compiled. */
#ifdef __OPTIMIZE_SIZE__
enum { ARENA_SMALL = 1 };
#else
enum { ARENA_SMALL = 0 };
#endif

/* Begin to read address, which will be needed soon. Only machines with caches
   gain by that. */
#if defined(__GNUC__) && UINTPTR_MAX > 0xFFFFFFFF
#define ARENA_PREFETCH(address) __builtin_prefetch(address)
#else
#define ARENA_PREFETCH(address) ((void)(address))
#endif

/* ---- Memory ---------------------------------------------------------- */

/* Declared here because a freestanding compiler need not have <string.h>. */
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

/* With -ffreestanding the compiler would emit a call even to copy 4 bytes. */
#ifdef __GNUC__
#define memcpy __builtin_memcpy
#define memcmp __builtin_memcmp
#endif

#endif
