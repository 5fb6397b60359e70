/*
 * Strata hamt: a persistent map and set in an arena.
 *
 *        before          after hamt_set(&map, &key, &value) under a hold
 *
 *          root            root   root'
 *         /  | \          /  | \ /  |
 *        a   b   c       a   b   c  |          b and c serve both versions,
 *            |               |      a'         and a stays for the older one
 *
 * A hash array mapped trie (Bagwell 2001; shape: Steindorfer and Vinju's
 * CHAMP, OOPSLA 2015) with 32-bit hashes, 5 bits a level: at most 7 levels and
 * one for keys with the same hash. Keys and values are copied into the nodes;
 * their sizes come from the type. A set is a map with values of size 0.
 *
 * The type's mode says how versions live:
 *
 *   epochs     (default) one timeline: a version is a copy of the handle (a
 *              plain struct) taken at an arena_hold. Least cost.
 *   counted    any tree of versions made by assoc, without and retain; each
 *              handle is given back by hamt_release, in any order. Holds and
 *              rollbacks pass them by.
 *   region     any tree of versions made by assoc and without; handles are
 *              copied freely, and all memory goes in bulk: at a rollback to
 *              an older hold or at arena_reset.
 *
 * Rules for all calls
 *
 *   Errors     Below 0: an enum arena_error, or what a callback returned
 *              (-1000 and below). Then the map, the arena's use and every
 *              version are as they were. ARENA_EINVAL: NULL, a struct hamt of
 *              zeros (which reads may take for an empty map), or a call that
 *              the map's mode or type does not have.
 *   Stale      An outdated copy of a handle can only be read, and only while
 *              the hold lives at which it was saved. Changing it gives
 *              ARENA_ESTALE. Once that hold is released, or without one, it
 *              must not be used at all, and not every use is noticed.
 *   Keys       are pointers to the type's key; for byte strings to a struct
 *              arena_bytes. Keys and values may point into the very map that
 *              is changed: they are copied before anything is freed.
 *   Results    point into the arena: good until the map is next changed or
 *              its version released. To change while iterating, hold, and
 *              iterate the saved handle. A byte string comes as a pointer to
 *              its first byte; a NUL follows the last.
 *   Order      of iteration: by the hash's 5-bit chunks from the lowest, then
 *              by insertion. The same on every machine, whatever the history.
 *   Cost       At most 8 nodes visited or copied; no recursion. Among n keys
 *              with one hash a search compares up to n: only equality is known
 *              of keys, so that n sets of such keys compare n * n / 2 times.
 *   Callbacks  must not call the arena.
 */
#ifndef STRATA_HAMT_H
#define STRATA_HAMT_H

#include "arena.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Types ----------------------------------------------------------- */

enum hamt_flag {
    HAMT_COUNTED = 1, /* mode, see above; without either: epochs           */
    HAMT_REGION = 2,
    HAMT_KEY_BYTES = 4,  /* the entry's key is an arena_ref: a byte string */
    HAMT_VALUE_BYTES = 8 /* likewise its value                             */
};

struct hamt_type;

/*
 * The user's own functions over keys and values, as they are passed in: byte
 * strings as struct arena_bytes. They get the type, which may be the first
 * member of a larger struct of the user's. They may fail with a code of
 * ARENA_EUSER (-1000) or below; otherwise hashes return 0 and set *hash,
 * and the others return 1 for equal and 0.
 */
typedef int hamt_hash_function(const struct hamt_type *type, const void *item,
                               uint32_t *hash);
typedef int hamt_equal_function(const struct hamt_type *type, const void *a,
                                const void *b);

/* The library's own parts that only some types need: named in those types, so
   that a program does not link what none of its types uses. */
int hamt_hash_u8(const struct hamt_type *, const void *, uint32_t *);
int hamt_hash_u16(const struct hamt_type *, const void *, uint32_t *);
int hamt_hash_u32(const struct hamt_type *, const void *, uint32_t *);
int hamt_hash_u64(const struct hamt_type *, const void *, uint32_t *);
int hamt_hash_bytes(const struct hamt_type *, const void *, uint32_t *);
int hamt_hash_string(const struct hamt_type *, const void *, uint32_t *);
extern const struct hamt_strings hamt_strings;
extern const struct hamt_counts hamt_counts;

/* What a map holds: sizes and offsets in bytes, flags, and functions. Const,
   may lie in ROM; made by the macros below. */
struct hamt_type {
    arena_ref entry_size;
    arena_ref entry_align; /* what nodes align entries to                  */
    arena_ref key_at;      /* offsets in the entry                         */
    arena_ref key_size;
    arena_ref value_at;
    arena_ref value_size;
    unsigned flags;                     /* enum hamt_flag                    */
    hamt_hash_function *hash;           /* of keys; NULL: built_in           */
    hamt_equal_function *equal;         /* NULL: the same bytes, padding     */
                                        /* included                          */
    hamt_hash_function *hash_value;     /* NULL: integers of 1, 2, 4 and 8   */
                                        /* bytes by hamt_mix32 or 64, others */
                                        /* by hamt_murmur                    */
    hamt_equal_function *equal_value;   /* NULL: as equal                    */
    hamt_hash_function *built_in;       /* by key_size, as for values        */
    const struct hamt_strings *strings; /* NULL: no byte strings             */
    const struct hamt_counts *counts;   /* NULL: not HAMT_COUNTED            */
};

/*
 * The type of maps whose entries are entry, a struct with members key and
 * value. A byte string's member is an arena_ref.
 *
 *   struct unit_entry { uint32_t id; struct unit unit; };
 *   static const struct hamt_type units = HAMT_TYPE(struct unit_entry, id,
 *                                                   unit);
 */
#define HAMT_TYPE(entry, key, value) \
    HAMT_TYPE_WITH(entry, key, value, 0, NULL, NULL, NULL, NULL)

#define HAMT_TYPE_WITH(entry, key, value, flags, hash, equal, hash_value,  \
                       equal_value)                                        \
    {                                                                      \
        HAMT_SIZE(entry), HAMT_ALIGN(sizeof(entry)), offsetof(entry, key), \
            sizeof(((entry *)0)->key), offsetof(entry, value),             \
            sizeof(((entry *)0)->value), flags, hash, equal, hash_value,   \
            equal_value, HAMT_PARTS(sizeof(((entry *)0)->key), flags)      \
    }

/* The type of sets of key, a type; arena_ref for byte strings. */
#define HAMT_SET_TYPE(key) HAMT_SET_TYPE_WITH(key, 0, NULL, NULL)

#define HAMT_SET_TYPE_WITH(key, flags, hash, equal)                        \
    {                                                                      \
        sizeof(key), HAMT_ALIGN(sizeof(key)), 0, sizeof(key), 0, 0, flags, \
            hash, equal, NULL, NULL, HAMT_PARTS(sizeof(key), flags)        \
    }

/* The library's parts that keys of this size, and these flags, need. */
#define HAMT_PARTS(size, flags)                                              \
    HAMT_BUILT_IN(size, flags),                                              \
        ((flags) & (HAMT_KEY_BYTES | HAMT_VALUE_BYTES)) != 0 ? &hamt_strings \
                                                             : NULL,         \
        ((flags)&HAMT_COUNTED) != 0 ? &hamt_counts : NULL

#define HAMT_BUILT_IN(size, flags)                    \
    (((flags)&HAMT_KEY_BYTES) != 0 ? hamt_hash_string \
     : (size) == 1                 ? hamt_hash_u8     \
     : (size) == 2                 ? hamt_hash_u16    \
     : (size) == 4                 ? hamt_hash_u32    \
     : (size) == 8                 ? hamt_hash_u64    \
                                   : hamt_hash_bytes)

/* The size of entry; does not compile if no arena could hold one. */
#define HAMT_SIZE(entry) \
    (sizeof(entry) + 0 * sizeof(char[sizeof(entry) <= (arena_ref)-1 ? 1 : -1]))

/* What entries are aligned to: the largest power of two that divides size, as
   no type of that size needs more, but at least a node's own alignment. */
#define HAMT_ALIGN(size)                                                    \
    (((size) & (~(size) + 1)) > ARENA_ALIGN      ? (size_t)ARENA_ALIGN      \
     : ((size) & (~(size) + 1)) > HAMT_ALIGN_MIN ? ((size) & (~(size) + 1)) \
                                                 : (size_t)HAMT_ALIGN_MIN)
#define HAMT_ALIGN_MIN (ARENA_ALIGN < 4 ? ARENA_ALIGN : 4)

/* A map: a small value. All fields are the map's; copy it to keep a version
   under a hold, but not a counted one. */
struct hamt {
    struct arena *arena;
    const struct hamt_type *type;
    arena_ref root; /* 0 when empty */
    arena_ref count;
};

/* Levels of nodes at most: 7 of hash bits, 1 of keys with the same hash. */
#define HAMT_LEVELS 8

/* ---- Hashes ---------------------------------------------------------- */

/* MurmurHash3's finalisers fmix32 and fmix64 (Appleby 2011): what integers are
   hashed by. Of the second the low 32 bits are taken. */
uint32_t hamt_mix32(uint32_t x);
uint64_t hamt_mix64(uint64_t x);

/* MurmurHash3_x86_32 of size bytes at data (Appleby 2011): what anything else
   is hashed by, with seed 0. */
uint32_t hamt_murmur(const void *data, size_t size, uint32_t seed);

/* HalfSipHash-2-4 with a result of 32 bits (Aumasson and Bernstein) of size
   bytes at data: for keys that an enemy may choose, called from the type's
   hash with a secret key. */
uint32_t hamt_siphash(const void *data, size_t size,
                      const unsigned char key[8]);

/* ---- Life ------------------------------------------------------------ */

/*
 * Make map an empty map of type in arena. On a map in use this forgets its
 * blocks: clear it first.
 *
 * Returns  ARENA_OK or ARENA_EINVAL: NULL, or a type whose parts do not fit.
 * Cost     nothing from the arena. type must live as long as the map.
 */
int hamt_init(struct hamt *map, struct arena *arena,
              const struct hamt_type *type);

/* ---- Reading --------------------------------------------------------- */

/*
 * Find key in map, and point *value at its value (value may be NULL).
 *
 * Returns  1, 0 if it is absent, or what a callback failed with.
 * Cost     at most 8 nodes; no allocation, no write. An empty map does not
 *          hash.
 */
int hamt_find(const struct hamt *map, const void *key, const void **value);

/* Returns the value of key in map; NULL if it is absent, or on an error. For a
   set not NULL, but there is nothing to be read. */
const void *hamt_get(const struct hamt *map, const void *key);

/* Returns the number of entries of map. */
size_t hamt_count(const struct hamt *map);

/* Returns the bytes, without the NUL, of a byte string that a map gave. */
size_t hamt_bytes_size(const void *bytes);

/* ---- Changing: in place, after copying what an older version sees ---- */

/*
 * Bind key to value in map. A key that is there stays as it is; setting the
 * very same value changes nothing. For a set value is NULL.
 *
 * Returns  1 if the key was added, 0 if it was there, or an error.
 * Owns     nothing: key and value are copied.
 * Cost     HAMT_SET_MAX(K, V) bytes at most.
 */
int hamt_set(struct hamt *map, const void *key, const void *value);

/*
 * Point *value at the value of key in map, to be written to until the next
 * change or hold. Not for values that are byte strings (ARENA_EINVAL).
 *
 * Returns  1, 0 if the key is absent, or an error.
 * Cost     as hamt_set when an older version sees the value; else nothing.
 */
int hamt_edit(struct hamt *map, const void *key, void **value);

/*
 * As hamt_edit, but a key that is absent is added, with a value of zeros.
 *
 * Returns  1 if the key was added, 0 if it was there, or an error.
 */
int hamt_insert(struct hamt *map, const void *key, void **value);

/*
 * Remove key from map.
 *
 * Returns  1, 0 if the key is absent, or an error. A node that an older
 *          version sees has to be copied, and one whose last sub-node becomes
 *          an entry may have to grow: so ARENA_ENOMEM is possible.
 */
int hamt_remove(struct hamt *map, const void *key);

/*
 * Call each with every entry of map and a value to be written to, in order.
 * A result that is not 0 ends it. Not for values that are byte strings.
 *
 * Returns  what the last call returned, or an error before the first.
 * Cost     a copy of each node that an older version sees, all taken before
 *          the first call.
 */
int hamt_edit_all(struct hamt *map,
                  int (*each)(void *user, const void *key, void *value),
                  void *user);

/* Remove all entries. Returns ARENA_OK, ARENA_EINVAL or ARENA_ESTALE. Needs
   no room. O(entries); O(1) in a region map. */
int hamt_clear(struct hamt *map);

/* ---- New versions beside old ones: counted and region maps ----------- */

/*
 * Make *out a version of map in which key is bound to value. In a region map
 * out may be map; in a counted one it may not, and must be released.
 *
 * Returns  1 if the key was added, 0 if it was there, or an error; then *out
 *          is untouched. ARENA_ENOMEM: no room, or as many handles of a
 *          version as a reference can count.
 */
int hamt_assoc(const struct hamt *map, const void *key, const void *value,
               struct hamt *out);

/* Make *out a version of map without key. Returns 1, 0 if it was absent, or
   an error; else as hamt_assoc. */
int hamt_without(const struct hamt *map, const void *key, struct hamt *out);

/* Make *out one more handle of this version of a counted map. O(1). Returns
   ARENA_OK, ARENA_EINVAL, ARENA_ESTALE (given back before) or ARENA_ENOMEM:
   too many to count. */
int hamt_retain(const struct hamt *map, struct hamt *out);

/*
 * Give back a handle of a counted map, which is then empty. A copy made by =
 * is the same handle, not one more (hamt_retain makes that): of the two only
 * one may be given back, which is not always noticed.
 *
 * Returns  ARENA_OK, ARENA_EINVAL, or ARENA_ESTALE: it was given back before.
 * Cost     O(nodes that no other version has).
 */
int hamt_release(struct hamt *map);

/* ---- Whole maps ------------------------------------------------------ */

/*
 * Returns  1 if a and b have the same keys with the same values, 0 if not, or
 *          an error (ARENA_EINVAL: types that can't be compared).
 * Cost     O(1) when the counts differ; else what the two share is skipped.
 */
int hamt_equal(const struct hamt *a, const struct hamt *b);

/*
 * Set *hash to a hash of the contents of map: the XOR over its entries, so
 * that order does not matter. 0 for an empty map.
 *
 * Returns  ARENA_OK or an error. O(entries).
 */
int hamt_hash(const struct hamt *map, uint32_t *hash);

/* As hamt_hash, but from old_hash, the hash of old: O(changes from old to
   map). */
int hamt_rehash(const struct hamt *old, uint32_t old_hash,
                const struct hamt *map, uint32_t *hash);

/*
 * Make *out a copy of map in arena to, which shares nothing and lies closely
 * packed. Held versions are not copied. Where out is map, the old one must be
 * kept in a copy, or its blocks stay till arena_reset.
 *
 * Returns  ARENA_OK or an error. O(entries).
 */
int hamt_copy(const struct hamt *map, struct arena *to, struct hamt *out);

/* ---- Iterating ------------------------------------------------------- */

/* A place in a map: plain data, may be copied. */
struct hamt_iter {
    const unsigned char *base;
    const struct hamt_type *type;
    uint32_t left[HAMT_LEVELS]; /* slots to come, on each level */
    arena_ref node[HAMT_LEVELS];
    arena_ref entry[HAMT_LEVELS]; /* the next one */
    int level;                    /* -1 at the end */
    uint8_t run;                  /* entries to come before left */
};

/* Start before the first entry of map. */
void hamt_iter_init(struct hamt_iter *iter, const struct hamt *map);

/*
 * Point *key and *value (each may be NULL) at the next entry.
 *
 * Returns  1, 0 at the end and ever after, or ARENA_EINVAL (NULL).
 */
int hamt_iter_next(struct hamt_iter *iter, const void **key,
                   const void **value);

/* ---- Differences ----------------------------------------------------- */

enum hamt_change_kind { HAMT_ADDED = 1, HAMT_REMOVED, HAMT_CHANGED };

struct hamt_change {
    enum hamt_change_kind kind;
    const void *key;
    const void *before; /* value, of a set nothing to be read; NULL if added */
    const void *after;  /* value, likewise; NULL if removed                  */
};

/* A place in one of the maps of a diff. */
struct hamt_side {
    const unsigned char *base;
    const struct hamt_type *type;
    arena_ref at[HAMT_LEVELS]; /* on each level a node, entries, or 0    */
    uint8_t lone[HAMT_LEVELS]; /* how many entries; 0 if it is a node    */
    arena_ref first;           /* the first of these entries             */
    uint32_t hash[2];          /* and their hashes                       */
};

/* A place in two maps at once: plain data, may be copied. */
struct hamt_diff {
    struct hamt_side before, after;
    uint32_t left[HAMT_LEVELS]; /* slots to come, on each level          */
    uint32_t twin;              /* of entries with one hash: where the   */
                                /* next one's is looked for first        */
    uint32_t met;               /* those of after that are done with     */
    int level;                  /* -1 at the end                         */
    int error;                  /* what hamt_diff_init found wrong       */
};

/* Start before the first difference of two maps. Their types have the same
   sizes, flags and functions, and these agree on what a key's hash is: if it
   depends on something behind the type, a seed say, that is the same. */
void hamt_diff_init(struct hamt_diff *diff, const struct hamt *before,
                    const struct hamt *after);

/*
 * Set *change to the next difference, in the order of iteration.
 *
 * Returns  1, 0 at the end and ever after, or an error; then calling again
 *          tries the same place again.
 * Cost     over all calls O(changes x depth) where the maps share nodes.
 */
int hamt_diff_next(struct hamt_diff *diff, struct hamt_change *change);

/* ---- Looking in ------------------------------------------------------ */

struct hamt_stats {
    size_t entries;
    size_t bitmaps; /* nodes of each kind                                 */
    size_t arrays;
    size_t collisions;
    size_t depth; /* levels of nodes: 0 when empty, at most 8             */
    size_t bytes; /* of blocks with their headers, strings included       */
};

/* Tell what map is made of, in *out. O(nodes), with strings O(entries). */
void hamt_get_stats(const struct hamt *map, struct hamt_stats *out);

/*
 * Check every invariant of map: shape, places, count, blocks.
 *
 * Returns  ARENA_OK, ARENA_EINVAL (NULL), ARENA_ECORRUPT, or what a callback
 *          failed with.
 * Cost     O(entries), without writing.
 */
int hamt_check(const struct hamt *map);

/* ---- The memory that a change takes ---------------------------------- */

/*
 * The bytes that hamt_set or hamt_remove takes from the arena at most, before
 * it gives anything back, in a map of keys K and values V, byte strings not
 * counted, while no more than two keys have the same hash. A constant.
 *
 * For sets of K, and entries that are not just a key and a value, it is
 * HAMT_SET_BYTES(size of the entry).
 *
 * The worst case is a path of six nodes, each with one sub-node and 31 pairs
 * (or with 17 sub-nodes and 15 pairs), and a seventh with four pairs, all seen
 * by an older version. Each further key with the same hash adds an entry.
 */
#define HAMT_SET_MAX(K, V) \
    HAMT_SET_BYTES(HAMT_ENTRY_BYTES(sizeof(K), sizeof(V)))

#define HAMT_SET_BYTES(entry)                                                \
    (6 * HAMT_BLOCK_BYTES(HAMT_MAX(62 * (entry) + sizeof(arena_ref),         \
                                   30 * (entry) + 32 * sizeof(arena_ref))) + \
     HAMT_BLOCK_BYTES(8 * (entry)))

/* With bitmaps, a header, and what rounding may add. */
#define HAMT_BLOCK_BYTES(size) \
    ((size) + 8 + 8 * sizeof(arena_ref) + 2 * (ARENA_ALIGN - 1))

/* The size of a struct of a key and a value with these sizes, each of them
   aligned as its size allows. */
#define HAMT_ENTRY_BYTES(key, value)                              \
    HAMT_ROUND(HAMT_ROUND(key, HAMT_LOWEST_BIT(value)) + (value), \
               HAMT_MAX(HAMT_LOWEST_BIT(key), HAMT_LOWEST_BIT(value)))

#define HAMT_LOWEST_BIT(x) ((x) & (~(x) + 1))
#define HAMT_ROUND(size, to) (((size) + (to)-1) / (to) * (to))
#define HAMT_MAX(a, b) ((a) > (b) ? (a) : (b))

/* ---- Typed wrappers -------------------------------------------------- */

/*
 * Define a type of maps from K to V and calls that need no casts:
 *
 *   HAMT_DEFINE(scores, uint32_t, struct score);
 *
 *   struct scores_entry { uint32_t key; struct score value; };
 *   const struct hamt_type scores_type;
 *   int scores_init(struct hamt *map, struct arena *arena);
 *   const struct score *scores_get(const struct hamt *map,
 *                                  const uint32_t *key);
 *   int scores_set(struct hamt *map, const uint32_t *key,
 *                  const struct score *value);
 *
 * and so on for find, edit, insert, remove, assoc, without and next. They do
 * what the calls of that name do. Keys are the same if their bytes are: a
 * struct with padding needs functions of its own. HAMT_DEFINE_WITH takes flags
 * and functions, as HAMT_TYPE_WITH; not for byte strings.
 */
#define HAMT_DEFINE(name, K, V) \
    HAMT_DEFINE_WITH(name, K, V, 0, NULL, NULL, NULL, NULL)

#define HAMT_DEFINE_WITH(name, K, V, flags, hash, equal, hash_value,           \
                         equal_value)                                          \
    struct name##_entry {                                                      \
        K key;                                                                 \
        V value;                                                               \
    };                                                                         \
    static const struct hamt_type name##_type =                                \
        HAMT_TYPE_WITH(struct name##_entry, key, value, flags, hash, equal,    \
                       hash_value, equal_value);                               \
    ARENA_WRAPPER int name##_init(struct hamt *map, struct arena *arena)       \
    {                                                                          \
        return hamt_init(map, arena, &name##_type);                            \
    }                                                                          \
    ARENA_WRAPPER V const *name##_get(const struct hamt *map, K const *key)    \
    {                                                                          \
        return (V const *)hamt_get(map, key);                                  \
    }                                                                          \
    ARENA_WRAPPER int name##_find(const struct hamt *map, K const *key,        \
                                  V const **value)                             \
    {                                                                          \
        const void *found = NULL;                                              \
        int result = hamt_find(map, key, &found);                              \
        if (result > 0 && value != NULL)                                       \
            *value = (V const *)found;                                         \
        return result;                                                         \
    }                                                                          \
    ARENA_WRAPPER int name##_set(struct hamt *map, K const *key,               \
                                 V const *value)                               \
    {                                                                          \
        return hamt_set(map, key, value);                                      \
    }                                                                          \
    ARENA_WRAPPER int name##_edit(struct hamt *map, K const *key, V **value)   \
    {                                                                          \
        void *found = NULL;                                                    \
        int result = hamt_edit(map, key, value == NULL ? NULL : &found);       \
        if (result > 0)                                                        \
            *value = (V *)found;                                               \
        return result;                                                         \
    }                                                                          \
    ARENA_WRAPPER int name##_insert(struct hamt *map, K const *key, V **value) \
    {                                                                          \
        void *found = NULL;                                                    \
        int result = hamt_insert(map, key, value == NULL ? NULL : &found);     \
        if (result >= 0)                                                       \
            *value = (V *)found;                                               \
        return result;                                                         \
    }                                                                          \
    ARENA_WRAPPER int name##_remove(struct hamt *map, K const *key)            \
    {                                                                          \
        return hamt_remove(map, key);                                          \
    }                                                                          \
    ARENA_WRAPPER int name##_assoc(const struct hamt *map, K const *key,       \
                                   V const *value, struct hamt *out)           \
    {                                                                          \
        return hamt_assoc(map, key, value, out);                               \
    }                                                                          \
    ARENA_WRAPPER int name##_without(const struct hamt *map, K const *key,     \
                                     struct hamt *out)                         \
    {                                                                          \
        return hamt_without(map, key, out);                                    \
    }                                                                          \
    ARENA_WRAPPER int name##_next(struct hamt_iter *iter, K const **key,       \
                                  V const **value)                             \
    {                                                                          \
        const void *k = NULL, *v = NULL;                                       \
        int result = hamt_iter_next(iter, &k, &v);                             \
        if (result > 0 && key != NULL)                                         \
            *key = (K const *)k;                                               \
        if (result > 0 && value != NULL)                                       \
            *value = (V const *)v;                                             \
        return result;                                                         \
    }                                                                          \
    struct name##_entry

#ifdef __cplusplus
}
#endif
#endif
