/* What the modules know of a block's inside. Private: see arena.h for use. */
#ifndef STRATA_ARENA_BLOCK_H
#define STRATA_ARENA_BLOCK_H

#include "../arena.h"

#include <stdbool.h>

/* What every C compiler takes for granted, without <string.h>, which a
   freestanding one need not have. */
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

/* A compiler told that its code is freestanding would call them for 4 bytes,
   too. */
#ifdef __GNUC__
#define memcpy __builtin_memcpy
#define memcmp __builtin_memcmp
#endif

/*
 * A block is a header and a payload, and a reference is the payload's offset:
 *
 *      size | stamp | next | prev | payload ...          | (free: size)
 *                                 ^ reference, aligned to ARENA_ALIGN
 *
 *   kind          stamp          next              prev
 *   free          FREE           next in its bin   previous in its bin
 *   unversioned   UNVERSIONED    the owner's word  -
 *   versioned     2 birth        next in its ring  previous in its ring
 *   retired       2 birth + 1    way to its ring   next retired or pending
 *
 * Blocks follow each other without a gap up to top. A free block repeats its
 * size in its last bytes, and the block after it has PREVIOUS_FREE set, so
 * both neighbours are found in O(1).
 */
struct block {
    arena_ref size; /* bytes with the header; bit 0: PREVIOUS_FREE */
    arena_ref stamp;
    arena_ref next;
    arena_ref prev;
};

enum { HEADER = sizeof(struct block), PREVIOUS_FREE = 1 };
enum { FREE = 0, UNVERSIONED = 1, RETIRED = 1 };

static inline struct block *block_at(const struct arena *arena, arena_ref ref)
{
    return (struct block *)(void *)(arena->base + ref - HEADER);
}

/* Can ref be the payload of a block? What the block says is not looked at. */
static inline bool is_block(const struct arena *arena, arena_ref ref)
{
    return ref % ARENA_ALIGN == 0 && ref >= arena->first + HEADER &&
           ref < arena->top;
}

static inline size_t size_of(const struct block *block)
{
    return block->size & ~(size_t)PREVIOUS_FREE;
}

static inline bool is_retired(const struct block *block)
{
    return (block->stamp & RETIRED) != 0;
}

/* Versioned and not retired: reachable from the working state. */
static inline bool is_live(const struct block *block)
{
    return block->stamp != FREE && !is_retired(block);
}

/* May a live block be changed in place: was it born after the newest hold? */
static inline bool is_private(const struct arena *arena,
                              const struct block *block)
{
    return block->stamp / 2 > arena->shared;
}

/* ---- Blocks by reference --------------------------------------------- */

/* As arena_alloc or arena_new. Returns 0 if there is no room. */
arena_ref arena_take(struct arena *arena, size_t size, bool versioned);

/* As arena_free and arena_retire, for a block that is known to be of the
   kind, and live. */
void arena_give(struct arena *arena, arena_ref ref);
void arena_give_versioned(struct arena *arena, arena_ref ref);

/* Let a block that is unversioned or private grow to size bytes where it is.
   Returns false if there is no room behind it. */
bool arena_widen(struct arena *arena, arena_ref ref, size_t size);

/* Shrink a block that is unversioned or private to size bytes. */
void arena_trim(struct arena *arena, arena_ref ref, size_t size);

#endif
