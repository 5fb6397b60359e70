/*
 * What contexts know of their maps' inside. Private, part of context.c.
 *
 * A map of hamt.h is told by functions how to hash and to compare, and finds
 * out at each call what it is and where the owners of its root are counted.
 * That takes longer than the rest of a get, or of a copy. Here both are known
 * beforehand. Where small code is wanted (-Os) all goes by hamt.h's calls.
 */
#ifndef STRATA_CONTEXT_MAP_H
#define STRATA_CONTEXT_MAP_H

#include "context.h"
#include "hamt/node.h"

/* What maps of contexts hold. */
struct entry {
    const struct context_var *var;
    uintptr_t value;
};

/* Ids are hashes as they are: variables numbered from 0 fill the nodes
   evenly, and their order can be foreseen. */
static int hash_var(const struct hamt_type *type, const void *key,
                    uint32_t *hash)
{
    const struct context_var *var;

    (void)type;
    memcpy(&var, key, sizeof var);
    *hash = var->id;
    return 0;
}

static int is_same_var(const struct hamt_type *type, const void *a,
                       const void *b)
{
    (void)type;
    return memcmp(a, b, sizeof(struct context_var *)) == 0;
}

static const struct hamt_type variables =
    HAMT_TYPE_WITH(struct entry, var, value, HAMT_COUNTED, hash_var,
                   is_same_var, NULL, NULL);

/* ---- Finding ---------------------------------------------------------- */

/* Of so many entries the one of var; NULL if there is none. */
static inline unsigned char *find_among(unsigned char *entry, size_t count,
                                        const struct context_var *var)
{
    const struct context_var *found;

    for (; count > 0; count--, entry += sizeof(struct entry)) {
        memcpy(&found, entry + offsetof(struct entry, var), sizeof found);
        if (found == var)
            return entry;
    }
    return NULL;
}

/* The same in the slot of bit in a node, if that has entries. */
static inline unsigned char *find_in_slot(const struct node *node,
                                          uint32_t bit,
                                          const struct context_var *var)
{
    return find_among(entry_at(&variables, node, count_in(node, bit - 1)),
                      (node->nodes & bit) != 0 ? 2 : 1, var);
}

/* The entry of var in map; NULL if it has none. */
ARENA_FAST unsigned char *find_in(const struct hamt *map,
                            const struct context_var *var)
{
    const unsigned char *base = map->arena->base;
    arena_ref ref = map->root, next;
    uint32_t hash = var->id;
    const struct node *node;

    if (ref == 0)
        return NULL;
    for (int level = 0; level < HAMT_LAST; level++, ref = next, hash >>= HAMT_CHUNK) {
        uint32_t bit = one_bit(hash % HAMT_SLOTS);

        node = node_at(base, ref);
        if (is_array(ref)) {
            next = *array_ref(node, hash % HAMT_SLOTS);
            if (next != 0)
                continue;
        }
        if (node->entries & bit)
            return find_in_slot(node, bit, var);
        if ((node->nodes & bit) == 0)
            return NULL;
        next = *bitmap_ref(node, bit);
    }
    node = node_at(base, ref);
    return find_among(entry_at(&variables, node, 0), (size_t)node->entries,
                      var);
}

/* As context_find, of what is not NULL. */
static inline int find(const struct context *context,
                       const struct context_var *var, uintptr_t *value)
{
    const unsigned char *entry;
    const void *found;

    if (ARENA_SMALL) {
        int result = hamt_find(&context->map, &var, &found);

        if (result > 0)
            memcpy(value, found, sizeof *value);
        return result;
    }
    entry = find_in(&context->map, var);
    if (entry == NULL)
        return 0;
    memcpy(value, entry + offsetof(struct entry, value), sizeof *value);
    return 1;
}

/* ---- Owners ----------------------------------------------------------- */

/* Where the owners of a root are counted: 0 if nothing is, or by hamt.h. */
static inline arena_ref home_of_root(const struct hamt *map)
{
    return ARENA_SMALL || map->root == 0
               ? 0
               : home_of(map->arena->base, &variables, map->root);
}

/* The count of the owners of context's root, which has a home. */
static inline arena_ref *owners(const struct context *context)
{
    return &block_at(context->map.arena, context->home)->next;
}

/* The value of var in context, if it lies in a root that no other context has
   and so may be written to; else NULL, and hamt.h knows what to do. */
static inline void *own_slot(const struct context *context,
                             const struct context_var *var)
{
    uint32_t bit = one_bit(var->id % HAMT_SLOTS);
    const struct node *root;
    unsigned char *entry;

    if (ARENA_SMALL || context->home == 0 || *owners(context) != 1)
        return NULL;
    root = node_at(context->map.arena->base, context->map.root);
    if ((root->entries & bit) == 0)
        return NULL;
    entry = find_in_slot(root, bit, var);
    return entry == NULL ? NULL : entry + offsetof(struct entry, value);
}

/* Make *copy a context with one more handle of the map of context. */
ARENA_COLD int share_by_call(const struct context *context, struct context *copy)
{
    int error = hamt_retain(&context->map, &copy->map);

    if (error < 0)
        return error;
    copy->previous = NULL;
    copy->home = context->home;
    copy->entered = false;
    return ARENA_OK;
}

/* The same, without a call where there is an owner to be counted. */
static inline int share(const struct context *context, struct context *copy)
{
    if (ARENA_SMALL || context->home == 0 || context == copy ||
        *owners(context) == (arena_ref)-1)
        return share_by_call(context, copy);
    ++*owners(context);
    copy->map = context->map;
    copy->previous = NULL;
    copy->home = context->home;
    copy->entered = false;
    return ARENA_OK;
}

/* Give such a handle back. */
static inline int unshare(struct context *context)
{
    if (ARENA_SMALL || context->home == 0 || *owners(context) == 1) {
        context->home = 0;
        return hamt_release(&context->map);
    }
    --*owners(context);
    context->home = 0;
    context->map.root = 0;
    context->map.count = 0;
    return ARENA_OK;
}

#endif
