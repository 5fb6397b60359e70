/*
 * A mutable table for bookkeeping: the calls of hashtable.h, in its order.
 *
 * What always holds, except in the middle of a call:
 *
 *   Buckets   are a power of two, 16 or more, and mask is their number less 1.
 *             A table has them from hashtable_init until hashtable_destroy:
 *             where buckets is 0, there is no table.
 *   Chains    An entry is in one chain, that of bucket hash & mask, and once.
 *             All chains together have count entries.
 *   Hashes    An entry keeps the hash that its key had when it was added. To
 *             grow or to shrink calls no function of the user's.
 *   Load      is a wish. hashtable_set grows a table that would be more than
 *             half full, hashtable_steal shrinks one that is less than a tenth
 *             full; without room for the new buckets the old ones stay.
 *   busy      is above 0 while a function of the user's runs in a call that
 *             changes or walks the table. Changes are refused meanwhile, so
 *             what the call has found stays where it is.
 *   changes   moves on with every entry that comes or goes. A call that only
 *             reads can refuse nothing: by this it sees that a comparison has
 *             changed the table, and stops.
 *
 * First what the calls share, lowest first: layout, hashes, search, growing
 * and shrinking, removal. Then the calls.
 */
#include "hashtable.h"

#include "arena/port.h" /* the compiler, the four mem functions */

/* ---- Layout ---------------------------------------------------------- */

enum { HASHTABLE_BUCKETS_MIN = 16 };

/* The most buckets that are asked for: the bytes of more would not fit a
   reference. */
#define HASHTABLE_BUCKETS_MAX \
    ((uint32_t)((arena_ref)-1 / sizeof(arena_ref) / 2 + 1))

static arena_ref *buckets_of(const struct hashtable *table)
{
    return (arena_ref *)(void *)(table->arena->base + table->buckets);
}

static struct hashtable_entry *chained_at(const struct hashtable *table,
                                          arena_ref ref)
{
    return (struct hashtable_entry *)(void *)(table->arena->base + ref);
}

static bool is_table(const struct hashtable *table)
{
    return table != NULL && table->buckets != 0;
}

/* Returns ARENA_OK if table may be changed now, else the error to return. */
static int check_table(const struct hashtable *table)
{
    if (!is_table(table))
        return ARENA_EINVAL;
    return table->busy > 0 ? ARENA_EBUSY : ARENA_OK;
}

/* ---- Hashes ---------------------------------------------------------- */

enum { HASHTABLE_ADDRESS_BITS = sizeof(uintptr_t) * CHAR_BIT };

/*
 * Addresses often are multiples of a power of two, and a bucket is chosen by
 * the low bits of a hash. The high bits of a product depend on all bits of its
 * factors: so those of a product with an odd number, found by trial, are turned
 * round, byte by byte, to be the low ones.
 */
static uint32_t hash_address(const void *key)
{
    uintptr_t product = (uintptr_t)key * (uintptr_t)0x1E53719BE47CB2E5u;
#if UINTPTR_MAX > 0xFFFF
    uint32_t high = (uint32_t)(product >> (HASHTABLE_ADDRESS_BITS - 32));

    return high >> 24 | (high >> 8 & 0xFF00) | (high << 8 & 0xFF0000) |
           high << 24;
#else
    return (uint32_t)(product >> 8 | product << 8) & 0xFFFF;
#endif
}

static int hash_any(const struct hashtable *table, const void *key,
                    uint32_t *hash)
{
    if (table->type->hash != NULL)
        return table->type->hash(table->user, key, hash);
    *hash = hash_address(key);
    return 0;
}

/* ---- Search ---------------------------------------------------------- */

/* Compare by the type's function, which may do anything to the table: after a
   change the chain that is walked may be gone. */
static int is_equal(const struct hashtable *table, const void *key,
                    const void *stored)
{
    uint32_t changes = table->changes;
    int equal = table->type->equal(table->user, key, stored);

    return equal >= 0 && table->changes != changes ? ARENA_ECHANGED : equal;
}

/*
 * Point *link at the reference that leads to the entry of key: it lies in the
 * bucket, or in the entry before. Without such an entry it is the 0 at the end
 * of the chain.
 *
 *     bucket [ref]-> entry [next]-> entry [next]-> entry [0]
 *              ^             ^                            ^
 *            link to the 1st, to the 2nd, and where key is absent
 *
 * Returns 1, 0 if key is absent, or an error.
 */
static int find_link(const struct hashtable *table, const void *key,
                     uint32_t hash, arena_ref **link)
{
    arena_ref *at = buckets_of(table) + (hash & table->mask);

    while (*at != 0) {
        struct hashtable_entry *entry = chained_at(table, *at);
        int equal = 0;

        if (entry->key == key && table->type->equal == NULL)
            equal = 1;
        else if (entry->hash == hash && table->type->equal != NULL)
            equal = is_equal(table, key, entry->key);
        if (equal != 0) {
            *link = at;
            return equal;
        }
        at = &entry->next;
    }
    *link = at;
    return 0;
}

/* Hash key and find its link, for a call that changes table: the functions of
   the type must not change it. Returns as find_link. */
static int link_to_change(struct hashtable *table, const void *key,
                          uint32_t *hash, arena_ref **link)
{
    int result;

    table->busy++;
    result = hash_any(table, key, hash);
    if (result >= 0)
        result = find_link(table, key, *hash, link);
    table->busy--;
    return result;
}

/* ---- Growing and shrinking ------------------------------------------- */

/* The number of buckets for count entries: at least ten thirds of count. Three
   tenths full is midway between the limits at which a table grows and shrinks,
   so that it does neither again soon. */
static uint32_t buckets_for(uint32_t count)
{
    uint32_t wanted = count * 2 + count + count / 3;
    uint32_t buckets = HASHTABLE_BUCKETS_MIN;

    while (buckets < wanted && buckets < HASHTABLE_BUCKETS_MAX)
        buckets *= 2;
    return buckets;
}

/* Move all entries to count new buckets. A chain is turned round by that.
   Returns false, and changes nothing, if the arena has no room for them. */
static bool rehash(struct hashtable *table, uint32_t count)
{
    arena_ref *old = buckets_of(table), *buckets;
    uint32_t mask = count - 1;

    if (mask == table->mask)
        return true;
    buckets = arena_alloc(table->arena, (size_t)count * sizeof *buckets);
    if (buckets == NULL)
        return false;
    memset(buckets, 0, (size_t)count * sizeof *buckets);
    for (uint32_t i = 0; i <= table->mask; i++) {
        for (arena_ref ref = old[i]; ref != 0;) {
            struct hashtable_entry *entry = chained_at(table, ref);
            arena_ref next = entry->next;

            entry->next = buckets[entry->hash & mask];
            buckets[entry->hash & mask] = ref;
            ref = next;
        }
    }
    arena_free(table->arena, old);
    table->buckets = arena_ref_of(table->arena, buckets);
    table->mask = (arena_ref)mask;
    return true;
}

/* Would count entries fill more than half of the buckets? */
static bool is_full(const struct hashtable *table, uint32_t count)
{
    return count > ((uint32_t)table->mask + 1) / 2;
}

/* Do the entries fill less than a tenth of the buckets? */
static bool is_sparse(const struct hashtable *table)
{
    return table->count <= table->mask / 10;
}

/* ---- Removal --------------------------------------------------------- */

/* Take the entry that link leads to out of its chain. */
static struct hashtable_entry *unlink_entry(struct hashtable *table,
                                            arena_ref *link)
{
    struct hashtable_entry *entry = chained_at(table, *link);

    *link = entry->next;
    table->count--;
    table->changes++;
    return entry;
}

/* Destroy the first entry of a bucket. It is out of the table before its
   destructors run, so that they see a table that is right, without it. */
static void destroy_first(struct hashtable *table, arena_ref *bucket)
{
    const struct hashtable_type *type = table->type;
    struct hashtable_entry *entry = unlink_entry(table, bucket);

    if (type->destroy_key != NULL)
        type->destroy_key(table->user, entry->key);
    if (type->destroy_value != NULL)
        type->destroy_value(table->user, entry->value);
    arena_free(table->arena, entry);
}

/* Destroy all entries, and keep the buckets. */
static int destroy_entries(struct hashtable *table)
{
    int error = check_table(table);

    if (error < 0)
        return error;
    table->busy++;
    for (uint32_t i = 0; i <= table->mask; i++) {
        while (buckets_of(table)[i] != 0)
            destroy_first(table, buckets_of(table) + i);
    }
    table->busy--;
    return ARENA_OK;
}

/* ---- Types at hand --------------------------------------------------- */

const struct hashtable_type hashtable_pointers = { NULL, NULL, NULL, NULL };

const struct hashtable_type hashtable_strings = {
    hashtable_hash_string,
    hashtable_equal_string,
    NULL,
    NULL,
};

int hashtable_hash_pointer(void *user, const void *key, uint32_t *hash)
{
    (void)user;
    *hash = hash_address(key);
    return 0;
}

/* FNV-1a. dict/names.h has this loop too, for text with a size: three lines are
   not worth a room that both modules depend on. */
int hashtable_hash_string(void *user, const void *key, uint32_t *hash)
{
    uint32_t h = 0x811C9DC5u;

    (void)user;
    for (const unsigned char *byte = key; *byte != 0; byte++)
        h = (h ^ *byte) * 0x01000193u;
    *hash = h;
    return 0;
}

int hashtable_equal_string(void *user, const void *key, const void *stored)
{
    const unsigned char *a = key, *b = stored;

    (void)user;
    while (*a != 0 && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* ---- Life ------------------------------------------------------------ */

int hashtable_init(struct hashtable *table, struct arena *arena,
                   const struct hashtable_type *type, void *user)
{
    arena_ref *buckets;

    if (table == NULL || arena == NULL)
        return ARENA_EINVAL;
    buckets = arena_alloc(arena, HASHTABLE_BUCKETS_MIN * sizeof *buckets);
    if (buckets == NULL)
        return ARENA_ENOMEM;
    memset(buckets, 0, HASHTABLE_BUCKETS_MIN * sizeof *buckets);
    memset(table, 0, sizeof *table);
    table->arena = arena;
    table->type = type == NULL ? &hashtable_pointers : type;
    table->user = user;
    table->buckets = arena_ref_of(arena, buckets);
    table->mask = HASHTABLE_BUCKETS_MIN - 1;
    return ARENA_OK;
}

int hashtable_clear(struct hashtable *table)
{
    int error = destroy_entries(table);

    if (error >= 0)
        rehash(table, HASHTABLE_BUCKETS_MIN);
    return error;
}

int hashtable_destroy(struct hashtable *table)
{
    int error = destroy_entries(table);

    if (error < 0)
        return error;
    arena_free(table->arena, buckets_of(table));
    memset(table, 0, sizeof *table);
    return ARENA_OK;
}

/* ---- Reading --------------------------------------------------------- */

/* The type's hash function may destroy the table: it is looked at again before
   the search begins. */
int hashtable_find(const struct hashtable *table, const void *key,
                   struct hashtable_entry **entry)
{
    uint32_t hash;
    arena_ref *link;
    int result;

    if (!is_table(table))
        return ARENA_EINVAL;
    result = hash_any(table, key, &hash);
    if (result >= 0)
        result = is_table(table) ? find_link(table, key, hash, &link)
                                 : ARENA_ECHANGED;
    if (result > 0 && entry != NULL)
        *entry = chained_at(table, *link);
    return result;
}

/* Tables of addresses, the commonest, are searched here: without calls. */
void *hashtable_get(const struct hashtable *table, const void *key)
{
    struct hashtable_entry *entry;
    arena_ref ref;

    if (!is_table(table) ||
        ((uintptr_t)table->type->hash | (uintptr_t)table->type->equal) != 0) {
        entry = hashtable_get_entry(table, key);
        return entry == NULL ? NULL : entry->value;
    }
    ref = buckets_of(table)[hash_address(key) & table->mask];
    while (ref != 0) {
        entry = chained_at(table, ref);
        if (entry->key == key)
            return entry->value;
        ref = entry->next;
    }
    return NULL;
}

struct hashtable_entry *hashtable_get_entry(const struct hashtable *table,
                                            const void *key)
{
    struct hashtable_entry *entry = NULL;

    return hashtable_find(table, key, &entry) > 0 ? entry : NULL;
}

size_t hashtable_count(const struct hashtable *table)
{
    return is_table(table) ? table->count : 0;
}

size_t hashtable_size(const struct hashtable *table)
{
    if (!is_table(table))
        return 0;
    return sizeof *table + ((size_t)table->mask + 1) * sizeof(arena_ref) +
           (size_t)table->count * sizeof(struct hashtable_entry);
}

int hashtable_foreach(struct hashtable *table,
                      int (*each)(void *user, struct hashtable_entry *entry),
                      void *user)
{
    int result = 0;

    if (!is_table(table) || each == NULL)
        return ARENA_EINVAL;
    table->busy++;
    for (uint32_t i = 0; i <= table->mask && result == 0; i++) {
        arena_ref ref = buckets_of(table)[i];

        while (ref != 0 && result == 0) {
            struct hashtable_entry *entry = chained_at(table, ref);

            ref = entry->next;
            result = each(user, entry);
        }
    }
    table->busy--;
    return result;
}

/* ---- Changing -------------------------------------------------------- */

/* The entry's block is taken before the table grows: if the arena has room for
   one of the two, it is for the entry. Without new buckets the old ones serve
   on, so what rehash returns does not matter. */
int hashtable_set(struct hashtable *table, const void *key, const void *value)
{
    struct hashtable_entry *entry;
    arena_ref *bucket;
    uint32_t hash;
    int result = check_table(table);

    if (result >= 0)
        result = link_to_change(table, key, &hash, &bucket);
    if (result != 0)
        return result > 0 ? ARENA_EEXISTS : result;
    entry = arena_alloc(table->arena, sizeof *entry);
    if (entry == NULL)
        return ARENA_ENOMEM;
    if (is_full(table, (uint32_t)table->count + 1))
        rehash(table, buckets_for((uint32_t)table->count + 1));
    bucket = buckets_of(table) + (hash & table->mask); /* they have moved */
    memcpy(&entry->key, &key, sizeof key); /* a cast would warn of the const */
    memcpy(&entry->value, &value, sizeof value);
    entry->hash = hash;
    entry->next = *bucket;
    *bucket = arena_ref_of(table->arena, entry);
    table->count++;
    table->changes++;
    return 1;
}

/* The entry's block is given back before the table shrinks, which may then
   have its room. */
int hashtable_steal(struct hashtable *table, const void *key, void **value)
{
    struct hashtable_entry *entry;
    arena_ref *link;
    uint32_t hash;
    int result = check_table(table);

    if (result >= 0)
        result = link_to_change(table, key, &hash, &link);
    if (result <= 0)
        return result;
    entry = unlink_entry(table, link);
    if (value != NULL)
        *value = entry->value;
    arena_free(table->arena, entry);
    if (is_sparse(table))
        rehash(table, buckets_for(table->count));
    return 1;
}

/* ---- Looking in ------------------------------------------------------ */

/* Count the entries of a bucket, as far as they belong there. Returns limit + 1
   if one does not, or if there are more than limit: so a chain that is a ring
   ends, too. */
static uint32_t count_sound(const struct hashtable *table, uint32_t bucket,
                            uint32_t limit)
{
    uint32_t count = 0;

    for (arena_ref ref = buckets_of(table)[bucket]; ref != 0;) {
        const struct hashtable_entry *entry = chained_at(table, ref);

        if (count == limit || arena_ref_of(table->arena, entry) != ref ||
            (entry->hash & table->mask) != bucket)
            return limit + 1;
        count++;
        ref = entry->next;
    }
    return count;
}

/* Each bucket may have as many entries as are left of count, and the last
   leaves none: then all chains together have count. */
int hashtable_check(const struct hashtable *table)
{
    uint32_t left;

    if (!is_table(table))
        return ARENA_EINVAL;
    if (table->mask < HASHTABLE_BUCKETS_MIN - 1 ||
        (table->mask & (table->mask + 1u)) ||
        arena_ref_of(table->arena, buckets_of(table)) != table->buckets)
        return ARENA_ECORRUPT;
    left = table->count;
    for (uint32_t i = 0; i <= table->mask; i++) {
        uint32_t count = count_sound(table, i, left);

        if (count > left)
            return ARENA_ECORRUPT;
        left -= count;
    }
    return left == 0 ? ARENA_OK : ARENA_ECORRUPT;
}
