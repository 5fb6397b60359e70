/* What the tests of the hashtable share: callbacks that can be told to fail,
   to look into the table, and to count. */
#ifndef STRATA_HASHTABLE_TEST_H
#define STRATA_HASHTABLE_TEST_H

#include "arena_test.h"
#include "hashtable.h"
#include "test.h"

/* Bytes for some ten entries. */
enum { ROOM = 800 };

enum { FAILED_HASH = ARENA_EUSER - 1, FAILED_EQUAL = ARENA_EUSER - 2 };

/* A number as a key or a value. */
static inline void *word(uintptr_t number)
{
    return (void *)number;
}

/* What the callbacks below do; the table's user pointer. */
struct script {
    struct hashtable *table;
    uint32_t hash_mask; /* hashes are numbers under this mask              */
    bool hash_fails;
    bool equal_fails;
    bool looks;      /* callbacks read the table and try to change it      */
    bool steals;     /* equal does change it, if it may                    */
    bool wrong;      /* something seen on the way was not right            */
    unsigned hashed; /* calls                                              */
    unsigned compared;
    unsigned keys_destroyed;
    unsigned values_destroyed;
    uintptr_t last; /* value destroyed                                     */
};

/* Look into the table from a callback, and see changes refused. */
static inline void look(struct script *script)
{
    struct hashtable *table = script->table;

    if (!script->looks)
        return;
    script->looks = false;
    if (hashtable_check(table) != ARENA_OK ||
        hashtable_set(table, word(999), NULL) != ARENA_EBUSY ||
        hashtable_steal(table, word(1), NULL) != ARENA_EBUSY ||
        hashtable_clear(table) != ARENA_EBUSY ||
        hashtable_destroy(table) != ARENA_EBUSY ||
        hashtable_get(table, word(999)) != NULL)
        script->wrong = true;
    script->looks = true;
}

static inline int script_hash(void *user, const void *key, uint32_t *hash)
{
    struct script *script = user;

    script->hashed++;
    look(script);
    if (script->hash_fails)
        return FAILED_HASH;
    *hash = (uint32_t)(uintptr_t)key & script->hash_mask;
    return 0;
}

static inline int script_equal(void *user, const void *key, const void *stored)
{
    struct script *script = user;

    script->compared++;
    look(script);
    if (script->equal_fails)
        return FAILED_EQUAL;
    if (script->steals) {
        script->steals = false;
        hashtable_steal(script->table, stored, NULL);
    }
    return key == stored;
}

static inline void script_destroy_key(void *user, void *key)
{
    struct script *script = user;

    (void)key;
    script->keys_destroyed++;
    look(script);
}

static inline void script_destroy_value(void *user, void *value)
{
    struct script *script = user;

    script->values_destroyed++;
    script->last = (uintptr_t)value;
    look(script);
}

static const struct hashtable_type script_type = {
    script_hash,
    script_equal,
    script_destroy_key,
    script_destroy_value,
};

/* A table of that type whose hashes are numbers under a mask. */
static inline bool script_init(struct script *script, struct hashtable *table,
                               struct arena *arena, uint32_t hash_mask)
{
    memset(script, 0, sizeof *script);
    script->table = table;
    script->hash_mask = hash_mask;
    return hashtable_init(table, arena, &script_type, script) == ARENA_OK;
}

/* ---- What a test has ------------------------------------------------- */

/* The first line of a test: declare name as a table of plain words in an arena,
   called arena, of size bytes, called memory; or leave the test out. */
#define TABLE(name, size)  \
    ARENA(arena, size);    \
    struct hashtable name; \
    CHECK(hashtable_init(&name, &arena, NULL, NULL) == ARENA_OK)

/* As TABLE, for a table whose callbacks do what script says, and whose hashes
   are numbers under a mask. */
#define SCRIPTED(name, script, hash_mask, size) \
    ARENA(arena, size);                         \
    struct hashtable name;                      \
    struct script script;                       \
    CHECK(script_init(&script, &name, &arena, hash_mask))

/* Add the numbers from first to last, each with itself as its value. */
static inline bool set_all(struct hashtable *table, uintptr_t first,
                           uintptr_t last)
{
    for (uintptr_t i = first; i <= last; i++)
        EXPECT(hashtable_set(table, word(i), word(i)) == 1);
    return true;
}

static inline bool has_all(const struct hashtable *table, uintptr_t first,
                           uintptr_t last)
{
    for (uintptr_t i = first; i <= last; i++)
        EXPECT(hashtable_get(table, word(i)) == word(i));
    return true;
}

#endif
