/*
 * The arena's rings: which live blocks were born between two holds, so that a
 * rollback finds them. Private, part of arena.c.
 *
 *         hold p            hold h                now
 *           |   A <-> B <-> C  |   D <-> E         |
 *           |   ^ h->born      |   ^ arena->born   |
 *
 * A record names any block of its ring, live or retired. A live block is on the
 * ring; a retired one keeps its next, and so leads to a block that was beside
 * it. The last live block of a ring has no neighbour: when it is retired, its
 * next becomes the end of the ring, an odd number made of the clock.
 *
 *     A <-> B <-> C            all are live; the record names A
 *     A --> B <-> C            A is retired: its next is its way to the ring
 *     A --> B --> C --> end    then B, then C: the ring has ended
 *     A --> B     C            a rollback takes them back, last one first:
 *     A <-> B <-> C            each is put beside the block it leads to
 *
 * So retiring a block needs no look at the records, and putting it back finds
 * its old neighbour (dancing links: Knuth, 2000). A way never leads into freed
 * memory: where A leads to B, both were born between the same two holds and A
 * was retired first, so any hold that keeps A keeps B.
 */
#ifndef STRATA_ARENA_RINGS_H
#define STRATA_ARENA_RINGS_H

#include "heap.h"

/* The next of the last live block of a ring, once it is retired at clock. */
static inline arena_ref ring_end(arena_ref clock)
{
    return (arena_ref)(2 * clock + 1);
}

static inline bool is_ring_end(const struct block *block)
{
    return is_retired(block) && block->next % 2 != 0;
}

/* Follow the way from ref to a live block of its ring or, where there is none,
   to the block that was retired last. 0 for 0. */
static arena_ref ring_find(const struct arena *arena, arena_ref ref)
{
    while (ref != 0) {
        const struct block *block = block_at(arena, ref);

        if (!is_retired(block) || is_ring_end(block))
            break;
        ref = block->next;
    }
    return ref;
}

/* As ring_find, and let each block on the way lead there at once. So whatever
   the order of births, retirements and joins, a block is passed but once by all
   calls that look for the ring (path compression: Tarjan, 1975). */
static arena_ref ring_settle(struct arena *arena, arena_ref ref)
{
    arena_ref found = ring_find(arena, ref);

    while (ref != found) {
        struct block *block = block_at(arena, ref);

        ref = block->next;
        block->next = found;
    }
    return found;
}

/* Make ref a ring of its own. */
static void ring_start(struct arena *arena, arena_ref ref)
{
    struct block *block = block_at(arena, ref);

    block->next = block->prev = ref;
}

/* Put ref on the ring of beside, before it. */
static void ring_insert(struct arena *arena, arena_ref ref, arena_ref beside)
{
    struct block *block = block_at(arena, ref);
    struct block *next = block_at(arena, beside);

    block->next = beside;
    block->prev = next->prev;
    block_at(arena, next->prev)->next = ref;
    next->prev = ref;
}

/* Take ref, a live block, off its ring. Its next stays, as the way back. */
static void ring_remove(struct arena *arena, arena_ref ref)
{
    struct block *block = block_at(arena, ref);

    block_at(arena, block->prev)->next = block->next;
    block_at(arena, block->next)->prev = block->prev;
    if (block->next == ref)
        block->next = ring_end(arena->clock);
}

/* Put ref, a retired block, back on its ring. */
static void ring_return(struct arena *arena, arena_ref ref)
{
    arena_ref beside = ring_settle(arena, ref);
    struct block *block = block_at(arena, beside);

    if (is_retired(block)) {
        block->next = ref;
        ring_start(arena, ref);
    } else {
        ring_insert(arena, ref, beside);
    }
}

/* Join the rings of two live blocks, which are not the same ring. */
static void ring_splice(struct arena *arena, arena_ref a, arena_ref b)
{
    arena_ref after_a = block_at(arena, a)->next;
    arena_ref after_b = block_at(arena, b)->next;

    block_at(arena, a)->next = after_b;
    block_at(arena, after_b)->prev = a;
    block_at(arena, b)->next = after_a;
    block_at(arena, after_a)->prev = b;
}

/* Join two rings, each given by a way to it or 0. Returns a way to the whole.
   Where neither has a live block, the ring that ended first leads to the
   other. */
static arena_ref ring_join(struct arena *arena, arena_ref a, arena_ref b)
{
    struct block *first, *second;

    a = ring_settle(arena, a);
    b = ring_settle(arena, b);
    if (a == 0 || b == 0)
        return a == 0 ? b : a;
    first = block_at(arena, a);
    second = block_at(arena, b);
    if (is_retired(first) &&
        (!is_retired(second) || first->next <= second->next)) {
        first->next = b;
        return b;
    }
    if (is_retired(second))
        second->next = a;
    else
        ring_splice(arena, a, b);
    return a;
}

/* Free the live blocks of the ring that way leads to. */
static void ring_free(struct arena *arena, arena_ref way)
{
    arena_ref last = ring_find(arena, way);
    arena_ref ref, next;

    if (last == 0 || is_retired(block_at(arena, last)))
        return;
    next = block_at(arena, last)->next;
    do {
        ref = next;
        next = block_at(arena, ref)->next;
        heap_give(arena, ref);
    } while (ref != last);
}

/* Give the blocks of the ring that way leads to a new birth, and the block at
   its end. */
static void ring_renumber(struct arena *arena, arena_ref way, arena_ref birth)
{
    arena_ref first = ring_find(arena, way), ref = first;

    if (first == 0)
        return;
    do {
        struct block *block = block_at(arena, ref);

        block->stamp = (arena_ref)(2 * birth + block->stamp % 2);
        if (is_retired(block))
            return;
        ref = block->next;
    } while (ref != first);
}

#endif
