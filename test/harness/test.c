/* Running tests: see test.h. */
#include "test.h"

/* An arena of an earlier test may have left its memory poisoned. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TEST_ASAN
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define TEST_ASAN
#endif
#if defined(TEST_ASAN)
#include <sanitizer/asan_interface.h>
#define UNPOISON(start, size) ASAN_UNPOISON_MEMORY_REGION(start, size)
#elif defined(STRATA_VALGRIND)
#include <valgrind/memcheck.h>
#define UNPOISON(start, size) (void)VALGRIND_MAKE_MEM_UNDEFINED(start, size)
#else
#define UNPOISON(start, size) ((void)(start), (void)(size))
#endif

enum outcome { PASSED, FAILED, LEFT_OUT };

static union {
    unsigned char bytes[TEST_MEMORY];
    uint64_t aligned;
} memory;

static const char *name;
static enum outcome outcome;
static uint32_t seed, state;

/* ---- Printing -------------------------------------------------------- */

void test_print(const char *text)
{
    size_t size = 0;

    while (text[size] != '\0')
        size++;
    machine_write(text, size);
}

void test_print_number(const char *text, uint32_t number)
{
    char digits[11];
    size_t at = sizeof digits - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    test_print(text);
    test_print(digits + at);
}

/* ---- What tests call ------------------------------------------------- */

void test_fail(const char *file, int line, const char *condition)
{
    if (outcome == FAILED)
        return;
    outcome = FAILED;
    test_print("FAIL ");
    test_print(file);
    test_print_number(":", (uint32_t)line);
    test_print(" ");
    test_print(name);
    test_print_number(" (seed ", seed);
    test_print("): ");
    test_print(condition);
    test_print("\n");
}

bool test_failed(void)
{
    return outcome == FAILED;
}

void test_leave_out(const char *reason)
{
    outcome = LEFT_OUT;
    test_print("left out ");
    test_print(name);
    test_print(": ");
    test_print(reason);
    test_print("\n");
}

void test_needs(uint32_t size)
{
    outcome = LEFT_OUT;
    test_print("left out ");
    test_print(name);
    test_print_number(": needs ", size);
    test_print(" bytes\n");
}

unsigned char *test_memory(uint32_t size)
{
    unsigned char *at = memory.bytes;

    at += (16 - (uintptr_t)at % 16) % 16;
    if (!TEST_HAS(size)) {
        test_needs(size);
        return NULL;
    }
    UNPOISON(memory.bytes, sizeof memory);
    for (size_t i = 0; i < size; i++)
        at[i] = 0xA5;
    return at;
}

/* xorshift32 (Marsaglia 2003). */
uint32_t test_random(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

uint32_t test_below(uint32_t limit)
{
    return (test_random() >> 8) % limit;
}

/* What it looks through may be poisoned. */
#ifdef TEST_POISONED
__attribute__((__no_sanitize__("address")))
#endif
uint16_t *
test_find(unsigned char *from, uint32_t size, uint16_t value)
{
    uint16_t *words = (uint16_t *)(void *)from, *found = NULL;

    for (uint32_t i = 0; i < size / 2; i++) {
        if (words[i] != value)
            continue;
        if (found != NULL)
            return NULL;
        found = &words[i];
    }
    return found;
}

uint32_t test_steps(uint32_t on_host)
{
    uint32_t steps = on_host / TEST_DIVISOR, least = on_host / 160;

    least = least == 0 ? 1 : least < 50 ? least : 50;
    return steps > least ? steps : least;
}

uint32_t test_tide(uint32_t steps, uint32_t most)
{
    return steps / 3 < most ? steps / 3 + 1 : most;
}

uint32_t test_stride(uint32_t on_host)
{
    return on_host * (1 + TEST_DIVISOR / 200);
}

/* ---- The list -------------------------------------------------------- */

static bool is_same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

int test_main(uint32_t first_seed, const char *only)
{
    uint32_t count[3] = { 0, 0, 0 };

    seed = first_seed;
    for (const struct test *test = tests; test->run != NULL; test++) {
        if (only != NULL && !is_same(only, test->name))
            continue;
        name = test->name;
        outcome = PASSED;
        state = seed * 2654435769u + 1;
        test->run();
        count[outcome]++;
    }
    test_print_number("", count[PASSED]);
    test_print_number(" passed, ", count[FAILED]);
    test_print_number(" failed, ", count[LEFT_OUT]);
    test_print(" left out\n");
    /* No test at all is no success. */
    return count[FAILED] > 0 || count[PASSED] + count[LEFT_OUT] == 0;
}
