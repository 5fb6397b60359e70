/* The hashtable's calls, each once, and misused. */
#include "hashtable_test.h"

TEST(a_new_table_is_empty_and_usable)
{
    TABLE(table, ROOM);

    CHECK(hashtable_count(&table) == 0);
    CHECK(hashtable_get(&table, word(1)) == NULL);
    CHECK(hashtable_get_entry(&table, word(1)) == NULL);
    CHECK(hashtable_find(&table, word(1), NULL) == 0);
    CHECK(hashtable_size(&table) == sizeof table + 16 * sizeof(arena_ref));
    CHECK(hashtable_check(&table) == ARENA_OK);
}

TEST(what_was_set_is_found)
{
    TABLE(table, ROOM);
    struct hashtable_entry *entry = NULL;

    for (uintptr_t i = 0; i < 10; i++)
        CHECK(hashtable_set(&table, word(16 * i), word(100 + i)) == 1);

    CHECK(hashtable_count(&table) == 10);
    for (uintptr_t i = 0; i < 10; i++)
        CHECK(hashtable_get(&table, word(16 * i)) == word(100 + i));
    CHECK(hashtable_find(&table, word(32), &entry) == 1);
    CHECK(entry->key == word(32) && entry->value == word(102));
    CHECK(entry == hashtable_get_entry(&table, word(32)));
    entry = NULL;
    CHECK(hashtable_find(&table, word(1), &entry) == 0 && entry == NULL);
    CHECK(hashtable_check(&table) == ARENA_OK);
}

TEST(a_second_set_of_a_key_is_refused)
{
    TABLE(table, ROOM);
    size_t used;

    CHECK(hashtable_set(&table, word(5), word(1)) == 1);
    used = used_of(&arena);

    CHECK(hashtable_set(&table, word(5), word(2)) == ARENA_EEXISTS);
    CHECK(hashtable_count(&table) == 1 && used_of(&arena) == used);
    CHECK(hashtable_get(&table, word(5)) == word(1));
}

TEST(a_value_is_replaced_through_its_entry)
{
    TABLE(table, ROOM);

    CHECK(hashtable_set(&table, word(5), word(1)) == 1);

    hashtable_get_entry(&table, word(5))->value = word(2);

    CHECK(hashtable_get(&table, word(5)) == word(2));
}

TEST(steal_gives_the_value_and_destroys_nothing)
{
    SCRIPTED(table, script, 0xFF, ROOM);
    void *value = NULL;
    size_t used;

    CHECK(hashtable_set(&table, word(7), word(70)) == 1);
    used = used_of(&arena);
    CHECK(hashtable_set(&table, word(8), word(80)) == 1);

    CHECK(hashtable_steal(&table, word(8), &value) == 1);
    CHECK(value == word(80));
    CHECK(hashtable_steal(&table, word(8), &value) == 0);
    CHECK(hashtable_steal(&table, word(7), NULL) == 1);
    CHECK(hashtable_count(&table) == 0 && used_of(&arena) < used);
    CHECK(script.keys_destroyed == 0 && script.values_destroyed == 0);
}

static int count_to_three(void *user, struct hashtable_entry *entry)
{
    unsigned *seen = user;

    (void)entry;
    return ++*seen == 3 ? 33 : 0;
}

static int fail_at_two(void *user, struct hashtable_entry *entry)
{
    unsigned *seen = user;

    (void)entry;
    return ++*seen == 2 ? -7 : 0;
}

static int add_value(void *user, struct hashtable_entry *entry)
{
    *(uintptr_t *)user += (uintptr_t)entry->value;
    return 0;
}

TEST(foreach_stops_at_the_first_result_that_is_not_zero)
{
    TABLE(table, ROOM);
    uintptr_t sum = 0;
    unsigned seen = 0;

    CHECK(hashtable_foreach(&table, count_to_three, &seen) == 0);
    CHECK(set_all(&table, 0, 5));

    CHECK(hashtable_foreach(&table, count_to_three, &seen) == 33);
    CHECK(seen == 3);
    seen = 0;
    CHECK(hashtable_foreach(&table, fail_at_two, &seen) == -7 && seen == 2);
    CHECK(hashtable_foreach(&table, add_value, &sum) == 0);
    CHECK(sum == 15);
    CHECK(hashtable_set(&table, word(6), NULL) == 1);
}

TEST(foreach_comes_by_every_bucket)
{
    SCRIPTED(table, script, 15, 2 * ROOM);
    uintptr_t sum = 0;

    for (uintptr_t i = 0; i < 16; i += 2) {
        CHECK(hashtable_set(&table, word(i), word(1)) == 1);
        CHECK(hashtable_foreach(&table, add_value, &sum) == 0);
        CHECK(sum == i / 2 + 1);
        sum = 0;
    }
    CHECK(hashtable_set(&table, word(15), word(9)) == 1);
    CHECK(hashtable_foreach(&table, add_value, &sum) == 0 && sum == 17);
}

TEST(strings_are_compared_by_what_they_say)
{
    ARENA(arena, ROOM);
    static const char a[] = "strata", b[] = "strata";
    struct hashtable table;
    uint32_t hash;

    CHECK(hashtable_init(&table, &arena, &hashtable_strings, NULL) == ARENA_OK);
    CHECK(hashtable_set(&table, a, word(1)) == 1);
    CHECK(hashtable_set(&table, "strat", word(2)) == 1);
    CHECK(hashtable_set(&table, "", word(3)) == 1);

    CHECK(hashtable_get(&table, b) == word(1));
    CHECK(hashtable_get(&table, "strat") == word(2));
    CHECK(hashtable_get(&table, "") == word(3));
    CHECK(hashtable_get(&table, "stratas") == NULL);
    CHECK(hashtable_set(&table, b, NULL) == ARENA_EEXISTS);
    CHECK(hashtable_equal_string(NULL, "a", "b") == 0);
    CHECK(hashtable_equal_string(NULL, "abc", "abd") == 0);
    CHECK(hashtable_equal_string(NULL, "abc", "ab") == 0);
    CHECK(hashtable_equal_string(NULL, "ab", "abc") == 0);
    CHECK(hashtable_equal_string(NULL, "abc", "abc") == 1);
    CHECK(hashtable_hash_string(NULL, "foobar", &hash) == 0);
    CHECK(hash == 0xBF9CF968u); /* from the authors' list of test vectors */
}

/* How many comparisons finding each of 512 addresses takes, in 1024 buckets:
   the addresses are `step` apart. */
static uint32_t comparisons(unsigned char *buckets, uintptr_t step)
{
    uint32_t sum = 0, hash = 0;

    memset(buckets, 0, 1024);
    for (uintptr_t i = 1; i <= 512; i++) {
        hashtable_hash_pointer(NULL, word(i * step), &hash);
        sum += ++buckets[hash % 1024];
    }
    return sum;
}

TEST(addresses_any_power_of_two_apart_are_spread)
{
    MEMORY(buckets, 1024);
    unsigned bits = sizeof(uintptr_t) * CHAR_BIT;

    for (unsigned shift = 0; shift + 9 < bits && shift <= 40; shift++)
        CHECK(comparisons(buckets, (uintptr_t)1 << shift) < 512 * 7 / 4);
}

TEST(addresses_with_equal_halves_are_spread)
{
    MEMORY(buckets, 1024);
    unsigned half = sizeof(uintptr_t) * CHAR_BIT / 2;

    CHECK(comparisons(buckets, ((uintptr_t)1 << half) + 1) < 512 * 7 / 4);
}

TEST(destroy_gives_everything_back)
{
    ARENA(arena, ROOM);
    size_t before = used_of(&arena);
    struct hashtable table;
    struct script script;

    CHECK(script_init(&script, &table, &arena, 3));
    CHECK(set_all(&table, 0, 8));

    CHECK(hashtable_destroy(&table) == ARENA_OK);
    CHECK(used_of(&arena) == before);
    CHECK(script.keys_destroyed == 9 && script.values_destroyed == 9);
    CHECK(hashtable_set(&table, word(1), NULL) == ARENA_EINVAL);
    CHECK(hashtable_count(&table) == 0 && hashtable_size(&table) == 0);
}

TEST(null_and_tables_that_are_none_are_refused)
{
    ARENA(arena, ROOM);
    struct hashtable table = { NULL, NULL, NULL, 0, 0, 0, 0, 0 };
    unsigned seen = 0;

    CHECK(hashtable_init(NULL, &arena, NULL, NULL) == ARENA_EINVAL);
    CHECK(hashtable_init(&table, NULL, NULL, NULL) == ARENA_EINVAL);
    CHECK(hashtable_set(NULL, word(1), NULL) == ARENA_EINVAL);
    CHECK(hashtable_set(&table, word(1), NULL) == ARENA_EINVAL);
    CHECK(hashtable_steal(&table, word(1), NULL) == ARENA_EINVAL);
    CHECK(hashtable_find(&table, word(1), NULL) == ARENA_EINVAL);
    CHECK(hashtable_get(NULL, word(1)) == NULL);
    CHECK(hashtable_clear(&table) == ARENA_EINVAL);
    CHECK(hashtable_destroy(NULL) == ARENA_EINVAL);
    CHECK(hashtable_foreach(&table, count_to_three, &seen) == ARENA_EINVAL);
    CHECK(hashtable_check(&table) == ARENA_EINVAL);
    CHECK(hashtable_init(&table, &arena, NULL, NULL) == ARENA_OK);
    CHECK(hashtable_foreach(&table, NULL, NULL) == ARENA_EINVAL);
}

TESTS = {
    RUN(a_new_table_is_empty_and_usable),
    RUN(what_was_set_is_found),
    RUN(a_second_set_of_a_key_is_refused),
    RUN(a_value_is_replaced_through_its_entry),
    RUN(steal_gives_the_value_and_destroys_nothing),
    RUN(foreach_stops_at_the_first_result_that_is_not_zero),
    RUN(foreach_comes_by_every_bucket),
    RUN(strings_are_compared_by_what_they_say),
    RUN(addresses_any_power_of_two_apart_are_spread),
    RUN(addresses_with_equal_halves_are_spread),
    RUN(destroy_gives_everything_back),
    RUN(null_and_tables_that_are_none_are_refused),
    TESTS_END,
};
