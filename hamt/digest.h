/*
 * The hash of a map's contents: the XOR of a number for each entry. Private,
 * part of hamt.c.
 *
 * So the order of entries does not matter, and an entry's number goes out the
 * way it came in: that is how a hash follows a diff.
 */
#ifndef STRATA_HAMT_DIGEST_H
#define STRATA_HAMT_DIGEST_H

#include "items.h"

/* Hash an item for which the type has no function: an integer by its value,
   anything else by its bytes. */
static uint32_t hash_item(const void *item, size_t size)
{
    uint64_t u64;
    uint32_t u32;
    uint16_t u16;

    switch (size) {
    case 1:
        return hamt_mix32(*(const unsigned char *)item);
    case 2:
        memcpy(&u16, item, sizeof u16);
        return hamt_mix32(u16);
    case 4:
        memcpy(&u32, item, sizeof u32);
        return hamt_mix32(u32);
    case 8:
        memcpy(&u64, item, sizeof u64);
        return (uint32_t)hamt_mix64(u64);
    default:
        return hamt_murmur(item, size, 0);
    }
}

static int hash_value(const struct hamt_type *type, const void *value,
                      uint32_t *hash)
{
    const struct arena_bytes *string = value;

    *hash = 0;
    if (type->value_size == 0)
        return 0;
    if (type->hash_value != NULL)
        return type->hash_value(type, value, hash);
    *hash = type->flags & HAMT_VALUE_BYTES
                ? hamt_murmur(string->data, string->size, 0)
                : hash_item(value, type->value_size);
    return 0;
}

/* Put the number of an entry into *hash, or take it out. Key and value are as
   a map gives them out. Returns ARENA_OK or an error. */
static int toggle(const struct hamt_type *type, const void *key,
                  const void *value, uint32_t *hash)
{
    struct arena_bytes view;
    uint32_t of_key, of_value;
    int error = hash_key(
        type, argument_of(key, type->flags & HAMT_KEY_BYTES, &view), &of_key);

    if (error >= 0)
        error = hash_value(
            type, argument_of(value, type->flags & HAMT_VALUE_BYTES, &view),
            &of_value);
    if (error < 0)
        return error;
    *hash ^= hamt_mix32(of_key ^ hamt_mix32(of_value + 0x9E3779B9u));
    return ARENA_OK;
}

#endif
