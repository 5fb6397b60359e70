# Compiling for the host, for scripts that read this file: by $CC (cc), with
# $CFLAGS (-O2 -g) where they say so.
: "${CC:=cc}" "${CFLAGS=-O2 -g}"
export CC CFLAGS

# compile FLAG ...
compile() {
    # The words of CFLAGS are flags.
    # shellcheck disable=SC2086
    $CC $CFLAGS "$@"
}

# compile_sanitized FLAG ...: what the sanitizers find ends the program.
compile_sanitized() {
    $CC -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all "$@"
}

# can COMMAND ...: does it make a program of C?
can() {
    mkdir -p build/test
    echo 'int main(void) { return 0; }' >build/test/empty.c
    "$@" build/test/empty.c -o build/test/empty 2>/dev/null
}
