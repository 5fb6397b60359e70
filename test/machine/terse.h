/*
 * Comes before a test on a machine whose constants lie in RAM: its texts are
 * left out. A test's name is then its number in the list, from 0, and of a
 * failed check only the line is told. Tables of CPython's scripts lie in flash.
 */
#include "test.h"

#include <avr/pgmspace.h>

#define ORACLE_TABLE PROGMEM
#define ORACLE_BYTE(at) pgm_read_byte(at)
#if TEST_MEMORY < 2000
/* Of scripts that might need up to 1700 bytes, maps in place do with less. */
enum { SURE = 1700, LESS = TEST_MEMORY - 60 };
#define ORACLE_ARENA(mode, size) \
    ((mode) == EPOCHS && (size) > LESS && (size) < SURE ? LESS : (size))
#endif

#undef RUN
/* clang-format off */
#define RUN(name) { TEXT(__COUNTER__), name }
/* clang-format on */
#define TEXT(number) TEXT_OF(number)
#define TEXT_OF(number) #number

#define test_fail(file, line, condition) test_fail("", line, "")
#define test_leave_out(reason) test_leave_out("")
