/*
 * Keys, types and checks that the tests of maps share.
 *
 * A spelled key spells the path to itself: "ACAD" lies in slot A of the root,
 * or in slot C of the node there, and so on. A to Z are the slots 0 to 25, 0 to
 * 5 are 26 to 31, and on the seventh level there are only A to D. What is left
 * out is A, and an eighth character tells keys with the same hash apart.
 *
 * A masked key is a number, and its hash only has the bits of a mask: so depth
 * and equal hashes are as frequent as a test wants them.
 */
#ifndef STRATA_HAMT_TEST_H
#define STRATA_HAMT_TEST_H

#include "arena_test.h"
#include "hamt.h"
#include "test.h"

enum mode { EPOCHS, COUNTED, REGION, MODES };

/* Bytes of memory that the smallest machines have for a test. */
enum { LITTLE = sizeof(arena_ref) == 2 ? 1000 : 1520 };

/* ---- Spelled keys ---------------------------------------------------- */

struct spelled {
    char path[8];
};

struct spelled_entry {
    struct spelled key;
    uint32_t value;
};

static inline uint32_t slot_of(char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return (uint32_t)(letter - 'A');
    return letter >= '0' && letter <= '5' ? (uint32_t)(letter - '0') + 26 : 0;
}

static inline int spelled_hash(const struct hamt_type *type, const void *item,
                               uint32_t *hash)
{
    const char *letter = ((const struct spelled *)item)->path + 7;
    uint32_t sum = 0;

    (void)type;
    for (int level = 6; level >= 0; level--)
        sum = sum << 5 | slot_of(*--letter);
    *hash = sum;
    return 0;
}

#define SPELLED_TYPE(flags)                                               \
    HAMT_TYPE_WITH(struct spelled_entry, key, value, flags, spelled_hash, \
                   NULL, NULL, NULL)

static const struct hamt_type spelled_types[MODES] = {
    SPELLED_TYPE(0),
    SPELLED_TYPE(HAMT_COUNTED),
    SPELLED_TYPE(HAMT_REGION),
};

static inline void spell(struct spelled *key, const char *path)
{
    memset(key, 0, sizeof *key);
    for (int i = 0; i < 8 && path[i] != '\0'; i++)
        key->path[i] = path[i];
}

static inline int put(struct hamt *map, const char *path, uint32_t value)
{
    struct spelled key;

    spell(&key, path);
    return hamt_set(map, &key, &value);
}

static inline int take_out(struct hamt *map, const char *path)
{
    struct spelled key;

    spell(&key, path);
    return hamt_remove(map, &key);
}

/* The value of a key; 0 if it is absent. */
static inline uint32_t look_up(const struct hamt *map, const char *path)
{
    struct spelled key;
    const uint32_t *value;

    spell(&key, path);
    value = (const uint32_t *)hamt_get(map, &key);
    return value == NULL ? 0 : *value;
}

/* Where a map keeps a key's value. */
static inline const void *place_of(const struct hamt *map, const char *path)
{
    struct spelled key;

    spell(&key, path);
    return hamt_get(map, &key);
}

/* Does a map iterate over these keys, separated by blanks, in this order? */
static inline bool is_spelled(const struct hamt *map, const char *paths)
{
    struct hamt_iter iter;
    const void *item;

    hamt_iter_init(&iter, map);
    while (hamt_iter_next(&iter, &item, NULL) > 0) {
        const struct spelled *key = (const struct spelled *)item;

        for (int i = 0; i < 8 && key->path[i] != '\0'; i++)
            if (*paths++ != key->path[i])
                return false;
        if (*paths == ' ')
            paths++;
    }
    return *paths == '\0';
}

/* ---- Masked keys ----------------------------------------------------- */

struct masked_entry {
    uint16_t key;
    uint16_t value;
};

/* A type of the user's, with more in it. */
struct masked_type {
    struct hamt_type type;
    uint32_t mask;
};

static inline uint32_t masked(uint16_t key, uint32_t mask)
{
    return hamt_mix32(key) & mask;
}

static inline int masked_hash(const struct hamt_type *type, const void *item,
                              uint32_t *hash)
{
    uint32_t mask = ((const struct masked_type *)(const void *)type)->mask;

    *hash = masked(*(const uint16_t *)item, mask);
    return 0;
}

#define MASKED_TYPE(flags, mask)                                            \
    {                                                                       \
        HAMT_TYPE_WITH(struct masked_entry, key, value, flags, masked_hash, \
                       NULL, NULL, NULL),                                   \
            mask                                                            \
    }

/* Does a hash come before another: in their lowest chunk that differs? */
static inline bool is_before(uint32_t a, uint32_t b)
{
    while (a != b && (a & 31) == (b & 31)) {
        a >>= 5;
        b >>= 5;
    }
    return (a & 31) < (b & 31);
}

/* ---- Maps and arenas ------------------------------------------------- */

static inline bool start_map(struct hamt *map, struct arena *arena,
                             const struct hamt_type *type,
                             unsigned char *memory, size_t size)
{
    EXPECT(make_arena(arena, memory, size) == ARENA_OK);
    EXPECT(hamt_init(map, arena, type) == ARENA_OK);
    return true;
}

/* The first line of a test: declare name as an empty map of a type in an arena,
   called arena, of size bytes, called memory; or leave the test out. */
#define MAP(name, type, size) \
    ROOM_FOR(name, size);     \
    START(name, type, size)

/* And the next lines: another map in the same arena. */
#define ALSO(name, type) \
    struct hamt name;    \
    CHECK(hamt_init(&name, &arena, &(type)) == ARENA_OK)

/* MAP in two steps, for a test that starts again and again: in each mode, for
   example. */
#define ROOM_FOR(name, size) \
    struct hamt name;        \
    struct arena arena;      \
    MEMORY(memory, size)
#define START(name, type, size) \
    CHECK(start_map(&name, &arena, &(type), memory, (size_t)(size)))

/* Do a map and its arena pass their checks? */
static inline bool is_intact(const struct hamt *map)
{
    return hamt_check(map) == ARENA_OK && arena_check(map->arena) == ARENA_OK;
}

/* As hamt_iter_next of a new iterator. */
static inline int first_entry(const struct hamt *map, const void **key,
                              const void **value)
{
    struct hamt_iter iter;

    hamt_iter_init(&iter, map);
    return hamt_iter_next(&iter, key, value);
}

/* For hamt_edit_all: every value is left as it is. */
static inline int leave_value(void *user, const void *key, void *value)
{
    (void)user;
    (void)key;
    (void)value;
    return 0;
}

static inline size_t bytes_in(const struct hamt *map)
{
    struct hamt_stats stats;

    hamt_get_stats(map, &stats);
    return stats.bytes;
}

/*
 * The blocks that a map has and that are not in marks yet, where they are then
 * put: a bit for each two bytes of the arena, so size / 16 + 1 bytes. Strings
 * are told by what lies outside the entries.
 */
static inline bool mark_block(unsigned char *marks, size_t offset)
{
    unsigned char bit = (unsigned char)(1u << offset / 2 % 8);

    if (marks[offset / 16] & bit)
        return false;
    marks[offset / 16] |= bit;
    return true;
}

static inline size_t offset_of(const struct hamt_iter *iter, const void *bytes)
{
    return (size_t)((const unsigned char *)bytes - iter->base);
}

static inline size_t mark_blocks(unsigned char *marks, const struct hamt *map)
{
    struct hamt_iter iter;
    const void *key, *value;
    size_t fresh = 0;

    hamt_iter_init(&iter, map);
    while (hamt_iter_next(&iter, &key, &value) > 0) {
        for (int level = 0; level <= iter.level; level++)
            fresh += mark_block(marks, iter.node[level]);
        if (map->type->flags & HAMT_KEY_BYTES)
            fresh += mark_block(marks, offset_of(&iter, key));
        if (map->type->flags & HAMT_VALUE_BYTES)
            fresh += mark_block(marks, offset_of(&iter, value));
    }
    return fresh;
}

#endif
