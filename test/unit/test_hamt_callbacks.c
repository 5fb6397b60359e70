/* The user's own functions: what they get, and what becomes of their errors at
   every one of their calls. */
#include "hamt_test.h"

enum { FAILURE = -1234 };

/* A type of the user's. Its functions fail when calls_left is 0. */
struct moody_type {
    struct hamt_type type;
    int *calls_left;
};

static bool fails(const struct hamt_type *type)
{
    return (*((const struct moody_type *)(const void *)type)->calls_left)-- ==
           0;
}

static int moody_hash(const struct hamt_type *type, const void *key,
                      uint32_t *hash)
{
    return fails(type) ? FAILURE : spelled_hash(type, key, hash);
}

static int moody_equal(const struct hamt_type *type, const void *a,
                       const void *b)
{
    return fails(type) ? FAILURE : memcmp(a, b, sizeof(struct spelled)) == 0;
}

/* Only the lower half of a value counts. */
static int moody_hash_value(const struct hamt_type *type, const void *value,
                            uint32_t *hash)
{
    *hash = *(const uint32_t *)value & 0xFFFF;
    return fails(type) ? FAILURE - 1 : 0;
}

static int moody_equal_value(const struct hamt_type *type, const void *a,
                             const void *b)
{
    return fails(type)
               ? FAILURE - 1
               : ((*(const uint32_t *)a ^ *(const uint32_t *)b) & 0xFFFF) == 0;
}

#define MOODY_TYPE(flags, calls_left)                                       \
    {                                                                       \
        HAMT_TYPE_WITH(struct spelled_entry, key, value, flags, moody_hash, \
                       moody_equal, moody_hash_value, moody_equal_value),   \
            calls_left                                                      \
    }

/* A map and another version of it, and one that is equal and shares
   nothing. */
struct scene {
    struct moody_type type;
    struct arena arena;
    struct arena_epoch epoch;
    struct hamt map, old, twin, out;
    uint32_t hash;
    int calls_left;
};

static const char *const paths[] = { "ABC1",     "ABC2",     "ABD",
                                     "BBBBBBB1", "BBBBBBB2", "BBBBBBB3",
                                     "CA",       "CB",       "D" };

/* A region map never gives anything back. */
static size_t room(unsigned flags)
{
    return flags & HAMT_REGION ? 3000 : LITTLE + 200;
}

static bool build(struct scene *scene, unsigned flags, unsigned char *memory,
                  size_t size)
{
    const struct moody_type type = MOODY_TYPE(flags, &scene->calls_left);

    scene->type = type;
    scene->calls_left = -1;
    EXPECT(arena_init(&scene->arena, memory, size) == ARENA_OK);
    hamt_init(&scene->map, &scene->arena, &scene->type.type);
    for (uint32_t i = 0; i < sizeof paths / sizeof *paths; i++)
        EXPECT(put(&scene->map, paths[i], i) == 1);
    EXPECT(hamt_copy(&scene->map, &scene->arena, &scene->twin) == ARENA_OK);
    EXPECT(put(&scene->twin, "BBBBBBB2", 0x10004) == 0); /* as good as 4 */
    EXPECT(take_out(&scene->twin, "CA") == 1);
    EXPECT(put(&scene->twin, "CC", 100) == 1);
    EXPECT(put(&scene->twin, "D", 100) == 0);
    scene->out = scene->old = scene->map;
    if (flags & HAMT_COUNTED)
        EXPECT(hamt_retain(&scene->map, &scene->old) == ARENA_OK);
    EXPECT(arena_hold(&scene->arena, &scene->epoch) == ARENA_OK);
    return true;
}

/* The first line of a test: declare name as a scene of maps under epochs, in
   size bytes; or leave the test out. */
#define SCENE(name, size) \
    struct scene name;    \
    MEMORY(memory, size); \
    CHECK(build(&name, 0, memory, size))

/* ---- Calls ----------------------------------------------------------- */

enum call {
    FIND,
    SET,
    ADD_THIRD, /* to a pair */
    ADD_EQUAL, /* to a collision */
    EDIT,
    INSERT,
    REMOVE,
    EQUAL,
    HASH,
    REHASH,
    DIFF,
    CHECKS,
    ASSOC,
    WITHOUT,
    CALLS
};

/* The three differences, even if an error comes in between: calling again tries
   the same place again. */
static int walk_diff(struct scene *scene)
{
    struct hamt_change change;
    struct hamt_diff diff;
    int result, error = 0, changes = 0;

    hamt_diff_init(&diff, &scene->map, &scene->twin);
    while ((result = hamt_diff_next(&diff, &change)) != 0) {
        if (result < 0 && error < 0)
            return ARENA_ECORRUPT;
        if (result < 0)
            error = result;
        else
            changes++;
    }
    return changes == 3 ? error : ARENA_ECORRUPT;
}

static int do_call(struct scene *scene, enum call call)
{
    static const char *const keys[CALLS] = {
        "BBBBBBB3", "ABC2", "CC", "BBBBBBB4", "BBBBBBB2", "CBA", "BBBBBBB1",
        "",         "",     "",   "",         "",         "CD",  "ABD",
    };
    struct hamt *map = &scene->map;
    struct spelled key;
    uint32_t value = 50, hash = 0;
    void *place;

    spell(&key, keys[call]);
    switch (call) {
    case FIND:
        return hamt_find(map, &key, NULL);
    case EDIT:
        return hamt_edit(map, &key, &place);
    case INSERT:
        return hamt_insert(map, &key, &place);
    case REMOVE:
        return hamt_remove(map, &key);
    case EQUAL:
        return hamt_equal(map, &scene->twin);
    case HASH:
        return hamt_hash(map, &hash);
    case REHASH:
        return hamt_rehash(map, scene->hash, &scene->twin, &hash);
    case DIFF:
        return walk_diff(scene);
    case CHECKS:
        return hamt_check(map);
    case ASSOC:
        return hamt_assoc(map, &key, &value, &scene->out);
    case WITHOUT:
        return hamt_without(map, &key, &scene->out);
    default:
        return hamt_set(map, &key, &value);
    }
}

/* ---- Tests ----------------------------------------------------------- */

static bool are_as_before(const struct scene *scene, const struct scene *before,
                          size_t used)
{
    EXPECT(used_of(&scene->arena) == used);
    EXPECT(scene->map.root == before->map.root);
    EXPECT(scene->map.count == before->map.count);
    EXPECT(scene->out.root == before->out.root);
    EXPECT(scene->out.count == before->out.count);
    return true;
}

static bool are_intact(const struct scene *scene, bool are_equal)
{
    EXPECT(is_intact(&scene->map) && hamt_check(&scene->old) == ARENA_OK);
    EXPECT(hamt_check(&scene->twin) == ARENA_OK);
    EXPECT(!are_equal || hamt_equal(&scene->map, &scene->old) == 1);
    return true;
}

/* Let the first call of a function fail, then the second, and so on, until
   none does. */
static bool try_call(unsigned flags, enum call call, unsigned char *memory,
                     int *failures)
{
    struct scene scene, before;
    int result = -1;
    size_t used;

    EXPECT(build(&scene, flags, memory, room(flags)));
    used = used_of(&scene.arena);
    before = scene;
    for (int calls = 0; result < 0; calls++) {
        EXPECT(calls < 100);
        scene.calls_left = calls;
        result = do_call(&scene, call);
        EXPECT(result >= 0 || result == FAILURE || result == FAILURE - 1);
        if (result < 0)
            EXPECT(are_as_before(&scene, &before, used));
        *failures += result < 0;
        scene.calls_left = -1;
        if (result >= 0 || calls % (int)test_stride(1) == 0)
            EXPECT(are_intact(&scene, result < 0));
    }
    return true;
}

static void try_all(unsigned flags)
{
    MEMORY(memory, room(flags));

    for (int call = FIND; call < CALLS; call++) {
        int failures = 0;

        if (flags == 0 && (call == ASSOC || call == WITHOUT))
            continue;
        if (!try_call(flags, (enum call)call, memory, &failures)) {
            test_print_number("in call ", (uint32_t)call);
            test_print("\n");
            return;
        }
        CHECK(failures > 0);
    }
}

TEST(errors_of_functions_pass_through_and_nothing_changes)
{
    try_all(0);
}

TEST(so_they_do_in_counted_maps)
{
    try_all(HAMT_COUNTED);
}

TEST(so_they_do_in_region_maps)
{
    try_all(HAMT_REGION);
}

TEST(get_gives_nothing_where_find_gives_an_error)
{
    SCENE(scene, LITTLE);
    struct spelled key = { "D" };
    const void *value = NULL;

    scene.calls_left = 0;
    CHECK(hamt_find(&scene.map, &key, &value) == FAILURE && value == NULL);
    scene.calls_left = 0;
    CHECK(hamt_get(&scene.map, &key) == NULL);
    scene.calls_left = 2;
    CHECK(hamt_get(&scene.map, &key) != NULL);
}

TEST(an_empty_map_is_searched_without_hashing)
{
    SCENE(scene, LITTLE);
    struct spelled key = { "D" };

    CHECK(hamt_clear(&scene.map) == ARENA_OK);
    scene.calls_left = 0;
    CHECK(hamt_find(&scene.map, &key, NULL) == 0);
    CHECK(hamt_get(&scene.map, &key) == NULL && scene.calls_left == 0);
}

TEST(values_are_compared_and_hashed_as_the_type_says)
{
    SCENE(scene, LITTLE);
    uint32_t hash = 1, other = 2;

    CHECK(take_out(&scene.twin, "CC") == 1 && put(&scene.twin, "D", 8) == 0);
    CHECK(put(&scene.twin, "CA", 6) == 1);
    CHECK(hamt_equal(&scene.map, &scene.twin) == 1);
    CHECK(put(&scene.twin, "CA", 0x10006) == 0); /* the same to the type */

    CHECK(hamt_equal(&scene.map, &scene.twin) == 1);
    CHECK(hamt_hash(&scene.map, &hash) == 0);
    CHECK(hamt_hash(&scene.twin, &other) == 0 && hash == other);
    CHECK(look_up(&scene.twin, "CA") == 0x10006);
    CHECK(put(&scene.twin, "CA", 7) == 0);
    CHECK(hamt_equal(&scene.map, &scene.twin) == 0);
    CHECK(hamt_hash(&scene.twin, &other) == 0 && hash != other);
}

TESTS = { RUN(errors_of_functions_pass_through_and_nothing_changes),
          RUN(so_they_do_in_counted_maps),
          RUN(so_they_do_in_region_maps),
          RUN(get_gives_nothing_where_find_gives_an_error),
          RUN(an_empty_map_is_searched_without_hashing),
          RUN(values_are_compared_and_hashed_as_the_type_says),
          TESTS_END };
