#include "strata/hamt.h"

HAMT_DEFINE(scores, uint32_t, uint32_t);

enum { POINTS = 8 };

static struct {
    struct arena_epoch epoch;
    struct hamt map;
} points[POINTS];
static unsigned oldest, newest; /* of the points that are held */
static unsigned char memory[600];
static struct arena arena;
static struct hamt map;

int set(uint32_t key, uint32_t value);

README

/* Eight points, changes behind each, until the arena is full: some are lost,
   and not one change. */
int main(void)
{
    if (arena_init(&arena, memory, sizeof memory) < 0 ||
        scores_init(&map, &arena) < 0)
        return 1;
    while (newest < POINTS) {
        for (uint32_t key = 0; key < 8; key++) {
            if (set(key, newest) < 0 || *scores_get(&map, &key) != newest)
                return 1;
        }
        points[newest].map = map;
        arena_hold(&arena, &points[newest++].epoch);
    }
    return oldest == 0 || oldest == newest || hamt_count(&map) != 8;
}
