# shellcheck disable=SC2034 # others use the variables
# The machines on which the tests are run, for scripts that read this file: each
# is a file in test/machine/targets, and `target NAME` sets
#
#   tools       what must be installed
#   compile     the compiler and its flags
#   link        what turns objects into a program, but for the output's name
#   libraries   what comes after the objects
#   sources     the machine's own sources
#   object      how the names of object files and programs end
#   program
#   quick       flags that compile tests sooner than the library's do
#   terse       flags for tests whose texts would take up the RAM
#   lean        flags for lean.c, with which the script e01 has little stack
#
#   flash       bytes of flash, and of RAM without the stack
#   ram
#   ram_start   where the RAM is, if an address there counts from elsewhere
#   memory_all  bytes of RAM with the stack, where that may meet the data
#   stack       bytes of the stack
#   bits        of a reference (ARENA_REF_BITS)
#   memory      bytes for the tests (TEST_MEMORY)
#   divisor     of the steps of random tests (TEST_DIVISOR)
#   script_room KB of CPython's scripts that a program has room for as tables,
#               which take up to half of that
#   slow        programs that are left out for the time that they take
#
#   emulator    the command that runs a program
#   limit       seconds for a program
#   says        not empty: the emulator has no status to end with, so that the
#               program says it
#   wild        an address where the machine has nothing
#   crash       what the runner says of an access to it
#   tells       what the emulator says of it, where the runner says little
#   overflow    what the runner says of a stack that has grown too far
#   unaligned   not empty: a number at an odd address is a fault
#   restarts    not empty: a jump to nowhere starts the program anew
#   loops       not empty: plant a loop here, once for each emulator
#   sums        not empty: plant wrong sums here, once for the runner

# These set the variables of a family of machines, for the files in targets.

# A machine without an operating system: where its flash is, KB of it, where
# its RAM is, KB of it, and bytes of stack in it.
bare() {
    flash=$(($2 * 1024))
    ram=$(($4 * 1024))
    stack=$5
    wild=$(($3 + ram))
    script_room=$((2 * $2 - 100))
    compile="$compile -Os -ffreestanding -ffunction-sections -fdata-sections"
    link="$link -nostdlib -static -Wl,--gc-sections
        -Wl,--defsym=flash_start=$1,--defsym=flash_size=$flash
        -Wl,--defsym=ram_start=$3,--defsym=ram_size=$ram
        -Wl,--defsym=stack_size=$5 -T test/machine/bare.ld"
    libraries=-lgcc
}

arm() {
    tools="arm-none-eabi-gcc qemu-system-arm"
    compile="arm-none-eabi-gcc -mcpu=$1 -mthumb"
    link=$compile
    sources="arm memory"
    emulator="qemu-system-arm -M $2 -nographic -monitor none -serial none
        -semihosting-config enable=on,target=native -kernel"
}

riscv() {
    tools="riscv64-unknown-elf-gcc ${3%% *}"
    compile="riscv64-unknown-elf-gcc -march=$1 -mabi=$2 -mcmodel=medany"
    link=$compile
    sources="riscv memory"
    emulator="$3 -bios none -nographic -monitor none -serial none
        -semihosting-config enable=on,target=native -kernel"
}

# CPU, KB of flash, KB of RAM, where that starts, bytes of stack in it.
avr() {
    flash=$(($2 * 1024))
    memory_all=$(($3 * 1024))
    ram=$((memory_all - $5))
    ram_start=$(($4))
    stack=$5
    script_room=0
    wild=$((ram_start + memory_all))
    tools="avr-gcc simavr"
    compile="avr-gcc -mmcu=$1 -Os -mcall-prologues -mstrict-X
        -fno-move-loop-invariants -ffreestanding
        -ffunction-sections -fdata-sections"
    link="avr-gcc -mmcu=$1 -mrelax -Wl,--gc-sections
        -Wl,--undefined=_mmcu,--section-start=.mmcu=0x910000
        -Wl,--defsym=__TEXT_REGION_LENGTH__=$flash
        -Wl,--defsym=__DATA_REGION_LENGTH__=$((ram + $4))"
    sources=avr
    says=yes
    bits=16
    limit=120
    emulator="simavr -v -m $1 -f 16000000"
    restarts=yes
    # simavr stops and waits for a debugger, if it can.
    crash='not done after\|ended with status unknown'
    tells='Invalid write address'
    overflow='its stack is too small'
    quick=
    # To a number of 16 bits every sum in 32 is a conversion.
    terse="-Wno-pedantic -Wno-maybe-uninitialized
        -Wno-conversion -Wno-sign-conversion
        -include test/machine/terse.h"
}

# A CPU under Linux: PREFIX FLAGS EMULATOR.
linux() {
    tools="$1 $3"
    compile="$1 $2 -O2 -ffreestanding -ffunction-sections -fdata-sections"
    link="$1 $2 -nostdlib -static -Wl,--gc-sections -Wl,--build-id=none"
    libraries=-lgcc
    sources="linux memory"
    quick=-O0
    emulator=$3
    crash='ended with status 1[34]'
    stack=8388608
    loops=yes
    memory=8000000
}

# target NAME: what most machines have, then what this one has.
target() {
    if [ ! -f "test/machine/targets/$1" ]; then
        echo "no machine $1, but: $(ls -x test/machine/targets)" >&2
        return 1
    fi
    object=.o program=.elf
    libraries='' quick=-Og terse='' lean=''
    flash='' ram='' ram_start='' memory_all='' stack=''
    bits=32
    memory=4100000
    divisor=50
    script_room=2000
    slow=
    limit=60
    says=
    wild=0xFFFFFF00
    crash='ended with status 99'
    tells='' overflow=''
    unaligned='' loops='' sums='' restarts=''
    # shellcheck source=/dev/null
    . "test/machine/targets/$1"
}
