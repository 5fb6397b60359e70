/* Programs with a fault in them, to see that a fault is seen: each PLANT_*
   below makes one. */
#include "machine.h"
#include "test.h"

volatile uint8_t one = 1;

#if defined(PLANT_stack)
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
#if defined(PLANT_failure) /* a test that fails */
    CHECK(one == 2);
#elif defined(PLANT_wild)    /* an access to where there is nothing */
    test_print("begun\n");
    *(volatile uint8_t *)(uintptr_t)WILD = one;
    CHECK(*(volatile uint8_t *)(uintptr_t)WILD == one);
#elif defined(PLANT_loop)    /* no end */
    test_print("begun\n");
    while (one != 0)
        one = 1;
#elif defined(PLANT_restart) /* a jump to nowhere: some machines start anew */
    static void (*volatile nowhere)(void);

    nowhere();
#elif defined(PLANT_stack)   /* a stack that grows too far */
    /* With as much data as other tests have. */
    CHECK(test_memory(1) != NULL);
    CHECK(dig(STACK / 8) == 1);
#elif defined(PLANT_odd)     /* a number at an odd address */
    static volatile uint32_t numbers[2];
    volatile uint8_t *odd = (volatile uint8_t *)numbers + one;

    CHECK(*(volatile uint32_t *)(uintptr_t)odd == 0);
#elif defined(PLANT_unrun)   /* a test of the list is not run */
    test_print("1 passed, 0 failed, 0 left out\n");
    machine_exit(0);
#elif defined(PLANT_sums)    /* a sum too many */
    test_print("1 passed, 0 failed, 0 left out\n");
#endif
}

TEST(sound)
{
    CHECK(one == 1);
}

TESTS = { RUN(planted), RUN(sound), TESTS_END };
