#include "strata/hamt.h"

struct unit {
    int32_t x, y;
};

HAMT_DEFINE(units, uint32_t, struct unit);

void save(void);
int load(uint32_t back);

static unsigned char memory[4096];
static struct arena arena;

README

int main(void)
{
    struct unit here = { 1, 2 }, there = { 3, 4 };
    uint32_t id = 5;

    if (arena_init(&arena, memory, sizeof memory) < 0 ||
        units_init(&world.units, &arena) < 0)
        return 1;
    units_set(&world.units, &id, &here);
    save();
    units_set(&world.units, &id, &there);
    for (uint32_t back = 2; back < 64; back++) {
        if (load(back) != ARENA_EINVAL || world.tick != 1)
            return 1;
    }
    if (load(1) != 0)
        return 1;
    return units_get(&world.units, &id)->x != here.x;
}
