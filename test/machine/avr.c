/*
 * AVR in simavr, started by avr-libc. The emulator shows what is written to
 * GPIOR0, a line at a time, and ends with the CPU asleep for ever. It has no
 * status to give, so that is written as a line of its own.
 */
#include "machine.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <stdint.h>

/* Tells simavr which register is the console: a tag, a length, an address. */
enum { CONSOLE_TAG = 11 };

struct tag {
    uint8_t tag;
    uint8_t length;
    volatile uint8_t *address;
} __attribute__((packed));

extern const struct tag _mmcu;
const struct tag _mmcu __attribute__((section(".mmcu"), used)) = {
    CONSOLE_TAG,
    sizeof(void *),
    &GPIOR0,
};

void machine_write(const char *text, size_t size)
{
    for (; size > 0; size--, text++)
        GPIOR0 = *text == '\n' ? '\r' : (uint8_t)*text;
}

/* What lies below the stack. If it is not as it was, the stack was there. Only
   a call that leaves so many bytes of its frame unwritten steps over them. */
extern volatile uint8_t __heap_start[];
enum { MARKS = 64 };

static void mark(void)
{
    for (uint8_t i = 0; i < MARKS; i++)
        __heap_start[i] = 0xA5;
}

static int is_marked(void)
{
    for (uint8_t i = 0; i < MARKS; i++) {
        if (__heap_start[i] != 0xA5)
            return 0;
    }
    return 1;
}

void machine_exit(int status)
{
    if (!is_marked())
        status = MACHINE_STACK;
    GPIOR0 = '@';
    if (status >= 10)
        GPIOR0 = (uint8_t)('0' + status / 10 % 10);
    GPIOR0 = (uint8_t)('0' + status % 10);
    GPIOR0 = '\r';
    cli();
    for (;;)
        sleep_mode();
}

/* A start without a reset, by a jump to nowhere. What is not initialised keeps
   its value. */
static uint16_t begun __attribute__((section(".noinit")));
enum { BEGUN = 0x3E61 };

/* Any interrupt; none is wanted. */
ISR(BADISR_vect)
{
    machine_exit(MACHINE_FAULT);
}

int main(void)
{
    if (begun == BEGUN)
        machine_exit(MACHINE_FAULT);
    begun = BEGUN;
    mark();
    machine_exit(machine_main());
    return 0;
}
