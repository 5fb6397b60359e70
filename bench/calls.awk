# A table of the files that callgrind wrote for bench/calls.c: instructions of
# a call, by the call and the number of entries.
/^desc: Trigger: Client Request: / {
    number = $5
    entries = $6
    count = $7
    sub(/.*Request: [0-9]+ [0-9]+ [0-9.]+ /, "")
    name = $0
}
/^summary: / && count > 0 {
    if (!(entries in column)) {
        column[entries] = ++columns
        title[columns] = entries
    }
    row[number] = name
    table[number, column[entries]] = $2 / count
    if (number + 0 > last)
        last = number + 0
    count = 0
}
END {
    printf "%-22s", "instructions, n ="
    for (j = 1; j <= columns; j++)
        printf "%10s", title[j]
    for (i = 0; i <= last; i++) {
        printf "\n%-22s", row[i]
        for (j = 1; j <= columns; j++)
            printf "%10.1f", table[i, j]
    }
    printf "\n"
}
