/* What a small program uses of a map: the size of the library in it is told
   by test/measure/size. */
#include "hamt.h"

struct use_entry {
    uint32_t key, value;
};

int main(void);
void _start(void);

static const struct hamt_type use_type =
    HAMT_TYPE(struct use_entry, key, value);
static unsigned char use_memory[512];
static struct arena use_arena;
static struct arena_epoch use_epoch;
static struct hamt use_map;
static struct hamt_iter use_iter;
volatile uint32_t use_sink;

int main(void)
{
    uint32_t key = use_sink, value = use_sink;
    const void *k, *v;

    if (arena_init(&use_arena, use_memory, sizeof use_memory) < 0 ||
        hamt_init(&use_map, &use_arena, &use_type) < 0 ||
        hamt_set(&use_map, &key, &value) < 0)
        return 1;
    k = hamt_get(&use_map, &key);
    if (k != NULL)
        use_sink = *(const uint32_t *)k;
    arena_hold(&use_arena, &use_epoch);
    if (hamt_remove(&use_map, &key) < 0)
        return 1;
    hamt_iter_init(&use_iter, &use_map);
    while (hamt_iter_next(&use_iter, &k, &v) > 0)
        use_sink++;
    return arena_release(&use_arena, &use_epoch);
}

#ifndef __AVR__
void _start(void)
{
    for (;;)
        main();
}
#endif
