/*
 * The names of a space: strings that live in the arena once. Private, part of
 * dict.c.
 *
 * A table without values has them all, as the one of a shape has some. Each
 * counts its users: entries of tables and the caller's dict_intern. How many
 * of these are dict_intern's stands in a word of the header that unversioned
 * blocks have to spare.
 */
#ifndef STRATA_DICT_NAMES_H
#define STRATA_DICT_NAMES_H

#include "keys.h"

struct name {
    dict_hash hash;
    arena_ref users;
    arena_ref size; /* bytes of text, without its NUL */
    char text[1];
};

/* The most users that dict_intern makes: it takes no memory, so that somebody
   has to count. The others are entries, of which no arena has as many more. */
#define DICT_USERS_MAX ((arena_ref)-1 / 2)

/* A key to be looked for: a name, or else a general one. */
struct sought {
    const struct dict_name *name;
    const void *key;
    dict_hash hash;
    const struct dict *owner; /* in which the key lies; NULL: the caller's */
    uint32_t edition;         /* of the owner                              */
};

static inline struct name *name_at(const struct arena *arena, arena_ref ref)
{
    return (struct name *)(void *)(arena->base + ref);
}

/* How often dict_intern holds a name. */
static inline arena_ref *holds_of(const struct arena *arena, arena_ref ref)
{
    return &block_at(arena, ref)->next;
}

/* ---- Hashes ---------------------------------------------------------- */

/* FNV-1a. */
static dict_hash hash_bytes(const void *data, size_t size)
{
    const unsigned char *byte = data;
    uint32_t hash = 0x811C9DC5u;

    while (size-- > 0)
        hash = (hash ^ *byte++) * 0x01000193u;
    return hash;
}

/* No key has the hash that marks dead entries; CPython avoids the same. */
static inline dict_hash folded(dict_hash hash)
{
    return hash == DICT_DEAD ? DICT_DEAD - 1 : hash;
}

static dict_hash hash_name(const struct dict_name *name)
{
    return folded(name->hash != 0 ? name->hash
                                  : hash_bytes(name->text, name->size));
}

/* ---- Search ---------------------------------------------------------- */

static bool is_name(const struct arena *arena, arena_ref ref,
                    const struct dict_name *name)
{
    const struct name *stored = name_at(arena, ref);

    return stored->size == name->size &&
           (stored->text == name->text ||
            memcmp(stored->text, name->text, name->size) == 0);
}

/* Find a name in a table; *at is the number of its entry. */
static bool find_name(const struct arena *arena, const struct dict_keys *keys,
                      const struct dict_name *name, dict_hash hash,
                      uint32_t *at)
{
    struct probe probe;
    int32_t i;

    probe_start(&probe, keys, hash);
    while ((i = index_get(keys, probe.slot)) != DICT_EMPTY) {
        if (i >= 0) {
            unsigned char *entry = entry_of(keys, (uint32_t)i);
            arena_ref ref = name_in(keys, entry);

            if (*hash_of(keys, entry) == hash && ref != 0 &&
                is_name(arena, ref, name)) {
                *at = (uint32_t)i;
                return true;
            }
        }
        probe_next(&probe);
    }
    return false;
}

/* ---- The names of a space -------------------------------------------- */

/* Give back a table without looking at what is in it. */
static void keys_free(struct arena *arena, arena_ref keys)
{
    arena_free(arena, arena_at(arena, keys));
}

/* Make a name. Returns 0 if there is no room. */
static arena_ref name_make(struct arena *arena, const struct dict_name *from,
                           dict_hash hash)
{
    struct name *name;
    arena_ref ref;

    if (from->size > (arena_ref)-1 - sizeof *name)
        return 0;
    name = arena_alloc(arena, offsetof(struct name, text) + from->size + 1);
    if (name == NULL)
        return 0;
    name->hash = hash;
    name->users = 1;
    name->size = (arena_ref)from->size;
    memcpy(name->text, from->text, from->size);
    name->text[from->size] = '\0';
    ref = arena_ref_of(arena, name);
    *holds_of(arena, ref) = 0;
    return ref;
}

/* Make room for one more name. Returns false if there is none in the arena. */
static bool names_grow(struct dict_space *space)
{
    struct arena *arena = space->arena;
    struct dict_keys *old = space->names == 0 ? NULL
                                         : keys_at(arena, space->names);
    struct dict_keys *keys;
    unsigned log2 = DICT_LOG2_MIN;

    if (old != NULL && old->usable > 0)
        return true;
    if (old != NULL)
        log2 = log2_grown(old->used);
    keys = keys_make(arena, NULL, DICT_KIND_INTERNED, log2);
    if (keys == NULL)
        return false;
    if (old != NULL)
        keys_append_all(keys, old);
    keys_free(arena, space->names);
    space->names = arena_ref_of(arena, keys);
    return true;
}

/* Get the name in a space that is what name says, made if need be, with one
   user more. Returns 0 if there is no room. */
static arena_ref name_hold(struct dict_space *space,
                           const struct dict_name *name, dict_hash hash)
{
    struct arena *arena = space->arena;
    arena_ref ref;
    uint32_t at;

    if (space->names != 0 &&
        find_name(arena, keys_at(arena, space->names), name, hash, &at)) {
        struct dict_keys *keys = keys_at(arena, space->names);

        ref = *name_of(keys, entry_of(keys, at));
        name_at(arena, ref)->users++;
        return ref;
    }
    ref = name_make(arena, name, hash);
    if (ref != 0 && !names_grow(space)) {
        keys_free(arena, ref);
        return 0;
    }
    if (ref != 0) {
        struct dict_keys *keys = keys_at(arena, space->names);

        *name_of(keys, keys_append(keys, hash)) = ref;
    }
    return ref;
}

/* Take a name that nobody uses out of its space. */
static void name_remove(struct dict_space *space, arena_ref ref)
{
    struct arena *arena = space->arena;
    struct name *name = name_at(arena, ref);
    struct dict_keys *keys = keys_at(arena, space->names);
    struct dict_name known;
    uint32_t at = 0;

    known.text = name->text;
    known.size = name->size;
    known.hash = name->hash;
    if (find_name(arena, keys, &known, name->hash, &at))
        keys_kill(keys, at);
    arena_free(arena, name);
    if (keys->used == 0) {
        arena_free(arena, keys);
        space->names = 0;
    }
}

/* Let go of a name; 0 is fine. */
static void name_drop(struct dict_space *space, arena_ref ref)
{
    if (ref != 0 && --name_at(space->arena, ref)->users == 0)
        name_remove(space, ref);
}

/* Say what a name is. */
static void name_tell(const struct arena *arena, arena_ref ref,
                      struct dict_name *out)
{
    const struct name *name = name_at(arena, ref);

    out->text = name->text;
    out->size = name->size;
    out->hash = name->hash;
}

/* ---- The names in a table -------------------------------------------- */

/* Give all names of a table a user more. */
static void keys_hold_names(const struct arena *arena,
                            const struct dict_keys *keys)
{
    for (uint32_t at = 0; at < keys->nentries && keys->has_names; at++) {
        unsigned char *entry = entry_of(keys, at);
        arena_ref ref = is_dead(keys, entry) ? 0 : *name_of(keys, entry);

        if (ref != 0)
            name_at(arena, ref)->users++;
    }
}

/* Give back a table and its names; 0 is fine. */
static void keys_drop(struct dict_space *space, arena_ref ref)
{
    struct dict_keys *keys = keys_at(space->arena, ref);

    if (ref == 0)
        return;
    for (uint32_t at = 0; at < keys->nentries && keys->has_names; at++) {
        unsigned char *entry = entry_of(keys, at);

        if (!is_dead(keys, entry))
            name_drop(space, *name_of(keys, entry));
    }
    keys_free(space->arena, ref);
}

/* Let go of a shared table. */
static void shared_drop(struct dict_space *space, arena_ref ref)
{
    if (--keys_at(space->arena, ref)->shares == 0)
        keys_drop(space, ref);
}

#endif
