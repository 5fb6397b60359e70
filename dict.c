/* A mutable dict that keeps the order of insertion: see dict.h. */
#include "dict.h"

#include "dict/check.h"
#include "dict/space.h"
#include "dict/whole.h"

/* ---- Life ------------------------------------------------------------ */

/* Can there be dicts of type? */
static bool is_type(const struct dict_type *type)
{
    return type != NULL && (type->flags & ~(unsigned)DICT_NAMES) == 0 &&
           (type->key_size > 0 || (type->flags & DICT_NAMES) != 0);
}

int dict_init(struct dict *dict, struct dict_space *space,
              const struct dict_type *type)
{
    if (dict == NULL || space == NULL || space->arena == NULL ||
        !is_type(type))
        return ARENA_EINVAL;
    memset(dict, 0, sizeof *dict);
    dict->space = space;
    dict->type = type;
    touch(dict);
    return ARENA_OK;
}

int dict_shape_init(struct dict_shape *shape, struct dict_space *space,
                    const struct dict_type *type)
{
    struct dict_keys *keys;

    if (shape == NULL || space == NULL || space->arena == NULL ||
        !is_type(type) || (type->flags & DICT_NAMES) == 0)
        return ARENA_EINVAL;
    keys = keys_make(space->arena, type, DICT_KIND_SHARED, DICT_LOG2_SHARED);
    if (keys == NULL)
        return ARENA_ENOMEM;
    shape->space = space;
    shape->type = type;
    shape->keys = arena_ref_of(space->arena, keys);
    return ARENA_OK;
}

int dict_shape_add(struct dict_shape *shape, const struct dict_name *name)
{
    struct sought sought;
    struct dict_keys *keys;
    uint32_t at;

    if (shape == NULL || shape->space == NULL || name == NULL ||
        name->text == NULL)
        return ARENA_EINVAL;
    keys = keys_at(shape->space->arena, shape->keys);
    sought.name = name;
    sought.key = NULL;
    sought.owner = NULL;
    sought.hash = hash_name(name);
    if (find_name(shape->space->arena, keys, name, sought.hash, &at))
        return 0;
    if (keys->usable == 0)
        return ARENA_EFULL;
    return shape_append(shape->space, keys, &sought);
}

int dict_shape_destroy(struct dict_shape *shape)
{
    if (shape == NULL || shape->space == NULL)
        return ARENA_EINVAL;
    shared_drop(shape->space, shape->keys);
    memset(shape, 0, sizeof *shape);
    return ARENA_OK;
}

int dict_init_shape(struct dict *dict, struct dict_shape *shape)
{
    struct dict_keys *keys;
    int error;

    if (shape == NULL || shape->space == NULL)
        return ARENA_EINVAL;
    keys = keys_at(shape->space->arena, shape->keys);
    if (keys->shares == (arena_ref)-1)
        return ARENA_ENOMEM;
    error = dict_init(dict, shape->space, shape->type);
    if (error < 0)
        return error;
    if (keys->usable > 1)
        keys->usable--;
    keys->shares++;
    dict->keys = shape->keys;
    dict->capacity = (uint8_t)(keys->nentries + keys->usable);
    return ARENA_OK;
}

int dict_clear(struct dict *dict)
{
    int error = check_change(dict);
    bool is_empty;

    if (error < 0)
        return error;
    is_empty = is_split(dict) ? split_count(dict) == 0 : dict->keys == 0;
    if (is_split(dict))
        values_free(dict);
    else if (!is_empty)
        drop_all(dict);
    if (is_empty)
        return ARENA_OK;
    touch_keys(dict);
    tell(dict, DICT_CLEARED, NULL, 0);
    return ARENA_OK;
}

int dict_destroy(struct dict *dict)
{
    uint32_t edition;
    int error = check_change(dict);

    if (error < 0)
        return error;
    drop_all(dict);
    touch_keys(dict);
    tell(dict, DICT_DEALLOCATED, NULL, 0);
    edition = dict->edition;
    memset(dict, 0, sizeof *dict);
    dict->edition = edition; /* for iterators that go on */
    return ARENA_OK;
}

/* ---- Reading --------------------------------------------------------- */

int dict_find(const struct dict *dict, const void *key, uintptr_t *value)
{
    struct sought sought;
    uint32_t at;
    int result;

    if (dict == NULL || dict->space == NULL)
        return ARENA_EINVAL;
    result = seek(dict->type, key, &sought);
    if (result < 0)
        return result;
    result = find(dict, &sought, &at);
    if (result > 0 && value != NULL)
        *value = *value_at(dict, at);
    return result;
}

int dict_contains(const struct dict *dict, const void *key)
{
    return dict_get(dict, key, NULL);
}

/* Ask for the version of a table. Returns 0 if there are no more. */
static uint32_t version_of(struct dict_space *space, struct dict_keys *keys)
{
    if (keys->version == 0 && space->keys_version != 0)
        keys->version = space->keys_version++;
    return keys->version;
}

/* Does cache know the table of dict? */
static inline bool is_hit(const struct dict *dict,
                          const struct dict_cache *cache)
{
    return dict->keys != 0 && cache->version != 0 &&
           table_of(dict)->version == cache->version;
}

/* Find key in the table of dict, which may change while it is hashed, and let
   cache know. Returns 1, 0 if it is absent, or an error. */
static int fill_cache(const struct dict *dict, const void *key,
                      struct dict_cache *cache)
{
    struct sought sought;
    uint32_t at;
    int result = seek(dict->type, key, &sought);

    if (result < 0 || dict->keys == 0)
        return result;
    result = keys_find(dict, table_of(dict), &sought, &at);
    if (result <= 0)
        return result;
    cache->version = version_of(dict->space, table_of(dict));
    cache->index = (arena_ref)at;
    return 1;
}

int dict_get_cached(const struct dict *dict, const void *key,
                    struct dict_cache *cache, uintptr_t *value)
{
    int result;

    if (dict == NULL || dict->space == NULL || cache == NULL)
        return ARENA_EINVAL;
    if (!is_hit(dict, cache)) {
        result = fill_cache(dict, key, cache);
        if (result <= 0)
            return result;
    }
    if (is_split(dict) && !has_value(dict, cache->index))
        return 0;
    if (value != NULL)
        *value = *value_at(dict, cache->index);
    return 1;
}

size_t dict_count(const struct dict *dict)
{
    return dict == NULL || dict->space == NULL ? 0 : (size_t)count_of(dict);
}

/* ---- Changing -------------------------------------------------------- */

int dict_put(struct dict *dict, const void *key, uintptr_t value)
{
    struct sought sought;
    uint32_t at = 0;
    int found = find_to_change(dict, key, &sought, &at);

    return found < 0 ? found : bind(dict, &sought, found, at, value);
}

int dict_add_plain(struct dict *dict, const void *key, uintptr_t value)
{
    struct dict_keys *keys = table_of(dict);
    struct dict_plain *entry;
    struct sought sought;

    sought.name = NULL;
    sought.key = key;
    sought.owner = NULL;
    sought.hash = hash_plain(key, sizeof entry->key);
    if (keys->usable == 0)
        return add(dict, &sought, value);
    entry = (struct dict_plain *)(void *)keys_append(keys, sought.hash);
    memcpy(&entry->key, key, sizeof entry->key);
    entry->value = value;
    touch_keys(dict);
    return 1;
}

int dict_setdefault(struct dict *dict, const void *key, uintptr_t value,
                    uintptr_t *result)
{
    struct sought sought;
    uint32_t at = 0;
    int found = find_to_change(dict, key, &sought, &at), added = 0;

    if (found < 0)
        return found;
    if (found > 0)
        value = *value_at(dict, at);
    else
        added = bind(dict, &sought, 0, 0, value);
    if (added >= 0 && result != NULL)
        *result = value;
    return added;
}

int dict_pop(struct dict *dict, const void *key, uintptr_t *value)
{
    struct sought sought;
    uint32_t at = 0;
    arena_ref name;
    int found = find_to_change(dict, key, &sought, &at);

    if (found <= 0)
        return found;
    if (value != NULL)
        *value = *value_at(dict, at);
    name = take_out(dict, at);
    tell(dict, DICT_DELETED, key, 0);
    name_drop(dict->space, name);
    return 1;
}

int dict_remove(struct dict *dict, const void *key)
{
    return dict_pop(dict, key, NULL);
}

int dict_popitem(struct dict *dict, struct dict_item *item)
{
    struct dict_keys *keys;
    arena_ref name, fresh;
    uint32_t at;
    int error = check_change(dict);

    if (error < 0 || item == NULL)
        return error < 0 ? error : ARENA_EINVAL;
    if (count_of(dict) == 0)
        return 0;
    if (is_split(dict)) {
        fresh = remade(dict, DICT_KIND_NAMES, table_of(dict)->log2);
        if (fresh == 0)
            return ARENA_ENOMEM;
        install(dict, fresh);
    }
    keys = table_of(dict);
    at = keys->nentries - (uint32_t)1;
    while (is_dead(keys, entry_of(keys, at)))
        at--;
    item->key = key_told(dict, at, &item->name, &item->both);
    item->value = *value_at(dict, at);
    name = take_out(dict, at);
    keys->nentries = (arena_ref)at;
    tell(dict, DICT_DELETED, item->key, 0);
    name_drop(dict->space, dict->space->popped);
    dict->space->popped = name;
    return 1;
}

int dict_update(struct dict *dict, struct dict *other)
{
    int result = check_change(dict);

    if (result < 0 || other == NULL || other->space == NULL)
        return result < 0 ? result : ARENA_EINVAL;
    if (other->space != dict->space || other->type != dict->type)
        return ARENA_EINVAL;
    if (other == dict || count_of(other) == 0)
        return ARENA_OK;
    if (other->busy == DICT_BUSY_MAX)
        return ARENA_EBUSY;
    dict->busy++;
    other->busy++;
    if (is_worth_cloning(dict, other))
        result = clone_into(dict, other);
    else
        result = merge(dict, other);
    other->busy--;
    dict->busy--;
    return result;
}

int dict_reserve(struct dict *dict, size_t count)
{
    const struct dict_keys *keys;
    arena_ref fresh;
    unsigned kind;
    int error = check_change(dict);

    if (error < 0 || count <= count_of(dict))
        return error;
    if (count > (arena_ref)-1 / sizeof(dict_hash))
        return ARENA_ENOMEM;
    keys = table_of(dict);
    if (is_split(dict) && count <= dict->capacity) {
        if (dict->values == 0)
            dict->values = values_make(dict);
        return dict->values == 0 ? ARENA_ENOMEM : ARENA_OK;
    }
    kind = kind_for(dict, dict->type->key_size > 0);
    if (!is_split(dict) && dict->keys != 0 && keys->kind == kind &&
        keys->usable >= count - keys->used)
        return ARENA_OK;
    fresh = remade(dict, kind, log2_least((uint32_t)count));
    if (fresh == 0)
        return ARENA_ENOMEM;
    install(dict, fresh);
    return ARENA_OK;
}

int dict_shrink(struct dict *dict)
{
    const struct dict_keys *keys;
    arena_ref fresh;
    int error = check_change(dict);

    if (error < 0 || is_split(dict) || dict->keys == 0)
        return error;
    keys = table_of(dict);
    if (keys->used == 0) {
        drop_all(dict);
        dict->edition++;
        return ARENA_OK;
    }
    if (log2_least(keys->used) >= keys->log2)
        return ARENA_OK;
    fresh = remade(dict, keys->kind, log2_least(keys->used));
    if (fresh == 0)
        return ARENA_ENOMEM;
    install(dict, fresh);
    return ARENA_OK;
}

/* ---- Whole dicts ----------------------------------------------------- */

int dict_copy(const struct dict *dict, struct dict *out)
{
    struct dict copy;
    int error;

    if (dict == NULL || out == NULL || dict->space == NULL || out == dict)
        return ARENA_EINVAL;
    error = dict_init(&copy, dict->space, dict->type);
    if (error >= 0 && count_of(dict) > 0)
        error = is_split(dict) ? copy_split(dict, &copy)
                               : copy_own(dict, &copy);
    if (error >= 0)
        *out = copy;
    return error;
}

int dict_equal(const struct dict *a, const struct dict *b)
{
    arena_ref place = 0;
    uint32_t at;
    int result = 1;

    if (a == NULL || b == NULL || a->space == NULL || b->space == NULL ||
        a->type != b->type)
        return ARENA_EINVAL;
    if (a == b || count_of(a) != count_of(b))
        return a == b;
    while (result > 0 && next_entry(a, &place, &at))
        result = is_in(a, at, b);
    return result;
}

/* ---- Iterating ------------------------------------------------------- */

void dict_iter_init(struct dict_iter *iter, const struct dict *dict)
{
    if (iter == NULL)
        return;
    memset(iter, 0, sizeof *iter);
    if (dict == NULL || dict->space == NULL)
        return;
    iter->dict = dict;
    iter->edition = dict->edition;
}

int dict_iter_next(struct dict_iter *iter, const void **key,
                   uintptr_t *value)
{
    const struct dict *dict;
    uint32_t at;

    if (iter == NULL)
        return ARENA_EINVAL;
    dict = iter->dict;
    if (iter->error < 0 || dict == NULL)
        return iter->error;
    if (dict->edition != iter->edition) {
        iter->error = ARENA_ECHANGED;
        return iter->error;
    }
    if (!next_entry(dict, &iter->at, &at)) {
        iter->dict = NULL;
        return 0;
    }
    if (key != NULL)
        *key = key_told(dict, at, &iter->name, &iter->both);
    if (value != NULL)
        *value = *value_at(dict, at);
    return 1;
}
