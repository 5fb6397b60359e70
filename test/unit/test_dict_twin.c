/* A dict beside the dumbest model of one: an array in order of insertion. */
#include "dict_test.h"

#define KEYS 40u

struct twin {
    struct arena arena;
    struct dict_space space;
    struct dict dict;
    const struct dict_type *type;
    uint8_t key[KEYS]; /* in order */
    uint8_t value[KEYS];
    unsigned count;
};

/* Hashes with few bits, and keys that are compared by a function. */
struct masked_type {
    struct dict_type type;
    uint32_t mask;
};

static int hash_masked(const struct dict_type *type, const void *key,
                       dict_hash *hash)
{
    const struct masked_type *masked = (const struct masked_type *)type;

    *hash = *(const uint32_t *)key * 0x01000001u & masked->mask;
    return 0;
}

static int equal_numbers(const struct dict_type *type, const void *stored,
                         const void *key)
{
    (void)type;
    return *(const uint32_t *)stored == *(const uint32_t *)key;
}

static const struct masked_type constant = {
    DICT_TYPE_WITH(uint32_t, 0, hash_masked, equal_numbers, NULL),
    0,
};
static const struct masked_type high = {
    DICT_TYPE_WITH(uint32_t, 0, hash_masked, equal_numbers, NULL),
    0xFF000000u,
};
static const struct masked_type all = {
    DICT_TYPE_WITH(uint32_t, 0, hash_masked, NULL, NULL),
    0xFFFFFFFFu,
};

/* Keys as the type wants them: numbers, or names. */
struct any_key {
    uint32_t number;
    struct dict_name name;
};

static const void *key_of(const struct twin *twin, unsigned key,
                          struct any_key *any)
{
    static const char text[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN";

    if ((twin->type->flags & DICT_NAMES) != 0) {
        dict_name_init(&any->name, text + key, 1);
        return &any->name;
    }
    any->number = key;
    return &any->number;
}

static unsigned place_of(const struct twin *twin, unsigned key)
{
    unsigned i = 0;

    while (i < twin->count && twin->key[i] != key)
        i++;
    return i;
}

static bool is_same(struct twin *twin, const struct dict *dict)
{
    struct any_key any;
    struct dict_iter iter;
    const void *key;
    uintptr_t value;

    EXPECT(dict_check(dict) == ARENA_OK);
    EXPECT(dict_count(dict) == twin->count);
    dict_iter_init(&iter, dict);
    for (unsigned i = 0; i < twin->count; i++) {
        EXPECT(dict_iter_next(&iter, &key, &value) == 1);
        EXPECT(value == twin->value[i]);
        EXPECT(dict_get(dict, key_of(twin, twin->key[i], &any), &value) == 1);
        EXPECT(value == twin->value[i]);
    }
    EXPECT(dict_iter_next(&iter, &key, &value) == 0);
    EXPECT(dict_iter_next(&iter, &key, &value) == 0);
    return true;
}

static void forget(struct twin *twin, unsigned place)
{
    twin->count--;
    for (; place < twin->count; place++) {
        twin->key[place] = twin->key[place + 1];
        twin->value[place] = twin->value[place + 1];
    }
}

static bool step_set(struct twin *twin, unsigned key, bool is_default)
{
    unsigned place = place_of(twin, key), value = below(4);
    bool is_new = place == twin->count;
    struct any_key any;
    const void *k = key_of(twin, key, &any);
    uintptr_t result = 0;
    int added = is_default ? dict_setdefault(&twin->dict, k, value, &result)
                           : dict_set(&twin->dict, k, value);

    EXPECT(added == is_new || (is_new && added == ARENA_ENOMEM));
    if (is_new && added == 1) {
        twin->key[place] = (uint8_t)key;
        twin->value[place] = (uint8_t)value;
        twin->count++;
    } else if (!is_new && !is_default) {
        twin->value[place] = (uint8_t)value;
    }
    EXPECT(!is_default || added < 0 || result == twin->value[place]);
    return true;
}

static bool step_remove(struct twin *twin, unsigned key)
{
    unsigned place = place_of(twin, key);
    struct any_key any;
    uintptr_t value = 0;
    int result = dict_pop(&twin->dict, key_of(twin, key, &any), &value);

    EXPECT(result == (place < twin->count));
    if (result == 1) {
        EXPECT(value == twin->value[place]);
        forget(twin, place);
    }
    return true;
}

static bool step_popitem(struct twin *twin)
{
    bool is_first = below(2) == 0;
    struct dict_item item;
    int result = is_first ? dict_pop_first(&twin->dict, &item)
                          : dict_popitem(&twin->dict, &item);

    if (result == ARENA_ENOMEM)
        return true;
    EXPECT(result == (twin->count > 0));
    if (result == 1) {
        unsigned place = is_first ? 0 : twin->count - 1;

        EXPECT(item.value == twin->value[place]);
        forget(twin, place);
    }
    return true;
}

/* Go on with a copy, or with what an update made of nothing or of a part. */
static bool step_copy(struct twin *twin, bool is_update)
{
    struct dict next;
    struct any_key any;
    int result = ARENA_OK;

    if (is_update) {
        EXPECT(dict_init(&next, &twin->space, twin->type) == ARENA_OK);
        if (twin->count > 0 && below(2) == 0)
            result = dict_set(&next, key_of(twin, twin->key[0], &any), 99);
        if (result >= 0)
            result = dict_update(&next, &twin->dict);
    } else {
        result = dict_copy(&twin->dict, &next);
    }
    EXPECT(result == ARENA_OK || result == ARENA_ENOMEM);
    if (result == ARENA_OK) {
        EXPECT(dict_equal(&twin->dict, &next) == 1);
        EXPECT(dict_destroy(&twin->dict) == ARENA_OK);
        twin->dict = next;
    } else if (is_update) {
        EXPECT(dict_count(&next) <= 1);
        EXPECT(dict_destroy(&next) == ARENA_OK);
    }
    return true;
}

static bool step_room(struct twin *twin)
{
    int result = below(2) == 0 ? dict_reserve(&twin->dict, below(KEYS))
                               : dict_shrink(&twin->dict);

    EXPECT(result == ARENA_OK || result == ARENA_ENOMEM);
    return true;
}

static bool step_clear(struct twin *twin)
{
    EXPECT(dict_clear(&twin->dict) == ARENA_OK);
    twin->count = 0;
    return true;
}

static bool step(struct twin *twin, unsigned tide)
{
    unsigned key = below(KEYS), what = below(200);

    if (what < tide)
        return step_set(twin, key, what % 8 == 0);
    if (what < 185)
        return step_remove(twin, key);
    if (what < 190)
        return step_popitem(twin);
    if (what < 196)
        return step_copy(twin, what < 193);
    return what < 199 ? step_room(twin) : step_clear(twin);
}

static void run(unsigned char *memory, size_t size,
                const struct dict_type *type, bool is_shaped)
{
    struct twin twin;
    struct dict_shape shape;
    uint32_t steps = test_steps(8000), tide = test_tide(steps, 64);
    size_t before;

    CHECK(open_space(&twin.arena, &twin.space, memory, size));
    before = used_of(&twin.arena);
    twin.type = type;
    twin.count = 0;
    if (is_shaped) {
        CHECK(dict_shape_init(&shape, &twin.space, type) == ARENA_OK);
        CHECK(dict_init_shape(&twin.dict, &shape) == ARENA_OK);
    } else {
        CHECK(dict_init(&twin.dict, &twin.space, type) == ARENA_OK);
    }
    while (steps-- > 0) {
        CHECK(step(&twin, steps / tide % 2 ? 130 : 60));
        CHECK(is_same(&twin, &twin.dict));
        CHECK(arena_check(&twin.arena) == ARENA_OK);
        if (is_shaped && steps % 50 == 0 && twin.count == 0) {
            CHECK(dict_destroy(&twin.dict) == ARENA_OK);
            CHECK(dict_init_shape(&twin.dict, &shape) == ARENA_OK);
        }
    }
    CHECK(dict_destroy(&twin.dict) == ARENA_OK);
    if (is_shaped)
        CHECK(dict_shape_destroy(&shape) == ARENA_OK);
    CHECK(is_given_back(&twin.space, before));
}

#define TWIN(name, size, type, is_shaped)   \
    TEST(name)                              \
    {                                       \
        MEMORY(memory, size);               \
        run(memory, size, type, is_shaped); \
    }

TWIN(plain_numbers_behave_as_an_array, TEST_ROOM(6000, 3000, 2950), &numbers,
     false)
TWIN(plain_numbers_in_a_full_arena_behave_as_an_array, 900, &numbers, false)
TWIN(compared_keys_behave_as_an_array, TEST_ROOM(6000, 3000, 2950), &all.type,
     false)
TWIN(keys_of_one_hash_behave_as_an_array, 1000, &constant.type, false)
TWIN(keys_whose_hashes_differ_high_up_behave_as_an_array, 1000, &high.type,
     false)
TWIN(names_behave_as_an_array, TEST_ROOM(8000, 3000, 2950), &bags, false)
TWIN(names_in_a_full_arena_behave_as_an_array, 1000, &bags, false)
TWIN(names_with_a_shape_behave_as_an_array, TEST_ROOM(10000, 5000, 2950), &bags,
     true)
TWIN(names_with_a_shape_in_a_full_arena_behave_as_an_array, 1400, &bags, true)

TESTS = {
    RUN(plain_numbers_behave_as_an_array),
    RUN(plain_numbers_in_a_full_arena_behave_as_an_array),
    RUN(compared_keys_behave_as_an_array),
    RUN(keys_of_one_hash_behave_as_an_array),
    RUN(keys_whose_hashes_differ_high_up_behave_as_an_array),
    RUN(names_behave_as_an_array),
    RUN(names_in_a_full_arena_behave_as_an_array),
    RUN(names_with_a_shape_behave_as_an_array),
    RUN(names_with_a_shape_in_a_full_arena_behave_as_an_array),
    TESTS_END,
};
