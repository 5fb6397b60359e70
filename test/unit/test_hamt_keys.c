/* Keys of each size, and how they are hashed. */
#include "hamt_test.h"

/* Do the keys of a map come in the order of these hashes of theirs? Counts
   them. */
static bool is_ordered(const struct hamt *map, size_t count,
                       uint32_t (*hash_of)(const void *key))
{
    struct hamt_iter iter;
    const void *key;
    uint32_t last = 0;

    hamt_iter_init(&iter, map);
    for (size_t i = 0; hamt_iter_next(&iter, &key, NULL) > 0; i++) {
        EXPECT(i == 0 || is_before(last, hash_of(key)));
        last = hash_of(key);
        count--;
    }
    EXPECT(count == 0);
    return true;
}

static uint32_t hash_u8(const void *key)
{
    return hamt_mix32(*(const uint8_t *)key);
}

static uint32_t hash_u16(const void *key)
{
    return hamt_mix32(*(const uint16_t *)key);
}

static uint32_t hash_u32(const void *key)
{
    return hamt_mix32(*(const uint32_t *)key);
}

static uint32_t hash_u64(const void *key)
{
    uint64_t number;

    memcpy(&number, key, sizeof number);
    return (uint32_t)hamt_mix64(number);
}

static uint32_t hash_12_bytes(const void *key)
{
    return hamt_murmur(key, 12, 0);
}

struct twelve {
    unsigned char byte[12];
};

/* A map of the numbers 1 3 5 .. in keys of a size, in order; the lookups of
   the even ones between them fail. */
#define TEST_OF_KEYS(name, K, hash_of)                      \
    TEST(name)                                              \
    {                                                       \
        struct entry {                                      \
            K key, value;                                   \
        };                                                  \
        static const struct hamt_type type =                \
            HAMT_TYPE(struct entry, key, value);            \
        MAP(map, type, 1024);                               \
        K key;                                              \
                                                            \
        memset(&key, 0, sizeof key);                        \
        for (uint8_t i = 1; i < 20; i = (uint8_t)(i + 2)) { \
            *(unsigned char *)&key = i;                     \
            CHECK(hamt_set(&map, &key, &key) == 1);         \
        }                                                   \
        for (uint8_t i = 0; i < 20; i++) {                  \
            *(unsigned char *)&key = i;                     \
            CHECK(hamt_find(&map, &key, NULL) == i % 2);    \
        }                                                   \
        *(unsigned char *)&key = 7;                         \
        ((unsigned char *)&key)[sizeof key - 1] ^= 0x80;    \
        CHECK(hamt_find(&map, &key, NULL) == 0);            \
        CHECK(hamt_check(&map) == ARENA_OK);                \
        is_ordered(&map, 10, hash_of);                      \
    }

TEST_OF_KEYS(keys_of_1_byte_are_hashed_as_numbers, uint8_t, hash_u8)
TEST_OF_KEYS(keys_of_2_bytes_are_hashed_as_numbers, uint16_t, hash_u16)
TEST_OF_KEYS(keys_of_4_bytes_are_hashed_as_numbers, uint32_t, hash_u32)
TEST_OF_KEYS(keys_of_8_bytes_are_hashed_as_numbers, uint64_t, hash_u64)
TEST_OF_KEYS(other_keys_are_hashed_by_their_bytes, struct twelve, hash_12_bytes)

/* An entry of an odd size lies at any address. */
TEST(a_set_of_bytes_has_each_of_them)
{
    static const struct hamt_type type = HAMT_SET_TYPE(uint8_t);
    MAP(set, type, LITTLE);
    struct hamt_iter iter;
    const void *key;
    uint32_t seen = 0;

    for (uint8_t i = 0; i < 32; i++)
        CHECK(hamt_set(&set, &i, NULL) == 1);

    hamt_iter_init(&iter, &set);
    while (hamt_iter_next(&iter, &key, NULL) > 0)
        seen |= (uint32_t)1 << *(const uint8_t *)key;
    CHECK(seen == 0xFFFFFFFF && hamt_check(&set) == ARENA_OK);
    for (uint8_t i = 0; i < 32; i++)
        CHECK(hamt_remove(&set, &i) == 1 && is_intact(&set));
}

struct three {
    unsigned char byte[3];
};

TEST(a_diff_of_entries_of_an_odd_size_tells_all)
{
    static const struct hamt_type type = HAMT_SET_TYPE(struct three);
    MAP(a, type, LITTLE);
    ALSO(b, type);
    struct hamt_diff diff;
    struct hamt_change change;
    uint32_t seen = 0;

    for (uint8_t i = 0; i < 20; i++) {
        struct three key = { { 7, i, 9 } };

        CHECK(hamt_set(i % 2 == 0 ? &a : &b, &key, NULL) == 1);
    }
    hamt_diff_init(&diff, &a, &b);
    while (hamt_diff_next(&diff, &change) > 0) {
        uint8_t i = ((const struct three *)change.key)->byte[1];

        CHECK(change.kind == (i % 2 == 0 ? HAMT_REMOVED : HAMT_ADDED));
        seen |= (uint32_t)1 << i;
    }
    CHECK(seen == 0xFFFFF);
}

TESTS = { RUN(keys_of_1_byte_are_hashed_as_numbers),
          RUN(keys_of_2_bytes_are_hashed_as_numbers),
          RUN(keys_of_4_bytes_are_hashed_as_numbers),
          RUN(keys_of_8_bytes_are_hashed_as_numbers),
          RUN(other_keys_are_hashed_by_their_bytes),
          RUN(a_set_of_bytes_has_each_of_them),
          RUN(a_diff_of_entries_of_an_odd_size_tells_all),
          TESTS_END };
