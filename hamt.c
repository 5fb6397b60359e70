/* Persistent map and set: the calls of hamt.h, in its order. */
#include "hamt.h"

#include "hamt/node.h"
#include "hamt/items.h"
#include "hamt/build.h"
#include "hamt/path.h"
#include "hamt/strings.h"
#include "hamt/find.h"
#include "hamt/change.h"
#include "hamt/walk.h"
#include "hamt/diff.h"
#include "hamt/digest.h"
#include "hamt/check.h"

/* ---- Types ----------------------------------------------------------- */

int hamt_hash_u8(const struct hamt_type *type, const void *key, uint32_t *hash)
{
    (void)type;
    *hash = hamt_mix32(*(const unsigned char *)key);
    return 0;
}

int hamt_hash_u16(const struct hamt_type *type, const void *key,
                  uint32_t *hash)
{
    uint16_t word;

    (void)type;
    memcpy(&word, key, sizeof word);
    *hash = hamt_mix32(word);
    return 0;
}

int hamt_hash_u32(const struct hamt_type *type, const void *key,
                  uint32_t *hash)
{
    (void)type;
    memcpy(hash, key, sizeof *hash);
    *hash = hamt_mix32(*hash);
    return 0;
}

int hamt_hash_u64(const struct hamt_type *type, const void *key,
                  uint32_t *hash)
{
    uint64_t word;

    (void)type;
    memcpy(&word, key, sizeof word);
    *hash = (uint32_t)hamt_mix64(word);
    return 0;
}

int hamt_hash_bytes(const struct hamt_type *type, const void *key,
                    uint32_t *hash)
{
    *hash = hamt_murmur(key, type->key_size, 0);
    return 0;
}

int hamt_hash_string(const struct hamt_type *type, const void *key,
                     uint32_t *hash)
{
    const struct arena_bytes *string = key;

    (void)type;
    *hash = hamt_murmur(string->data, string->size, 0);
    return 0;
}

const struct hamt_strings hamt_strings = {
    is_string_key, hash_string_key, write_strings,
    replace_string, read_strings, drop_strings
};

const struct hamt_counts hamt_counts = { share };

/* ---- Hashes ---------------------------------------------------------- */

uint32_t hamt_mix32(uint32_t x)
{
    return mix32(x);
}

uint64_t hamt_mix64(uint64_t x)
{
    return mix64(x);
}

uint32_t hamt_murmur(const void *data, size_t size, uint32_t seed)
{
    return murmur(data, size, seed);
}

uint32_t hamt_siphash(const void *data, size_t size,
                      const unsigned char key[8])
{
    return halfsiphash(data, size, key);
}

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

/* ---- Changing -------------------------------------------------------- */

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

int hamt_remove(struct hamt *map, const void *key)
{
    struct path path;
    int found = locate(map, key, &path);

    if (found > 0 && !remove_at(&path))
        return ARENA_ENOMEM;
    return found;
}

int hamt_edit_all(struct hamt *map,
                  int (*each)(void *user, const void *key, void *value),
                  void *user)
{
    int result = check_map(map), mine = 0;
    struct hamt_iter walk;
    unsigned char *entry;
    arena_ref *child, spare;

    if (result < 0)
        return result;
    if (each == NULL || (map->type->flags & HAMT_VALUE_BYTES))
        return ARENA_EINVAL;
    if (map->root == 0)
        return 0;
    if (!take_spares(map, &spare))
        return ARENA_ENOMEM;
    walk_init(&walk, map);
    enter_mine(map, &walk, &map->root, &mine, &spare);
    while (walk.level >= 0 && result == 0) {
        switch (walk_step(&walk, &entry, &child)) {
        case HAMT_WALK_ENTRY:
            result = each(user, key_of(walk.base, walk.type, entry),
                          entry + walk.type->value_at);
            break;
        case HAMT_WALK_DOWN:
            enter_mine(map, &walk, child, &mine, &spare);
            break;
        default:
            walk.level--;
            break;
        }
    }
    discard_spares(map, spare);
    return result;
}

int hamt_clear(struct hamt *map)
{
    int error = check_map(map);

    if (error < 0)
        return error;
    if (!is_region(map))
        let_go_all(map);
    map->root = 0;
    map->count = 0;
    return ARENA_OK;
}

/* ---- Versions -------------------------------------------------------- */

/* Make *out one more handle of a version. */
static int retain(const struct hamt *map, struct hamt *out)
{
    if (is_counted(map) && map->root != 0 &&
        !add_handle(map->arena, home_in(map, map->root)))
        return ARENA_ENOMEM;
    *out = *map;
    return ARENA_OK;
}

/* Give back such a handle: the other one is still there. */
static void unretain(const struct hamt *map)
{
    if (is_counted(map) && map->root != 0)
        --*owners_of(map->arena, home_in(map, map->root));
}

/* May *out become a new version of map? */
static int check_version(const struct hamt *map, const struct hamt *out)
{
    int error = out == NULL ? ARENA_EINVAL : check_map(map);

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
    int error = check_map(map);

    if (error < 0)
        return error;
    if (!is_counted(map))
        return ARENA_EINVAL;
    let_go_all(map);
    map->root = 0;
    map->count = 0;
    return ARENA_OK;
}

/* ---- Whole maps ------------------------------------------------------ */

int hamt_equal(const struct hamt *a, const struct hamt *b)
{
    struct hamt_change change;
    struct hamt_diff diff;
    int result;

    hamt_diff_init(&diff, a, b);
    if (diff.error < 0)
        return diff.error;
    if (a->count != b->count)
        return 0;
    result = hamt_diff_next(&diff, &change);
    return result < 0 ? result : result == 0;
}

int hamt_hash(const struct hamt *map, uint32_t *hash)
{
    struct hamt_iter iter;
    const void *key, *value;
    uint32_t sum = 0;

    if (map == NULL || hash == NULL)
        return ARENA_EINVAL;
    hamt_iter_init(&iter, map);
    while (hamt_iter_next(&iter, &key, &value) > 0) {
        int error = toggle(map->type, key, value, &sum);

        if (error < 0)
            return error;
    }
    *hash = sum;
    return ARENA_OK;
}

int hamt_rehash(const struct hamt *old, uint32_t old_hash,
                const struct hamt *map, uint32_t *hash)
{
    struct hamt_change change;
    struct hamt_diff diff;
    int more, error = ARENA_OK;

    if (hash == NULL)
        return ARENA_EINVAL;
    hamt_diff_init(&diff, old, map);
    while ((more = hamt_diff_next(&diff, &change)) > 0) {
        if (change.kind != HAMT_ADDED)
            error = toggle(old->type, change.key, change.before, &old_hash);
        if (error >= 0 && change.kind != HAMT_REMOVED)
            error = toggle(map->type, change.key, change.after, &old_hash);
        if (error < 0)
            return error;
    }
    if (more == 0)
        *hash = old_hash;
    return more;
}

int hamt_copy(const struct hamt *map, struct arena *to, struct hamt *out)
{
    arena_ref made[HAMT_LEVELS], *child;
    struct hamt_iter walk;
    struct hamt copy;
    struct change change;
    unsigned char *entry;
    bool done = true;

    if (map == NULL || out == NULL || hamt_init(&copy, to, map->type) < 0)
        return ARENA_EINVAL;
    begin(&change, &copy);
    walk_init(&walk, map);
    if (map->root != 0)
        done = copy_down(&change, &walk, map->root, &copy.root);
    made[0] = copy.root;
    while (done && walk.level >= 0) {
        const unsigned char *from = (unsigned char *)walk_node(&walk);
        unsigned char *twin =
            (unsigned char *)node_at(to->base, made[walk.level]);
        arena_ref *slot;

        switch (walk_step(&walk, &entry, &child)) {
        case HAMT_WALK_ENTRY:
            done = copy_strings(&change, walk.base, entry,
                                twin + (entry - from));
            break;
        case HAMT_WALK_DOWN:
            slot = (arena_ref *)(void *)(twin +
                                         ((unsigned char *)child - from));
            done = copy_down(&change, &walk, *child, slot);
            made[walk.level] = *slot;
            break;
        default:
            walk.level--;
            break;
        }
    }
    if (!done) {
        undo(&change);
        return ARENA_ENOMEM;
    }
    copy.count = map->count;
    *out = copy;
    return ARENA_OK;
}

/* ---- Iterating ------------------------------------------------------- */

void hamt_iter_init(struct hamt_iter *iter, const struct hamt *map)
{
    if (iter == NULL)
        return;
    iter->level = -1;
    if (map == NULL || map->root == 0)
        return;
    walk_init(iter, map);
    walk_enter(iter, map->root);
}

int hamt_iter_next(struct hamt_iter *iter, const void **key,
                   const void **value)
{
    unsigned char *entry;
    arena_ref *child;

    while (iter != NULL && iter->level >= 0) {
        switch (walk_step(iter, &entry, &child)) {
        case HAMT_WALK_ENTRY:
            if (key != NULL)
                *key = key_of(iter->base, iter->type, entry);
            if (value != NULL)
                *value = value_of(iter->base, iter->type, entry);
            return 1;
        case HAMT_WALK_DOWN:
            walk_enter(iter, *child);
            break;
        default:
            iter->level--;
            break;
        }
    }
    return iter == NULL ? ARENA_EINVAL : 0;
}

/* ---- Differences ----------------------------------------------------- */

void hamt_diff_init(struct hamt_diff *diff, const struct hamt *before,
                    const struct hamt *after)
{
    if (diff == NULL)
        return;
    diff->level = -1;
    diff->error = ARENA_EINVAL;
    if (before == NULL || after == NULL ||
        !are_comparable(before->type, after->type))
        return;
    diff->error = ARENA_OK;
    side_init(&diff->before, before);
    side_init(&diff->after, after);
    if (before->root == after->root && before->arena == after->arena)
        return;
    diff->level = 0;
    diff->left[0] = differing(diff, 0);
}

int hamt_diff_next(struct hamt_diff *diff, struct hamt_change *change)
{
    if (diff == NULL || change == NULL)
        return ARENA_EINVAL;
    while (diff->level >= 0) {
        int level = diff->level, result;
        uint32_t bit = lowest_of(diff->left[level]);

        if (level == HAMT_LAST) {
            result = next_at_last(diff, change);
            if (result != 0)
                return result;
        } else if (bit != 0) {
            result = next_in_slot(diff, bit, change);
            if (result >= 0)
                diff->left[level] -= bit;
            if (result != 0)
                return result;
            continue;
        }
        diff->level--;
    }
    return diff->error;
}

/* ---- Looking in ------------------------------------------------------ */

void hamt_get_stats(const struct hamt *map, struct hamt_stats *out)
{
    const arena_ref *slot;
    struct hamt_iter walk;

    if (out == NULL)
        return;
    memset(out, 0, sizeof *out);
    if (map == NULL || map->root == 0)
        return;
    walk_init(&walk, map);
    for (slot = &map->root; slot != NULL; slot = walk_next_node(&walk)) {
        walk_enter(&walk, *slot);
        count_node(map, &walk, out);
    }
}

int hamt_check(const struct hamt *map)
{
    uint32_t slots[HAMT_LEVELS] = { 0 };
    struct seen last = { NULL, 0 };
    struct hamt_iter walk;
    unsigned char *entry;
    arena_ref *child;
    size_t count = 0;
    int error = ARENA_OK;

    if (map == NULL || map->type == NULL)
        return ARENA_EINVAL;
    walk_init(&walk, map);
    if (map->root != 0) {
        if (!is_node_sound(map, map->root, 0))
            return ARENA_ECORRUPT;
        walk_enter(&walk, map->root);
    }
    while (walk.level >= 0 && error == ARENA_OK) {
        int level = walk.level;
        uint32_t left = walk.left[level];

        switch (walk_step(&walk, &entry, &child)) {
        case HAMT_WALK_ENTRY:
            error = check_entry(map, &walk, entry, slots[level], &last);
            count++;
            break;
        case HAMT_WALK_DOWN:
            if (!is_node_sound(map, *child, level + 1) ||
                !is_seen_with(map, walk.node[level], *child))
                return ARENA_ECORRUPT;
            slots[level + 1] =
                slots[level] | (uint32_t)lowest_bit(left - walk.left[level])
                                   << level * HAMT_CHUNK;
            walk_enter(&walk, *child);
            break;
        default:
            walk.level--;
            break;
        }
    }
    return error != ARENA_OK || count == map->count ? error : ARENA_ECORRUPT;
}
