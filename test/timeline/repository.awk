# A made-up history for git fast-import: 7,000 commits along first parents with
# 16,000 changes between them. Paths of all kinds, deletions, renames, changes
# of mode and type, a submodule, merges.
#
#     awk -v seed=1 -f repository.awk | git fast-import

function random(limit) {
    seed = seed * 16807 % 2147483647 # Park and Miller 1988
    return int(seed / 2147483647 * limit)
}

# A new path, as fast-import reads it: quoted as C does.
function new_path(    n, kind) {
    n = ++paths
    kind = random(12)
    if (kind < 6)
        return "source/part" n % 23 "/file" n ".c"
    return "\"odd " kind "/" odd[kind] " " n "\""
}

function file(mode, path) {
    if (mode == "160000") {
        printf "M 160000 %040d %s\n", ++contents, path
        return
    }
    print "M", mode, "inline", path
    print "data " length(++contents)
    print contents
}

function a_mode(    n) {
    n = random(40)
    return n < 30 ? "100644" : n < 36 ? "100755" : n < 39 ? "120000" : "160000"
}

# One of those that live and were not touched in this commit.
function pick(    i) {
    do
        i = random(live)
    while (touched[i] == commits)
    touched[i] = commits
    return i
}

function remove(i) {
    live--
    path[i] = path[live]
    touched[i] = touched[live]
}

# One change; or a renaming, which is two, if there may be so many.
function change(most,    i, kind, new) {
    kind = random(20)
    if (live < 40 || kind < 4 && live < 400) {
        path[live] = new_path()
        touched[live] = commits
        file(a_mode(), path[live++])
        return 1
    }
    i = pick()
    if (kind < 6) {
        print "D", path[i]
        remove(i)
        return 1
    }
    if (kind < 7 && most > 1) {
        new = new_path()
        print "R", path[i], new
        path[i] = new
        return 2
    }
    file(a_mode(), path[i])
    return 1
}

# The head of a commit; parents are named by their marks.
function commit(mark, from, merge) {
    print "commit refs/heads/" (merge < 0 ? "side" : "main")
    print "mark :" mark
    print "committer A B <a@b> " 1000000000 + mark " +0000"
    print "data 0"
    if (from)
        print "from :" from
    if (merge > 0)
        print "merge :" merge
}

# A commit beside the line of first parents, to be merged by the next.
function side(    mark) {
    mark = 10000 + commits
    commit(mark, commits, -1)
    file("100644", "side/" commits)
    return mark
}

BEGIN {
    odd[6] = "two  blanks"
    odd[7] = "a \\\"quote\\\" and \\\\"
    odd[8] = "\\303\\244\\316\\261\\360\\237\\214\\261"
    odd[9] = "100%25 %"
    odd[10] = "a\\nnewline\\tand a tab"
    odd[11] = "\\001\\033\\177\\200\\377"
    live = commits = 0
    total = 7000
    left = 16000
    while (commits < total) {
        merge = commits % 500 == 499 ? side() : 0
        commit(commits + 1, commits, merge)
        commits++
        least = left - 3 * (total - commits) # so many at 3 for each later one
        size = 1 + random(3)
        size = size < least ? least : size
        if (size > left - (total - commits))
            size = left - (total - commits)
        if (commits == total)
            size = left
        left -= size
        while (size > 0)
            size -= change(size)
        print ""
    }
    print "reset refs/heads/main\nfrom :" total "\n"
}
