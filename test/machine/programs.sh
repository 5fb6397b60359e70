# Building and running programs on an emulated machine: for scripts that read
# this file, call `target`, and set dir.
. test/machine/target.sh

# Make a program of some of CPython's scripts, of the first one's name. Adds it
# to $oracles.
oracle() {
    one=oracle_$(basename "$1" .txt)
    oracles="$oracles $one"
    sh test/oracle/script-to-c "$@" >"$dir/new" || return
    cmp -s "$dir/new" "$dir/$one.c" || mv "$dir/new" "$dir/$one.c"
}

# Make programs of all of them, each of so many KB of scripts as the machine has
# room for; what is larger is a program of its own.
make_oracles() {
    mkdir -p "$dir"
    oracles=
    set --
    left=0
    for script in test/oracle/hamt/*.txt; do
        size=$(wc -c <"$script")
        if [ $# -gt 0 ] && [ "$size" -gt $left ]; then
            oracle "$@" || return
            set --
        fi
        [ $# -gt 0 ] || left=$((script_room * 1024))
        left=$((left - size))
        set -- "$@" "$script"
    done
    oracle "$@"
}

one_line() {
    printf '%s' "$1" | tr -s '\n ' ' '
}

# build PROGRAMS: what make says is in make.log. What can't be built is not
# there, whatever was there before.
build() {
    mkdir -p "$dir"
    for one in $1; do
        rm -f "$dir/$one$program" "$dir/$one$program.log"
    done
    # One line each: so they are handed to make.
    compile=$(one_line "$compile") link=$(one_line "$link")
    terse=$(one_line "$terse") lean=$(one_line "$lean")
    export dir compile link libraries sources object program quick terse lean \
        memory divisor wild stack flash ram
    programs=$(one_line "$1") MAKEFLAGS='' \
        make -s -k -j 2 -f test/machine/programs.mk >"$dir/make.log" 2>&1
}

# Print what a program that does not fit needs: bytes, and of what: flash, RAM
# with the stack, or a table of more bytes than the compiler takes.
no_room() {
    [ ! -f "$dir/$1$program" ] || return 1
    if grep -q 'size of variable .* is too large' "$dir/$1$object.log" \
        2>/dev/null; then
        echo $(($(tr -dc , <"$(source_of "$1")" | wc -c))) table
        return
    fi
    outside='of .* not within region .data'
    sed -n -e 's/.*region .\(.*\). overflowed by \([0-9]*\) bytes.*/\1 \2/p' \
        -e "s/.*address \\(0x[0-9a-f]*\\) $outside.*/data \\1/p" \
        "$dir/$1$program.log" 2>/dev/null | sort -u |
        while read -r region over; do
            case $region in
            FLASH | text) echo $((flash + over)) flash ;;
            RAM) echo $((${memory_all:-$ram} + over)) RAM ;;
            data) echo $(((over & 0xFFFF) - ram_start + stack)) RAM ;;
            esac
        done | head -n 1 | grep .
}

# Run a program, its output to NAME.out. Sets $passed and $left, the tests of
# its sum, or $problem.
run_program() {
    out=$dir/$1.out
    if [ ! -f "$dir/$1$program" ]; then
        cat "$dir/$1$object.log" "$dir/$1$program.log" "$dir/make.log" \
            >"$out" 2>/dev/null
        problem="can't be built"
        return 1
    fi
    # The emulator is a command of some words.
    # shellcheck disable=SC2086
    timeout -k 2 "${LIMIT:-$limit}" $emulator "$dir/$1$program" \
        >"$out" 2>&1 </dev/null
    judge "$?" "$(tests_of "$1" | wc -l)"
}

# judge STATUS TESTS: the run whose output is in $out, of a program with this
# number of tests.
judge() {
    status=$1
    read -r written is_over count passed left <<END
$(sums_in "$out")
END
    [ "$says" ] && [ "$status" = 0 ] && status=$written
    if [ "$status" = 124 ] || [ "$status" = 137 ]; then
        problem="not done after ${LIMIT:-$limit} s"
    elif [ "$status" = 98 ] || [ "$is_over" = 1 ]; then
        problem="its stack is too small"
    elif [ "$status" != 0 ]; then
        problem="ended with status $status"
    elif [ "$count" != 1 ] || [ $((passed + left)) = 0 ]; then
        problem="ended without one sum that says all is right"
    elif [ $((passed + left)) != "$2" ]; then
        problem="ended with the sum of other tests than its $2"
    else
        problem=
    fi
    [ -z "$problem" ]
}

# Print what a program's output says: its status, where the emulator has none
# and the program wrote it on a line; whether its stack was too small; the
# number of sums, and of tests that passed and were left out.
sums_in() {
    awk '
        BEGIN { status = "unknown"; passed = left = overflow = sums = 0 }
        { sub(/^O:/, "") }
        /^ *@[0-9]+$/ { status = substr($1, 2) }
        /^Stack overflow/ { overflow = 1 }
        / passed, / { sums++ }
        /^[0-9]+ passed, 0 failed, [0-9]+ left out$/ { passed = $1; left = $5 }
        END { print status, overflow, sums, passed, left }' "$1"
}

# A program's source: a test, one with a fault, or CPython's scripts.
source_of() {
    for source in "test/unit/$1.c" "test/oracle/$1.c" "test/checks/$1.c" \
        "test/machine/${1%-*}.c" "$dir/$1.c"; do
        [ ! -f "$source" ] || echo "$source"
    done
}

# Print the names of a program's tests, in the order of its list.
tests_of() {
    awk -v bits="$bits" '
        /^#if ARENA_REF_BITS == / { other = $4 != bits }
        /^#endif/ { other = 0 }
        /^TESTS/ { count = 0 } # the last of two lists is that of no sanitizer
        {
            while (match($0, /RUN\([A-Za-z0-9_]*\)/)) {
                if (!other)
                    names[count++] = substr($0, RSTART + 4, RLENGTH - 5)
                $0 = substr($0, RSTART + RLENGTH)
            }
        }
        END {
            for (i = 0; i < count; i++)
                print names[i]
        }' "$(source_of "$1")"
}

# Print "TEST BYTES memory" for each test that a program left out, or "TEST 0
# other" if it was not for memory. Its name may be its number in the list.
left_out() {
    sed -n -e 's/^O://' -e '/^left out /!d' -e 's/^left out //' \
        -e 's/: needs \([0-9]*\) bytes$/ \1 memory/p' -e t \
        -e 's/:.*/ 0 other/p' "$dir/$1.out" |
        awk -v names="$(tests_of "$1")" '
            BEGIN { split(names, name, "\n") }
            /^[0-9]/ { $1 = name[$1 + 1] }
            { print }'
}
