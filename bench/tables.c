/*
 * Dict and hashtable beside khash and GLib's GHashTable, and their bytes.
 *
 *     tables speed     times of one run, as ratios
 *     tables memory    bytes of the arena
 *
 * Built with -DHAVE_KHASH and -DHAVE_GLIB where these are there.
 */
#include "bench.h"

#include "dict.h"
#include "hashtable.h"

#ifdef HAVE_KHASH
#include <htslib/khash.h>
KHASH_MAP_INIT_INT(words, uintptr_t)
#endif
#ifdef HAVE_GLIB
#include <glib.h>
#endif

enum { KEYS_MAX = 10000, ROUNDS = 31, STEPS = 1 << 17, QUERIES = 1 << 20 };

static const struct dict_type numbers = DICT_TYPE(uint32_t);

struct state {
    uint32_t count; /* of keys                                        */
    uint32_t keys[KEYS_MAX];
    uint32_t queries[QUERIES]; /* of these, at random                 */
    struct arena arena;
    struct dict_space space;
    struct dict dict;
    struct hashtable table;
    uintptr_t sum; /* what was read, so that it is read               */
#ifdef HAVE_KHASH
    khash_t(words) *khash;
#endif
#ifdef HAVE_GLIB
    GHashTable *glib;
#endif
};

static struct state state;

static void missing(const char *name, const char *peer)
{
    printf("%-50s %9s %9s  %s\n", name, "-", "-", peer);
}

/* Each round has other queries, more than any branch predictor keeps. */
static const uint32_t *queries_of(const struct state *s, int round)
{
    return s->queries + round % (QUERIES / STEPS) * STEPS;
}

/* ---- Dict and khash -------------------------------------------------- */

static double dict_gets(void *user, int round)
{
    struct state *s = user;
    const uint32_t *queries = queries_of(s, round);
    uintptr_t sum = 0, value = 0;
    double start = now();

    for (uint32_t i = 0; i < STEPS; i++) {
        dict_get(&s->dict, &queries[i], &value);
        sum += value;
    }
    start = now() - start;
    s->sum += sum;
    return start;
}

static double dict_replaces(void *user, int round)
{
    struct state *s = user;
    const uint32_t *queries = queries_of(s, round);
    double start = now();

    for (uint32_t i = 0; i < STEPS; i++)
        dict_set(&s->dict, &queries[i], i + (uint32_t)round);
    return now() - start;
}

static double dict_fills(void *user, int round)
{
    struct state *s = user;
    struct dict dict;
    double start = now();

    for (uint32_t left = STEPS / s->count; left > 0; left--) {
        dict_init(&dict, &s->space, &numbers);
        for (uint32_t i = 0; i < s->count; i++)
            dict_set(&dict, &s->keys[i], (uint32_t)round);
        dict_destroy(&dict);
    }
    return now() - start;
}

#ifdef HAVE_KHASH
static double khash_gets(void *user, int round)
{
    struct state *s = user;
    const uint32_t *queries = queries_of(s, round);
    uintptr_t sum = 0;
    double start = now();

    for (uint32_t i = 0; i < STEPS; i++) {
        khint_t at = kh_get(words, s->khash, queries[i]);

        if (at != kh_end(s->khash))
            sum += kh_value(s->khash, at);
    }
    start = now() - start;
    s->sum += sum;
    return start;
}

static void khash_set(khash_t(words) *khash, uint32_t key, uintptr_t value)
{
    int result;
    khint_t at = kh_put(words, khash, key, &result);

    kh_value(khash, at) = value;
}

static double khash_replaces(void *user, int round)
{
    struct state *s = user;
    const uint32_t *queries = queries_of(s, round);
    double start = now();

    for (uint32_t i = 0; i < STEPS; i++)
        khash_set(s->khash, queries[i], i + (uint32_t)round);
    return now() - start;
}

static double khash_fills(void *user, int round)
{
    struct state *s = user;
    double start = now();

    for (uint32_t left = STEPS / s->count; left > 0; left--) {
        khash_t(words) *khash = kh_init(words);

        for (uint32_t i = 0; i < s->count; i++)
            khash_set(khash, s->keys[i], (uint32_t)round);
        kh_destroy(words, khash);
    }
    return now() - start;
}
#endif

static void compare_dict(const char *what, double (*ours)(void *, int),
                         double (*theirs)(void *, int))
{
    char name[64];
    struct times times;

    snprintf(name, sizeof name, "dict %s, %u keys, of khash's", what,
             (unsigned)state.count);
    if (theirs == NULL) {
        missing(name, "no khash.h");
        return;
    }
    times = compare(ours, theirs, &state, ROUNDS);
    row(name, times.ratio, 1.2);
    printf("    %.1f ns, khash %.1f ns\n", times.ours / STEPS,
           times.theirs / STEPS);
}

/* ---- Hashtable and GHashTable ---------------------------------------- */

static double table_gets(void *user, int round)
{
    struct state *s = user;
    const uint32_t *queries = queries_of(s, round);
    uintptr_t sum = 0;
    double start = now();

    for (uint32_t i = 0; i < STEPS; i++)
        sum +=
            (uintptr_t)hashtable_get(&s->table, (void *)(uintptr_t)queries[i]);
    start = now() - start;
    s->sum += sum;
    return start;
}

#ifdef HAVE_GLIB
static double glib_gets(void *user, int round)
{
    struct state *s = user;
    const uint32_t *queries = queries_of(s, round);
    uintptr_t sum = 0;
    double start = now();

    for (uint32_t i = 0; i < STEPS; i++)
        sum += (uintptr_t)g_hash_table_lookup(s->glib,
                                              (void *)(uintptr_t)queries[i]);
    start = now() - start;
    s->sum += sum;
    return start;
}
#endif

static void compare_table(double (*theirs)(void *, int))
{
    char name[64];
    struct times times;

    snprintf(name, sizeof name, "hashtable get, %u keys, of GHashTable's",
             (unsigned)state.count);
    if (theirs == NULL) {
        missing(name, "no GLib");
        return;
    }
    times = compare(table_gets, theirs, &state, ROUNDS);
    row(name, times.ratio, 1.0);
    printf("    %.1f ns, GHashTable %.1f ns\n", times.ours / STEPS,
           times.theirs / STEPS);
}

/* ---- Speed ----------------------------------------------------------- */

static void fill(uint32_t count)
{
    static unsigned char *memory;
    enum { SIZE = 8 << 20 };
    uint64_t seed = count;

    if (memory == NULL)
        memory = memory_of(SIZE);
    state.count = count;
    arena_init(&state.arena, memory, SIZE);
    dict_space_init(&state.space, &state.arena);
    dict_init(&state.dict, &state.space, &numbers);
    hashtable_init(&state.table, &state.arena, NULL, NULL);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t key = key_of(i);

        state.keys[i] = key;
        need(dict_set(&state.dict, &key, i) == 1, "dict_set");
        need(hashtable_set(&state.table, (void *)(uintptr_t)key,
                           (void *)(uintptr_t)i) == 1,
             "hashtable_set");
    }
    for (uint32_t i = 0; i < QUERIES; i++)
        state.queries[i] = state.keys[random_below(&seed, count)];
#ifdef HAVE_KHASH
    state.khash = kh_init(words);
    for (uint32_t i = 0; i < count; i++)
        khash_set(state.khash, state.keys[i], i);
#endif
#ifdef HAVE_GLIB
    state.glib = g_hash_table_new(g_direct_hash, NULL);
    for (uint32_t i = 0; i < count; i++)
        g_hash_table_insert(state.glib, (void *)(uintptr_t)state.keys[i],
                            (void *)(uintptr_t)i);
#endif
}

static void speed(uint32_t count)
{
    fill(count);
#ifdef HAVE_KHASH
    compare_dict("get", dict_gets, khash_gets);
    compare_dict("set of a key that is there", dict_replaces, khash_replaces);
    compare_dict("set of all, from empty", dict_fills, khash_fills);
    kh_destroy(words, state.khash);
#else
    compare_dict("get", dict_gets, NULL);
    compare_dict("set of a key that is there", dict_replaces, NULL);
    compare_dict("set of all, from empty", dict_fills, NULL);
#endif
#ifdef HAVE_GLIB
    compare_table(glib_gets);
    g_hash_table_destroy(state.glib);
#else
    compare_table(NULL);
#endif
}

/* ---- Memory ---------------------------------------------------------- */

enum { ENTITIES = 1000, PROPERTIES = 8 };

static const struct dict_type bags = DICT_NAMES_TYPE;

static const struct dict_name properties[PROPERTIES] = {
    DICT_NAME("health"), DICT_NAME("x"),    DICT_NAME("y"),
    DICT_NAME("z"),      DICT_NAME("name"), DICT_NAME("team"),
    DICT_NAME("speed"),  DICT_NAME("ammo"),
};

static size_t used_of(const struct arena *arena)
{
    struct arena_stats stats;

    arena_get_stats(arena, &stats);
    return stats.used;
}

/* The arena's bytes for so many entities, as dicts with a shape or without. */
static double entities(bool is_shaped)
{
    static struct dict dicts[ENTITIES];
    struct dict_shape shape;
    size_t before = used_of(&state.arena), used;

    if (is_shaped)
        need(dict_shape_init(&shape, &state.space, &bags) == ARENA_OK,
             "dict_shape_init");
    for (int i = 0; i < ENTITIES; i++) {
        if (is_shaped)
            dict_init_shape(&dicts[i], &shape);
        else
            dict_init(&dicts[i], &state.space, &bags);
        for (uintptr_t j = 0; j < PROPERTIES; j++)
            need(dict_set(&dicts[i], &properties[j], j) == 1, "dict_set");
    }
    used = used_of(&state.arena) - before;
    for (int i = 0; i < ENTITIES; i++)
        dict_destroy(&dicts[i]);
    if (is_shaped)
        dict_shape_destroy(&shape);
    return (double)used / ENTITIES;
}

/* The arena's bytes for a dict of so many names, less those of the names. */
static double names(uint32_t count)
{
    struct dict_name name;
    struct dict dict;
    size_t before;
    char text[16];

    dict_init(&dict, &state.space, &bags);
    for (uint32_t i = 0; i < count; i++) {
        int size = snprintf(text, sizeof text, "name%u", (unsigned)i);

        need(dict_intern(&state.space, text, (size_t)size, &name) == 1,
             "dict_intern");
    }
    before = used_of(&state.arena);
    for (uint32_t i = 0; i < count; i++) {
        int size = snprintf(text, sizeof text, "name%u", (unsigned)i);

        dict_name_init(&name, text, (size_t)size);
        need(dict_set(&dict, &name, i) == 1, "dict_set");
    }
    return (double)(used_of(&state.arena) - before) / count;
}

static void memory_rows(void)
{
    enum { SIZE = 4 << 20 };

    arena_init(&state.arena, memory_of(SIZE), SIZE);
    dict_space_init(&state.space, &state.arena);
    figure("sizeof(struct dict), the caller's", sizeof(struct dict), "bytes");
    row("entity of 8 properties, with a shape, bytes", entities(true), 110);
    figure("the same, without", entities(false), "bytes");
    row("entry of 1000 by name, less the names, bytes", names(1000), 30);
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "memory") == 0) {
        memory_rows();
        return rows_status();
    }
    speed(100);
    speed(10000);
    return rows_status();
}
