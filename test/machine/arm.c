/* Cortex-M in QEMU. */
#include "semihosting.h"

extern unsigned char stack_end[];
void machine_start(void);

uintptr_t machine_call(uintptr_t operation, const void *argument)
{
    register uintptr_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void machine_start(void)
{
    run();
}

__attribute__((naked)) static void fault(void)
{
    __asm__("ldr r0, =stack_end\n"
            "mov sp, r0\n"
            "bl machine_fault\n");
}

/* Where the CPU starts, and where it goes at each kind of fault. */
struct vectors {
    void *stack;
    void (*start)(void);
    void (*faults[14])(void);
};

extern const struct vectors vectors;
__attribute__((section(".start"), used)) const struct vectors vectors = {
    stack_end,
    machine_start,
    { fault, fault, fault, fault, fault, fault, fault, fault, fault, fault,
      fault, fault, fault, fault },
};
