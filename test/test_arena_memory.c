/* What arenas are made of: memory of any size and alignment. */
#include "arena.h"
#include "test.h"

/* Bytes of the machine's memory that each of these tests needs. */
enum { SMALL = 1024 };

TEST(blocks_are_aligned_whatever_the_memory_is)
{
    struct arena arena;
    MEMORY(memory, SMALL);

    for (size_t offset = 0; offset < 33; offset++) {
        CHECK(arena_init(&arena, memory + offset, SMALL - 64) == ARENA_OK);
        for (size_t size = 1; size < 20; size++) {
            unsigned char *block = arena_alloc(&arena, size);

            CHECK(block != NULL && (uintptr_t)block % ARENA_ALIGN == 0);
            CHECK(block >= memory + offset);
            CHECK(block + size <= memory + offset + SMALL - 64);
        }
        CHECK(arena_check(&arena) == ARENA_OK);
    }
}

TESTS = { RUN(blocks_are_aligned_whatever_the_memory_is), TESTS_END };
