#include "strata/hamt.h"

#include <stdio.h>
#include <string.h>

README

static int put(struct hamt *map, const char *key, const char *value)
{
    struct arena_bytes k = { key, strlen(key) }, v = { value, strlen(value) };

    return hamt_set(map, &k, &v);
}

static unsigned char memory[4096];

int main(void)
{
    struct arena arena;
    struct arena_epoch epoch;
    struct hamt map, before;

    if (arena_init(&arena, memory, sizeof memory) < 0 ||
        hamt_init(&map, &arena, &texts) < 0 || put(&map, "river", "Po") != 1)
        return 1;
    before = map;
    arena_hold(&arena, &epoch);
    if (put(&map, "river", "Elbe") != 0 || put(&map, "lake", "Como") != 1)
        return 1;
    show_changes(&before, &map);
    return 0;
}
