/*
 * The checkers on damaged memory: whatever bytes change in an arena's memory,
 * or in a map's root and count, arena_check and hamt_check tell OK or an error,
 * never read outside the memory, and end.
 *
 *     damage [ROUNDS [SEED]]
 *
 * Each round damages an arena with maps of all kinds in a few places and runs
 * the checkers. It is to be built with AddressSanitizer: the memory is a block
 * of malloc's of just the arena's size. Pointers, types and the records of
 * arena and holds are not damaged: they are the program's own.
 */
#include "hamt.h"

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIZE = 6000, MAPS = 6, HOLDS = 3, PLACES = 8 };

/* ---- Maps of all kinds ----------------------------------------------- */

struct plain {
    uint32_t key, value;
};
struct text {
    arena_ref key, value;
};

/* Keys of which many have one hash, and others agree in many bits. */
static int few_hashes(const struct hamt_type *type, const void *key,
                      uint32_t *hash)
{
    (void)type;
    *hash = *(const uint32_t *)key % 3 * 0x40000001u;
    return 0;
}

static const struct hamt_type types[MAPS] = {
    HAMT_TYPE(struct plain, key, value),
    HAMT_TYPE_WITH(struct plain, key, value, 0, few_hashes, NULL, NULL, NULL),
    HAMT_TYPE_WITH(struct plain, key, value, HAMT_COUNTED, NULL, NULL, NULL,
                   NULL),
    HAMT_TYPE_WITH(struct plain, key, value, HAMT_REGION, NULL, NULL, NULL,
                   NULL),
    HAMT_TYPE_WITH(struct text, key, value, HAMT_KEY_BYTES | HAMT_VALUE_BYTES,
                   NULL, NULL, NULL, NULL),
    HAMT_TYPE_WITH(struct text, key, value,
                   HAMT_KEY_BYTES | HAMT_VALUE_BYTES | HAMT_COUNTED, NULL, NULL,
                   NULL, NULL),
};

/* ---- A scene --------------------------------------------------------- */

static struct {
    struct arena arena;
    struct arena_epoch epochs[HOLDS];
    struct hamt maps[MAPS];
    unsigned char *memory;
    unsigned char saved[SIZE];
} scene;

static void need(int right, const char *what)
{
    if (right)
        return;
    printf("FAIL damage: %s\n", what);
    exit(0);
}

static void change(unsigned at, uint32_t key)
{
    char text[40];
    struct arena_bytes bytes = { text, 0 };
    const void *item = &key;

    if (types[at].flags & HAMT_KEY_BYTES) {
        bytes.size = (size_t)sprintf(text, "%u", (unsigned)key * 0x9E3779B1u);
        item = &bytes;
    }
    if (rand() % 4 == 0)
        (void)hamt_remove(&scene.maps[at], item);
    else
        (void)hamt_set(&scene.maps[at], item, item);
}

static void build(void)
{
    need(arena_init(&scene.arena, scene.memory, SIZE) == 0, "no arena");
    memset(scene.epochs, 0, sizeof scene.epochs);
    for (unsigned i = 0; i < MAPS; i++)
        need(hamt_init(&scene.maps[i], &scene.arena, &types[i]) == 0, "no map");
    for (unsigned i = rand() % 500u; i > 0; i--) {
        struct arena_epoch *epoch = &scene.epochs[rand() % HOLDS];

        change((unsigned)rand() % MAPS, (uint32_t)rand() % 60);
        if (rand() % 20 != 0)
            continue;
        if (epoch->arena != NULL)
            (void)arena_release(&scene.arena, epoch);
        else
            (void)arena_hold(&scene.arena, epoch);
    }
    /* Free bytes may be read: the checkers look at what damage leads to. */
    ASAN_UNPOISON_MEMORY_REGION(scene.memory, SIZE);
    memcpy(scene.saved, scene.memory, SIZE);
}

/* ---- Damage ---------------------------------------------------------- */

/* A number that may look like a reference, a size or a count. */
static uint32_t likely(void)
{
    switch (rand() % 6) {
    case 0:
        return (uint32_t)rand() % SIZE / ARENA_ALIGN * ARENA_ALIGN;
    case 1:
        return (uint32_t)rand() % SIZE;
    case 2:
        return (uint32_t)rand() % 40;
    case 3:
        return 0u - (uint32_t)rand() % 40;
    case 4:
        return 0x7FFFFFF0u + (uint32_t)rand() % 32;
    default:
        return (uint32_t)rand() * 2654435761u;
    }
}

static void damage_memory(void)
{
    size_t align = sizeof(arena_ref);
    size_t at = (size_t)rand() % (SIZE - align), size = align;
    uint32_t number = likely();
    arena_ref ref = (arena_ref)number;

    if (rand() % 4 == 0)
        size = 1;
    else
        at -= at % align;
    if (rand() % 4 == 0) /* one bit */
        scene.memory[at] ^= (unsigned char)(1u << rand() % 8);
    else
        memcpy(scene.memory + at, &ref, size);
}

static void damage_handle(struct hamt *map)
{
    if (rand() % 2)
        map->root = (arena_ref)likely();
    else
        map->count = (arena_ref)likely();
}

/* Returns how many of the checkers saw something. */
static unsigned round_of_damage(void)
{
    struct hamt maps[MAPS];
    unsigned seen;

    memcpy(maps, scene.maps, sizeof maps);
    for (unsigned i = 1 + (unsigned)rand() % PLACES; i > 0; i--) {
        if (rand() % 16 == 0)
            damage_handle(&maps[rand() % MAPS]);
        else
            damage_memory();
    }
    seen = arena_check(&scene.arena) != ARENA_OK;
    for (unsigned i = 0; i < MAPS; i++) {
        int error = hamt_check(&maps[i]);

        need(error == ARENA_OK || error == ARENA_ECORRUPT, "another error");
        seen += error != ARENA_OK;
    }
    memcpy(scene.memory, scene.saved, SIZE);
    return seen > 0;
}

int main(int count, char **arguments)
{
    unsigned rounds = count > 1 ? (unsigned)atoi(arguments[1]) : 100000;
    unsigned seed = count > 2 ? (unsigned)atoi(arguments[2]) : 1;
    unsigned noticed = 0;

    srand(seed);
    scene.memory = malloc(SIZE);
    need(scene.memory != NULL, "no memory");
    for (unsigned i = 0; i < rounds; i++) {
        if (i % 200 == 0) {
            alarm(20); /* a checker that goes on for ever ends the program */
            build();
        }
        noticed += round_of_damage();
    }
    free(scene.memory);
    need(noticed > rounds / 3, "less than a third was noticed");
    printf("%u rounds, seed %u: %u noticed\n", rounds, seed, noticed);
    return 0;
}
