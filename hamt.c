/* Persistent map and set: see hamt.h. */
#include "hamt.h"

#include "hamt/check.h"
#include "hamt/digest.h"
#include "hamt/path.h"
#include "hamt/strings.h"
#include "hamt/walk.h"

/* ---- Life ------------------------------------------------------------ */

/* The largest size of entry whose nodes surely fit a size_t and an arena. */
#define HAMT_ENTRY_MAX (((size_t)(arena_ref)-1 - 512) / (2 * HAMT_SLOTS))

static bool is_type_sound(const struct hamt_type *type)
{
    unsigned flags = type->flags;

    return type->entry_size > 0 && type->entry_size <= HAMT_ENTRY_MAX &&
           type->key_size > 0 && type->built_in != NULL &&
           (flags & (HAMT_COUNTED | HAMT_REGION)) !=
               (HAMT_COUNTED | HAMT_REGION) &&
           ((flags & HAMT_KEY_BYTES) == 0 ||
            type->key_size == sizeof(arena_ref)) &&
           ((flags & HAMT_VALUE_BYTES) == 0 ||
            type->value_size == sizeof(arena_ref));
}

int hamt_init(struct hamt *map, struct arena *arena,
              const struct hamt_type *type)
{
    if (map == NULL || arena == NULL || type == NULL || !is_type_sound(type))
        return ARENA_EINVAL;
    map->root = 0;
    map->count = 0;
    map->arena = arena;
    map->type = type;
    return ARENA_OK;
}

/* ---- Reading --------------------------------------------------------- */

/* From this level on nodes are so many that they are not in a cache: what may
   be needed of one is fetched before it is known what will be. */
enum { HAMT_DEEP = 3 };

/*
 * Where a hash leads below the root: to the entries in its slot, or of a
 * collision; sets *count to their number, 0 if there is nothing. Fills path
 * with the nodes on the way, unless it is NULL.
 */
ARENA_FAST unsigned char *follow(const struct hamt *map, uint32_t hash,
                                    size_t *count, struct path *path)
{
    const unsigned char *base = map->arena->base;
    arena_ref ref = map->root, next;
    const struct node *node;
    int level = 0;

    for (;;) {
        uint32_t bit;

        for (; !ARENA_SMALL && is_array(ref); ref = next) {
            next = *array_ref(node_at(base, ref), hash % HAMT_SLOTS);
            if (next == 0)
                break;
            if (path != NULL)
                path->node[level] = ref;
            hash >>= HAMT_CHUNK;
            level++;
        }
        node = node_at(base, ref);
        ARENA_PREFETCH(node + 8);
        if (level >= HAMT_DEEP) {
            ARENA_PREFETCH(node + 16);
            ARENA_PREFETCH(node + 24);
        }
        if (path != NULL) {
            path->node[level] = ref;
            path->depth = level;
        }
        if (level == HAMT_LAST) {
            *count = (size_t)node->entries;
            return entry_at(map->type, node, 0);
        }
        bit = one_bit(hash % HAMT_SLOTS);
        if (node->entries & bit) {
            *count = (node->nodes & bit) != 0 ? 2 : 1;
            return entry_at(map->type, node, count_in(node, bit - 1));
        }
        if ((node->nodes & bit) == 0) {
            *count = 0;
            return NULL;
        }
        ref = ARENA_SMALL ? *ref_in(base, ref, bit) : *bitmap_ref(node, bit);
        hash >>= HAMT_CHUNK;
        level++;
    }
}

/* What is looked for: a key's hash, and the entry that was found. */
struct place {
    uint32_t hash;
    unsigned char *entry;
};

/* Find a key, whose hash stands in place, in a map that is not empty: 1, with
   place->entry its entry, 0, or an error. Fills path, unless it is NULL;
   path->entry is the first in the slot. */
ARENA_FAST int search(const struct hamt *map, const void *key, struct place *place,
                struct path *path)
{
    size_t count;

    place->entry = follow(map, place->hash, &count, path);
    if (path != NULL) {
        path->entry = place->entry;
        path->count = count;
    }
    for (; count > 0; count--, place->entry += map->type->entry_size) {
        int result = is_key(map->arena->base, map->type, key, place->entry);

        if (result != 0)
            return result;
    }
    return 0;
}

/* Find a key of any type, as hamt_find does. */
ARENA_COLD int find_any(const struct hamt *map, const void *key, const void **value)
{
    struct place place;
    int result = hash_key(map->type, key, &place.hash);

    if (result >= 0)
        result = search(map, key, &place, NULL);
    if (result > 0 && value != NULL)
        *value = value_of(map->arena->base, map->type, place.entry);
    return result;
}

/* Get the value of such a key. */
ARENA_COLD const void *get_any(const struct hamt *map, const void *key)
{
    struct place place;

    if (hash_key(map->type, key, &place.hash) < 0 ||
        search(map, key, &place, NULL) <= 0)
        return NULL;
    return value_of(map->arena->base, map->type, place.entry);
}

/* Has a type keys of 4 bytes with no functions for them, and values that are
   no strings? Maps of entity numbers are worth a way of their own. */
ARENA_FAST bool is_of_words(const struct hamt_type *type)
{
    return !ARENA_SMALL && type->built_in == hamt_hash_u32 && type->hash == NULL &&
           type->equal == NULL && type->strings == NULL;
}

/* Get the value of such a key in a map that is not empty. */
ARENA_FAST const void *find_word(const struct hamt *map, const void *key)
{
    const struct hamt_type *type = map->type;
    const unsigned char *entry;
    uint32_t word, other;
    size_t count;

    memcpy(&word, key, sizeof word);
    entry = follow(map, hamt_mix32(word), &count, NULL);
    for (; count > 0; count--, entry += type->entry_size) {
        memcpy(&other, entry + type->key_at, sizeof other);
        if (other == word)
            return entry + type->value_at;
    }
    return NULL;
}

int hamt_find(const struct hamt *map, const void *key, const void **value)
{
    const void *found;

    if (map == NULL || key == NULL)
        return ARENA_EINVAL;
    if (map->root == 0)
        return 0;
    if (!is_of_words(map->type))
        return find_any(map, key, value);
    found = find_word(map, key);
    if (found != NULL && value != NULL)
        *value = found;
    return found != NULL;
}

const void *hamt_get(const struct hamt *map, const void *key)
{
    if (map == NULL || key == NULL || map->root == 0)
        return NULL;
    return is_of_words(map->type) ? find_word(map, key) : get_any(map, key);
}

size_t hamt_count(const struct hamt *map)
{
    return map == NULL ? 0 : map->count;
}

size_t hamt_bytes_size(const void *bytes)
{
    arena_ref size = 0;

    if (bytes != NULL)
        memcpy(&size, (const unsigned char *)bytes - sizeof size, sizeof size);
    return size;
}

/* ---- Adding ---------------------------------------------------------- */

/* Fill path with the way to key, if this map may be changed. Returns 1, with
   path->entry the key's, 0 if the key is absent, or an error. */
static int locate(struct hamt *map, const void *key, struct path *path)
{
    int result = key == NULL ? ARENA_EINVAL : check_change(map);
    struct place place;

    if (result == ARENA_OK)
        result = hash_key(map->type, key, &place.hash);
    if (result < 0)
        return result;
    begin(&path->change, map);
    path->hash = place.hash;
    path->depth = -1;
    path->mine = 0;
    path->count = 0;
    if (map->root == 0)
        return 0;
    result = search(map, key, &place, path);
    if (result > 0)
        path->entry = place.entry;
    while (path->mine <= path->depth && is_mine(map, path->node[path->mine]))
        path->mine++;
    return result;
}

/* Copy the entries of path's slot to another place, with a gap for a new one,
   which path->entry is then, behind the first so many. */
static void insert(struct path *path, unsigned char *to, size_t before)
{
    size_t size = path->change.map->type->entry_size;
    unsigned char *gap = to + before * size;

    if (path->count > 0) {
        memcpy(to, path->entry, before * size);
        memcpy(gap + size, path->entry + before * size,
               (path->count - before) * size);
    }
    path->entry = gap;
}

/* A node for the pair in path's slot, with these hashes, and a new entry; it
   is on the first level on which not all three have the same slot. Sets
   *level to that. */
static arena_ref new_triple(struct path *path, const uint32_t pair[2],
                            int *level)
{
    uint32_t a, b, c;

    for (*level = path->depth + 1; *level < HAMT_LAST; ++*level) {
        a = bit_of(pair[0], *level);
        b = bit_of(pair[1], *level);
        c = bit_of(path->hash, *level);
        if (a != b || b != c)
            return new_node(&path->change, a | b | c,
                            (a & b) | (b & c) | (c & a), *level);
    }
    return new_node(&path->change, 3, 0, HAMT_LAST);
}

/* The last node of path with a sub-node in the slot that has a pair, for that
   and a new entry. */
static arena_ref push_down(struct path *path, const uint32_t pair[2],
                           size_t before)
{
    const struct hamt *map = path->change.map;
    const unsigned char *base = map->arena->base;
    int level;
    arena_ref ref = new_triple(path, pair, &level);

    if (ref != 0)
        insert(path, entry_at(map->type, node_at(base, ref), 0), before);
    while (ref != 0 && --level >= path->depth) {
        uint32_t bit = bit_of(path->hash, level);
        arena_ref above = level > path->depth
                              ? new_node(&path->change, 0, bit, level)
                              : rebuild(&path->change, path->node[level], bit,
                                        HAMT_SUBNODE);

        if (above != 0)
            *ref_in(base, above, bit) = ref;
        ref = above;
    }
    return ref;
}

/* The last node of path, or the first node of all, with room for a new entry
   behind so many that are in its slot. */
static arena_ref widen(struct path *path, size_t before)
{
    const struct hamt *map = path->change.map;
    int level = path->depth;
    uint32_t bit = 1;
    arena_ref ref;

    if (level == HAMT_LAST) {
        ref = new_node(&path->change, (uint32_t)path->count + 1, 0, HAMT_LAST);
    } else if (level < 0) {
        bit = bit_of(path->hash, 0);
        ref = new_node(&path->change, bit, 0, 0);
    } else {
        bit = bit_of(path->hash, level);
        ref = rebuild(&path->change, path->node[level], bit,
                      path->count == 0 ? HAMT_ENTRY : HAMT_PAIR);
    }
    if (ref != 0)
        insert(path, entry_in(map->type, node_at(map->arena->base, ref), bit),
               before);
    return ref;
}

/* Hash the entries in path's slot. Returns how many of them come before a new
   one, in a collision all, or an error. */
ARENA_ONE_COPY int rank(const struct path *path, uint32_t pair[2])
{
    const struct hamt *map = path->change.map;
    const unsigned char *entry = path->entry;
    int before = 0, error;

    if (path->depth == HAMT_LAST)
        return (int)path->count;
    for (size_t i = 0; i < path->count; i++) {
        error = hash_entry(map->arena->base, map->type, entry, &pair[i]);
        if (error < 0)
            return error;
        before += !comes_before(path->hash, pair[i]);
        entry += map->type->entry_size;
    }
    return before;
}

/* Write a new entry. A value that is NULL becomes zeros. Returns false if
   there is no room for its strings. */
static bool write_entry(struct path *path, const void *key, const void *value)
{
    const struct hamt_type *type = path->change.map->type;
    unsigned char *entry = path->entry;

    memset(entry, 0, type->entry_size);
    if ((type->flags & HAMT_KEY_BYTES) == 0)
        memcpy(entry + type->key_at, key, type->key_size);
    if ((type->flags & HAMT_VALUE_BYTES) == 0 && value != NULL)
        memcpy(entry + type->value_at, value, type->value_size);
    return type->strings == NULL ||
           type->strings->write(&path->change, entry, key, value);
}

/* Does an item lie between two addresses? */
static bool is_between(const void *item, const void *start, const void *end)
{
    return (uintptr_t)item >= (uintptr_t)start &&
           (uintptr_t)item < (uintptr_t)end;
}

/* May a new entry go into path's last node where that is: is the node mine,
   and has the slot room? A string might not find any after that. */
static bool is_open(const struct path *path)
{
    return path->depth >= 0 && path->depth < HAMT_LAST && path->count < 2 &&
           path->mine > path->depth && path->change.map->type->strings == NULL;
}

/* Put a new entry into path's last node, behind so many that are in its slot.
   Returns false if its block can't grow, or has the key or value in it. */
static bool squeeze_in(struct path *path, const void *key, const void *value,
                       size_t before)
{
    const struct hamt *map = path->change.map;
    size_t size = map->type->entry_size;
    struct node *node = last_of(path);
    arena_ref ref = path->node[path->depth];
    uint32_t bit = bit_of(path->hash, path->depth);
    unsigned char *end = entry_at(map->type, node, count_in(node, HAMT_ALL_SLOTS));

    if (is_between(key, node, end) || is_between(value, node, end) ||
        !arena_widen(map->arena, home_in(map, ref),
                     bytes_of(map, ref, path->depth) + size))
        return false;
    path->entry = entry_in(map->type, node, bit) + before * size;
    memmove(path->entry + size, path->entry, (size_t)(end - path->entry));
    if (path->count == 0)
        node->entries |= bit;
    else
        node->nodes |= bit;
    return write_entry(path, key, value);
}

/* Add an entry at the end of path, where the key is absent. A value that is
   NULL becomes zeros. Returns 1, with the entry at path->entry, or an error. */
static int add(struct path *path, const void *key, const void *value)
{
    uint32_t pair[2];
    int before = rank(path, pair);
    arena_ref ref;

    if (before < 0)
        return before;
    if (!ARENA_SMALL && is_open(path) &&
        squeeze_in(path, key, value, (size_t)before)) {
        path->change.map->count++;
        return 1;
    }
    ref = path->count == 2 && path->depth < HAMT_LAST
              ? push_down(path, pair, (size_t)before)
              : widen(path, (size_t)before);
    if (ref != 0 && !write_entry(path, key, value))
        ref = 0;
    if (!link(path, ref, path->depth < 0 ? 0 : path->depth))
        return ARENA_ENOMEM;
    path->change.map->count++;
    return 1;
}

/* Give the entry at the end of path another value. Returns 0 or an error. */
static int replace(struct path *path, const void *value)
{
    const struct hamt_strings *strings = path->change.map->type->strings;

    return strings != NULL ? strings->replace(path, value)
                           : replace_plain(path, value);
}

int hamt_set(struct hamt *map, const void *key, const void *value)
{
    struct path path;
    int found = locate(map, key, &path);

    if (found < 0)
        return found;
    if (value == NULL && map->type->value_size > 0)
        return ARENA_EINVAL;
    return found == 0 ? add(&path, key, value) : replace(&path, value);
}

int hamt_edit(struct hamt *map, const void *key, void **value)
{
    struct path path;
    int found = locate(map, key, &path);

    if (found < 0)
        return found;
    if (value == NULL || (map->type->flags & HAMT_VALUE_BYTES))
        return ARENA_EINVAL;
    if (found > 0 && !own(&path))
        return ARENA_ENOMEM;
    if (found > 0)
        *value = path.entry + map->type->value_at;
    return found;
}

int hamt_insert(struct hamt *map, const void *key, void **value)
{
    struct path path;
    int found = locate(map, key, &path);

    if (found < 0)
        return found;
    if (value == NULL || (map->type->flags & HAMT_VALUE_BYTES))
        return ARENA_EINVAL;
    if (found == 0)
        found = add(&path, key, NULL);
    else
        found = own(&path) ? 0 : ARENA_ENOMEM;
    if (found >= 0)
        *value = path.entry + map->type->value_at;
    return found;
}

/* ---- Removing -------------------------------------------------------- */

/* Remove the entry from a node that is mine. */
ARENA_ONE_COPY void erase(const struct path *path)
{
    const struct hamt *map = path->change.map;
    const struct hamt_type *type = map->type;
    arena_ref ref = path->node[path->depth];
    struct node *node = last_of(path);
    size_t entries = count_entries(node, path->depth) - 1;

    memmove(path->entry, path->entry + type->entry_size,
            (size_t)(entry_at(type, node, entries) - path->entry));
    if (path->depth == HAMT_LAST)
        node->entries--;
    else if (path->count == 2)
        node->nodes &= ~bit_of(path->hash, path->depth);
    else
        node->entries &= ~bit_of(path->hash, path->depth);
    arena_trim(map->arena, home_in(map, ref), bytes_of(map, ref, path->depth));
}

/* The lowest level above path's last node on which there is more than this one
   way down, or the root's. */
ARENA_ONE_COPY int fork_of(const struct path *path)
{
    const unsigned char *base = path->change.map->arena->base;
    int level = path->depth;
    const struct node *node;

    do {
        node = node_at(base, path->node[--level]);
    } while (level > 0 && node->entries == 0 &&
             node->nodes == bit_of(path->hash, level));
    return level;
}

/* Copy the two entries that path's does not lead to, of the three in its last
   node. */
static void copy_others(const struct path *path, unsigned char *to)
{
    const struct hamt_type *type = path->change.map->type;
    const unsigned char *first = entry_at(type, last_of(path), 0);
    size_t before = (size_t)(path->entry - first), size = type->entry_size;

    memcpy(to, first, before);
    memcpy(to + before, path->entry + size, 2 * size - before);
}

/* Remove one of three entries in a node without sub-nodes: the other two
   become a pair further up. Returns false if there is no room. */
ARENA_ONE_COPY bool pull_up(struct path *path)
{
    const struct hamt *map = path->change.map;
    int level = fork_of(path);
    uint32_t bit = bit_of(path->hash, level);
    arena_ref ref = rebuild(&path->change, path->node[level], bit, HAMT_PAIR);

    if (ref != 0)
        copy_others(path, entry_in(map->type,
                                   node_at(map->arena->base, ref), bit));
    return link(path, ref, level);
}

/* Remove the entry at the end of path. Returns false if there is no room. */
static bool remove_at(struct path *path)
{
    struct hamt *map = path->change.map;
    const struct hamt_strings *strings = map->type->strings;
    const struct node *node = last_of(path);
    bool is_leaf = path->depth == HAMT_LAST || children_of(node) == 0;
    size_t entries = count_entries(node, path->depth);
    struct strings gone;

    if (strings != NULL)
        strings->read(map->type, path->entry, &gone);
    if (is_leaf && entries == 3 && path->depth > 0) {
        if (!pull_up(path))
            return false;
    } else if (is_leaf && entries == 1) {
        let_go_path(path, 0);
        map->root = 0;
    } else {
        if (!own(path))
            return false;
        erase(path);
    }
    if (strings != NULL)
        strings->drop(map, &gone);
    map->count--;
    return true;
}

int hamt_remove(struct hamt *map, const void *key)
{
    struct path path;
    int found = locate(map, key, &path);

    if (found > 0 && !remove_at(&path))
        return ARENA_ENOMEM;
    return found;
}

/* ---- Versions -------------------------------------------------------- */

/* Make *out one more handle of a version. */
static int retain(const struct hamt *map, struct hamt *out)
{
    if (is_counted(map) && map->root != 0) {
        arena_ref *owners = count_of(map, home_in(map, map->root));

        if (*owners == (arena_ref)-1)
            return ARENA_ENOMEM;
        ++*owners;
    }
    *out = *map;
    return ARENA_OK;
}

/* Give back such a handle: the other one is still there. */
static void unretain(const struct hamt *map)
{
    if (is_counted(map) && map->root != 0)
        --*count_of(map, home_in(map, map->root));
}

/* May *out become a new version of map? */
static int check_version(const struct hamt *map, const struct hamt *out)
{
    int error = out == NULL ? ARENA_EINVAL : check_change(map);

    if (error < 0)
        return error;
    return is_region(map) || (is_counted(map) && map != out) ? ARENA_OK
                                                             : ARENA_EINVAL;
}

int hamt_assoc(const struct hamt *map, const void *key, const void *value,
               struct hamt *out)
{
    struct hamt next;
    int result = check_version(map, out);

    if (result == ARENA_OK)
        result = retain(map, &next);
    if (result < 0)
        return result;
    result = hamt_set(&next, key, value);
    if (result < 0)
        unretain(map);
    else
        *out = next;
    return result;
}

int hamt_without(const struct hamt *map, const void *key, struct hamt *out)
{
    struct hamt next;
    int result = check_version(map, out);

    if (result == ARENA_OK)
        result = retain(map, &next);
    if (result < 0)
        return result;
    result = hamt_remove(&next, key);
    if (result < 0)
        unretain(map);
    else
        *out = next;
    return result;
}

int hamt_retain(const struct hamt *map, struct hamt *out)
{
    int error = check_version(map, out);

    if (error < 0)
        return error;
    return is_counted(map) ? retain(map, out) : ARENA_EINVAL;
}

int hamt_release(struct hamt *map)
{
    int error = check_change(map);
    arena_ref *owners;

    if (error < 0)
        return error;
    if (!is_counted(map))
        return ARENA_EINVAL;
    if (map->root != 0) {
        owners = count_of(map, home_in(map, map->root));
        if (*owners > 1)
            --*owners;
        else
            let_go_all(map);
    }
    map->root = 0;
    map->count = 0;
    return ARENA_OK;
}
