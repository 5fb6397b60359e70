/* The hashtable's load: growth, shrinking, full arenas, hostile hashes, and
   callbacks that fail or look into the table. */
#include "hashtable_test.h"

/* How far a table grows, and its bytes. */
enum { MANY = TEST_HAS(45000) ? 513 : 65 };
enum { MANY_ROOM = TEST_ROOM(45000, 4000, 2600) };

static size_t buckets_of(const struct hashtable *table)
{
    return (hashtable_size(table) - sizeof *table -
            hashtable_count(table) * sizeof(struct hashtable_entry)) /
           sizeof(arena_ref);
}

/* ---- Growth ---------------------------------------------------------- */

/* CPython's points, measured with its file: an entry more doubles the
   buckets at 9, 17, 33, ... */
TEST(the_table_grows_where_cpythons_does)
{
    TABLE(table, MANY_ROOM);
    size_t buckets = 16;

    for (uintptr_t i = 1; i <= MANY; i++) {
        CHECK(hashtable_set(&table, word(i * 16), NULL) == 1);
        if (2 * i > buckets)
            buckets *= 2;
        CHECK(buckets_of(&table) == buckets);
    }
    CHECK(buckets == 4 * (MANY - 1));
    CHECK(hashtable_check(&table) == ARENA_OK);
}

TEST(the_table_shrinks_where_cpythons_does)
{
    TABLE(table, MANY_ROOM);
    static const uint16_t points[] = { 204, 102, 51, 25, 12, 6, 3 };
    size_t buckets = 4 * (MANY - 1), point = MANY == 513 ? 0 : 3;

    for (uintptr_t i = 0; i < MANY; i++)
        CHECK(hashtable_set(&table, word(i * 16), NULL) == 1);

    for (uintptr_t left = MANY; left-- > 0;) {
        CHECK(hashtable_steal(&table, word(left * 16), NULL) == 1);
        if (point < 7 && left == points[point]) {
            buckets /= 2;
            point++;
        }
        CHECK(buckets_of(&table) == buckets);
    }
    CHECK(buckets == 16 && hashtable_check(&table) == ARENA_OK);
}

/* A chain is prepended to, and a rehash turns it round: so the order tells
   whether buckets are walked as CPython walks them. */
struct order {
    uintptr_t keys[4];
    unsigned count;
};

static int note(void *user, struct hashtable_entry *entry)
{
    struct order *order = user;

    if (order->count < 4)
        order->keys[order->count] = (uintptr_t)entry->key;
    order->count++;
    return 0;
}

TEST(a_rehash_turns_chains_round)
{
    SCRIPTED(table, script, 0, ROOM);
    struct order order = { { 0, 0, 0, 0 }, 0 };

    CHECK(set_all(&table, 1, 8));
    CHECK(hashtable_foreach(&table, note, &order) == 0);
    CHECK(order.keys[0] == 8 && order.keys[1] == 7);

    CHECK(hashtable_set(&table, word(9), NULL) == 1);
    CHECK(buckets_of(&table) == 32);
    order.count = 0;
    CHECK(hashtable_foreach(&table, note, &order) == 0);
    CHECK(order.count == 9 && order.keys[0] == 9);
    CHECK(order.keys[1] == 1 && order.keys[2] == 2);
}

TEST(clear_destroys_in_order_and_shrinks)
{
    enum { LARGE = TEST_ROOM(4000, 2160, 1100 + 80 * sizeof(void *)) };
    SCRIPTED(table, script, 0xFFFF, LARGE);

    for (uintptr_t i = 0; i < 40; i++)
        CHECK(hashtable_set(&table, word(i), word(i + 1)) == 1);
    CHECK(buckets_of(&table) == 128);
    script.looks = true;

    CHECK(hashtable_clear(&table) == ARENA_OK);
    CHECK(script.keys_destroyed == 40 && script.values_destroyed == 40);
    CHECK(script.last == 40 && !script.wrong);
    CHECK(hashtable_count(&table) == 0 && buckets_of(&table) == 16);
    script.looks = false;
    CHECK(hashtable_set(&table, word(3), word(4)) == 1);
    CHECK(hashtable_get(&table, word(3)) == word(4));
}

TEST(a_rehash_does_not_hash_again)
{
    SCRIPTED(table, script, 0xFF, ROOM);

    CHECK(set_all(&table, 0, 8));

    CHECK(buckets_of(&table) == 32);
    CHECK(script.hashed == 9 && script.compared == 0);
}

/* ---- Full arenas ----------------------------------------------------- */

/* Fill a table in an arena of size bytes. Returns whether all went in. */
static bool fill(unsigned char *memory, size_t size, bool *ended)
{
    struct hashtable table;
    struct arena arena;
    size_t used;

    *ended = false;
    if (arena_init(&arena, memory, size) != ARENA_OK)
        return true;
    used = used_of(&arena);
    if (hashtable_init(&table, &arena, NULL, NULL) != ARENA_OK) {
        EXPECT(used_of(&arena) == used);
        return true;
    }
    for (uintptr_t i = 0; i < 9; i++) {
        int result;

        used = used_of(&arena);
        result = hashtable_set(&table, word(i), word(i));
        EXPECT(result == 1 || result == ARENA_ENOMEM);
        EXPECT(result == 1 || used_of(&arena) == used);
        EXPECT(hashtable_count(&table) == i + (result == 1));
        EXPECT(hashtable_check(&table) == ARENA_OK);
        EXPECT(arena_check(&arena) == ARENA_OK);
        for (uintptr_t j = 0; j < hashtable_count(&table); j++)
            EXPECT(hashtable_get(&table, word(j)) == word(j));
        if (result != 1)
            return true;
    }
    *ended = buckets_of(&table) == 32;
    return true;
}

TEST(an_arena_of_any_size_gives_all_or_nothing)
{
    bool ended = false;
    size_t size;
    MEMORY(memory, ROOM);

    for (size = 0; size <= ROOM && !ended; size += 3) /* odd sizes, too */
        CHECK(fill(memory, size, &ended));
    CHECK(ended && size > 100);
}

/* The arena is so full that a block of 32 references does not fit, and one
   for an entry does. */
TEST(a_failed_growth_leaves_the_table_working)
{
    TABLE(table, ROOM);
    void *rest;

    CHECK(set_all(&table, 0, 7));
    CHECK(hashtable_set(&table, word(9), NULL) == 1);
    CHECK(hashtable_steal(&table, word(9), NULL) == 1);
    CHECK(hashtable_clear(&table) == ARENA_OK);
    CHECK(set_all(&table, 0, 6));
    rest = arena_alloc(&arena, sizeof(struct hashtable_entry));
    CHECK(hashtable_set(&table, word(7), word(7)) == 1);
    use_up(&arena);
    CHECK(arena_free(&arena, rest) == ARENA_OK);

    CHECK(hashtable_set(&table, word(8), word(8)) == 1);
    CHECK(buckets_of(&table) == 16 && hashtable_count(&table) == 9);
    CHECK(has_all(&table, 0, 8));
    CHECK(hashtable_set(&table, word(9), NULL) == ARENA_ENOMEM);
    CHECK(hashtable_check(&table) == ARENA_OK);
}

/* ---- Callbacks ------------------------------------------------------- */

TEST(a_failing_callback_changes_nothing)
{
    SCRIPTED(table, script, 0, ROOM);
    size_t used;

    CHECK(hashtable_set(&table, word(1), word(10)) == 1);
    used = used_of(&arena);

    script.equal_fails = true;
    CHECK(hashtable_set(&table, word(2), NULL) == FAILED_EQUAL);
    CHECK(hashtable_steal(&table, word(1), NULL) == FAILED_EQUAL);
    CHECK(hashtable_find(&table, word(1), NULL) == FAILED_EQUAL);
    script.hash_fails = true;
    CHECK(hashtable_set(&table, word(2), NULL) == FAILED_HASH);
    CHECK(hashtable_steal(&table, word(1), NULL) == FAILED_HASH);
    CHECK(hashtable_find(&table, word(1), NULL) == FAILED_HASH);
    CHECK(hashtable_get(&table, word(1)) == NULL);

    script.hash_fails = script.equal_fails = false;
    CHECK(used_of(&arena) == used && hashtable_count(&table) == 1);
    CHECK(hashtable_get(&table, word(1)) == word(10));
    CHECK(hashtable_set(&table, word(2), NULL) == 1);
}

TEST(callbacks_may_look_but_not_change)
{
    SCRIPTED(table, script, 0, ROOM);

    CHECK(set_all(&table, 1, 8));
    script.looks = true;

    CHECK(hashtable_set(&table, word(9), NULL) == 1);
    CHECK(hashtable_steal(&table, word(2), NULL) == 1);
    CHECK(hashtable_destroy(&table) == ARENA_OK);
    CHECK(!script.wrong && script.keys_destroyed == 8);
}

TEST(a_comparison_that_changes_the_table_is_noticed)
{
    SCRIPTED(table, script, 0, ROOM);

    CHECK(set_all(&table, 1, 4));

    script.steals = true;
    CHECK(hashtable_find(&table, word(1), NULL) == ARENA_ECHANGED);
    CHECK(hashtable_count(&table) == 3);
    CHECK(hashtable_find(&table, word(1), NULL) == 1);
    script.steals = true;
    CHECK(hashtable_set(&table, word(9), NULL) == 1);
    CHECK(hashtable_count(&table) == 4);
}

static int change_within(void *user, struct hashtable_entry *entry)
{
    struct hashtable *table = user;

    if (hashtable_set(table, word(99), NULL) != ARENA_EBUSY)
        return 1;
    return hashtable_steal(table, entry->key, NULL) == ARENA_EBUSY ? 0 : 2;
}

/* Destroys the table that its user pointer leads to. */
static int destroy_and_hash(void *user, const void *key, uint32_t *hash)
{
    *hash = 0;
    hashtable_destroy(*(struct hashtable **)user);
    (void)key;
    return 0;
}

TEST(a_hash_that_destroys_the_table_is_noticed)
{
    ARENA(arena, ROOM);
    static const struct hashtable_type type = { destroy_and_hash, NULL, NULL,
                                                NULL };
    struct hashtable table, *user = &table;

    CHECK(hashtable_init(&table, &arena, &type, &user) == ARENA_OK);
    CHECK(hashtable_set(&table, word(1), NULL) == 1);
    CHECK(hashtable_find(&table, word(1), NULL) == ARENA_ECHANGED);
    CHECK(hashtable_find(&table, word(1), NULL) == ARENA_EINVAL);
    CHECK(arena_check(&arena) == ARENA_OK);
}

TEST(foreach_refuses_changes_from_its_callback)
{
    TABLE(table, ROOM);

    CHECK(set_all(&table, 1, 4));

    CHECK(hashtable_foreach(&table, change_within, &table) == 0);
    CHECK(hashtable_set(&table, word(99), NULL) == 1);
}

TESTS = {
    RUN(the_table_grows_where_cpythons_does),
    RUN(the_table_shrinks_where_cpythons_does),
    RUN(a_rehash_turns_chains_round),
    RUN(clear_destroys_in_order_and_shrinks),
    RUN(a_rehash_does_not_hash_again),
    RUN(an_arena_of_any_size_gives_all_or_nothing),
    RUN(a_failed_growth_leaves_the_table_working),
    RUN(a_failing_callback_changes_nothing),
    RUN(callbacks_may_look_but_not_change),
    RUN(a_comparison_that_changes_the_table_is_noticed),
    RUN(a_hash_that_destroys_the_table_is_noticed),
    RUN(foreach_refuses_changes_from_its_callback),
    TESTS_END,
};
