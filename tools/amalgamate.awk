# Print sources and what they include, for tools/amalgamate:
#
#     awk -v names=LIST -v printed=LIST -f tools/amalgamate.awk FILE ...
#
# Files that the list printed has are not printed again. The list names gets
# those that are. Fails if a file is missing, or is included under a condition.

function die(path, number, problem) {
    printf "%s:%d: %s\n", path, number, problem >"/dev/stderr"
    status = 1
    exit
}

# What a line of path includes, from the root: "arena/bits.h" for
# "../arena/bits.h" in hamt/node.h. Nothing if it is none of the library's.
function target_of(line, path,    quoted) {
    if (line !~ /^#include "/)
        return ""
    split(line, quoted, "\"")
    sub(/[^\/]*$/, "", path)
    path = path quoted[2]
    while (sub(/[^\/.]+\/\.\.\//, "", path))
        ;
    return path
}

# The line without its comments. in_comment is whether one is open.
function code_of(line,    code, at) {
    code = ""
    while ((at = index(line, in_comment ? "*/" : "/*")) > 0) {
        if (!in_comment)
            code = code substr(line, 1, at - 1)
        line = substr(line, at + 2)
        in_comment = !in_comment
    }
    return in_comment ? code : code line
}

# Read the lines of path. target is what each includes, and is_first whether
# nothing but comments, includes and the guard stands before it.
function read(path,    number, line, code, depth, guard, first) {
    first = 1
    in_comment = number = depth = guard = 0
    while ((getline line <path) > 0) {
        text[path, ++number] = line
        code = code_of(line)
        depth += (code ~ /^#if/) - (code ~ /^#endif/)
        if (code ~ /^#ifndef STRATA_[A-Z0-9_]*_H *$/)
            guard = 1
        else if (code ~ /^#include/)
            target[path, number] = target_of(code, path)
        else if (code !~ /^#define STRATA_[A-Z0-9_]*_H *$/ && code !~ /^ *$/)
            first = 0
        is_first[path, number] = first
        if (target[path, number] != "" && depth > guard)
            die(path, number, "an include under a condition")
    }
    close(path)
    count[path] = number
    if (number == 0)
        die(path, 0, "the file is missing or empty")
}

function head(title) {
    title = "/* ==== " title " "
    while (length(title) < 76)
        title = title "="
    print title " */"
}

# Print path after what it includes first; other files where it includes them.
# Of the #include lines only comments stay.
function part(path,    number, name, line) {
    if (path in is_done)
        return
    is_done[path] = 1
    read(path)
    for (number = 1; number <= count[path]; number++)
        if (target[path, number] != "" && is_first[path, number])
            part(target[path, number])
    print path >names
    head(path)
    for (number = 1; number <= count[path]; number++) {
        name = target[path, number]
        line = text[path, number]
        if (name == "") {
            print line
        } else if (sub(/^#include "[^"]*" *\/\*/, "/* " name ":", line)) {
            print line
        } else if (!(name in is_done)) {
            part(name)
            head("more of " path)
        }
    }
    print ""
}

BEGIN {
    while ((getline name <printed) > 0)
        is_done[name] = 1
    for (i = 1; i < ARGC; i++)
        part(ARGV[i])
    exit
}

END { exit status }
