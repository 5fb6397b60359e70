/* A check of what always holds, as dict.c lists it. Private, part of dict.c. */
#ifndef STRATA_DICT_CHECK_H
#define STRATA_DICT_CHECK_H

#include "find.h"

/* Is ref a block of arena? Others have no reference. */
static bool is_sound_ref(const struct arena *arena, arena_ref ref)
{
    return ref != 0 && arena_ref_of(arena, arena_at(arena, ref)) == ref;
}

/*
 * Does the walk of an entry's hash lead to it, and is its name sound? The name
 * has the same hash, and more users than holds of dict_intern: this entry is
 * one.
 *
 * perturb is 0 after 13 steps at most, and slots_of(keys) more come by all
 * slots: the limit is above that, and ends the walk where no slot is empty.
 */
static bool is_sound_entry(const struct arena *arena,
                           const struct dict_keys *keys, uint32_t at)
{
    unsigned char *entry = entry_of(keys, at);
    arena_ref ref = name_in(keys, entry);
    struct probe probe;
    int32_t i;

    if (ref != 0 && (!is_sound_ref(arena, ref) ||
                     name_at(arena, ref)->hash != *hash_of(keys, entry) ||
                     name_at(arena, ref)->users <= count_holds(arena, ref)))
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

/* Are all entries in the lead dead, and is the next one alive? */
static bool is_sound_lead(struct dict_keys *keys)
{
    arena_ref lead = *lead_of(keys);

    if (lead > keys->nentries)
        return false;
    for (uint32_t at = 0; at < lead; at++) {
        if (!is_dead(keys, entry_of(keys, at)))
            return false;
    }
    return lead == keys->nentries || !is_dead(keys, entry_of(keys, lead));
}

/* Do slots that are taken and entries that are alive go in pairs? There are as
   many of both, and the walk of each entry's hash leads to it. */
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

/* Do order and present list the same names, which the shape has? As many bits
   are set as order has places: so no name is listed twice. */
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

/* A sound dict has no table and nothing else; or a shape's table, and values
   that fit it; or a table of its own, of a kind that has values. */
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
           is_sound_lead(table_of(dict)) &&
           dict->plain == table_of(dict)->is_tagged;
}

#endif
