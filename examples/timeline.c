/*
 * A store of keys and values with snapshots, undo and redo, in one arena.
 *
 *     $ printf 'set a 1\nsnap x\nset a 2\ndiff x @\nundo\nget a\n' | timeline
 *     ~ a 1 -> 2
 *     1 change
 *     at x
 *     1
 *
 * timeline [-m BYTES] [-c] [-t] <COMMANDS
 *
 *   -m BYTES  the arena's size, 256M by default; K and M are accepted, and
 *             4 GB - 1 bytes (64 KB - 1 with 16-bit references) at most
 *   -c        keep a tree of versions (a counted map), not one line of them
 *   -t        tell on standard error how long all took
 *
 * A command a line; A, B and NAME are snapshots, @ is the working state:
 *
 *   command         does                               prints
 *   --------------- ---------------------------------- -----------------------
 *   set KEY VALUE   bind KEY (no blanks) to VALUE:
 *                   all after the one blank, may be
 *                   nothing
 *   del KEY         remove KEY
 *   get KEY                                            VALUE
 *   snap NAME       hold the working state
 *   drop NAME       release it, in any order
 *   undo            to the last snapshot, or, if       at NAME, or
 *                   nothing changed since, the one     at unsnapped changes
 *                   before
 *   redo            back; after the last snapshot to   the same
 *                   the changes not snapped
 *   goto NAME       as many undos or redos             the same
 *   rollback NAME   there, and release all newer ones  the same
 *   list [A]        entries in order of iteration      KEY VALUE
 *   diff A B        from A to B                        + KEY VALUE
 *                                                      - KEY
 *                                                      ~ KEY OLD -> NEW
 *                                                      3 changes
 *   equal A B                                          yes or no
 *   stats           what the arena holds               bytes 123
 *                                                      blocks 12
 *                                                      snapshots 1
 *                                                      entries 2
 *   check           all invariants                     ok
 *
 * A change after undo or goto releases what is newer, as in an editor. With
 * -c it releases nothing: redo follows the version visited last, goto leads
 * to any, and rollback is refused.
 *
 * Dropping the snapshot one stands at leaves the working state as it is:
 * changes not snapped. With newer ones behind it, it goes when one leaves it.
 *
 * Lines end with LF, or all of them with CR LF, as the first one does. Empty
 * lines and lines with # first are comments. A line that can't be done
 * (no such command, key or name, a name in use, too few or many words, more
 * than 65535 bytes, a full arena) is told on standard error with its number,
 * changes nothing, and makes the exit status 1. A change to the past, in a
 * line, wants some 8 KB of room (less in a small map) and twice its value's
 * size before it lets go of what is newer: so it can't fail after that.
 */
#include "timeline_line.h"
#include "timeline_store.h"

#include <stdlib.h>
#include <time.h>

/* What more can be wrong with a line. */
enum line_error {
    LINE_ECOMMAND = ARENA_EUSER - 10, /* no such command                  */
    LINE_EFEW = ARENA_EUSER - 11,     /* words                            */
    LINE_EMANY = ARENA_EUSER - 12,
    LINE_ESELF = ARENA_EUSER - 13, /* @ where it can't be                 */
    LINE_ELONG = ARENA_EUSER - 14
};

static const char *explain(int error)
{
    /* clang-format off */
    switch (error) {
    case STORE_EKEY: return "no such key";
    case STORE_ENAME: return "no such snapshot";
    case STORE_EUSED: return "name in use";
    case STORE_EOLDEST: return "no older snapshot";
    case STORE_ENEWEST: return "nothing to redo";
    case STORE_ETREE: return "not in a tree of versions (-c)";
    case LINE_ECOMMAND: return "no such command";
    case LINE_EFEW: return "an argument is missing";
    case LINE_EMANY: return "too many arguments";
    case LINE_ESELF: return "@ is the working state";
    case LINE_ELONG: return "longer than 65535 bytes";
    default: return arena_strerror(error);
    }
    /* clang-format on */
}

/* ---- Printing -------------------------------------------------------- */

static void print_string(const void *bytes)
{
    print(bytes, hamt_bytes_size(bytes));
}

static void print_entry(const void *key, const void *value)
{
    print_string(key);
    print(" ", 1);
    print_string(value);
}

static void print_change(const struct hamt_change *change)
{
    print(change->kind == HAMT_ADDED     ? "+ "
          : change->kind == HAMT_REMOVED ? "- "
                                         : "~ ",
          2);
    if (change->kind == HAMT_REMOVED)
        print_string(change->key);
    else if (change->kind == HAMT_ADDED)
        print_entry(change->key, change->after);
    else {
        print_entry(change->key, change->before);
        print(" -> ", 4);
        print_string(change->after);
    }
    print("\n", 1);
}

/* ---- Commands: word[0], word[1] are their arguments ------------------ */

static bool is_self(const struct arena_bytes *word)
{
    return is_same(word, "@", 1);
}

/* The version of the map that word names, in *map. */
static int version(const struct store *store, const struct arena_bytes *word,
                   const struct hamt **map)
{
    const struct snapshot *snapshot = is_self(word) ? store->at
                                                    : store_find(store, word);

    if (snapshot == NULL)
        return STORE_ENAME;
    *map = &snapshot->map;
    return ARENA_OK;
}

static int versions(const struct store *store, const struct arena_bytes *word,
                    const struct hamt **a, const struct hamt **b)
{
    int result = version(store, &word[0], a);

    return result < 0 ? result : version(store, &word[1], b);
}

static int run_set(struct store *store, const struct arena_bytes *word)
{
    return store_change(store, &word[0], &word[1]);
}

static int run_del(struct store *store, const struct arena_bytes *word)
{
    return store_change(store, &word[0], NULL);
}

static int run_get(struct store *store, const struct arena_bytes *word)
{
    const void *value = hamt_get(&store->at->map, &word[0]);

    if (value == NULL)
        return STORE_EKEY;
    print_string(value);
    print("\n", 1);
    return ARENA_OK;
}

static int run_snap(struct store *store, const struct arena_bytes *word)
{
    return is_self(word) ? (int)LINE_ESELF : store_snap(store, word);
}

static int run_drop(struct store *store, const struct arena_bytes *word)
{
    return is_self(word) ? (int)LINE_ESELF : store_drop(store, word);
}

/* Print where a step, if it was right, has led to. */
static int arrive(const struct store *store, int result)
{
    const struct name *name = store->at->names;

    if (result < 0)
        return result;
    print("at ", 3);
    if (name != NULL)
        print(name->text, name->size);
    else
        fputs("unsnapped changes", stdout);
    print("\n", 1);
    return ARENA_OK;
}

static int run_undo(struct store *store, const struct arena_bytes *word)
{
    (void)word;
    return arrive(store, store_undo(store));
}

static int run_redo(struct store *store, const struct arena_bytes *word)
{
    (void)word;
    return arrive(store, store_redo(store));
}

static int run_goto(struct store *store, const struct arena_bytes *word)
{
    return is_self(word) ? (int)LINE_ESELF
                         : arrive(store, store_goto(store, word));
}

static int run_rollback(struct store *store, const struct arena_bytes *word)
{
    return is_self(word) ? (int)LINE_ESELF
                         : arrive(store, store_rollback(store, word));
}

static int run_list(struct store *store, const struct arena_bytes *word)
{
    const struct hamt *map = &store->at->map;
    const void *key, *value;
    struct hamt_iter iter;

    if (word[0].size > 0 && version(store, &word[0], &map) < 0)
        return STORE_ENAME;
    hamt_iter_init(&iter, map);
    while (hamt_iter_next(&iter, &key, &value)) {
        print_entry(key, value);
        print("\n", 1);
    }
    return ARENA_OK;
}

static int run_diff(struct store *store, const struct arena_bytes *word)
{
    const struct hamt *before, *after;
    struct hamt_change change;
    struct hamt_diff diff;
    unsigned long changes = 0;
    int result = versions(store, word, &before, &after);

    if (result < 0)
        return result;
    hamt_diff_init(&diff, before, after);
    while ((result = hamt_diff_next(&diff, &change)) > 0) {
        print_change(&change);
        changes++;
    }
    printf("%lu change%s\n", changes, changes == 1 ? "" : "s");
    return result;
}

static int run_equal(struct store *store, const struct arena_bytes *word)
{
    const struct hamt *a, *b;
    int result = versions(store, word, &a, &b);

    if (result >= 0)
        result = hamt_equal(a, b);
    if (result >= 0)
        puts(result > 0 ? "yes" : "no");
    return result;
}

static int run_stats(struct store *store, const struct arena_bytes *word)
{
    struct arena_stats stats;

    (void)word;
    arena_reclaim(&store->arena, SIZE_MAX);
    arena_get_stats(&store->arena, &stats);
    printf("bytes %lu\nblocks %lu\nsnapshots %lu\nentries %lu\n",
           (unsigned long)stats.used, (unsigned long)stats.blocks,
           (unsigned long)store->snapshots,
           (unsigned long)hamt_count(&store->at->map));
    return ARENA_OK;
}

static int run_check(struct store *store, const struct arena_bytes *word)
{
    int result = store_check(store);

    (void)word;
    if (result >= 0)
        puts("ok");
    return result;
}

/* ---- Lines ----------------------------------------------------------- */

static const struct command {
    const char *name;
    size_t least, words; /* arguments without blanks                      */
    bool value;          /* and one more with blanks                      */
    int (*run)(struct store *store, const struct arena_bytes *word);
} commands[] = {
    { "set", 2, 1, true, run_set },
    { "del", 1, 1, false, run_del },
    { "get", 1, 1, false, run_get },
    { "snap", 1, 1, false, run_snap },
    { "drop", 1, 1, false, run_drop },
    { "undo", 0, 0, false, run_undo },
    { "redo", 0, 0, false, run_redo },
    { "goto", 1, 1, false, run_goto },
    { "rollback", 1, 1, false, run_rollback },
    { "list", 0, 1, false, run_list },
    { "diff", 2, 2, false, run_diff },
    { "equal", 2, 2, false, run_equal },
    { "stats", 0, 0, false, run_stats },
    { "check", 0, 0, false, run_check },
};

static const struct command *find_command(const struct arena_bytes *word)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (is_same(word, commands[i].name, strlen(commands[i].name)))
            return &commands[i];
    return NULL;
}

/* VALUE is all behind the blank after KEY: blanks too, or nothing. */
static size_t take_rest(struct arena_bytes *rest, struct arena_bytes *value)
{
    if (rest->size == 0)
        return 0;
    value->data = (const char *)rest->data + 1;
    value->size = rest->size - 1;
    rest->size = 0;
    return 1;
}

/* Do one line. *words of word are its command and arguments, as far as it
   could be read. */
static int run_line(struct store *store, const struct line *line,
                    struct arena_bytes word[3], size_t *words)
{
    struct arena_bytes rest = { line->text, line->size }, extra;
    const struct command *command;

    if (line->size > LINE_LIMIT)
        return LINE_ELONG;
    if (!take_word(&rest, &word[0]) || *(const char *)word[0].data == '#')
        return ARENA_OK;
    *words = 1;
    command = find_command(&word[0]);
    if (command == NULL)
        return LINE_ECOMMAND;
    while (*words <= command->words && take_word(&rest, &word[*words]))
        ++*words;
    if (command->value && *words == 2)
        *words += take_rest(&rest, &word[2]);
    if (*words <= command->least)
        return LINE_EFEW;
    if (take_word(&rest, &extra))
        return LINE_EMANY;
    return command->run(store, &word[1]);
}

/* Do all lines of standard input. Returns how many went wrong. */
static size_t run_all(struct store *store)
{
    static struct line line;
    size_t wrong = 0;

    while (next_line(&line, stdin)) {
        struct arena_bytes word[3] = { { "", 0 }, { "", 0 }, { "", 0 } };
        size_t words = 0;
        int result = run_line(store, &line, word, &words);

        if (result >= 0)
            continue;
        wrong++;
        fprintf(stderr, "line %lu:", (unsigned long)line.number);
        for (size_t i = 0; i < words && i <= 2; i++)
            print_error_word(&word[i]);
        fprintf(stderr, "%s %s\n", words > 0 ? ":" : "", explain(result));
    }
    return wrong;
}

/* ---- Options --------------------------------------------------------- */

/* The most bytes that an arena uses. */
#define SIZE_LIMIT ((arena_ref)-1)

struct options {
    size_t size; /* bytes */
    bool too_large, counted, timed;
};

/* Read a size such as 4096, 64K or 256M. Returns false if it is none. */
static bool read_size(const char *text, struct options *options)
{
    char *end;
    unsigned long long number = strtoull(text, &end, 10), unit = 1;

    if (*text < '0' || *text > '9')
        return false;
    if (*end == 'K' || *end == 'M')
        unit = *end++ == 'K' ? 1024 : 1024 * 1024;
    options->size = (size_t)(number * unit);
    options->too_large = number > SIZE_LIMIT / unit;
    return *end == '\0';
}

static bool read_options(struct options *options, char **argument)
{
    for (argument++; *argument != NULL; argument++) {
        if (strcmp(*argument, "-c") == 0)
            options->counted = true;
        else if (strcmp(*argument, "-t") == 0)
            options->timed = true;
        else if (strncmp(*argument, "-m", 2) != 0)
            return false;
        else if ((*argument)[2] != '\0') {
            if (!read_size(*argument + 2, options))
                return false;
        } else if (*++argument == NULL || !read_size(*argument, options))
            return false;
    }
    return true;
}

int main(int count, char **argument)
{
    static struct store store;
    struct options options = { 256ul << 20, false, false, false };
    clock_t start = clock();
    void *memory;
    int status = 2;

    (void)count;
    if (!read_options(&options, argument)) {
        fputs("usage: timeline [-m BYTES] [-c] [-t] <COMMANDS\n", stderr);
        return status;
    }
    if (options.too_large) {
        fprintf(stderr, "timeline: -m: an arena has at most %lu bytes\n",
                (unsigned long)SIZE_LIMIT);
        return status;
    }
    memory = malloc(options.size > 0 ? options.size : 1);
    if (memory == NULL ||
        store_init(&store, memory, options.size, options.counted) < 0)
        fputs("timeline: no arena of this size\n", stderr);
    else
        status = run_all(&store) > 0;
    free(memory);
    if (options.timed)
        fprintf(stderr, "%.6f seconds\n",
                (double)(clock() - start) / CLOCKS_PER_SEC);
    if (fflush(stdout) != 0 || ferror(stdout) || ferror(stdin)) {
        perror("timeline");
        return 2;
    }
    return status;
}
