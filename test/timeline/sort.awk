# Put what examples/timeline prints into the order of keys that twin.awk has,
# and leave out the figures that it does not know.

function flush(    i, j, text) {
    for (i = 2; i <= n; i++) {
        text = run[i]
        for (j = i; j > 1 && substr(run[j - 1], at) > substr(text, at); j--)
            run[j] = run[j - 1]
        run[j] = text
    }
    for (i = 1; i <= n; i++)
        print run[i]
    n = 0
}

/^[-+~] k/ { at = 3; run[++n] = $0; next }
/^k[0-9]/ { at = 1; run[++n] = $0; next }
{ flush() }
/^(bytes|blocks) [0-9]/ { next }
{ print }
END { flush() }
