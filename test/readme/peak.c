#include "strata/arena.h"

#include <stdio.h>

static unsigned char memory[512];

int main(void)
{
    struct arena arena;

    if (arena_init(&arena, memory, sizeof memory) < 0)
        return 1;
    {
        README
        return stats.peak > sizeof memory;
    }
}
