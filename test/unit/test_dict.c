/* The dict's calls on general keys, each once, and misused. */
#include "dict_test.h"

enum { FEW = 1000 };

/* An empty dict of numbers in this test's memory. */
#define NUMBERS(dict)                                               \
    struct dict dict;                                               \
    struct dict_space space;                                        \
    struct arena arena;                                             \
    size_t before;                                                  \
    MEMORY(memory, FEW);                                            \
    CHECK(open_space(&arena, &space, memory, FEW));                 \
    before = used_of(&arena);                                       \
    CHECK(dict_init(&dict, &space, &numbers) == ARENA_OK)

/* Nothing is left of it. */
#define DONE(dict)                                                  \
    CHECK(dict_check(&dict) == ARENA_OK);                           \
    CHECK(arena_check(&arena) == ARENA_OK);                         \
    CHECK(dict_destroy(&dict) == ARENA_OK);                         \
    CHECK(dict_space_destroy(&space) == ARENA_OK);                  \
    CHECK(used_of(&arena) == before)

TEST(a_new_dict_is_empty_and_costs_nothing)
{
    uint32_t key = 1;
    NUMBERS(dict);

    CHECK(used_of(&arena) == before);
    CHECK(dict_count(&dict) == 0);
    CHECK(dict_get(&dict, &key, NULL) == 0);
    CHECK(dict_remove(&dict, &key) == 0);
    CHECK(dict_clear(&dict) == ARENA_OK);
    CHECK(counts(&dict, ""));
    DONE(dict);
}

TEST(what_was_set_is_found_in_order)
{
    NUMBERS(dict);

    for (uint32_t i = 0; i < 9; i++)
        CHECK(put(&dict, 9 - i, 100 + i) == 1);

    CHECK(dict_count(&dict) == 9);
    for (uint32_t i = 0; i < 9; i++)
        CHECK(got(&dict, 9 - i) == 100 + i);
    CHECK(got(&dict, 0) == 0);
    CHECK(counts(&dict, "987654321"));
    DONE(dict);
}

TEST(a_key_that_is_set_again_keeps_its_place)
{
    uint32_t key = 2;
    NUMBERS(dict);

    CHECK(put(&dict, 1, 1) == 1 && put(&dict, 2, 2) == 1);
    CHECK(put(&dict, 3, 3) == 1);

    CHECK(put(&dict, 1, 11) == 0);
    CHECK(counts(&dict, "123") && got(&dict, 1) == 11);
    CHECK(removed(&dict, 1) == 1 && removed(&dict, 1) == 0);
    CHECK(dict_contains(&dict, &key) == 1);
    CHECK(put(&dict, 1, 1) == 1);
    CHECK(counts(&dict, "231"));
    DONE(dict);
}

TEST(any_number_can_be_a_key_and_a_value)
{
    static const uint32_t keys[] = { 0xFFFFFFFF, 0xFFFFFFFE, 0x7FFFFFFF,
                                     0x80000000, 0 };
    uintptr_t value = 5;
    NUMBERS(dict);

    for (unsigned i = 0; i < 5; i++)
        CHECK(put(&dict, keys[i], (uintptr_t)0 - i) == 1);

    CHECK(dict_check(&dict) == ARENA_OK);
    for (unsigned i = 0; i < 5; i++) {
        CHECK(dict_find(&dict, &keys[i], &value) == 1);
        CHECK(value == (uintptr_t)0 - i);
        CHECK(dict_get(&dict, &keys[i], &value) == 1);
        CHECK(value == (uintptr_t)0 - i);
    }
    for (unsigned i = 0; i < 5; i++)
        CHECK(removed(&dict, keys[i]) == 1);
    DONE(dict);
}

TEST(setdefault_sets_only_what_is_absent)
{
    uintptr_t value = 0;
    uint32_t key = 7;
    NUMBERS(dict);

    CHECK(dict_setdefault(&dict, &key, 70, &value) == 1 && value == 70);
    CHECK(dict_setdefault(&dict, &key, 71, &value) == 0 && value == 70);
    CHECK(dict_setdefault(&dict, &key, 72, NULL) == 0);
    CHECK(got(&dict, 7) == 70);
    DONE(dict);
}

TEST(setdefault_that_fails_gives_nothing)
{
    uintptr_t value = 5;
    uint32_t key = 7;
    NUMBERS(dict);

    while (arena_alloc(dict.space->arena, 1) != NULL) {
    }
    before = used_of(dict.space->arena);
    CHECK(dict_setdefault(&dict, &key, 70, &value) == ARENA_ENOMEM);
    CHECK(value == 5 && dict_count(&dict) == 0);
    CHECK(used_of(dict.space->arena) == before);
}

TEST(pop_gives_the_value)
{
    uintptr_t value = 0;
    uint32_t key = 7;
    NUMBERS(dict);

    CHECK(put(&dict, 7, 70) == 1);
    CHECK(dict_pop(&dict, &key, &value) == 1 && value == 70);
    CHECK(dict_pop(&dict, &key, &value) == 0);
    CHECK(dict_count(&dict) == 0);
    DONE(dict);
}

TEST(popitem_takes_the_last)
{
    struct dict_item item;
    NUMBERS(dict);

    for (uint32_t i = 1; i <= 4; i++)
        CHECK(put(&dict, i, 10 * i) == 1);
    CHECK(removed(&dict, 3) == 1);

    CHECK(dict_popitem(&dict, &item) == 1);
    CHECK(*(const uint32_t *)item.key == 4 && item.value == 40);
    CHECK(dict_set(&dict, item.key, item.value) == 1);
    CHECK(counts(&dict, "124"));
    CHECK(dict_popitem(&dict, &item) == 1);
    CHECK(dict_popitem(&dict, &item) == 1);
    CHECK(*(const uint32_t *)item.key == 2 && item.value == 20);
    CHECK(dict_popitem(&dict, &item) == 1);
    CHECK(dict_popitem(&dict, &item) == 0);
    CHECK(dict_popitem(&dict, NULL) == ARENA_EINVAL);
    DONE(dict);
}

TEST(clear_gives_back_the_table)
{
    NUMBERS(dict);

    for (uint32_t i = 1; i <= 9; i++)
        CHECK(put(&dict, i, i) == 1);
    CHECK(dict_clear(&dict) == ARENA_OK);
    CHECK(dict_count(&dict) == 0 && used_of(&arena) == before);
    CHECK(put(&dict, 5, 5) == 1 && counts(&dict, "5"));
    DONE(dict);
}

TEST(a_copy_goes_its_own_way)
{
    struct dict copy;
    NUMBERS(dict);

    CHECK(dict_copy(&dict, &copy) == ARENA_OK && dict_count(&copy) == 0);
    for (uint32_t i = 1; i <= 5; i++)
        CHECK(put(&dict, i, i) == 1);
    CHECK(dict_copy(&dict, &copy) == ARENA_OK);
    CHECK(dict_equal(&dict, &copy) == 1);
    CHECK(dict.version != copy.version);

    CHECK(put(&copy, 1, 9) == 0 && removed(&dict, 2) == 1);
    CHECK(counts(&copy, "12345") && counts(&dict, "1345"));
    CHECK(got(&dict, 1) == 1);
    CHECK(dict_copy(&dict, &dict) == ARENA_EINVAL);
    CHECK(dict_destroy(&copy) == ARENA_OK);
    DONE(dict);
}

TEST(dicts_are_equal_whatever_their_order)
{
    struct dict other;
    NUMBERS(dict);

    CHECK(dict_init(&other, &space, &numbers) == ARENA_OK);
    CHECK(dict_equal(&dict, &other) == 1);
    for (uint32_t i = 1; i <= 4; i++)
        CHECK(put(&dict, i, i) == 1 && put(&other, 5 - i, 5 - i) == 1);

    CHECK(dict_equal(&dict, &other) == 1 && dict_equal(&dict, &dict) == 1);
    CHECK(put(&other, 1, 7) == 0 && dict_equal(&dict, &other) == 0);
    CHECK(put(&other, 1, 1) == 0 && put(&other, 6, 6) == 1);
    CHECK(dict_equal(&dict, &other) == 0);
    CHECK(removed(&other, 2) == 1 && dict_equal(&dict, &other) == 0);
    CHECK(dict_equal(&other, &dict) == 0);
    CHECK(dict_destroy(&other) == ARENA_OK);
    DONE(dict);
}

TEST(reserve_and_shrink_change_the_table_only)
{
    size_t used;
    NUMBERS(dict);

    CHECK(dict_reserve(&dict, 20) == ARENA_OK);
    used = used_of(&arena);
    for (uint32_t i = 1; i <= 20; i++)
        CHECK(put(&dict, i, i) == 1);
    CHECK(used_of(&arena) == used);
    for (uint32_t i = 4; i <= 20; i++)
        CHECK(removed(&dict, i) == 1);
    CHECK(dict_reserve(&dict, 3) == ARENA_OK && used_of(&arena) == used);

    CHECK(dict_shrink(&dict) == ARENA_OK);
    CHECK(used_of(&arena) < used && counts(&dict, "123"));
    CHECK(dict_shrink(&dict) == ARENA_OK && got(&dict, 3) == 3);
    for (uint32_t i = 1; i <= 3; i++)
        CHECK(removed(&dict, i) == 1);
    CHECK(dict_shrink(&dict) == ARENA_OK && used_of(&arena) == before);
    CHECK(dict_reserve(&dict, (size_t)-1) == ARENA_ENOMEM);
    DONE(dict);
}

TEST(null_and_dicts_that_are_none_are_refused)
{
    static const struct dict_type neither = { 0, 0, NULL, NULL, NULL };
    static const struct dict_type odd = { 4, 8, NULL, NULL, NULL };
    struct dict none;
    struct dict_item item;
    uint32_t key = 1;
    NUMBERS(dict);

    CHECK(dict_space_init(NULL, &arena) == ARENA_EINVAL);
    CHECK(dict_init(NULL, &space, &numbers) == ARENA_EINVAL);
    CHECK(dict_init(&none, NULL, &numbers) == ARENA_EINVAL);
    CHECK(dict_init(&none, &space, NULL) == ARENA_EINVAL);
    CHECK(dict_init(&none, &space, &neither) == ARENA_EINVAL);
    CHECK(dict_init(&none, &space, &odd) == ARENA_EINVAL);
    CHECK(dict_get(NULL, &key, NULL) == ARENA_EINVAL);
    CHECK(dict_get(&dict, NULL, NULL) == ARENA_EINVAL);
    CHECK(dict_set(NULL, &key, 1) == ARENA_EINVAL);
    CHECK(dict_set(&dict, NULL, 1) == ARENA_EINVAL);
    CHECK(put(&dict, 1, 1) == 1);
    CHECK(dict_get(&dict, NULL, NULL) == ARENA_EINVAL);
    CHECK(dict_set(&dict, NULL, 1) == ARENA_EINVAL);
    CHECK(dict_remove(&dict, NULL) == ARENA_EINVAL);
    CHECK(dict_update(&dict, NULL) == ARENA_EINVAL);
    CHECK(dict_equal(&dict, NULL) == ARENA_EINVAL);
    CHECK(dict_copy(NULL, &none) == ARENA_EINVAL);
    dict_iter_init(NULL, &dict);
    CHECK(dict_iter_next(NULL, NULL, NULL) == ARENA_EINVAL);
    CHECK(dict_destroy(&dict) == ARENA_OK);
    CHECK(dict_destroy(&dict) == ARENA_EINVAL);
    CHECK(put(&dict, 1, 1) == ARENA_EINVAL && dict_count(&dict) == 0);
    CHECK(dict_popitem(&dict, &item) == ARENA_EINVAL);
    CHECK(dict_check(&dict) == ARENA_EINVAL && used_of(&arena) == before);
}

TESTS = {
    RUN(a_new_dict_is_empty_and_costs_nothing),
    RUN(what_was_set_is_found_in_order),
    RUN(a_key_that_is_set_again_keeps_its_place),
    RUN(any_number_can_be_a_key_and_a_value),
    RUN(setdefault_sets_only_what_is_absent),
    RUN(setdefault_that_fails_gives_nothing),
    RUN(pop_gives_the_value),
    RUN(popitem_takes_the_last),
    RUN(clear_gives_back_the_table),
    RUN(a_copy_goes_its_own_way),
    RUN(dicts_are_equal_whatever_their_order),
    RUN(reserve_and_shrink_change_the_table_only),
    RUN(null_and_dicts_that_are_none_are_refused),
    TESTS_END
};
