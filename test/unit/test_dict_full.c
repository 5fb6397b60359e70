/* All or nothing: setdefault, shrink, and names for a shape, in arenas of every
   size. */
#include "dict_test.h"

/* As many names as take the table of all names twice to a larger size. */
enum { ROOM = 560 + 200 * sizeof(void *), KEYS = 7, NAMES = 11 };

static const struct dict_type both =
    DICT_TYPE_WITH(uint32_t, DICT_NAMES, NULL, NULL, NULL);

struct scene {
    struct arena arena;
    struct dict_space space;
    struct dict_shape shape;
    struct dict dict;
    const struct dict_type *type;
    size_t before; /* bytes in use without any of it                       */
    bool is_shaped;
    uint16_t failed; /* a bit for each call that had no room, in any arena */
};

/* What must be as before. */
struct record {
    struct dict_space space;
    struct dict_shape shape;
    struct dict dict;
    size_t used, blocks, names;
};

/* ---- Scenes ---------------------------------------------------------- */

/* The first line of a test: declare name as a scene for a type, in ROOM bytes
   called memory; or leave the test out. Its dict is still to be built. */
#define SCENE(name, keys_type, has_shape) \
    struct scene name;                    \
    MEMORY(memory, ROOM);                 \
    memset(&name, 0, sizeof name);        \
    name.type = keys_type;                \
    name.is_shaped = has_shape

/* Make an empty dict. Returns false if there is no room for it. */
static bool build(struct scene *scene, unsigned char *memory, size_t size)
{
    if (!open_space(&scene->arena, &scene->space, memory, size))
        return false;
    scene->before = used_of(&scene->arena);
    if (!scene->is_shaped)
        return dict_init(&scene->dict, &scene->space, scene->type) == ARENA_OK;
    return dict_shape_init(&scene->shape, &scene->space, scene->type) ==
               ARENA_OK &&
           dict_init_shape(&scene->dict, &scene->shape) == ARENA_OK;
}

static bool is_all_given_back(struct scene *scene)
{
    EXPECT(dict_destroy(&scene->dict) == ARENA_OK);
    EXPECT(!scene->is_shaped || dict_shape_destroy(&scene->shape) == ARENA_OK);
    return is_given_back(&scene->space, scene->before);
}

static void take_record(const struct scene *scene, struct record *record)
{
    struct dict_stats stats;

    memset(record, 0, sizeof *record);
    memcpy(&record->space, &scene->space, sizeof scene->space);
    memcpy(&record->shape, &scene->shape, sizeof scene->shape);
    memcpy(&record->dict, &scene->dict, sizeof scene->dict);
    record->used = used_of(&scene->arena);
    record->blocks = blocks_of(&scene->arena);
    dict_get_stats(&scene->dict, &stats);
    record->names = stats.entries;
}

static bool is_intact(const struct scene *scene)
{
    EXPECT(dict_check(&scene->dict) == ARENA_OK);
    EXPECT(arena_check(&scene->arena) == ARENA_OK);
    return true;
}

static bool is_as_before(const struct scene *scene, const struct record *record)
{
    struct record now;

    take_record(scene, &now);
    EXPECT(memcmp(&now, record, sizeof now) == 0);
    return true;
}

/* Call number i has come to result: is that right so far? */
static bool is_done_or_not(struct scene *scene, const struct record *record,
                           unsigned i, int result)
{
    EXPECT(is_intact(scene));
    EXPECT(result >= 0 || result == ARENA_ENOMEM);
    if (result >= 0)
        return true;
    scene->failed |= (uint16_t)(1u << i);
    return is_as_before(scene, record);
}

/* ---- Keys ------------------------------------------------------------ */

struct key {
    uint32_t number;
    struct dict_key both;
};

/* Key i of a type; where there are both sorts, every other one is a name. */
static const void *make_key(struct key *key, const struct dict_type *type,
                            unsigned i)
{
    const struct dict_name *name = letter((char)('a' + i));

    key->number = i;
    key->both.name = i % 2 == 0 ? name : NULL;
    key->both.key = &key->number;
    if (type == &both)
        return &key->both;
    return type == &bags ? (const void *)name : &key->number;
}

/* Has the dict the keys from first to end - 1, no others, and their values? */
static bool has_keys(const struct scene *scene, unsigned first, unsigned end)
{
    EXPECT(dict_count(&scene->dict) == end - first);
    for (unsigned i = 0; i <= end; i++) {
        int is_there = i >= first && i < end;
        struct key key;
        uintptr_t value = 0;

        EXPECT(dict_get(&scene->dict, make_key(&key, scene->type, i), &value) ==
               is_there);
        EXPECT(!is_there || value == 10 + i);
    }
    return true;
}

/* ---- Setdefault ------------------------------------------------------ */

static int set_default(struct scene *scene, unsigned i)
{
    struct key key;
    const void *place = make_key(&key, scene->type, i);
    uintptr_t value = 99;
    int result = dict_setdefault(&scene->dict, place, 10 + i, &value);

    if (value != (result < 0 ? 99u : 10 + i))
        return ARENA_ECORRUPT;
    if (result == 1 && (dict_setdefault(&scene->dict, place, 99, &value) != 0 ||
                        value != 10 + i))
        return ARENA_ECORRUPT;
    return result;
}

/* Add keys until there is no room; false if anything is wrong. */
static bool fill(struct scene *scene, unsigned *count)
{
    struct record record;
    int result = 1;

    for (*count = 0; *count < KEYS && result == 1; *count += result == 1) {
        take_record(scene, &record);
        result = set_default(scene, *count);
        EXPECT(result != 0);
        EXPECT(is_done_or_not(scene, &record, *count, result));
    }
    EXPECT(has_keys(scene, 0, *count));
    return is_all_given_back(scene);
}

/* Do so in arenas of more and more bytes. What takes a table, its own or a
   larger one, must have failed in some: these calls are given as bits. */
static void fill_all(const struct dict_type *type, bool is_shaped,
                     unsigned must_fail)
{
    SCENE(scene, type, is_shaped);
    unsigned count = 0;

    for (size_t size = 0; count < KEYS; size += test_stride(4)) {
        CHECK(size <= ROOM);
        if (build(&scene, memory, size))
            CHECK(fill(&scene, &count));
    }
    CHECK((scene.failed & must_fail) == must_fail);
}

TEST(a_number_by_setdefault_is_added_wholly_or_not)
{
    fill_all(&numbers, false, 1u << 0 | 1u << 5);
}

TEST(a_name_by_setdefault_is_added_wholly_or_not)
{
    fill_all(&bags, false, 1u << 0 | 1u << 5);
}

TEST(a_name_by_setdefault_is_added_to_a_shape_wholly_or_not)
{
    fill_all(&bags, true, 1u << 0 | 1u << 5);
}

TEST(a_dict_leaves_its_shape_by_setdefault_wholly_or_not)
{
    fill_all(&both, true, 1u << 0 | 1u << 1);
}

/* ---- Shrink ---------------------------------------------------------- */

/* Make a table with room for many, and four entries, the first of which is
   removed. Returns false if there is no room. */
static bool make_wide(struct scene *scene)
{
    struct key key;

    if (dict_reserve(&scene->dict, 20) < 0)
        return false;
    for (unsigned i = 0; i < 4; i++)
        if (set_default(scene, i) < 0)
            return false;
    return dict_remove(&scene->dict, make_key(&key, scene->type, 0)) == 1;
}

static bool shrink(struct scene *scene, int *result)
{
    struct record record;
    struct dict_stats stats;

    take_record(scene, &record);
    *result = dict_shrink(&scene->dict);
    EXPECT(is_done_or_not(scene, &record, 0, *result));
    EXPECT(has_keys(scene, 1, 4));
    dict_get_stats(&scene->dict, &stats);
    EXPECT((stats.slots == 8) == (*result == ARENA_OK));
    EXPECT(*result < 0 || used_of(&scene->arena) < record.used);
    return is_all_given_back(scene);
}

static void shrink_all(const struct dict_type *type)
{
    SCENE(scene, type, false);
    int result = ARENA_ENOMEM;

    for (size_t size = 0; result < 0; size += test_stride(4)) {
        CHECK(size <= ROOM);
        if (build(&scene, memory, size) && make_wide(&scene))
            CHECK(shrink(&scene, &result));
    }
    CHECK(scene.failed == 1);
}

TEST(a_dict_of_numbers_shrinks_wholly_or_not)
{
    shrink_all(&numbers);
}

TEST(a_dict_of_names_shrinks_wholly_or_not)
{
    shrink_all(&bags);
}

TEST(a_dict_of_both_sorts_shrinks_wholly_or_not)
{
    shrink_all(&both);
}

TEST(an_empty_dict_shrinks_to_nothing_in_a_full_arena)
{
    SCENE(scene, &numbers, false);
    size_t used;

    CHECK(build(&scene, memory, ROOM));
    CHECK(dict_reserve(&scene.dict, 20) == ARENA_OK);
    use_up(&scene.arena);
    used = used_of(&scene.arena);

    CHECK(dict_shrink(&scene.dict) == ARENA_OK && is_intact(&scene));
    CHECK(used_of(&scene.arena) < used && scene.dict.keys == 0);
}

/* ---- Names for a shape ----------------------------------------------- */

/* Add names until there is no room; false if anything is wrong. */
static bool name_all(struct scene *scene, unsigned *count)
{
    struct record record;
    int result = 1;

    for (*count = 0; *count < NAMES && result == 1; *count += result == 1) {
        take_record(scene, &record);
        EXPECT(record.names == *count);
        result = dict_shape_add(&scene->shape, letter((char)('a' + *count)));
        EXPECT(result != 0);
        EXPECT(is_done_or_not(scene, &record, *count, result));
    }
    for (unsigned i = 0; i < *count; i++)
        EXPECT(dict_shape_add(&scene->shape, letter((char)('a' + i))) == 0);
    EXPECT(dict_count(&scene->dict) == 0 && is_intact(scene));
    return is_all_given_back(scene);
}

TEST(a_name_is_added_to_a_shape_wholly_or_not)
{
    SCENE(scene, &bags, true);
    const unsigned must_fail = 1u << 0 | 1u << 5 | 1u << 10;
    unsigned count = 0;

    for (size_t size = 0; count < NAMES; size += test_stride(4)) {
        CHECK(size <= ROOM);
        if (build(&scene, memory, size))
            CHECK(name_all(&scene, &count));
    }
    CHECK((scene.failed & must_fail) == must_fail);
}

TESTS = {
    RUN(a_number_by_setdefault_is_added_wholly_or_not),
    RUN(a_name_by_setdefault_is_added_wholly_or_not),
    RUN(a_name_by_setdefault_is_added_to_a_shape_wholly_or_not),
    RUN(a_dict_leaves_its_shape_by_setdefault_wholly_or_not),
    RUN(a_dict_of_numbers_shrinks_wholly_or_not),
    RUN(a_dict_of_names_shrinks_wholly_or_not),
    RUN(a_dict_of_both_sorts_shrinks_wholly_or_not),
    RUN(an_empty_dict_shrinks_to_nothing_in_a_full_arena),
    RUN(a_name_is_added_to_a_shape_wholly_or_not),
    TESTS_END,
};
