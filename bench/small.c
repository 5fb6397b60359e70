/*
 * The smallest arena that is enough for ever: for a map u8 -> u16 of up to 16
 * entries, with references of 16 bits (-DARENA_REF_BITS=16).
 *
 * For ever means: 10^6 random changes, each with its full effect, from each of
 * several seeds. All that the library keeps is counted: the struct arena, and
 * the arena's bookkeeping in the memory it is given.
 */
#include "bench.h"

#if ARENA_REF_BITS != 16
#error "build with -DARENA_REF_BITS=16"
#endif

enum { ENTRIES = 16, CHANGES = 1000000, SEEDS = 4, SIZE_MAX_TRIED = 2048 };

struct small_pair {
    uint8_t key;
    uint16_t value;
};

static const struct hamt_type small_pairs =
    HAMT_TYPE(struct small_pair, key, value);

/* What the map ought to have. */
struct model {
    uint8_t keys[ENTRIES];
    uint16_t values[ENTRIES];
    uint32_t count;
};

/* Remove, replace or add at random: add half of the time, so that the map is
   mostly full. Returns false if there was no room. */
static bool change(struct hamt *map, struct model *model, uint64_t *random)
{
    uint32_t dice = random_below(random, 4);
    uint32_t at = model->count;

    if (dice < 2 || at == ENTRIES) {
        if (at == 0)
            return true;
        at = random_below(random, model->count);
    }
    if (dice == 0) {
        if (hamt_remove(map, &model->keys[at]) != 1)
            return false;
        model->count--;
        model->keys[at] = model->keys[model->count];
        model->values[at] = model->values[model->count];
        return true;
    }
    if (at == model->count) {
        do
            model->keys[at] = (uint8_t)random_of(random);
        while (hamt_get(map, &model->keys[at]) != NULL);
        model->count++;
    }
    model->values[at] = (uint16_t)random_of(random);
    return hamt_set(map, &model->keys[at], &model->values[at]) >= 0;
}

static void check(const struct hamt *map, const struct model *model)
{
    need(hamt_count(map) == model->count, "the map has so many entries");
    for (uint32_t i = 0; i < model->count; i++) {
        const uint16_t *value = hamt_get(map, &model->keys[i]);

        need(value != NULL && *value == model->values[i],
             "the map has what was set");
    }
}

/* Is an arena of size bytes enough? */
static bool is_enough(void *memory, size_t size, uint64_t random)
{
    struct arena arena;
    struct hamt map;
    struct model model = { { 0 }, { 0 }, 0 };

    if (arena_init(&arena, memory, size) != ARENA_OK)
        return false;
    hamt_init(&map, &arena, &small_pairs);
    for (uint32_t i = 0; i < CHANGES; i++) {
        if (!change(&map, &model, &random))
            return false;
        if (i % 1000 == 0)
            check(&map, &model);
    }
    return true;
}

static bool is_enough_for_all(void *memory, size_t size)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        if (!is_enough(memory, size, seed))
            return false;
    return true;
}

int main(void)
{
    void *memory = memory_of(SIZE_MAX_TRIED);
    size_t size = 0;

    while (size < SIZE_MAX_TRIED && !is_enough_for_all(memory, size))
        size += ARENA_ALIGN;
    row("smallest arena for a 16-entry u8->u16 map",
        (double)(size + sizeof(struct arena)), 512);
    free(memory);
    return rows_status();
}
