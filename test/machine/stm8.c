/*
 * STM8 in SDCC's simulator, started by SDCC's own code. Commands are bytes
 * written to one address: "p" and a byte prints it, "s" stops. There is no
 * status to give, so that is written as a line of its own.
 */
#include "machine.h"

#include <stdint.h>

#define SIMULATOR (*(volatile uint8_t *)0x5FFF)

static void put(uint8_t byte)
{
    SIMULATOR = 'p';
    SIMULATOR = byte;
}

void machine_write(const char *text, size_t size)
{
    for (; size > 0; size--)
        put((uint8_t)*text++);
}

void machine_exit(int status)
{
    put('@');
    if (status >= 10)
        put((uint8_t)('0' + status / 10 % 10));
    put((uint8_t)('0' + status % 10));
    put('\n');
    for (;;)
        SIMULATOR = 's';
}

void main(void)
{
    machine_exit(machine_main());
}
