/*
 * What calls cost, in executed instructions or cycles: for test/measure/cost.
 *
 * A map of so many entries is filled and then changed in a steady way: release
 * the last hold, hold, set a value, remove a key; the key comes back
 * uncounted. Lines "CALL ENTRIES COST": the mean over all calls, for iterating
 * over all entries.
 *
 * On the host, where an emulator counts, only one CALL of one number of
 * ENTRIES is made by measured(), and the line tells how many there were.
 */
#include "hamt.h"
#include "machine.h"
#include "test.h"

#ifdef __AVR__
#include <avr/io.h>
typedef uint8_t number;
#define ROOM 1350
enum { LARGEST = 100 };
#else
typedef uint32_t number;
#define ROOM 60000u
enum { LARGEST = 1000 };
#endif

enum { ROUNDS = 100 };
enum call { FIND, SET, REMOVE, ITERATE, HOLD, RELEASE, NOTHING, CALLS };

struct entry {
    number key, value;
};

static const struct hamt_type type = HAMT_TYPE(struct entry, key, value);
static union {
    unsigned char bytes[ROOM];
    uint64_t aligned;
} memory;
static struct arena arena;
static struct arena_epoch epochs[2];
static struct hamt map;
static struct hamt_iter iter;
static number key, value;
static uint32_t cost[CALLS], calls[CALLS];

/* ---- Counting -------------------------------------------------------- */

#if defined(__AVR__)
typedef uint16_t count;

static count start(void)
{
    TIFR1 = _BV(TOV1);
    TCNT1 = 0;
    return 0;
}

/* What takes more cycles than can be counted ends it all. */
static count now(void)
{
    count cycles = TCNT1;

    if (TIFR1 & _BV(TOV1))
        machine_exit(6);
    return cycles;
}
#elif defined(__riscv)
typedef uint32_t count;

static count now(void)
{
    count instructions;

    __asm__ volatile(".option push\n.option arch, +zicsr\n"
                     "csrr %0, minstret\n.option pop\n"
                     : "=r"(instructions));
    return instructions;
}
#else
typedef uint32_t count;

static count now(void)
{
    return 0;
}
#endif

#ifndef __AVR__
static count start(void)
{
    return now();
}
#endif

static void make(enum call call, unsigned round)
{
    const void *k, *v;

    /* clang-format off */
    switch (call) {
    case FIND: hamt_find(&map, &key, &v); break;
    case SET: hamt_set(&map, &key, &value); break;
    case REMOVE: hamt_remove(&map, &key); break;
    case ITERATE: hamt_iter_next(&iter, &k, &v); break;
    case HOLD: arena_hold(&arena, &epochs[round % 2]); break;
    case RELEASE: arena_release(&arena, &epochs[(round + 1) % 2]); break;
    default: break;
    }
    /* clang-format on */
}

/* What is collected on the host: see test/measure/cost. */
void measured(enum call call, unsigned round);
__attribute__((noinline)) void measured(enum call call, unsigned round)
{
    make(call, round);
}

static enum call wanted = CALLS;

static void measure(enum call call, unsigned round)
{
    count before;

    if (wanted != CALLS) {
        calls[call]++;
        if (call == wanted)
            measured(call, round);
        else
            make(call, round);
        return;
    }
    before = start();
    measured(call, round);
    cost[call] += (count)(now() - before);
    calls[call]++;
}

/* ---- Steps ----------------------------------------------------------- */

static void fill(unsigned entries)
{
    if (arena_init(&arena, memory.bytes, sizeof memory.bytes) < 0 ||
        hamt_init(&map, &arena, &type) < 0)
        machine_exit(2);
    for (unsigned i = 0; i < entries; i++) {
        key = value = (number)i;
        if (hamt_set(&map, &key, &value) != 1)
            machine_exit(3);
    }
}

static void run_all(unsigned entries)
{
    fill(entries);
    for (unsigned i = 0; i < entries; i++) {
        key = (number)i;
        measure(FIND, i);
        measure(NOTHING, i);
    }
    hamt_iter_init(&iter, &map);
    for (unsigned i = 0; i < entries; i++)
        measure(ITERATE, i);
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (i > 0)
            measure(RELEASE, i);
        measure(HOLD, i);
        key = (number)(i * 7 % entries);
        value = (number)(i + 1);
        measure(SET, i);
        key = (number)((i * 7 + 3) % entries);
        measure(REMOVE, i);
        if (hamt_set(&map, &key, &value) != 1)
            machine_exit(4);
    }
    if (hamt_count(&map) != entries || arena_check(&arena) != ARENA_OK)
        machine_exit(5);
}

static const char *const names[] = {
    "find", "set", "remove", "iterate", "hold", "release", "nothing",
};

static void print(enum call call, unsigned entries)
{
    uint32_t bare = calls[NOTHING] > 0 ? cost[NOTHING] / calls[NOTHING] : 0;

    test_print(names[call]);
    test_print_number(" ", entries);
    if (wanted != CALLS)
        test_print_number(" ", calls[call]);
    else
        test_print_number(" ", cost[call] / calls[call] - bare);
    test_print("\n");
}

#if defined(__AVR__) || defined(__riscv)
int machine_main(void)
{
    static const uint16_t sizes[] = { 16, 100, 1000 };

#ifdef __AVR__
    TCCR1B = 1;
#endif
    for (unsigned i = 0; i < 3 && sizes[i] <= LARGEST; i++) {
        for (unsigned call = 0; call < CALLS; call++)
            cost[call] = calls[call] = 0;
        run_all(sizes[i]);
        for (unsigned call = 0; call < NOTHING; call++)
            print((enum call)call, sizes[i]);
    }
    return 0;
}
#else
#include <stdio.h>
#include <stdlib.h>

void machine_write(const char *text, size_t size)
{
    fwrite(text, 1, size, stdout);
}

void machine_exit(int status)
{
    exit(status);
}

int main(int count_of, char **arguments)
{
    unsigned entries;

    if (count_of != 3)
        return 1;
    wanted = (enum call)atoi(arguments[1]);
    entries = (unsigned)atoi(arguments[2]);
    if (wanted > NOTHING || entries > LARGEST)
        return 1;
    run_all(entries);
    print(wanted, entries);
    return 0;
}
#endif

const struct test tests[] = { { NULL, NULL } };
