/*
 * The modes of maps and vectors: when a block may be changed in place, and
 * when it goes. Private.
 *
 * A version is a handle and the tree of blocks below it. Two versions share
 * the blocks in which they do not differ. A change goes down one way from the
 * root: blocks on it that are mine, the changing handle's alone, are changed
 * in place, the others are copied. The mode says which are mine:
 *
 *                  epochs           counted               region
 *   blocks are     versioned        unversioned, with a   versioned
 *                                   number of owners
 *   mine are       those born       those with one        none
 *                  after the        owner, if the block
 *                  newest hold      above is mine, too
 *   a copy         costs no more    is one more owner     costs no more
 *                                   of all that it
 *                                   refers to
 *   letting go     frees what is    takes an owner, and   does nothing
 *                  mine, retires    frees the block
 *                  the rest         with the last one
 *
 *      handle   handle'    Owners are the handles and the blocks that refer
 *        |        |        to a block. Here root' is a copy of root that has
 *      root     root'      another b. Both refer to a, which has two owners
 *       / \      / \       now, and so neither handle may change it.
 *      b   \    /   b'
 *           a(2)
 *
 * A mode is an unsigned; of its bits only the two below count, so that the
 * flags of a type can be passed. Without either it is epochs.
 */
#ifndef STRATA_ARENA_MODES_H
#define STRATA_ARENA_MODES_H

#include "block.h"

enum { ARENA_COUNTED = 1, ARENA_REGION = 2 };

/* ---- Owners ---------------------------------------------------------- */

/* The number of owners of a counted block. It stands in a word of the header
   that unversioned blocks have to spare. */
static inline arena_ref *owners_of(const struct arena *arena, arena_ref block)
{
    return &block_at(arena, block)->next;
}

/* May a block be changed in place, if all blocks above it may? */
static inline bool is_mine(const struct arena *arena, unsigned mode,
                           arena_ref block)
{
    if (mode & ARENA_COUNTED)
        return *owners_of(arena, block) == 1;
    return (mode & ARENA_REGION) == 0 &&
           is_private(arena, block_at(arena, block));
}

/* Is a handle with this root up to date? The root of a stale one may be any
   block, or none. */
static inline bool is_current(const struct arena *arena, unsigned mode,
                              arena_ref root)
{
    if (!is_block(arena, root))
        return false;
    return mode & ARENA_COUNTED
               ? block_at(arena, root)->stamp == ARENA_UNVERSIONED
               : is_live(block_at(arena, root));
}

/* Count a block as one more owner of another. No check: there are fewer blocks
   in an arena than an arena_ref counts. */
static inline void add_owner(const struct arena *arena, arena_ref block)
{
    ++*owners_of(arena, block);
}

/* Count one more handle of a root. Returns false if that are more than an
   arena_ref counts. */
static inline bool add_handle(const struct arena *arena, arena_ref root)
{
    if (*owners_of(arena, root) == (arena_ref)-1)
        return false;
    add_owner(arena, root);
    return true;
}

/* ---- Taking ---------------------------------------------------------- */

/*
 * A change takes all blocks that it needs before it touches any other. If one
 * is not to be had, it gives back those that it has: *taken, 0 at first, leads
 * to them.
 *
 *   versioned    *taken is their number: they are the arena's youngest
 *   counted      *taken is the last one, whose prev is the one before it
 */

/* Take a block with one owner. Returns 0 if there is no room. */
static inline arena_ref take_block(struct arena *arena, unsigned mode,
                                   size_t size, arena_ref *taken)
{
    bool is_counted = (mode & ARENA_COUNTED) != 0;
    arena_ref block = arena_take(arena, size, !is_counted);

    if (block == 0)
        return 0;
    if (is_counted) {
        *owners_of(arena, block) = 1;
        block_at(arena, block)->prev = *taken;
        *taken = block;
    } else {
        ++*taken;
    }
    return block;
}

/* Free a block that no handle and no other block refers to; where a hold may
   see it, retire it. What it refers to stays. */
static inline void free_block(struct arena *arena, unsigned mode,
                              arena_ref block)
{
    if (mode & ARENA_COUNTED)
        arena_give(arena, block);
    else
        arena_give_versioned(arena, block);
}

/* Give back all blocks that a change has taken. */
static inline void give_back(struct arena *arena, unsigned mode,
                             arena_ref *taken)
{
    while (*taken > 0) {
        arena_ref block = *taken;

        if (mode & ARENA_COUNTED) {
            *taken = block_at(arena, block)->prev;
        } else {
            --*taken;
            block = arena->born;
        }
        free_block(arena, mode, block);
    }
}

/* ---- Letting go ------------------------------------------------------ */

/* Take an owner from a block that has more than one. Returns false if it has
   not: then what it refers to is let go of next, and at last it is freed. */
static inline bool leave_block(const struct arena *arena, unsigned mode,
                               arena_ref block)
{
    if ((mode & ARENA_COUNTED) == 0 || *owners_of(arena, block) == 1)
        return false;
    --*owners_of(arena, block);
    return true;
}

/*
 * Let go of a block on the way of a change, as another stands in its place.
 * `level` is its number on that way, from 0 at the root; `mine` is how many of
 * the way's blocks, from the root on, are mine. In region mode nothing is let
 * go of: then do not call it.
 *
 * Returns  true if the block lives on for other owners. Then what it refers to
 *          has one more owner, the other block, which is to be counted; but
 *          not the next block on the way, to which only one of the two refers.
 */
static inline bool let_go_replaced(struct arena *arena, unsigned mode,
                                   arena_ref block, int level, int mine)
{
    if ((mode & ARENA_COUNTED) == 0 || level < mine) {
        free_block(arena, mode, block);
        return false;
    }
    if (level == mine)
        --*owners_of(arena, block);
    return true;
}

/* Take an owner from a block that refers to none, and free it with the last
   one. */
static inline void drop_block(struct arena *arena, unsigned mode,
                              arena_ref block)
{
    if ((mode & ARENA_REGION) == 0 && !leave_block(arena, mode, block))
        free_block(arena, mode, block);
}

/* ---- Checking -------------------------------------------------------- */

/* Is there a block of the mode with room for `size` bytes? */
static inline bool is_block_sound(const struct arena *arena, unsigned mode,
                                  arena_ref block, size_t size)
{
    const struct block *header = block_at(arena, block);

    if (!is_block(arena, block) || size_of(header) - ARENA_HEADER < size)
        return false;
    return mode & ARENA_COUNTED
               ? header->stamp == ARENA_UNVERSIONED && header->next > 0
               : header->stamp > ARENA_UNVERSIONED;
}

/* May a sound block refer to another: does what sees the one see the other? */
static inline bool may_refer(const struct arena *arena, unsigned mode,
                             arena_ref above, arena_ref below)
{
    return (mode & ARENA_COUNTED) != 0 ||
           is_private(arena, block_at(arena, above)) ||
           !is_private(arena, block_at(arena, below));
}

#endif
