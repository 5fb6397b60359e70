/* The hashtable beside the dumbest model of one: an array by key. */
#include "hashtable_test.h"

#define KEYS 48u

struct twin {
    struct hashtable table;
    struct script script;
    struct arena arena;
    uint8_t value[KEYS]; /* 0: absent */
    unsigned count;
};

static bool is_same(struct twin *twin)
{
    EXPECT(hashtable_check(&twin->table) == ARENA_OK);
    EXPECT(arena_check(&twin->arena) == ARENA_OK);
    EXPECT(hashtable_count(&twin->table) == twin->count);
    for (unsigned key = 0; key < KEYS; key++)
        EXPECT((uintptr_t)hashtable_get(&twin->table, word(key)) ==
               twin->value[key]);
    return true;
}

static bool step_set(struct twin *twin, unsigned key)
{
    unsigned value = 1 + below(255);
    int result = hashtable_set(&twin->table, word(key), word(value));

    if (twin->value[key] != 0) {
        EXPECT(result == ARENA_EEXISTS);
        return true;
    }
    EXPECT(result == 1 || result == ARENA_ENOMEM);
    if (result == 1) {
        twin->value[key] = (uint8_t)value;
        twin->count++;
    }
    return true;
}

static bool step_steal(struct twin *twin, unsigned key)
{
    void *value = NULL;
    int result = hashtable_steal(&twin->table, word(key), &value);

    EXPECT(result == (twin->value[key] != 0));
    EXPECT((uintptr_t)value == twin->value[key]);
    twin->count -= twin->value[key] != 0;
    twin->value[key] = 0;
    return true;
}

static bool step_clear(struct twin *twin)
{
    twin->script.keys_destroyed = 0;
    EXPECT(hashtable_clear(&twin->table) == ARENA_OK);
    EXPECT(twin->script.keys_destroyed == twin->count);
    for (unsigned key = 0; key < KEYS; key++)
        twin->value[key] = 0;
    twin->count = 0;
    return true;
}

static void run(unsigned char *memory, size_t size, uint32_t hash_mask)
{
    struct twin twin;
    uint32_t steps = test_steps(8000), tide = test_tide(steps, 64);
    size_t before;

    for (unsigned key = 0; key < KEYS; key++)
        twin.value[key] = 0;
    twin.count = 0;
    CHECK(arena_init(&twin.arena, memory, size) == ARENA_OK);
    before = used_of(&twin.arena);
    CHECK(script_init(&twin.script, &twin.table, &twin.arena, hash_mask));
    while (steps-- > 0) {
        unsigned key = below(KEYS), what = below(200);
        unsigned grows = steps / tide % 2 ? 140 : 60;

        if (what == 0)
            CHECK(step_clear(&twin));
        else if (what < grows)
            CHECK(step_set(&twin, key));
        else
            CHECK(step_steal(&twin, key));
        CHECK(is_same(&twin));
    }
    CHECK(hashtable_destroy(&twin.table) == ARENA_OK);
    CHECK(used_of(&twin.arena) == before);
}

TEST(a_table_behaves_as_an_array_of_values)
{
    enum { LARGE = TEST_ROOM(4500, 3000, 2950) };
    MEMORY(memory, LARGE);

    run(memory, LARGE, 0xFFFF);
}

TEST(a_table_in_a_full_arena_behaves_as_an_array_of_values)
{
    MEMORY(memory, 700);

    run(memory, 700, 0xFFFF);
}

TEST(a_table_of_equal_hashes_behaves_as_an_array_of_values)
{
    MEMORY(memory, 1000);

    run(memory, 1000, 0);
}

TEST(a_table_of_hashes_with_equal_low_bits_behaves_as_an_array_of_values)
{
    MEMORY(memory, 1000);

    run(memory, 1000, 0xFFF8);
}

/* ---- Beside versioned data ------------------------------------------- */

TEST(a_table_is_untouched_by_rollback)
{
    TABLE(table, ROOM);
    struct arena_epoch epoch;
    void *versioned;

    CHECK(set_all(&table, 1, 2));
    CHECK(arena_hold(&arena, &epoch) == ARENA_OK);
    versioned = arena_new(&arena, 20);
    CHECK(versioned != NULL);
    CHECK(hashtable_steal(&table, word(1), NULL) == 1);
    CHECK(set_all(&table, 3, 10));

    CHECK(arena_rollback(&arena, &epoch) == ARENA_OK);

    CHECK(arena_retire(&arena, versioned) < 0);
    CHECK(hashtable_check(&table) == ARENA_OK);
    CHECK(hashtable_count(&table) == 9);
    CHECK(hashtable_get(&table, word(1)) == NULL);
    CHECK(has_all(&table, 2, 10));
}

TEST(a_table_moves_with_its_arena)
{
    struct hashtable table;
    struct arena arena;
    MEMORY(memory, 2 * ROOM);

    CHECK(make_arena(&arena, memory, ROOM) == ARENA_OK);
    CHECK(hashtable_init(&table, &arena, NULL, NULL) == ARENA_OK);
    CHECK(set_all(&table, 0, 7));

    move_arena(&arena, ROOM);

    CHECK(hashtable_check(&table) == ARENA_OK);
    CHECK(has_all(&table, 0, 7));
    CHECK(hashtable_set(&table, word(8), word(8)) == 1);
    CHECK(hashtable_destroy(&table) == ARENA_OK);
}

TEST(faults_in_a_table_are_found)
{
    TABLE(table, ROOM);
    struct hashtable_entry *entry;
    struct hashtable right;

    for (uintptr_t i = 0; i < 5; i++)
        CHECK(hashtable_set(&table, word(16 * i), NULL) == 1);
    right = table;
    table.count++;
    CHECK(hashtable_check(&table) == ARENA_ECORRUPT);
    table.count = (arena_ref)(right.count - 1);
    CHECK(hashtable_check(&table) == ARENA_ECORRUPT);
    table = right;
    table.mask = 7;
    CHECK(hashtable_check(&table) == ARENA_ECORRUPT);
    table.mask = 16;
    CHECK(hashtable_check(&table) == ARENA_ECORRUPT);
    table = right;
    table.buckets++;
    CHECK(hashtable_check(&table) == ARENA_ECORRUPT);
    table = right;

    entry = hashtable_get_entry(&table, word(32));
    entry->hash ^= 1;
    CHECK(hashtable_check(&table) == ARENA_ECORRUPT);
    entry->hash ^= 1;
    entry->next = arena_ref_of(&arena, entry); /* a circle */
    CHECK(hashtable_check(&table) == ARENA_ECORRUPT);
    entry->next = 0;
    CHECK(hashtable_check(&table) == ARENA_OK);
}

TESTS = {
    RUN(a_table_behaves_as_an_array_of_values),
    RUN(a_table_in_a_full_arena_behaves_as_an_array_of_values),
    RUN(a_table_of_equal_hashes_behaves_as_an_array_of_values),
    RUN(a_table_of_hashes_with_equal_low_bits_behaves_as_an_array_of_values),
    RUN(a_table_is_untouched_by_rollback),
    RUN(a_table_moves_with_its_arena),
    RUN(faults_in_a_table_are_found),
    TESTS_END,
};
