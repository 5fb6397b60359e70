/* From a key to its entry: hashes, comparisons, search, caches. Private, part
   of dict.c. */
#ifndef STRATA_DICT_FIND_H
#define STRATA_DICT_FIND_H

#include "split.h"

/* ---- What is sought -------------------------------------------------- */

/* A key to be looked for: a name, or else a general one. */
struct sought {
    const struct dict_name *name;
    const void *key;
    dict_hash hash;
    const struct dict *owner; /* dict in which key lies; NULL: the caller's */
    uint32_t edition;         /* of the owner, when key was taken from it   */
};

/*
 * What a key of 8 bytes hashes to. Keys that differ only in high bits, such as
 * x << 32 | y or the multiples of 2^20, must not share the low bits, where
 * probing begins. The shifts take high bits down, and no low bits up. So keys
 * in sequence keep to slots of their own that lie side by side: the keys below
 * 2^n, for each n, have all hashes below 2^n. Which shifts was found by trial.
 */
static dict_hash hash_wide(uint64_t wide)
{
#ifdef DICT_WIDE_HASH
    return wide ^ wide >> 32;
#else
    wide ^= wide >> 7;
    wide ^= wide >> 11;
    wide ^= wide >> 20;
    return (dict_hash)wide;
#endif
}

/* What a general key hashes to where the type does not say. As in CPython,
   small integers hash to themselves. */
ARENA_FAST dict_hash hash_plain(const void *key, size_t size)
{
    uint64_t wide;
    uint32_t word;
    uint16_t half;

    switch (size) {
    case 1:
        return *(const unsigned char *)key;
    case 2:
        memcpy(&half, key, sizeof half);
        return half;
    case 4:
        memcpy(&word, key, sizeof word);
        return word & DICT_PLAIN_HASH;
    case 8:
        memcpy(&wide, key, sizeof wide);
        return avoid_dead(hash_wide(wide));
    default:
        return avoid_dead(hash_bytes(key, size));
    }
}

/* What dict/plain.h reads as a struct dict_plain is laid out by keys.h. */
ARENA_STATIC_ASSERT(plain_entry_is_laid_out_well,
                    offsetof(struct dict_plain, key) ==
                        sizeof(uintptr_t) + sizeof(dict_hash));

/* Set sought to what key means in a dict of type. Returns 0 or an error. */
static int seek(const struct dict_type *type, const void *key,
                struct sought *sought)
{
    const struct dict_key *both = key;
    int error;

    sought->name = NULL;
    sought->key = key;
    sought->owner = NULL;
    if ((type->flags & DICT_NAMES) != 0 && key != NULL) {
        sought->name = type->key_size > 0 ? both->name : key;
        sought->key = type->key_size > 0 ? both->key : NULL;
    }
    if (sought->name != NULL) {
        if (sought->name->text == NULL)
            return ARENA_EINVAL;
        sought->hash = hash_name(sought->name);
        return 0;
    }
    if (sought->key == NULL)
        return ARENA_EINVAL;
    if (type->hash == NULL) {
        sought->hash = hash_plain(sought->key, type->key_size);
        return 0;
    }
    error = type->hash(type, sought->key, &sought->hash);
    if (error < 0)
        return error;
    sought->hash = avoid_dead(sought->hash);
    return 0;
}

/* ---- Search ---------------------------------------------------------- */

/* Does an entry have the general key that is sought? Returns 1, 0, or an error:
   also if the comparison has changed dict, or the dict where that key lies. */
static int is_entry(const struct dict *dict, const struct dict_keys *keys,
                    unsigned char *entry, const struct sought *sought)
{
    const struct dict_type *type = dict->type;
    const void *stored = entry + keys->key_at;
    uint32_t edition = dict->edition;
    int equal;

    if (*hash_of(keys, entry) != sought->hash || name_in(keys, entry) != 0)
        return 0;
    if (type->equal == NULL)
        return memcmp(stored, sought->key, type->key_size) == 0;
    equal = type->equal(type, stored, sought->key);
    if (equal >= 0 &&
        (dict->edition != edition ||
         (sought->owner != NULL && sought->owner->edition != sought->edition)))
        return ARENA_ECHANGED;
    return equal;
}

/* Find a general key, by comparing. */
static int find_general(const struct dict *dict, const struct dict_keys *keys,
                        const struct sought *sought, uint32_t *at)
{
    struct probe probe;
    int32_t i;

    probe_start(&probe, keys, sought->hash);
    while ((i = index_get(keys, probe.slot)) != DICT_EMPTY) {
        if (i >= 0) {
            int result =
                is_entry(dict, keys, entry_of(keys, (uint32_t)i), sought);

            if (result != 0) {
                *at = (uint32_t)i;
                return result;
            }
        }
        probe_next(&probe);
    }
    return 0;
}

/*
 * Find what is sought in keys, a table of dict's type; *at is then the number
 * of its entry. It need not be dict's own: an update searches the table that
 * dict gets next.
 *
 * Returns 1, 0 if it is absent, or an error.
 */
static int keys_find(const struct dict *dict, const struct dict_keys *keys,
                     const struct sought *sought, uint32_t *at)
{
    if (sought->name != NULL)
        return keys->has_names && find_name(dict->space->arena, keys,
                                            sought->name, sought->hash, at);
    if (keys->kind != DICT_KIND_GENERAL)
        return 0;
    return find_general(dict, keys, sought, at);
}

static inline struct dict_keys *table_of(const struct dict *dict)
{
    return keys_at(dict->space->arena, dict->keys);
}

/* Find what is sought in dict, which may have no table. Returns 1, 0 if it is
   absent, also where a shape has the name but dict no value, or an error. */
static int find_key(const struct dict *dict, const struct sought *sought,
                    uint32_t *at)
{
    int result;

    if (dict->keys == 0)
        return 0;
    result = keys_find(dict, table_of(dict), sought, at);
    if (result > 0 && is_split(dict) && !has_value(dict, *at))
        return 0;
    return result;
}

/* ---- Entries --------------------------------------------------------- */

/* Where the value of entry at, which has one, lies. */
static inline uintptr_t *value_at(const struct dict *dict, uint32_t at)
{
    if (is_split(dict))
        return word_of(dict, at);
    return value_in(entry_of(table_of(dict), at));
}

/* Returns the key of entry at as the type says that keys are given back. It
   lies in the table, or in *name and *both, which are set for that. */
static const void *key_read(const struct dict *dict, uint32_t at,
                            struct dict_name *name, struct dict_key *both)
{
    const struct dict_keys *keys = table_of(dict);
    unsigned char *entry = entry_of(keys, at);
    arena_ref ref = name_in(keys, entry);

    if (ref != 0)
        name_read(dict->space->arena, ref, name);
    both->name = ref != 0 ? name : NULL;
    both->key = ref != 0 ? NULL : entry + keys->key_at;
    if (dict->type->key_size > 0 && (dict->type->flags & DICT_NAMES) != 0)
        return both;
    return ref != 0 ? (const void *)name : both->key;
}

/*
 * Set *at to the number of the next entry in the order of dict. *passed counts
 * the places in that order that have been passed, dead entries included; it is
 * 0 at first.
 *
 * Returns false at the end.
 */
static bool next_entry(const struct dict *dict, arena_ref *passed, uint32_t *at)
{
    struct dict_keys *keys = table_of(dict);

    if (is_split(dict)) {
        if (*passed >= split_count(dict))
            return false;
        *at = values_of(dict)->order[(*passed)++];
        return true;
    }
    if (dict->keys == 0)
        return false;
    if (*passed < *lead_of(keys))
        *passed = *lead_of(keys);
    while (*passed < keys->nentries) {
        *at = (*passed)++;
        if (!is_dead(keys, entry_of(keys, *at)))
            return true;
    }
    return false;
}

static uint32_t count_of(const struct dict *dict)
{
    if (is_split(dict))
        return split_count(dict);
    return dict->keys == 0 ? 0 : table_of(dict)->used;
}

/* ---- Caches ---------------------------------------------------------- */

/* The version of a table: given when it is first asked for, and lost when a key
   comes or goes. Returns 0 if the space has given all that there are. */
static uint32_t version_of(struct dict_space *space, struct dict_keys *keys)
{
    if (keys->version == 0 && space->keys_version != 0)
        keys->version = space->keys_version++;
    return keys->version;
}

/* Was cache filled from the table of dict as it is now? */
static inline bool is_hit(const struct dict *dict,
                          const struct dict_cache *cache)
{
    return dict->keys != 0 && cache->version != 0 &&
           table_of(dict)->version == cache->version;
}

/* Find key in the table of dict, and note in cache where it is. The type's hash
   function may change dict, so its table is looked up only after that. Returns
   1, 0 if key is absent, or an error. */
static int fill_cache(const struct dict *dict, const void *key,
                      struct dict_cache *cache)
{
    struct sought sought;
    uint32_t at;
    int result = seek(dict->type, key, &sought);

    if (result < 0 || dict->keys == 0)
        return result;
    result = keys_find(dict, table_of(dict), &sought, &at);
    if (result <= 0)
        return result;
    cache->version = version_of(dict->space, table_of(dict));
    cache->index = (arena_ref)at;
    return 1;
}

#endif
