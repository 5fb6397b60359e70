/*
 * Strata hashtable: a mutable table for bookkeeping, in an arena.
 *
 *     buckets   [ 0 | . | 0 | . | ... ]       a power of two, 16 or more
 *                     |       |
 *                     v       v
 *                   entry   entry             new ones come first
 *                     |
 *                     v
 *                   entry                     each a block of its own
 *
 * Keys and values are pointers, or words cast to pointers; the table does not
 * look behind them, but its type's functions may. The model is CPython's
 * _Py_hashtable_t: separate chaining, cached hashes, doubled when more than
 * half full, halved when less than a tenth full.
 *
 * Rules for all calls
 *
 *   Errors     Below 0: an enum arena_error, or what a callback returned
 *              (-1000 and below); then the table is as it was. ARENA_EINVAL:
 *              an argument is NULL that may not be.
 *   Memory     Unversioned blocks of the arena: holds and rollbacks pass a
 *              table by. struct hashtable is the caller's and may be moved.
 *   Entries    stay where they are until they are removed.
 *   Callbacks  may look into the table while it is being changed; changing it
 *              is refused with ARENA_EBUSY. Destructors may free blocks of the
 *              arena. A comparison that changes the table while it is only
 *              read gives ARENA_ECHANGED; one that destroys it and makes
 *              another in its place may not be noticed.
 *   Cost       O(1) on average; O(entries) when the table grows or shrinks.
 */
#ifndef STRATA_HASHTABLE_H
#define STRATA_HASHTABLE_H

#include "arena.h"

#if ARENA_ALIGN < 8 && UINTPTR_MAX > 0xFFFFFFFF
#error "ARENA_ALIGN is 8 or more for tables of words of 64 bits"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Types ----------------------------------------------------------- */

/*
 * The user's own functions; all get the table's user pointer. hash returns 0
 * and sets *hash, equal returns 1 or 0; both may fail with a code of
 * ARENA_EUSER (-1000) or below. Const, may lie in ROM.
 */
struct hashtable_type {
    /* NULL: by address */
    int (*hash)(void *user, const void *key, uint32_t *hash);
    /* NULL: the same pointer */
    int (*equal)(void *user, const void *key, const void *stored);
    void (*destroy_key)(void *user, void *key);     /* NULL: nothing     */
    void (*destroy_value)(void *user, void *value); /* NULL: nothing     */
};

/* One entry. The value may be written to; the rest is the table's. */
struct hashtable_entry {
    void *key;
    void *value;
    uint32_t hash;
    arena_ref next; /* in its bucket; 0 at the end */
};

/* A table. All fields are the table's. */
struct hashtable {
    struct arena *arena;
    const struct hashtable_type *type;
    void *user;
    uint32_t changes;  /* entries that came or went                      */
    arena_ref buckets; /* references of their first entries; 0: no table */
    arena_ref mask;    /* their number - 1                               */
    arena_ref count;   /* of entries                                     */
    arena_ref busy;    /* nesting depth of running callbacks             */
};

/* ---- Types at hand --------------------------------------------------- */

/* Keys that are equal when they are the same pointer; nothing is destroyed. */
extern const struct hashtable_type hashtable_pointers;

/* Keys that are strings, ending with a NUL; nothing is destroyed. */
extern const struct hashtable_type hashtable_strings;

/* What these are made of, for types that destroy. The hash of an address is
   what a multiplication makes of all its bits: addresses, or numbers, a power
   of two apart are spread as well as others. A string is hashed by FNV-1a
   (Fowler, Noll and Vo). */
int hashtable_hash_pointer(void *user, const void *key, uint32_t *hash);
int hashtable_hash_string(void *user, const void *key, uint32_t *hash);
int hashtable_equal_string(void *user, const void *key, const void *stored);

/* ---- Life ------------------------------------------------------------ */

/*
 * Make table an empty table of type in arena; type NULL is
 * hashtable_pointers. Calling it on a table in use abandons its blocks.
 *
 * Returns  ARENA_OK, ARENA_EINVAL, or ARENA_ENOMEM.
 * Owns     type must live as long as table; user is only passed on.
 * Cost     one block of 16 references.
 */
int hashtable_init(struct hashtable *table, struct arena *arena,
                   const struct hashtable_type *type, void *user);

/*
 * Destroy keys and values of all entries, in the order of hashtable_foreach,
 * and leave an empty table of 16 buckets (more, if there was no room to
 * shrink: never an error).
 *
 * Returns  ARENA_OK, ARENA_EINVAL, or ARENA_EBUSY.
 */
int hashtable_clear(struct hashtable *table);

/* Destroy all entries as hashtable_clear does, give back all memory, and
   invalidate table; hashtable_init makes it usable again. Returns as
   hashtable_clear. */
int hashtable_destroy(struct hashtable *table);

/* ---- Reading --------------------------------------------------------- */

/*
 * Find key in table, and point *entry at its entry (entry may be NULL).
 *
 * Returns  1, 0 if it is absent, or an error.
 */
int hashtable_find(const struct hashtable *table, const void *key,
                   struct hashtable_entry **entry);

/* Returns the value of key; NULL if it is NULL, the key is absent, or on an
   error. */
void *hashtable_get(const struct hashtable *table, const void *key);

/* Returns the entry of key; NULL if it is absent, or on an error. */
struct hashtable_entry *hashtable_get_entry(const struct hashtable *table,
                                            const void *key);

/* Returns the number of entries. */
size_t hashtable_count(const struct hashtable *table);

/* Returns the bytes of table: struct hashtable, buckets and entries, without
   the headers of their blocks. */
size_t hashtable_size(const struct hashtable *table);

/*
 * Call each with every entry: buckets upwards, in each the newest first, but
 * growing and shrinking turn a bucket's entries round. A result that is not 0
 * ends it.
 *
 * Returns  what the last call returned, 0 for an empty table, or
 *          ARENA_EINVAL.
 */
int hashtable_foreach(struct hashtable *table,
                      int (*each)(void *user, struct hashtable_entry *entry),
                      void *user);

/* ---- Changing -------------------------------------------------------- */

/*
 * Add key with value, unless it is there: replace a value by writing to its
 * entry.
 *
 * Returns  1, ARENA_EEXISTS, or another error. Without room to grow the
 *          table only gets slower.
 * Owns     key and value, from then on, if the type destroys.
 */
int hashtable_set(struct hashtable *table, const void *key, const void *value);

/*
 * Remove key, and set *value (which may be NULL) to its value. Key and value
 * are not destroyed: they are the caller's again.
 *
 * Returns  1, 0 if the key is absent, or an error. Never needs room.
 */
int hashtable_steal(struct hashtable *table, const void *key, void **value);

/* ---- Looking in ------------------------------------------------------ */

/* Check every invariant of table. Returns ARENA_OK, ARENA_EINVAL or
   ARENA_ECORRUPT. O(entries). */
int hashtable_check(const struct hashtable *table);

#ifdef __cplusplus
}
#endif

#endif
