/* All or nothing: every changing call in arenas of every size. */
#include "hamt_text_test.h"

enum { ROOM = LITTLE };

/* The smallest block is a header: from size to size no more than that, and no
   request of a call is passed over. */
enum { STEP = 4 * sizeof(arena_ref) };

enum call {
    SET, /* a key with a new path of eight nodes */
    REPLACE,
    REPLACE_LONGER,
    INSERT,
    EDIT,
    REMOVE, /* three keys become a pair of a node above */
    REMOVE_ONE,
    EDIT_ALL,
    ASSOC,
    WITHOUT,
    CALLS
};

/* A map, and another version of it that must stay as it is. */
struct scene {
    struct arena arena;
    struct arena_epoch epoch;
    struct hamt map, old, out;
    bool is_text;
    enum mode mode;
};

/* What must be as before. */
struct record {
    struct hamt map, old, out;
    size_t used, blocks;
    uint32_t hash, old_hash;
};

/* ---- Scenes ---------------------------------------------------------- */

static int put_any(struct scene *scene, const char *path, const char *text)
{
    return scene->is_text ? put_text(&scene->map, path, text)
                          : put(&scene->map, path, (uint32_t)text[0]);
}

/* Build the scene in size bytes. Returns false if there is no room for it. */
static bool build(struct scene *scene, unsigned char *memory, size_t size)
{
    static const char *const paths[] = { "ZYXWVUC1", "ZYXWVUC2", "BBA", "BBB",
                                         "BBC",      "A",        "C" };
    const struct hamt_type *types = scene->is_text ? text_types : spelled_types;

    if (arena_init(&scene->arena, memory, size) < 0)
        return false;
    hamt_init(&scene->map, &scene->arena, &types[scene->mode]);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (put_any(scene, paths[i], "text") < 0)
            return false;
    scene->out = scene->old = scene->map;
    if (scene->mode == COUNTED)
        return hamt_retain(&scene->map, &scene->old) == ARENA_OK;
    return arena_hold(&scene->arena, &scene->epoch) == ARENA_OK;
}

static void take_record(const struct scene *scene, struct record *record)
{
    memset(record, 0, sizeof *record);
    record->map = scene->map;
    record->old = scene->old;
    record->out = scene->out;
    record->used = used_of(&scene->arena);
    record->blocks = blocks_of(&scene->arena);
    hamt_hash(&scene->map, &record->hash);
    hamt_hash(&scene->old, &record->old_hash);
}

static bool is_as_before(const struct scene *scene, const struct record *record)
{
    struct record now;

    take_record(scene, &now);
    EXPECT(memcmp(&now, record, sizeof now) == 0);
    EXPECT(is_intact(&scene->map) && hamt_check(&scene->old) == ARENA_OK);
    return true;
}

/* ---- Calls ----------------------------------------------------------- */

static int count_call(void *user, const void *key, void *value)
{
    (void)key;
    (void)value;
    ++*(int *)user;
    return 0;
}

static int call_with(struct scene *scene, enum call call, const void *key,
                     const void *value)
{
    struct hamt *map = &scene->map;
    int calls = 0, result;
    void *place = NULL;

    switch (call) {
    case INSERT:
        result = hamt_insert(map, key, &place);
        return (result >= 0) == (place != NULL) ? result : ARENA_ECORRUPT;
    case EDIT:
        result = hamt_edit(map, key, &place);
        return (result >= 0) == (place != NULL) ? result : ARENA_ECORRUPT;
    case REMOVE:
    case REMOVE_ONE:
        return hamt_remove(map, key);
    case EDIT_ALL:
        result = hamt_edit_all(map, count_call, &calls);
        return result < 0 && calls > 0 ? ARENA_ECORRUPT : result;
    case ASSOC:
        return hamt_assoc(map, key, value, &scene->out);
    case WITHOUT:
        return hamt_without(map, key, &scene->out);
    default:
        return hamt_set(map, key, value);
    }
}

static int do_call(struct scene *scene, enum call call)
{
    static const char *const paths[CALLS] = {
        "ZYXWVUC3", "BBA", "BBB", "ZYXWVUD",  "BBB",
        "BBB",      "A",   "",    "ZYXWVUC4", "BBC",
    };
    struct arena_bytes key, value;
    struct spelled spelled;
    uint32_t number = 5;

    make_bytes(&key, paths[call]);
    make_bytes(&value,
               call == REPLACE_LONGER ? "much longer than it was" : "next");
    spell(&spelled, paths[call]);
    return scene->is_text ? call_with(scene, call, &key, &value)
                          : call_with(scene, call, &spelled, &number);
}

static bool has_call(const struct scene *scene, enum call call)
{
    if (scene->is_text && (call == INSERT || call == EDIT || call == EDIT_ALL))
        return false;
    return scene->mode != EPOCHS || (call != ASSOC && call != WITHOUT);
}

/* ---- Tests ----------------------------------------------------------- */

/* Sets of calls, as bits: those that have not succeeded yet, and those that
   have failed for want of room. And the one that is tried. */
struct tries {
    unsigned left, failed;
    int call;
};

/* Try all that are left once, in an arena of size bytes. A call that fails
   leaves the scene to the next. */
static bool try_size(struct scene *scene, unsigned char *memory, size_t size,
                     struct tries *tries)
{
    struct record record;
    int result = 0;

    for (tries->call = SET; tries->call < CALLS; tries->call++) {
        unsigned bit = 1u << tries->call;

        if ((tries->left & bit) == 0)
            continue;
        if (result >= 0) {
            EXPECT(size <= ROOM && build(scene, memory, size));
            take_record(scene, &record);
        }
        result = do_call(scene, (enum call)tries->call);
        EXPECT(result == ARENA_ENOMEM || result >= 0);
        if (result < 0) {
            tries->failed |= bit;
            EXPECT(is_as_before(scene, &record));
            continue;
        }
        tries->left &= ~bit;
        EXPECT(is_intact(&scene->map) && hamt_check(&scene->old) == ARENA_OK);
        EXPECT(hamt_count(&scene->old) == 7);
    }
    return true;
}

/* The bytes in which there is room for the scene, and for little else. */
static size_t least_size(struct scene *scene, unsigned char *memory)
{
    struct arena_stats stats;
    size_t size;

    build(scene, memory, ROOM);
    arena_get_stats(&scene->arena, &stats);
    for (size = stats.peak; size < ROOM && !build(scene, memory, size);
         size += 4)
        ;
    return size;
}

/* Try all calls in arenas of more and more bytes, until each has succeeded. */
static void try_all(enum mode mode, bool is_text)
{
    struct tries tries = { 0, 0, 0 };
    struct scene scene;
    unsigned all = 0;
    size_t size;
    MEMORY(memory, ROOM);

    memset(&scene, 0, sizeof scene);
    scene.mode = mode;
    scene.is_text = is_text;
    for (int call = SET; call < CALLS; call++)
        all |= has_call(&scene, (enum call)call) ? 1u << call : 0;
    tries.left = all;
    size = least_size(&scene, memory);
    for (; tries.left != 0; size += test_stride(STEP)) {
        if (!try_size(&scene, memory, size, &tries)) {
            test_print_number("in call ", (uint32_t)tries.call);
            test_print("\n");
            return;
        }
    }
    /* Building takes more at times than removing one entry does. */
    CHECK((tries.failed | 1u << REMOVE_ONE) == all);
}

TEST(a_full_arena_leaves_a_map_as_it_was)
{
    try_all(EPOCHS, false);
}

TEST(a_full_arena_leaves_a_counted_map_as_it_was)
{
    try_all(COUNTED, false);
}

TEST(a_full_arena_leaves_a_region_map_as_it_was)
{
    try_all(REGION, false);
}

TEST(a_full_arena_leaves_a_map_of_strings_as_it_was)
{
    try_all(EPOCHS, true);
}

TEST(a_full_arena_leaves_a_counted_map_of_strings_as_it_was)
{
    try_all(COUNTED, true);
}

TEST(a_full_arena_leaves_a_region_map_of_strings_as_it_was)
{
    try_all(REGION, true);
}

enum { ARRAY_ROOM = TEST_ROOM(3000, 1900, 1750) };

/* Build a bitmap of 17 sub-nodes of three entries, but for the last entry.
   Returns false if there is no room for it. */
static bool build_bitmap(struct scene *scene, unsigned char *memory,
                         size_t size)
{
    char path[3] = "AA";

    arena_init(&scene->arena, memory, size);
    hamt_init(&scene->map, &scene->arena, &spelled_types[EPOCHS]);
    scene->out = scene->old = scene->map;
    for (unsigned i = 0; i < 50; i++) {
        path[0] = (char)('A' + i / 3);
        path[1] = (char)('A' + i % 3);
        if (put(&scene->map, path, 5) < 0)
            return false;
    }
    return true;
}

/* The last entry makes an array of the bitmap. */
TEST(a_full_arena_leaves_a_bitmap_as_it_was)
{
    struct scene scene;
    struct record record;
    int result = ARENA_ENOMEM, failures = 0;
    MEMORY(memory, ARRAY_ROOM);

    memset(&scene, 0, sizeof scene);
    for (size_t size = 100; result < 0; size += test_stride(STEP)) {
        CHECK(size <= ARRAY_ROOM && scene.mode == EPOCHS);
        if (!build_bitmap(&scene, memory, size))
            continue;
        take_record(&scene, &record);
        result = put(&scene.map, "QC", 5);
        CHECK(result >= 0 || is_as_before(&scene, &record));
        CHECK((result < 0) == (put(&scene.map, "QC", 5) < 0));
        failures += result < 0;
    }
    CHECK(failures > 0 && hamt_count(&scene.map) == 17 * 3);
    CHECK(is_intact(&scene.map) && (scene.map.root & 1) != 0);
}

/* ---- Copies ---------------------------------------------------------- */

/* Copy a map to arenas of more and more bytes. */
static bool try_copies(const struct scene *scene, unsigned char *memory,
                       size_t room)
{
    struct arena to;
    struct hamt copy;
    int result = ARENA_ENOMEM;

    copy = scene->map;
    for (size_t size = 0; result < 0; size += test_stride(STEP)) {
        size_t used;

        EXPECT(size <= room);
        if (arena_init(&to, memory, size) < 0)
            continue;
        used = used_of(&to);
        result = hamt_copy(&scene->map, &to, &copy);
        EXPECT(arena_check(&to) == ARENA_OK);
        EXPECT(result == 0 || result == ARENA_ENOMEM);
        EXPECT(result == 0 || used_of(&to) == used);
        EXPECT(result == 0 || copy.root == scene->map.root);
    }
    EXPECT(hamt_check(&copy) == ARENA_OK);
    EXPECT(hamt_equal(&copy, &scene->map) == 1);
    EXPECT(hamt_count(&copy) == hamt_count(&scene->map));
    EXPECT(bytes_in(&copy) <= bytes_in(&scene->map));
    return true;
}

TEST(a_copy_fails_as_a_whole_or_is_there_as_a_whole)
{
    struct scene scene;
    MEMORY(memory, 2 * ROOM);

    memset(&scene, 0, sizeof scene);
    for (int text = 0; text < 2; text++)
        for (int mode = EPOCHS; mode < MODES; mode++) {
            scene.is_text = text;
            scene.mode = (enum mode)mode;
            CHECK(build(&scene, memory, ROOM));
            CHECK(try_copies(&scene, memory + ROOM, ROOM));
        }
}

TEST(a_copy_of_an_empty_map_is_empty)
{
    ROOM_FOR(map, LITTLE);
    struct hamt copy;

    for (int mode = EPOCHS; mode < MODES; mode++) {
        START(map, text_types[mode], LITTLE);
        CHECK(hamt_copy(&map, &arena, &copy) == ARENA_OK);
        CHECK(hamt_count(&copy) == 0 && blocks_of(&arena) == 0);
        CHECK(put_text(&copy, "A", "text") == 1 && is_intact(&copy));
    }
}

TESTS = { RUN(a_full_arena_leaves_a_map_as_it_was),
          RUN(a_full_arena_leaves_a_counted_map_as_it_was),
          RUN(a_full_arena_leaves_a_region_map_as_it_was),
          RUN(a_full_arena_leaves_a_map_of_strings_as_it_was),
          RUN(a_full_arena_leaves_a_counted_map_of_strings_as_it_was),
          RUN(a_full_arena_leaves_a_region_map_of_strings_as_it_was),
          RUN(a_full_arena_leaves_a_bitmap_as_it_was),
          RUN(a_copy_fails_as_a_whole_or_is_there_as_a_whole),
          RUN(a_copy_of_an_empty_map_is_empty),
          TESTS_END };
