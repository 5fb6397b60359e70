/*
 * Programs that read what they should not: test/parts/11-poison builds this
 * with AddressSanitizer and for Valgrind, and expects a report from each case
 * but the first. Usage: poison CASE.
 */
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 4096 };

static struct arena arena;
static volatile unsigned char sink;

static void read_byte(const void *block)
{
    sink = *(const volatile unsigned char *)block;
}

/* A block under a hold, and its copy in the working state. */
static unsigned char *make_old(struct arena_epoch *epoch, void **block)
{
    unsigned char *old = arena_new(&arena, 64);

    old[0] = 1;
    *block = old;
    if (arena_hold(&arena, epoch) < 0 || arena_edit(&arena, block) < 0)
        exit(3);
    return old;
}

/* The last byte of a released snapshot and the first, whichever hold it was. */
static void read_released(int oldest)
{
    struct arena_epoch first, epoch;
    unsigned char *old;
    void *block;

    if (!oldest && arena_hold(&arena, &first) < 0)
        exit(3);
    old = make_old(&epoch, &block);
    read_byte(old);
    if (arena_release(&arena, &epoch) < 0)
        exit(3);
    read_byte(block);
    puts("now");
    read_byte(old);
}

static void read_rolled_back(void)
{
    struct arena_epoch epoch;
    unsigned char *old;
    void *block;

    old = make_old(&epoch, &block);
    if (arena_rollback(&arena, &epoch) < 0)
        exit(3);
    read_byte(old);
    puts("now");
    read_byte(block);
}

static void read_freed(int which)
{
    unsigned char *block = arena_alloc(&arena, 64);
    unsigned char *behind = arena_alloc(&arena, 64);

    block[0] = block[63] = behind[0] = 1;
    if (which == 'r')
        arena_reset(&arena);
    else if (which == 's' && arena_resize(&arena, block, 8) != block)
        exit(3);
    else if (which == 'f' && arena_free(&arena, block) < 0)
        exit(3);
    puts("now");
    if (which == 'e')
        behind += 1000;
    read_byte(which == 's' ? block + 24 : which == 'e' ? behind : block);
}

/* Blocks in use may be read to their ends; what is freed is used again. */
static void read_well(void)
{
    struct arena_epoch epoch;
    unsigned char *old, *again;
    void *block;

    for (int i = 0; i < 100; i++) {
        old = make_old(&epoch, &block);
        read_byte(old);
        if (arena_release(&arena, &epoch) < 0 ||
            arena_retire(&arena, block) < 0)
            exit(3);
        again = arena_alloc(&arena, 100);
        for (int j = 0; j < 100; j++)
            again[j] = (unsigned char)j;
        read_byte(again + 99);
        if (arena_free(&arena, again) < 0)
            exit(3);
    }
    puts("now");
}

int main(int count, char **arguments)
{
    int which = count > 1 ? arguments[1][0] : 0;
    void *memory = malloc(SIZE);

    setvbuf(stdout, NULL, _IONBF, 0);
    if (arena_init(&arena, memory, SIZE) < 0)
        return 3;
    /* clang-format off */
    switch (which) {
    case 'w': read_well(); break;
    case 'o': read_released(1); break;
    case 'i': read_released(0); break;
    case 'b': read_rolled_back(); break;
    case 'f': case 'r': case 's': case 'e': read_freed(which); break;
    default: return 4;
    }
    /* clang-format on */
    free(memory);
    return arena.base == NULL;
}
