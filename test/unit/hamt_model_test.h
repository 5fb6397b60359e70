/* The model of a map with masked keys: an array. */
#ifndef STRATA_HAMT_MODEL_TEST_H
#define STRATA_HAMT_MODEL_TEST_H

#include "hamt_test.h"

/* What a key has in the model: no value is 0. The age is when it was added. */
struct cell {
    uint16_t value;
    uint16_t age;
};

/* Has a map what the model has, in order? */
static inline bool is_like(const struct hamt *map, const struct cell *cells,
                           uint16_t keys)
{
    uint32_t mask = ((const struct masked_type *)(const void *)map->type)->mask;
    const void *key, *value;
    struct hamt_iter iter;
    size_t count = 0;
    uint16_t last = 0;

    hamt_iter_init(&iter, map);
    for (; hamt_iter_next(&iter, &key, &value) > 0; count++) {
        uint16_t now = *(const uint16_t *)key;
        uint32_t a = masked(last, mask), b = masked(now, mask);

        EXPECT(now < keys && cells[now].value == *(const uint16_t *)value);
        EXPECT(count == 0 || is_before(a, b) ||
               (a == b && cells[last].age < cells[now].age));
        last = now;
    }
    EXPECT(count == hamt_count(map));
    for (uint16_t i = 0; i < keys; i++)
        count -= cells[i].value != 0;
    EXPECT(count == 0);
    return true;
}

/* Take steps with a twin while they are right; print which is not. */
static inline bool take_steps(void *twin, bool (*step)(void *twin),
                              uint32_t steps)
{
    for (uint32_t i = 0; i < steps; i++) {
        if (step(twin))
            continue;
        test_print_number("at step ", i);
        test_print("\n");
        return false;
    }
    return true;
}

/* For hamt_edit_all: 1 becomes 2, 2 becomes 3, and 3 becomes 1. */
static inline int increment(void *user, const void *key, void *value)
{
    (void)user;
    (void)key;
    *(uint16_t *)value = (uint16_t)(*(uint16_t *)value % 3 + 1);
    return 0;
}

#endif
