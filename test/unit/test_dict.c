/* The dict's calls on general keys, each once, and misused. */
#include "dict_test.h"

enum { ROOM = 1000 };

TEST(a_new_dict_is_empty_and_costs_nothing)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    uint32_t key = 1;

    CHECK(used_of(&arena) == before);
    CHECK(dict_count(&dict) == 0);
    CHECK(dict_get(&dict, &key, NULL) == 0);
    CHECK(dict_remove(&dict, &key) == 0);
    CHECK(dict_clear(&dict) == ARENA_OK);
    CHECK(counts(&dict, ""));
    CHECK(ends_empty(&dict, before));
}

TEST(what_was_set_is_found_in_order)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);

    for (uint32_t i = 0; i < 9; i++)
        CHECK(put(&dict, 9 - i, 100 + i) == 1);

    CHECK(dict_count(&dict) == 9);
    for (uint32_t i = 0; i < 9; i++)
        CHECK(got(&dict, 9 - i) == 100 + i);
    CHECK(got(&dict, 0) == 0);
    CHECK(counts(&dict, "987654321"));
    CHECK(ends_empty(&dict, before));
}

TEST(a_key_that_is_set_again_keeps_its_place)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    uint32_t key = 2;

    CHECK(put_all(&dict, 1, 3));

    CHECK(put(&dict, 1, 11) == 0);
    CHECK(counts(&dict, "123") && got(&dict, 1) == 11);
    CHECK(removed(&dict, 1) == 1 && removed(&dict, 1) == 0);
    CHECK(dict_contains(&dict, &key) == 1);
    CHECK(put(&dict, 1, 1) == 1);
    CHECK(counts(&dict, "231"));
    CHECK(ends_empty(&dict, before));
}

TEST(any_number_can_be_a_key_and_a_value)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    static const uint32_t keys[] = { 0xFFFFFFFF, 0xFFFFFFFE, 0x7FFFFFFF,
                                     0x80000000, 0 };
    uintptr_t value = 5;

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
    CHECK(ends_empty(&dict, before));
}

TEST(setdefault_sets_only_what_is_absent)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    uintptr_t value = 0;
    uint32_t key = 7;

    CHECK(dict_setdefault(&dict, &key, 70, &value) == 1 && value == 70);
    CHECK(dict_setdefault(&dict, &key, 71, &value) == 0 && value == 70);
    CHECK(dict_setdefault(&dict, &key, 72, NULL) == 0);
    CHECK(got(&dict, 7) == 70);
    CHECK(ends_empty(&dict, before));
}

TEST(setdefault_that_fails_gives_nothing)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    uintptr_t value = 5;
    uint32_t key = 7;
    size_t full;

    use_up(&arena);
    full = used_of(&arena);

    CHECK(dict_setdefault(&dict, &key, 70, &value) == ARENA_ENOMEM);
    CHECK(value == 5 && dict_count(&dict) == 0);
    CHECK(used_of(&arena) == full);
}

TEST(pop_gives_the_value)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    uintptr_t value = 0;
    uint32_t key = 7;

    CHECK(put(&dict, 7, 70) == 1);
    CHECK(dict_pop(&dict, &key, &value) == 1 && value == 70);
    CHECK(dict_pop(&dict, &key, &value) == 0);
    CHECK(dict_count(&dict) == 0);
    CHECK(ends_empty(&dict, before));
}

TEST(popitem_takes_the_last)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    struct dict_item item;

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
    CHECK(ends_empty(&dict, before));
}

TEST(pop_first_takes_the_oldest)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    struct dict_item item;

    CHECK(dict_pop_first(&dict, &item) == 0 && put_all(&dict, 1, 5));
    CHECK(removed(&dict, 2) == 1);

    CHECK(dict_pop_first(&dict, &item) == 1);
    CHECK(*(const uint32_t *)item.key == 1 && item.value == 1);
    CHECK(dict_set(&dict, item.key, item.value) == 1);
    CHECK(counts(&dict, "3451") && dict_check(&dict) == ARENA_OK);
    for (unsigned left = 3; left > 0; left--)
        CHECK(dict_pop_first(&dict, &item) == 1);
    CHECK(item.value == 5 && dict_popitem(&dict, &item) == 1);
    CHECK(item.value == 1 && dict_pop_first(&dict, &item) == 0);
    CHECK(put(&dict, 6, 6) == 1 && dict_pop_first(&dict, &item) == 1);
    CHECK(item.value == 6 && dict_pop_first(&dict, NULL) == ARENA_EINVAL);
    CHECK(ends_empty(&dict, before));
}

TEST(a_copy_and_a_smaller_table_know_the_oldest)
{
    SPACE(space, 2 * ROOM);
    DICT(dict, space, numbers);
    struct dict_item item;
    struct dict copy;

    CHECK(put_all(&dict, 1, 9) && remove_all(&dict, 1, 2));
    CHECK(dict_copy(&dict, &copy) == ARENA_OK);
    CHECK(dict_check(&copy) == ARENA_OK);
    CHECK(dict_pop_first(&copy, &item) == 1 && item.value == 3);
    CHECK(remove_all(&copy, 4, 7) && dict_shrink(&copy) == ARENA_OK);
    CHECK(dict_check(&copy) == ARENA_OK);
    CHECK(dict_pop_first(&copy, &item) == 1 && item.value == 8);
    CHECK(counts(&copy, "9") && counts(&dict, "3456789"));
    CHECK(dict_destroy(&copy) == ARENA_OK);
    CHECK(ends_empty(&dict, before));
}

TEST(clear_gives_back_the_table)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);

    CHECK(put_all(&dict, 1, 9));
    CHECK(dict_clear(&dict) == ARENA_OK);
    CHECK(dict_count(&dict) == 0 && used_of(&arena) == before);
    CHECK(put(&dict, 5, 5) == 1 && counts(&dict, "5"));
    CHECK(ends_empty(&dict, before));
}

TEST(a_copy_goes_its_own_way)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    struct dict copy;

    CHECK(dict_copy(&dict, &copy) == ARENA_OK && dict_count(&copy) == 0);
    CHECK(put_all(&dict, 1, 5));
    CHECK(dict_copy(&dict, &copy) == ARENA_OK);
    CHECK(dict_equal(&dict, &copy) == 1);
    CHECK(dict.version != copy.version);

    CHECK(put(&copy, 1, 9) == 0 && removed(&dict, 2) == 1);
    CHECK(counts(&copy, "12345") && counts(&dict, "1345"));
    CHECK(got(&dict, 1) == 1);
    CHECK(dict_copy(&dict, &dict) == ARENA_EINVAL);
    CHECK(dict_destroy(&copy) == ARENA_OK);
    CHECK(ends_empty(&dict, before));
}

TEST(dicts_are_equal_whatever_their_order)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    DICT(other, space, numbers);

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
    CHECK(ends_empty(&dict, before));
}

TEST(reserve_and_shrink_change_the_table_only)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    size_t used;

    CHECK(dict_reserve(&dict, 20) == ARENA_OK);
    used = used_of(&arena);
    CHECK(put_all(&dict, 1, 20));
    CHECK(used_of(&arena) == used);
    CHECK(remove_all(&dict, 4, 20));
    CHECK(dict_reserve(&dict, 3) == ARENA_OK && used_of(&arena) == used);

    CHECK(dict_shrink(&dict) == ARENA_OK);
    CHECK(used_of(&arena) < used && counts(&dict, "123"));
    CHECK(dict_shrink(&dict) == ARENA_OK && got(&dict, 3) == 3);
    CHECK(remove_all(&dict, 1, 3));
    CHECK(dict_shrink(&dict) == ARENA_OK && used_of(&arena) == before);
    CHECK(dict_reserve(&dict, (size_t)-1) == ARENA_ENOMEM);
    CHECK(ends_empty(&dict, before));
}

static bool inits_refuse_null_and_odd_types(struct dict_space *space)
{
    static const struct dict_type neither = { 0, 0, NULL, NULL, NULL };
    static const struct dict_type odd = { 4, 8, NULL, NULL, NULL };
    struct dict none;

    EXPECT(dict_space_init(NULL, space->arena) == ARENA_EINVAL);
    EXPECT(dict_init(NULL, space, &numbers) == ARENA_EINVAL);
    EXPECT(dict_init(&none, NULL, &numbers) == ARENA_EINVAL);
    EXPECT(dict_init(&none, space, NULL) == ARENA_EINVAL);
    EXPECT(dict_init(&none, space, &neither) == ARENA_EINVAL);
    EXPECT(dict_init(&none, space, &odd) == ARENA_EINVAL);
    return true;
}

static bool calls_refuse_null(struct dict *dict)
{
    struct dict none;
    uint32_t key = 1;

    EXPECT(dict_get(NULL, &key, NULL) == ARENA_EINVAL);
    EXPECT(dict_get(dict, NULL, NULL) == ARENA_EINVAL);
    EXPECT(dict_set(NULL, &key, 1) == ARENA_EINVAL);
    EXPECT(dict_set(dict, NULL, 1) == ARENA_EINVAL);
    EXPECT(put(dict, 1, 1) == 1);
    EXPECT(dict_get(dict, NULL, NULL) == ARENA_EINVAL);
    EXPECT(dict_set(dict, NULL, 1) == ARENA_EINVAL);
    EXPECT(dict_remove(dict, NULL) == ARENA_EINVAL);
    EXPECT(dict_update(dict, NULL) == ARENA_EINVAL);
    EXPECT(dict_equal(dict, NULL) == ARENA_EINVAL);
    EXPECT(dict_copy(NULL, &none) == ARENA_EINVAL);
    dict_iter_init(NULL, dict);
    EXPECT(dict_iter_next(NULL, NULL, NULL) == ARENA_EINVAL);
    return true;
}

TEST(null_and_dicts_that_are_none_are_refused)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    struct dict_item item;

    CHECK(inits_refuse_null_and_odd_types(&space));
    CHECK(calls_refuse_null(&dict));
    CHECK(dict_destroy(&dict) == ARENA_OK);

    CHECK(dict_destroy(&dict) == ARENA_EINVAL);
    CHECK(put(&dict, 1, 1) == ARENA_EINVAL && dict_count(&dict) == 0);
    CHECK(dict_popitem(&dict, &item) == ARENA_EINVAL);
    CHECK(dict_pop_first(&dict, &item) == ARENA_EINVAL);
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
    RUN(pop_first_takes_the_oldest),
    RUN(a_copy_and_a_smaller_table_know_the_oldest),
    RUN(clear_gives_back_the_table),
    RUN(a_copy_goes_its_own_way),
    RUN(dicts_are_equal_whatever_their_order),
    RUN(reserve_and_shrink_change_the_table_only),
    RUN(null_and_dicts_that_are_none_are_refused),
    TESTS_END,
};
