/* Persistent map and set: see hamt.h. */
#include "hamt.h"

#include "hamt_check.h"
#include "hamt_diff.h"
#include "hamt_path.h"
#include "hamt_walk.h"

/* ---- Life ------------------------------------------------------------ */

/* The largest size of entry whose nodes surely fit a size_t and an arena. */
#define ENTRY_MAX (((size_t)(arena_ref)-1 - 512) / (2 * SLOTS))

static bool is_type_sound(const struct hamt_type *type)
{
    unsigned flags = type->flags;
    size_t entry = type->entry_size;

    return type->key_size > 0 && entry > 0 && entry <= ENTRY_MAX &&
           type->key_at <= entry && type->key_size <= entry - type->key_at &&
           type->value_at <= entry &&
           type->value_size <= entry - type->value_at &&
           type->entry_align == HAMT_ALIGN(entry) &&
           flags <= (HAMT_VALUE_BYTES << 1) - 1u &&
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
    map->arena = arena;
    map->type = type;
    map->root = 0;
    map->count = 0;
    return ARENA_OK;
}

/* ---- Reading --------------------------------------------------------- */

/*
 * Where a hash leads below the root: to the entries in its slot, or of a
 * collision; sets
 * *count to their number, 0 if there is nothing. Fills path with the nodes on
 * the way, unless it is NULL.
 */
FAST unsigned char *follow(const struct hamt *map, uint32_t hash,
                                    size_t *count, struct path *path)
{
    const unsigned char *base = map->arena->base;
    arena_ref ref = map->root, next;
    const struct node *node;
    int level = 0;

    for (;;) {
        uint32_t bit;

        for (; is_array(ref); ref = next) {
            next = *array_ref(node_at(base, ref), hash % SLOTS);
            if (next == 0)
                break;
            if (path != NULL)
                path->node[level] = ref;
            hash >>= CHUNK;
            level++;
        }
        node = node_at(base, ref);
        PREFETCH(node + 8);
        if (path != NULL) {
            path->node[level] = ref;
            path->depth = level;
        }
        if (level == LAST) {
            *count = (size_t)node->entries;
            return entry_at(map->type, node, 0);
        }
        bit = (uint32_t)1 << hash % SLOTS;
        if (node->entries & bit) {
            *count = (node->nodes & bit) != 0 ? 2 : 1;
            return entry_in(map->type, node, bit);
        }
        if ((node->nodes & bit) == 0) {
            *count = 0;
            return NULL;
        }
        ref = *bitmap_ref(node, bit);
        hash >>= CHUNK;
        level++;
    }
}

/* Find a key of any type, as hamt_find does. */
COLD int find_any(const struct hamt *map, const void *key,
                          const void **value)
{
    const unsigned char *base = map->arena->base;
    const struct hamt_type *type = map->type;
    const unsigned char *entry;
    size_t count;
    uint32_t hash;
    int result = hash_key(type, key, &hash);

    if (result < 0)
        return result;
    entry = follow(map, hash, &count, NULL);
    for (; count > 0; count--, entry += type->entry_size) {
        result = is_key(base, type, key, entry);
        if (result > 0 && value != NULL)
            *value = value_of(base, type, entry);
        if (result != 0)
            return result;
    }
    return 0;
}

/* Has a type keys of 4 bytes with no functions for them, and values that are
   no strings? Maps of entity numbers are worth a way of their own. */
FAST bool is_of_words(const struct hamt_type *type)
{
    return !SMALL && type->key_size == sizeof(uint32_t) &&
           type->hash == NULL && type->equal == NULL &&
           (type->flags & (HAMT_KEY_BYTES | HAMT_VALUE_BYTES)) == 0;
}

/* The value of a key in such a map that is not empty; NULL if it is absent. */
FAST const void *find_word(const struct hamt *map, const void *key)
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

/* Get the value of a key of any type. */
COLD const void *get_any(const struct hamt *map, const void *key)
{
    const void *value;

    return find_any(map, key, &value) > 0 ? value : NULL;
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
static int locate(const struct hamt *map, const void *key, struct path *path)
{
    int result = key == NULL ? ARENA_EINVAL : check_change(map);
    size_t left;

    if (result == ARENA_OK)
        result = hash_key(map->type, key, &path->hash);
    if (result < 0)
        return result;
    path->depth = -1;
    path->entry = NULL;
    path->count = 0;
    if (map->root == 0)
        return 0;
    path->entry = follow(map, path->hash, &path->count, path);
    for (left = path->count; left > 0; left--) {
        result = is_key(map->arena->base, map->type, key, path->entry);
        if (result != 0)
            return result;
        path->entry += map->type->entry_size;
    }
    path->entry -= path->count * map->type->entry_size;
    return 0;
}

/* Copy the entries of path's slot to another place, with a gap for a new one,
   which path->entry is then, behind the first so many. */
static void insert(const struct hamt_type *type, struct path *path,
                   unsigned char *to, size_t before)
{
    size_t size = type->entry_size;
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
static arena_ref new_triple(const struct hamt *map, const struct path *path,
                            const uint32_t pair[2], int *level)
{
    uint32_t a, b, c;

    for (*level = path->depth + 1; *level < LAST; ++*level) {
        a = bit_of(pair[0], *level);
        b = bit_of(pair[1], *level);
        c = bit_of(path->hash, *level);
        if (a != b || b != c)
            return new_bitmap(map, a | b | c, (a & b) | (b & c) | (c & a));
    }
    return new_collision(map, 3);
}

/* The last node of path with a sub-node in the slot that has a pair, for that
   and a new entry. Sets *bottom to the lowest level of the new nodes. */
static arena_ref push_down(const struct hamt *map, struct path *path,
                           const uint32_t pair[2], size_t before, int *bottom)
{
    const unsigned char *base = map->arena->base;
    arena_ref ref = new_triple(map, path, pair, bottom);
    int level = *bottom;

    if (ref != 0)
        insert(map->type, path, entry_at(map->type, node_at(base, ref), 0),
               before);
    while (ref != 0 && --level >= path->depth) {
        uint32_t bit = bit_of(path->hash, level);
        arena_ref above = level > path->depth
                              ? new_bitmap(map, 0, bit)
                              : rebuild(map, path->node[level], bit, SUBNODE);

        if (above == 0)
            discard_new(map, path->hash, ref, level + 1, *bottom);
        else
            *ref_in(base, above, bit) = ref;
        ref = above;
    }
    return ref;
}

/* The last node of path, or the first node of all, with room for a new entry
   behind so many that are in its slot. */
static arena_ref widen(const struct hamt *map, struct path *path,
                       size_t before)
{
    const unsigned char *base = map->arena->base;
    int level = path->depth < 0 ? 0 : path->depth;
    uint32_t bit = level < LAST ? bit_of(path->hash, level) : 1;
    arena_ref ref;

    if (level == LAST)
        ref = new_collision(map, path->count + 1);
    else if (path->depth < 0)
        ref = new_bitmap(map, bit, 0);
    else
        ref = rebuild(map, path->node[level], bit,
                      path->count == 0 ? ENTRY : PAIR);
    if (ref != 0)
        insert(map->type, path,
               entry_in(map->type, node_at(base, ref), bit), before);
    return ref;
}

/* Hash the entries in path's slot, and set *before to how many of them come
   before a new one. In a collision all do. Returns ARENA_OK or an error. */
static int rank(const struct hamt *map, const struct path *path,
                uint32_t pair[2], size_t *before)
{
    const unsigned char *entry = path->entry;

    *before = path->count;
    if (path->depth == LAST)
        return ARENA_OK;
    for (size_t i = path->count; i-- > 0;) {
        int error = hash_entry(map->arena->base, map->type,
                               entry + i * map->type->entry_size, &pair[i]);

        if (error < 0)
            return error;
        if (comes_before(path->hash, pair[i]))
            *before = i;
    }
    return ARENA_OK;
}

/* Add an entry at the end of path, where the key is absent. A value that is
   NULL becomes zeros. Returns 1, with the entry at path->entry, or an error. */
static int add(struct hamt *map, struct path *path, const void *key,
               const void *value)
{
    int level = path->depth < 0 ? 0 : path->depth, bottom = level;
    struct strings strings;
    uint32_t pair[2];
    size_t before;
    arena_ref ref;
    int error = rank(map, path, pair, &before);

    if (error < 0)
        return error;
    if (!take_strings(map, key, value, &strings))
        return ARENA_ENOMEM;
    count_mine(map, path);
    ref = path->count == 2 && path->depth < LAST
              ? push_down(map, path, pair, before, &bottom)
              : widen(map, path, before);
    if (ref != 0)
        write_entry(map->type, path->entry, key, value, &strings);
    if (ref == 0 || !link(map, path, ref, level, bottom)) {
        drop_strings(map, &strings);
        return ARENA_ENOMEM;
    }
    map->count++;
    return 1;
}

/* Is a value, as it was passed in, the one of an entry, to the byte? */
static bool is_value(const struct hamt *map, const void *value,
                     const unsigned char *entry)
{
    const struct hamt_type *type = map->type;
    const void *stored = value_of(map->arena->base, type, entry);
    struct arena_bytes view;

    if (type->flags & HAMT_VALUE_BYTES)
        return are_same_bytes(value, argument_of(stored, true, &view));
    return type->value_size == 0 ||
           memcmp(value, stored, type->value_size) == 0;
}

/* Give the entry at the end of path another value. Returns 0 or an error. */
static int replace(struct hamt *map, struct path *path, const void *value)
{
    const struct hamt_type *type = map->type;
    struct strings strings, old;

    if (is_value(map, value, path->entry))
        return 0;
    if (!take_strings(map, NULL, value, &strings))
        return ARENA_ENOMEM;
    if (!own(map, path)) {
        drop_strings(map, &strings);
        return ARENA_ENOMEM;
    }
    if (type->flags & HAMT_VALUE_BYTES) {
        read_strings(type, path->entry, &old);
        memcpy(path->entry + type->value_at, &strings.value,
               sizeof(arena_ref));
        if (!is_region(map))
            drop(map, old.value);
    } else {
        memmove(path->entry + type->value_at, value, type->value_size);
    }
    return 0;
}

int hamt_set(struct hamt *map, const void *key, const void *value)
{
    struct path path;
    int found = locate(map, key, &path);

    if (found < 0)
        return found;
    if (value == NULL && map->type->value_size > 0)
        return ARENA_EINVAL;
    return found == 0 ? add(map, &path, key, value)
                      : replace(map, &path, value);
}

int hamt_edit(struct hamt *map, const void *key, void **value)
{
    struct path path;
    int found = locate(map, key, &path);

    if (found < 0)
        return found;
    if (value == NULL || (map->type->flags & HAMT_VALUE_BYTES))
        return ARENA_EINVAL;
    if (found > 0 && !own(map, &path))
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
        found = add(map, &path, key, NULL);
    else
        found = own(map, &path) ? 0 : ARENA_ENOMEM;
    if (found >= 0)
        *value = path.entry + map->type->value_at;
    return found;
}

/* ---- Removing -------------------------------------------------------- */

/* Remove the entry from a node that is mine. */
static void erase(const struct hamt *map, const struct path *path)
{
    const struct hamt_type *type = map->type;
    arena_ref ref = path->node[path->depth];
    struct node *node = last_of(map, path);
    size_t entries = count_entries(node, path->depth) - 1;

    memmove(path->entry, path->entry + type->entry_size,
            (size_t)(entry_at(type, node, entries) - path->entry));
    if (path->depth == LAST)
        node->entries--;
    else if (path->count == 2)
        node->nodes &= ~bit_of(path->hash, path->depth);
    else
        node->entries &= ~bit_of(path->hash, path->depth);
    arena_trim(map->arena, home_in(map, ref), bytes_of(map, ref, path->depth));
}

/* Remove one of three entries in a node without sub-nodes: the other two
   become a pair, in the first node above that has more than this one way
   down, or in the root. Returns false if there is no room. */
static bool pull_up(struct hamt *map, struct path *path)
{
    const unsigned char *base = map->arena->base;
    size_t size = map->type->entry_size;
    const unsigned char *first = entry_at(map->type, last_of(map, path), 0);
    size_t before = (size_t)(path->entry - first);
    const struct node *node;
    unsigned char *pair;
    int level = path->depth;
    arena_ref ref;
    uint32_t bit;

    do {
        node = node_at(base, path->node[--level]);
        bit = bit_of(path->hash, level);
    } while (level > 0 && node->entries == 0 && node->nodes == bit);

    ref = rebuild(map, path->node[level], bit, PAIR);
    if (ref == 0)
        return false;
    count_mine(map, path);
    pair = entry_in(map->type, node_at(base, ref), bit);
    memcpy(pair, first, before);
    memcpy(pair + before, path->entry + size, 2 * size - before);
    return link(map, path, ref, level, level);
}

/* Remove the entry at the end of path. Returns false if there is no room. */
static bool remove_at(struct hamt *map, struct path *path)
{
    const struct node *node = last_of(map, path);
    bool is_leaf = path->depth == LAST || children_of(node) == 0;
    size_t entries = count_entries(node, path->depth);
    struct strings gone;

    read_strings(map->type, path->entry, &gone);
    if (is_leaf && entries == 3 && path->depth > 0) {
        if (!pull_up(map, path))
            return false;
    } else if (is_leaf && entries == 1) {
        count_mine(map, path);
        let_go_path(map, path, 0);
        map->root = 0;
    } else {
        if (!own(map, path))
            return false;
        erase(map, path);
    }
    if (!is_region(map))
        drop_strings(map, &gone);
    map->count--;
    return true;
}

int hamt_remove(struct hamt *map, const void *key)
{
    struct path path;
    int found = locate(map, key, &path);

    if (found > 0 && !remove_at(map, &path))
        return ARENA_ENOMEM;
    return found;
}

/* ---- Versions -------------------------------------------------------- */

/* Make *out one more handle of a version. */
static int retain(const struct hamt *map, struct hamt *out)
{
    if (is_counted(map) && map->root != 0) {
        if (*count_of(map, home_in(map, map->root)) == (arena_ref)-1)
            return ARENA_ENOMEM;
        ++*count_of(map, home_in(map, map->root));
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
    if (map == NULL || out == NULL)
        return ARENA_EINVAL;
    if (is_counted(map))
        return map == out ? ARENA_EINVAL : ARENA_OK;
    return map->type->flags & HAMT_REGION ? ARENA_OK : ARENA_EINVAL;
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
    if (map == NULL || out == NULL || map == out || !is_counted(map))
        return ARENA_EINVAL;
    return retain(map, out);
}

int hamt_release(struct hamt *map)
{
    if (map == NULL || !is_counted(map))
        return ARENA_EINVAL;
    return hamt_clear(map);
}
