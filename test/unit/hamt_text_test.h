/* Maps of byte strings whose keys spell their path, see hamt_test.h. */
#ifndef STRATA_HAMT_TEXT_TEST_H
#define STRATA_HAMT_TEXT_TEST_H

#include "hamt_test.h"

struct text_entry {
    arena_ref key;
    arena_ref value;
};

static inline int text_hash(const struct hamt_type *type, const void *item,
                            uint32_t *hash)
{
    const struct arena_bytes *text = (const struct arena_bytes *)item;
    const char *letters = (const char *)text->data;

    (void)type;
    *hash = 0;
    for (size_t level = 0; level < 7 && level < text->size; level++)
        *hash |= slot_of(letters[level]) << 5 * level;
    return 0;
}

#define TEXT_TYPE(flags)                                                   \
    HAMT_TYPE_WITH(struct text_entry, key, value,                          \
                   (flags) | HAMT_KEY_BYTES | HAMT_VALUE_BYTES, text_hash, \
                   NULL, NULL, NULL)

static const struct hamt_type text_types[MODES] = {
    TEXT_TYPE(0),
    TEXT_TYPE(HAMT_COUNTED),
    TEXT_TYPE(HAMT_REGION),
};

static inline void make_bytes(struct arena_bytes *bytes, const char *text)
{
    bytes->data = text;
    for (bytes->size = 0; text[bytes->size] != '\0'; bytes->size++)
        continue;
}

static inline int put_text(struct hamt *map, const char *path, const char *text)
{
    struct arena_bytes key, value;

    make_bytes(&key, path);
    make_bytes(&value, text);
    return hamt_set(map, &key, &value);
}

static inline int take_text_out(struct hamt *map, const char *path)
{
    struct arena_bytes key;

    make_bytes(&key, path);
    return hamt_remove(map, &key);
}

/* Is this the text of a key? */
static inline bool is_text(const struct hamt *map, const char *path,
                           const char *text)
{
    struct arena_bytes key, value;
    const char *found;

    make_bytes(&key, path);
    make_bytes(&value, text);
    found = (const char *)hamt_get(map, &key);
    return found != NULL && hamt_bytes_size(found) == value.size &&
           memcmp(found, text, value.size + 1) == 0;
}

#endif
