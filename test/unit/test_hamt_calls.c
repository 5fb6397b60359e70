/* The calls of maps: what they refuse, what modes have, typed wrappers. */
#include "hamt_test.h"

HAMT_DEFINE(scores, uint16_t, uint32_t);

/* ---- Types ----------------------------------------------------------- */

static bool is_refused(const struct hamt_type *type)
{
    struct hamt map = { NULL, NULL, 7, 7 };
    struct arena arena = { 0 };

    EXPECT(hamt_init(&map, &arena, type) == ARENA_EINVAL);
    EXPECT(map.arena == NULL && map.root == 7 && map.count == 7);
    return true;
}

static bool is_taken(const struct hamt_type *type)
{
    struct hamt map = { NULL, NULL, 7, 7 };
    struct arena arena = { 0 };

    EXPECT(hamt_init(&map, &arena, type) == ARENA_OK);
    return true;
}

TEST(types_without_keys_or_with_too_large_entries_are_refused)
{
    const struct hamt_type good = HAMT_TYPE(struct scores_entry, key, value);
    struct hamt_type type;

    type = good;
    type.key_size = 0;
    CHECK(is_refused(&type));
    type = good;
    type.entry_size = 0;
    CHECK(is_refused(&type));
    type.entry_size = (arena_ref)((arena_ref)-1 / 64);
    CHECK(is_refused(&type));
    CHECK(is_refused(NULL));
}

TEST(types_whose_parts_do_not_fit_are_refused)
{
    const struct hamt_type good = HAMT_TYPE(struct scores_entry, key, value);
    static const arena_ref aligns[] = { 0, 1, 3, 12, 2 * ARENA_ALIGN };
    struct hamt_type type;

    type = good;
    type.key_at = (arena_ref)(good.entry_size - good.key_size + 1);
    CHECK(is_refused(&type));
    type.key_at = (arena_ref)-1;
    CHECK(is_refused(&type));
    type = good;
    type.value_size = (arena_ref)(good.entry_size - good.value_at + 1);
    CHECK(is_refused(&type));
    type.value_size = (arena_ref)-1;
    CHECK(is_refused(&type));
    for (unsigned i = 0; i < sizeof aligns / sizeof aligns[0]; i++) {
        type = good;
        type.entry_align = aligns[i];
        CHECK(is_refused(&type));
    }
    type = good;
    type.flags = HAMT_COUNTED; /* without counts */
    CHECK(is_refused(&type));
    type = good;
    type.key_size = type.value_size = sizeof(arena_ref);
    type.entry_size = 4 * sizeof(arena_ref);
    type.flags = HAMT_KEY_BYTES; /* without strings */
    CHECK(is_refused(&type));
    type.flags = HAMT_VALUE_BYTES;
    CHECK(is_refused(&type));
    type.flags = 0;
    CHECK(is_taken(&type));
}

TEST(flags_that_do_not_go_together_are_refused)
{
    struct narrow {
        unsigned char key, value;
    };
    static const struct hamt_type types[] = {
        HAMT_TYPE_WITH(struct scores_entry, key, value,
                       HAMT_COUNTED | HAMT_REGION, NULL, NULL, NULL, NULL),
        HAMT_TYPE_WITH(struct narrow, key, value, HAMT_KEY_BYTES, NULL, NULL,
                       NULL, NULL),
        HAMT_TYPE_WITH(struct narrow, key, value, HAMT_VALUE_BYTES, NULL, NULL,
                       NULL, NULL),
    };

    for (int i = 0; i < 3; i++)
        CHECK(is_refused(&types[i]));
}

/* ---- NULL ------------------------------------------------------------ */

/* A map of one entry, for calls that must leave it alone. */
struct victim {
    struct arena arena;
    struct hamt map, out;
    struct spelled key;
    uint32_t value;
};

static bool make_victim(struct victim *victim, unsigned char *memory)
{
    EXPECT(start_map(&victim->map, &victim->arena, &spelled_types[COUNTED],
                     memory, LITTLE));
    spell(&victim->key, "A");
    victim->value = 1;
    EXPECT(put(&victim->map, "A", 1) == 1);
    return true;
}

/* The first line of a test: declare name as a victim; or leave the test out. */
#define VICTIM(name)        \
    struct victim name;     \
    MEMORY(memory, LITTLE); \
    CHECK(make_victim(&name, memory))

static bool is_unhurt(struct victim *victim)
{
    EXPECT(is_intact(&victim->map) && look_up(&victim->map, "A") == 1);
    EXPECT(hamt_count(&victim->map) == 1 && blocks_of(&victim->arena) == 1);
    EXPECT(hamt_release(&victim->map) == ARENA_OK);
    EXPECT(blocks_of(&victim->arena) == 0);
    return true;
}

TEST(changing_calls_refuse_null)
{
    VICTIM(v);
    struct hamt *map = &v.map;
    void *place;

    CHECK(hamt_init(NULL, &v.arena, map->type) == ARENA_EINVAL);
    CHECK(hamt_init(&v.out, NULL, map->type) == ARENA_EINVAL);
    CHECK(hamt_set(NULL, &v.key, &v.value) == ARENA_EINVAL);
    CHECK(hamt_set(map, NULL, &v.value) == ARENA_EINVAL);
    CHECK(hamt_set(map, &v.key, NULL) == ARENA_EINVAL);
    CHECK(hamt_edit(NULL, &v.key, &place) == ARENA_EINVAL);
    CHECK(hamt_edit(map, NULL, &place) == ARENA_EINVAL);
    CHECK(hamt_edit(map, &v.key, NULL) == ARENA_EINVAL);
    CHECK(hamt_insert(NULL, &v.key, &place) == ARENA_EINVAL);
    CHECK(hamt_insert(map, NULL, &place) == ARENA_EINVAL);
    CHECK(hamt_insert(map, &v.key, NULL) == ARENA_EINVAL);
    CHECK(hamt_remove(NULL, &v.key) == ARENA_EINVAL);
    CHECK(hamt_remove(map, NULL) == ARENA_EINVAL);
    CHECK(hamt_edit_all(NULL, NULL, NULL) == ARENA_EINVAL);
    CHECK(hamt_edit_all(map, NULL, NULL) == ARENA_EINVAL);
    CHECK(hamt_clear(NULL) == ARENA_EINVAL);
    CHECK(is_unhurt(&v));
}

TEST(calls_for_versions_refuse_null)
{
    VICTIM(v);
    struct hamt *map = &v.map, *out = &v.out;

    CHECK(hamt_assoc(NULL, &v.key, &v.value, out) == ARENA_EINVAL);
    CHECK(hamt_assoc(map, &v.key, &v.value, NULL) == ARENA_EINVAL);
    CHECK(hamt_assoc(map, NULL, &v.value, out) == ARENA_EINVAL);
    CHECK(hamt_assoc(map, &v.key, NULL, out) == ARENA_EINVAL);
    CHECK(hamt_without(NULL, &v.key, out) == ARENA_EINVAL);
    CHECK(hamt_without(map, &v.key, NULL) == ARENA_EINVAL);
    CHECK(hamt_without(map, NULL, out) == ARENA_EINVAL);
    CHECK(hamt_retain(NULL, out) == ARENA_EINVAL);
    CHECK(hamt_retain(map, NULL) == ARENA_EINVAL);
    CHECK(hamt_release(NULL) == ARENA_EINVAL);
    CHECK(hamt_copy(NULL, &v.arena, out) == ARENA_EINVAL);
    CHECK(hamt_copy(map, NULL, out) == ARENA_EINVAL);
    CHECK(hamt_copy(map, &v.arena, NULL) == ARENA_EINVAL);
    CHECK(is_unhurt(&v));
}

TEST(calls_that_look_refuse_null)
{
    VICTIM(v);
    struct hamt *map = &v.map;
    uint32_t hash = 5;

    CHECK(hamt_find(NULL, &v.key, NULL) == ARENA_EINVAL);
    CHECK(hamt_find(map, NULL, NULL) == ARENA_EINVAL);
    CHECK(hamt_get(NULL, &v.key) == NULL && hamt_get(map, NULL) == NULL);
    CHECK(hamt_count(NULL) == 0 && hamt_check(NULL) == ARENA_EINVAL);
    CHECK(hamt_equal(NULL, map) == ARENA_EINVAL);
    CHECK(hamt_equal(map, NULL) == ARENA_EINVAL);
    CHECK(hamt_hash(NULL, &hash) == ARENA_EINVAL);
    CHECK(hamt_hash(map, NULL) == ARENA_EINVAL);
    CHECK(hamt_rehash(NULL, 1, map, &hash) == ARENA_EINVAL);
    CHECK(hamt_rehash(map, 1, NULL, &hash) == ARENA_EINVAL);
    CHECK(hamt_rehash(map, 1, map, NULL) == ARENA_EINVAL && hash == 5);
    CHECK(is_unhurt(&v));
}

TEST(diffs_refuse_null)
{
    VICTIM(v);
    struct hamt_change change;
    struct hamt_diff diff;

    hamt_diff_init(NULL, &v.map, &v.map);
    hamt_diff_init(&diff, NULL, &v.map);
    CHECK(hamt_diff_next(&diff, &change) == ARENA_EINVAL);
    hamt_diff_init(&diff, &v.map, NULL);
    CHECK(hamt_diff_next(&diff, &change) == ARENA_EINVAL);
    CHECK(hamt_diff_next(NULL, &change) == ARENA_EINVAL);
    hamt_diff_init(&diff, &v.map, &v.map);
    CHECK(hamt_diff_next(&diff, NULL) == ARENA_EINVAL);
    CHECK(is_unhurt(&v));
}

static bool no_change_is_made(struct hamt *zeros, struct victim *v)
{
    void *place;

    EXPECT(hamt_set(zeros, &v->key, &v->value) == ARENA_EINVAL);
    EXPECT(hamt_edit(zeros, &v->key, &place) == ARENA_EINVAL);
    EXPECT(hamt_insert(zeros, &v->key, &place) == ARENA_EINVAL);
    EXPECT(hamt_remove(zeros, &v->key) == ARENA_EINVAL);
    EXPECT(hamt_edit_all(zeros, leave_value, NULL) == ARENA_EINVAL);
    EXPECT(hamt_clear(zeros) == ARENA_EINVAL);
    EXPECT(hamt_assoc(zeros, &v->key, &v->value, &v->out) == ARENA_EINVAL);
    EXPECT(hamt_without(zeros, &v->key, &v->out) == ARENA_EINVAL);
    EXPECT(hamt_retain(zeros, &v->out) == ARENA_EINVAL);
    EXPECT(hamt_release(zeros) == ARENA_EINVAL);
    EXPECT(hamt_copy(zeros, &v->arena, &v->out) == ARENA_EINVAL);
    return true;
}

TEST(a_map_of_zeros_has_nothing_and_is_not_changed)
{
    VICTIM(v);
    struct hamt zeros = { NULL, NULL, 0, 0 };
    struct hamt_change change;
    struct hamt_diff diff;
    uint32_t hash;

    CHECK(hamt_find(&zeros, &v.key, NULL) == 0 && hamt_count(&zeros) == 0);
    CHECK(first_entry(&zeros, NULL, NULL) == 0);
    CHECK(no_change_is_made(&zeros, &v));
    CHECK(hamt_check(&zeros) == ARENA_EINVAL);
    CHECK(hamt_equal(&zeros, &v.map) == ARENA_EINVAL);
    CHECK(hamt_rehash(&v.map, 1, &zeros, &hash) == ARENA_EINVAL);
    hamt_diff_init(&diff, &v.map, &zeros);
    CHECK(hamt_diff_next(&diff, &change) == ARENA_EINVAL);
    CHECK(is_unhurt(&v));
}

TEST(an_iterator_over_nothing_is_at_its_end)
{
    struct hamt_iter iter;
    struct hamt_stats stats;

    hamt_iter_init(NULL, NULL);
    hamt_iter_init(&iter, NULL);
    CHECK(hamt_iter_next(&iter, NULL, NULL) == 0);
    CHECK(hamt_iter_next(NULL, NULL, NULL) == ARENA_EINVAL);
    hamt_get_stats(NULL, NULL);
    hamt_get_stats(NULL, &stats);
    CHECK(stats.entries == 0 && stats.depth == 0 && stats.bytes == 0);
    CHECK(hamt_bytes_size(NULL) == 0);
}

/* ---- Modes ----------------------------------------------------------- */

TEST(a_mode_refuses_the_calls_that_it_does_not_have)
{
    ROOM_FOR(map, LITTLE);
    struct hamt out = { NULL, NULL, 0, 0 };
    struct spelled key = { "A" };
    uint32_t value = 1;

    for (int mode = EPOCHS; mode < MODES; mode++) {
        int versions = mode == EPOCHS ? ARENA_EINVAL : 1;
        int counts = mode == COUNTED ? ARENA_OK : ARENA_EINVAL;

        START(map, spelled_types[mode], LITTLE);
        CHECK(hamt_assoc(&map, &key, &value, &out) == versions);
        CHECK((out.arena != NULL) == (mode != EPOCHS));
        if (mode != EPOCHS)
            map = out;
        CHECK(hamt_without(&map, &key, &out) == versions);
        CHECK(hamt_retain(&map, &out) == counts);
        CHECK(hamt_release(&map) == counts);
        CHECK(is_intact(&map));
    }
}

TEST(out_may_be_the_map_itself_in_a_region_only)
{
    MAP(map, spelled_types[REGION], LITTLE);
    struct spelled key = { "A" };
    uint32_t value = 1;

    CHECK(hamt_assoc(&map, &key, &value, &map) == 1 && hamt_count(&map) == 1);
    CHECK(hamt_without(&map, &key, &map) == 1 && hamt_count(&map) == 0);

    START(map, spelled_types[COUNTED], LITTLE);
    CHECK(hamt_assoc(&map, &key, &value, &map) == ARENA_EINVAL);
    CHECK(put(&map, "A", 1) == 1);
    CHECK(hamt_without(&map, &key, &map) == ARENA_EINVAL);
    CHECK(hamt_retain(&map, &map) == ARENA_EINVAL);
    CHECK(hamt_release(&map) == ARENA_OK && blocks_of(&arena) == 0);
}

TEST(versions_of_an_empty_map_are_empty)
{
    MAP(map, spelled_types[COUNTED], LITTLE);
    struct hamt next, last;
    struct spelled key = { "A" };

    CHECK(hamt_retain(&map, &next) == ARENA_OK);
    CHECK(hamt_without(&next, &key, &last) == 0);
    CHECK(hamt_count(&last) == 0 && hamt_release(&last) == ARENA_OK);
    CHECK(hamt_release(&next) == ARENA_OK && hamt_release(&map) == ARENA_OK);
    CHECK(hamt_release(&map) == ARENA_OK && blocks_of(&arena) == 0);
}

/* ---- Typed wrappers -------------------------------------------------- */

TEST(typed_wrappers_need_no_casts)
{
    ARENA(arena, LITTLE);
    struct hamt map, out;
    struct hamt_iter iter;
    const uint16_t *key_there = NULL;
    const uint32_t *there = NULL;
    uint16_t key = 7;
    uint32_t value = 70, *place = NULL;

    CHECK(scores_init(&map, &arena) == ARENA_OK);
    CHECK(scores_set(&map, &key, &value) == 1);
    CHECK(*scores_get(&map, &key) == 70);
    CHECK(scores_find(&map, &key, &there) == 1 && *there == 70);
    CHECK(scores_edit(&map, &key, &place) == 1);
    *place = 71;
    CHECK(scores_insert(&map, &key, &place) == 0 && *place == 71);
    CHECK(scores_assoc(&map, &key, &value, &out) == ARENA_EINVAL);
    CHECK(scores_without(&map, &key, &out) == ARENA_EINVAL);
    hamt_iter_init(&iter, &map);
    CHECK(scores_next(&iter, &key_there, &there) == 1);
    CHECK(*key_there == 7 && *there == 71);
    CHECK(scores_next(&iter, &key_there, &there) == 0);
    CHECK(scores_remove(&map, &key) == 1 && scores_get(&map, &key) == NULL);

    there = NULL;
    place = NULL;
    CHECK(scores_find(&map, &key, &there) == 0 && there == NULL);
    CHECK(scores_edit(&map, &key, &place) == 0 && place == NULL);
    CHECK(scores_insert(&map, &key, &place) == 1 && *place == 0);
}

TESTS = { RUN(types_without_keys_or_with_too_large_entries_are_refused),
          RUN(types_whose_parts_do_not_fit_are_refused),
          RUN(flags_that_do_not_go_together_are_refused),
          RUN(changing_calls_refuse_null),
          RUN(calls_for_versions_refuse_null),
          RUN(calls_that_look_refuse_null),
          RUN(diffs_refuse_null),
          RUN(a_map_of_zeros_has_nothing_and_is_not_changed),
          RUN(an_iterator_over_nothing_is_at_its_end),
          RUN(a_mode_refuses_the_calls_that_it_does_not_have),
          RUN(out_may_be_the_map_itself_in_a_region_only),
          RUN(versions_of_an_empty_map_are_empty),
          RUN(typed_wrappers_need_no_casts),
          TESTS_END };
