/* Faults in a dict that dict_check must find, and limits. */
#include "dict_test.h"

enum { ROOM = 620 + 120 * sizeof(void *) };

static struct dict_keys *table_in(const struct dict *dict)
{
    return arena_at(dict->space->arena, dict->keys);
}

/* Change the hash of a table's first entry; a second time, back. */
static void flip_first_hash(struct dict_keys *keys)
{
    unsigned char *hash = (unsigned char *)keys + keys->entries + keys->hash_at;

    for (unsigned i = 0; i < 4; i++)
        hash[i] ^= 5;
}

TEST(faults_in_a_table_are_found)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    struct dict_keys *keys, right;
    arena_ref ref;

    CHECK(put_all(&dict, 1, 4));
    keys = table_in(&dict);
    right = *keys;
    keys->used--;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    *keys = right;
    keys->usable++;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    *keys = right;
    keys->nentries--;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    *keys = right;
    flip_first_hash(keys);
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    flip_first_hash(keys);

    ref = dict.keys;
    dict.keys = 0;
    dict.values = ref;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    dict.keys = ref;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    dict.values = 0;
    CHECK(dict_check(&dict) == ARENA_OK);
}

TEST(a_wrong_lead_is_found)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    arena_ref *lead;

    CHECK(put_all(&dict, 1, 4));
    lead = &table_in(&dict)->shares;
    CHECK(*lead == 0 && removed(&dict, 2) == 1 && *lead == 0);
    *lead = 1;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    *lead = 0;
    CHECK(removed(&dict, 1) == 1 && *lead == 2);
    *lead = 1;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    *lead = 2;
    CHECK(remove_all(&dict, 3, 4) && *lead == 4);
    *lead = 5;
    CHECK(dict_check(&dict) == ARENA_ECORRUPT);
    *lead = 4;
    CHECK(dict_check(&dict) == ARENA_OK);
}

/* To see what is looked at, the dead entry is given a hash as if it lived. */
TEST(nothing_before_the_oldest_is_looked_at)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    struct dict_item item;

    CHECK(put_all(&dict, 1, 4) && remove_all(&dict, 1, 2));
    flip_first_hash(table_in(&dict));

    CHECK(counts(&dict, "34"));
    CHECK(dict_pop_first(&dict, &item) == 1 && item.value == 3);
    CHECK(counts(&dict, "4"));
    flip_first_hash(table_in(&dict));
    CHECK(dict_check(&dict) == ARENA_OK);
}

TEST(faults_in_values_are_found)
{
    SPACE(space, ROOM);
    SHAPE(shape, space);
    struct dict dict;
    unsigned char *values;

    CHECK(add_names(&shape, "ab"));
    CHECK(dict_init_shape(&dict, &shape) == ARENA_OK);
    CHECK(dict_check(&dict) == ARENA_OK);
    CHECK(put_names(&dict, "ba"));

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

/* ---- Limits ---------------------------------------------------------- */

TEST(a_shape_counts_its_dicts)
{
    SPACE(space, ROOM);
    SHAPE(shape, space);
    struct dict dict, copy;

    CHECK(add_names(&shape, "a"));
    CHECK(dict_init_shape(&dict, &shape) == ARENA_OK);
    CHECK(put_names(&dict, "a"));
    table_in(&dict)->shares = (arena_ref)-1;
    CHECK(dict_copy(&dict, &copy) == ARENA_ENOMEM);
    CHECK(dict_init_shape(&copy, &shape) == ARENA_ENOMEM);
    table_in(&dict)->shares = (arena_ref)-2;
    CHECK(dict_init_shape(&copy, &shape) == ARENA_OK);
    CHECK(table_in(&dict)->shares == (arena_ref)-1);
}

/* Is there no room for count entries, and has the try done no harm? */
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
    SPACE(space, ROOM);
    static const unsigned char sizes[] = { 1, 2, 3, 4, 8, 100 };
    const unsigned bits = (unsigned)sizeof(size_t) * CHAR_BIT;

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
    SPACE(space, ROOM);

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
    SPACE(space, 2000 + 150 * sizeof(void *));
    SHAPE(shape, space);
    DICT(other, space, bags);
    struct dict dict;
    struct dict_stats stats;

    CHECK(add_names(&shape, "abcdefghijklmnopqrstuvwxyz"));
    CHECK(dict_init_shape(&dict, &shape) == ARENA_OK);
    CHECK(put_names(&other, "ABC"));

    CHECK(dict_update(&dict, &other) == ARENA_OK && reads(&dict, "ABC"));
    dict_get_stats(&dict, &stats);
    CHECK(stats.capacity == 29 && stats.usable == 0);
    CHECK(put_names(&other, "D"));
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

static const struct dict_type hashed_numbers =
    DICT_TYPE_WITH(uint32_t, 0, hash_number, NULL, NULL);

/* After adding numbers until there are `at`, have slots this width? */
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
    enum { IS_SMALL = ARENA_REF_BITS == 16 }; /* no room for 4 bytes */
    enum {
        LARGE = IS_SMALL ? 4100 + 300 * sizeof(void *)
                         : 1150000 + 90000 * sizeof(void *)
    };
    enum { LAST = IS_SMALL ? 86 : 21846 };
    SPACE(space, LARGE);
    DICT(dict, space, hashed_numbers);

    CHECK(fills(&dict, 85, 1) && fills(&dict, 86, 2));
    CHECK(IS_SMALL || (fills(&dict, 21845, 2) && fills(&dict, 21846, 4)));
    CHECK(dict_check(&dict) == ARENA_OK);
    CHECK(remove_all(&dict, 0, LAST - 1));
    CHECK(dict_count(&dict) == 0 && dict_check(&dict) == ARENA_OK);
}

TESTS = {
    RUN(faults_in_a_table_are_found),
    RUN(a_wrong_lead_is_found),
    RUN(nothing_before_the_oldest_is_looked_at),
    RUN(faults_in_values_are_found),
    RUN(a_shape_counts_its_dicts),
    RUN(what_no_arena_has_can_not_be_reserved),
    RUN(keys_that_no_arena_has_room_for_are_refused),
    RUN(an_update_keeps_a_shape_only_if_all_names_fit),
    RUN(slots_get_wider_as_in_cpython),
    TESTS_END,
};
