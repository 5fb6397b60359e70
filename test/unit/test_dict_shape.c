/* Dicts with a shape, caches, versions, iterators. */
#include "dict_test.h"

enum { ROOM = 800 + 100 * sizeof(void *), SOME = 1400 + 110 * sizeof(void *) };

/* Make a dict with a shape and these names. */
static bool make(struct dict *dict, struct dict_shape *shape,
                 const char *letters)
{
    EXPECT(dict_init_shape(dict, shape) == ARENA_OK);
    EXPECT(put_names(dict, letters));
    EXPECT(dict_check(dict) == ARENA_OK);
    return true;
}

/* After destroying the shape and the space, is nothing left? */
static bool shape_ends_empty(struct dict_shape *shape, size_t before)
{
    struct dict_space *space = shape->space;

    EXPECT(dict_shape_destroy(shape) == ARENA_OK);
    return is_given_back(space, before);
}

static bool has_shape(const struct dict *dict)
{
    struct dict_stats stats;

    dict_get_stats(dict, &stats);
    return stats.capacity > 0;
}

/* ---- Shapes ---------------------------------------------------------- */

TEST(dicts_of_a_shape_share_names_but_not_values_nor_order)
{
    SPACE(space, ROOM);
    SHAPE(shape, space);
    struct dict a, b;
    uintptr_t value = 0;

    CHECK(make(&a, &shape, "xyz") && make(&b, &shape, "zx"));
    CHECK(dict_set(&b, letter('x'), 5) == 0);

    CHECK(reads(&a, "xyz") && reads(&b, "zx"));
    CHECK(dict_get(&a, letter('x'), &value) == 1 && value == 'x');
    CHECK(dict_get(&b, letter('y'), NULL) == 0);
    CHECK(dict_remove(&b, letter('y')) == 0);
    CHECK(dict_remove(&a, letter('y')) == 1 && reads(&a, "xz"));
    CHECK(dict_set(&a, letter('y'), 1) == 1 && reads(&a, "xzy"));
    CHECK(has_shape(&a) && has_shape(&b));
    CHECK(dict_destroy(&a) == ARENA_OK && dict_destroy(&b) == ARENA_OK);
    CHECK(shape_ends_empty(&shape, before));
}

TEST(a_shape_outlives_its_handle)
{
    SPACE(space, ROOM);
    SHAPE(shape, space);
    struct dict dict;

    CHECK(make(&dict, &shape, "ab"));
    CHECK(dict_shape_destroy(&shape) == ARENA_OK);
    CHECK(dict_set(&dict, letter('c'), 1) == 1 && reads(&dict, "abc"));
    CHECK(dict_destroy(&dict) == ARENA_OK && used_of(&arena) == before);
    CHECK(dict_shape_destroy(&shape) == ARENA_EINVAL);
    CHECK(dict_init_shape(&dict, &shape) == ARENA_EINVAL);
    CHECK(dict_shape_init(&shape, &space, &numbers) == ARENA_EINVAL);
}

TEST(a_full_shape_is_left)
{
    SPACE(space, 2100 + 245 * sizeof(arena_ref) + 150 * sizeof(void *));
    SHAPE(shape, space);
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGH";
    struct dict first, second;

    CHECK(make(&second, &shape, "H"));
    CHECK(dict_init_shape(&first, &shape) == ARENA_OK);
    for (unsigned i = 0; i < 30; i++) {
        CHECK(dict_set(&first, letter(letters[i]), i) == 1);
        CHECK(has_shape(&first) == (i < 27)); /* of 30, 2 went to dicts */
        CHECK(dict_check(&first) == ARENA_OK);
    }
    CHECK(dict_shape_add(&shape, letter('M')) == ARENA_EFULL);
    CHECK(dict_shape_add(&shape, letter('a')) == 0);
    CHECK(has_shape(&second) && reads(&second, "H"));
    CHECK(dict_destroy(&first) == ARENA_OK);
    CHECK(dict_set(&second, letter('c'), 1) == 1 && has_shape(&second));
    CHECK(dict_set(&second, letter('M'), 1) == 1 && !has_shape(&second));
    CHECK(reads(&second, "HcM"));
    CHECK(dict_destroy(&second) == ARENA_OK);
    CHECK(shape_ends_empty(&shape, before));
}

TEST(popitem_leaves_the_shape)
{
    SPACE(space, SOME);
    SHAPE(shape, space);
    struct dict_item item;
    struct dict dict;

    CHECK(make(&dict, &shape, "abc"));
    CHECK(dict_remove(&dict, letter('a')) == 1);
    CHECK(dict_set(&dict, letter('a'), 7) == 1);

    CHECK(dict_popitem(&dict, &item) == 1);
    CHECK(item.name.text[0] == 'a' && item.value == 7);
    CHECK(!has_shape(&dict) && reads(&dict, "bc"));
    CHECK(dict_destroy(&dict) == ARENA_OK);
    CHECK(shape_ends_empty(&shape, before));
}

TEST(pop_first_leaves_the_shape)
{
    SPACE(space, SOME);
    SHAPE(shape, space);
    struct dict_item item;
    struct dict dict;

    CHECK(make(&dict, &shape, "abc"));
    CHECK(dict_remove(&dict, letter('a')) == 1);
    CHECK(dict_set(&dict, letter('a'), 7) == 1);

    CHECK(dict_pop_first(&dict, &item) == 1);
    CHECK(item.name.text[0] == 'b' && item.value == 'b');
    CHECK(!has_shape(&dict) && reads(&dict, "ca"));
    CHECK(dict_destroy(&dict) == ARENA_OK);
    CHECK(shape_ends_empty(&shape, before));
}

TEST(clear_copy_and_reserve_keep_the_shape)
{
    SPACE(space, SOME);
    SHAPE(shape, space);
    struct dict dict, copy;
    size_t used;

    CHECK(make(&dict, &shape, "abc"));
    CHECK(dict_copy(&dict, &copy) == ARENA_OK && has_shape(&copy));
    CHECK(dict_clear(&dict) == ARENA_OK && has_shape(&dict));
    used = used_of(&arena);
    CHECK(dict_set(&dict, letter('b'), 1) == 1);
    CHECK(dict_remove(&dict, letter('b')) == 1 && used_of(&arena) > used);
    CHECK(dict_clear(&dict) == ARENA_OK && used_of(&arena) == used);
    CHECK(dict_reserve(&dict, 9) == ARENA_OK && has_shape(&dict));
    CHECK(dict_shrink(&dict) == ARENA_OK && dict_count(&dict) == 0);

    CHECK(dict_set(&dict, letter('c'), 1) == 1 && reads(&dict, "c"));
    CHECK(reads(&copy, "abc"));
    CHECK(dict_reserve(&copy, 31) == ARENA_OK && !has_shape(&copy));
    CHECK(reads(&copy, "abc") && dict_check(&copy) == ARENA_OK);
    CHECK(dict_destroy(&dict) == ARENA_OK);
    CHECK(dict_destroy(&copy) == ARENA_OK);
    CHECK(shape_ends_empty(&shape, before));
}

/* Make and destroy dicts until a shape has room for one more name only. */
static bool wear_out(struct dict_shape *shape)
{
    for (unsigned i = 0; i < 2 * DICT_SHAPE_NAMES; i++) {
        struct dict dict;

        EXPECT(dict_init_shape(&dict, shape) == ARENA_OK);
        EXPECT(dict_destroy(&dict) == ARENA_OK);
    }
    return true;
}

TEST(dicts_leave_room_for_a_name_in_their_shape)
{
    SPACE(space, SOME);
    SHAPE(shape, space);
    struct dict dict;
    struct dict_stats stats;

    CHECK(wear_out(&shape) && dict_init_shape(&dict, &shape) == ARENA_OK);
    dict_get_stats(&dict, &stats);
    CHECK(stats.usable == 1 && stats.capacity == 1);
    CHECK(dict_set(&dict, letter('a'), 1) == 1 && has_shape(&dict));
    CHECK(dict_set(&dict, letter('b'), 1) == 1 && !has_shape(&dict));
    CHECK(reads(&dict, "ab") && dict_destroy(&dict) == ARENA_OK);
    CHECK(shape_ends_empty(&shape, before));
}

TEST(an_update_with_too_many_names_adds_none_to_the_shape)
{
    SPACE(space, SOME);
    SHAPE(shape, space);
    DICT(other, space, bags);
    struct dict dict;

    CHECK(wear_out(&shape) && dict_init_shape(&dict, &shape) == ARENA_OK);
    CHECK(put_names(&other, "bc"));
    CHECK(dict_update(&dict, &other) == ARENA_OK);
    CHECK(reads(&dict, "bc") && !has_shape(&dict));
    CHECK(dict_shape_add(&shape, letter('d')) == 1);
    CHECK(dict_destroy(&dict) == ARENA_OK);
    CHECK(dict_destroy(&other) == ARENA_OK);
    CHECK(shape_ends_empty(&shape, before));
}

TEST(a_copy_of_an_empty_dict_has_its_shape)
{
    SPACE(space, SOME);
    SHAPE(shape, space);
    struct dict dict, copy;
    size_t used;

    CHECK(make(&dict, &shape, "ab"));
    CHECK(dict_clear(&dict) == ARENA_OK);
    used = used_of(&arena);
    CHECK(dict_copy(&dict, &copy) == ARENA_OK && used_of(&arena) == used);
    CHECK(has_shape(&copy) && dict_check(&copy) == ARENA_OK);
    CHECK(dict_equal(&dict, &copy) == 1 && put_names(&copy, "ba"));
    CHECK(has_shape(&copy) && dict_count(&dict) == 0);
    CHECK(dict_destroy(&dict) == ARENA_OK);
    CHECK(reads(&copy, "ba") && dict_destroy(&copy) == ARENA_OK);
    CHECK(shape_ends_empty(&shape, before));
}

TEST(update_keeps_a_shape_while_names_fit)
{
    SPACE(space, 2230 + 356 * sizeof(arena_ref) + 152 * sizeof(void *));
    SHAPE(shape, space);
    struct dict dict, other;

    CHECK(make(&dict, &shape, "ab") && make(&other, &shape, "bcd"));
    CHECK(dict_set(&other, letter('b'), 9) == 0);

    CHECK(dict_update(&dict, &other) == ARENA_OK);
    CHECK(reads(&dict, "abcd") && has_shape(&dict));
    CHECK(add_names(&shape, "ABCDEFGHIJKLMN"));
    CHECK(dict_destroy(&other) == ARENA_OK);
    CHECK(dict_init(&other, &space, &bags) == ARENA_OK);
    CHECK(put_names(&other, "efghijklmnopqrstuvwxyz"));
    CHECK(dict_update(&dict, &other) == ARENA_OK && !has_shape(&dict));
    CHECK(reads(&dict, "abcdefghijklmnopqrstuvwxyz"));
    CHECK(dict_check(&dict) == ARENA_OK);
    CHECK(dict_destroy(&dict) == ARENA_OK);
    CHECK(dict_destroy(&other) == ARENA_OK);
    CHECK(shape_ends_empty(&shape, before));
}

/* ---- Caches and versions --------------------------------------------- */

TEST(a_cache_serves_every_dict_of_a_shape)
{
    SPACE(space, ROOM);
    SHAPE(shape, space);
    static const struct dict_name nothing = { "", 0, 0 };
    struct dict_cache cache = { 0, 0 };
    struct dict a, b;
    uintptr_t value = 0;

    CHECK(make(&a, &shape, "xy") && make(&b, &shape, "yx"));
    CHECK(dict_get_cached(&a, letter('x'), &cache, &value) == 1);
    CHECK(value == 'x' && cache.version != 0);
    CHECK(dict_set(&b, letter('x'), 5) == 0);

    /* It is not asked for a name when it hits. */
    CHECK(dict_get_cached(&b, &nothing, &cache, &value) == 1 && value == 5);
    CHECK(dict_remove(&b, letter('x')) == 1);
    CHECK(dict_get_cached(&b, &nothing, &cache, &value) == 0);
    CHECK(dict_set(&b, letter('z'), 7) == 1);
    CHECK(dict_get_cached(&a, &nothing, &cache, &value) == 0);
    CHECK(dict_get_cached(&a, letter('x'), &cache, &value) == 1);
    CHECK(value == 'x');
    CHECK(dict_destroy(&a) == ARENA_OK && dict_destroy(&b) == ARENA_OK);
    CHECK(shape_ends_empty(&shape, before));
}

/* The value of a number, by way of a cache; 0 if there is none. When the cache
   hits, the dict does not look at the number: even a wrong one will do. */
static uintptr_t cached(const struct dict *dict, uint32_t key,
                        struct dict_cache *cache)
{
    uintptr_t value = 0;
    int result = dict_get_cached(dict, &key, cache, &value);

    return result == 1 ? value : (uintptr_t)result;
}

enum { WRONG = 99 };

TEST(a_cache_misses_when_keys_come_or_go)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    struct dict_cache cache = { 0, 0 };
    uint32_t key = 3;
    uintptr_t value;

    CHECK(cached(&dict, 3, &cache) == 0);
    CHECK(put_all(&dict, 1, 4));
    CHECK(cached(&dict, 3, &cache) == 3);
    CHECK(put(&dict, 3, 33) == 0);
    CHECK(cached(&dict, WRONG, &cache) == 33);

    CHECK(removed(&dict, 1) == 1);
    CHECK(cached(&dict, WRONG, &cache) == 0);
    CHECK(cached(&dict, 3, &cache) == 33);
    CHECK(put(&dict, 9, 9) == 1);
    CHECK(cached(&dict, WRONG, &cache) == 0);
    CHECK(cached(&dict, 3, &cache) == 33);
    CHECK(dict_clear(&dict) == ARENA_OK);
    CHECK(cached(&dict, 3, &cache) == 0);
    CHECK(dict_get_cached(&dict, &key, NULL, &value) == ARENA_EINVAL);

    space.keys_version = 0; /* as after 2^32 versions: no more caching */
    CHECK(put(&dict, 3, 3) == 1);
    CHECK(cached(&dict, 3, &cache) == 3 && cache.version == 0);
    CHECK(cached(&dict, WRONG, &cache) == 0);
    CHECK(ends_empty(&dict, before));
}

/* Does the version of dict move on with an operation? */
#define MOVES(operation)                        \
    (version = dict.version, (void)(operation), \
     dict.version != version && dict.version == space.version)

/* CPython's test_dict_version, but for identity, which words do not have. */
TEST(a_version_moves_on_with_every_change_of_content)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    DICT(copy, space, numbers);
    struct dict_item item;
    uint32_t key = 1;
    uintptr_t value;
    uint64_t version = dict.version;

    CHECK(copy.version != version);
    CHECK(!MOVES(dict_clear(&dict)) && !MOVES(dict_popitem(&dict, &item)));
    CHECK(MOVES(put(&dict, 1, 1)) && MOVES(put(&dict, 1, 2)));
    CHECK(!MOVES(put(&dict, 1, 2)) && !MOVES(got(&dict, 1)));
    CHECK(!MOVES(dict_setdefault(&dict, &key, 5, &value)));
    CHECK(MOVES(put(&dict, 2, 2)) && MOVES(removed(&dict, 2)));
    CHECK(!MOVES(removed(&dict, 2)) && !MOVES(dict_update(&dict, &copy)));
    CHECK(!MOVES(dict_reserve(&dict, 9)) && !MOVES(dict_shrink(&dict)));
    CHECK(!MOVES(dict_copy(&dict, &copy)) && copy.version != version);
    CHECK(put(&copy, 3, 3) == 1 && MOVES(dict_update(&dict, &copy)));
    CHECK(MOVES(dict_pop(&dict, &key, &value)));
    CHECK(MOVES(dict_popitem(&dict, &item)) && put(&dict, 1, 1) == 1);
    CHECK(MOVES(dict_clear(&dict)));
    CHECK(dict_destroy(&copy) == ARENA_OK);
    CHECK(ends_empty(&dict, before));
}

/* ---- Iterators ------------------------------------------------------- */

static bool notices(struct dict *dict, int (*change)(struct dict *))
{
    struct dict_iter iter;

    dict_iter_init(&iter, dict);
    EXPECT(dict_iter_next(&iter, NULL, NULL) == 1);
    EXPECT(change(dict) >= 0);
    EXPECT(dict_iter_next(&iter, NULL, NULL) == ARENA_ECHANGED);
    EXPECT(dict_iter_next(&iter, NULL, NULL) == ARENA_ECHANGED);
    return true;
}

static int add_one(struct dict *dict)
{
    return put(dict, 50, 50);
}

static int take_one(struct dict *dict)
{
    return removed(dict, 50);
}

/* CPython lets this pass. */
static int swap_one(struct dict *dict)
{
    struct dict_item item;

    return dict_popitem(dict, &item) == 1 ? put(dict, 60, 60) : -1;
}

static int shrink(struct dict *dict)
{
    return dict_reserve(dict, 40) == ARENA_OK ? dict_shrink(dict) : -1;
}

TEST(an_iterator_notices_changes)
{
    SPACE(space, SOME);
    DICT(dict, space, numbers);
    struct dict_iter iter;
    const void *key;

    CHECK(put_all(&dict, 1, 4));
    CHECK(notices(&dict, add_one) && notices(&dict, take_one));
    CHECK(notices(&dict, swap_one) && notices(&dict, shrink));
    CHECK(notices(&dict, dict_clear));
    CHECK(put(&dict, 1, 1) == 1);

    dict_iter_init(&iter, &dict);
    CHECK(dict_iter_next(&iter, &key, NULL) == 1);
    CHECK(dict_set(&dict, key, 7) == 0);
    CHECK(dict_iter_next(&iter, NULL, NULL) == 0);
    CHECK(put(&dict, 2, 2) == 1);
    CHECK(dict_iter_next(&iter, NULL, NULL) == 0);
    dict_iter_init(&iter, &dict);
    CHECK(dict_destroy(&dict) == ARENA_OK);
    CHECK(dict_iter_next(&iter, NULL, NULL) == ARENA_ECHANGED);
    dict_iter_init(&iter, &dict);
    CHECK(dict_iter_next(&iter, NULL, NULL) == 0);
    CHECK(is_given_back(&space, before));
}

TESTS = {
    RUN(dicts_of_a_shape_share_names_but_not_values_nor_order),
    RUN(a_shape_outlives_its_handle),
    RUN(a_full_shape_is_left),
    RUN(popitem_leaves_the_shape),
    RUN(pop_first_leaves_the_shape),
    RUN(clear_copy_and_reserve_keep_the_shape),
    RUN(dicts_leave_room_for_a_name_in_their_shape),
    RUN(an_update_with_too_many_names_adds_none_to_the_shape),
    RUN(a_copy_of_an_empty_dict_has_its_shape),
    RUN(update_keeps_a_shape_while_names_fit),
    RUN(a_cache_serves_every_dict_of_a_shape),
    RUN(a_cache_misses_when_keys_come_or_go),
    RUN(a_version_moves_on_with_every_change_of_content),
    RUN(an_iterator_notices_changes),
    TESTS_END,
};
