/* RISC-V in QEMU, of 32 and 64 bits. */
#include "semihosting.h"

void machine_run(void);

/* QEMU knows the call by the two instructions around the trap. */
__asm__(".option push\n"
        ".option norvc\n"
        ".section .text.machine_call, \"ax\"\n"
        ".balign 16\n"
        ".globl machine_call\n"
        "machine_call:\n"
        "    slli x0, x0, 0x1f\n"
        "    ebreak\n"
        "    srai x0, x0, 7\n"
        "    ret\n"
        ".option pop\n");

/* Some of the machines have RAM for flash: so it is protected, to be read and
   run only (0x9D, with no way back). */
__asm__(".section .start, \"ax\"\n"
        ".option push\n"
        ".option arch, +zicsr\n"
        ".option norelax\n"
        ".globl machine_start\n"
        "machine_start:\n"
        "    la sp, stack_end\n"
        "    la t0, trap\n"
        "    csrw mtvec, t0\n"
        "    lui t0, %hi(flash_region)\n"
        "    addi t0, t0, %lo(flash_region)\n"
        "    csrw pmpaddr0, t0\n"
        "    li t0, 0x9D\n"
        "    csrw pmpcfg0, t0\n"
        "    tail machine_run\n"
        ".balign 4\n"
        "trap:\n"
        "    la sp, stack_end\n"
        "    tail machine_fault\n"
        ".option pop\n");

void machine_run(void)
{
    run();
}
