/* What the modules above know of a block. Private: arena.h is for programs. */
#ifndef STRATA_ARENA_BLOCK_H
#define STRATA_ARENA_BLOCK_H

#include "../arena.h"

#include "port.h"

/*
 * A block is a header and a payload, and a reference is the payload's offset:
 *
 *      size | stamp | next | prev | payload ...          | (free: size)
 *                                 ^ reference, aligned to ARENA_ALIGN
 *
 *   kind          stamp               next              prev
 *   free          ARENA_FREE          next in its bin   previous in its bin
 *   unversioned   ARENA_UNVERSIONED   the owner's word  -
 *   versioned     2 birth             next in its ring  previous in its ring
 *   retired       2 birth + 1         way to its ring   next retired or pending
 *
 * Blocks follow each other without a gap up to top. A free block repeats its
 * size in its last bytes, and the block after it has ARENA_PREVIOUS_FREE set:
 * so both neighbours of a block are found in O(1).
 */
struct block {
    arena_ref size; /* with the header; bit 0: ARENA_PREVIOUS_FREE */
    arena_ref stamp;
    arena_ref next;
    arena_ref prev;
};

enum { ARENA_HEADER = sizeof(struct block), ARENA_PREVIOUS_FREE = 1 };
enum { ARENA_FREE = 0, ARENA_UNVERSIONED = 1, ARENA_RETIRED = 1 };

static inline struct block *block_at(const struct arena *arena, arena_ref ref)
{
    return (struct block *)(void *)(arena->base + ref - ARENA_HEADER);
}

/* Can ref be the payload of a block? What the block says is not looked at. */
static inline bool is_block(const struct arena *arena, arena_ref ref)
{
    return ref % ARENA_ALIGN == 0 && ref >= arena->first + ARENA_HEADER &&
           ref < arena->top;
}

static inline size_t size_of(const struct block *block)
{
    return block->size & ~(size_t)ARENA_PREVIOUS_FREE;
}

static inline bool is_retired(const struct block *block)
{
    return (block->stamp & ARENA_RETIRED) != 0;
}

/* Versioned and not retired: reachable from the working state. */
static inline bool is_live(const struct block *block)
{
    return block->stamp != ARENA_FREE && !is_retired(block);
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
