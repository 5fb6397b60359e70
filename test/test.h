/*
 * How the tests are written: functions with sentences for names, in a list
 * that test.c runs.
 *
 *     TEST(set_then_get_gives_the_value)
 *     {
 *         MEMORY(memory, 4096);
 *         ...
 *         CHECK(hamt_get(&map, &key) != NULL);
 *     }
 *
 *     TESTS = { RUN(set_then_get_gives_the_value), TESTS_END };
 *
 * The same sources run on the host and on emulated machines without a C
 * library: so they use the library, this header and nothing else. A test asks
 * for its memory; a machine that has not that much leaves it out and says how
 * many bytes it would need.
 */
#ifndef STRATA_TEST_H
#define STRATA_TEST_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
    const char *name;
    void (*run)(void);
};

#define TEST(name) static void name(void)
#define RUN(name) { #name, name }
#define TESTS const struct test tests[]
#define TESTS_END { NULL, NULL }

extern const struct test tests[];

/* Give up this test, in a function without a result, unless condition holds.
   The first time it prints where, and the seed. */
#define CHECK(condition)                             \
    do {                                             \
        if (!(condition)) {                          \
            test_fail(__FILE__, __LINE__, #condition); \
            return;                                  \
        }                                            \
    } while (0)

/* The same in a function that returns false on failure. */
#define EXPECT(condition)                            \
    do {                                             \
        if (!(condition)) {                          \
            test_fail(__FILE__, __LINE__, #condition); \
            return false;                            \
        }                                            \
    } while (0)

/* Declare name as size bytes of this test's memory, aligned to 16, filled with
   0xA5; or leave the test out. A test does it once. */
#define MEMORY(name, size)                               \
    unsigned char *name = test_memory((uint32_t)(size)); \
    if (name == NULL)                                    \
    return

/* Leave this test out for another reason than memory. */
#define LEAVE_OUT(reason)       \
    do {                        \
        test_leave_out(reason); \
        return;                 \
    } while (0)

void test_fail(const char *file, int line, const char *condition);
bool test_failed(void); /* has this test failed? */
unsigned char *test_memory(uint32_t size);
void test_leave_out(const char *reason);

/* Random numbers, the same for the same seed: each test starts anew. */
uint32_t test_random(void);
uint32_t test_below(uint32_t limit); /* 0 to limit - 1 */

/* How many steps of a random test to do where the host does so many. */
uint32_t test_steps(uint32_t on_host);

/* Print, where a test's purpose is a figure. */
void test_print(const char *text);
void test_print_number(const char *text, uint32_t number);

/* The rest is test.c's and the machine's. */
int test_main(uint32_t seed, const char *only);
void machine_write(const char *text, size_t size);

#endif
