/*
 * Holds: what becomes of a versioned block that the working state lets go of.
 * Private, part of arena.c.
 *
 *           born after the newest hold                        heap
 *     live ------------------------------------------------->  ^
 *      ^ \                                                     | a few at a
 *      |  \ shared: a hold sees it                             | time, later
 *      |   '-> the newest hold's list ----------> pending -----'
 *      |         |        | ^   released as       only the released hold
 *      '---------'        '-'   the oldest        saw it: freed at once
 *       rollback    an inner hold released:
 *                   the next older one gets it
 */
#ifndef STRATA_ARENA_EPOCHS_H
#define STRATA_ARENA_EPOCHS_H

#include "rings.h"

/* The largest clock. A stamp is twice a birth plus one bit, and the end of a
   ring is twice a clock plus one. */
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

/* Is epoch the record of a hold, whatever it contains? O(holds): for
   STRATA_ASSERT, without which nothing calls it. */
ARENA_WRAPPER bool is_listed(const struct arena *arena,
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

/* Let epoch's list be empty. */
static void forget_retired(struct arena_epoch *epoch)
{
    epoch->retired = epoch->retired_last = 0;
    epoch->retired_blocks = epoch->retired_bytes = 0;
}

/* ---- Retiring -------------------------------------------------------- */

/* Free ref, a live block that is private. */
static void discard(struct arena *arena, arena_ref ref)
{
    arena_ref next = block_at(arena, ref)->next;

    if (arena->born == ref)
        arena->born = next == ref ? 0 : next;
    ring_remove(arena, ref);
    heap_give(arena, ref);
}

/* Put ref, a live block that is shared, on the newest hold's list. */
static void retire(struct arena *arena, arena_ref ref)
{
    struct arena_epoch *newest = arena->newest;
    struct block *block = block_at(arena, ref);

    ring_remove(arena, ref);
    block->stamp |= ARENA_RETIRED;
    block->prev = newest->retired;
    newest->retired = ref;
    if (newest->retired_blocks++ == 0)
        newest->retired_last = ref;
    newest->retired_bytes = (arena_ref)(newest->retired_bytes + size_of(block));
}

/* ---- Reclaiming ------------------------------------------------------ */

/* Free the first pending block. Pending blocks have left the caches long ago:
   so what the next two calls will need of them is fetched ahead. */
ARENA_INLINE void reclaim_one(struct arena *arena)
{
    arena_ref ref = arena->pending;
    arena_ref next = block_at(arena, ref)->prev;

    if (next != 0) {
        ARENA_PREFETCH(block_at(arena, block_at(arena, next)->prev));
        ARENA_PREFETCH(arena->base + end_of(arena, next));
    }
    arena->pending = next;
    arena->pending_blocks--;
    arena->pending_bytes =
        (arena_ref)(arena->pending_bytes - size_of(block_at(arena, ref)));
    heap_give(arena, ref);
}

/* Free up to `blocks` of the pending blocks. */
ARENA_INLINE void reclaim(struct arena *arena, size_t blocks)
{
    for (; blocks > 0 && arena->pending != 0; blocks--)
        reclaim_one(arena);
}

/* ---- Numbering ------------------------------------------------------- */

/* Has nothing been born or retired since the newest hold? */
static bool is_unchanged(const struct arena *arena)
{
    return arena->born == 0 &&
           (arena->newest == NULL || arena->newest->retired == 0);
}

/* Give each block on epoch's list the birth of the block that it leads to. */
static void renumber_retired(struct arena *arena, struct arena_epoch *epoch)
{
    arena_ref until = epoch->newer != NULL ? epoch->newer->clock : arena->clock;

    for (arena_ref ref = epoch->retired; ref != 0;) {
        struct block *block = block_at(arena, ref);
        arena_ref end = ring_settle(arena, ref);

        if (end == ref)
            block->next = ring_end(until);
        else
            block->stamp = block_at(arena, end)->stamp | ARENA_RETIRED;
        ref = block->prev;
    }
}

/* Number births anew from 1. Only the order of births and holds matters, so all
   blocks of a ring get one birth, and holds without a change between them keep
   one clock. */
ARENA_COLD void renumber(struct arena *arena)
{
    struct arena_epoch *oldest = oldest_of(arena), *epoch;
    arena_ref limit = oldest != NULL ? oldest->clock : arena->clock;
    arena_ref clock = 1;

    for (size_t at = arena->first; at < arena->top;) {
        struct block *block = block_from(arena, at);

        if (block->stamp > ARENA_UNVERSIONED && block->stamp / 2 <= limit)
            block->stamp = 2 | (block->stamp & ARENA_RETIRED);
        at += size_of(block);
    }
    for (epoch = oldest; epoch != NULL; epoch = epoch->newer) {
        if (epoch != oldest) {
            if (epoch->born != 0 || epoch->older->retired != 0)
                clock++;
            ring_renumber(arena, epoch->born, clock);
        }
        epoch->clock = clock;
        arena->shared = clock;
    }
    arena->clock = (arena_ref)(clock + 1);
    ring_renumber(arena, arena->born, arena->clock);
    for (epoch = arena->newest; epoch != NULL; epoch = epoch->older)
        renumber_retired(arena, epoch);
}

/* ---- Releasing ------------------------------------------------------- */

/* Let all that epoch, the oldest hold, kept become pending. */
static void release_oldest(struct arena *arena, struct arena_epoch *epoch)
{
    if (epoch->retired == 0)
        return;
    block_at(arena, epoch->retired_last)->prev = arena->pending;
    arena->pending = epoch->retired;
    arena->pending_blocks =
        (arena_ref)(arena->pending_blocks + epoch->retired_blocks);
    arena->pending_bytes =
        (arena_ref)(arena->pending_bytes + epoch->retired_bytes);
    if (ARENA_EAGER)
        reclaim(arena, (size_t)-1);
}

/*
 * Release epoch, to which there is an older hold. Its ring joins that of the
 * next newer hold, or of the working state. Its list is divided:
 *
 *     hold older      hold epoch       next newer hold
 *         |               |                 |
 *     b --+---------------+---x retired     |    older sees it: to its list
 *         |     b --------+-------x retired |    only epoch saw it: freed
 */
ARENA_COLD void release_inner(struct arena *arena, struct arena_epoch *epoch)
{
    struct arena_epoch *older = epoch->older;
    arena_ref *heir = epoch->newer != NULL ? &epoch->newer->born : &arena->born;
    arena_ref last = 0, ref, next;

    *heir = ring_join(arena, epoch->born, *heir);
    for (ref = epoch->retired; ref != 0; ref = next) {
        struct block *block = block_at(arena, ref);

        next = block->prev;
        if (block->stamp / 2 > older->clock) {
            if (*heir == ref)
                *heir = 0;
            heap_give(arena, ref);
            continue;
        }
        if (last == 0)
            epoch->retired = ref;
        else
            block_at(arena, last)->prev = ref;
        last = ref;
        older->retired_blocks++;
        older->retired_bytes =
            (arena_ref)(older->retired_bytes + size_of(block));
    }
    if (last == 0)
        return;
    block_at(arena, last)->prev = older->retired;
    if (older->retired == 0)
        older->retired_last = last;
    older->retired = epoch->retired;
}

/* ---- Rolling back ---------------------------------------------------- */

/* Undo the retirements on epoch's list, last one first: put back each block
   that was born up to clock, and free the others. */
static void take_back(struct arena *arena, struct arena_epoch *epoch,
                      arena_ref clock)
{
    arena_ref ref = epoch->retired;

    while (ref != 0) {
        struct block *block = block_at(arena, ref);
        arena_ref next = block->prev;

        if (block->stamp / 2 > clock) {
            heap_give(arena, ref);
        } else {
            ring_return(arena, ref);
            block->stamp &= (arena_ref)~ARENA_RETIRED;
        }
        ref = next;
    }
    forget_retired(epoch);
}

#endif
