/*
 * Holds and blocks: do they fit together? Private, part of arena.c.
 *
 * What is checked may be damaged: no link is followed before it is known to
 * lead to where a block could be, and no chain further than there are blocks.
 */
#ifndef STRATA_ARENA_CHECK_H
#define STRATA_ARENA_CHECK_H

#include "rings.h"

/* The largest clock: a stamp is twice the birth and a bit, and so is the end
   of a ring. */
#define ARENA_CLOCK_MAX ((arena_ref)((arena_ref)-1 / 2))

/* ---- Holds ----------------------------------------------------------- */

/* Is this the record of a hold of this arena? */
static bool is_held(const struct arena *arena, const struct arena_epoch *epoch)
{
    if (arena == NULL || epoch == NULL || epoch->arena != arena ||
        epoch->era != arena->era || arena->newest == NULL)
        return false;
    return epoch->newer == NULL ? arena->newest == epoch
                                : epoch->newer->older == epoch;
}

/* Is a record among those that are held? O(holds): for STRATA_ASSERT. */
static inline bool is_listed(const struct arena *arena,
                             const struct arena_epoch *epoch)
{
    const struct arena_epoch *other = arena->newest;

    while (other != NULL && other != epoch)
        other = other->older;
    return other != NULL;
}

/* The oldest hold; NULL without one. */
static struct arena_epoch *oldest_of(const struct arena *arena)
{
    struct arena_epoch *epoch = arena->newest;

    while (epoch != NULL && epoch->older != NULL)
        epoch = epoch->older;
    return epoch;
}

/* ---- Rings ----------------------------------------------------------- */

/* As ring_find; 0 if the way leads to no block, or to none in the end. */
static arena_ref find_soundly(const struct arena *arena, arena_ref ref)
{
    for (size_t steps = 0; steps <= arena->blocks; steps++) {
        const struct block *block = block_at(arena, ref);

        if (!is_block(arena, ref))
            return 0;
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

/* The length of a list of retired blocks, all of them born up to clock;
   SIZE_MAX if it is not such a list. */
static size_t count_retired(const struct arena *arena, arena_ref ref,
                            arena_ref clock)
{
    size_t count = 0;

    while (ref != 0) {
        const struct block *block = block_at(arena, ref);

        if (!is_block(arena, ref) || block->stamp <= ARENA_UNVERSIONED ||
            !is_retired(block) || block->stamp / 2 > clock ||
            ++count > arena->blocks)
            return SIZE_MAX;
        ref = block->prev;
    }
    return count;
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
    *born = epoch == NULL ? 0 : count_ring(arena, arena->born, after,
                                           arena->clock);
    if (*born == SIZE_MAX || after != arena->shared)
        return false;
    for (; epoch != NULL; epoch = older) {
        older = epoch->older;
        if (!is_held(arena, epoch) || ++holds > arena->holds)
            return false;
        count = count_retired(arena, epoch->retired, epoch->clock);
        if (count != epoch->retired_blocks)
            return false;
        *retired += count;
        if (older == NULL)
            break;
        count = count_ring(arena, epoch->born, older->clock, epoch->clock);
        if (count == SIZE_MAX || older->clock > epoch->clock)
            return false;
        *born += count;
    }
    return holds == arena->holds;
}

#endif
