/* Faults in a dict that dict_check must find, and limits. */
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

/* ---- Limits ----------------------------------------------------------- */

TEST(a_shape_counts_its_dicts)
{
    struct dict_shape shape;
    struct dict dict, copy;
    SPACE;

    CHECK(dict_shape_init(&shape, &space, &bags) == ARENA_OK);
    CHECK(dict_shape_add(&shape, letter('a')) == 1);
    CHECK(dict_init_shape(&dict, &shape) == ARENA_OK);
    CHECK(dict_set(&dict, letter('a'), 1) == 1);
    table_in(&dict)->shares = (arena_ref)-1;
    CHECK(dict_copy(&dict, &copy) == ARENA_ENOMEM);
    CHECK(dict_init_shape(&copy, &shape) == ARENA_ENOMEM);
    table_in(&dict)->shares = (arena_ref)-2;
    CHECK(dict_init_shape(&copy, &shape) == ARENA_OK);
    CHECK(table_in(&dict)->shares == (arena_ref)-1);
}

/* Is no room for so many of them, nor harm done? */
static bool has_no_room(struct dict *dict, size_t count)
{
    size_t used = used_of(dict->space->arena);

    EXPECT(dict_reserve(dict, count) == ARENA_ENOMEM);
    EXPECT(used_of(dict->space->arena) == used);
    EXPECT(dict_check(dict) == ARENA_OK);
    return true;
}

TEST(what_no_arena_has_can_not_be_reserved)
{
    static const unsigned char sizes[] = { 1, 2, 3, 4, 8, 100 };
    const unsigned bits = (unsigned)sizeof(size_t) * CHAR_BIT;
    SPACE;

    for (unsigned i = 0; i <= 6; i++) {
        struct dict_type type = DICT_NAMES_TYPE;
        struct dict dict;

        if (i < 6) {
            type.key_size = sizes[i];
            type.flags = i % 2 ? DICT_NAMES : 0;
        }
        CHECK(dict_init(&dict, &space, &type) == ARENA_OK);
        for (unsigned shift = 12; shift < bits; shift++)
            CHECK(has_no_room(&dict, (size_t)1 << shift));
        for (unsigned shift = 0; shift < 4; shift++)
            CHECK(has_no_room(&dict, (size_t)-1 >> shift));
        CHECK(dict_destroy(&dict) == ARENA_OK);
    }
}

TEST(keys_that_no_arena_has_room_for_are_refused)
{
    SPACE;

    for (arena_ref less = 0; less < 64; less++) {
        struct dict_type type = DICT_TYPE(uint32_t);
        struct dict dict;

        type.key_size = (arena_ref)((arena_ref)-1 - less);
        CHECK(dict_init(&dict, &space, &type) == ARENA_OK);
        CHECK(has_no_room(&dict, 1));
    }
}

TEST(an_update_keeps_a_shape_only_if_all_names_fit)
{
    struct dict_shape shape;
    struct dict dict, other;
    struct dict_stats stats;
    struct dict_space space;
    struct arena arena;
    enum { ROOM = 2000 + 150 * sizeof(void *) };
    MEMORY(memory, ROOM);

    CHECK(open_space(&arena, &space, memory, ROOM));
    CHECK(dict_shape_init(&shape, &space, &bags) == ARENA_OK);
    for (char c = 'a'; c <= 'z'; c++)
        CHECK(dict_shape_add(&shape, letter(c)) == 1);
    CHECK(dict_init_shape(&dict, &shape) == ARENA_OK);
    CHECK(dict_init(&other, &space, &bags) == ARENA_OK);
    for (char c = 'A'; c <= 'C'; c++)
        CHECK(dict_set(&other, letter(c), 1) == 1);
    CHECK(dict_update(&dict, &other) == ARENA_OK && reads(&dict, "ABC"));
    dict_get_stats(&dict, &stats);
    CHECK(stats.capacity == 29 && stats.usable == 0);
    CHECK(dict_set(&other, letter('D'), 1) == 1);
    CHECK(dict_update(&dict, &other) == ARENA_OK && reads(&dict, "ABCD"));
    dict_get_stats(&dict, &stats);
    CHECK(stats.capacity == 0 && dict_check(&dict) == ARENA_OK);
}

static int hash_number(const struct dict_type *type, const void *key,
                       dict_hash *hash)
{
    (void)type;
    *hash = *(const uint32_t *)key;
    return 0;
}

static bool fills(struct dict *dict, size_t at, size_t width)
{
    struct dict_stats stats;

    for (uint32_t i = (uint32_t)dict_count(dict); i < at; i++)
        EXPECT(put(dict, i, i) == 1);
    dict_get_stats(dict, &stats);
    EXPECT(stats.width == width);
    return true;
}

TEST(slots_get_wider_as_in_cpython)
{
    static const struct dict_type type =
        DICT_TYPE_WITH(uint32_t, 0, hash_number, NULL, NULL);
    struct dict_space space;
    struct arena arena;
    struct dict dict;
    enum { IS_SMALL = ARENA_REF_BITS == 16 }; /* no room for 4 bytes */
    enum { ROOM = IS_SMALL ? 4100 + 300 * sizeof(void *) :
                           1150000 + 90000 * sizeof(void *) };
    enum { LAST = IS_SMALL ? 86 : 21846 };
    MEMORY(memory, ROOM);

    CHECK(open_space(&arena, &space, memory, ROOM));
    CHECK(dict_init(&dict, &space, &type) == ARENA_OK);
    CHECK(fills(&dict, 85, 1) && fills(&dict, 86, 2));
    CHECK(IS_SMALL || (fills(&dict, 21845, 2) && fills(&dict, 21846, 4)));
    CHECK(dict_check(&dict) == ARENA_OK);
    for (uint32_t i = 0; i < LAST; i++)
        CHECK(removed(&dict, i) == 1);
    CHECK(dict_count(&dict) == 0 && dict_check(&dict) == ARENA_OK);
}

TESTS = {
    RUN(faults_in_a_table_are_found),
    RUN(faults_in_values_are_found),
    RUN(a_shape_counts_its_dicts),
    RUN(what_no_arena_has_can_not_be_reserved),
    RUN(keys_that_no_arena_has_room_for_are_refused),
    RUN(an_update_keeps_a_shape_only_if_all_names_fit),
    RUN(slots_get_wider_as_in_cpython),
    TESTS_END
};
