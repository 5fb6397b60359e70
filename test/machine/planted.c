/*
 * Programs with a fault in them, to see that a fault is seen. FAULT says which:
 * 1 a test that fails, 2 a wild access, 3 a loop without an end, 4 a jump to
 * nowhere, which on some machines starts the program anew, 5 a sum too many.
 */
#include "machine.h"
#include "test.h"

/* An address at which the machine has nothing. */
#ifndef WILD
#define WILD 0xFFFFFF00u
#endif

volatile uint8_t one = 1;

TEST(planted)
{
#if FAULT == 1
    CHECK(one == 2);
#elif FAULT == 2
    *(volatile uint8_t *)(uintptr_t)WILD = one;
    CHECK(*(volatile uint8_t *)(uintptr_t)WILD == one);
#elif FAULT == 3
    test_print("begun\n");
    while (one != 0)
        one = 1;
#elif FAULT == 4
    static void (*volatile nowhere)(void);

    nowhere();
#elif FAULT == 5
    test_print("1 passed, 0 failed, 0 left out\n");
#endif
}

TESTS = { RUN(planted), TESTS_END };
