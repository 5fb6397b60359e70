# Turn git's raw lines, with odd paths quoted, into lines of timeline:
#
#     :100644 100755 OLD-ID NEW-ID M<tab>a path
#
# In a history, where a commit's id stands before its lines, into commands:
#
#     set a%20path 100755:NEW-ID         del a%20path         snap COMMIT
#
# In diffs (-v diffs=1), each behind a line "diff A B", into what diff prints,
# with a number before each line that says which diff it is of:
#
#     1 ~ a%20path 100644:OLD-ID -> 100755:NEW-ID
#     1 1 change

BEGIN {
    count = split("a 07 b 08 t 09 n 0A v 0B f 0C r 0D \" 22 \\ 5C", part, " ")
    for (i = 1; i < count; i += 2)
        code[part[i]] = "%" part[i + 1]
}

# A path as git quotes it, as C does, percent-encoded.
function encode(path,    done, at, c) {
    if (path !~ /[% "]/)
        return path
    gsub(/%/, "%25", path)
    gsub(/ /, "%20", path)
    if (substr(path, 1, 1) != "\"")
        return path
    path = substr(path, 2, length(path) - 2)
    while ((at = index(path, "\\")) > 0) {
        done = done substr(path, 1, at - 1)
        c = substr(path, at + 1, 1)
        if (c in code)
            done = done code[c]
        else
            done = done sprintf("%%%02X", c * 64 + substr(path, at + 2, 1) * 8 \
                                          + substr(path, at + 3, 1))
        path = substr(path, at + (c in code ? 2 : 4))
    }
    return done path
}

function end_of_diff() {
    if (pair > 0)
        print pair, changes, changes == 1 ? "change" : "changes"
    changes = 0
}

/^:/ {
    path = encode(substr($0, index($0, "\t") + 1))
    old = substr($1, 2) ":" $3
    kind = substr($5, 1, 1)
    if (!diffs)
        print kind == "D" ? "del " path : "set " path " " $2 ":" $4
    else if (kind == "A")
        print pair " + " path " " $2 ":" $4
    else if (kind == "D")
        print pair " - " path
    else
        print pair " ~ " path " " old " -> " $2 ":" $4
    changes++
    next
}

diffs && /^diff / {
    end_of_diff()
    pair++
    next
}

!diffs && /^[0-9a-f]+$/ {
    if (commit != "")
        print "snap " commit
    commit = $0
    next
}

/./ {
    print "git: " $0 >"/dev/stderr"
    exit failed = 1
}

END {
    if (failed)
        exit 1
    if (diffs)
        end_of_diff()
    else if (commit != "")
        print "snap " commit
}
