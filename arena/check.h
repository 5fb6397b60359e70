/*
 * Holds and blocks: do they fit together? Private, part of arena.c.
 *
 * What is checked may be damaged: no link is followed before it is known to
 * lead to where a block could be, and no chain further than there are blocks.
 */
#ifndef STRATA_ARENA_CHECK_H
#define STRATA_ARENA_CHECK_H

#include "epochs.h"

/* ---- Blocks ---------------------------------------------------------- */

/* Is a free block what its bin and its neighbours take it for? */
static bool is_free_sound(const struct arena *arena, arena_ref ref)
{
    const struct block *block = block_at(arena, ref);
    unsigned class = class_of(size_of(block));
    size_t end = end_of(arena, ref);

    if (end >= arena->top || *tag_before(arena, end) != size_of(block))
        return false;
    if (block->next != 0 && (!is_block(arena, block->next) ||
                             block_at(arena, block->next)->prev != ref))
        return false;
    if (block->prev == 0)
        return *bin_of(arena, class) == ref;
    return is_block(arena, block->prev) &&
           block_at(arena, block->prev)->next == ref;
}

/* Does every bin begin with a free block of its class, or is it empty and
   marked so? */
static bool are_bins_sound(const struct arena *arena)
{
    for (unsigned class = 0; class < arena->classes; ++class) {
        arena_ref first = *bin_of(arena, class);
        bool marked = bitmap_of(arena)[class / 32] >> class % 32 & 1;

        if (marked != (first != 0))
            return false;
        if (first != 0 && (!is_block(arena, first) ||
                           block_at(arena, first)->stamp != ARENA_FREE ||
                           class_of(size_of(block_at(arena, first))) != class))
            return false;
    }
    return true;
}

/* Do the blocks follow each other up to top, tell the truth of the block
   before them, and add up to what the arena counts? */
static bool are_blocks_sound(const struct arena *arena)
{
    size_t blocks = 0, used = arena->first, start = arena->first, size;
    bool was_free = false;

    for (; start < arena->top; start += size) {
        const struct block *block = block_from(arena, start);
        bool is_free = block->stamp == ARENA_FREE;

        size = size_of(block);
        if (size < ARENA_BLOCK_MIN || size % ARENA_UNIT != 0 ||
            size > arena->top - start)
            return false;
        if (((block->size & ARENA_PREVIOUS_FREE) != 0) != was_free)
            return false;
        if (is_free &&
            (was_free ||
             !is_free_sound(arena, (arena_ref)(start + ARENA_HEADER))))
            return false;
        blocks += !is_free;
        used += is_free ? 0 : size;
        was_free = is_free;
    }
    return start == arena->top && !was_free && blocks == arena->blocks &&
           used == arena->used;
}

/* ---- Rings ----------------------------------------------------------- */

/* As ring_find; 0 if the way leads to no block, or to none in the end. */
static arena_ref find_soundly(const struct arena *arena, arena_ref ref)
{
    for (size_t steps = 0; steps <= arena->blocks; steps++) {
        const struct block *block;

        if (!is_block(arena, ref))
            return 0;
        block = block_at(arena, ref);
        if (!is_retired(block) || is_ring_end(block))
            return ref;
        ref = block->next;
    }
    return 0;
}

/* Are next and prev of a live block live blocks beside it? */
static bool is_ring_sound(const struct arena *arena, arena_ref ref)
{
    const struct block *block = block_at(arena, ref);

    return is_block(arena, block->next) && is_block(arena, block->prev) &&
           block_at(arena, block->next)->prev == ref &&
           block_at(arena, block->prev)->next == ref &&
           is_live(block_at(arena, block->next));
}

/* The number of live blocks of a ring, all of them born after one clock and
   not after another; SIZE_MAX if that is not so. */
static size_t count_ring(const struct arena *arena, arena_ref way,
                         arena_ref after, arena_ref until)
{
    arena_ref first = way == 0 ? 0 : find_soundly(arena, way), ref = first;
    size_t count = 0;

    if (first == 0)
        return way == 0 ? 0 : SIZE_MAX;
    do {
        const struct block *block = block_at(arena, ref);
        arena_ref birth = block->stamp / 2;

        if (birth <= after || birth > until)
            return SIZE_MAX;
        if (is_retired(block))
            return ref == first ? 0 : SIZE_MAX;
        if (!is_ring_sound(arena, ref) || ++count > arena->blocks)
            return SIZE_MAX;
        ref = block->next;
    } while (ref != first);
    return count;
}

/* ---- Lists ----------------------------------------------------------- */

/* Does ref begin a list of `blocks` retired blocks with `bytes` bytes, all of
   them born up to clock? */
static bool is_list_sound(const struct arena *arena, arena_ref ref,
                          arena_ref clock, size_t blocks, size_t bytes)
{
    for (; ref != 0 && blocks > 0; blocks--) {
        const struct block *block;

        if (!is_block(arena, ref))
            return false;
        block = block_at(arena, ref);
        if (block->stamp <= ARENA_UNVERSIONED || !is_retired(block) ||
            block->stamp / 2 > clock)
            return false;
        bytes -= size_of(block);
        ref = block->prev;
    }
    return ref == 0 && blocks == 0 && bytes == 0;
}

/* Do the holds follow each other, with the lists and rings that they should
   have? Counts the retired blocks and those on rings. */
static bool are_holds_sound(const struct arena *arena, size_t *retired,
                            size_t *born)
{
    const struct arena_epoch *epoch = arena->newest, *older;
    arena_ref after = epoch != NULL ? epoch->clock : 0;
    size_t holds = 0, count;

    *retired = 0;
    *born = epoch == NULL ? 0
                          : count_ring(arena, arena->born, after, arena->clock);
    if (*born == SIZE_MAX || after != arena->shared)
        return false;
    for (; epoch != NULL; epoch = older) {
        older = epoch->older;
        if (!is_held(arena, epoch) || ++holds > arena->holds)
            return false;
        if (!is_list_sound(arena, epoch->retired, epoch->clock,
                           epoch->retired_blocks, epoch->retired_bytes))
            return false;
        *retired += epoch->retired_blocks;
        if (older == NULL)
            break;
        count = count_ring(arena, epoch->born, older->clock, epoch->clock);
        if (count == SIZE_MAX || older->clock > epoch->clock)
            return false;
        *born += count;
    }
    return holds == arena->holds;
}

/* Are there `retired` retired blocks, and `born` live ones on rings of holds
   and of the working state, and is each live block on a sound ring? The blocks
   born before the oldest hold are on rings that no record names. */
static bool are_versions_sound(const struct arena *arena, size_t retired,
                               size_t born)
{
    arena_ref oldest = arena->newest != NULL ? oldest_of(arena)->clock
                                             : ARENA_CLOCK_MAX;

    for (size_t at = arena->first; at < arena->top;) {
        const struct block *block = block_from(arena, at);

        if (block->stamp > ARENA_UNVERSIONED) {
            if (is_retired(block))
                retired--;
            else if (!is_ring_sound(arena, (arena_ref)(at + ARENA_HEADER)))
                return false;
            else if (block->stamp / 2 > oldest)
                born--;
        }
        at += size_of(block);
    }
    return retired == 0 && born == 0;
}

#endif
