/*
 * Lines and words for timeline.c: any bytes but newlines, NULs too.
 *
 * Where the first line ends with CR LF, all lines do, and no CR before a
 * newline is part of a line. Elsewhere a CR is a byte like others.
 */
#ifndef TIMELINE_LINE_H
#define TIMELINE_LINE_H

#include "arena.h"

#include <stdbool.h>
#include <stdio.h>

/* The longest line, in bytes. */
#define LINE_LIMIT 65535

struct line {
    size_t number; /* from 1 */
    size_t size;   /* bytes; of more than LINE_LIMIT, text has the first */
    bool crlf;
    char text[LINE_LIMIT + 1]; /* a CR has room */
};

/* Read the next line. Returns false at the end. */
static bool next_line(struct line *line, FILE *file)
{
    int last = EOF, c = getc(file);

    if (c == EOF)
        return false;
    line->number++;
    line->size = 0;
    for (; c != EOF && c != '\n'; c = getc(file)) {
        if (line->size <= LINE_LIMIT)
            line->text[line->size] = (char)c;
        line->size++;
        last = c;
    }
    if (line->number == 1)
        line->crlf = last == '\r' && c == '\n';
    if (line->crlf && last == '\r' && c == '\n')
        line->size--;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Cut blanks and the word behind them off *rest. Returns false if there is no
   word. */
static bool take_word(struct arena_bytes *rest, struct arena_bytes *word)
{
    const char *at = rest->data, *end = at + rest->size;

    while (at < end && is_blank(*at))
        at++;
    word->data = at;
    while (at < end && !is_blank(*at))
        at++;
    word->size = (size_t)(at - (const char *)word->data);
    rest->data = at;
    rest->size = (size_t)(end - at);
    return word->size > 0;
}

static void print(const void *bytes, size_t size)
{
    fwrite(bytes, 1, size, stdout);
}

/* Print a word of an error's line: short, and odd bytes as ?. */
static void print_error_word(const struct arena_bytes *word)
{
    const char *text = word->data;
    size_t shown = word->size > 60 ? 57 : word->size;

    putc(' ', stderr);
    for (size_t i = 0; i < shown; i++)
        putc(text[i] < ' ' || text[i] > '~' ? '?' : text[i], stderr);
    fputs(shown < word->size ? "..." : "", stderr);
}

#endif
