#!/bin/sh
# shellcheck disable=SC2046 # flags come as words
# Contexts beside CPython's own (python3-dev). Fails if a row is above its
# limit.
cd "$(dirname "$0")/.." || exit 1
: "${CC=cc}"
out=build/bench
mkdir -p "$out"

# Debian's, before another Python that comes first on PATH.
python=/usr/bin/python3-config
[ -x $python ] || python=$(command -v python3-config)
if [ -z "$python" ] || ! echo '#include <Python.h>' |
    $CC $($python --includes) -E - >/dev/null 2>&1; then
    printf '%-50s %9s %9s  no %s\n' "context / CPython's" - - python3-dev
    exit 0
fi

$CC -std=c99 -O2 -I. $($python --includes) bench/context.c arena.c hamt.c \
    context.c $($python --ldflags --embed) -o "$out/context" || exit 2
"$out/context"
