/*
 * Persistent map and set: the calls of hamt.h, in its order.
 *
 * What always holds in a map:
 *
 *   Shape     It is canonical: the same entries make the same nodes, whatever
 *             was added and removed before. A slot has nothing, an entry, a
 *             pair, or a sub-node for three entries or more.
 *   Order     A node's entries lie in the order of iteration: by the chunks of
 *             their hashes from the lowest; with one hash, in the order in
 *             which they were added.
 *   Versions  What a held, retained or region version sees is never written
 *             to. A node is mine, and so may be changed in place, only if
 *             nothing but this handle can see it, and if the node above is
 *             mine (arena/modes.h).
 *   Owners    In a counted map each block counts the handles and nodes that
 *             refer to it. In the other modes no node counts anything.
 *   Changes   Nothing that exists is touched before the last block is there.
 *             So a change that finds no room gives its blocks back, and no
 *             version has seen any of it.
 */
#include "hamt.h"

/* Its rooms, lowest first. */
#include "hamt/hashes.h"  /* MurmurHash3, HalfSipHash                    */
#include "hamt/node.h"    /* layout: two bitmaps, references, entries    */
#include "hamt/parts.h"   /* what other modules see: nodes, and follow   */
#include "hamt/items.h"   /* keys and values: hashing, comparing         */
#include "hamt/build.h"   /* making nodes                                */
#include "hamt/path.h"    /* the way to a key, and from its end back     */
#include "hamt/strings.h" /* byte strings                                */
#include "hamt/find.h"    /* from a key to its entry                     */
#include "hamt/change.h"  /* adding, replacing, removing an entry        */
#include "hamt/walk.h"    /* all nodes: letting go, copying, owning      */
#include "hamt/diff.h"    /* two maps side by side                       */
#include "hamt/digest.h"  /* hashes of contents                          */
#include "hamt/check.h"   /* the invariants above: do they hold?         */

/* ---- Types ----------------------------------------------------------- */

int hamt_hash_u8(const struct hamt_type *type, const void *key, uint32_t *hash)
{
    (void)type;
    *hash = hamt_mix32(*(const unsigned char *)key);
    return 0;
}

int hamt_hash_u16(const struct hamt_type *type, const void *key, uint32_t *hash)
{
    uint16_t word;

    (void)type;
    memcpy(&word, key, sizeof word);
    *hash = hamt_mix32(word);
    return 0;
}

int hamt_hash_u32(const struct hamt_type *type, const void *key, uint32_t *hash)
{
    (void)type;
    memcpy(hash, key, sizeof *hash);
    *hash = hamt_mix32(*hash);
    return 0;
}

int hamt_hash_u64(const struct hamt_type *type, const void *key, uint32_t *hash)
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
    is_string_key,  hash_string_key, write_strings,
    replace_string, read_strings,    drop_strings,
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

uint32_t hamt_siphash(const void *data, size_t size, const unsigned char key[8])
{
    return halfsiphash(data, size, key);
}

/* ---- Life ------------------------------------------------------------ */

/* The largest size of entry whose nodes surely fit a size_t and an arena. */
#define HAMT_ENTRY_MAX (((size_t)(arena_ref)-1 - 512) / (2 * HAMT_SLOTS))

/* Do a type's sizes, flags and functions fit together? */
/* Does an entry have room for `size` bytes at an offset? */
static bool is_in_entry(const struct hamt_type *type, arena_ref at,
                        arena_ref size)
{
    return at <= type->entry_size && size <= type->entry_size - at;
}

/* Do sizes, offsets and alignment of entries fit? */
static bool is_layout_sound(const struct hamt_type *type)
{
    arena_ref align = type->entry_align;

    return type->entry_size > 0 && type->entry_size <= HAMT_ENTRY_MAX &&
           type->key_size > 0 &&
           is_in_entry(type, type->key_at, type->key_size) &&
           is_in_entry(type, type->value_at, type->value_size) &&
           align >= HAMT_ALIGN_MIN && align <= ARENA_ALIGN &&
           (align & (align - 1)) == 0;
}

/* Does a type have the parts that its flags need? */
static bool is_type_sound(const struct hamt_type *type)
{
    unsigned flags = type->flags, modes = HAMT_COUNTED | HAMT_REGION;

    return is_layout_sound(type) && type->built_in != NULL &&
           (flags & modes) != modes &&
           ((flags & HAMT_COUNTED) == 0 || type->counts != NULL) &&
           ((flags & (HAMT_KEY_BYTES | HAMT_VALUE_BYTES)) == 0 ||
            type->strings != NULL) &&
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

/*
 * A change has three steps: locate the key, make what is new, put that in the
 * place of what was. Only the last one writes to what exists, and it cannot
 * fail. Key and value are copied in the second: so they may lie in what the
 * third lets go of.
 */

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

/* The blocks for all copies are taken before the first call of each, so it
   cannot run out of room after a value has changed. */
int hamt_edit_all(struct hamt *map,
                  int (*each)(void *user, const void *key, void *value),
                  void *user)
{
    int result = check_map(map), mine = 0, step;
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
    while (result == 0 &&
           (step = walk_on(&walk, &entry, &child)) != HAMT_WALK_UP) {
        if (step == HAMT_WALK_DOWN)
            enter_mine(map, &walk, child, &mine, &spare);
        else
            result = each(user, key_of(walk.base, walk.type, entry),
                          entry + walk.type->value_at);
    }
    free_spares(map, spare);
    return result;
}

int hamt_clear(struct hamt *map)
{
    int error = check_map(map);

    if (error < 0)
        return error;
    if (!is_region(map)) /* there, other versions may have these nodes */
        let_go_all(map);
    map->root = 0;
    map->count = 0;
    return ARENA_OK;
}

/* ---- Versions -------------------------------------------------------- */

/*
 * assoc and without are set and remove by a second handle of the same version.
 * As that has two owners then, or no owner in a region map, none of its nodes
 * is mine: the change copies its way, and the first handle sees none of it.
 */

/* Make *out one more handle of this version. */
static int retain(const struct hamt *map, struct hamt *out)
{
    if (is_counted(map) && map->root != 0 &&
        !add_handle(map->arena, home_in(map, map->root)))
        return ARENA_ENOMEM;
    *out = *map;
    return ARENA_OK;
}

/* May *out become a version made from map? */
static int check_version(const struct hamt *map, const struct hamt *out)
{
    int error = out == NULL ? ARENA_EINVAL : check_map(map);

    if (error < 0)
        return error;
    return is_region(map) || (is_counted(map) && map != out) ? ARENA_OK
                                                             : ARENA_EINVAL;
}

/* Make *next a handle of map's version that can be changed: it will be *out. */
static int branch(const struct hamt *map, const struct hamt *out,
                  struct hamt *next)
{
    int error = check_version(map, out);

    return error < 0 ? error : retain(map, next);
}

/* Make *out what *next has become by a change with this result. If that is an
   error, next goes; map's own handle still keeps its version. */
static int finish(const struct hamt *map, const struct hamt *next,
                  struct hamt *out, int result)
{
    if (result >= 0)
        *out = *next;
    else if (is_counted(map) && map->root != 0)
        --*owners_of(map->arena, home_in(map, map->root));
    return result;
}

int hamt_assoc(const struct hamt *map, const void *key, const void *value,
               struct hamt *out)
{
    struct hamt next;
    int error = branch(map, out, &next);

    return error < 0 ? error
                     : finish(map, &next, out, hamt_set(&next, key, value));
}

int hamt_without(const struct hamt *map, const void *key, struct hamt *out)
{
    struct hamt next;
    int error = branch(map, out, &next);

    return error < 0 ? error : finish(map, &next, out, hamt_remove(&next, key));
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

/* Maps are equal if their diff is empty. */
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
    struct hamt copy;
    struct change change;

    if (map == NULL || out == NULL || hamt_init(&copy, to, map->type) < 0)
        return ARENA_EINVAL;
    begin(&change, &copy);
    if (map->root != 0 && !copy_all(&change, map)) {
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

/* Not by walk_on: one call more takes a Cortex-M0 above the limit of stack. */
int hamt_iter_next(struct hamt_iter *iter, const void **key, const void **value)
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
    diff->left[0] = slots_to_compare(diff, 0);
}

/* A slot is taken off those left only when it has been looked at without an
   error: so the next call tries it again. */
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
    for (slot = &map->root; slot != NULL; slot = walk_to_node(&walk)) {
        walk_enter(&walk, *slot);
        count_node(map, &walk, out);
    }
}

int hamt_check(const struct hamt *map)
{
    uint32_t slots[HAMT_LEVELS] = { 0 }; /* that lead to the walk's nodes */
    struct seen last = { NULL, 0 };
    struct hamt_iter walk;
    unsigned char *entry;
    arena_ref *child;
    size_t count = 0, nodes = 1;
    int error = ARENA_OK, step;

    if (map == NULL || map->type == NULL)
        return ARENA_EINVAL;
    walk_init(&walk, map);
    if (map->root != 0) {
        if (!is_node_sound(map, map->root, 0))
            return ARENA_ECORRUPT;
        walk_enter(&walk, map->root);
    }
    while (error == ARENA_OK &&
           (step = walk_on(&walk, &entry, &child)) != HAMT_WALK_UP) {
        uint32_t above = slots[walk.level];

        if (step == HAMT_WALK_ENTRY) {
            error = check_entry(map, &walk, entry, above, &last);
            if (++count > map->count)
                return ARENA_ECORRUPT;
        } else {
            if (!is_child_sound(map, &walk, *child) ||
                ++nodes > map->arena->blocks)
                return ARENA_ECORRUPT;
            slots[walk.level + 1] = slots_below(&walk, above);
            walk_enter(&walk, *child);
        }
    }
    return error != ARENA_OK || count == map->count ? error : ARENA_ECORRUPT;
}
