/* What the tests of the dict share. */
#ifndef STRATA_DICT_TEST_H
#define STRATA_DICT_TEST_H

#include "arena_test.h"
#include "dict.h"
#include "test.h"

static const struct dict_type numbers = DICT_TYPE(uint32_t);
static const struct dict_type bags = DICT_NAMES_TYPE;

/* ---- What a test has ------------------------------------------------- */

static inline bool open_space(struct arena *arena, struct dict_space *space,
                              unsigned char *memory, size_t size)
{
    return make_arena(arena, memory, size) == ARENA_OK &&
           dict_space_init(space, arena) == ARENA_OK;
}

/* The first line of a test: declare name as a space in an arena, called arena,
   of size bytes, called memory; or leave the test out. So far `before` bytes of
   the arena are in use. */
#define SPACE(name, size)                                     \
    struct dict_space name;                                   \
    struct arena arena;                                       \
    size_t before;                                            \
    MEMORY(memory, size);                                     \
    CHECK(open_space(&arena, &name, memory, (size_t)(size))); \
    before = used_of(&arena);                                 \
    (void)before

/* The next lines: declare name as an empty dict of a type in a space, or as a
   shape of dicts that are bags. */
#define DICT(name, space, type) \
    struct dict name;           \
    CHECK(dict_init(&name, &(space), &(type)) == ARENA_OK)
#define SHAPE(name, space)  \
    struct dict_shape name; \
    CHECK(dict_shape_init(&name, &(space), &bags) == ARENA_OK)

/* Destroy the space: are then only `before` bytes in use? */
static inline bool is_given_back(struct dict_space *space, size_t before)
{
    struct arena *arena = space->arena;

    EXPECT(dict_space_destroy(space) == ARENA_OK);
    EXPECT(used_of(arena) == before && arena_check(arena) == ARENA_OK);
    return true;
}

/* Destroy the last dict of its space, and the space: is nothing left? */
static inline bool ends_empty(struct dict *dict, size_t before)
{
    struct dict_space *space = dict->space;

    EXPECT(dict_check(dict) == ARENA_OK);
    EXPECT(arena_check(space->arena) == ARENA_OK);
    EXPECT(dict_destroy(dict) == ARENA_OK);
    return is_given_back(space, before);
}

/* ---- Numbers --------------------------------------------------------- */

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

/* Add the numbers from first to last, each with itself as its value. */
static inline bool put_all(struct dict *dict, uint32_t first, uint32_t last)
{
    for (uint32_t i = first; i <= last; i++)
        EXPECT(put(dict, i, i) == 1);
    return true;
}

static inline bool remove_all(struct dict *dict, uint32_t first, uint32_t last)
{
    for (uint32_t i = first; i <= last; i++)
        EXPECT(removed(dict, i) == 1);
    return true;
}

/* Are these, given as digits, the keys of dict, in this order? */
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

/* ---- Names ----------------------------------------------------------- */

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

/* Add names of one letter each, with the letter as the value. */
static inline bool put_names(struct dict *dict, const char *letters)
{
    for (; *letters != '\0'; letters++)
        EXPECT(dict_set(dict, letter(*letters), (uintptr_t)*letters) == 1);
    return true;
}

static inline bool add_names(struct dict_shape *shape, const char *letters)
{
    for (; *letters != '\0'; letters++)
        EXPECT(dict_shape_add(shape, letter(*letters)) == 1);
    return true;
}

/* Are these, of one letter each, the names in dict, in this order? */
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

#endif
