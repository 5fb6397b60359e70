#!/bin/sh
# Dict and hashtable beside khash (libhts-dev) and GLib (libglib2.0-dev), and
# their bytes. Fails if a row is above its limit.
cd "$(dirname "$0")/.." || exit 1
: "${CC=cc}"
out=build/bench
mkdir -p "$out"

have=
if echo '#include <htslib/khash.h>' | $CC -E - >/dev/null 2>&1; then
    have="$have -DHAVE_KHASH"
fi
if command -v pkg-config >/dev/null && pkg-config --exists glib-2.0; then
    have="$have -DHAVE_GLIB $(pkg-config --cflags glib-2.0)"
    libraries=$(pkg-config --libs glib-2.0)
fi

# shellcheck disable=SC2086
$CC -std=gnu99 -O2 -I. $have bench/tables.c arena.c hamt.c dict.c \
    hashtable.c -o "$out/tables" $libraries || exit 2
"$out/tables" memory
memory=$?
"$out/tables" speed && exit $memory
