/*
 * Two maps side by side: what differs. Private, part of hamt.c.
 *
 * A diff goes down both maps at once, slot by slot. As the shape is canonical,
 * equal keys are in equal slots. A sub-node that both maps have is passed by,
 * with all that is below it. Where one side has entries in a slot and the other
 * a sub-node, or other entries, the entries go down as if they had a node of
 * their own, slot for slot with the other side: here they are called lone. So
 * the changes come in the order of iteration.
 *
 *      before                 after
 *
 *      A: ACAB ACAD           A: node          slot A: enter the node, and with
 *                                 \            it two lone entries
 *                                 C: ACAD      slot C: ACAB ACAD against ACAD;
 *                                 D: ADA ADB   then D: nothing against a pair
 */
#ifndef STRATA_HAMT_DIFF_H
#define STRATA_HAMT_DIFF_H

#include "strings.h"

/* ---- Sides ----------------------------------------------------------- */

/* What one side has in a slot: `count` entries from the offset `at` on; if
   count is 0, the sub-node `at`; if at is 0, too, nothing. */
struct spot {
    arena_ref at;
    uint8_t count;
};

static void side_init(struct hamt_side *side, const struct hamt *map)
{
    side->base = map->arena->base;
    side->type = map->type;
    side->at[0] = map->root;
    side->lone[0] = 0;
    side->first = 0;
}

/* The entry number `index` of those from an offset on. */
static inline unsigned char *side_entry(const struct hamt_side *side,
                                        arena_ref at, size_t index)
{
    return entry_from(side->base, at) + index * side->type->entry_size;
}

/* The hash of the lone entry number `index` at a level. There are two at most,
   and further down there may be the second alone. */
static inline uint32_t lone_hash(const struct hamt_side *side, int level,
                                 size_t index)
{
    return side->hash[index + (side->at[level] != side->first)];
}

/* The slots in which a side has something, at a level above HAMT_LAST. */
static uint32_t side_slots(const struct hamt_side *side, int level)
{
    const struct node *node = node_at(side->base, side->at[level]);
    uint32_t slots = 0;

    if (side->at[level] == 0)
        return 0;
    if (side->lone[level] == 0)
        return node->entries | node->nodes;
    for (size_t i = 0; i < side->lone[level]; i++)
        slots |= bit_of(lone_hash(side, level, i), level);
    return slots;
}

/* What a side has in a slot, of its lone entries: they are in order. */
static void look_at_lone(const struct hamt_side *side, int level, uint32_t bit,
                         struct spot *spot)
{
    for (size_t i = side->lone[level]; i-- > 0;) {
        if (bit_of(lone_hash(side, level, i), level) != bit)
            continue;
        spot->at = (arena_ref)(side->at[level] + i * side->type->entry_size);
        spot->count++;
    }
}

/* What a side has in a slot, at a level above HAMT_LAST. */
static void look_at(const struct hamt_side *side, int level, uint32_t bit,
                    struct spot *spot)
{
    const struct node *node = node_at(side->base, side->at[level]);

    spot->at = 0;
    spot->count = 0;
    if (side->at[level] == 0)
        return;
    if (side->lone[level] > 0) {
        look_at_lone(side, level, bit, spot);
    } else if (node->entries & bit) {
        spot->at = (arena_ref)(entry_in(side->type, node, bit) - side->base);
        spot->count = (uint8_t)count_in(node, bit);
    } else if (node->nodes & bit) {
        spot->at = *ref_in(side->base, side->at[level], bit);
    }
}

/* Remember the hashes of entries that are about to be lone. */
static int side_prepare(struct hamt_side *side, int level,
                        const struct spot *spot)
{
    if (side->lone[level] > 0 || spot->count == 0)
        return ARENA_OK;
    for (size_t i = 0; i < spot->count; i++) {
        int error = hash_entry(side->base, side->type,
                               side_entry(side, spot->at, i), &side->hash[i]);

        if (error < 0)
            return error;
    }
    side->first = spot->at;
    return ARENA_OK;
}

/* Go down from a level to what a side has in a slot there. */
static void side_enter(struct hamt_side *side, int level,
                       const struct spot *spot)
{
    side->at[level + 1] = spot->at;
    side->lone[level + 1] = spot->count;
}

/* The number of entries that a side has at HAMT_LAST: of a collision, lone
   ones, or none. */
static size_t side_count(const struct hamt_side *side)
{
    if (side->at[HAMT_LAST] == 0 || side->lone[HAMT_LAST] > 0)
        return side->lone[HAMT_LAST];
    return count_entries(node_at(side->base, side->at[HAMT_LAST]), HAMT_LAST);
}

/* The one with the number `index`. */
static unsigned char *side_nth(const struct hamt_side *side, size_t index)
{
    if (side->lone[HAMT_LAST] > 0)
        return side_entry(side, side->at[HAMT_LAST], index);
    return entry_at(side->type, node_at(side->base, side->at[HAMT_LAST]),
                    index);
}

/* ---- Entries --------------------------------------------------------- */

/* Do two entries have the same key? 1, 0 or an error. */
static int are_same_keys(const struct hamt_diff *diff,
                         const unsigned char *before,
                         const unsigned char *after)
{
    const struct hamt_side *b = &diff->before, *a = &diff->after;
    struct arena_bytes view;

    return is_key(a->base, a->type,
                  key_argument(b->base, b->type, before, &view), after);
}

/* Do two entries have the same value? 1, 0 or an error. */
static int are_same_values(const struct hamt_diff *diff,
                           const unsigned char *before,
                           const unsigned char *after)
{
    const struct hamt_side *b = &diff->before, *a = &diff->after;
    struct arena_bytes view_b, view_a;
    const void *vb = value_argument(b->base, b->type, before, &view_b);
    const void *va = value_argument(a->base, a->type, after, &view_a);

    if (b->type->value_size == 0)
        return 1;
    if (b->type->equal_value != NULL)
        return b->type->equal_value(b->type, vb, va);
    if (b->type->flags & HAMT_VALUE_BYTES)
        return are_same_bytes(vb, va);
    return memcmp(vb, va, b->type->value_size) == 0;
}

/* Are `count` entries byte-identical, and so the same? May say false for equal
   ones, never true for different ones. */
static bool are_same_entries(const struct hamt_diff *diff,
                             const unsigned char *before,
                             const unsigned char *after, size_t count)
{
    const struct hamt_side *b = &diff->before, *a = &diff->after;
    bool strings = b->type->flags & (HAMT_KEY_BYTES | HAMT_VALUE_BYTES);

    return (!strings || b->base == a->base) &&
           b->type->entry_size == a->type->entry_size &&
           b->type->key_at == a->type->key_at &&
           b->type->value_at == a->type->value_at &&
           memcmp(before, after, count * b->type->entry_size) == 0;
}

/* Is the slot byte-identical on both sides? As are_same_entries. */
static bool are_identical(const struct hamt_diff *diff,
                          const struct spot *before, const struct spot *after)
{
    const struct hamt_side *b = &diff->before, *a = &diff->after;

    if (before->count != after->count)
        return false;
    if (before->count == 0)
        return before->at == after->at && b->base == a->base;
    return are_same_entries(diff, side_entry(b, before->at, 0),
                            side_entry(a, after->at, 0), before->count);
}

/* ---- Differences ----------------------------------------------------- */

/* Report what becomes of a key: before and after are its entries; NULL where
   it is absent. Returns 1. */
static int report_key(const struct hamt_diff *diff, const unsigned char *before,
                      const unsigned char *after, struct hamt_change *change)
{
    const struct hamt_side *b = &diff->before, *a = &diff->after;

    change->before = change->after = NULL;
    change->kind = HAMT_CHANGED;
    if (after == NULL)
        change->kind = HAMT_REMOVED;
    if (before == NULL)
        change->kind = HAMT_ADDED;
    if (after != NULL) {
        change->key = key_of(a->base, a->type, after);
        change->after = value_of(a->base, a->type, after);
    }
    if (before != NULL) {
        change->key = key_of(b->base, b->type, before);
        change->before = value_of(b->base, b->type, before);
    }
    return 1;
}

/* Report a change if the values of two entries with one key differ. Returns 1,
   0 or an error. */
static int report_changed(const struct hamt_diff *diff,
                          const unsigned char *before,
                          const unsigned char *after,
                          struct hamt_change *change)
{
    int same = are_same_values(diff, before, after);

    if (same != 0)
        return same < 0 ? same : 0;
    return report_key(diff, before, after, change);
}

/*
 * Look for a key at HAMT_LAST. One of find[0], before, and find[1], after, is
 * its entry; the other one becomes its entry on that side, or stays NULL.
 * Returns ARENA_OK or an error.
 *
 * Both sides have what they share in the order in which it was added. So the
 * search begins behind the last twin, where all but new keys are met at once.
 */
static int find_twin(struct hamt_diff *diff, unsigned char *find[2])
{
    const struct hamt_side *other = find[0] != NULL ? &diff->after
                                                    : &diff->before;
    unsigned char **twin = find[0] != NULL ? &find[1] : &find[0];
    size_t count = side_count(other), index = (size_t)diff->twin;

    for (size_t left = count; left > 0; left--, index++) {
        int same = 1;

        if (index >= count)
            index = 0;
        *twin = side_nth(other, index);
        if (!are_same_entries(diff, find[0], find[1], 1))
            same = are_same_keys(diff, find[0], find[1]);
        if (same < 0)
            return same;
        if (same > 0) {
            diff->twin = (uint32_t)index + 1;
            return ARENA_OK;
        }
    }
    *twin = NULL;
    return ARENA_OK;
}

/* Look at an entry of before, and report it if it is removed or changed.
   Returns as hamt_diff_next. */
static int look_at_before(struct hamt_diff *diff, size_t index,
                          struct hamt_change *change)
{
    unsigned char *find[2] = { side_nth(&diff->before, index), NULL };
    int result = find_twin(diff, find);

    if (result < 0)
        return result;
    if (find[1] == NULL)
        return report_key(diff, find[0], NULL, change);
    result = report_changed(diff, find[0], find[1], change);
    diff->met += result >= 0;
    return result;
}

/* Look at an entry of after, and report it if it is new. */
static int look_at_after(struct hamt_diff *diff, size_t index,
                         struct hamt_change *change)
{
    unsigned char *find[2] = { NULL, side_nth(&diff->after, index) };
    int result = find_twin(diff, find);

    if (result < 0 || find[0] != NULL)
        return result;
    diff->met++;
    return report_key(diff, NULL, find[1], change);
}

/* Find the next change among entries with one hash: first in those of before,
   then in those of after, unless all of them have been met. diff->left is here
   the number of entries that have been looked at. Returns as
   hamt_diff_next. */
static int next_at_last(struct hamt_diff *diff, struct hamt_change *change)
{
    size_t before = side_count(&diff->before);
    size_t after = side_count(&diff->after);
    uint32_t *done = &diff->left[HAMT_LAST];

    while (*done < before || (*done < before + after && diff->met < after)) {
        size_t index = (size_t)*done;
        int result;

        if (index == before)
            diff->twin = 0;
        result = index < before ? look_at_before(diff, index, change)
                                : look_at_after(diff, index - before, change);
        if (result >= 0)
            ++*done;
        if (result != 0)
            return result;
    }
    return 0;
}

/* The slots of a mask in which two nodes of one arena have the very same
   sub-node. */
static uint32_t same_children(const unsigned char *base, arena_ref before,
                              arena_ref after, uint32_t mask)
{
    uint32_t same = 0;

    for (; mask != 0; mask &= mask - 1) {
        uint32_t bit = lowest_of(mask);

        if (*ref_in(base, before, bit) == *ref_in(base, after, bit))
            same |= bit;
    }
    return same;
}

/* Are all entries of two nodes byte-identical, and in the same slots? May say
   false for equal ones. */
static bool have_same_entries(const struct hamt_diff *diff,
                              const struct node *before,
                              const struct node *after)
{
    const struct hamt_side *b = &diff->before, *a = &diff->after;
    struct spot all_b, all_a;

    if (before->entries != after->entries || before->nodes != after->nodes ||
        before->entries == 0)
        return false;
    all_b.at = (arena_ref)(entry_at(b->type, before, 0) - b->base);
    all_a.at = (arena_ref)(entry_at(a->type, after, 0) - a->base);
    all_b.count = all_a.count = (uint8_t)count_in(before, HAMT_ALL_SLOTS);
    return are_identical(diff, &all_b, &all_a);
}

/* The slots in which the sides may differ, at a level above HAMT_LAST. Where
   both have nodes, what is the very same is left out all at once. */
static uint32_t slots_to_compare(const struct hamt_diff *diff, int level)
{
    const struct hamt_side *b = &diff->before, *a = &diff->after;
    arena_ref before = b->at[level], after = a->at[level];
    uint32_t slots = side_slots(b, level) | side_slots(a, level);
    const struct node *node_b, *node_a;

    if (before == 0 || after == 0 || b->lone[level] > 0 || a->lone[level] > 0)
        return slots;
    node_b = node_at(b->base, before);
    node_a = node_at(a->base, after);
    if (b->base == a->base)
        slots &= ~same_children(b->base, before, after,
                                children_of(node_b) & children_of(node_a));
    if (have_same_entries(diff, node_b, node_a))
        slots &= ~node_b->entries;
    return slots;
}

/* Go down to what both sides have in a slot. Returns 0 or an error. */
static int enter_both(struct hamt_diff *diff, const struct spot *before,
                      const struct spot *after)
{
    int level = diff->level;
    int error = side_prepare(&diff->before, level, before);

    if (error >= 0)
        error = side_prepare(&diff->after, level, after);
    if (error < 0)
        return error;
    side_enter(&diff->before, level, before);
    side_enter(&diff->after, level, after);
    diff->level = ++level;
    diff->left[level] = level == HAMT_LAST ? 0 : slots_to_compare(diff, level);
    diff->twin = diff->met = 0;
    return 0;
}

/* Look at one slot, and go down if there is more in it than this level tells.
   Returns 1 if it has a change, 0 if not or if the diff went down, or an
   error. */
static int next_in_slot(struct hamt_diff *diff, uint32_t bit,
                        struct hamt_change *change)
{
    struct spot before, after;
    const unsigned char *b, *a;

    look_at(&diff->before, diff->level, bit, &before);
    look_at(&diff->after, diff->level, bit, &after);
    if (are_identical(diff, &before, &after))
        return 0;
    b = before.count == 1 ? side_entry(&diff->before, before.at, 0) : NULL;
    a = after.count == 1 ? side_entry(&diff->after, after.at, 0) : NULL;
    if ((b != NULL && after.at == 0) || (a != NULL && before.at == 0))
        return report_key(diff, b, a, change);
    if (b != NULL && a != NULL) {
        int same = are_same_keys(diff, b, a);

        if (same != 0)
            return same < 0 ? same : report_changed(diff, b, a, change);
    }
    return enter_both(diff, &before, &after);
}

/* Can maps of these types be compared? */
static bool are_comparable(const struct hamt_type *a, const struct hamt_type *b)
{
    unsigned kind = HAMT_KEY_BYTES | HAMT_VALUE_BYTES;

    if (a == NULL || b == NULL)
        return false;
    return a == b ||
           (a->key_size == b->key_size && a->value_size == b->value_size &&
            (a->flags & kind) == (b->flags & kind) && a->hash == b->hash &&
            a->equal == b->equal && a->hash_value == b->hash_value &&
            a->equal_value == b->equal_value);
}

#endif
