/* What the tests of the arena have in common. */
#ifndef STRATA_ARENA_TEST_H
#define STRATA_ARENA_TEST_H

#include "arena.h"
#include "test.h"

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

/* Memory for what a test of a few blocks and holds does. */
enum { FEW = ARENA_REF_BITS == 16 ? 448 : 896 };

/* The last birth: a stamp is a reference with one bit taken. */
#define CLOCK_END ((arena_ref)((arena_ref)-1 / 2))

/* As arena_init, with a record whose padding can be compared too. */
static inline int make(struct arena *arena, void *memory, size_t size)
{
    memset(arena, 0, sizeof *arena);
    return arena_init(arena, memory, size);
}

static inline size_t used_of(const struct arena *arena)
{
    struct arena_stats stats;

    arena_get_stats(arena, &stats);
    return stats.used;
}

static inline size_t blocks_of(const struct arena *arena)
{
    struct arena_stats stats;

    arena_get_stats(arena, &stats);
    return stats.blocks;
}

static inline size_t pending_of(const struct arena *arena)
{
    struct arena_stats stats;

    arena_get_stats(arena, &stats);
    return stats.pending;
}

static inline size_t largest_of(const struct arena *arena)
{
    struct arena_stats stats;

    arena_get_stats(arena, &stats);
    return stats.largest;
}

/* Is arena, its record and all it says of itself, as in before? */
static inline bool is_as(const struct arena *arena, const struct arena *before)
{
    return memcmp(arena, before, sizeof *arena) == 0 &&
           arena_check(arena) == ARENA_OK;
}

/* A number below limit. */
static inline unsigned pick(size_t limit)
{
    return (unsigned)test_below((uint32_t)limit);
}

/* Write size bytes that depend on a seed, and look whether they are there. */
static inline void mark(void *block, size_t size, unsigned seed)
{
    unsigned char *bytes = block;

    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(seed * 31 + i * 7);
}

static inline bool is_marked(const void *block, size_t size, unsigned seed)
{
    const unsigned char *bytes = block;

    for (size_t i = 0; i < size; i++)
        if (bytes[i] != (unsigned char)(seed * 31 + i * 7))
            return false;
    return true;
}

#endif
