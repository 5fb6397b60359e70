/*
 * The values of a dict with a shape. Private, part of dict.c.
 *
 *     present | size | order[capacity] | value[capacity]
 *
 *     shape     [ health  x  y  name ]
 *     present   bits 0, 1 and 2          the dict has no name yet
 *     order     1 0 2                    it got x, then health, then y
 *     value     [  100    3  7   .   ]
 *
 * Value at belongs to entry at of the shape. The names that a dict has are the
 * bits set in present, and order[size] has their numbers in the order in which
 * the dict got them. A dict without a block for values has none.
 */
#ifndef STRATA_DICT_SPLIT_H
#define STRATA_DICT_SPLIT_H

#include "shape.h"

struct values {
    uint32_t present;
    uint8_t size;
    uint8_t order[1];
};

ARENA_STATIC_ASSERT(shape_fits_a_word, DICT_SHAPE_NAMES <= 32);

static inline struct values *values_of(const struct dict *dict)
{
    return (struct values *)(void *)(dict->space->arena->base + dict->values);
}

/* Where the values begin in their block. */
static inline size_t words_at(unsigned capacity)
{
    return (size_t)round_to((uint32_t)offsetof(struct values, order) + capacity,
                            sizeof(uintptr_t));
}

static inline uintptr_t *word_of(const struct dict *dict, uint32_t at)
{
    return (uintptr_t *)(void *)((unsigned char *)values_of(dict) +
                                 words_at(dict->capacity)) +
           at;
}

static inline bool is_split(const struct dict *dict)
{
    return dict->capacity > 0;
}

/* Does a dict with a shape have a value for name at? */
static inline bool has_value(const struct dict *dict, uint32_t at)
{
    return dict->values != 0 && (values_of(dict)->present >> at & 1) != 0;
}

static inline unsigned split_count(const struct dict *dict)
{
    return dict->values == 0 ? 0 : values_of(dict)->size;
}

static size_t values_size(const struct dict *dict)
{
    return words_at(dict->capacity) + dict->capacity * sizeof(uintptr_t);
}

/* Make a block for values. Returns 0 if there is no room. */
static arena_ref values_make(const struct dict *dict)
{
    struct values *values = arena_alloc(dict->space->arena, values_size(dict));

    if (values == NULL)
        return 0;
    values->present = 0;
    values->size = 0;
    return arena_ref_of(dict->space->arena, values);
}

static void values_free(struct dict *dict)
{
    free_ref(dict->space->arena, dict->values);
    dict->values = 0;
}

/* Add a value for name at, which has none. */
static void split_add(struct dict *dict, uint32_t at, uintptr_t value)
{
    struct values *values = values_of(dict);

    values->present |= (uint32_t)1 << at;
    values->order[values->size++] = (uint8_t)at;
    *word_of(dict, at) = value;
}

/* Remove the value of name at, which has one. */
static void split_remove(struct dict *dict, uint32_t at)
{
    struct values *values = values_of(dict);
    unsigned i = 0;

    while (values->order[i] != at)
        i++;
    values->size--;
    for (; i < values->size; i++)
        values->order[i] = values->order[i + 1];
    values->present &= ~((uint32_t)1 << at);
}

/* Append all entries of a dict with a shape, in their order, to an empty table
   that has room for them. */
static void split_append_all(const struct dict *dict, struct dict_keys *to)
{
    const struct dict_keys *keys = keys_at(dict->space->arena, dict->keys);

    for (unsigned i = 0; i < split_count(dict); i++) {
        uint32_t at = values_of(dict)->order[i];
        unsigned char *source = entry_of(keys, at);
        unsigned char *target = keys_append(to, *hash_of(keys, source));

        entry_copy(keys, source, to, target);
        *value_in(target) = *word_of(dict, at);
    }
}

#endif
