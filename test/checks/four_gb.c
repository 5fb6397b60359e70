/*
 * An arena of all that a 32-bit reference can name, at both of its ends:
 * test/parts/11-four-gb runs it. Of the 4 GB only what is written to is taken
 * from the machine. Ends with status 77 where they are not to be had.
 */
#define _DEFAULT_SOURCE
#include "arena.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static int count;

static void check(int right, const char *what)
{
    if (right)
        count++;
    else
        printf("FAIL four-gb: %s\n", what);
}

/* Small blocks behind one that takes all but a few of the bytes. */
static void use_the_end(struct arena *arena, size_t left)
{
    struct arena_stats stats;
    struct arena_epoch epoch;
    unsigned char *all, *last = NULL, *block;
    void *old;

    arena_get_stats(arena, &stats);
    all = arena_alloc(arena, stats.largest - left);
    check(all != NULL, "a block of nearly 4 GB");
    old = arena_new(arena, 40);
    memset(old, 1, 40);
    check(arena_hold(arena, &epoch) == 0, "hold");
    check(arena_edit(arena, &old) == 0, "edit near the end");
    while ((block = arena_alloc(arena, 24)) != NULL) {
        memset(block, 2, 24);
        last = block;
    }
    check(last != NULL && arena_check(arena) == 0, "full, and sound");
    check(arena_at(arena, arena_ref_of(arena, last)) == last, "the last ref");
    check(arena_ref_of(arena, last) > 0xFFFFFF00u, "it is near the end");
    check(arena_resize(arena, all, stats.largest - left + 64) == NULL,
          "no room to grow into");
    check(arena_free(arena, all) == 0 && arena_check(arena) == 0, "free");
    all = arena_alloc(arena, stats.largest - left);
    check(all != NULL, "the same block again");
    check(arena_rollback(arena, &epoch) == 0, "rollback");
    check(arena_check(arena) == 0, "sound at the end");
}

int main(void)
{
    struct arena arena;
    struct arena_stats stats;
    size_t size = (size_t)0xFFFFFFFFu;
    unsigned char *memory;

    if (sizeof size < 8 || ARENA_REF_BITS != 32)
        return 77;
    memory = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return 77;
    for (size_t more = 0; more < 4096; more += 4095) {
        check(arena_init(&arena, memory, size + more) == 0, "init");
        arena_get_stats(&arena, &stats);
        check(stats.size <= size && stats.size > size - 64, "size");
        for (size_t left = 200; left < 2000; left += 300) {
            use_the_end(&arena, left);
            arena_reset(&arena);
        }
    }
    printf("pass %d four-gb\n", count);
    munmap(memory, size + 4096);
    return 0;
}
