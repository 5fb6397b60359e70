# Programs for one machine: called by test/emulate, with what test/machine/
# targets sets in the environment and
#
#   dir        where they are made
#   programs   which, without directory and ending
#
# What the compiler says, and what the linker says of a program that can't be
# linked, for want of room or else, is left in NAME.log.

WARN = -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow \
       -Wstrict-prototypes -Werror -std=c99
ifeq ($(object),.rel)
WARN =
endif

vpath %.c . test test/machine build/emulate/oracle
settings = -DTEST_MEMORY=$(memory)u -DTEST_DIVISOR=$(divisor)u
modules = $(basename $(wildcard *.c))
headers = $(wildcard *.h test/*.h test/*/*.h)
scripts = $(wildcard test/machine/*_* test/machine/*.ld test/machine/targets)
made = $(addprefix $(dir)/,$(addsuffix $(object),$(1)))

all: $(programs:%=$(dir)/%$(program))

$(dir)/%$(object): %.c $(headers) $(scripts)
	$(compile) $(WARN) $(settings) $(small) $(quick) -I. -Itest -c $< \
		-o $@ >$@.log 2>&1

$(dir)/test$(object) $(call made,$(parts) $(modules) main): small =
$(call made,$(parts) $(modules)): quick =

$(dir)/oracle_e01$(object): small += $(lean)

# The fault is the name's last letter.
$(dir)/planted-%$(object): planted.c $(headers)
	$(compile) $(WARN) $(settings) -DFAULT=$* -DWILD=$(wild) -I. -Itest \
		-c $< -o $@ >$@.log 2>&1

# What SDCC's linker is to choose from, it wants in a library.
library = $(call made,$(modules))
ifeq ($(object),.rel)
library = $(dir)/modules.lib
$(library): $(call made,$(modules))
	rm -f $@
	sdar -rc $@ $^
endif

$(dir)/%$(program): $(dir)/%$(object) $(call made,test main $(parts)) $(library)
	$(link) $^ $(libraries) -o $@ >$@.log 2>&1 || rm -f $@

.PRECIOUS: $(dir)/%$(object)
.DELETE_ON_ERROR:
