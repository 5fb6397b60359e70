/* What the tests of the dict share. */
#ifndef STRATA_DICT_TEST_H
#define STRATA_DICT_TEST_H

#include "dict.h"
#include "test.h"

static const struct dict_type numbers = DICT_TYPE(uint32_t);
static const struct dict_type bags = DICT_NAMES_TYPE;

static inline bool open_space(struct arena *arena, struct dict_space *space,
                              unsigned char *memory, size_t size)
{
    return arena_init(arena, memory, size) == ARENA_OK &&
           dict_space_init(space, arena) == ARENA_OK;
}

static inline size_t used_of(const struct arena *arena)
{
    struct arena_stats stats;

    arena_get_stats(arena, &stats);
    return stats.used;
}

/* Set, get and remove where keys are numbers. */
static inline int put(struct dict *dict, uint32_t key, uintptr_t value)
{
    return dict_set(dict, &key, value);
}

static inline uintptr_t got(const struct dict *dict, uint32_t key)
{
    uintptr_t value = 0;

    return dict_get(dict, &key, &value) == 1 ? value : 0;
}

static inline int removed(struct dict *dict, uint32_t key)
{
    return dict_remove(dict, &key);
}

/* A name of one letter. */
static inline const struct dict_name *letter(char which)
{
    static const char text[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN";
    static struct dict_name name;
    size_t i = 0;

    while (text[i] != which)
        i++;
    dict_name_init(&name, text + i, 1);
    return &name;
}

/* Does dict, whose keys are names of one letter, have these, in this order? */
static inline bool reads(const struct dict *dict, const char *letters)
{
    struct dict_iter iter;
    const void *key;

    dict_iter_init(&iter, dict);
    while (dict_iter_next(&iter, &key, NULL) == 1) {
        const struct dict_name *name = key;

        if (name->size != 1 || name->text[0] != *letters++)
            return false;
    }
    return *letters == '\0';
}

/* The same for numbers, given as characters. */
static inline bool counts(const struct dict *dict, const char *digits)
{
    struct dict_iter iter;
    const void *key;

    dict_iter_init(&iter, dict);
    while (dict_iter_next(&iter, &key, NULL) == 1) {
        if (*(const uint32_t *)key != (uint32_t)(*digits++ - '0'))
            return false;
    }
    return *digits == '\0';
}

#endif
