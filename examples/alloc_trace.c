/*
 * An allocation tracer: who allocated what in an arena, how much at most, and
 * what was never freed.
 *
 * The arena needs no hook for it: the calls of the program are renamed by the
 * macros below, so that each is told where it stands, and the build without
 * tracing is the one without these macros. What the tracer knows lies in an
 * arena of its own: one hashtable from blocks to what is known of them, and
 * one from names of functions to sums.
 */
#include "hashtable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The tracer ------------------------------------------------------ */

/* A function that allocates. */
struct site {
    const char *name;
    size_t calls;
    size_t total; /* bytes ever                                          */
    size_t live;  /* bytes not yet freed                                 */
    size_t live_blocks;
};

/* What is known of a block: the value of its entry. */
struct record {
    struct site *site;
    size_t size;
};

struct tracer {
    struct arena arena;      /* the tracer's own                         */
    struct hashtable blocks; /* address -> struct record *               */
    struct hashtable sites;  /* name -> struct site *                    */
    size_t live, peak;       /* bytes of the traced arena                */
    size_t unknown;          /* blocks freed that were not known         */
    size_t lost;             /* blocks for which the tracer had no room  */
};

static struct tracer tracer;

static void free_value(void *user, void *value)
{
    arena_free(user, value);
}

static const struct hashtable_type block_type = { NULL, NULL, NULL,
                                                  free_value };
static const struct hashtable_type site_type = {
    hashtable_hash_string,
    hashtable_equal_string,
    NULL,
    free_value,
};

static int tracer_init(void *memory, size_t size)
{
    int error = arena_init(&tracer.arena, memory, size);

    if (error >= 0)
        error = hashtable_init(&tracer.blocks, &tracer.arena, &block_type,
                               &tracer.arena);
    if (error >= 0)
        error = hashtable_init(&tracer.sites, &tracer.arena, &site_type,
                               &tracer.arena);
    return error;
}

/* The site of a name, made when first asked for; NULL without room. */
static struct site *site_of(const char *name)
{
    struct site *site = hashtable_get(&tracer.sites, name);

    if (site != NULL)
        return site;
    site = arena_alloc(&tracer.arena, sizeof *site);
    if (site == NULL)
        return NULL;
    memset(site, 0, sizeof *site);
    site->name = name;
    if (hashtable_set(&tracer.sites, name, site) < 0) {
        arena_free(&tracer.arena, site);
        return NULL;
    }
    return site;
}

/* Remember a block. Without room for that the program goes on untraced. */
static void note(void *block, size_t size, const char *name)
{
    struct site *site = site_of(name);
    struct record *record = arena_alloc(&tracer.arena, sizeof *record);

    if (site == NULL || record == NULL ||
        hashtable_set(&tracer.blocks, block, record) < 0) {
        arena_free(&tracer.arena, record);
        tracer.lost++;
        return;
    }
    record->site = site;
    record->size = size;
    site->calls++;
    site->total += size;
    site->live += size;
    site->live_blocks++;
    tracer.live += size;
    if (tracer.live > tracer.peak)
        tracer.peak = tracer.live;
}

static void forget(void *block)
{
    struct record *record;
    void *value;

    if (hashtable_steal(&tracer.blocks, block, &value) != 1) {
        tracer.unknown++;
        return;
    }
    record = value;
    record->site->live -= record->size;
    record->site->live_blocks--;
    tracer.live -= record->size;
    arena_free(&tracer.arena, record);
}

/* ---- The hooks ------------------------------------------------------- */

static void *traced_alloc(struct arena *arena, size_t size, const char *name)
{
    void *block = arena_alloc(arena, size);

    if (block != NULL)
        note(block, size, name);
    return block;
}

static void *traced_resize(struct arena *arena, void *block, size_t size,
                           const char *name)
{
    void *moved = arena_resize(arena, block, size);

    if (moved == NULL)
        return NULL;
    if (block != NULL)
        forget(block);
    note(moved, size, name);
    return moved;
}

static int traced_free(struct arena *arena, void *block)
{
    int error = arena_free(arena, block);

    if (error >= 0 && block != NULL)
        forget(block);
    return error;
}

/* ---- The report ------------------------------------------------------ */

enum { SITES_MAX = 32 };

struct report {
    const struct site *sites[SITES_MAX];
    size_t count;
};

static int collect(void *user, struct hashtable_entry *entry)
{
    struct report *report = user;

    if (report->count < SITES_MAX)
        report->sites[report->count++] = entry->value;
    return 0;
}

/* Most bytes first; by name where they are equal. */
static int compare_sites(const void *a, const void *b)
{
    const struct site *x = *(const struct site *const *)a;
    const struct site *y = *(const struct site *const *)b;

    if (x->total != y->total)
        return x->total < y->total ? 1 : -1;
    return strcmp(x->name, y->name);
}

static void print_report(void)
{
    struct report report;

    report.count = 0;
    hashtable_foreach(&tracer.sites, collect, &report);
    qsort(report.sites, report.count, sizeof report.sites[0], compare_sites);
    printf("%-16s %6s %8s %8s\n", "site", "calls", "bytes", "live");
    for (size_t i = 0; i < report.count; i++)
        printf("%-16s %6lu %8lu %8lu\n", report.sites[i]->name,
               (unsigned long)report.sites[i]->calls,
               (unsigned long)report.sites[i]->total,
               (unsigned long)report.sites[i]->live);
    printf("peak %lu bytes, live %lu\n", (unsigned long)tracer.peak,
           (unsigned long)tracer.live);
    for (size_t i = 0; i < report.count; i++) {
        if (report.sites[i]->live > 0)
            printf("leak: %lu bytes in %lu blocks of %s\n",
                   (unsigned long)report.sites[i]->live,
                   (unsigned long)report.sites[i]->live_blocks,
                   report.sites[i]->name);
    }
}

/* From here on the program's calls are traced. */
#define arena_alloc(arena, size) traced_alloc(arena, size, __func__)
#define arena_resize(arena, block, size) \
    traced_resize(arena, block, size, __func__)
#define arena_free(arena, block) traced_free(arena, block)

/* ---- A program that allocates ---------------------------------------- */

enum { LEVELS = 3, TEXTURES = 6 };

struct level {
    unsigned char *tiles;
    unsigned char *textures[TEXTURES];
    unsigned char *events; /* grows while the level is played */
};

static int load_tiles(struct arena *arena, struct level *level, size_t width)
{
    level->tiles = arena_alloc(arena, width * width);
    return level->tiles != NULL;
}

static int load_textures(struct arena *arena, struct level *level)
{
    for (int i = 0; i < TEXTURES; i++) {
        level->textures[i] = arena_alloc(arena, (size_t)64 << i);
        if (level->textures[i] == NULL)
            return 0;
    }
    return 1;
}

static int play(struct arena *arena, struct level *level)
{
    level->events = NULL;
    for (size_t size = 16; size <= 1024; size *= 2) {
        unsigned char *events = arena_resize(arena, level->events, size);

        if (events == NULL)
            return 0;
        level->events = events;
    }
    return 1;
}

/* A mistake that tracing shows: the last texture is forgotten. */
static void unload(struct arena *arena, struct level *level)
{
    arena_free(arena, level->events);
    for (int i = 0; i < TEXTURES - 1; i++)
        arena_free(arena, level->textures[i]);
    arena_free(arena, level->tiles);
}

static int play_levels(struct arena *arena)
{
    struct level level;

    for (size_t i = 0; i < LEVELS; i++) {
        if (!load_tiles(arena, &level, 32 + 16 * i) ||
            !load_textures(arena, &level) || !play(arena, &level))
            return 0;
        unload(arena, &level);
    }
    return 1;
}

int main(void)
{
    static unsigned char memory[1 << 16], books[1 << 13];
    struct arena_stats stats;
    struct arena arena;

    if (arena_init(&arena, memory, sizeof memory) < 0 ||
        tracer_init(books, sizeof books) < 0 || !play_levels(&arena)) {
        puts("no room");
        return 1;
    }
    print_report();
    arena_get_stats(&arena, &stats);
    printf("blocks left: %lu by the arena, %lu by the tracer\n",
           (unsigned long)stats.blocks,
           (unsigned long)hashtable_count(&tracer.blocks));
    return tracer.lost > 0 || tracer.unknown > 0 ||
           stats.blocks != hashtable_count(&tracer.blocks) ||
           hashtable_destroy(&tracer.blocks) < 0 ||
           hashtable_destroy(&tracer.sites) < 0;
}
