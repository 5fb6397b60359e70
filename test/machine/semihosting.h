/*
 * Semihosting: how a program on a bare ARM or RISC-V machine calls the
 * emulator. Each of the two has its own machine_call, made of an instruction
 * that traps.
 */
#ifndef STRATA_SEMIHOSTING_H
#define STRATA_SEMIHOSTING_H

#include "machine.h"

#include <stdint.h>

/* Operations, and the reason for an exit, of the ARM specification. */
enum { WRITE0 = 0x04, EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };

extern unsigned char data_start[], data_end[], data_in_flash[];
extern unsigned char bss_start[], bss_end[];

uintptr_t machine_call(uintptr_t operation, const void *argument);

void machine_write(const char *text, size_t size)
{
    char piece[65];

    while (size > 0) {
        size_t count = 0;

        for (; count < sizeof piece - 1 && size > 0; size--)
            piece[count++] = *text++;
        piece[count] = '\0';
        machine_call(WRITE0, piece);
    }
}

void machine_exit(int status)
{
    uintptr_t block[2];

    block[0] = APPLICATION_EXIT;
    block[1] = (uintptr_t)status;
    for (;;)
        machine_call(EXIT_EXTENDED, block);
}

/* Where a fault leads, with a new stack: the old one may be the fault. */
void machine_fault(void);
void machine_fault(void)
{
    machine_exit(MACHINE_FAULT);
}

/* What a C program finds when it starts. */
static void run(void)
{
    const unsigned char *from = data_in_flash;

    for (unsigned char *to = data_start; to < data_end; to++)
        *to = *from++;
    for (unsigned char *to = bss_start; to < bss_end; to++)
        *to = 0;
    machine_exit(machine_main());
}

#endif
