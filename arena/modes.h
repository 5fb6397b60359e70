/*
 * The modes of maps and vectors: when a block may be changed in place, and
 * when it goes. Private.
 *
 * A version is a handle and the tree of blocks below it. Two versions share
 * the blocks in which they do not differ. A change goes one way down from the
 * root: blocks on it that are mine, which only the changing handle can reach,
 * are changed in place, and the others are copied.
 *
 *                 epochs             counted                region
 *   blocks are    versioned          unversioned, with a    versioned
 *                                    number of owners
 *   mine are      those born after   those with one owner   none
 *                 the newest hold    if the block above
 *                                    is mine, too
 *   a copy adds   no owner           an owner to each       no owner
 *                                    block it refers to
 *   letting go    frees what is      takes an owner, and    does nothing
 *                 mine, retires      frees the block with
 *                 the others         the last one
 *
 *      handle   handle'    Owners of a block are the handles and the blocks
 *        |        |        that refer to it. Here root' is a copy of root but
 *      root     root'      for b'. Both refer to a: it has two owners now, and
 *       / \      / \       neither handle may change it in place.
 *      b   \    /   b'
 *           a(2)
 *
 * A mode is an unsigned. Only the two bits below count, so the flags of a type
 * can be passed. Without either it is epochs.
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

/* Count one more owner, a block, of a block that is no root: there are fewer
   blocks in an arena than an arena_ref counts. */
static inline void add_owner(const struct arena *arena, arena_ref block)
{
    ++*owners_of(arena, block);
}

/* Count one more owner of a root, which any number of handles may own. Returns
   false if that is more than an arena_ref counts. */
static inline bool add_handle(const struct arena *arena, arena_ref root)
{
    if (*owners_of(arena, root) == (arena_ref)-1)
        return false;
    add_owner(arena, root);
    return true;
}

/* ---- Taking ---------------------------------------------------------- */

/*
 * A change takes all blocks that it needs before it touches any other. If the
 * arena has no room for one, it gives back those that it has taken. *taken, 0
 * at first, leads to them:
 *
 *   versioned    it is their number, as they are the arena's youngest
 *   counted      it is the last of them, whose prev is the one before
 */

/* Take a block with one owner. Returns 0 if there is no room. */
static inline arena_ref take_block(struct arena *arena, unsigned mode,
                                   size_t size, arena_ref *taken)
{
    bool counted = (mode & ARENA_COUNTED) != 0;
    arena_ref block = arena_take(arena, size, !counted);

    if (block == 0)
        return 0;
    if (counted) {
        *owners_of(arena, block) = 1;
        block_at(arena, block)->prev = *taken;
        *taken = block;
    } else {
        ++*taken;
    }
    return block;
}

/* Let go of a block to which the working state refers no more: free it, or
   retire it if a hold may see it. What it refers to stays. */
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

/* Take an owner from a block that has others. Returns false if it has none:
   then the caller lets go of all that it refers to, and frees it. */
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
 * `level` is its number on that way, 0 for the root, and the first `mine` of
 * the way's blocks are mine. Not in region mode, which lets go of nothing.
 *
 * Returns  true if the block lives on for other owners. Then add an owner, its
 *          copy, to each block that it refers to; but not to the next one on
 *          the way, which the copy does not refer to.
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

/* Is there a block of the mode with room for `size` bytes? What looks like its
   header may be anything. */
static inline bool is_block_sound(const struct arena *arena, unsigned mode,
                                  arena_ref block, size_t size)
{
    const struct block *header;
    size_t room;

    if (!is_block(arena, block))
        return false;
    header = block_at(arena, block);
    room = size_of(header) - ARENA_HEADER;
    if (room < size || room > (size_t)(arena->top - block))
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
