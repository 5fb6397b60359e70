/*
 * Strata dict: a mutable dict that keeps the order of insertion, in an arena.
 *
 *     index     [ - 1 - - 0 - 2 - ]         1, 2 or 4 bytes a slot
 *                   \   \    \
 *     entries   [ 0: x  1: y  2: z ... ]    in order of insertion
 *
 * The model is CPython's compact dict (3.13), with its rules for growth,
 * probing and compaction; docs/cpython.md says where it differs on purpose.
 *
 * Many dicts with the same names, the property bags of a game's entities, can
 * share one table of names, their shape, and keep only their values:
 *
 *     shape     [ health  x  y  name ]      once
 *     dict      [   100   3  7    .  ]      an entity each
 *     dict      [    50   4  .    .  ]
 *
 * A value is one machine word (uintptr_t): a number, a pointer, a reference.
 * A key is either general, of the type's size, copied into the table, or a
 * name: a string that lives in the arena once, however many dicts have it.
 *
 * Rules for all calls
 *
 *   Errors     Below 0: an enum arena_error, or what a callback returned
 *              (-1000 and below). Then the dict, the arena's use and the
 *              watchers' knowledge are as they were. ARENA_EINVAL: an argument
 *              is NULL, or does not fit the type.
 *   Memory     Unversioned blocks of the arena: holds and rollbacks pass dicts
 *              by. struct dict is the caller's; it may be moved, but two
 *              copies are not two dicts.
 *   Keys       are passed as the type says: see struct dict_type. They may
 *              point into the very dict that is changed.
 *   Results    point into the arena: keys are good until the dict is changed.
 *   Callbacks  of the type, and watchers, may look into the dict while it is
 *              being changed; changing it is refused with ARENA_EBUSY. A
 *              comparison that changes a dict which is only read gives
 *              ARENA_ECHANGED, also if it destroys the dict and makes another
 *              of the space in its place.
 *   Cost       O(1) on average; O(entries) when a table is grown. No
 *              recursion.
 */
#ifndef STRATA_DICT_H
#define STRATA_DICT_H

#include "arena.h"

#include <stdbool.h>

#if ARENA_ALIGN < 8 && UINTPTR_MAX > 0xFFFFFFFF
#error "ARENA_ALIGN is 8 or more for tables of words of 64 bits"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Names ----------------------------------------------------------- */

/* A hash. CPython's have 64 bits: a test compares with these. */
#ifdef DICT_WIDE_HASH
typedef uint64_t dict_hash;
#else
typedef uint32_t dict_hash;
#endif

/*
 * A name, as it is passed in and given back. Two are the same if they say the
 * same. Static ones are possible, also in ROM:
 *
 *   static const struct dict_name health = DICT_NAME("health");
 *
 * Their hash is then computed in every call; dict_name_init and dict_intern
 * do it once.
 */
struct dict_name {
    const char *text;
    size_t size;    /* bytes, without a NUL                             */
    dict_hash hash; /* 0: not known                                     */
};

/* clang-format off */
#define DICT_NAME(text) { text, sizeof(text) - 1, 0 }
/* clang-format on */

/* Make name the name that text says, size bytes that must live as long, and
   compute its hash (FNV-1a: Fowler, Noll and Vo). Nothing is allocated.
   Returns ARENA_OK or ARENA_EINVAL. */
int dict_name_init(struct dict_name *name, const char *text, size_t size);

/* ---- Types ----------------------------------------------------------- */

enum dict_flag {
    DICT_NAMES = 1 /* keys may be names */
};

struct dict_type;

/* As in hamt.h: they get the type, which may be the first member of a larger
   struct, and may fail with ARENA_EUSER (-1000) or below. */
typedef int dict_hash_function(const struct dict_type *type, const void *key,
                               dict_hash *hash);
typedef int dict_equal_function(const struct dict_type *type,
                                const void *stored, const void *key);
typedef int dict_value_function(const struct dict_type *type, uintptr_t a,
                                uintptr_t b);

/*
 * What a dict holds. Const, may lie in ROM.
 *
 *   key_size  flags        a key is passed, and given back, as
 *      K        0          const K *
 *      0     DICT_NAMES    const struct dict_name *
 *      K     DICT_NAMES    const struct dict_key *: of either sort
 */
struct dict_type {
    arena_ref key_size;               /* of general keys, in bytes         */
    unsigned flags;                   /* enum dict_flag                    */
    dict_hash_function *hash;         /* NULL: 1, 2 and 4 bytes hash to    */
                                      /* themselves, 8 by folding high     */
                                      /* bits down, others by FNV-1a       */
    dict_equal_function *equal;       /* NULL: the same bytes              */
    dict_value_function *equal_value; /* for dict_equal; NULL: the same    */
};

/* clang-format off */
#define DICT_TYPE(K) { sizeof(K), 0, NULL, NULL, NULL }
#define DICT_TYPE_WITH(K, flags, hash, equal, equal_value) \
    { sizeof(K), flags, hash, equal, equal_value }
#define DICT_NAMES_TYPE { 0, DICT_NAMES, NULL, NULL, NULL }
/* clang-format on */

/* A key of a dict that has both sorts: a name, or else a general key. */
struct dict_key {
    const struct dict_name *name;
    const void *key;
};

struct dict;

/* What happened to a dict, told when it has happened. */
enum dict_event {
    DICT_ADDED,      /* key has value                                      */
    DICT_MODIFIED,   /* key has value now, another one before              */
    DICT_DELETED,    /* key is gone; value is 0                            */
    DICT_CLONED,     /* all entries came from the dict that key points to  */
    DICT_CLEARED,    /* all are gone; key is NULL                          */
    DICT_DEALLOCATED /* as DICT_CLEARED; dict is being destroyed           */
};

/* A watcher. What it returns below 0 is counted, and stops nothing. */
typedef int dict_watcher(void *user, enum dict_event event, struct dict *dict,
                         const void *key, uintptr_t value);

#define DICT_WATCHERS 8

/* What the dicts of one arena have in common. All fields are the space's. */
struct dict_space {
    struct arena *arena;
    struct {
        dict_watcher *call; /* NULL: free                                  */
        void *user;
        uint64_t since; /* the space's version when it was added           */
    } watchers[DICT_WATCHERS];
    uint64_t version;      /* the last one given to a dict                 */
    uint32_t keys_version; /* the next for a table; 0: none are left       */
    uint32_t watcher_failures;
    arena_ref names;  /* table of all names; 0: none                       */
    arena_ref popped; /* name of the item taken last; 0: none              */
};

/* Names that dicts share. All fields are the shape's. */
struct dict_shape {
    struct dict_space *space;
    const struct dict_type *type;
    arena_ref keys;
};

/* The most names a shape can have. */
#define DICT_SHAPE_NAMES 30

/* A dict. All fields are the dict's; version may be read. */
struct dict {
    struct dict_space *space;
    const struct dict_type *type;
    uint64_t version; /* of the contents: no two in a space are the same   */
    arena_ref keys;   /* the table; 0: none                                */
    arena_ref values; /* of a dict with a shape; 0: none                   */
    uint32_t edition; /* another one when keys come or go                  */
    uint8_t capacity; /* values, with a shape; 0 without one               */
    uint8_t watched;  /* a bit for each watcher                            */
    uint8_t busy;     /* nesting depth of running callbacks                */
    uint8_t plain;    /* is it a table of plain integers? dict/plain.h     */
};

/* Where a key lies in the tables of some version; zeros at first, and again
   when the space is initialised anew. It serves the dicts of one space. */
struct dict_cache {
    uint32_t version;
    arena_ref index;
};

/* An entry that was taken out. */
struct dict_item {
    const void *key;
    uintptr_t value;
    struct dict_name name; /* what key points to, or leads to              */
    struct dict_key both;
};

/* A place in a dict: plain data, but the key given last lies in it. */
struct dict_iter {
    const struct dict *dict;
    uint32_t edition;
    arena_ref at; /* entries passed                                        */
    int error;    /* ARENA_ECHANGED once seen                              */
    struct dict_name name;
    struct dict_key both;
};

struct dict_stats {
    size_t used;     /* entries                                            */
    size_t slots;    /* of the index; 0 without a table                    */
    size_t width;    /* bytes of a slot                                    */
    size_t usable;   /* entries that can be added before the table is made */
                     /* anew; with a shape: names                          */
    size_t entries;  /* places taken, those of removed entries included    */
    size_t capacity; /* values, with a shape; 0 without one                */
    size_t bytes;    /* blocks of its own in the arena, without headers    */
    bool general;    /* are general keys possible?                         */
};

/* ---- Spaces ---------------------------------------------------------- */

/*
 * Make space an empty space in arena: one for all dicts that are to share
 * names, shapes or watchers.
 *
 * Returns  ARENA_OK or ARENA_EINVAL. Costs nothing from the arena.
 * Needs    to stay where it is while there are dicts.
 */
int dict_space_init(struct dict_space *space, struct arena *arena);

/* Give back what space itself has. Returns ARENA_OK, ARENA_EINVAL, or
   ARENA_EBUSY: there still are names in use. */
int dict_space_destroy(struct dict_space *space);

/*
 * Make *name the one name in space that says text, size bytes, and hold it.
 * Its text, with a NUL after it, lies in the arena.
 *
 * Returns  1 if it is new, 0 if not, or an error.
 * Owns     the name, until dict_forget.
 */
int dict_intern(struct dict_space *space, const char *text, size_t size,
                struct dict_name *name);

/* Let go of a name from dict_intern; it goes when no table has it. Returns
   ARENA_OK, or ARENA_EINVAL if dict_intern has not given it as often as it was
   let go of. */
int dict_forget(struct dict_space *space, const struct dict_name *name);

/* ---- Watchers -------------------------------------------------------- */

/* Add a watcher to space. Returns its number, the lowest that is free, or
   ARENA_EFULL. */
int dict_watcher_add(struct dict_space *space, dict_watcher *call, void *user);

/* Remove a watcher. The next one that gets its number hears of no dict before
   dict_watch. Returns ARENA_OK, ARENA_EINVAL, ARENA_EWATCHER (no such
   number) or ARENA_EUNWATCHED (a free one). */
int dict_watcher_remove(struct dict_space *space, int watcher);

/* Begin, and end, telling a watcher of what happens to dict. Return as
   dict_watcher_remove. Allowed from a watcher. dict->version may move on. */
int dict_watch(struct dict *dict, int watcher);
int dict_unwatch(struct dict *dict, int watcher);

/* ---- Life ------------------------------------------------------------ */

/* Make dict an empty dict of type. Costs nothing from the arena. Returns
   ARENA_OK or ARENA_EINVAL. */
int dict_init(struct dict *dict, struct dict_space *space,
              const struct dict_type *type);

/* Make shape an empty shape for dicts of type, which must have DICT_NAMES.
   Returns ARENA_OK, ARENA_EINVAL or ARENA_ENOMEM. */
int dict_shape_init(struct dict_shape *shape, struct dict_space *space,
                    const struct dict_type *type);

/* Add name to shape. If you can, add all names before the first dict is made
   with it: each dict that is made takes the room of one name from the shape, as
   in CPython. Returns 1, 0 if it is there, or an error; ARENA_EFULL: no room is
   left. */
int dict_shape_add(struct dict_shape *shape, const struct dict_name *name);

/* Let go of shape; the dicts that have it keep it. Returns ARENA_OK or
   ARENA_EINVAL. */
int dict_shape_destroy(struct dict_shape *shape);

/*
 * Make dict an empty dict with shape.
 *
 * As in CPython each dict that is made takes one name's room from the shape
 * while there are two left, and has room for the names that are then
 * possible. It goes its own way, with a table of its own, when a name does
 * not fit, at a general key, at dict_popitem, and when much is reserved.
 *
 * Returns  ARENA_OK, ARENA_EINVAL or ARENA_ENOMEM (too many).
 * Cost     nothing from the arena before the first value; then one block for
 *          all.
 */
int dict_init_shape(struct dict *dict, struct dict_shape *shape);

/* Remove all entries, and give back the table; a shape is kept. Returns
   ARENA_OK, ARENA_EINVAL or ARENA_EBUSY. */
int dict_clear(struct dict *dict);

/* Clear dict and invalidate it; dict_init makes it usable again. A shape is let
   go of. Returns as dict_clear. */
int dict_destroy(struct dict *dict);

/* ---- Reading --------------------------------------------------------- */

/* Set *value (which may be NULL) to the value of key. Returns 1, 0 if it is
   absent, or an error. */
int dict_find(const struct dict *dict, const void *key, uintptr_t *value);

/* As dict_find, but inline for plain integers: see dict/plain.h. */
static inline int dict_get(const struct dict *dict, const void *key,
                           uintptr_t *value);

/* Returns 1 if key is in dict, 0 if not, or an error. */
int dict_contains(const struct dict *dict, const void *key);

/*
 * As dict_get, by a cache that belongs to this key: one for each place in a
 * program that reads it. While the table, or the shape of whatever dict comes
 * along, is as it was, this is a comparison and a load, without a look at the
 * key.
 */
int dict_get_cached(const struct dict *dict, const void *key,
                    struct dict_cache *cache, uintptr_t *value);

/* Returns the number of entries. */
size_t dict_count(const struct dict *dict);

/* ---- Changing -------------------------------------------------------- */

/* Bind key to value. A key that is there keeps its place. The value that it
   has already is no change. Returns 1 if key was added, 0 if it was there, or
   an error. */
int dict_put(struct dict *dict, const void *key, uintptr_t value);

/* As dict_put, but inline for plain integers that are there. */
static inline int dict_set(struct dict *dict, const void *key, uintptr_t value);

/* Set *result to the value of key, which is bound to value first if it is
   absent. Returns as dict_set. */
int dict_setdefault(struct dict *dict, const void *key, uintptr_t value,
                    uintptr_t *result);

/* Remove key. Returns 1, 0 if it is absent, or an error. Needs no room. */
int dict_remove(struct dict *dict, const void *key);

/* Remove key as dict_remove does, and set *value (which may be NULL) to the
   value it had. */
int dict_pop(struct dict *dict, const void *key, uintptr_t *value);

/*
 * Remove the last entry and set *item to it: a general key is good until the
 * dict is changed, a name until the next dict_popitem
 * or dict_pop_first in the space.
 *
 * Returns  1, 0 if dict is empty, or an error: a dict with a shape gets a
 *          table of its own first, which takes room.
 */
int dict_popitem(struct dict *dict, struct dict_item *item);

/* As dict_popitem, but remove the first entry: the oldest. O(1) amortised, also
   if it is taken again and again. */
int dict_pop_first(struct dict *dict, struct dict_item *item);

/*
 * Bind all keys of other in dict, in its order. Both are of one type and
 * space; other is busy meanwhile.
 *
 * Returns  ARENA_OK or an error; then nothing has been bound. ARENA_EBUSY also
 *          if other is in 255 updates, each in a callback of the one before.
 * Cost     room for all of other's keys at once, and never less than dict_set
 *          would take; where the type compares, or dict is watched, 4 bytes
 *          each for the time being.
 */
int dict_update(struct dict *dict, struct dict *other);

/* Make room for count entries in all, of whatever keys the type has (in a dict
   that keeps its shape: of its names), but not for names that the space does
   not know. Returns ARENA_OK or an error. */
int dict_reserve(struct dict *dict, size_t count);

/* Give back the room that the entries do not need. Returns ARENA_OK or an
   error: it takes room for the smaller table first. */
int dict_shrink(struct dict *dict);

/* ---- Whole dicts ----------------------------------------------------- */

/* Make *out a copy of dict, without watchers. A shape is shared. Returns
   ARENA_OK or an error; then *out is untouched. */
int dict_copy(const struct dict *dict, struct dict *out);

/* Returns 1 if a and b, of one type, have the same keys with equal values, in
   whatever order, 0 if not, or an error. */
int dict_equal(const struct dict *a, const struct dict *b);

/* ---- Iterating ------------------------------------------------------- */

/* Start before the first entry of dict. */
void dict_iter_init(struct dict_iter *iter, const struct dict *dict);

/*
 * Point *key at the next key and set *value to its value (each may be NULL).
 * Values may be changed meanwhile.
 *
 * Returns  1, 0 at the end and ever after, ARENA_EINVAL (NULL), or
 *          ARENA_ECHANGED, ever after: a key has come or gone, or the table
 *          was made anew.
 */
int dict_iter_next(struct dict_iter *iter, const void **key, uintptr_t *value);

/* ---- Looking in ------------------------------------------------------ */

/* Check every invariant of dict. Returns ARENA_OK, ARENA_EINVAL or
   ARENA_ECORRUPT. O(slots). */
int dict_check(const struct dict *dict);

/* Set *out to how dict is laid out; to zeros if there is no dict. */
void dict_get_stats(const struct dict *dict, struct dict_stats *out);

#include "dict/plain.h"

/* ---- Typed wrappers -------------------------------------------------- */

/*
 * Define a type of dicts from K to V, an integer or a pointer no larger than a
 * word, and calls that need no casts:
 *
 *   DICT_DEFINE(scores, uint32_t, int);
 *
 *   const struct dict_type scores_type;
 *   int scores_init(struct dict *dict, struct dict_space *space);
 *   int scores_get(const struct dict *dict, K key, V *value);
 *   int scores_set(struct dict *dict, K key, V value);
 *   int scores_remove(struct dict *dict, K key);
 */
#define DICT_DEFINE(name, K, V)                                                \
    ARENA_STATIC_ASSERT(name##_fits, sizeof(V) <= sizeof(uintptr_t));          \
    static const struct dict_type name##_type = DICT_TYPE(K);                  \
    ARENA_WRAPPER int name##_init(struct dict *dict, struct dict_space *space) \
    {                                                                          \
        return dict_init(dict, space, &name##_type);                           \
    }                                                                          \
    ARENA_WRAPPER int name##_get(const struct dict *dict, K key, V *value)     \
    {                                                                          \
        uintptr_t word = 0;                                                    \
        int result = dict_get(dict, &key, &word);                              \
        if (result > 0)                                                        \
            *value = (V)word;                                                  \
        return result;                                                         \
    }                                                                          \
    ARENA_WRAPPER int name##_set(struct dict *dict, K key, V value)            \
    {                                                                          \
        return dict_set(dict, &key, (uintptr_t)value);                         \
    }                                                                          \
    ARENA_WRAPPER int name##_remove(struct dict *dict, K key)                  \
    {                                                                          \
        return dict_remove(dict, &key);                                        \
    }                                                                          \
    struct name##_entry

#ifdef __cplusplus
}
#endif

#endif
