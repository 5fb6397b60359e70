/*
 * How the tests are written: functions with sentences for names, in a list
 * that test.c runs.
 *
 *     TEST(set_then_get_gives_the_value)
 *     {
 *         MAP(map, type, 4096);
 *         ...
 *         CHECK(hamt_get(&map, &key) != NULL);
 *     }
 *
 *     TESTS = { RUN(set_then_get_gives_the_value), TESTS_END };
 *
 * A test's first line says what it has: MAP, ARENA and others, which are in a
 * header for each module and begin with MEMORY below.
 *
 * The same sources run on the host and on emulated machines without a C
 * library: so they use the library, these headers and nothing else. A test asks
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
/* clang-format off */
#define RUN(name) { #name, name }
/* clang-format on */
#define TESTS const struct test tests[]
/* clang-format off */
#define TESTS_END { NULL, NULL }
/* clang-format on */

extern const struct test tests[];

/* The memory that tests get; small machines say how much. */
#ifndef TEST_MEMORY
#define TEST_MEMORY (48u << 20)
#endif

/* Slow machines do one of TEST_DIVISOR steps of a random test. */
#ifndef TEST_DIVISOR
#define TEST_DIVISOR 1u
#endif

/* Has the machine these bytes for a test, after aligning them to 16? */
#define TEST_HAS(bytes) (TEST_MEMORY - 15 >= (bytes))

/* The bytes of a test whose need on a small machine is another, as it does
   fewer steps there or has less to remember: what the host takes, or else the
   need with references of 32 and of 16 bits. A few in a hundred to spare. */
#define TEST_ROOM(host, of_32, of_16) \
    (TEST_HAS(host) ? (host) : ARENA_REF_BITS == 16 ? (of_16) : (of_32))

/* Give up this test, in a function without a result, unless condition holds.
   The first time it prints where, and the seed. */
#define CHECK(condition)                               \
    do {                                               \
        if (!(condition)) {                            \
            test_fail(__FILE__, __LINE__, #condition); \
            return;                                    \
        }                                              \
    } while (0)

/* As CHECK, in a function that returns false on failure. */
#define EXPECT(condition)                              \
    do {                                               \
        if (!(condition)) {                            \
            test_fail(__FILE__, __LINE__, #condition); \
            return false;                              \
        }                                              \
    } while (0)

/* Declare name as size bytes of this test's memory, aligned to 16, filled with
   0xA5; or leave the test out. A test does it once. */
#define MEMORY(name, size)                               \
    unsigned char *name = test_memory((uint32_t)(size)); \
    if (name == NULL)                                    \
    return

/* With poisoning, a read of what was given back ends the program; and releases
   free at once: nothing is ever pending. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TEST_POISONED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(STRATA_VALGRIND)
#define TEST_POISONED
#endif
#ifdef TEST_POISONED
enum { EAGER = 1 };
#else
enum { EAGER = 0 };
#endif

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
void test_needs(uint32_t size); /* leave out for want of size bytes */

/* Random numbers. Each test starts anew, so that a seed gives it the same ones
   whichever tests run before it. */
uint32_t test_random(void);
uint32_t test_below(uint32_t limit); /* 0 to limit - 1 */

/* The steps of a random test that does on_host of them on the host: on slow
   machines one of TEST_DIVISOR, but not fewer than 50, or than one of 160 where
   that is less. */
uint32_t test_steps(uint32_t on_host);

/* The steps for which a random test is to grow, and then to shrink: at most
   `most`, and few enough that it does both. */
uint32_t test_tide(uint32_t steps, uint32_t most);

/* The step from one size of an arena to the next where a test tries them all:
   on_host bytes on the host, more where machines are slow. */
uint32_t test_stride(uint32_t on_host);

/* The only 16-bit word of some bytes that is value; NULL if none or more are: a
   test finds a count, to let it be near its end. */
uint16_t *test_find(unsigned char *from, uint32_t size, uint16_t value);

/* Print, where a test's purpose is a figure. */
void test_print(const char *text);
void test_print_number(const char *text, uint32_t number);

/* The rest is test.c's and the machine's. */
int test_main(uint32_t seed, const char *only);
void machine_write(const char *text, size_t size);

#endif
