/*
 * Programs with a fault in them, to see that a fault is seen. FAULT says which:
 * 1 a test that fails, 2 a wild access, 3 a loop without an end, 4 a jump to
 * nowhere, which on some machines starts the program anew, 5 a sum too many,
 * 6 a stack that grows too far, 7 a number at an odd address, 8 a test of the
 * list that is not run.
 */
#include "machine.h"
#include "test.h"

volatile uint8_t one = 1;

#if FAULT == 6
static uint8_t dig(uint32_t levels)
{
    volatile uint8_t frame[16];

    frame[0] = one;
    frame[one] = levels > 1 ? dig(levels - 1) : one;
    return frame[0];
}
#endif

TEST(planted)
{
#if FAULT == 1
    CHECK(one == 2);
#elif FAULT == 2
    test_print("begun\n");
    *(volatile uint8_t *)(uintptr_t)WILD = one;
    CHECK(*(volatile uint8_t *)(uintptr_t)WILD == one);
#elif FAULT == 3
    test_print("begun\n");
    while (one != 0)
        one = 1;
#elif FAULT == 4
    static void (*volatile nowhere)(void);

    nowhere();
#elif FAULT == 6
    /* With as much data as other tests have. */
    CHECK(test_memory(1) != NULL);
    CHECK(dig(STACK / 8) == 1);
#elif FAULT == 7
    static volatile uint32_t numbers[2];
    volatile uint8_t *odd = (volatile uint8_t *)numbers + one;

    CHECK(*(volatile uint32_t *)(uintptr_t)odd == 0);
#elif FAULT == 8
    test_print("1 passed, 0 failed, 0 left out\n");
    machine_exit(0);
#elif FAULT == 5
    test_print("1 passed, 0 failed, 0 left out\n");
#endif
}

TEST(sound)
{
    CHECK(one == 1);
}

TESTS = { RUN(planted), RUN(sound), TESTS_END };
