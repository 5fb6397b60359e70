/* Names as keys, shared between dicts; keys of both sorts in one dict. */
#include "dict_test.h"

enum { ROOM = 690 + 70 * sizeof(void *) };

TEST(a_name_is_what_it_says)
{
    SPACE(space, ROOM);
    DICT(dict, space, bags);
    static const struct dict_name health = DICT_NAME("health");
    static const char text[] = "health bar";
    struct dict_name name;
    uintptr_t value = 0;

    CHECK(dict_set(&dict, &health, 100) == 1);

    CHECK(dict_name_init(&name, text, 6) == ARENA_OK);
    CHECK(dict_get(&dict, &name, &value) == 1 && value == 100);
    CHECK(dict_name_init(&name, text, 5) == ARENA_OK);
    CHECK(dict_get(&dict, &name, NULL) == 0);
    CHECK(dict_name_init(&name, "foobar", 6) == ARENA_OK);
    CHECK(name.hash == 0xBF9CF968u); /* the authors' test vector */
    CHECK(dict_name_init(&name, NULL, 5) == ARENA_EINVAL);
    name.text = NULL;
    CHECK(dict_set(&dict, &name, 1) == ARENA_EINVAL);
    CHECK(dict_destroy(&dict) == ARENA_OK && used_of(&arena) == before);
}

TEST(names_of_one_hash_are_told_apart)
{
    SPACE(space, ROOM);
    DICT(dict, space, bags);
    struct dict_name name[3];

    for (unsigned i = 0; i < 3; i++) {
        name[i] = *letter((char)('a' + i));
        name[i].hash = 77;
        CHECK(dict_set(&dict, &name[i], i) == 1);
    }
    name[1].text = name[2].text;
    CHECK(dict_remove(&dict, &name[1]) == 1 && reads(&dict, "ab"));
    name[0].size = 2;
    CHECK(dict_contains(&dict, &name[0]) == 0);
    CHECK(dict_destroy(&dict) == ARENA_OK && used_of(&arena) == before);
}

TEST(the_beginning_of_a_name_is_another_name)
{
    SPACE(space, ROOM);
    DICT(dict, space, bags);
    static const char text[] = "x]X#N[)"; /* FNV-1a gives "x" the same hash */
    struct dict_name whole, begin;

    CHECK(dict_intern(&space, text, 7, &whole) == 1);
    CHECK(dict_set(&dict, &whole, 42) == 1);
    CHECK(dict_name_init(&begin, whole.text, 1) == ARENA_OK);
    CHECK(begin.hash == whole.hash && dict_contains(&dict, &begin) == 0);
    CHECK(dict_forget(&space, &whole) == ARENA_OK);
    CHECK(dict_destroy(&dict) == ARENA_OK && used_of(&arena) == before);
}

TEST(a_name_lives_once_and_as_long_as_it_is_used)
{
    SPACE(space, ROOM);
    DICT(a, space, bags);
    DICT(b, space, bags);
    struct dict_name name, again;
    size_t used;

    CHECK(dict_intern(&space, "abc", 2, &name) == 1);
    CHECK(name.text[0] == 'a' && name.text[2] == '\0' && name.size == 2);
    CHECK(dict_intern(&space, "ab", 2, &again) == 0);
    CHECK(again.text == name.text && again.hash == name.hash);
    CHECK(dict_set(&a, &name, 1) == 1);
    used = used_of(&arena);
    CHECK(dict_set(&b, &name, 1) == 1 && dict_clear(&b) == ARENA_OK);
    CHECK(used_of(&arena) == used);

    CHECK(dict_forget(&space, &name) == ARENA_OK);
    CHECK(dict_forget(&space, &again) == ARENA_OK);
    CHECK(dict_space_destroy(&space) == ARENA_EBUSY);
    CHECK(dict_contains(&a, letter('a')) == 0 && dict_count(&a) == 1);
    CHECK(dict_destroy(&a) == ARENA_OK && used_of(&arena) == before);
    CHECK(dict_forget(&space, letter('a')) == ARENA_EINVAL);
    CHECK(ends_empty(&b, before));
}

/* Is it an error to forget a name, without a change? */
static bool is_not_forgotten(struct dict *dict, char which)
{
    size_t used = used_of(dict->space->arena);

    EXPECT(dict_forget(dict->space, letter(which)) == ARENA_EINVAL);
    EXPECT(used_of(dict->space->arena) == used);
    EXPECT(dict_check(dict) == ARENA_OK);
    EXPECT(arena_check(dict->space->arena) == ARENA_OK);
    return true;
}

TEST(what_was_not_interned_can_not_be_forgotten)
{
    SPACE(space, ROOM);
    DICT(dict, space, bags);
    struct dict_item item;
    struct dict_name name;

    CHECK(is_not_forgotten(&dict, 'a'));
    CHECK(dict_set(&dict, letter('a'), 1) == 1);
    CHECK(is_not_forgotten(&dict, 'a') && is_not_forgotten(&dict, 'b'));
    CHECK(dict_intern(&space, "a", 1, &name) == 0);
    CHECK(dict_forget(&space, letter('a')) == ARENA_OK);
    CHECK(is_not_forgotten(&dict, 'a') && reads(&dict, "a"));
    CHECK(dict_popitem(&dict, &item) == 1);
    CHECK(is_not_forgotten(&dict, 'a') && item.name.text[0] == 'a');
    CHECK(ends_empty(&dict, before));
}

TEST(a_name_from_popitem_lasts_until_the_next)
{
    SPACE(space, ROOM);
    DICT(dict, space, bags);
    struct dict_item item, next;

    CHECK(dict_set(&dict, letter('a'), 1) == 1);
    CHECK(dict_set(&dict, letter('b'), 2) == 1);

    CHECK(dict_popitem(&dict, &item) == 1 && item.value == 2);
    CHECK(item.key == &item.name && item.name.text[0] == 'b');
    CHECK(dict_clear(&dict) == ARENA_OK && item.name.text[0] == 'b');
    CHECK(dict_set(&dict, &item.name, 3) == 1 && reads(&dict, "b"));
    CHECK(dict_popitem(&dict, &next) == 1 && next.name.text[0] == 'b');
    CHECK(ends_empty(&dict, before));
}

/* ---- Both sorts ------------------------------------------------------ */

static const struct dict_type mixed =
    DICT_TYPE_WITH(uint32_t, DICT_NAMES, NULL, NULL, NULL);

static bool is_general(const struct dict *dict)
{
    struct dict_stats stats;

    dict_get_stats(dict, &stats);
    return stats.general;
}

TEST(a_table_of_names_turns_general_at_the_first_general_key)
{
    SPACE(space, ROOM);
    DICT(dict, space, mixed);
    uint32_t seven = 7;
    struct dict_key name = { letter('a'), NULL }, number = { NULL, &seven };
    uintptr_t value = 0;
    struct dict_item item;

    CHECK(dict_set(&dict, &name, 1) == 1 && !is_general(&dict));
    CHECK(dict_get(&dict, &number, NULL) == 0 && !is_general(&dict));
    CHECK(dict_set(&dict, &number, 2) == 1 && is_general(&dict));

    CHECK(dict_get(&dict, &name, &value) == 1 && value == 1);
    CHECK(dict_get(&dict, &number, &value) == 1 && value == 2);
    CHECK(dict_check(&dict) == ARENA_OK);
    CHECK(dict_popitem(&dict, &item) == 1);
    CHECK(item.both.name == NULL && item.key == &item.both);
    CHECK(*(const uint32_t *)item.both.key == 7 && is_general(&dict));
    CHECK(dict_popitem(&dict, &item) == 1);
    CHECK(item.both.name == &item.name && item.name.text[0] == 'a');
    CHECK(dict_clear(&dict) == ARENA_OK && !is_general(&dict));
    number.key = NULL;
    CHECK(dict_set(&dict, &number, 1) == ARENA_EINVAL);
    CHECK(ends_empty(&dict, before));
}

TEST(an_update_sees_a_general_key_wherever_it_stands)
{
    SPACE(space, 2 * ROOM);
    uint32_t seven = 7;
    struct dict_key name = { NULL, NULL }, number = { NULL, &seven };

    for (unsigned first = 0; first < 2; first++) {
        DICT(dict, space, mixed);
        DICT(other, space, mixed);

        name.name = letter('a');
        CHECK(dict_set(&dict, &name, 1) == 1 && !is_general(&dict));
        CHECK(dict_set(&other, first == 0 ? &number : &name, 2) == 1);
        CHECK(dict_set(&other, first == 0 ? &name : &number, 2) == 1);
        CHECK(dict_update(&dict, &other) == ARENA_OK && is_general(&dict));
        CHECK(dict_equal(&dict, &other) == 1);
        CHECK(dict_check(&dict) == ARENA_OK);
        CHECK(dict_destroy(&dict) == ARENA_OK);
        CHECK(dict_destroy(&other) == ARENA_OK);
    }
    CHECK(is_given_back(&space, before));
}

TEST(an_update_without_room_for_a_general_key_binds_nothing)
{
    SPACE(space, ROOM);
    DICT(dict, space, mixed);
    DICT(other, space, mixed);
    uint32_t seven = 7;
    struct dict_key name = { letter('a'), NULL }, number = { NULL, &seven };
    uintptr_t value = 0;

    CHECK(dict_set(&dict, &name, 1) == 1);
    CHECK(dict_set(&other, &number, 2) == 1);
    CHECK(dict_set(&other, &name, 2) == 1);
    use_up(&arena);

    CHECK(dict_update(&dict, &other) == ARENA_ENOMEM);
    CHECK(dict_count(&dict) == 1 && !is_general(&dict));
    CHECK(dict_get(&dict, &name, &value) == 1 && value == 1);
}

TEST(what_is_reserved_is_there_for_both_sorts)
{
    SPACE(space, ROOM);
    DICT(dict, space, mixed);
    uint32_t i;
    struct dict_key name = { letter('a'), NULL }, number = { NULL, &i };
    size_t used;

    CHECK(dict_set(&dict, &name, 1) == 1 && !is_general(&dict));
    CHECK(dict_reserve(&dict, 5) == ARENA_OK && is_general(&dict));
    used = used_of(&arena);
    for (i = 0; i < 4; i++)
        CHECK(dict_set(&dict, &number, i) == 1);

    CHECK(used_of(&arena) == used && dict_check(&dict) == ARENA_OK);
    CHECK(dict_destroy(&dict) == ARENA_OK && used_of(&arena) == before);
}

TEST(a_space_that_is_not_destroyed_is_as_it_was)
{
    SPACE(space, ROOM);
    DICT(dict, space, bags);
    struct dict_item item;
    size_t used;

    CHECK(dict_set(&dict, letter('a'), 1) == 1);
    CHECK(dict_set(&dict, letter('b'), 2) == 1);
    CHECK(dict_popitem(&dict, &item) == 1);
    used = used_of(&arena);
    CHECK(dict_space_destroy(&space) == ARENA_EBUSY);
    CHECK(used_of(&arena) == used && item.name.text[0] == 'b');
    CHECK(dict_popitem(&dict, &item) == 1 && item.name.text[0] == 'a');
    CHECK(ends_empty(&dict, before));
}

#if ARENA_REF_BITS == 16
/* Intern a name until that is refused, or most times. Returns how often it was
   interned. */
static unsigned intern(struct dict_space *space, struct dict_name *name,
                       unsigned most)
{
    unsigned count = 0;

    while (count < most && dict_intern(space, "a", 1, name) >= 0)
        count++;
    return count;
}

/* A name has two counts: of its users, and of those that interned it. They are
   made different by a dict, found, and set near their end. */
TEST(a_name_that_is_interned_without_end_can_still_be_used)
{
    SPACE(space, ROOM);
    DICT(dict, space, bags);
    DICT(other, space, bags);
    enum { INTERNED = 777, JUMP = 0x7C00, MOST = 0x7FFF - JUMP };
    struct dict_name name;
    uint16_t *users, *holds;

    CHECK(intern(&space, &name, INTERNED) == INTERNED);
    CHECK(dict_set(&other, &name, 1) == 1);
    users = test_find(memory, ROOM, INTERNED + 1);
    holds = test_find(memory, ROOM, INTERNED);
    CHECK(users != NULL && holds != NULL);
    *users += JUMP;
    *holds += JUMP;
    CHECK(dict_remove(&other, &name) == 1);
    CHECK(intern(&space, &name, MOST) == MOST - INTERNED);

    CHECK(dict_set(&dict, letter('b'), 1) == 1);
    CHECK(dict_set(&other, &name, 1) == 1);
    CHECK(dict_update(&dict, &other) == ARENA_OK && reads(&dict, "ba"));
    CHECK(dict_destroy(&dict) == ARENA_OK);
    CHECK(dict_destroy(&other) == ARENA_OK);
    *users -= JUMP;
    *holds -= JUMP;
    for (unsigned i = 0; i < MOST; i++)
        CHECK(dict_forget(&space, &name) == ARENA_OK);
    CHECK(is_given_back(&space, before));
}
#endif

/* ---- All or nothing -------------------------------------------------- */

/* Set names and look whether each failure left all as it was. */
static bool fill(unsigned char *memory, size_t size, bool *ended)
{
    struct dict_space space;
    struct arena arena;
    struct dict dict;
    size_t used, before;

    if (!open_space(&arena, &space, memory, size))
        return true;
    before = used_of(&arena);
    EXPECT(dict_init(&dict, &space, &bags) == ARENA_OK);
    *ended = true;
    for (char c = 'a'; c < 'h' && *ended; c++) {
        int result;

        used = used_of(&arena);
        result = dict_set(&dict, letter(c), (uintptr_t)c);
        EXPECT(result == 1 || result == ARENA_ENOMEM);
        EXPECT(result == 1 || used_of(&arena) == used);
        EXPECT(dict_count(&dict) == (size_t)(c - 'a') + (result == 1));
        EXPECT(dict_check(&dict) == ARENA_OK);
        EXPECT(arena_check(&arena) == ARENA_OK);
        *ended = result == 1;
    }
    EXPECT(dict_destroy(&dict) == ARENA_OK && used_of(&arena) == before);
    return true;
}

TEST(names_in_an_arena_of_any_size_are_set_wholly_or_not)
{
    bool ended = false;
    size_t size;
    MEMORY(memory, ROOM);

    for (size = 0; size <= ROOM && !ended; size += 3) /* odd sizes, too */
        CHECK(fill(memory, size, &ended));
    CHECK(ended && size > 150);
}

TESTS = {
    RUN(a_name_is_what_it_says),
    RUN(names_of_one_hash_are_told_apart),
    RUN(the_beginning_of_a_name_is_another_name),
    RUN(a_name_lives_once_and_as_long_as_it_is_used),
    RUN(what_was_not_interned_can_not_be_forgotten),
    RUN(a_name_from_popitem_lasts_until_the_next),
    RUN(a_table_of_names_turns_general_at_the_first_general_key),
    RUN(an_update_sees_a_general_key_wherever_it_stands),
    RUN(an_update_without_room_for_a_general_key_binds_nothing),
    RUN(what_is_reserved_is_there_for_both_sorts),
    RUN(a_space_that_is_not_destroyed_is_as_it_was),
#if ARENA_REF_BITS == 16
    RUN(a_name_that_is_interned_without_end_can_still_be_used),
#endif
    RUN(names_in_an_arena_of_any_size_are_set_wholly_or_not),
    TESTS_END,
};
