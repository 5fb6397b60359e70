# Programs for one machine: called by programs.sh, with what target.sh sets in
# the environment and
#
#   dir        where they are made
#   programs   which, without directory and ending
#
# What the compiler says, and what the linker says of a program that can't be
# linked, for want of room or else, is left in NAME.log.

flags = -pipe -std=c99 -Wall -Wextra -Wpedantic -Wconversion \
        -Wsign-conversion -Wshadow -Wstrict-prototypes -Werror
ifeq ($(object),.rel)
flags =
endif

vpath %.c . test/unit test/harness test/machine test/oracle test/checks $(dir)
includes = -I. -Itest/harness -Itest/oracle
settings = -DTEST_MEMORY=$(memory)u -DTEST_DIVISOR=$(divisor)u
modules = $(basename $(wildcard *.c))
headers = $(wildcard *.h $(modules:%=%/*.h) test/*/*.h)
builders = $(wildcard test/machine/*_* test/machine/*.ld test/machine/*.sh \
             test/machine/targets/*) $(MAKEFILE_LIST)
made = $(addprefix $(dir)/,$(addsuffix $(object),$(1)))

all: $(programs:%=$(dir)/%$(program))

$(dir)/%$(object): %.c $(headers) $(builders)
	$(compile) $(flags) $(settings) $(terse) $(quick) $(includes) -c $< \
		-o $@ >$@.log 2>&1

$(dir)/test$(object) $(call made,$(sources) $(modules) main): terse =
$(call made,$(sources) $(modules)): quick =

# What replays CPython's scripts: lean.c the one that has little room for more.
leanly = $(if $(strip $(lean)),oracle_e01_edges)
$(leanly:%=$(dir)/%$(program)): $(call made,lean)
$(patsubst %,$(dir)/%$(program),$(filter-out $(leanly),$(filter oracle_%, \
    $(programs)))): $(call made,replay)
$(call made,lean): test/oracle/replay.c
$(call made,lean): terse += $(lean)

# The fault is what the name ends with.
$(dir)/planted-%$(object): planted.c $(headers) $(builders)
	$(compile) $(flags) $(settings) -DPLANT_$* -DWILD=$(wild)u \
		-DSTACK=$(stack)u $(includes) -c $< -o $@ >$@.log 2>&1

# What SDCC's linker is to choose from, it wants in a library.
library = $(call made,$(modules))
ifeq ($(object),.rel)
library = $(dir)/modules.lib
$(library): $(call made,$(modules))
	rm -f $@
	sdar -rc $@ $^
endif

$(dir)/%$(program): $(dir)/%$(object) $(call made,test main $(sources)) \
                    $(library)
	$(link) $^ $(libraries) -o $@ >$@.log 2>&1 || rm -f $@

.PRECIOUS: $(dir)/%$(object)
.DELETE_ON_ERROR:
