#include "strata/hamt.h"

README

int main(void)
{
    static unsigned char memory[1024];
    struct arena_bytes name = { "player", 6 };
    struct arena arena;
    struct hamt set;
    uint32_t with_zeros, with_secret;

    hash(&names.type, &name, &with_zeros);
    for (unsigned i = 0; i < sizeof names.secret; i++)
        names.secret[i] = (unsigned char)(i * 37 + 11);
    hash(&names.type, &name, &with_secret);
    if (with_zeros == with_secret ||
        arena_init(&arena, memory, sizeof memory) < 0 ||
        hamt_init(&set, &arena, &names.type) < 0 ||
        hamt_set(&set, &name, NULL) != 1)
        return 1;
    return hamt_find(&set, &name, NULL) != 1;
}
