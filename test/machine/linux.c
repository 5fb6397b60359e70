/*
 * Other CPUs, as bare programs under a Linux kernel or QEMU's image of one:
 * two system calls, no C library. A fault is a signal, which ends the program
 * with a status of its own.
 */
#include "machine.h"

#if defined(__mips__)
enum { CALL_EXIT = 4001, CALL_WRITE = 4004 };
#else
enum { CALL_EXIT = 1, CALL_WRITE = 4 };
#endif

void machine_run(void);

/* The kernel starts a program here, with a stack that is not quite what a
   function of C expects. */
#if defined(__mips__)
__asm__(".globl __start\n"
        "__start:\n"
        "    addiu $sp, $sp, -32\n"
        "    jal machine_run\n"
        "    nop\n");
#elif defined(__sparc__)
__asm__(".globl _start\n"
        "_start:\n"
        "    sub %sp, 192, %sp\n"
        "    call machine_run\n"
        "    nop\n");
#elif defined(__s390x__)
__asm__(".globl _start\n"
        "_start:\n"
        "    aghi %r15, -160\n"
        "    brasl %r14, machine_run\n");
#elif defined(__i386__)
__asm__(".globl _start\n"
        "_start:\n"
        "    andl $-16, %esp\n"
        "    call machine_run\n");
#endif

static void call(long number, long a, long b, long c)
{
#if defined(__mips__)
    register long v0 __asm__("$2") = number;
    register long a0 __asm__("$4") = a;
    register long a1 __asm__("$5") = b;
    register long a2 __asm__("$6") = c;
    register long a3 __asm__("$7");

    __asm__ volatile("syscall"
                     : "+r"(v0), "=r"(a3)
                     : "r"(a0), "r"(a1), "r"(a2)
                     : "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13",
                       "$14", "$15", "$24", "$25", "hi", "lo", "memory");
#elif defined(__sparc__)
    register long g1 __asm__("g1") = number;
    register long o0 __asm__("o0") = a;
    register long o1 __asm__("o1") = b;
    register long o2 __asm__("o2") = c;

    __asm__ volatile("ta 0x6d"
                     : "+r"(o0)
                     : "r"(g1), "r"(o1), "r"(o2)
                     : "cc", "memory");
#elif defined(__s390x__)
    register long r1 __asm__("r1") = number;
    register long r2 __asm__("r2") = a;
    register long r3 __asm__("r3") = b;
    register long r4 __asm__("r4") = c;

    __asm__ volatile("svc 0" : "+d"(r2) : "d"(r1), "d"(r3), "d"(r4) : "memory");
#elif defined(__i386__)
    __asm__ volatile("int $0x80"
                     : "+a"(number)
                     : "b"(a), "c"(b), "d"(c)
                     : "memory");
#endif
}

void machine_write(const char *text, size_t size)
{
    call(CALL_WRITE, 1, (long)text, (long)size);
}

void machine_exit(int status)
{
    for (;;)
        call(CALL_EXIT, status, 0, 0);
}

void machine_run(void)
{
    machine_exit(machine_main());
}
