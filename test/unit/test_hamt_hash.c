/* MurmurHash3 and its finalisers, against published vectors. */
#include "hamt_test.h"

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
    { { 0, 0, 0, 0 }, 1, 0, 0x514E28B7 },
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

TEST(integer_keys_are_hashed_by_mixing)
{
    struct hamt_type type;
    uint32_t hash = 0;

    for (uint32_t number = 0; number < 300; number++) {
        uint8_t u8 = (uint8_t)number;
        uint16_t u16 = (uint16_t)(number * 217);
        uint32_t u32 = number * 0x9E3779B1u;
        uint64_t u64 = (uint64_t)u32 << 32 | number;

        CHECK(hamt_hash_u8(&type, &u8, &hash) == 0 && hash == hamt_mix32(u8));
        CHECK(hamt_hash_u16(&type, &u16, &hash) == 0);
        CHECK(hash == hamt_mix32(u16));
        CHECK(hamt_hash_u32(&type, &u32, &hash) == 0);
        CHECK(hash == hamt_mix32(u32));
        CHECK(hamt_hash_u64(&type, &u64, &hash) == 0);
        CHECK(hash == (uint32_t)hamt_mix64(u64));
    }
}

TESTS = { RUN(integer_keys_are_hashed_by_mixing),
          RUN(murmur_gives_the_published_hashes),
          RUN(murmur_passes_the_verification_of_smhasher),
          RUN(murmur_takes_bytes_at_any_address),
          RUN(mixing_gives_the_published_numbers),
          TESTS_END };
