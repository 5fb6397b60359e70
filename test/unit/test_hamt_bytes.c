/* Byte strings as keys and values. */
#include "hamt_text_test.h"

/* ---- What they may be ------------------------------------------------ */

TEST(strings_come_back_with_their_size_and_a_nul)
{
    ROOM_FOR(map, LITTLE);

    for (int mode = EPOCHS; mode < MODES; mode++) {
        START(map, text_types[mode], LITTLE);
        CHECK(put_text(&map, "AB", "one") == 1);
        CHECK(put_text(&map, "AC", "") == 1);
        CHECK(put_text(&map, "", "empty key") == 1);
        CHECK(put_text(&map, "AB", "three") == 0);

        CHECK(is_text(&map, "AB", "three") && is_text(&map, "AC", ""));
        CHECK(is_text(&map, "", "empty key") && !is_text(&map, "A", "one"));
        CHECK(hamt_count(&map) == 3 && is_intact(&map));
        CHECK(take_text_out(&map, "") == 1 && !is_text(&map, "", "empty key"));
        CHECK(take_text_out(&map, "") == 0 && is_intact(&map));
    }
}

TEST(strings_may_have_nuls_and_no_data)
{
    static const struct hamt_type type = HAMT_TYPE_WITH(
        struct text_entry, key, value, HAMT_KEY_BYTES | HAMT_VALUE_BYTES, NULL,
        NULL, NULL, NULL);
    MAP(map, type, LITTLE);
    const struct arena_bytes a = { "x\0a", 3 }, b = { "x\0b", 3 },
                             x = { "x", 1 }, none = { NULL, 0 };

    CHECK(hamt_set(&map, &a, &b) == 1 && hamt_set(&map, &b, &none) == 1);
    CHECK(hamt_set(&map, &x, &a) == 1 && hamt_set(&map, &none, &x) == 1);

    CHECK(hamt_count(&map) == 4 && is_intact(&map));
    CHECK(memcmp(hamt_get(&map, &a), "x\0b", 4) == 0);
    CHECK(memcmp(hamt_get(&map, &x), "x\0a", 4) == 0);
    CHECK(hamt_bytes_size(hamt_get(&map, &x)) == 3);
    CHECK(hamt_bytes_size(hamt_get(&map, &b)) == 0);
    CHECK(memcmp(hamt_get(&map, &none), "x", 2) == 0);
}

TEST(a_string_too_large_for_an_arena_is_refused)
{
    MAP(map, text_types[EPOCHS], LITTLE);
    struct arena_bytes key = { "A", 1 }, value = { "", SIZE_MAX };

    CHECK(hamt_set(&map, &key, &value) == ARENA_ENOMEM);
    value.size = (arena_ref)-1;
    CHECK(hamt_set(&map, &key, &value) == ARENA_ENOMEM);
    value.size = (arena_ref)-1 - sizeof(arena_ref) - 1;
    CHECK(hamt_set(&map, &key, &value) == ARENA_ENOMEM);
    CHECK(hamt_count(&map) == 0 && blocks_of(&arena) == 0);
}

/* Keys are strings and values are not, and the other way round. */
TEST(only_one_of_key_and_value_may_be_a_string)
{
    static const struct hamt_type of_keys = HAMT_TYPE_WITH(
        struct text_entry, key, value, HAMT_KEY_BYTES, NULL, NULL, NULL, NULL);
    static const struct hamt_type of_values =
        HAMT_TYPE_WITH(struct text_entry, key, value, HAMT_VALUE_BYTES, NULL,
                       NULL, NULL, NULL);
    MAP(map, of_keys, LITTLE);
    const struct arena_bytes text = { "text", 4 };
    const arena_ref number = 7;

    CHECK(hamt_set(&map, &text, &number) == 1);
    CHECK(*(const arena_ref *)hamt_get(&map, &text) == 7 && is_intact(&map));
    CHECK(blocks_of(&arena) == 2 && hamt_clear(&map) == ARENA_OK);

    hamt_init(&map, &arena, &of_values);
    CHECK(hamt_set(&map, &number, &text) == 1);
    CHECK(memcmp(hamt_get(&map, &number), "text", 5) == 0 && is_intact(&map));
    CHECK(blocks_of(&arena) == 2 && hamt_clear(&map) == ARENA_OK);
    CHECK(blocks_of(&arena) == 0);
}

TEST(values_that_are_strings_can_not_be_edited)
{
    MAP(map, text_types[EPOCHS], LITTLE);
    struct arena_bytes key = { "AB", 2 };
    void *place = NULL;

    put_text(&map, "AB", "text");
    CHECK(hamt_edit(&map, &key, &place) == ARENA_EINVAL);
    CHECK(hamt_insert(&map, &key, &place) == ARENA_EINVAL);
    CHECK(hamt_edit_all(&map, leave_value, NULL) == ARENA_EINVAL);
    key.data = "XX";
    CHECK(hamt_insert(&map, &key, &place) == ARENA_EINVAL && place == NULL);
    CHECK(hamt_count(&map) == 1 && is_text(&map, "AB", "text"));
}

TEST(a_set_of_strings_has_them_in_order)
{
    static const struct hamt_type type =
        HAMT_SET_TYPE_WITH(arena_ref, HAMT_KEY_BYTES, text_hash, NULL);
    static const char *const words[] = { "C", "AB", "ABC", "B", "AA" };
    static const char *const sorted[] = { "AA", "AB", "ABC", "B", "C" };
    MAP(set, type, LITTLE);
    struct hamt_iter iter;
    struct arena_bytes word;
    const void *key;

    for (int i = 0; i < 5; i++) {
        make_bytes(&word, words[i]);
        CHECK(hamt_set(&set, &word, NULL) == 1);
        CHECK(hamt_set(&set, &word, NULL) == 0);
    }

    CHECK(is_intact(&set));
    hamt_iter_init(&iter, &set);
    for (int i = 0; i < 5; i++) {
        make_bytes(&word, sorted[i]);
        CHECK(hamt_iter_next(&iter, &key, NULL) == 1);
        CHECK(hamt_bytes_size(key) == word.size);
        CHECK(memcmp(key, sorted[i], word.size + 1) == 0);
    }
}

/* ---- Their memory ---------------------------------------------------- */

TEST(setting_the_same_string_changes_nothing)
{
    ROOM_FOR(map, LITTLE);
    struct arena_epoch epoch;

    for (int mode = EPOCHS; mode < MODES; mode++) {
        START(map, text_types[mode], LITTLE);
        put_text(&map, "AB", "text");
        put_text(&map, "AC", "");
        arena_hold(&arena, &epoch);
        size_t used = used_of(&arena);
        arena_ref root = map.root;

        CHECK(put_text(&map, "AB", "text") == 0);
        CHECK(put_text(&map, "AC", "") == 0);
        CHECK(map.root == root && used_of(&arena) == used);
        CHECK(put_text(&map, "AB", "texu") == 0);
        CHECK((map.root == root) == (mode == COUNTED));
    }
}

TEST(replaced_strings_are_kept_for_the_hold_and_freed_with_it)
{
    MAP(map, text_types[EPOCHS], LITTLE);
    struct arena_epoch epoch;
    struct hamt old;

    put_text(&map, "AB", "one");
    put_text(&map, "AC", "two");
    CHECK(put_text(&map, "AC", "three") == 0 && blocks_of(&arena) == 5);
    old = map;
    arena_hold(&arena, &epoch);
    CHECK(put_text(&map, "AB", "four") == 0 && take_text_out(&map, "AC") == 1);

    CHECK(is_text(&old, "AB", "one") && is_text(&old, "AC", "three"));
    CHECK(is_text(&map, "AB", "four") && blocks_of(&arena) == 7);
    CHECK(arena_release(&arena, &epoch) == ARENA_OK);
    CHECK(arena_reclaim(&arena, SIZE_MAX) == 0 && blocks_of(&arena) == 3);
    CHECK(hamt_clear(&map) == ARENA_OK && blocks_of(&arena) == 0);
}

TEST(the_bytes_of_a_map_are_all_that_is_allocated)
{
    ROOM_FOR(map, LITTLE);
    size_t used;

    for (int mode = EPOCHS; mode < REGION; mode++) {
        START(map, text_types[mode], LITTLE);
        used = used_of(&arena);
        CHECK(put_text(&map, "AB", "a text of more bytes") == 1);
        CHECK(bytes_in(&map) == used_of(&arena) - used);
        CHECK(put_text(&map, "AC", "") == 1 && put_text(&map, "AD", "x") == 1);
        CHECK(bytes_in(&map) == used_of(&arena) - used);
        CHECK(take_text_out(&map, "AB") == 1);
        CHECK(bytes_in(&map) == used_of(&arena) - used);
    }
}

TEST(counted_versions_share_strings)
{
    MAP(map, text_types[COUNTED], LITTLE);
    struct hamt next;
    struct arena_bytes key = { "AB", 2 }, value = { "other", 5 };

    put_text(&map, "AB", "one");
    put_text(&map, "AC", "two");
    CHECK(blocks_of(&arena) == 5);
    CHECK(hamt_assoc(&map, &key, &value, &next) == 0);
    CHECK(blocks_of(&arena) == 7); /* a root and a value */
    CHECK(hamt_get(&map, &key) != hamt_get(&next, &key));

    CHECK(hamt_release(&map) == ARENA_OK && blocks_of(&arena) == 5);
    CHECK(is_text(&next, "AB", "other") && is_text(&next, "AC", "two"));
    CHECK(is_intact(&next));
    CHECK(hamt_release(&next) == ARENA_OK && blocks_of(&arena) == 0);
}

TEST(strings_are_given_back_once_if_a_handle_is_given_back_twice)
{
    MAP(map, text_types[COUNTED], LITTLE);
    struct hamt again, next;
    struct arena_bytes key = { "AB", 2 }, value = { "other", 5 };

    if (EAGER)
        LEAVE_OUT("it would read poisoned bytes");
    put_text(&map, "AB", "one");
    put_text(&map, "AC", "two");
    CHECK(hamt_assoc(&map, &key, &value, &next) == 0);
    again = map;
    CHECK(hamt_release(&map) == ARENA_OK && blocks_of(&arena) == 5);
    CHECK(hamt_release(&again) == ARENA_ESTALE);
    CHECK(hamt_clear(&again) == ARENA_ESTALE);

    CHECK(blocks_of(&arena) == 5 && is_intact(&next));
    CHECK(is_text(&next, "AB", "other") && is_text(&next, "AC", "two"));
    CHECK(hamt_release(&next) == ARENA_OK && blocks_of(&arena) == 0);
}

/* ---- Arguments from the map itself ----------------------------------- */

/* Sets and removes with keys and values that the change lets go of. */
TEST(arguments_may_point_into_the_map_that_changes)
{
    ROOM_FOR(map, LITTLE);
    struct arena_bytes key = { NULL, 2 }, value = { NULL, 4 };

    for (int mode = EPOCHS; mode < MODES; mode++) {
        START(map, text_types[mode], LITTLE);
        put_text(&map, "AB", "one more");
        CHECK(first_entry(&map, &key.data, &value.data) == 1);
        value.data = (const char *)value.data + 4;
        CHECK(hamt_set(&map, &key, &value) == 0);
        CHECK(is_text(&map, "AB", "more") && is_intact(&map));
        CHECK(first_entry(&map, &key.data, NULL) == 1);
        CHECK(hamt_remove(&map, &key) == 1 && hamt_count(&map) == 0);
        CHECK(arena_check(&arena) == ARENA_OK);
    }
}

/* Each new key's value is one that the node has which the change replaces. */
TEST(numbers_may_point_into_the_map_that_changes)
{
    MAP(map, spelled_types[EPOCHS], 2 * LITTLE);
    const void *key, *value;
    char path[3] = "AA";

    CHECK(put(&map, "AA", 77) == 1);
    for (path[1] = 'B'; path[1] < 'K'; path[1]++) {
        struct spelled next;

        spell(&next, path);
        CHECK(first_entry(&map, NULL, &value) == 1);
        CHECK(hamt_set(&map, &next, value) == 1 && look_up(&map, path) == 77);
    }
    while (hamt_count(&map) > 0) {
        CHECK(first_entry(&map, &key, NULL) == 1);
        CHECK(hamt_remove(&map, key) == 1 && is_intact(&map));
    }
    CHECK(blocks_of(&arena) == 0);
}

/* ---- Whole maps ------------------------------------------------------ */

TEST(maps_of_strings_are_compared_hashed_and_copied)
{
    struct arena arena, other;
    struct hamt map, copy;
    struct hamt_diff diff;
    struct hamt_change change;
    uint32_t of_map = 1, of_copy = 2, changed = 3;
    MEMORY(memory, 2 * LITTLE);

    CHECK(start_map(&map, &arena, &text_types[EPOCHS], memory, LITTLE));
    arena_init(&other, memory + LITTLE, LITTLE);
    put_text(&map, "AB", "one");
    put_text(&map, "AC", "two");
    put_text(&map, "AD", "three");
    CHECK(hamt_copy(&map, &other, &copy) == ARENA_OK && is_intact(&copy));
    CHECK(hamt_equal(&map, &copy) == 1);
    CHECK(hamt_hash(&map, &of_map) == 0 && hamt_hash(&copy, &of_copy) == 0);
    CHECK(of_map == of_copy);

    CHECK(put_text(&copy, "AC", "2") == 0 && hamt_equal(&map, &copy) == 0);
    hamt_diff_init(&diff, &map, &copy);
    CHECK(hamt_diff_next(&diff, &change) == 1 && change.kind == HAMT_CHANGED);
    CHECK(memcmp(change.key, "AC", 3) == 0);
    CHECK(memcmp(change.before, "two", 4) == 0);
    CHECK(memcmp(change.after, "2", 2) == 0);
    CHECK(hamt_diff_next(&diff, &change) == 0);
    CHECK(hamt_rehash(&map, of_map, &copy, &changed) == 0);
    CHECK(hamt_hash(&copy, &of_copy) == 0 && changed == of_copy);
}

/* Two arenas with the same history: strings lie at the same references. */
TEST(other_strings_at_the_same_references_are_other_strings)
{
    struct arena arena, other;
    struct hamt a, b;
    struct hamt_diff diff;
    struct hamt_change change;
    MEMORY(memory, 2 * LITTLE);

    CHECK(start_map(&a, &arena, &text_types[EPOCHS], memory, LITTLE));
    CHECK(start_map(&b, &other, &text_types[EPOCHS], memory + LITTLE, LITTLE));
    CHECK(put_text(&a, "AB", "one") == 1 && put_text(&b, "AB", "two") == 1);
    CHECK(put_text(&a, "AC", "red") == 1 && put_text(&b, "AC", "red") == 1);
    CHECK(a.root == b.root);

    CHECK(hamt_equal(&a, &b) == 0);
    hamt_diff_init(&diff, &a, &b);
    CHECK(hamt_diff_next(&diff, &change) == 1 && change.kind == HAMT_CHANGED);
    CHECK(memcmp(change.before, "one", 4) == 0);
    CHECK(memcmp(change.after, "two", 4) == 0);
    CHECK(hamt_diff_next(&diff, &change) == 0);
}

TESTS = { RUN(other_strings_at_the_same_references_are_other_strings),
          RUN(strings_come_back_with_their_size_and_a_nul),
          RUN(strings_may_have_nuls_and_no_data),
          RUN(a_string_too_large_for_an_arena_is_refused),
          RUN(only_one_of_key_and_value_may_be_a_string),
          RUN(values_that_are_strings_can_not_be_edited),
          RUN(a_set_of_strings_has_them_in_order),
          RUN(setting_the_same_string_changes_nothing),
          RUN(replaced_strings_are_kept_for_the_hold_and_freed_with_it),
          RUN(the_bytes_of_a_map_are_all_that_is_allocated),
          RUN(counted_versions_share_strings),
          RUN(strings_are_given_back_once_if_a_handle_is_given_back_twice),
          RUN(arguments_may_point_into_the_map_that_changes),
          RUN(numbers_may_point_into_the_map_that_changes),
          RUN(maps_of_strings_are_compared_hashed_and_copied),
          TESTS_END };
