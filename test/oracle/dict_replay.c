/*
 * Replays CPython's scripts (dict/FORMAT.md) on a dict:
 *
 *     dict_replay SCRIPT ...
 *
 * Order, contents, results, sizes, growth points and widths of the index are
 * compared; built with -DDICT_WIDE_HASH, which gives hashes CPython's 64 bits,
 * also every slot of the index. Prints `N passed, N failed, 0 left out`.
 */
#include "dict.h"
#include "dict/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INSTANCES = 64, LINE = 1 << 16, ARENA = 1 << 22 };

struct general_key {
    uint64_t hash;
    uint32_t id;
};

static struct arena arena;
static struct dict_space space;
static struct dict_shape shape;
static struct dict dicts[INSTANCES];
static unsigned char memory[ARENA];
static char line[LINE], told[LINE];
static const char *file;
static unsigned at_line;
static bool has_failed;

/* ---- Failing --------------------------------------------------------- */

static void fail(const char *what)
{
    if (!has_failed)
        printf("FAIL %s:%u: %s\n    it says  %s\n    we have  %s\n", file,
               at_line, what, line, told);
    has_failed = true;
}

static void expect(bool condition, const char *what)
{
    if (!condition)
        fail(what);
}

/* ---- Keys ------------------------------------------------------------ */

static int hash_general(const struct dict_type *type, const void *key,
                        dict_hash *hash)
{
    (void)type;
    *hash = (dict_hash)((const struct general_key *)key)->hash;
    return 0;
}

static int equal_general(const struct dict_type *type, const void *stored,
                         const void *key)
{
    (void)type;
    return ((const struct general_key *)stored)->id ==
           ((const struct general_key *)key)->id;
}

static const struct dict_type type = DICT_TYPE_WITH(
    struct general_key, DICT_NAMES, hash_general, equal_general, NULL);

/* One key of a line, as it is passed to the dict. */
struct key {
    struct dict_key both;
    struct dict_name name;
    struct general_key general;
};

static void make_key(struct key *key, bool is_name, const char *what,
                     const char *hash)
{
    uint64_t h = strtoull(hash, NULL, 16);

    memset(key, 0, sizeof *key);
    if (is_name) {
        key->name.text = what;
        key->name.size = strlen(what);
        key->name.hash = (dict_hash)h;
        key->both.name = &key->name;
    } else {
        key->general.hash = h;
        key->general.id = (uint32_t)strtoul(what, NULL, 10);
        key->both.key = &key->general;
    }
}

/* ---- What a dict looks like ------------------------------------------ */

static size_t tell_item(char *to, const struct dict_key *key, uintptr_t value)
{
    if (key->name != NULL)
        return (size_t)sprintf(to, "%s:%lu", key->name->text,
                               (unsigned long)value);
    return (size_t)sprintf(
        to, "%lu:%lu",
        (unsigned long)((const struct general_key *)key->key)->id,
        (unsigned long)value);
}

static void tell_order(const struct dict *dict)
{
    struct dict_iter iter;
    const void *key;
    uintptr_t value;
    size_t size = 0;
    int result;

    told[0] = '\0';
    dict_iter_init(&iter, dict);
    while ((result = dict_iter_next(&iter, &key, &value)) > 0) {
        if (size > 0)
            told[size++] = ' ';
        size += tell_item(told + size, key, value);
    }
    expect(result == 0, "iteration ends with an error");
}

static unsigned log2_of(size_t slots)
{
    unsigned log2 = 0;

    while (slots > 1) {
        slots /= 2;
        log2++;
    }
    return log2;
}

static void tell_state(const struct dict *dict)
{
    struct dict_stats stats;

    dict_get_stats(dict, &stats);
    sprintf(told, "used %zu log2 %u width %zu kind %c usable %zu nentries %zu",
            stats.used, log2_of(stats.slots), stats.width,
            stats.general ? 'G' : 'U', stats.usable, stats.entries);
}

static void tell_combined(const struct dict *dict)
{
    struct dict_stats stats;

    dict_get_stats(dict, &stats);
    sprintf(told, "used %zu log2 %u kind %c usable %zu nentries %zu",
            stats.used, log2_of(stats.slots), stats.general ? 'G' : 'U',
            stats.usable, stats.entries);
    expect(stats.capacity == 0, "it still has its shape");
}

static void tell_indices(const struct dict *dict)
{
    size_t size = 0;

    told[0] = '\0';
    if (dict->keys == 0)
        return;
    const struct dict_keys *keys = keys_at(&arena, dict->keys);
    for (uint32_t slot = 0; slot < slots_of(keys); slot++)
        size += (size_t)sprintf(told + size, slot == 0 ? "%ld" : " %ld",
                                (long)index_get(keys, slot));
}

/* The order of names in a dict with a shape, as numbers of the shape's. */
static void tell_split(const struct dict *dict)
{
    const struct dict_keys *keys = keys_at(&arena, dict->keys);
    struct dict_stats stats;
    struct dict_iter iter;
    const void *key;
    size_t size;

    dict_get_stats(dict, &stats);
    size = (size_t)sprintf(told,
                           "used %zu capacity %zu size %zu keys_usable %zu"
                           " keys_nentries %zu prefix",
                           stats.used, stats.capacity, stats.used, stats.usable,
                           stats.entries);
    dict_iter_init(&iter, dict);
    while (dict_iter_next(&iter, &key, NULL) > 0) {
        const struct dict_key *both = key;
        uint32_t at = 0;

        expect(find_name(&arena, keys, both->name, both->name->hash, &at),
               "the shape lacks a name");
        size += (size_t)sprintf(told + size, " %lu", (unsigned long)at);
    }
}

/* FNV-1a, 64 bits. */
static void digest(void)
{
    uint64_t hash = 0xCBF29CE484222325u;

    for (const char *c = told; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001B3u;
    sprintf(told, "%016llx", (unsigned long long)hash);
}

/* ---- Commands -------------------------------------------------------- */

static struct dict *dict_of(const char *number)
{
    return &dicts[strtoul(number, NULL, 10) % INSTANCES];
}

static void compare(const char *wanted)
{
    if (strcmp(told, wanted) != 0)
        fail("not the same");
}

/* The words of a line after its first, up to five of them. */
static unsigned split(char *from, char **words, unsigned limit)
{
    unsigned count = 0;
    char *word = strtok(from, " ");

    while (word != NULL && count < limit) {
        words[count++] = word;
        word = strtok(NULL, " ");
    }
    return count;
}

static void change(struct dict *dict, const char *command, char **words)
{
    bool is_name = strcmp(words[0], "u") == 0;
    uintptr_t value = 0, given = 0;
    struct key key;
    int result;

    make_key(&key, is_name, words[1], words[2]);
    if (strcmp(command, "set") == 0) {
        int was = dict_contains(dict, &key.both);

        result = dict_set(dict, &key.both, strtoul(words[3], NULL, 10));
        expect(result == !was, "set");
    } else if (strcmp(command, "del") == 0) {
        result = dict_remove(dict, &key.both);
        expect(result == (strcmp(words[3], "ok") == 0), "del");
    } else if (strcmp(command, "pop") == 0) {
        result = dict_pop(dict, &key.both, &value);
        expect(result == (words[3][0] != '-'), "pop");
        expect(result == 0 || value == strtoul(words[3], NULL, 10),
               "pop's value");
    } else {
        given = strtoul(words[3], NULL, 10);
        result = dict_setdefault(dict, &key.both, given, &value);
        expect(result >= 0 && value == strtoul(words[4], NULL, 10),
               "setdefault");
    }
}

static void popitem(struct dict *dict, const char *wanted)
{
    struct dict_item item;
    int result = dict_popitem(dict, &item);

    strcpy(told, "empty");
    if (result > 0)
        tell_item(told, item.key, item.value);
    expect(result >= 0, "popitem");
    compare(wanted);
}

static void copy(struct dict *dict)
{
    struct dict next;

    expect(dict_copy(dict, &next) == ARENA_OK, "copy");
    expect(dict_equal(dict, &next) == 1, "the copy is not equal");
    expect(dict_destroy(dict) == ARENA_OK, "destroy");
    *dict = next;
}

/* A command of the scripts for one dict. Returns false if it is none. */
static bool do_combined(struct dict *dict, const char *command, char *rest)
{
    char *words[5];

    if (strcmp(command, "state") == 0)
        tell_state(dict);
    else if (strcmp(command, "order") == 0 || strcmp(command, "digest") == 0)
        tell_order(dict);
    else if (strncmp(command, "indices", 7) == 0)
        tell_indices(dict);
    else if (strcmp(command, "popitem") == 0)
        popitem(dict, rest);
    else if (strcmp(command, "clear") == 0)
        expect(dict_clear(dict) == ARENA_OK, "clear");
    else if (strcmp(command, "copy") == 0)
        copy(dict);
    else if (split(rest, words, 5) >= 4)
        change(dict, command, words);
    else
        return false;
    if (strstr(command, "digest") != NULL)
        digest();
#ifndef DICT_WIDE_HASH
    if (strncmp(command, "indices", 7) == 0)
        return true;
#endif
    if (strstr("state order digest indices indicesdigest", command) != NULL)
        compare(rest);
    return true;
}

/* A class's instance stores an attribute, or deletes one: CPython lets its
   name have a place among the shared keys even if it is absent. */
static void delete_attribute(struct dict *dict, char **words)
{
    struct key key;
    int result;

    make_key(&key, true, words[0], words[1]);
    if (strcmp(words[2], "missing") == 0 && dict->capacity > 0)
        dict_shape_add(&shape, &key.name);
    result = dict_remove(dict, &key.both);
    expect(result == (strcmp(words[2], "ok") == 0), "delattr");
}

/* A command of the scripts for instances of a class. */
static bool do_split(const char *command, char *rest)
{
    struct dict *dict = dict_of(rest);
    char *words[5];
    struct key key;

    rest += strcspn(rest, " ");
    rest += *rest == ' ';
    if (strcmp(command, "new") == 0)
        expect(dict_init_shape(dict, &shape) == ARENA_OK, "new");
    else if (strcmp(command, "split") == 0)
        tell_split(dict);
    else if (strcmp(command, "combined") == 0)
        tell_combined(dict);
    else if (strcmp(command, "order") == 0)
        tell_order(dict);
    else if (strcmp(command, "popitem") == 0)
        popitem(dict, rest);
    else if (strcmp(command, "clear") == 0)
        expect(dict_clear(dict) == ARENA_OK, "clear");
    else if (split(rest, words, 5) < 3)
        return false;
    else if (strcmp(command, "delattr") == 0)
        delete_attribute(dict, words);
    else {
        make_key(&key, strcmp(command, "attr") == 0, words[0], words[1]);
        expect(dict_set(dict, &key.both, strtoul(words[2], NULL, 10)) >= 0,
               command);
    }
    if (strcmp(command, "split") == 0 || strcmp(command, "combined") == 0 ||
        strcmp(command, "order") == 0)
        compare(rest);
    if (dict->space != NULL)
        expect(dict_check(dict) == ARENA_OK, "dict_check");
    return true;
}

/* ---- Scripts --------------------------------------------------------- */

static void do_line(bool is_split_script)
{
    static char copied[LINE];
    char *rest;
    bool done;

    if (line[0] == '#' || line[0] == '\0')
        return;
    strcpy(copied, line);
    rest = copied + strcspn(copied, " ");
    if (*rest == ' ')
        *rest++ = '\0';
    done = is_split_script ? do_split(copied, rest)
                           : do_combined(&dicts[0], copied, rest);
    if (!done)
        fail("unknown command");
    expect(is_split_script || dict_check(&dicts[0]) == ARENA_OK, "dict_check");
}

static void do_script(FILE *in, bool is_split_script)
{
    struct arena_stats stats;
    size_t before;

    arena_init(&arena, memory, sizeof memory);
    arena_get_stats(&arena, &stats);
    before = stats.used;
    dict_space_init(&space, &arena);
    memset(dicts, 0, sizeof dicts);
    dict_init(&dicts[0], &space, &type);
    dict_shape_init(&shape, &space, &type);
    at_line = 0;
    while (!has_failed && fgets(line, sizeof line, in) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        at_line++;
        do_line(is_split_script);
    }
    expect(at_line > 10, "a script is longer");
    for (unsigned i = 0; i < INSTANCES; i++)
        dict_destroy(&dicts[i]);
    dict_shape_destroy(&shape);
    expect(dict_space_destroy(&space) == ARENA_OK, "names are left");
    arena_get_stats(&arena, &stats);
    expect(stats.used == before, "bytes are left");
    expect(arena_check(&arena) == ARENA_OK, "arena_check");
}

int main(int count, char **arguments)
{
    unsigned failed = 0;

    for (int i = 1; i < count; i++) {
        FILE *in = fopen(arguments[i], "r");
        const char *base = strrchr(arguments[i], '/');

        file = arguments[i];
        has_failed = false;
        base = base == NULL ? file : base + 1;
        if (in == NULL) {
            printf("FAIL %s: can't be read\n", file);
            return 2;
        }
        do_script(in, base[0] == 's');
        fclose(in);
        failed += has_failed;
    }
    printf("%d passed, %u failed, 0 left out\n", count - 1 - (int)failed,
           failed);
    return failed > 0;
}
