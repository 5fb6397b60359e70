/* What tests have in common whose data lie in an arena: all of them. */
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
static inline int make_arena(struct arena *arena, void *memory, size_t size)
{
    memset(arena, 0, sizeof *arena);
    return arena_init(arena, memory, size);
}

/* The first line of a test: declare name as an empty arena in size bytes, which
   are called memory; or leave the test out. */
#define ARENA(name, size) \
    struct arena name;    \
    MEMORY(memory, size); \
    CHECK(make_arena(&name, memory, (size_t)(size)) == ARENA_OK)

/* ---- One figure of an arena ------------------------------------------ */

#define FIGURE(name, field)                              \
    static inline size_t name(const struct arena *arena) \
    {                                                    \
        struct arena_stats stats;                        \
                                                         \
        arena_get_stats(arena, &stats);                  \
        return stats.field;                              \
    }

FIGURE(used_of, used)
FIGURE(live_of, live)
FIGURE(blocks_of, blocks)
FIGURE(pending_of, pending)
FIGURE(largest_of, largest)
FIGURE(peak_of, peak)
FIGURE(clock_of, clock)
FIGURE(holds_of, holds)

/* ---- Arenas as a whole ----------------------------------------------- */

/* Is arena, its record and all it says of itself, as in before? */
static inline bool is_as(const struct arena *arena, const struct arena *before)
{
    return memcmp(arena, before, sizeof *arena) == 0 &&
           arena_check(arena) == ARENA_OK;
}

/* Allocate all that is free, to the last block. */
static inline void use_up(struct arena *arena)
{
    while (arena_alloc(arena, 1) != NULL)
        continue;
}

/* Move an arena without gaps by distance bytes, and overwrite the place where
   it was. */
static inline void move_arena(struct arena *arena, size_t distance)
{
    size_t used = used_of(arena);

    memcpy(arena->base + distance, arena->base, used);
    memset(arena->base, 0xA5, used);
    arena->base += distance;
}

/* ---- Numbers and bytes ----------------------------------------------- */

static inline unsigned below(size_t limit)
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

/* Returns NULL without room for it. */
static inline unsigned char *alloc_marked(struct arena *arena, size_t size,
                                          unsigned seed)
{
    unsigned char *block = arena_alloc(arena, size);

    if (block != NULL)
        mark(block, size, seed);
    return block;
}

#endif
