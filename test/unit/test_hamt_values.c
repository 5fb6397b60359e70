/* Values and sets: setting, finding, editing, clearing, in every mode. */
#include "hamt_test.h"

static const struct hamt_type number_sets[MODES] = {
    HAMT_SET_TYPE(uint32_t),
    HAMT_SET_TYPE_WITH(uint32_t, HAMT_COUNTED, NULL, NULL),
    HAMT_SET_TYPE_WITH(uint32_t, HAMT_REGION, NULL, NULL),
};

/* ---- Values ---------------------------------------------------------- */

TEST(set_find_and_remove_tell_what_was_there)
{
    ROOM_FOR(map, LITTLE);
    struct spelled key = { "A" };
    const void *found = NULL;

    for (int mode = EPOCHS; mode < MODES; mode++) {
        START(map, spelled_types[mode], LITTLE);
        CHECK(hamt_find(&map, &key, &found) == 0 && found == NULL);
        CHECK(hamt_get(&map, &key) == NULL && take_out(&map, "A") == 0);
        CHECK(put(&map, "A", 4) == 1 && hamt_count(&map) == 1);
        CHECK(put(&map, "A", 5) == 0 && hamt_count(&map) == 1);
        CHECK(hamt_find(&map, &key, NULL) == 1);
        CHECK(hamt_find(&map, &key, &found) == 1);
        CHECK(*(const uint32_t *)found == 5 && found == hamt_get(&map, &key));
        CHECK(take_out(&map, "A") == 1 && hamt_count(&map) == 0);
        CHECK(take_out(&map, "A") == 0 && map.root == 0);
        found = NULL;
    }
}

TEST(edit_gives_a_value_to_write_to)
{
    MAP(map, spelled_types[EPOCHS], LITTLE);
    struct arena_epoch epoch;
    struct hamt old;
    struct spelled key = { "A" };
    void *value = NULL;

    CHECK(hamt_edit(&map, &key, &value) == 0 && value == NULL);
    put(&map, "A", 4);
    CHECK(hamt_edit(&map, &key, &value) == 1 && *(uint32_t *)value == 4);
    *(uint32_t *)value = 5;
    old = map;
    arena_hold(&arena, &epoch);
    CHECK(hamt_edit(&map, &key, &value) == 1 && *(uint32_t *)value == 5);
    *(uint32_t *)value = 6;

    CHECK(look_up(&old, "A") == 5 && look_up(&map, "A") == 6);
    CHECK(hamt_edit(&map, &key, &value) == 1 && blocks_of(&arena) == 2);
    CHECK(value == hamt_get(&map, &key) && is_intact(&map));
}

TEST(insert_adds_a_value_of_zeros)
{
    ROOM_FOR(map, LITTLE);
    struct spelled key = { "A" };
    void *value = NULL;

    for (int mode = EPOCHS; mode < MODES; mode++) {
        START(map, spelled_types[mode], LITTLE);
        CHECK(hamt_insert(&map, &key, &value) == 1 && *(uint32_t *)value == 0);
        *(uint32_t *)value = 7;
        CHECK(look_up(&map, "A") == 7 && hamt_count(&map) == 1);
        CHECK(hamt_insert(&map, &key, &value) == 0 && *(uint32_t *)value == 7);
        *(uint32_t *)value = 8;
        CHECK(look_up(&map, "A") == 8 && hamt_count(&map) == 1);
        CHECK(is_intact(&map));
    }
}

/* Equal where the hashes are: A is the same as nothing. */
static int any_spelling(const struct hamt_type *type, const void *a,
                        const void *b)
{
    uint32_t of_a, of_b;

    spelled_hash(type, a, &of_a);
    spelled_hash(type, b, &of_b);
    return of_a == of_b;
}

TEST(a_key_that_is_there_stays_as_it_is)
{
    static const struct hamt_type type =
        HAMT_TYPE_WITH(struct spelled_entry, key, value, 0, spelled_hash,
                       any_spelling, NULL, NULL);
    MAP(map, type, LITTLE);

    put(&map, "AB1", 1);
    CHECK(put(&map, "AB1AAAA", 2) == 0);
    CHECK(is_spelled(&map, "AB1") && look_up(&map, "AB1AA") == 2);
}

/* ---- Keys of 4 bytes ------------------------------------------------- */

static int own_hash(const struct hamt_type *type, const void *key,
                    uint32_t *hash)
{
    (void)type;
    *hash = *(const uint32_t *)key % 100;
    return 0;
}

/* Numbers are the same but for the hundreds. */
static int own_equal(const struct hamt_type *type, const void *a, const void *b)
{
    (void)type;
    return *(const uint32_t *)a % 100 == *(const uint32_t *)b % 100;
}

struct word_entry {
    uint32_t key, value;
};

/* They have a short way of their own, but not with functions. */
TEST(keys_of_4_bytes_may_have_functions_of_their_own)
{
    static const struct hamt_type types[] = {
        HAMT_TYPE_WITH(struct word_entry, key, value, 0, own_hash, NULL, NULL,
                       NULL),
        HAMT_TYPE_WITH(struct word_entry, key, value, 0, own_hash, own_equal,
                       NULL, NULL),
    };
    ROOM_FOR(map, LITTLE);

    for (int i = 0; i < 2; i++) {
        START(map, types[i], LITTLE);
        for (uint32_t key = 0; key < 6; key++)
            CHECK(hamt_set(&map, &key, &key) == 1);
        for (uint32_t key = 0; key < 12; key++) {
            uint32_t other = key + 100;

            CHECK(hamt_find(&map, &key, NULL) == (key < 6));
            CHECK((hamt_get(&map, &other) != NULL) == (i == 1 && key < 6));
        }
        CHECK(is_intact(&map));
    }
}

/* ---- Sets ------------------------------------------------------------ */

TEST(a_set_has_keys_without_values)
{
    ROOM_FOR(set, LITTLE);
    const void *value;

    for (int mode = EPOCHS; mode < MODES; mode++) {
        START(set, number_sets[mode], LITTLE);
        for (uint32_t i = 0; i < 6; i++)
            CHECK(hamt_set(&set, &i, NULL) == 1);
        for (uint32_t i = 0; i < 12; i++)
            CHECK(hamt_find(&set, &i, &value) == (i < 6));
        for (uint32_t i = 0; i < 6; i++)
            CHECK(hamt_set(&set, &i, NULL) == 0 && hamt_get(&set, &i) != NULL);
        CHECK(hamt_count(&set) == 6 && is_intact(&set));
        for (uint32_t i = 0; i < 12; i++)
            CHECK(hamt_remove(&set, &i) == (i < 6));
        CHECK(hamt_count(&set) == 0);
    }
}

TEST(sets_are_compared_and_hashed_by_their_keys)
{
    MAP(a, number_sets[EPOCHS], LITTLE);
    ALSO(b, number_sets[COUNTED]);
    uint32_t hash_a, hash_b, key = 4, other = 9;

    for (uint32_t i = 0; i < 5; i++) {
        uint32_t reversed = 4 - i;

        hamt_set(&a, &i, NULL);
        hamt_set(&b, &reversed, NULL);
    }
    CHECK(hamt_equal(&a, &b) == 1);
    CHECK(hamt_hash(&a, &hash_a) == 0 && hamt_hash(&b, &hash_b) == 0);
    CHECK(hash_a == hash_b && hash_a != 0);

    CHECK(hamt_remove(&b, &key) == 1 && hamt_set(&b, &other, NULL) == 1);
    CHECK(hamt_equal(&a, &b) == 0);
    CHECK(hamt_hash(&b, &hash_b) == 0 && hash_a != hash_b);
}

/* ---- All values ------------------------------------------------------ */

struct visit {
    struct arena *arena;
    size_t blocks; /* at the first call */
    int calls;
    int stop_at;
};

static int visit(void *user, const void *key, void *value)
{
    struct visit *visit = user;

    if (visit->calls == 0)
        visit->blocks = blocks_of(visit->arena);
    if (visit->blocks != blocks_of(visit->arena))
        return -1001;
    if (((const struct spelled *)key)->path[0] != 'A' + visit->calls / 3)
        return -1002;
    ++*(uint32_t *)value;
    return ++visit->calls == visit->stop_at ? 42 : 0;
}

static const char *const six[] = { "AA", "AB", "AC", "BA", "BB", "BC" };

TEST(edit_all_gives_each_value_to_write_to)
{
    ROOM_FOR(map, LITTLE);
    struct arena_epoch epoch;
    struct hamt old;

    for (int mode = EPOCHS; mode < MODES; mode++) {
        struct visit all = { &arena, 0, 0, 0 };

        START(map, spelled_types[mode], LITTLE);
        CHECK(hamt_edit_all(&map, visit, &all) == 0 && all.calls == 0);
        for (uint32_t i = 0; i < 6; i++)
            CHECK(put(&map, six[i], i) == 1);
        if (mode == COUNTED)
            CHECK(hamt_retain(&map, &old) == ARENA_OK);
        else
            old = map;
        arena_hold(&arena, &epoch);
        CHECK(hamt_edit_all(&map, visit, &all) == 0 && all.calls == 6);
        for (uint32_t i = 0; i < 6; i++) {
            CHECK(look_up(&map, six[i]) == i + 1);
            CHECK(i == 0 || look_up(&old, six[i]) == i);
        }
        CHECK(is_intact(&map) && hamt_check(&old) == ARENA_OK);
    }
}

TEST(edit_all_stops_where_it_is_told_to)
{
    MAP(map, spelled_types[EPOCHS], LITTLE);
    struct arena_epoch epoch;

    for (uint32_t i = 0; i < 6; i++)
        put(&map, six[i], 10);
    arena_hold(&arena, &epoch);
    for (int stop_at = 1; stop_at <= 6; stop_at++) {
        struct visit some = { &arena, 0, 0, stop_at };
        struct hamt edited;

        edited = map;
        CHECK(hamt_edit_all(&edited, visit, &some) == 42);
        CHECK(some.calls == stop_at && is_intact(&edited));
        for (int i = 0; i < 6; i++)
            CHECK(look_up(&edited, six[i]) == (i < stop_at ? 11u : 10u));
        CHECK(arena_rollback(&arena, &epoch) == ARENA_OK);
    }
    CHECK(is_intact(&map) && blocks_of(&arena) == 3);
}

TEST(clear_leaves_held_versions_as_they_were)
{
    MAP(map, spelled_types[EPOCHS], LITTLE);
    struct arena_epoch epoch;
    struct hamt old;

    for (uint32_t i = 0; i < 6; i++)
        put(&map, six[i], i + 1);
    old = map;
    arena_hold(&arena, &epoch);
    CHECK(hamt_clear(&map) == ARENA_OK);

    CHECK(hamt_count(&map) == 0 && map.root == 0);
    CHECK(hamt_clear(&map) == ARENA_OK);
    CHECK(hamt_count(&old) == 6 && look_up(&old, "BC") == 6);
    CHECK(put(&map, "X", 1) == 1 && is_intact(&map));
    CHECK(arena_release(&arena, &epoch) == ARENA_OK);
    CHECK(arena_reclaim(&arena, SIZE_MAX) == 0 && blocks_of(&arena) == 1);
}

TESTS = { RUN(set_find_and_remove_tell_what_was_there),
          RUN(edit_gives_a_value_to_write_to),
          RUN(insert_adds_a_value_of_zeros),
          RUN(a_key_that_is_there_stays_as_it_is),
          RUN(keys_of_4_bytes_may_have_functions_of_their_own),
          RUN(a_set_has_keys_without_values),
          RUN(sets_are_compared_and_hashed_by_their_keys),
          RUN(edit_all_gives_each_value_to_write_to),
          RUN(edit_all_stops_where_it_is_told_to),
          RUN(clear_leaves_held_versions_as_they_were),
          TESTS_END };
