/* Full arenas, failing callbacks, callbacks that look into the dict while it
   is changed, and what is none of a dict's business: rollback, moves. */
#include "dict_test.h"

enum { ROOM = 700 + 60 * sizeof(void *), SOME = 2300 + 165 * sizeof(void *) };
enum { FAILED_HASH = ARENA_EUSER - 1, FAILED_EQUAL = ARENA_EUSER - 2 };

/* ---- A type that can be told what to do ------------------------------ */

struct script {
    struct dict *dict;
    unsigned hash_calls, equal_calls;
    unsigned fail_at; /* the call of equal that fails; 0: none          */
    bool hash_fails;
    bool hash_grows; /* the dict's table is made anew, once             */
    bool looks;      /* callbacks read the dict and try to change it    */
    bool changes;    /* equal changes the dict, if it may               */
    bool remakes;    /* equal makes another dict in its place           */
    bool wrong;
};

struct scripted_type {
    struct dict_type type;
    struct script *script;
};

static void look(struct script *script)
{
    struct dict *dict = script->dict;
    struct dict_item item;
    struct dict copy;

    if (!script->looks)
        return;
    script->looks = false;
    if (dict_check(dict) != ARENA_OK || put(dict, 5, 5) != ARENA_EBUSY ||
        removed(dict, 1) != ARENA_EBUSY ||
        dict_popitem(dict, &item) != ARENA_EBUSY ||
        dict_pop_first(dict, &item) != ARENA_EBUSY ||
        dict_clear(dict) != ARENA_EBUSY || dict_destroy(dict) != ARENA_EBUSY ||
        dict_update(dict, dict) != ARENA_EBUSY || got(dict, 1) != 10 ||
        dict_equal(dict, dict) != 1)
        script->wrong = true;
    if (dict_copy(dict, &copy) == ARENA_OK)
        dict_destroy(&copy);
    script->looks = true;
}

/* Destroy dict and make another in its place, and change that until it has this
   edition: counted from one, it would get there. */
static void remake(struct dict *dict, uint32_t edition)
{
    struct dict_space *space = dict->space;
    const struct dict_type *type = dict->type;

    dict_destroy(dict);
    dict_init(dict, space, type);
    for (uint32_t i = 0; i < 40 && dict->edition != edition; i++) {
        if (i % 2 == 0)
            put(dict, 7, i);
        else
            removed(dict, 7);
    }
}

static int hash_scripted(const struct dict_type *type, const void *key,
                         dict_hash *hash)
{
    struct script *script = ((const struct scripted_type *)type)->script;

    script->hash_calls++;
    look(script);
    if (script->hash_grows) {
        script->hash_grows = false;
        dict_reserve(script->dict, 6);
    }
    if (script->hash_fails)
        return FAILED_HASH;
    *hash = *(const uint32_t *)key & 1;
    return 0;
}

static int equal_scripted(const struct dict_type *type, const void *stored,
                          const void *key)
{
    struct script *script = ((const struct scripted_type *)type)->script;
    uint32_t a = *(const uint32_t *)stored, b = *(const uint32_t *)key;

    look(script);
    if (++script->equal_calls == script->fail_at)
        return FAILED_EQUAL;
    if (script->remakes) {
        script->remakes = false;
        remake(script->dict, script->dict->edition);
    }
    if (script->changes) {
        script->changes = false;
        removed(script->dict, a);
    }
    return a == b;
}

/* The first line of a test: as SPACE, and declare dict as one of keys 1 to 4
   with values of ten times as much, and script as what its callbacks do. */
#define SCRIPTED(dict, script)                                               \
    SPACE(space, ROOM);                                                      \
    struct dict dict;                                                        \
    struct script script = { &dict, 0,     0,     0,     false,              \
                             false, false, false, false, false };            \
    struct scripted_type type = { DICT_TYPE_WITH(uint32_t, 0, hash_scripted, \
                                                 equal_scripted, NULL),      \
                                  &script };                                 \
    CHECK(dict_init(&dict, &space, &type.type) == ARENA_OK);                 \
    for (uint32_t i = 1; i <= 4; i++)                                        \
        CHECK(put(&dict, i, 10 * i) == 1)

/* Does comparison number i, counted in each call, fail in all calls? */
static bool fail_at(struct script *script, unsigned i)
{
    struct dict *dict = script->dict;
    uint32_t key = 3;

    script->fail_at = i;
    script->equal_calls = 0;
    EXPECT(put(dict, 3, 1) == FAILED_EQUAL);
    script->equal_calls = 0;
    EXPECT(put(dict, 5, 1) == FAILED_EQUAL);
    script->equal_calls = 0;
    EXPECT(removed(dict, 3) == FAILED_EQUAL);
    script->equal_calls = 0;
    EXPECT(dict_contains(dict, &key) == FAILED_EQUAL);
    script->fail_at = 0;
    return true;
}

TEST(a_failing_callback_changes_nothing)
{
    SCRIPTED(dict, script);
    size_t used = used_of(&arena);
    uint64_t version = dict.version;
    uint32_t key = 3;

    script.hash_fails = true;
    CHECK(put(&dict, 3, 1) == FAILED_HASH);
    CHECK(removed(&dict, 3) == FAILED_HASH);
    CHECK(dict_get(&dict, &key, NULL) == FAILED_HASH);
    script.hash_fails = false;
    CHECK(fail_at(&script, 1) && fail_at(&script, 2));

    CHECK(dict.version == version && used_of(&arena) == used);
    CHECK(counts(&dict, "1234") && got(&dict, 3) == 30);
}

TEST(removing_from_an_empty_dict_hashes_nothing)
{
    SCRIPTED(dict, script);
    uintptr_t value = 5;
    uint32_t key = 3;

    CHECK(remove_all(&dict, 1, 4));
    script.hash_calls = 0;
    script.hash_fails = true;
    CHECK(removed(&dict, 3) == 0 && dict_pop(&dict, &key, &value) == 0);
    CHECK(dict_clear(&dict) == ARENA_OK && removed(&dict, 3) == 0);
    CHECK(script.hash_calls == 0 && value == 5);
    CHECK(dict_remove(&dict, NULL) == ARENA_EINVAL);
}

TEST(callbacks_may_look_but_not_change)
{
    SCRIPTED(dict, script);
    DICT(other, space, type.type);

    CHECK(put(&other, 3, 33) == 1 && put(&other, 7, 70) == 1);
    script.looks = true;
    CHECK(put(&dict, 5, 50) == 1 && put(&dict, 6, 60) == 1);
    CHECK(removed(&dict, 6) == 1);
    CHECK(dict_update(&dict, &other) == ARENA_OK);
    CHECK(!script.wrong && counts(&dict, "123457"));
    CHECK(got(&dict, 3) == 33);
}

TEST(a_comparison_that_changes_the_dict_is_noticed)
{
    SCRIPTED(dict, script);
    struct dict other;
    uint32_t key = 3;

    script.changes = true;
    CHECK(dict_get(&dict, &key, NULL) == ARENA_ECHANGED);
    CHECK(counts(&dict, "234") && dict_check(&dict) == ARENA_OK);
    CHECK(dict_get(&dict, &key, NULL) == 1);
    CHECK(dict_copy(&dict, &other) == ARENA_OK);
    script.changes = true;
    CHECK(dict_equal(&other, &dict) == ARENA_ECHANGED);
    CHECK(dict_destroy(&other) == ARENA_OK);
    CHECK(dict_copy(&dict, &other) == ARENA_OK && dict_count(&dict) == 2);
    script.changes = true;
    CHECK(dict_equal(&dict, &other) == ARENA_ECHANGED);
    script.changes = true;
    CHECK(put(&other, 4, 1) == 0 && put(&dict, 9, 1) == 1);
    script.changes = true;
    CHECK(put(&dict, 9, 2) == 0);
}

TEST(a_comparison_that_makes_another_dict_is_noticed)
{
    SCRIPTED(dict, script);
    struct dict other;
    uint32_t key = 99;

    CHECK(dict_copy(&dict, &other) == ARENA_OK);
    script.remakes = true;
    CHECK(dict_get(&dict, &key, NULL) == ARENA_ECHANGED);
    CHECK(dict_check(&dict) == ARENA_OK && dict_count(&dict) <= 1);
    CHECK(dict_clear(&dict) == ARENA_OK);
    CHECK(dict_update(&dict, &other) == ARENA_OK);
    script.remakes = true;
    CHECK(dict_equal(&dict, &other) == ARENA_ECHANGED);
    script.remakes = true;
    script.dict = &other;
    CHECK(dict_clear(&dict) == ARENA_OK);
    CHECK(dict_update(&dict, &other) == ARENA_OK);
    CHECK(dict_equal(&dict, &other) == ARENA_ECHANGED);
}

TEST(an_iterator_does_not_take_another_dict_for_its_own)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    struct dict_iter iter, again;

    CHECK(put_all(&dict, 1, 4));
    dict_iter_init(&iter, &dict);
    CHECK(dict_iter_next(&iter, NULL, NULL) == 1);
    CHECK(dict_destroy(&dict) == ARENA_OK);
    CHECK(dict_init(&dict, &space, &numbers) == ARENA_OK);
    for (uint32_t i = 0; i < 20; i++) {
        again = iter;
        CHECK(dict_iter_next(&again, NULL, NULL) == ARENA_ECHANGED);
        CHECK((i % 2 == 0 ? put(&dict, 7, i) : removed(&dict, 7)) == 1);
    }
    CHECK(ends_empty(&dict, before));
}

TEST(a_hash_that_changes_the_dict_does_not_lead_a_cache_astray)
{
    SCRIPTED(dict, script);
    struct dict_cache cache = { 0, 0 };
    uintptr_t value = 0;
    uint32_t key = 3;

    script.hash_grows = true;
    CHECK(dict_get_cached(&dict, &key, &cache, &value) == 1 && value == 30);
    key = 99; /* not looked at when the cache knows the table */
    CHECK(dict_get_cached(&dict, &key, &cache, &value) == 1 && value == 30);
}

TEST(an_update_that_fails_half_way_changes_nothing)
{
    SCRIPTED(dict, script);
    DICT(other, space, type.type);
    uint64_t version = dict.version;
    size_t used;

    CHECK(put_all(&other, 3, 8));
    used = used_of(&arena);
    for (script.fail_at = 1;; script.fail_at++) {
        int result;

        script.equal_calls = 0;
        result = dict_update(&dict, &other);
        if (result == ARENA_OK)
            break;
        CHECK(result == FAILED_EQUAL && used_of(&arena) == used);
        CHECK(counts(&dict, "1234") && got(&dict, 3) == 30);
        CHECK(dict.version == version && dict_check(&dict) == ARENA_OK);
    }
    CHECK(script.fail_at > 6);
    script.fail_at = 0;
    CHECK(counts(&dict, "12345678"));
    CHECK(got(&dict, 3) == 3 && got(&dict, 1) == 10);
    CHECK(dict.busy == 0 && other.busy == 0);
}

static int equal_parity(const struct dict_type *type, uintptr_t a, uintptr_t b)
{
    (void)type;
    return a == 99 || b == 99 ? FAILED_EQUAL : a % 2 == b % 2;
}

TEST(values_are_compared_as_the_type_says)
{
    static const struct dict_type type =
        DICT_TYPE_WITH(uint32_t, 0, NULL, NULL, equal_parity);
    SPACE(space, ROOM);
    DICT(a, space, type);
    DICT(b, space, type);

    CHECK(put(&a, 1, 1) == 1 && put(&b, 1, 3) == 1);
    CHECK(dict_equal(&a, &b) == 1);
    CHECK(put(&b, 1, 4) == 0 && dict_equal(&a, &b) == 0);
    CHECK(put(&b, 1, 99) == 0 && dict_equal(&a, &b) == FAILED_EQUAL);
    CHECK(dict_init(&b, &space, &numbers) == ARENA_OK);
    CHECK(dict_equal(&a, &b) == ARENA_EINVAL);
    CHECK(dict_update(&a, &b) == ARENA_EINVAL);
}

/* ---- Arenas of every size -------------------------------------------- */

/* Does a call that failed leave dict and arena as they were? */
static bool is_all_or_nothing(struct dict *dict, const char *names, size_t used,
                              int result)
{
    EXPECT(result >= 0 || result == ARENA_ENOMEM);
    EXPECT(dict_check(dict) == ARENA_OK);
    EXPECT(arena_check(dict->space->arena) == ARENA_OK);
    EXPECT(result >= 0 || reads(dict, names));
    EXPECT(result >= 0 || used_of(dict->space->arena) == used);
    return true;
}

/* The calls that take room, each on a dict of these names. */
enum step { SET, SET_OTHER, UPDATE, COPY, POPITEM, RESERVE, STEPS };

static const char *const names_at[STEPS] = { "", "", "a", "ab", "ab", "a" };

static int do_step(enum step step, struct dict *dict, struct dict *other)
{
    struct dict_item item;
    struct dict copy;
    int result;

    switch (step) {
    case SET:
        return dict_set(dict, letter('a'), 1);
    case SET_OTHER:
        return dict_set(other, letter('b'), 1);
    case UPDATE:
        return dict_update(dict, other);
    case COPY:
        result = dict_copy(dict, &copy);
        return result < 0 ? result : dict_destroy(&copy);
    case POPITEM:
        return dict_popitem(dict, &item);
    default:
        return dict_reserve(dict, 60);
    }
}

/* Take the steps with a dict that has a shape, until one has no room. Returns
   false if something is wrong. */
static bool use(unsigned char *memory, size_t size, bool *ended)
{
    struct dict_shape shape;
    struct dict_space space;
    struct arena arena;
    struct dict dict, other;
    size_t before;
    int result;

    if (!open_space(&arena, &space, memory, size))
        return true;
    before = used_of(&arena);
    result = dict_shape_init(&shape, &space, &bags);
    EXPECT(result == ARENA_OK || used_of(&arena) == before);
    if (result != ARENA_OK)
        return true;
    EXPECT(dict_init_shape(&dict, &shape) == ARENA_OK);
    EXPECT(dict_init(&other, &space, &bags) == ARENA_OK);
    for (int step = SET; step < STEPS && result >= 0; step++) {
        size_t used = used_of(&arena);

        result = do_step((enum step)step, &dict, &other);
        EXPECT(is_all_or_nothing(step == SET_OTHER ? &other : &dict,
                                 names_at[step], used, result));
    }
    *ended = result >= 0 && dict_shrink(&dict) == ARENA_OK;
    EXPECT(dict_destroy(&dict) == ARENA_OK);
    EXPECT(dict_destroy(&other) == ARENA_OK);
    EXPECT(dict_shape_destroy(&shape) == ARENA_OK);
    return is_given_back(&space, before);
}

TEST(an_arena_of_any_size_gives_all_or_nothing)
{
    bool ended = false;
    size_t size;
    MEMORY(memory, SOME);

    /* Odd sizes, too. */
    for (size = 0; size <= SOME && !ended; size += test_stride(3) | 1)
        CHECK(use(memory, size, &ended));
    CHECK(ended && size > 300);
}

/* ---- Versioned data in the same arena -------------------------------- */

TEST(a_dict_is_untouched_by_rollback)
{
    SPACE(space, ROOM);
    DICT(dict, space, numbers);
    DICT(bag, space, bags);
    struct arena_epoch epoch;
    void *versioned;

    CHECK(put_all(&dict, 1, 2));
    CHECK(arena_hold(&arena, &epoch) == ARENA_OK);
    versioned = arena_new(&arena, 20);
    CHECK(versioned != NULL && removed(&dict, 1) == 1);
    CHECK(put_all(&dict, 3, 9) && put_names(&bag, "z"));

    CHECK(arena_rollback(&arena, &epoch) == ARENA_OK);

    CHECK(arena_retire(&arena, versioned) < 0);
    CHECK(dict_check(&dict) == ARENA_OK && dict_check(&bag) == ARENA_OK);
    CHECK(counts(&dict, "23456789") && reads(&bag, "z"));
}

TEST(a_dict_moves_with_its_arena)
{
    struct dict_space space;
    struct arena arena;
    MEMORY(memory, 1408);

    CHECK(open_space(&arena, &space, memory, 704));
    DICT(dict, space, numbers);
    DICT(bag, space, bags);
    CHECK(put_all(&dict, 1, 5) && put_names(&bag, "x"));

    move_arena(&arena, 704);

    CHECK(dict_check(&dict) == ARENA_OK && dict_check(&bag) == ARENA_OK);
    CHECK(counts(&dict, "12345") && reads(&bag, "x"));
    CHECK(dict_contains(&bag, letter('x')) == 1 && got(&dict, 4) == 4);
    CHECK(dict_destroy(&dict) == ARENA_OK && dict_destroy(&bag) == ARENA_OK);
}

TESTS = {
    RUN(a_failing_callback_changes_nothing),
    RUN(removing_from_an_empty_dict_hashes_nothing),
    RUN(callbacks_may_look_but_not_change),
    RUN(a_comparison_that_changes_the_dict_is_noticed),
    RUN(a_comparison_that_makes_another_dict_is_noticed),
    RUN(an_iterator_does_not_take_another_dict_for_its_own),
    RUN(a_hash_that_changes_the_dict_does_not_lead_a_cache_astray),
    RUN(an_update_that_fails_half_way_changes_nothing),
    RUN(values_are_compared_as_the_type_says),
    RUN(an_arena_of_any_size_gives_all_or_nothing),
    RUN(a_dict_is_untouched_by_rollback),
    RUN(a_dict_moves_with_its_arena),
    TESTS_END,
};
