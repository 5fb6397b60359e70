/* Differences, equality and hashes of contents. */
#include "hamt_test.h"

/* ---- Against a model ------------------------------------------------- */

/* What two maps have: 0 is nothing. */
struct model {
    uint16_t *before, *after;
    uint16_t keys;
};

/* Is this change right, and the first of its key? It is then taken out of the
   model, so that what is left are equal values. */
static bool is_change(const struct model *model,
                      const struct hamt_change *change)
{
    uint16_t key = *(const uint16_t *)change->key;
    uint16_t *before = &model->before[key], *after = &model->after[key];

    EXPECT(key < model->keys && *before != *after);
    EXPECT((change->before == NULL) == (*before == 0));
    EXPECT((change->after == NULL) == (*after == 0));
    EXPECT(*before == 0 || *(const uint16_t *)change->before == *before);
    EXPECT(*after == 0 || *(const uint16_t *)change->after == *after);
    EXPECT(change->kind == (*before == 0  ? HAMT_ADDED
                            : *after == 0 ? HAMT_REMOVED
                                          : HAMT_CHANGED));
    *before = *after;
    return true;
}

/* Does the diff of two maps tell what the model says, in order? */
static bool is_diff(const struct model *model, const struct hamt *before,
                    const struct hamt *after, uint32_t mask)
{
    struct hamt_change change;
    struct hamt_diff diff;
    uint32_t last = 0;
    int more;

    hamt_diff_init(&diff, before, after);
    for (int i = 0; (more = hamt_diff_next(&diff, &change)) > 0; i++) {
        uint32_t hash = masked(*(const uint16_t *)change.key, mask);

        EXPECT(is_change(model, &change));
        EXPECT(i == 0 || !is_before(hash, last));
        last = hash;
    }
    EXPECT(more == 0 && hamt_diff_next(&diff, &change) == 0);
    for (uint16_t key = 0; key < model->keys; key++)
        EXPECT(model->before[key] == model->after[key]);
    return true;
}

static bool rehashes(const struct hamt *before, const struct hamt *after)
{
    uint32_t old = 1, direct = 2, by_changes = 3;

    EXPECT(hamt_hash(before, &old) == 0 && hamt_hash(after, &direct) == 0);
    EXPECT(hamt_rehash(before, old, after, &by_changes) == 0);
    EXPECT(by_changes == direct);
    return true;
}

/* Change a map at random, and the model of it. */
static bool scramble(struct hamt *map, uint16_t *values, uint16_t keys,
                     uint32_t changes)
{
    while (changes-- > 0) {
        uint16_t key = (uint16_t)test_below(keys);
        uint16_t value = (uint16_t)test_below(4);

        EXPECT((value == 0 ? hamt_remove(map, &key)
                           : hamt_set(map, &key, &value)) >= 0);
        values[key] = value;
    }
    return true;
}

/* Compare two states of one map, and of two maps that share nothing. */
static bool compare(const struct masked_type *type, uint16_t keys,
                    uint32_t changes, unsigned char *memory, size_t size)
{
    struct model model = { (uint16_t *)(void *)memory,
                           (uint16_t *)(void *)memory + keys, keys };
    size_t cells = size / 256 * 16; /* the same for all, and enough */
    struct arena arena;
    struct arena_epoch epoch;
    struct hamt map, old;
    bool is_copy = test_below(4) == 0;
    bool is_same;

    memset(memory, 0, cells);
    EXPECT(arena_init(&arena, memory + cells, size - cells) == ARENA_OK);
    EXPECT(hamt_init(&map, &arena, &type->type) == ARENA_OK);
    EXPECT(scramble(&map, model.before, keys, test_below(2u * keys)));
    memcpy(model.after, model.before, keys * sizeof *model.after);
    old = map;
    EXPECT(arena_hold(&arena, &epoch) == ARENA_OK);
    if (is_copy)
        EXPECT(hamt_copy(&old, &arena, &map) == ARENA_OK);
    EXPECT(scramble(&map, model.after, keys, changes));

    is_same = memcmp(model.before, model.after, keys * sizeof *model.after) ==
              0;
    EXPECT(hamt_equal(&old, &map) == is_same);
    EXPECT(hamt_equal(&map, &old) == is_same);
    EXPECT(rehashes(&old, &map) && rehashes(&map, &old));
    return is_diff(&model, &old, &map, type->mask);
}

TEST(a_diff_tells_all_changes_in_order)
{
    static const struct masked_type types[] = {
        MASKED_TYPE(0, 0xFFFFFFFF), MASKED_TYPE(0, 0x3FF),
        MASKED_TYPE(0, 0xC0000003), MASKED_TYPE(0, 0x80000000),
        MASKED_TYPE(0, 0x108421),   MASKED_TYPE(0, 0x1F),
    };
    enum { ROOM = TEST_ROOM(30000, 5000, 2950) };
    enum { KEYS = TEST_HAS(30000) ? 150 : 40 };
    MEMORY(memory, ROOM);

    for (uint32_t i = 0; i < test_steps(3000); i++) {
        const struct masked_type *type = &types[i % 6];
        uint16_t keys = type->mask == 0x80000000 ? 16 : KEYS;

        CHECK(compare(type, keys, test_below(i % 5 == 0 ? 100 : 6), memory,
                      ROOM));
    }
}

TEST(a_diff_of_small_maps_tells_all_changes)
{
    static const struct masked_type type = MASKED_TYPE(0, 0xC0000001);
    MEMORY(memory, LITTLE);

    for (uint32_t i = 0; i < test_steps(1000); i++)
        CHECK(compare(&type, 6, test_below(8), memory, LITTLE));
}

/* ---- What is shared is skipped --------------------------------------- */

/* A type whose functions count their calls. */
struct counting_type {
    struct hamt_type type;
    uint32_t *calls;
};

static void count_call(const struct hamt_type *type)
{
    ++*((const struct counting_type *)(const void *)type)->calls;
}

/* Three keys each have the same hash: a diff that enters what is shared has to
   compare them. */
static int counting_hash(const struct hamt_type *type, const void *key,
                         uint32_t *hash)
{
    count_call(type);
    *hash = hamt_mix32(*(const uint16_t *)key / 3u);
    return 0;
}

static int counting_equal(const struct hamt_type *type, const void *a,
                          const void *b)
{
    count_call(type);
    return *(const uint16_t *)a == *(const uint16_t *)b;
}

static int counting_hash_value(const struct hamt_type *type, const void *value,
                               uint32_t *hash)
{
    count_call(type);
    *hash = hamt_mix32(*(const uint16_t *)value);
    return 0;
}

#define COUNTING_TYPE(calls)                                                 \
    {                                                                        \
        HAMT_TYPE_WITH(struct masked_entry, key, value, 0, counting_hash,    \
                       counting_equal, counting_hash_value, counting_equal), \
            calls                                                            \
    }

TEST(a_diff_costs_what_has_changed_not_what_is_there)
{
    enum { ROOM = TEST_ROOM(50000, 5000, 2950) };
    enum { KEYS = TEST_HAS(50000) ? 180 : 48 };
    uint32_t calls = 0, hash = 0, old_hash = 0;
    const struct counting_type type = COUNTING_TYPE(&calls);
    MAP(map, type.type, ROOM);
    struct arena_epoch epoch;
    struct hamt old;
    uint16_t key, value = 7777;

    for (key = 0; key < KEYS; key++)
        CHECK(hamt_set(&map, &key, &key) == 1);
    CHECK(hamt_hash(&map, &old_hash) == 0);
    old = map;
    arena_hold(&arena, &epoch);
    for (key = 0; key < 30; key = (uint16_t)(key + 10))
        CHECK(hamt_set(&map, &key, &value) == 0);

    calls = 0;
    CHECK(hamt_rehash(&old, old_hash, &map, &hash) == 0 && calls < 100);
    CHECK(hamt_hash(&map, &old_hash) == 0 && old_hash == hash);
    CHECK(calls >= 2 * KEYS);
    calls = 0;
    CHECK(hamt_equal(&old, &map) == 0 && calls < 30);
    calls = 0;
    CHECK(hamt_equal(&map, &map) == 1 && calls == 0);
    key = 5;
    CHECK(hamt_remove(&map, &key) == 1);
    calls = 0;
    CHECK(hamt_equal(&old, &map) == 0 && calls == 0);
}

/* ---- Details --------------------------------------------------------- */

/* Is the next change this one? */
static bool next_is(struct hamt_diff *diff, enum hamt_change_kind kind,
                    const char *path)
{
    struct hamt_change change;
    struct spelled key;

    spell(&key, path);
    EXPECT(hamt_diff_next(diff, &change) == 1);
    EXPECT(change.kind == kind && memcmp(change.key, &key, sizeof key) == 0);
    return true;
}

TEST(among_equal_hashes_what_was_there_comes_before_what_is_new)
{
    MAP(map, spelled_types[EPOCHS], LITTLE);
    struct arena_epoch epoch;
    struct hamt old;
    struct hamt_diff diff, copy;
    struct hamt_change change;

    put(&map, "AAAAAAA1", 1);
    put(&map, "AAAAAAA2", 2);
    put(&map, "AAAAAAA3", 3);
    old = map;
    arena_hold(&arena, &epoch);
    take_out(&map, "AAAAAAA2");
    put(&map, "AAAAAAA4", 4);
    put(&map, "AAAAAAA3", 5);

    hamt_diff_init(&diff, &old, &map);
    CHECK(next_is(&diff, HAMT_REMOVED, "AAAAAAA2"));
    copy = diff;
    CHECK(next_is(&diff, HAMT_CHANGED, "AAAAAAA3"));
    CHECK(next_is(&diff, HAMT_ADDED, "AAAAAAA4"));
    CHECK(hamt_diff_next(&diff, &change) == 0);
    CHECK(next_is(&copy, HAMT_CHANGED, "AAAAAAA3"));
}

/* ---- Keys with one hash ---------------------------------------------- */

static uint32_t compared;

static int one_hash(const struct hamt_type *type, const void *key,
                    uint32_t *hash)
{
    (void)type;
    (void)key;
    *hash = 1;
    return 0;
}

static int count_compare(const struct hamt_type *type, const void *a,
                         const void *b)
{
    (void)type;
    compared++;
    return memcmp(a, b, sizeof(uint16_t)) == 0;
}

struct word_pair {
    uint16_t key, value;
};

/* The comparisons of a diff, and the changes that it tells. */
static uint32_t comparisons(const struct hamt *before, const struct hamt *after,
                            uint32_t *changes)
{
    struct hamt_change change;
    struct hamt_diff diff;

    compared = 0;
    hamt_diff_init(&diff, before, after);
    for (*changes = 0; hamt_diff_next(&diff, &change) > 0;)
        ++*changes;
    return compared;
}

TEST(among_equal_hashes_a_diff_compares_little_more_than_has_changed)
{
    enum { KEYS = 30 };
    static const struct hamt_type type =
        HAMT_TYPE_WITH(struct word_pair, key, value, HAMT_COUNTED, one_hash,
                       count_compare, NULL, NULL);
    MAP(map, type, 2 * LITTLE);
    struct hamt less, more, other;
    uint32_t changes, hash = 0;
    uint16_t key = 0, new_value = 99;

    for (; key < KEYS; key++)
        CHECK(hamt_set(&map, &key, &key) == 1);
    CHECK(hamt_hash(&map, &hash) == 0);
    key = KEYS / 2;
    CHECK(hamt_without(&map, &key, &less) == 1);
    CHECK(hamt_assoc(&map, &key, &new_value, &other) == 0);
    key = KEYS;
    CHECK(hamt_assoc(&map, &key, &key, &more) == 1);

    CHECK(comparisons(&map, &other, &changes) == 1 && changes == 1);
    CHECK(comparisons(&map, &less, &changes) == KEYS - 1 && changes == 1);
    CHECK(comparisons(&less, &map, &changes) < 2 * KEYS && changes == 1);
    CHECK(comparisons(&map, &more, &changes) == KEYS && changes == 1);
    CHECK(comparisons(&more, &map, &changes) == KEYS && changes == 1);
    compared = 0;
    CHECK(hamt_rehash(&map, hash, &other, &hash) == 0 && compared == 1);
    compared = 0;
    CHECK(hamt_equal(&map, &other) == 0 && compared == 1);
}

/* The order of insertion is no difference. */
TEST(equal_hashes_in_another_order_are_no_difference)
{
    static const char *const keys[] = { "BBBBBBB1", "BBBBBBB2", "BBBBBBB3" };
    MAP(a, spelled_types[EPOCHS], LITTLE);
    ALSO(b, spelled_types[EPOCHS]);
    struct hamt_diff diff;
    struct hamt_change change;
    uint32_t hash_a = 1, hash_b = 2;

    for (int i = 0; i < 3; i++) {
        put(&a, keys[i], 1);
        put(&b, keys[2 - i], 1);
        CHECK(i == 1 || hamt_equal(&a, &b) == (i == 2));
    }

    hamt_diff_init(&diff, &a, &b);
    CHECK(hamt_diff_next(&diff, &change) == 0);
    CHECK(hamt_hash(&a, &hash_a) == 0 && hamt_hash(&b, &hash_b) == 0);
    CHECK(hash_a == hash_b);
    CHECK(put(&b, "BBBBBBB1", 2) == 0 && hamt_equal(&a, &b) == 0);
}

TEST(from_nothing_to_a_map_all_keys_are_added)
{
    static const char *const keys[] = { "AA", "AB", "BCD", "BCE", "BCF", "C" };
    MAP(map, spelled_types[EPOCHS], LITTLE);
    ALSO(empty, spelled_types[EPOCHS]);
    struct hamt_diff diff;
    struct hamt_change change;

    for (int i = 6; i-- > 0;)
        put(&map, keys[i], 1);
    hamt_diff_init(&diff, &empty, &map);
    for (int i = 0; i < 6; i++)
        CHECK(next_is(&diff, HAMT_ADDED, keys[i]));
    CHECK(hamt_diff_next(&diff, &change) == 0);
    hamt_diff_init(&diff, &map, &empty);
    for (int i = 0; i < 6; i++)
        CHECK(next_is(&diff, HAMT_REMOVED, keys[i]));
    CHECK(hamt_diff_next(&diff, &change) == 0);

    hamt_diff_init(&diff, &empty, &empty);
    CHECK(hamt_diff_next(&diff, &change) == 0);
    CHECK(hamt_equal(&empty, &empty) == 1 && hamt_equal(&empty, &map) == 0);
}

TEST(maps_of_all_modes_and_of_other_arenas_can_be_compared)
{
    enum { ROOM = LITTLE / MODES / 16 * 16 };
    struct arena arenas[MODES];
    struct hamt maps[MODES];
    MEMORY(memory, MODES * ROOM);

    for (int mode = EPOCHS; mode < MODES; mode++) {
        CHECK(start_map(&maps[mode], &arenas[mode], &spelled_types[mode],
                        memory + mode * ROOM, ROOM));
        put(&maps[mode], "AB", 1);
        put(&maps[mode], "AC", 2);
        put(&maps[mode], "AD", 3);
    }

    for (int a = EPOCHS; a < MODES; a++)
        for (int b = EPOCHS; b < MODES; b++)
            CHECK(hamt_equal(&maps[a], &maps[b]) == 1);
    CHECK(put(&maps[REGION], "AC", 9) == 0);
    CHECK(hamt_equal(&maps[REGION], &maps[EPOCHS]) == 0);
}

static const struct hamt_type words = HAMT_SET_TYPE(uint32_t);
static const struct hamt_type halves = HAMT_SET_TYPE(uint16_t);

TEST(maps_of_other_types_can_not_be_compared)
{
    MAP(a, words, LITTLE);
    ALSO(b, halves);
    ALSO(c, spelled_types[EPOCHS]);
    struct hamt_diff diff;
    struct hamt_change change;
    uint32_t hash = 5;

    CHECK(hamt_equal(&a, &b) == ARENA_EINVAL);
    CHECK(hamt_equal(&a, &c) == ARENA_EINVAL);
    CHECK(hamt_rehash(&a, 0, &b, &hash) == ARENA_EINVAL && hash == 5);
    hamt_diff_init(&diff, &a, &b);
    CHECK(hamt_diff_next(&diff, &change) == ARENA_EINVAL);
    CHECK(hamt_diff_next(&diff, &change) == ARENA_EINVAL);
}

static int zero_hash(const struct hamt_type *type, const void *key,
                     uint32_t *hash)
{
    (void)type;
    (void)key;
    *hash = 0;
    return 0;
}

TEST(maps_with_other_functions_can_not_be_compared)
{
    static const struct hamt_type types[] = {
        HAMT_TYPE(struct word_pair, key, value),
        HAMT_TYPE_WITH(struct word_pair, key, value, 0, zero_hash, NULL, NULL,
                       NULL),
        HAMT_TYPE_WITH(struct word_pair, key, value, 0, NULL, count_compare,
                       NULL, NULL),
        HAMT_TYPE_WITH(struct word_pair, key, value, 0, NULL, NULL, zero_hash,
                       NULL),
        HAMT_TYPE_WITH(struct word_pair, key, value, 0, NULL, NULL, NULL,
                       count_compare),
    };
    MAP(map, types[0], LITTLE);

    for (int i = 0; i < 5; i++) {
        struct hamt other;

        CHECK(hamt_init(&other, &arena, &types[i]) == ARENA_OK);
        CHECK(hamt_equal(&map, &other) == (i == 0 ? 1 : ARENA_EINVAL));
        CHECK(hamt_equal(&other, &map) == (i == 0 ? 1 : ARENA_EINVAL));
    }
}

struct forth {
    uint32_t key, value;
};

struct back {
    uint32_t value, key;
};

struct padded {
    uint32_t key, unused, value;
};

/* A map of a few numbers to others. */
static bool make_numbers(struct hamt *map, struct arena *arena,
                         const struct hamt_type *type)
{
    EXPECT(hamt_init(map, arena, type) == ARENA_OK);
    for (uint32_t key = 0; key < 5; key++) {
        uint32_t value = 100 - key * key;

        EXPECT(hamt_set(map, &key, &value) == 1);
    }
    return true;
}

TEST(entries_may_be_laid_out_in_other_ways)
{
    static const struct hamt_type types[] = {
        HAMT_TYPE(struct forth, key, value),
        HAMT_TYPE(struct back, key, value),
        HAMT_TYPE(struct padded, key, value),
    };
    ARENA(arena, LITTLE);
    struct hamt maps[3];
    uint32_t key = 3, value = 1;

    for (int i = 0; i < 3; i++)
        CHECK(make_numbers(&maps[i], &arena, &types[i]));
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            CHECK(hamt_equal(&maps[a], &maps[b]) == 1);
    CHECK(hamt_set(&maps[1], &key, &value) == 0);
    CHECK(hamt_equal(&maps[0], &maps[1]) == 0);
    CHECK(hamt_equal(&maps[1], &maps[2]) == 0);
}

struct refs {
    arena_ref key, value;
};

TEST(strings_and_numbers_can_not_be_compared)
{
    static const struct hamt_type types[] = {
        HAMT_TYPE(struct refs, key, value),
        HAMT_TYPE_WITH(struct refs, key, value, HAMT_KEY_BYTES, NULL, NULL,
                       NULL, NULL),
        HAMT_TYPE_WITH(struct refs, key, value, HAMT_VALUE_BYTES, NULL, NULL,
                       NULL, NULL),
    };
    ARENA(arena, LITTLE);
    struct hamt maps[3];

    for (int i = 0; i < 3; i++)
        CHECK(hamt_init(&maps[i], &arena, &types[i]) == ARENA_OK);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            CHECK(hamt_equal(&maps[a], &maps[b]) ==
                  (a == b ? 1 : ARENA_EINVAL));
}

/* Each bit of a value counts, whatever its size. */
#define TEST_OF_VALUES(name, V)                                 \
    TEST(name)                                                  \
    {                                                           \
        struct entry {                                          \
            uint16_t key;                                       \
            V value;                                            \
        };                                                      \
        static const struct hamt_type type =                    \
            HAMT_TYPE(struct entry, key, value);                \
        MAP(map, type, LITTLE);                                 \
        uint16_t key = 7;                                       \
        uint32_t hash, last = 0;                                \
        V value;                                                \
                                                                \
        for (size_t bit = 0; bit < sizeof value * 8; bit++) {   \
            memset(&value, 0, sizeof value);                    \
            ((unsigned char *)&value)[bit / 8] =                \
                (unsigned char)(1u << bit % 8);                 \
            CHECK(hamt_set(&map, &key, &value) == (bit == 0));  \
            CHECK(hamt_hash(&map, &hash) == 0 && hash != last); \
            last = hash;                                        \
        }                                                       \
    }

struct six {
    unsigned char byte[6];
};

TEST_OF_VALUES(values_of_1_byte_are_hashed, uint8_t)
TEST_OF_VALUES(values_of_2_bytes_are_hashed, uint16_t)
TEST_OF_VALUES(values_of_4_bytes_are_hashed, uint32_t)
TEST_OF_VALUES(values_of_8_bytes_are_hashed, uint64_t)
TEST_OF_VALUES(other_values_are_hashed, struct six)

TEST(the_hash_of_nothing_is_0)
{
    MAP(map, spelled_types[EPOCHS], LITTLE);
    uint32_t hash = 5;

    CHECK(hamt_hash(&map, &hash) == 0 && hash == 0);
    put(&map, "A", 0);
    CHECK(hamt_hash(&map, &hash) == 0 && hash != 0);
    take_out(&map, "A");
    CHECK(hamt_hash(&map, &hash) == 0 && hash == 0);
}

TESTS = { RUN(a_diff_tells_all_changes_in_order),
          RUN(a_diff_of_small_maps_tells_all_changes),
          RUN(a_diff_costs_what_has_changed_not_what_is_there),
          RUN(among_equal_hashes_what_was_there_comes_before_what_is_new),
          RUN(among_equal_hashes_a_diff_compares_little_more_than_has_changed),
          RUN(equal_hashes_in_another_order_are_no_difference),
          RUN(from_nothing_to_a_map_all_keys_are_added),
          RUN(maps_of_all_modes_and_of_other_arenas_can_be_compared),
          RUN(maps_of_other_types_can_not_be_compared),
          RUN(maps_with_other_functions_can_not_be_compared),
          RUN(entries_may_be_laid_out_in_other_ways),
          RUN(strings_and_numbers_can_not_be_compared),
          RUN(values_of_1_byte_are_hashed),
          RUN(values_of_2_bytes_are_hashed),
          RUN(values_of_4_bytes_are_hashed),
          RUN(values_of_8_bytes_are_hashed),
          RUN(other_values_are_hashed),
          RUN(the_hash_of_nothing_is_0),
          TESTS_END };
