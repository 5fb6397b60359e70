/* Faults in a dict that dict_check must find. */
#include "dict_test.h"

enum { FEW = 620 + 120 * sizeof(void *) };

#define SPACE                                          \
    struct dict_space space;                           \
    struct arena arena;                                \
    MEMORY(memory, FEW);                               \
    CHECK(open_space(&arena, &space, memory, FEW))

static struct dict_keys *table_in(const struct dict *dict)
{
    return arena_at(dict->space->arena, dict->keys);
}

TEST(faults_in_a_table_are_found)
{
    struct dict_keys *keys, sound;
    struct dict dict;
    arena_ref ref;
    unsigned char *first;
    SPACE;

    CHECK(dict_init(&dict, &space, &numbers) == ARENA_OK);
    for (uint32_t i = 1; i <= 4; i++)
        CHECK(put(&dict, i, i) == 1);
    keys = table_in(&dict);
    sound = *keys;
    keys->used--;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    *keys = sound;
    keys->usable++;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    *keys = sound;
    keys->nentries--;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    *keys = sound;
    first = (unsigned char *)keys + keys->entries + keys->hash_at;
    *first ^= 5;
    *(first + 1) ^= 5;
    *(first + 2) ^= 5;
    *(first + 3) ^= 5;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    *first ^= 5;
    *(first + 1) ^= 5;
    *(first + 2) ^= 5;
    *(first + 3) ^= 5;
    ref = dict.keys;
    dict.keys = 0;
    dict.values = ref;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    dict.keys = ref;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    dict.values = 0;
    CHECK(dict_check(&dict) == ARENA_OK);
}

TEST(faults_in_values_are_found)
{
    struct dict_shape shape;
    struct dict dict;
    unsigned char *values;
    SPACE;

    CHECK(dict_shape_init(&shape, &space, &bags) == ARENA_OK);
    CHECK(dict_shape_add(&shape, letter('a')) == 1);
    CHECK(dict_shape_add(&shape, letter('b')) == 1);
    CHECK(dict_init_shape(&dict, &shape) == ARENA_OK);
    CHECK(dict_check(&dict) == ARENA_OK);
    CHECK(dict_set(&dict, letter('b'), 1) == 1);
    CHECK(dict_set(&dict, letter('a'), 1) == 1);

    values = arena_at(&arena, dict.values);
    values[4]--; /* the size, after 4 bytes of bits */
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    values[4] = 3;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    values[4] = 2;
    values[5] = 7; /* an order byte */
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    values[5] = 0;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    values[5] = 1;
    CHECK(dict_check(&dict) == ARENA_OK);
    dict.capacity = 1;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
}

TESTS = {
    RUN(faults_in_a_table_are_found),
    RUN(faults_in_values_are_found),
    TESTS_END
};
