/* What a dict must always be, and how it is laid out. Private, part of
   dict.c. */
#ifndef STRATA_DICT_CHECK_H
#define STRATA_DICT_CHECK_H

#include "find.h"

/* Is ref a block of arena? */
static bool is_sound_ref(const struct arena *arena, arena_ref ref)
{
    return ref != 0 && arena_ref_of(arena, arena_at(arena, ref)) == ref;
}

/* Is a key where its hash leads to, and does its name hold true? */
static bool is_sound_entry(const struct arena *arena,
                           const struct dict_keys *keys, uint32_t at)
{
    unsigned char *entry = entry_of(keys, at);
    arena_ref ref = name_in(keys, entry);
    struct probe probe;
    int32_t i;

    if (ref != 0 && (!is_sound_ref(arena, ref) ||
                     name_at(arena, ref)->hash != *hash_of(keys, entry) ||
                     name_at(arena, ref)->users <= *holds_of(arena, ref)))
        return false;
    if (ref == 0 && keys->kind != DICT_KIND_GENERAL)
        return false;
    probe_start(&probe, keys, *hash_of(keys, entry));
    for (uint32_t left = 2 * slots_of(keys) + 32; left > 0; left--) {
        i = index_get(keys, probe.slot);
        if (i == DICT_EMPTY || i == (int32_t)at)
            return i == (int32_t)at;
        probe_next(&probe);
    }
    return false;
}

static bool is_sound_table(const struct arena *arena,
                           const struct dict_keys *keys)
{
    uint32_t alive = 0, indexed = 0;

    if (keys->nentries + (uint32_t)keys->usable > usable_of(keys->log2))
        return false;
    for (uint32_t slot = 0; slot < slots_of(keys); slot++) {
        int32_t at = index_get(keys, slot);

        if (at >= (int32_t)keys->nentries || at < DICT_DUMMY ||
            (at >= 0 && is_dead(keys, entry_of(keys, (uint32_t)at))))
            return false;
        indexed += at >= 0;
    }
    for (uint32_t at = 0; at < keys->nentries; at++) {
        if (is_dead(keys, entry_of(keys, at)))
            continue;
        if (!is_sound_entry(arena, keys, at))
            return false;
        alive++;
    }
    return alive == indexed && alive == keys->used;
}

/* Do order and bits of the values tell the same, of names that there are? */
static bool is_sound_split(const struct dict *dict)
{
    const struct dict_keys *keys = table_of(dict);
    const struct values *values = values_of(dict);
    uint32_t seen = 0;

    if (keys->kind != DICT_KIND_SHARED || keys->shares == 0 ||
        keys->nentries > DICT_SHAPE_NAMES || keys->nentries > dict->capacity)
        return false;
    if (dict->values == 0)
        return true;
    if (!is_sound_ref(dict->space->arena, dict->values) ||
        values->size > keys->nentries)
        return false;
    for (unsigned i = 0; i < values->size; i++) {
        if (values->order[i] >= keys->nentries)
            return false;
        seen |= (uint32_t)1 << values->order[i];
    }
    return seen == values->present && count_bits(seen) == values->size;
}

static bool is_sound(const struct dict *dict)
{
    if (dict->keys == 0)
        return dict->capacity == 0 && dict->values == 0 && !dict->plain;
    if (!is_sound_ref(dict->space->arena, dict->keys) ||
        !is_sound_table(dict->space->arena, table_of(dict)))
        return false;
    if (is_split(dict))
        return is_sound_split(dict);
    return dict->values == 0 && table_of(dict)->kind < DICT_KIND_SHARED &&
           dict->plain == table_of(dict)->is_tagged;
}

/* ---- Looking in ------------------------------------------------------ */

int dict_check(const struct dict *dict)
{
    if (dict == NULL || dict->space == NULL)
        return ARENA_EINVAL;
    return is_sound(dict) ? ARENA_OK : ARENA_ECORRUPT;
}

void dict_get_stats(const struct dict *dict, struct dict_stats *out)
{
    const struct dict_keys *keys;

    if (out == NULL)
        return;
    memset(out, 0, sizeof *out);
    if (dict == NULL || dict->space == NULL || dict->keys == 0)
        return;
    keys = table_of(dict);
    out->used = (size_t)count_of(dict);
    out->slots = (size_t)slots_of(keys);
    out->width = (size_t)1 << keys->width;
    out->usable = keys->usable;
    out->entries = keys->nentries;
    out->capacity = dict->capacity;
    out->general = keys->kind == DICT_KIND_GENERAL;
    if (!is_split(dict))
        out->bytes = keys_size(keys);
    else if (dict->values != 0)
        out->bytes = values_size(dict);
}

#endif
