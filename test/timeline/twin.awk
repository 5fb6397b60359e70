# The dumbest model of examples/timeline: every version is a whole copy.
#
#     awk -v seed=1 -v steps=500 -v counted=0 -v name=PATH -f twin.awk
#
# writes random commands to PATH.in, and what they should print to PATH.out
# and PATH.err. Runs of entries and of changes are in order of keys: sort.awk
# puts what the program prints into the same order.

function random(limit) {
    seed = seed * 16807 % 2147483647 # Park and Miller 1988
    return int(seed / 65536) % limit
}

function say(text) { print text >out }

function wrong(what) {
    print "line " line ": " command ": " what >err
    return 0
}

# ---- Records: 0 is the beginning; newer[r] is "c b a ", last visited first

function without(list, r) {
    list = " " list
    sub(" " r " ", " ", list)
    return substr(list, 2)
}

function make(from,    i) {
    records++
    older[records] = from
    newer[records] = names[records] = ""
    for (i = 0; i < KEYS; i++)
        if ((from, i) in value)
            value[records, i] = value[from, i]
    return records
}

function put_first(r) { newer[older[r]] = r " " newer[older[r]] }

function take_out(r,    list, part, n, i) {
    list = " " newer[older[r]]
    sub(" " r " ", " " newer[r], list)
    newer[older[r]] = substr(list, 2)
    n = split(newer[r], part, " ")
    for (i = 1; i <= n; i++)
        older[part[i]] = older[r]
    newer[r] = ""
}

function let_newer_go(r,    next_one) {
    while (newer[r] != "") {
        next_one = newer[r] + 0
        newer[r] = newer[next_one]
        newer[next_one] = ""
        if (newer[r] != "")
            older[newer[r] + 0] = r
        forget(next_one)
    }
}

function forget(r,    part, n, i) {
    n = split(names[r], part, " ")
    for (i = 1; i <= n; i++) {
        delete record[part[i]]
        snapshots--
    }
}

function move(to,    from) {
    from = at
    at = to
    if (from != to && from != 0 && names[from] == "" && newer[from] != "")
        take_out(from)
}

function arrive() {
    if (names[at] == "")
        say("at unsnapped changes")
    else
        say("at " substr(names[at], 1, index(names[at], " ") - 1))
}

# ---- Commands --------------------------------------------------------

function change(k, text, remove) {
    if (remove && !((at, k) in value))
        return wrong("no such key")
    if (!remove && (at, k) in value && value[at, k] == text)
        return
    if (!counted)
        let_newer_go(at)
    if (names[at] != "" || at == 0) {
        at = make(at)
        put_first(at)
    } else if (newer[at] != "") {
        take_out(at)
        put_first(at)
    }
    if (remove)
        delete value[at, k]
    else
        value[at, k] = text
}

function snap(name,    r) {
    if (name in record)
        return wrong("name in use")
    if ((names[at] != "" || at == 0) && (counted || newer[at] == "")) {
        at = make(at)
        put_first(at)
    }
    names[at] = name " " names[at]
    record[name] = at
    snapshots++
}

function drop(name,    r) {
    if (!(name in record))
        return wrong("no such snapshot")
    r = record[name]
    delete record[name]
    snapshots--
    names[r] = without(names[r], name)
    if (names[r] == "" && r != at)
        take_out(r)
}

function undo() {
    if (at == 0 || older[at] == 0)
        return wrong("no older snapshot")
    move(older[at])
    arrive()
}

function redo() {
    if (newer[at] == "")
        return wrong("nothing to redo")
    move(newer[at] + 0)
    arrive()
}

function go(name,    r) {
    if (!(name in record))
        return wrong("no such snapshot")
    move(record[name])
    for (r = at; r != 0; r = older[r])
        newer[older[r]] = r " " without(newer[older[r]], r)
    arrive()
}

function rollback(name) {
    if (counted)
        return wrong("not in a tree of versions (-c)")
    if (!(name in record))
        return wrong("no such snapshot")
    move(record[name])
    let_newer_go(at)
    arrive()
}

function version(name) {
    return name == "@" ? at : name in record ? record[name] : -1
}

function diff(a, b,    i, count) {
    a = version(a)
    b = version(b)
    if (a < 0 || b < 0)
        return wrong("no such snapshot")
    for (i = 0; i < KEYS; i++) {
        if (!((a, i) in value) && !((b, i) in value))
            continue
        if (!((a, i) in value))
            say("+ " key[i] " " value[b, i])
        else if (!((b, i) in value))
            say("- " key[i])
        else if (value[a, i] != value[b, i])
            say("~ " key[i] " " value[a, i] " -> " value[b, i])
        else
            continue
        count++
    }
    say(count + 0 " change" (count == 1 ? "" : "s"))
}

function equal(a, b,    i) {
    a = version(a)
    b = version(b)
    if (a < 0 || b < 0)
        return wrong("no such snapshot")
    for (i = 0; i < KEYS; i++)
        if (((a, i) in value) != ((b, i) in value) ||
            ((a, i) in value) && value[a, i] != value[b, i])
            return say("no")
    say("yes")
}

function list(a,    i) {
    a = version(a)
    if (a < 0)
        return wrong("no such snapshot")
    for (i = 0; i < KEYS; i++)
        if ((a, i) in value)
            say(key[i] " " value[a, i])
}

function stats(    i, entries) {
    for (i = 0; i < KEYS; i++)
        entries += (at, i) in value
    say("snapshots " snapshots + 0)
    say("entries " entries + 0)
}

# ---- Random lines ----------------------------------------------------

function a_name() { return "s" random(NAMES) }

function a_version() { return random(5) == 0 ? "@" : a_name() }

function a_value(    text, n) {
    text = "v" random(6)
    for (n = random(8) == 0 ? random(30) : 0; n > 0; n--)
        text = text " and " n
    return text
}

function command_is(text) {
    command = text
    line++
    print text >script
}

function step(    kind, a, b, text) {
    kind = random(100)
    a = a_name()
    b = random(KEYS)
    if (kind < 30) {
        text = a_value()
        command_is("set " key[b] " " text)
        change(b, text, 0)
    } else if (kind < 40) {
        command_is("del " key[b])
        change(b, "", 1)
    } else if (kind < 52) {
        command_is("snap " a)
        snap(a)
    } else if (kind < 60) {
        command_is("drop " a)
        drop(a)
    } else if (kind < 70) {
        command_is("undo")
        undo()
    } else if (kind < 77) {
        command_is("redo")
        redo()
    } else if (kind < 83) {
        command_is("goto " a)
        go(a)
    } else if (kind < 85) {
        command_is("rollback " a)
        rollback(a)
    } else
        look(kind)
}

function look(kind,    a, b) {
    a = a_version()
    b = a_version()
    if (kind < 90) {
        command_is("diff " a " " b)
        diff(a, b)
    } else if (kind < 92) {
        command_is("equal " a " " b)
        equal(a, b)
    } else if (kind < 94) {
        command_is("list " a)
        list(a)
        command_is("check") # parts two lists, for sort.awk
        say("ok")
    } else if (kind < 97) {
        command_is("stats")
        stats()
    } else {
        command_is("check")
        say("ok")
    }
}

BEGIN {
    KEYS = 60
    NAMES = 14
    script = name ".in"
    out = name ".out"
    err = name ".err"
    printf "" >script
    printf "" >out
    printf "" >err
    at = records = 0
    newer[0] = names[0] = ""
    for (i = 0; i < KEYS; i++)
        key[i] = sprintf("k%02d", i)
    for (i = 0; i < 10; i++)
        random(2)
    while (steps-- > 0)
        step()
}
