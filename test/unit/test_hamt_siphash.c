/* HalfSipHash-2-4, against its published vectors. */
#include "hamt_test.h"

/* vectors_hsip32 of the reference implementation, github.com/veorq/SipHash,
   vectors.h: key 0 1 .. 7, input 0 1 .. n-1; here as little-endian numbers. */
static const uint32_t sips[64] = {
    0x5B9F35A9, 0xB85A4727, 0x03A662FA, 0x04E7FE8A, 0x89466E2A, 0x69B6FAC5,
    0x23FC6358, 0xC563CF8B, 0x8F84B8D0, 0x79E706F8, 0x3479B094, 0x50300808,
    0x2F87F057, 0xFF63E677, 0x7CF8FFD6, 0x972BFE74, 0x84ACB5D9, 0x5B6474C4,
    0x9B8D5B46, 0x87E3EF7B, 0x45104DE3, 0xB3623F61, 0xFE67F370, 0xBDB8ADE6,
    0x630C4027, 0x75787826, 0x5F7B564F, 0x69E6B03A, 0x004064B0, 0xB40F67FF,
    0x8B339E50, 0x1A9F585D, 0x1221E7FE, 0x59327533, 0x8C4F436A, 0x29B728FE,
    0xECC65CE7, 0x548D7E69, 0x0F8B6863, 0xB4620B65, 0x4018BCB6, 0x0545075D,
    0x2EFD4224, 0x3A86B77B, 0x48D50577, 0xB10852D7, 0xC899D4B6, 0x2E209208,
    0xE32CE169, 0xE580B58D, 0xC6649736, 0x04026E01, 0xD4F3853B, 0xBE66DBFE,
    0x3A2A691E, 0xC08489C6, 0x40B9C5A5, 0x8CE8E99B, 0x4081BC7D, 0xC58E077C,
    0x736CE7D4, 0xB9CB8F42, 0x7A9983BD, 0x744AEA59,
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

TESTS = { RUN(siphash_gives_the_hashes_of_the_reference), TESTS_END };
