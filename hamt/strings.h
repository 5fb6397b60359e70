/*
 * Byte strings: keys and values in blocks of their own. Private, part of
 * hamt.c. What other rooms ask of them goes by struct hamt_strings (items.h).
 *
 *      entry   | .. key: reference .. value: reference .. |
 *                     |
 *      block   | size | bytes ... | NUL |
 *
 * In a counted map each entry that refers to a string is an owner of it: also
 * the same entry in a copy of its node.
 */
#ifndef STRATA_HAMT_STRINGS_H
#define STRATA_HAMT_STRINGS_H

#include "path.h"

/* ---- Strings of an entry --------------------------------------------- */

static void read_strings(const struct hamt_type *type,
                         const unsigned char *entry, struct strings *strings)
{
    strings->key = strings->value = 0;
    if (type->flags & HAMT_KEY_BYTES)
        memcpy(&strings->key, entry + type->key_at, sizeof(arena_ref));
    if (type->flags & HAMT_VALUE_BYTES)
        memcpy(&strings->value, entry + type->value_at, sizeof(arena_ref));
}

static void drop_strings(const struct hamt *map, const struct strings *strings)
{
    if (strings->key != 0)
        drop(map, strings->key);
    if (strings->value != 0)
        drop(map, strings->value);
}

/* Store a string in a block of its own, and the reference to that at ref_at.
   Returns false if there is no room. */
static bool take_string(struct change *change, const void *argument,
                        unsigned char *ref_at)
{
    const struct arena_bytes *string = argument;
    arena_ref size = (arena_ref)string->size, ref = 0;
    unsigned char *at;

    if (string->size < (arena_ref)-1 - sizeof size)
        ref = take(change, sizeof size + string->size + 1);
    if (ref == 0)
        return false;
    at = change->map->arena->base + ref;
    memcpy(at, &size, sizeof size);
    if (size > 0)
        memcpy(at + sizeof size, string->data, size);
    at[sizeof size + size] = 0;
    memcpy(ref_at, &ref, sizeof ref);
    return true;
}

/* Store in an entry those of its key and value that are strings. Returns false
   if there is no room for both. */
static bool write_strings(struct change *change, unsigned char *entry,
                          const void *key, const void *value)
{
    const struct hamt_type *type = change->map->type;

    return ((type->flags & HAMT_KEY_BYTES) == 0 ||
            take_string(change, key, entry + type->key_at)) &&
           ((type->flags & HAMT_VALUE_BYTES) == 0 ||
            take_string(change, value, entry + type->value_at));
}

/* ---- Comparing, hashing ---------------------------------------------- */

static bool are_same_bytes(const struct arena_bytes *a,
                           const struct arena_bytes *b)
{
    return a->size == b->size &&
           (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

static int is_string_key(const unsigned char *base,
                         const struct hamt_type *type, const void *key,
                         const unsigned char *entry)
{
    struct arena_bytes view;
    const void *stored = key_argument(base, type, entry, &view);

    if (type->equal != NULL)
        return type->equal(type, key, stored);
    return type->flags & HAMT_KEY_BYTES
               ? are_same_bytes(key, stored)
               : memcmp(key, stored, type->key_size) == 0;
}

static int hash_string_key(const unsigned char *base,
                           const struct hamt_type *type,
                           const unsigned char *entry, uint32_t *hash)
{
    struct arena_bytes view;

    return hash_key(type, key_argument(base, type, entry, &view), hash);
}

/* ---- Replacing ------------------------------------------------------- */

/* Give the entry at the end of path another string as its value. The new one
   is stored before anything else is touched. Returns 0 or an error. */
static int replace_string(struct path *path, const void *value)
{
    struct hamt *map = path->change.map;
    const struct hamt_type *type = map->type;
    struct arena_bytes view;
    struct strings old;
    unsigned char ref[sizeof(arena_ref)];

    if (are_same_bytes(
            value, value_argument(map->arena->base, type, path->entry, &view)))
        return 0;
    if (!take_string(&path->change, value, ref) || !own(path))
        return ARENA_ENOMEM;
    read_strings(type, path->entry, &old);
    memcpy(path->entry + type->value_at, ref, sizeof ref);
    drop(map, old.value);
    return 0;
}

#endif
