/*
 * The names of a space: strings that live in the arena once. Private, part of
 * dict.c.
 *
 *     space.names       [ hash | name   hash | name   ... ]     all names
 *                                 |
 *     struct name       hash | users | size | "health"
 *                                 ^
 *     a dict's table    [ value | hash | name | key   ... ]
 *     a shape's table   [ hash | name   ... ]                   some names
 *
 * A name lives as long as it has users. These are the entries with it in all
 * tables but the space's own, dict_intern's holds, and one if the name is kept
 * for the caller of dict_popitem. How many of them are dict_intern's stands in
 * the block's header, along with the mark DICT_KEPT: unversioned blocks leave a
 * word there to their owner.
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

/* The most users a name can have after dict_intern. Its holds take no memory,
   so only this limits them. The other users are entries: no arena has room for
   as many again, so that users cannot overflow. */
#define DICT_USERS_MAX ((arena_ref)-1 / 2)

/* The mark of a kept name, above the holds: they are users, too. */
#define DICT_KEPT ((arena_ref)(DICT_USERS_MAX + 1))

static inline struct name *name_at(const struct arena *arena, arena_ref ref)
{
    return (struct name *)(void *)(arena->base + ref);
}

/* How often dict_intern holds a name, and the mark. */
static inline arena_ref *holds_of(const struct arena *arena, arena_ref ref)
{
    return &block_at(arena, ref)->next;
}

static inline arena_ref count_holds(const struct arena *arena, arena_ref ref)
{
    return *holds_of(arena, ref) & DICT_USERS_MAX;
}

static inline bool is_marked(const struct arena *arena, arena_ref ref)
{
    return (*holds_of(arena, ref) & DICT_KEPT) != 0;
}

/* Point out at the text of a name. */
static void name_read(const struct arena *arena, arena_ref ref,
                      struct dict_name *out)
{
    const struct name *name = name_at(arena, ref);

    out->text = name->text;
    out->size = name->size;
    out->hash = name->hash;
}

/* ---- Hashes ---------------------------------------------------------- */

/* FNV-1a. hashtable.c has this loop too, for strings that end with a NUL. */
static dict_hash hash_bytes(const void *data, size_t size)
{
    const unsigned char *byte = data;
    uint32_t hash = 0x811C9DC5u;

    while (size-- > 0)
        hash = (hash ^ *byte++) * 0x01000193u;
    return hash;
}

/* The hash to use for hash: DICT_DEAD marks dead entries, so that no key may
   have it. CPython avoids the same number. */
static inline dict_hash avoid_dead(dict_hash hash)
{
    return hash == DICT_DEAD ? DICT_DEAD - 1 : hash;
}

static dict_hash hash_name(const struct dict_name *name)
{
    return avoid_dead(name->hash != 0 ? name->hash
                                      : hash_bytes(name->text, name->size));
}

/* ---- Search ---------------------------------------------------------- */

/* Does the name at ref say what name says? */
static bool is_name(const struct arena *arena, arena_ref ref,
                    const struct dict_name *name)
{
    const struct name *stored = name_at(arena, ref);

    return stored->size == name->size &&
           (stored->text == name->text ||
            memcmp(stored->text, name->text, name->size) == 0);
}

/* Find a name in a table; *at is then the number of its entry. */
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

/* Make a name with one user. Returns 0 if there is no room. */
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

/* Make room in the space's table for one more name. Returns false if the arena
   has none. */
static bool names_grow(struct dict_space *space)
{
    struct arena *arena = space->arena;
    struct dict_keys *keys, *old = NULL;
    unsigned log2 = DICT_LOG2_MIN;

    if (space->names != 0) {
        old = keys_at(arena, space->names);
        if (old->usable > 0)
            return true;
        log2 = log2_grown(old->used);
    }
    keys = keys_make(arena, NULL, DICT_KIND_INTERNED, log2);
    if (keys == NULL)
        return false;
    if (old != NULL)
        keys_append_all(keys, old);
    free_ref(arena, space->names);
    space->names = arena_ref_of(arena, keys);
    return true;
}

/* Get the one name in space that says what name says, made if there is none,
   and add one user to it. Returns 0 if there is no room. */
static arena_ref name_hold(struct dict_space *space,
                           const struct dict_name *name, dict_hash hash)
{
    struct arena *arena = space->arena;
    struct dict_keys *keys = keys_at(arena, space->names);
    arena_ref ref;
    uint32_t at;

    if (space->names != 0 && find_name(arena, keys, name, hash, &at)) {
        ref = *name_of(keys, entry_of(keys, at));
        name_at(arena, ref)->users++;
        return ref;
    }
    ref = name_make(arena, name, hash);
    if (ref != 0 && !names_grow(space)) {
        free_ref(arena, ref);
        return 0;
    }
    if (ref != 0) {
        keys = keys_at(arena, space->names);
        *name_of(keys, keys_append(keys, hash)) = ref;
    }
    return ref;
}

/* Take a name without users out of its space. The last one takes the table
   along. */
static void name_remove(struct dict_space *space, arena_ref ref)
{
    struct arena *arena = space->arena;
    struct dict_keys *keys = keys_at(arena, space->names);
    struct dict_name name;
    uint32_t at = 0;

    name_read(arena, ref, &name);
    if (find_name(arena, keys, &name, name.hash, &at))
        keys_kill(keys, at);
    free_ref(arena, ref);
    if (keys->used == 0) {
        free_ref(arena, space->names);
        space->names = 0;
    }
}

/* Let go of a name; 0 is fine. */
static void name_drop(struct dict_space *space, arena_ref ref)
{
    if (ref != 0 && --name_at(space->arena, ref)->users == 0)
        name_remove(space, ref);
}

/* ---- Names of items that were taken out ------------------------------ */

/*
 * The name of an item is kept until the next item is taken. Mostly that is one
 * name, space.popped. There are more if a watcher that is told of an item takes
 * another: the inner call ends first, and then comes the outer one's name. All
 * of them are marked then, space.popped too.
 */

/* Keep a name, whose user the caller gives up. 0 is fine. */
static void keep_popped(struct dict_space *space, arena_ref ref)
{
    arena_ref kept = space->popped;

    if (ref == 0)
        return;
    if (ref == kept || is_marked(space->arena, ref)) {
        name_drop(space, ref); /* it is kept already */
        return;
    }
    if (kept != 0) {
        *holds_of(space->arena, kept) |= DICT_KEPT;
        *holds_of(space->arena, ref) |= DICT_KEPT;
    }
    space->popped = ref;
}

/* Let go of all marked names. The last name of the space takes the table of
   names along. */
static void drop_marked(struct dict_space *space)
{
    const struct dict_keys *keys = keys_at(space->arena, space->names);

    for (uint32_t at = 0; space->names != 0 && at < keys->nentries; at++) {
        unsigned char *entry = entry_of(keys, at);
        arena_ref ref = is_dead(keys, entry) ? 0 : *name_of(keys, entry);

        if (ref != 0 && is_marked(space->arena, ref)) {
            *holds_of(space->arena, ref) &= DICT_USERS_MAX;
            name_drop(space, ref);
        }
    }
}

/* Let go of the names that are kept. */
static void drop_popped(struct dict_space *space)
{
    arena_ref kept = space->popped;

    space->popped = 0;
    if (kept != 0 && is_marked(space->arena, kept))
        drop_marked(space);
    else
        name_drop(space, kept);
}

/* Has the space no names but those that are kept, and otherwise unused? */
static bool has_popped_only(const struct dict_space *space)
{
    const struct dict_keys *keys = keys_at(space->arena, space->names);

    for (uint32_t at = 0; space->names != 0 && at < keys->nentries; at++) {
        unsigned char *entry = entry_of(keys, at);
        arena_ref ref = is_dead(keys, entry) ? 0 : *name_of(keys, entry);

        if (ref != 0 &&
            (name_at(space->arena, ref)->users > 1 ||
             (ref != space->popped && !is_marked(space->arena, ref))))
            return false;
    }
    return true;
}

/* ---- The names in a table -------------------------------------------- */

/* Add one user to each name in a table. */
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

/* Give back a table, and let go of its names; 0 is fine. */
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
    free_ref(space->arena, ref);
}

#endif
