# The files of the project, for scripts that read this one.

# What is part of it: all that is or would be committed.
files() {
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard
    else
        find . -type f ! -path './build/*' ! -path './.git/*' | sed 's|^./||'
    fi | while read -r file; do
        [ -f "$file" ] && echo "$file"
    done
}

# The shell scripts among them: by their first line, or by where they lie.
shell_scripts() {
    files | xargs awk '
        FNR == 1 && (/^#!.*sh( -.*)?$/ || FILENAME ~ /\.sh$/ ||
            FILENAME ~ /^test\/(parts|machine\/targets)\/[^.]/) {
            print FILENAME
        }'
}
