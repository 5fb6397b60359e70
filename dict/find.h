/* Finding keys in a dict: hashes, comparisons, search. Private, part of
   dict.c. */
#ifndef STRATA_DICT_FIND_H
#define STRATA_DICT_FIND_H

#include "split.h"

/* ---- Hashes ---------------------------------------------------------- */

/* What a general key hashes to where the type does not say: integers, to
   themselves, as CPython's do. Probing takes in the high bits in time. */
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
        return folded((dict_hash)(wide ^ wide >> 32));
    default:
        return folded(hash_bytes(key, size));
    }
}

/* The entries of such keys are laid out as others. */
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
    sought->hash = folded(sought->hash);
    return error;
}

/* ---- Search ---------------------------------------------------------- */

/* Is the general key of an entry the one that is sought? Returns 1, 0, or an
   error, also when the comparison changed the dict. */
static int is_key(const struct dict *dict, const struct dict_keys *keys,
                  unsigned char *entry, const struct sought *sought)
{
    const struct dict_type *type = dict->type;
    const void *stored = entry + keys->key_at;
    uint32_t edition = dict->edition;
    int equal;

    if (name_in(keys, entry) != 0)
        return 0;
    if (type->equal == NULL)
        return memcmp(stored, sought->key, type->key_size) == 0;
    equal = type->equal(type, stored, sought->key);
    if (equal >= 0 && (dict->edition != edition ||
                       (sought->owner != NULL &&
                        sought->owner->edition != sought->edition)))
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
        unsigned char *entry;

        if (i >= 0) {
            entry = entry_of(keys, (uint32_t)i);
            if (*hash_of(keys, entry) == sought->hash) {
                int result = is_key(dict, keys, entry, sought);

                if (result != 0) {
                    *at = (uint32_t)i;
                    return result;
                }
            }
        }
        probe_next(&probe);
    }
    return 0;
}

/*
 * Find what is sought in a table of dict's type; *at is then the number of
 * its entry.
 *
 * Returns 1, 0 if it is absent, or an error.
 */
static int keys_find(const struct dict *dict, const struct dict_keys *keys,
                     const struct sought *sought, uint32_t *at)
{
    if (sought->name != NULL)
        return keys->has_names && find_name(dict->space->arena, keys,
                                            sought->name, sought->hash, at);
    return keys->kind == DICT_KIND_GENERAL ? find_general(dict, keys, sought, at) : 0;
}

/* ---- Entries --------------------------------------------------------- */

static inline struct dict_keys *table_of(const struct dict *dict)
{
    return keys_at(dict->space->arena, dict->keys);
}

/* The place of the value of entry at, which has one. */
static inline uintptr_t *value_at(const struct dict *dict, uint32_t at)
{
    if (is_split(dict))
        return word_of(dict, at);
    return value_of(entry_of(table_of(dict), at));
}

/* Find what is sought in dict, which may have no table. Returns 1, 0 if it is
   absent or without a value, or an error. */
static int find(const struct dict *dict, const struct sought *sought,
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

/* Point a key at what entry at of a table says. What it points to lies in the
   table, or in name and both. */
static const void *key_told(const struct dict *dict, uint32_t at,
                            struct dict_name *name, struct dict_key *both)
{
    const struct dict_keys *keys = table_of(dict);
    unsigned char *entry = entry_of(keys, at);
    arena_ref ref = name_in(keys, entry);

    if (ref != 0)
        name_tell(dict->space->arena, ref, name);
    both->name = ref != 0 ? name : NULL;
    both->key = ref != 0 ? NULL : entry + keys->key_at;
    if (dict->type->key_size > 0 && (dict->type->flags & DICT_NAMES) != 0)
        return both;
    return ref != 0 ? (const void *)name : both->key;
}

/*
 * The number of the first entry that is not before place *place in the order
 * of dict, and set *place to the one after it.
 *
 * Returns false at the end.
 */
static bool next_entry(const struct dict *dict, arena_ref *place,
                       uint32_t *at)
{
    const struct dict_keys *keys = table_of(dict);

    if (is_split(dict)) {
        if (*place >= split_count(dict))
            return false;
        *at = values_of(dict)->order[(*place)++];
        return true;
    }
    if (dict->keys == 0)
        return false;
    while (*place < keys->nentries) {
        *at = (*place)++;
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

#endif
