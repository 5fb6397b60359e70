/* WebAssembly: wasm.js, run by Node.js, has the other half. */
#include "machine.h"

#define IMPORT(name) \
    __attribute__((import_module("machine"), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))

IMPORT("write") void host_write(const char *text, size_t size);
IMPORT("exit") void host_exit(int status);
EXPORT("run") void run(void);

void machine_write(const char *text, size_t size)
{
    host_write(text, size);
}

void machine_exit(int status)
{
    host_exit(status);
}

void run(void)
{
    machine_exit(machine_main());
}
