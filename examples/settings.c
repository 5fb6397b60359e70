/*
 * The settings of a device, in a map of 2 KB, changed over a serial console:
 *
 *     set NAME VALUE    add a setting or change it
 *     get NAME          show its value
 *     list              show all
 *     save point        remember all settings as they are
 *     undo              back to the last save point
 *     factory           back to what the device was delivered with
 *
 * Whatever happens, a full map included, the settings are those of before or
 * those of after a command. The same source runs on a PC, on standard input
 * and output, and as firmware: there the board brings serial_get and
 * serial_put and calls settings_console.
 */
#include "hamt.h"

#include <stdbool.h>

int serial_get(void); /* the next byte; below 0, or 4 (Ctrl-D), at the end */
void serial_put(char byte);
void settings_console(void);

/* Names and values are byte strings: the map owns copies of them. */
struct setting {
    arena_ref name, value;
};

static const struct hamt_type setting_type =
    HAMT_TYPE_WITH(struct setting, name, value,
                   HAMT_KEY_BYTES | HAMT_VALUE_BYTES, NULL, NULL, NULL, NULL);

/* A save point is a hold of the arena and the map as it was. */
struct point {
    struct arena_epoch epoch;
    struct hamt settings;
};

/* POINTS is a power of two: what counts points may wrap around. */
enum { ROOM = 2048, LINE = 64, POINTS = 4 };

static union {
    unsigned char bytes[ROOM];
    uint32_t aligned;
} memory;
static struct arena arena;
static struct hamt settings;
static struct point points[POINTS]; /* a ring: records must not move */
static unsigned saved;              /* points made and not undone */
static unsigned oldest;             /* the first of them still held */

/* ---- Text: without a C library --------------------------------------- */

static size_t length(const char *text)
{
    size_t size = 0;

    while (text[size] != '\0')
        size++;
    return size;
}

static bool is(const char *word, const char *other)
{
    while (*word != '\0' && *word == *other) {
        word++;
        other++;
    }
    return *word == *other;
}

/* ---- The line -------------------------------------------------------- */

static void put(const char *text)
{
    while (*text != '\0')
        serial_put(*text++);
}

static void put_number(size_t number)
{
    char digits[12];
    size_t at = sizeof digits - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put(digits + at);
}

/* No byte, or a Ctrl-D. */
static bool is_end(int byte)
{
    return byte < 0 || byte == 4;
}

/* Read a line, which a terminal ends with \r; of \r\n the rest is an empty one.
   One that can't be kept whole is refused, and empty. False at the end. */
static bool get_line(char *line)
{
    size_t size = 0;
    bool is_whole = true;
    int byte;

    while (!is_end(byte = serial_get()) && byte != '\n' && byte != '\r') {
        if (byte == '\0' || size == LINE - 1)
            is_whole = false;
        else
            line[size++] = (char)byte;
    }
    if (!is_whole) {
        put("not done: the line is too long, or has a NUL\n");
        size = 0;
    }
    line[size] = '\0';
    return !is_end(byte) || size > 0;
}

/* Cut the first word off *rest, and the blanks around it. */
static char *next_word(char **rest)
{
    char *word = *rest;

    while (*word == ' ')
        word++;
    *rest = word;
    while (**rest != '\0' && **rest != ' ')
        ++*rest;
    if (**rest != '\0')
        *(*rest)++ = '\0';
    while (**rest == ' ')
        ++*rest;
    return word;
}

static void answer(int result)
{
    put(result >= 0 ? "ok" : arena_strerror(result));
    put("\n");
}

/* ---- Commands -------------------------------------------------------- */

static int set(const char *name, const char *value)
{
    struct arena_bytes key, bytes;

    key.data = name;
    key.size = length(name);
    bytes.data = value;
    bytes.size = length(value);
    return hamt_set(&settings, &key, &bytes);
}

static void get(const char *name)
{
    struct arena_bytes key;
    const char *value;

    key.data = name;
    key.size = length(name);
    value = (const char *)hamt_get(&settings, &key);
    put(value != NULL ? value : "no such setting");
    put("\n");
}

static void list(void)
{
    struct hamt_iter iter;
    const void *name, *value;

    hamt_iter_init(&iter, &settings);
    while (hamt_iter_next(&iter, &name, &value) > 0) {
        put((const char *)name);
        put(" = ");
        put((const char *)value);
        put("\n");
    }
}

/* With no record left the oldest point is given up. */
static int save_point(void)
{
    struct point *point = &points[saved % POINTS];
    int result;

    if (saved - oldest == POINTS)
        arena_release(&arena, &points[oldest++ % POINTS].epoch);
    point->settings = settings;
    result = arena_hold(&arena, &point->epoch);
    if (result >= 0)
        saved++;
    return result;
}

static int undo(void)
{
    struct point *point = &points[(saved - 1) % POINTS];
    int result = arena_rollback(&arena, &point->epoch);

    if (result < 0)
        return result;
    settings = point->settings;
    saved--;
    return arena_release(&arena, &point->epoch);
}

/* Fill an arena without settings with those that the device was delivered
   with. At the start they have to fit: so later they do, too. */
static int deliver(void)
{
    static const char *const defaults[][2] = {
        { "name", "pump" }, { "baud", "9600" }, { "limit", "75" },
        { "unit", "bar" },  { "alarm", "on" },
    };
    int result = hamt_init(&settings, &arena, &setting_type);

    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
        if (result >= 0)
            result = set(defaults[i][0], defaults[i][1]);
    }
    return result;
}

/* With no save point the arena is emptied first. With one there may be no room
   beside what it keeps: then a hold around it all is the way back. */
static int factory(void)
{
    struct arena_epoch before;
    struct hamt old = settings;
    int result;

    if (saved == oldest) {
        arena_reset(&arena);
        return deliver();
    }
    arena_hold(&arena, &before);
    hamt_clear(&settings);
    result = deliver();
    if (result < 0) {
        arena_rollback(&arena, &before);
        settings = old;
    }
    arena_release(&arena, &before);
    return result;
}

static void obey(char *line)
{
    char *rest = line;
    char *word = next_word(&rest);

    if (is(word, "set")) {
        const char *name = next_word(&rest);

        answer(*name != '\0' ? set(name, rest) : ARENA_EINVAL);
    } else if (is(word, "get")) {
        get(next_word(&rest));
    } else if (is(word, "list")) {
        list();
    } else if (is(word, "save") && is(next_word(&rest), "point")) {
        answer(save_point());
    } else if (is(word, "undo") && saved == oldest) {
        put("no save point\n");
    } else if (is(word, "undo")) {
        answer(undo());
    } else if (is(word, "factory")) {
        answer(factory());
    } else if (*word != '\0') {
        put("set NAME VALUE, get NAME, list, save point, undo, factory\n");
    }
}

void settings_console(void)
{
    char line[LINE];
    struct arena_stats stats;

    saved = oldest = 0;
    if (arena_init(&arena, memory.bytes, sizeof memory.bytes) < 0 ||
        deliver() < 0) {
        put("no room for the settings\n");
        return;
    }
    while (get_line(line))
        obey(line);
    arena_get_stats(&arena, &stats);
    put("the most that was used: ");
    put_number(stats.peak);
    put(" of ");
    put_number(sizeof memory.bytes);
    put(" bytes\n");
}

/* ---- On a PC --------------------------------------------------------- */

#if __STDC_HOSTED__
#include <stdio.h>

int serial_get(void)
{
    return getchar();
}

void serial_put(char byte)
{
    putchar(byte);
}

int main(void)
{
    settings_console();
    return 0;
}
#endif
