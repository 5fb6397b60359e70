/*
 * Prints what must be the same on every machine: hashes, the order of
 * iteration, and hashes of contents. Each line starts with "golden " and goes
 * on in hexadecimal; they are compared with golden.out.
 */
#include "hamt.h"
#include "test.h"

enum { SMALL = ARENA_REF_BITS == 16 ? 1000 : 1400 };

static void print_hex(uint32_t number, int digits)
{
    char text[2] = { 0, 0 };

    while (digits-- > 0) {
        text[0] = "0123456789abcdef"[number >> 4 * digits & 15];
        test_print(text);
    }
}

static void print_line(uint32_t number)
{
    test_print("golden ");
    print_hex(number, 8);
    test_print("\n");
}

/* ---- Maps ------------------------------------------------------------ */

struct byte_entry {
    uint8_t key, value;
};

struct half_entry {
    uint16_t key, value;
};

struct word_entry {
    uint32_t key, value;
};

struct long_entry {
    uint64_t key, value;
};

struct odd {
    unsigned char bytes[6];
};

struct odd_entry {
    struct odd key, value;
};

struct text_entry {
    arena_ref key, value;
};

static const struct hamt_type bytes = HAMT_TYPE(struct byte_entry, key, value);
static const struct hamt_type halves = HAMT_TYPE(struct half_entry, key, value);
static const struct hamt_type words = HAMT_TYPE(struct word_entry, key, value);
static const struct hamt_type longs = HAMT_TYPE(struct long_entry, key, value);
static const struct hamt_type odds = HAMT_TYPE(struct odd_entry, key, value);
static const struct hamt_type texts =
    HAMT_TYPE_WITH(struct text_entry, key, value,
                   HAMT_KEY_BYTES | HAMT_VALUE_BYTES, NULL, NULL, NULL, NULL);

/* The number that an item stands for. */
static uint8_t number_in(const struct hamt_type *type, const void *item)
{
    const unsigned char *first = (const unsigned char *)item;

    switch (type->key_size) {
    case 2:
        return (uint8_t)(*(const uint16_t *)item);
    case 4:
        return (uint8_t)(*(const uint32_t *)item);
    case 8:
        return (uint8_t)(*(const uint64_t *)item);
    default:
        return *first;
    }
}

/* The keys in order, and the hash of the contents. */
static void print_map(const struct hamt *map, bool is_text)
{
    struct hamt_iter iter;
    const void *key;
    uint32_t hash = 0;

    test_print("golden");
    hamt_iter_init(&iter, map);
    while (hamt_iter_next(&iter, &key, NULL) > 0) {
        test_print(" ");
        print_hex(is_text ? *(const unsigned char *)key
                          : number_in(map->type, key),
                  2);
    }
    test_print("\n");
    CHECK(hamt_check(map) == ARENA_OK && hamt_hash(map, &hash) == ARENA_OK);
    print_line(hash);
}

#define PRINT_NUMBERS(name, type, K, value_of)             \
    TEST(name)                                             \
    {                                                      \
        struct arena arena;                                \
        struct hamt map;                                   \
        MEMORY(memory, SMALL);                             \
                                                           \
        arena_init(&arena, memory, SMALL);                 \
        CHECK(hamt_init(&map, &arena, &type) == ARENA_OK); \
        for (uint8_t i = 0; i < 20; i++) {                 \
            K key = i, value = (K)(value_of);              \
                                                           \
            CHECK(hamt_set(&map, &key, &value) == 1);      \
        }                                                  \
        print_map(&map, false);                            \
    }

PRINT_NUMBERS(print_keys_of_1_byte, bytes, uint8_t, i * 3)
PRINT_NUMBERS(print_keys_of_2_bytes, halves, uint16_t, i * 0x301u)
PRINT_NUMBERS(print_keys_of_4_bytes, words, uint32_t, i * 0x30201u)
PRINT_NUMBERS(print_keys_of_8_bytes, longs, uint64_t, i * 0x3020100000000u)

TEST(print_keys_of_6_bytes)
{
    struct arena arena;
    struct hamt map;
    struct odd key = { { 0, 1, 2, 3, 4, 5 } };
    MEMORY(memory, SMALL);

    arena_init(&arena, memory, SMALL);
    CHECK(hamt_init(&map, &arena, &odds) == ARENA_OK);
    for (; key.bytes[0] < 20; key.bytes[0]++)
        CHECK(hamt_set(&map, &key, &key) == 1);
    print_map(&map, false);
}

TEST(print_strings)
{
    static const char letters[] = "abcdefghij";
    struct arena arena;
    struct hamt map;
    MEMORY(memory, SMALL);

    arena_init(&arena, memory, SMALL);
    CHECK(hamt_init(&map, &arena, &texts) == ARENA_OK);
    for (size_t i = 0; i < 9; i++) {
        struct arena_bytes key = { letters + i, 1 + i % 2 };
        struct arena_bytes value = { letters, i };

        CHECK(hamt_set(&map, &key, &value) == 1);
    }
    print_map(&map, true);
}

TEST(print_hashes)
{
    static const unsigned char secret[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    static const struct { /* the text at an odd address */
        uint32_t aligned;
        char before, text[7];
    } item = { 0, 0, "strata" };

    for (size_t size = 0; size <= 6; size++) {
        print_line(hamt_murmur(item.text, size, 0x12345678));
        print_line(hamt_siphash(item.text, size, secret));
    }
    print_line(hamt_mix32(0x01020304));
    print_line((uint32_t)hamt_mix64(0x0102030405060708u));
    print_line((uint32_t)(hamt_mix64(0x0102030405060708u) >> 32));
}

TESTS = { RUN(print_keys_of_1_byte),  RUN(print_keys_of_2_bytes),
          RUN(print_keys_of_4_bytes), RUN(print_keys_of_8_bytes),
          RUN(print_keys_of_6_bytes), RUN(print_strings),
          RUN(print_hashes),          TESTS_END };
