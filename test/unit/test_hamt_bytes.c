/* Byte strings as keys and values. */
#include "hamt_text_test.h"

static bool start(struct hamt *map, struct arena *arena, enum mode mode,
                  unsigned char *memory, size_t size)
{
    EXPECT(arena_init(arena, memory, size) == ARENA_OK);
    EXPECT(hamt_init(map, arena, &text_types[mode]) == ARENA_OK);
    return true;
}

/* ---- What they may be ------------------------------------------------ */

TEST(strings_come_back_with_their_size_and_a_nul)
{
    struct arena arena;
    struct hamt map;
    MEMORY(memory, LITTLE);

    for (int mode = EPOCHS; mode < MODES; mode++) {
        start(&map, &arena, (enum mode)mode, memory, LITTLE);
        CHECK(put_text(&map, "AB", "one") == 1);
        CHECK(put_text(&map, "AC", "") == 1);
        CHECK(put_text(&map, "", "empty key") == 1);
        CHECK(put_text(&map, "AB", "three") == 0);

        CHECK(is_text(&map, "AB", "three") && is_text(&map, "AC", ""));
        CHECK(is_text(&map, "", "empty key") && !is_text(&map, "A", "one"));
        CHECK(hamt_count(&map) == 3 && is_sound(&map));
        CHECK(take_text_out(&map, "") == 1 && !is_text(&map, "", "empty key"));
        CHECK(take_text_out(&map, "") == 0 && is_sound(&map));
    }
}

TEST(strings_may_have_nuls_and_no_data)
{
    static const struct hamt_type type =
        HAMT_TYPE_WITH(struct text_entry, key, value,
                       HAMT_KEY_BYTES | HAMT_VALUE_BYTES, NULL, NULL, NULL,
                       NULL);
    const struct arena_bytes a = { "x\0a", 3 }, b = { "x\0b", 3 },
                             x = { "x", 1 }, none = { NULL, 0 };
    struct arena arena;
    struct hamt map;
    MEMORY(memory, LITTLE);

    arena_init(&arena, memory, LITTLE);
    CHECK(hamt_init(&map, &arena, &type) == ARENA_OK);
    CHECK(hamt_set(&map, &a, &b) == 1 && hamt_set(&map, &b, &none) == 1);
    CHECK(hamt_set(&map, &x, &a) == 1 && hamt_set(&map, &none, &x) == 1);

    CHECK(hamt_count(&map) == 4 && is_sound(&map));
    CHECK(memcmp(hamt_get(&map, &a), "x\0b", 4) == 0);
    CHECK(memcmp(hamt_get(&map, &x), "x\0a", 4) == 0);
    CHECK(hamt_bytes_size(hamt_get(&map, &x)) == 3);
    CHECK(hamt_bytes_size(hamt_get(&map, &b)) == 0);
    CHECK(memcmp(hamt_get(&map, &none), "x", 2) == 0);
}

TEST(a_string_too_large_for_an_arena_is_refused)
{
    struct arena arena;
    struct hamt map;
    struct arena_bytes key = { "A", 1 }, value = { "", SIZE_MAX };
    MEMORY(memory, LITTLE);

    start(&map, &arena, EPOCHS, memory, LITTLE);
    CHECK(hamt_set(&map, &key, &value) == ARENA_ENOMEM);
    value.size = (arena_ref)-1;
    CHECK(hamt_set(&map, &key, &value) == ARENA_ENOMEM);
    value.size = (arena_ref)-1 - sizeof(arena_ref) - 1;
    CHECK(hamt_set(&map, &key, &value) == ARENA_ENOMEM);
    CHECK(hamt_count(&map) == 0 && blocks_in(&arena) == 0);
}

/* Keys are strings and values are not, and the other way round. */
TEST(only_one_of_key_and_value_may_be_a_string)
{
    static const struct hamt_type types[] = {
        HAMT_TYPE_WITH(struct text_entry, key, value, HAMT_KEY_BYTES, NULL,
                       NULL, NULL, NULL),
        HAMT_TYPE_WITH(struct text_entry, key, value, HAMT_VALUE_BYTES, NULL,
                       NULL, NULL, NULL)
    };
    const struct arena_bytes text = { "text", 4 };
    const arena_ref number = 7;
    struct arena arena;
    struct hamt map;
    MEMORY(memory, LITTLE);

    arena_init(&arena, memory, LITTLE);
    hamt_init(&map, &arena, &types[0]);
    CHECK(hamt_set(&map, &text, &number) == 1);
    CHECK(*(const arena_ref *)hamt_get(&map, &text) == 7 && is_sound(&map));
    CHECK(blocks_in(&arena) == 2 && hamt_clear(&map) == ARENA_OK);
    hamt_init(&map, &arena, &types[1]);
    CHECK(hamt_set(&map, &number, &text) == 1);
    CHECK(memcmp(hamt_get(&map, &number), "text", 5) == 0 && is_sound(&map));
    CHECK(blocks_in(&arena) == 2 && hamt_clear(&map) == ARENA_OK);
    CHECK(blocks_in(&arena) == 0);
}

static int leave(void *user, const void *key, void *value)
{
    (void)user;
    (void)key;
    (void)value;
    return 0;
}

TEST(values_that_are_strings_can_not_be_edited)
{
    struct arena arena;
    struct hamt map;
    struct arena_bytes key = { "AB", 2 };
    void *place = NULL;
    MEMORY(memory, LITTLE);

    start(&map, &arena, EPOCHS, memory, LITTLE);
    put_text(&map, "AB", "text");
    CHECK(hamt_edit(&map, &key, &place) == ARENA_EINVAL);
    CHECK(hamt_insert(&map, &key, &place) == ARENA_EINVAL);
    CHECK(hamt_edit_all(&map, leave, NULL) == ARENA_EINVAL);
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
    struct arena arena;
    struct hamt set;
    struct hamt_iter iter;
    struct arena_bytes word;
    const void *key;
    MEMORY(memory, LITTLE);

    arena_init(&arena, memory, LITTLE);
    CHECK(hamt_init(&set, &arena, &type) == ARENA_OK);
    for (int i = 0; i < 5; i++) {
        make_bytes(&word, words[i]);
        CHECK(hamt_set(&set, &word, NULL) == 1);
        CHECK(hamt_set(&set, &word, NULL) == 0);
    }

    CHECK(is_sound(&set));
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
    struct arena arena;
    struct arena_epoch epoch;
    struct hamt map;
    MEMORY(memory, LITTLE);

    for (int mode = EPOCHS; mode < MODES; mode++) {
        start(&map, &arena, (enum mode)mode, memory, LITTLE);
        put_text(&map, "AB", "text");
        put_text(&map, "AC", "");
        arena_hold(&arena, &epoch);
        size_t used = used_in(&arena);
        arena_ref root = map.root;

        CHECK(put_text(&map, "AB", "text") == 0);
        CHECK(put_text(&map, "AC", "") == 0);
        CHECK(map.root == root && used_in(&arena) == used);
        CHECK(put_text(&map, "AB", "texu") == 0);
        CHECK((map.root == root) == (mode == COUNTED));
    }
}

TEST(replaced_strings_are_kept_for_the_hold_and_freed_with_it)
{
    struct arena arena;
    struct arena_epoch epoch;
    struct hamt map, old;
    MEMORY(memory, LITTLE);

    start(&map, &arena, EPOCHS, memory, LITTLE);
    put_text(&map, "AB", "one");
    put_text(&map, "AC", "two");
    CHECK(put_text(&map, "AC", "three") == 0 && blocks_in(&arena) == 5);
    old = map;
    arena_hold(&arena, &epoch);
    CHECK(put_text(&map, "AB", "four") == 0 && take_text_out(&map, "AC") == 1);

    CHECK(is_text(&old, "AB", "one") && is_text(&old, "AC", "three"));
    CHECK(is_text(&map, "AB", "four") && blocks_in(&arena) == 7);
    CHECK(arena_release(&arena, &epoch) == ARENA_OK);
    CHECK(arena_reclaim(&arena, SIZE_MAX) == 0 && blocks_in(&arena) == 3);
    CHECK(hamt_clear(&map) == ARENA_OK && blocks_in(&arena) == 0);
}

TEST(the_bytes_of_a_map_are_all_that_is_allocated)
{
    struct arena arena;
    struct hamt map;
    size_t used;
    MEMORY(memory, LITTLE);

    for (int mode = EPOCHS; mode < REGION; mode++) {
        start(&map, &arena, (enum mode)mode, memory, LITTLE);
        used = used_in(&arena);
        CHECK(put_text(&map, "AB", "a text of more bytes") == 1);
        CHECK(bytes_in(&map) == used_in(&arena) - used);
        CHECK(put_text(&map, "AC", "") == 1 && put_text(&map, "AD", "x") == 1);
        CHECK(bytes_in(&map) == used_in(&arena) - used);
        CHECK(take_text_out(&map, "AB") == 1);
        CHECK(bytes_in(&map) == used_in(&arena) - used);
    }
}

TEST(counted_versions_share_strings)
{
    struct arena arena;
    struct hamt map, next;
    struct arena_bytes key = { "AB", 2 }, value = { "other", 5 };
    MEMORY(memory, LITTLE);

    start(&map, &arena, COUNTED, memory, LITTLE);
    put_text(&map, "AB", "one");
    put_text(&map, "AC", "two");
    CHECK(blocks_in(&arena) == 5);
    CHECK(hamt_assoc(&map, &key, &value, &next) == 0);
    CHECK(blocks_in(&arena) == 7); /* a root and a value */
    CHECK(hamt_get(&map, &key) != hamt_get(&next, &key));

    CHECK(hamt_release(&map) == ARENA_OK && blocks_in(&arena) == 5);
    CHECK(is_text(&next, "AB", "other") && is_text(&next, "AC", "two"));
    CHECK(is_sound(&next));
    CHECK(hamt_release(&next) == ARENA_OK && blocks_in(&arena) == 0);
}

TEST(strings_are_given_back_once_if_a_handle_is_given_back_twice)
{
    struct arena arena;
    struct hamt map, again, next;
    struct arena_bytes key = { "AB", 2 }, value = { "other", 5 };
    MEMORY(memory, LITTLE);

    if (EAGER)
        LEAVE_OUT("it would read poisoned bytes");
    start(&map, &arena, COUNTED, memory, LITTLE);
    put_text(&map, "AB", "one");
    put_text(&map, "AC", "two");
    CHECK(hamt_assoc(&map, &key, &value, &next) == 0);
    again = map;
    CHECK(hamt_release(&map) == ARENA_OK && blocks_in(&arena) == 5);
    CHECK(hamt_release(&again) == ARENA_ESTALE);
    CHECK(hamt_clear(&again) == ARENA_ESTALE);

    CHECK(blocks_in(&arena) == 5 && is_sound(&next));
    CHECK(is_text(&next, "AB", "other") && is_text(&next, "AC", "two"));
    CHECK(hamt_release(&next) == ARENA_OK && blocks_in(&arena) == 0);
}

/* ---- Arguments from the map itself ------------------------------------- */

/* Sets and removes with keys and values that the change lets go of. */
TEST(arguments_may_point_into_the_map_that_changes)
{
    struct arena arena;
    struct hamt map;
    struct arena_bytes key, value;
    struct hamt_iter iter;
    const void *first;
    MEMORY(memory, LITTLE);

    for (int mode = EPOCHS; mode < MODES; mode++) {
        start(&map, &arena, (enum mode)mode, memory, LITTLE);
        put_text(&map, "AB", "one more");
        hamt_iter_init(&iter, &map);
        CHECK(hamt_iter_next(&iter, &first, &value.data) == 1);
        key.data = first;
        key.size = 2;
        value.data = (const char *)value.data + 4;
        value.size = 4;
        CHECK(hamt_set(&map, &key, &value) == 0);
        CHECK(is_text(&map, "AB", "more") && is_sound(&map));
        hamt_iter_init(&iter, &map);
        CHECK(hamt_iter_next(&iter, &key.data, NULL) == 1);
        CHECK(hamt_remove(&map, &key) == 1 && hamt_count(&map) == 0);
        CHECK(arena_check(&arena) == ARENA_OK);
    }
}

/* Each new key's value is one that the node has which the change replaces. */
TEST(numbers_may_point_into_the_map_that_changes)
{
    struct arena arena;
    struct hamt map;
    const void *key, *value;
    struct hamt_iter iter;
    char path[3] = "AA";
    MEMORY(memory, 2 * LITTLE);

    arena_init(&arena, memory, 2 * LITTLE);
    hamt_init(&map, &arena, &spelled_types[EPOCHS]);
    CHECK(put(&map, "AA", 77) == 1);
    for (path[1] = 'B'; path[1] < 'K'; path[1]++) {
        struct spelled next;

        spell(&next, path);
        hamt_iter_init(&iter, &map);
        CHECK(hamt_iter_next(&iter, NULL, &value) == 1);
        CHECK(hamt_set(&map, &next, value) == 1 && look_up(&map, path) == 77);
    }
    while (hamt_count(&map) > 0) {
        hamt_iter_init(&iter, &map);
        CHECK(hamt_iter_next(&iter, &key, NULL) == 1);
        CHECK(hamt_remove(&map, key) == 1 && is_sound(&map));
    }
    CHECK(blocks_in(&arena) == 0);
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

    start(&map, &arena, EPOCHS, memory, LITTLE);
    arena_init(&other, memory + LITTLE, LITTLE);
    put_text(&map, "AB", "one");
    put_text(&map, "AC", "two");
    put_text(&map, "AD", "three");
    CHECK(hamt_copy(&map, &other, &copy) == ARENA_OK && is_sound(&copy));
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

TESTS = { RUN(strings_come_back_with_their_size_and_a_nul),
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
