# Commands for examples/timeline.c whose cost is to grow with n alone.
#
#     awk -v kind=KIND -v n=COUNT -f costs.awk
#
# KIND says what is made, and then what is done: "siblings, newest dropped".

function line(    i) {
    for (i = 1; i <= n; i++)
        print "set k " i "\nsnap s" i
}

function siblings(    i) {
    print "set k 0\nsnap s"
    for (i = 1; i <= n; i++)
        print "set k " i "\nsnap s" i "\ngoto s"
}

function names(    i) {
    print "set k 1\nsnap a\nset k 2\nsnap b\nset k 3\nsnap c\ngoto a"
    for (i = 1; i <= n; i++)
        print "snap s" i
}

function drop_oldest(    i) {
    for (i = 1; i <= n; i++)
        print "drop s" i
}

function drop_newest(    i) {
    for (i = n; i >= 1; i--)
        print "drop s" i
}

# n has no factor of the prime 7919.
function goto_any(    i) {
    for (i = 1; i <= n; i++)
        print "goto s" i * 7919 % n + 1
}

function goto_ends(    i) {
    for (i = 1; i <= n; i++)
        print "goto s1\ngoto s" n
}

function goto_neighbours(    i) {
    for (i = n; i >= 1; i--)
        print "goto s" i
    for (i = 1; i <= n; i++)
        print "goto s" i
}

# One more version made from each.
function make_forks(    i) {
    for (i = n; i >= 1; i--)
        print "goto s" i "\nset k x" i "\nsnap f" i
    for (i = 1; i <= n; i++)
        print "goto s" i "\nset k y" i "\nsnap g" i
}

function move_names(    i) {
    for (i = 1; i <= n; i++)
        print "goto b\ndrop s" i "\nsnap s" i
}

# Not linear.
function lists(    i) {
    for (i = 1; i <= n; i++)
        print "set k" i " 1"
    for (i = 1; i <= n; i++)
        print "list"
}

BEGIN {
    if (kind ~ /^siblings/)
        siblings()
    else if (kind ~ /^names/)
        names()
    else if (kind ~ /^lists/)
        lists()
    else
        line()
    if (kind ~ /ends/)
        goto_ends()
    if (kind ~ /neighbours/)
        goto_neighbours()
    if (kind ~ /any/)
        goto_any()
    if (kind ~ /forks/)
        make_forks()
    if (kind ~ /moved/)
        move_names()
    if (kind ~ /from the first/)
        print "goto s1"
    if (kind ~ /oldest dropped/)
        drop_oldest()
    if (kind ~ /newest dropped/)
        drop_newest()
}
