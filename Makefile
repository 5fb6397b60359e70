# Strata: `make help` lists what there is to make. CC, CFLAGS and CROSS can be
# given; everything made lies in build/.

CROSS =
CC = $(CROSS)$(if $(CROSS),gcc,cc)
AR = $(CROSS)ar
CFLAGS = -O2 -g
FORMAT = clang-format-14 -i

STD = -std=c99 -ffreestanding
WARN = -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow \
       -Wstrict-prototypes

MODULES = $(wildcard *.c)
HEADERS = $(wildcard *.h $(MODULES:%.c=%/*.h))
OBJECTS = $(MODULES:%.c=build/%.o)
EXAMPLES = $(patsubst examples/%.c,build/examples/%,$(wildcard examples/*.c))

export CC CFLAGS

all: build/libstrata.a

build/libstrata.a: $(OBJECTS)
	$(AR) rcs $@ $^

# Written when they are others than last time: then all is built anew.
build/flags: FORCE
	@mkdir -p $(@D)
	@echo "$$CC $$CFLAGS" | cmp -s - $@ || echo "$$CC $$CFLAGS" >$@

FORCE:

build/%.o: %.c $(HEADERS) build/flags
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CFLAGS) -c $< -o $@

build/examples/%: examples/%.c build/libstrata.a $(HEADERS) \
                  $(wildcard examples/*.h)
	@mkdir -p $(@D)
	$(CC) -std=c99 $(WARN) $(CFLAGS) -I. $< build/libstrata.a -o $@

examples: $(EXAMPLES)

demo: examples
	@sh examples/demo

test:
	@sh test/run

bench:
	@sh bench/run

amalgamation:
	@sh tools/amalgamate

format:
	@find . -path ./build -prune -o -name '*.[ch]' -print \
	    -o -name '*.[ch]pp' -print | xargs $(FORMAT)

deps:
	@sh test/deps

deps-bench:
	@sh bench/deps

-include test/rules.mk

clean:
	rm -rf build

help:
	@echo 'make              the library, build/libstrata.a'
	@echo 'make amalgamation all of it as one pair, build/strata.h and .c'
	@echo 'make demo         build and run the examples'
	@echo 'make test         run all tests; what needs a missing tool is skipped'
	@echo 'make test-NAME    run the test programs on the emulated machine NAME:'
	@echo '$(MACHINES)' | fold -sw 50 | sed 's/^/                  /'
	@echo 'make freestanding see that each module needs nothing but itself'
	@echo 'make size         print the flash and RAM that it takes'
	@echo 'make stack        print the stack that each call takes'
	@echo 'make cost         print the instructions that calls take'
	@echo 'make bench        measure, and compare with the limits'
	@echo 'make format       lay out all C and C++ as .clang-format says'
	@echo 'make deps         install what the tests use (apt-get)'
	@echo 'make deps-bench   install what make bench compares with (apt-get)'
	@echo 'make clean        delete build/'

.PHONY: FORCE all examples demo test bench amalgamation format deps deps-bench \
        clean help
