/*
 * When is a flat copy better than a trie?
 *
 * A snapshot of n structs is taken each frame, in which K of them, at random,
 * were changed, and the last 60 are kept. Flat: an array that is indexed by
 * number, and a memcpy of it. Trie: a map from numbers, and a hold. For each n
 * and size of struct, K is raised until the trie's frame takes longer, and
 * until a version takes more bytes, than the array's.
 *
 * The array wins more often than a hash table would: that has keys, too, and
 * room to spare.
 */
#include "bench.h"

enum { COPIES = 60, FRAMES = 101, COPY_BYTES = 64 << 20 };

struct unit {
    uint32_t words[16];
};

struct small_entry {
    uint32_t key;
    uint32_t value;
};

struct unit_entry {
    uint32_t key;
    struct unit value;
};

static const struct hamt_type small_units =
    HAMT_TYPE(struct small_entry, key, value);
static const struct hamt_type units = HAMT_TYPE(struct unit_entry, key, value);

struct versions {
    uint32_t entries, changes; /* n and K */
    uint64_t random;
    uint32_t *chosen;
    /* the trie */
    struct arena arena;
    struct hamt map;
    struct arena_epoch epochs[COPIES];
    void *memory;
    /* the array */
    unsigned char *array;
    unsigned char *copies;
    uint32_t copies_made, copies_kept;
};

static size_t array_size(const struct versions *versions)
{
    return (size_t)versions->entries * versions->map.type->value_size;
}

static void init(struct versions *versions, uint32_t entries,
                 const struct hamt_type *type)
{
    static const struct unit zero;
    size_t size = ((size_t)entries * type->entry_size + 4096) * 2 * COPIES;
    size_t fitting;

    versions->entries = entries;
    versions->random = 1;
    versions->chosen = memory_of(entries * sizeof *versions->chosen);
    versions->memory = malloc(size); /* seldom all of it */
    need(versions->memory != NULL, "no memory");
    arena_init(&versions->arena, versions->memory, size);
    hamt_init(&versions->map, &versions->arena, type);
    for (uint32_t i = 0; i < entries; i++)
        need(hamt_set(&versions->map, &i, &zero) == 1, "the map is built");
    fitting = COPY_BYTES / array_size(versions);
    versions->array = memory_of(array_size(versions));
    versions->copies_made = 0;
    versions->copies_kept = fitting < COPIES ? (uint32_t)fitting : COPIES;
    versions->copies = memory_of(versions->copies_kept * array_size(versions));
    for (int i = 0; i < COPIES; i++)
        arena_hold(&versions->arena, &versions->epochs[i]);
}

static void destroy(struct versions *versions)
{
    free(versions->chosen);
    free(versions->memory);
    free(versions->array);
    free(versions->copies);
}

/* ---- Frames ---------------------------------------------------------- */

static double trie_frame(struct versions *versions, uint32_t frame)
{
    struct arena_epoch *epoch = &versions->epochs[frame % COPIES];
    double start = now();

    for (uint32_t i = 0; i < versions->changes; i++) {
        void *value;

        if (hamt_edit(&versions->map, &versions->chosen[i], &value) != 1)
            need(false, "a change finds room and its key");
        ++*(uint32_t *)value;
    }
    arena_release(&versions->arena, epoch);
    arena_hold(&versions->arena, epoch);
    return now() - start;
}

static double array_frame(struct versions *versions, uint32_t frame)
{
    size_t size = array_size(versions);
    size_t stride = versions->map.type->value_size;
    unsigned char *copy = versions->copies +
                          frame % versions->copies_kept * size;
    double start = now();

    for (uint32_t i = 0; i < versions->changes; i++)
        ++*(uint32_t *)(void *)(versions->array + versions->chosen[i] * stride);
    memcpy(copy, versions->array, size);
    return now() - start;
}

/* What a trie's frame and version take, as a share of an array's. */
static void measure(struct versions *versions, double *time, double *bytes)
{
    double ratios[FRAMES];
    int frames = versions->changes > 1000 ? FRAMES / 4 : FRAMES;
    struct arena_stats stats;
    struct hamt_stats map;

    for (int i = -COPIES; i < frames; i++) {
        double trie, array;

        for (uint32_t j = 0; j < versions->changes; j++)
            versions->chosen[j] =
                random_below(&versions->random, versions->entries);
        trie = trie_frame(versions, (uint32_t)(i + COPIES));
        array = array_frame(versions, (uint32_t)(i + COPIES));
        if (i >= 0)
            ratios[i] = trie / array;
    }
    arena_reclaim(&versions->arena, SIZE_MAX);
    arena_get_stats(&versions->arena, &stats);
    hamt_get_stats(&versions->map, &map);
    *time = median(ratios, (size_t)frames);
    *bytes = (double)(stats.used - map.bytes) / COPIES /
             (double)array_size(versions);
}

/* ---- Crossovers ------------------------------------------------------ */

/* The K at which a line through two ratios is at 1. */
static double cross(double before, double after, uint32_t changes)
{
    double step = after > before ? (1 - before) / (after - before) : 1;

    return changes / 2.0 * (1 + step);
}

static void print(double at, uint32_t entries)
{
    if (at == 0)
        printf("  %12s %-9s", "never", "");
    else
        printf("  %12.3g (%4.2g %%)", at, 100 * at / entries);
}

/* Double K until the trie loses in time and in bytes. */
static void crossover(uint32_t entries, const struct hamt_type *type)
{
    struct versions versions;
    double time = 0, bytes = 0, time_at = 0, bytes_at = 0;
    uint32_t changes = 1;

    init(&versions, entries, type);
    for (; changes <= entries && (time_at == 0 || bytes_at == 0);
         changes *= 2) {
        double old_time = time, old_bytes = bytes;

        versions.changes = changes;
        measure(&versions, &time, &bytes);
        if (time_at == 0 && time > 1)
            time_at = changes == 1 ? 1 : cross(old_time, time, changes);
        if (bytes_at == 0 && bytes > 1)
            bytes_at = changes == 1 ? 1 : cross(old_bytes, bytes, changes);
    }
    printf("%10lu %8lu", (unsigned long)entries,
           (unsigned long)type->value_size);
    print(time_at, entries);
    print(bytes_at, entries);
    printf("\n");
    fflush(stdout);
    destroy(&versions);
}

int main(void)
{
    static const uint32_t sizes[] = { 16, 64, 256, 1000, 10000, 100000 };

    printf("A flat copy of n structs, from K changes a snapshot (of n):\n"
           "%10s %8s  %12s %8s  %12s\n",
           "n", "bytes", "is faster, K", "", "is smaller, K");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        crossover(sizes[i], &small_units);
        crossover(sizes[i], &units);
    }
    return 0;
}
