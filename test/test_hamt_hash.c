/* The built-in hashes, against published vectors, and what they are used for:
   keys of each size. */
#include "test_hamt.h"

/* ---- MurmurHash3 ----------------------------------------------------- */

/* Ian Boyd's vectors, stackoverflow.com/a/31929528. */
struct murmur_vector {
    unsigned char bytes[4];
    uint8_t size;
    uint32_t seed;
    uint32_t hash;
};

static const struct murmur_vector murmurs[] = {
    { { 0, 0, 0, 0 }, 0, 0, 0 },
    { { 0, 0, 0, 0 }, 0, 1, 0x514E28B7 },
    { { 0, 0, 0, 0 }, 0, 0xFFFFFFFF, 0x81F16F39 },
    { { 0xFF, 0xFF, 0xFF, 0xFF }, 4, 0, 0x76293B50 },
    { { 0x21, 0x43, 0x65, 0x87 }, 4, 0, 0xF55B516B },
    { { 0x21, 0x43, 0x65, 0x87 }, 4, 0x5082EDEE, 0x2362F9DE },
    { { 0x21, 0x43, 0x65, 0 }, 3, 0, 0x7E4A8634 },
    { { 0x21, 0x43, 0, 0 }, 2, 0, 0xA0F7B07A },
    { { 0x21, 0, 0, 0 }, 1, 0, 0x72661CF4 },
    { { 0, 0, 0, 0 }, 4, 0, 0x2362F9DE },
    { { 0, 0, 0, 0 }, 3, 0, 0x85F0B427 },
    { { 0, 0, 0, 0 }, 2, 0, 0x30F4C306 },
    { { 0, 0, 0, 0 }, 1, 0, 0x514E28B7 }
};

TEST(murmur_gives_the_published_hashes)
{
    for (size_t i = 0; i < sizeof murmurs / sizeof *murmurs; i++) {
        const struct murmur_vector *vector = &murmurs[i];

        CHECK(hamt_murmur(vector->bytes, vector->size, vector->seed) ==
              vector->hash);
    }
    CHECK(hamt_murmur("Hello, world!", 13, 1234) == 0xFAF6CDB3);
    CHECK(hamt_murmur("Hello, world!", 13, 0x9747B28C) == 0x24884CBA);
    CHECK(hamt_murmur(NULL, 0, 0) == 0);
}

/* SMHasher's VerificationTest and its value for MurmurHash3_x86_32. */
TEST(murmur_passes_the_verification_of_smhasher)
{
    MEMORY(memory, 256 + 1024);
    unsigned char *hashes = memory + 256;

    for (unsigned i = 0; i < 256; i++) {
        uint32_t hash = hamt_murmur(memory, i, 256 - i);

        memory[i] = (unsigned char)i;
        for (unsigned byte = 0; byte < 4; byte++)
            hashes[4 * i + byte] = (unsigned char)(hash >> 8 * byte);
    }

    CHECK(hamt_murmur(hashes, 1024, 0) == 0xB0F57EE3);
}

TEST(murmur_takes_bytes_at_any_address)
{
    MEMORY(memory, 24);

    for (size_t offset = 0; offset < 8; offset++) {
        memcpy(memory + offset, "Hello, world!", 13);
        CHECK(hamt_murmur(memory + offset, 13, 1234) == 0xFAF6CDB3);
    }
}

/* fmix32 is what MurmurHash3 does with a seed and no bytes. The values of
   fmix64 are in the tests of many ports. */
TEST(mixing_gives_the_published_numbers)
{
    CHECK(hamt_mix32(0) == 0);
    CHECK(hamt_mix32(1) == 0x514E28B7);
    CHECK(hamt_mix32(0xFFFFFFFF) == 0x81F16F39);

    CHECK(hamt_mix64(0) == 0);
    CHECK(hamt_mix64(1) == 0xB456BCFC34C2CB2C);
    CHECK(hamt_mix64(0xCBF29CE484222325) == 0xEFD01F60BA992926);
    CHECK(hamt_mix64(0xFFFFFFFFFFFFFFFF) == 0x64B5720B4B825F21);
}

/* ---- HalfSipHash ----------------------------------------------------- */

/* vectors_hsip32 of the reference implementation, github.com/veorq/SipHash,
   vectors.h: key 0 1 .. 7, input 0 1 .. n-1; here as little-endian numbers. */
static const uint32_t sips[64] = {
    0x5B9F35A9, 0xB85A4727, 0x03A662FA, 0x04E7FE8A, 0x89466E2A,
    0x69B6FAC5, 0x23FC6358, 0xC563CF8B, 0x8F84B8D0, 0x79E706F8,
    0x3479B094, 0x50300808, 0x2F87F057, 0xFF63E677, 0x7CF8FFD6,
    0x972BFE74, 0x84ACB5D9, 0x5B6474C4, 0x9B8D5B46, 0x87E3EF7B,
    0x45104DE3, 0xB3623F61, 0xFE67F370, 0xBDB8ADE6, 0x630C4027,
    0x75787826, 0x5F7B564F, 0x69E6B03A, 0x004064B0, 0xB40F67FF,
    0x8B339E50, 0x1A9F585D, 0x1221E7FE, 0x59327533, 0x8C4F436A,
    0x29B728FE, 0xECC65CE7, 0x548D7E69, 0x0F8B6863, 0xB4620B65,
    0x4018BCB6, 0x0545075D, 0x2EFD4224, 0x3A86B77B, 0x48D50577,
    0xB10852D7, 0xC899D4B6, 0x2E209208, 0xE32CE169, 0xE580B58D,
    0xC6649736, 0x04026E01, 0xD4F3853B, 0xBE66DBFE, 0x3A2A691E,
    0xC08489C6, 0x40B9C5A5, 0x8CE8E99B, 0x4081BC7D, 0xC58E077C,
    0x736CE7D4, 0xB9CB8F42, 0x7A9983BD, 0x744AEA59
};

TEST(siphash_gives_the_hashes_of_the_reference)
{
    static const unsigned char key[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };
    MEMORY(memory, 64);

    for (size_t size = 0; size < 64; size++) {
        memory[size] = (unsigned char)size;
        CHECK(hamt_siphash(memory, size, key) == sips[size]);
    }
}

/* ---- Keys of each size ----------------------------------------------- */

/* Do the keys of a map come in the order of these hashes of theirs? Counts
   them. */
static bool is_ordered(const struct hamt *map, size_t count,
                       uint32_t (*hash_of)(const void *key))
{
    struct hamt_iter iter;
    const void *key;
    uint32_t last = 0;

    EXPECT(hamt_check(map) == ARENA_OK);
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
#define TEST_OF_KEYS(name, K, hash_of)                                    \
    TEST(name)                                                            \
    {                                                                     \
        struct entry {                                                    \
            K key, value;                                                 \
        };                                                                \
        static const struct hamt_type type =                              \
            HAMT_TYPE(struct entry, key, value);                          \
        struct arena arena;                                               \
        struct hamt map;                                                  \
        K key;                                                            \
        MEMORY(memory, 1024);                                             \
                                                                          \
        arena_init(&arena, memory, 1024);                                 \
        CHECK(hamt_init(&map, &arena, &type) == ARENA_OK);                \
        memset(&key, 0, sizeof key);                                      \
        for (uint8_t i = 1; i < 20; i = (uint8_t)(i + 2)) {               \
            *(unsigned char *)&key = i;                                   \
            CHECK(hamt_set(&map, &key, &key) == 1);                       \
        }                                                                 \
        for (uint8_t i = 0; i < 20; i++) {                                \
            *(unsigned char *)&key = i;                                   \
            CHECK(hamt_find(&map, &key, NULL) == i % 2);                  \
        }                                                                 \
        *(unsigned char *)&key = 7;                                       \
        ((unsigned char *)&key)[sizeof key - 1] ^= 0x80;                  \
        CHECK(hamt_find(&map, &key, NULL) == 0);                          \
        is_ordered(&map, 10, hash_of);                                    \
    }

TEST_OF_KEYS(keys_of_1_byte_are_hashed_as_numbers, uint8_t, hash_u8)
TEST_OF_KEYS(keys_of_2_bytes_are_hashed_as_numbers, uint16_t, hash_u16)
TEST_OF_KEYS(keys_of_4_bytes_are_hashed_as_numbers, uint32_t, hash_u32)
TEST_OF_KEYS(keys_of_8_bytes_are_hashed_as_numbers, uint64_t, hash_u64)
TEST_OF_KEYS(other_keys_are_hashed_by_their_bytes, struct twelve,
             hash_12_bytes)

TESTS = { RUN(murmur_gives_the_published_hashes),
          RUN(murmur_passes_the_verification_of_smhasher),
          RUN(murmur_takes_bytes_at_any_address),
          RUN(mixing_gives_the_published_numbers),
          RUN(siphash_gives_the_hashes_of_the_reference),
          RUN(keys_of_1_byte_are_hashed_as_numbers),
          RUN(keys_of_2_bytes_are_hashed_as_numbers),
          RUN(keys_of_4_bytes_are_hashed_as_numbers),
          RUN(keys_of_8_bytes_are_hashed_as_numbers),
          RUN(other_keys_are_hashed_by_their_bytes),
          TESTS_END };
