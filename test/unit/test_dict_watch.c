/* Watchers: what they are told, when, and what they may do. */
#include "dict_test.h"

enum { ROOM = 700 + 60 * sizeof(void *) };

/* What a watcher heard, as letters: + added, = modified, - deleted, c cloned,
   0 cleared, ! deallocated. */
struct ear {
    char heard[24];
    unsigned count;
    uint32_t key; /* of the last event                              */
    uintptr_t value;
    const void *source; /* of a clone                               */
    int result;         /* what the watcher returns                 */
    int change;         /* what it got when it changed the dict     */
    size_t entries;     /* how many it saw                          */
    bool changes;
    unsigned order;
};

static unsigned told;

static int listen(void *user, enum dict_event event, struct dict *dict,
                  const void *key, uintptr_t value)
{
    struct ear *ear = user;

    if (ear->count < sizeof ear->heard - 1)
        ear->heard[ear->count++] = "+=-c0!"[event];
    if (event <= DICT_DELETED)
        ear->key = *(const uint32_t *)key;
    ear->source = event == DICT_CLONED ? key : NULL;
    ear->value = value;
    ear->entries = dict_count(dict);
    ear->order = ++told;
    if (ear->changes) {
        struct dict_item item;

        ear->change = put(dict, 77, 1);
        if (removed(dict, ear->key) != ear->change ||
            dict_popitem(dict, &item) != ear->change ||
            dict_clear(dict) != ear->change ||
            dict_destroy(dict) != ear->change ||
            dict_reserve(dict, 99) != ear->change ||
            dict_shrink(dict) != ear->change ||
            dict_update(dict, dict) != ear->change ||
            dict_check(dict) != ARENA_OK)
            ear->change = 1;
    }
    return ear->result;
}

/* Has the ear heard this, and nothing else, since the last time? */
static bool heard(struct ear *ear, const char *events)
{
    unsigned i = 0, count = ear->count;

    while (i < count && events[i] == ear->heard[i])
        i++;
    ear->count = 0;
    return i == count && events[i] == '\0';
}

/* The first line of a test: as SPACE, and declare dict as one of numbers that
   ear listens to, as watcher 0. */
#define WATCHED(dict, ear)                              \
    SPACE(space, ROOM);                                 \
    DICT(dict, space, numbers);                         \
    struct ear ear;                                     \
    memset(&ear, 0, sizeof ear);                        \
    CHECK(dict_watcher_add(&space, listen, &ear) == 0); \
    CHECK(dict_watch(&dict, 0) == ARENA_OK)

TEST(a_watcher_hears_what_has_happened)
{
    WATCHED(dict, ear);
    uint32_t key = 2;
    uintptr_t value;

    CHECK(put(&dict, 1, 10) == 1 && heard(&ear, "+"));
    CHECK(ear.key == 1 && ear.value == 10 && ear.entries == 1);
    CHECK(put(&dict, 1, 11) == 0 && heard(&ear, "="));
    CHECK(ear.key == 1 && ear.value == 11);
    CHECK(dict_setdefault(&dict, &key, 20, &value) == 1 && heard(&ear, "+"));
    CHECK(ear.key == 2 && ear.value == 20);
    CHECK(removed(&dict, 1) == 1 && heard(&ear, "-"));
    CHECK(ear.key == 1 && ear.value == 0 && ear.entries == 1);
    CHECK(dict_pop(&dict, &key, &value) == 1 && heard(&ear, "-"));
    CHECK(ear.key == 2 && value == 20);
    CHECK(dict_clear(&dict) == ARENA_OK && heard(&ear, "0"));
    CHECK(ear.entries == 0);
    CHECK(dict_destroy(&dict) == ARENA_OK && heard(&ear, "!"));
}

TEST(a_watcher_hears_nothing_when_nothing_changes)
{
    WATCHED(dict, ear);
    DICT(other, space, numbers);
    struct dict_item item;
    uint32_t key = 1;
    uintptr_t value;

    CHECK(dict_clear(&dict) == ARENA_OK);
    CHECK(dict_popitem(&dict, &item) == 0);
    CHECK(dict_update(&dict, &other) == ARENA_OK);
    CHECK(put(&other, 9, 9) == 1);
    CHECK(heard(&ear, ""));
    CHECK(put(&dict, 1, 10) == 1 && heard(&ear, "+"));
    CHECK(put(&dict, 1, 10) == 0 && removed(&dict, 2) == 0);
    CHECK(dict_setdefault(&dict, &key, 5, &value) == 0);
    CHECK(dict_update(&dict, &dict) == ARENA_OK);
    CHECK(dict_reserve(&dict, 9) == ARENA_OK);
    CHECK(heard(&ear, ""));
}

TEST(a_watcher_hears_of_items_clones_and_updates)
{
    WATCHED(dict, ear);
    DICT(other, space, numbers);
    struct dict_item item;

    CHECK(put(&other, 1, 1) == 1 && put(&other, 2, 2) == 1);
    CHECK(dict_update(&dict, &other) == ARENA_OK && heard(&ear, "c"));
    CHECK(ear.source == &other && ear.entries == 2);
    CHECK(dict_equal(&dict, &other) == 1);
    CHECK(put(&other, 2, 3) == 0 && put(&other, 3, 3) == 1);
    CHECK(put(&other, 4, 4) == 1);
    CHECK(dict_update(&dict, &other) == ARENA_OK && heard(&ear, "=++"));
    CHECK(ear.key == 4 && ear.value == 4 && ear.entries == 4);
    CHECK(counts(&dict, "1234") && got(&dict, 2) == 3);
    CHECK(dict_popitem(&dict, &item) == 1 && heard(&ear, "-"));
    CHECK(ear.key == 4 && item.value == 4);
    CHECK(dict_pop_first(&dict, &item) == 1 && heard(&ear, "-"));
    CHECK(ear.key == 1 && item.value == 1);
}

/* A row of dicts: whenever an item is taken out of one, a watcher takes one out
   of the next. */
struct row {
    struct dict dicts[3];
    struct dict_item items[3];
    bool wrong;
};

static int take_next(void *user, enum dict_event event, struct dict *dict,
                     const void *key, uintptr_t value)
{
    struct row *row = user;
    size_t next = (size_t)(dict - row->dicts) + 1;

    (void)value;
    if (event != DICT_DELETED)
        return 0;
    if (next < 3 && dict_popitem(&row->dicts[next], &row->items[next]) != 1)
        row->wrong = true;
    if (((const struct dict_name *)key)->text[0] != (char)('a' + next - 1))
        row->wrong = true;
    return 0;
}

/* Put these names into the dicts of a row, one each, and take all out. */
static bool take_row(struct row *row, const char *letters)
{
    for (unsigned i = 0; i < 3; i++)
        EXPECT(dict_set(&row->dicts[i], letter(letters[i]), i + 1) == 1);
    EXPECT(dict_popitem(&row->dicts[0], &row->items[0]) == 1);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT(row->items[i].value == i + 1);
        EXPECT(row->items[i].name.text[0] == letters[i]);
        EXPECT(dict_check(&row->dicts[i]) == ARENA_OK);
    }
    return true;
}

TEST(names_of_items_taken_by_watchers_last_as_long_as_others)
{
    SPACE(space, 2 * ROOM);
    struct row row;
    struct dict_name name;
    int watcher = dict_watcher_add(&space, take_next, &row);

    row.wrong = false;
    for (unsigned i = 0; i < 3; i++) {
        CHECK(dict_init(&row.dicts[i], &space, &bags) == ARENA_OK);
        CHECK(dict_watch(&row.dicts[i], watcher) == ARENA_OK);
    }
    CHECK(take_row(&row, "abc") && take_row(&row, "abc") && !row.wrong);
    CHECK(dict_intern(&space, "b", 1, &name) == 0);
    CHECK(dict_space_destroy(&space) == ARENA_EBUSY);
    CHECK(row.items[2].name.text[0] == 'c');
    CHECK(dict_forget(&space, &name) == ARENA_OK);
    CHECK(dict_forget(&space, &name) == ARENA_EINVAL);
    CHECK(row.items[1].name.text[0] == 'b');
    CHECK(take_row(&row, "aba") && take_row(&row, "aab"));
    for (unsigned i = 0; i < 3; i++)
        CHECK(dict_destroy(&row.dicts[i]) == ARENA_OK);
    CHECK(is_given_back(&space, before));
}

TEST(a_copy_is_not_watched)
{
    WATCHED(dict, ear);
    struct dict copy;

    CHECK(put(&dict, 1, 1) == 1 && heard(&ear, "+"));
    CHECK(dict_copy(&dict, &copy) == ARENA_OK);
    CHECK(put(&copy, 2, 2) == 1 && dict_clear(&copy) == ARENA_OK);
    CHECK(heard(&ear, ""));
}

TEST(a_watcher_that_changes_its_dict_is_refused)
{
    WATCHED(dict, ear);
    DICT(other, space, numbers);

    ear.changes = true;
    CHECK(put(&other, 5, 5) == 1 && put(&other, 6, 6) == 1);
    CHECK(put(&dict, 1, 10) == 1 && ear.change == ARENA_EBUSY);
    CHECK(put(&dict, 1, 11) == 0 && ear.change == ARENA_EBUSY);
    CHECK(dict_update(&dict, &other) == ARENA_OK);
    CHECK(ear.change == ARENA_EBUSY);
    CHECK(removed(&dict, 1) == 1 && ear.change == ARENA_EBUSY);
    CHECK(counts(&dict, "56"));
    ear.change = 0;
    CHECK(dict_destroy(&dict) == ARENA_OK && ear.change == ARENA_EBUSY);
}

/* Change another dict, and the one an update comes from. */
struct meddler {
    struct dict *other;
    int result;
};

static int meddle(void *user, enum dict_event event, struct dict *dict,
                  const void *key, uintptr_t value)
{
    struct meddler *meddler = user;

    (void)event;
    (void)dict;
    (void)key;
    meddler->result = put(meddler->other, 8, value);
    return 0;
}

TEST(a_watcher_may_change_another_dict_but_not_a_source)
{
    WATCHED(dict, ear);
    DICT(other, space, numbers);
    struct meddler meddler = { &other, 0 };

    CHECK(dict_watcher_add(&space, meddle, &meddler) == 1);
    CHECK(dict_watch(&dict, 1) == ARENA_OK);
    CHECK(put(&dict, 1, 10) == 1 && meddler.result == 1);
    CHECK(got(&other, 8) == 10);
    CHECK(put(&other, 9, 9) == 1);
    CHECK(dict_update(&dict, &other) == ARENA_OK);
    CHECK(meddler.result == ARENA_EBUSY && counts(&dict, "189"));
    CHECK(dict_count(&other) == 2 && put(&other, 8, 1) == 0);
}

/* Update another dict from the same source. */
struct follower {
    struct dict *dict, *source;
    int result;
};

static int follow(void *user, enum dict_event event, struct dict *dict,
                  const void *key, uintptr_t value)
{
    struct follower *follower = user;

    (void)event;
    (void)dict;
    (void)key;
    (void)value;
    follower->result = dict_update(follower->dict, follower->source);
    return 0;
}

TEST(a_source_of_255_updates_at_once_is_not_one_of_another)
{
    WATCHED(dict, ear);
    DICT(other, space, numbers);
    DICT(source, space, numbers);
    struct follower follower = { &other, &source, 0 };
    size_t used;

    CHECK(put(&source, 5, 5) == 1);
    CHECK(dict_watcher_add(&space, follow, &follower) == 1);
    CHECK(dict_watch(&dict, 1) == ARENA_OK);

    source.busy = 254; /* as in the callbacks of 254 updates */
    CHECK(dict_update(&dict, &source) == ARENA_OK && counts(&dict, "5"));
    CHECK(follower.result == ARENA_EBUSY && dict_count(&other) == 0);
    CHECK(source.busy == 254 && other.busy == 0);
    source.busy = 255;
    used = used_of(&arena);
    CHECK(dict_update(&other, &source) == ARENA_EBUSY);
    CHECK(source.busy == 255 && used_of(&arena) == used);

    source.busy = 253;
    CHECK(put(&dict, 6, 6) == 1 && follower.result == ARENA_OK);
    CHECK(source.busy == 253 && counts(&other, "5"));
}

TEST(a_failing_watcher_is_counted_and_stops_nothing)
{
    WATCHED(dict, ear);
    struct ear second;

    memset(&second, 0, sizeof second);
    ear.result = -1;
    CHECK(dict_watcher_add(&space, listen, &second) == 1);
    CHECK(dict_watch(&dict, 1) == ARENA_OK);
    CHECK(put(&dict, 1, 1) == 1);

    CHECK(space.watcher_failures == 1);
    CHECK(heard(&ear, "+") && heard(&second, "+"));
    CHECK(second.order == ear.order + 1);
    CHECK(got(&dict, 1) == 1);
    CHECK(dict_destroy(&dict) == ARENA_OK && heard(&second, "!"));
    CHECK(space.watcher_failures == 2);
}

/* Are numbers refused that no watcher has, and calls without a dict, a space or
   a watcher? Number 0 has been removed. */
static bool misuse_is_refused(struct dict *dict)
{
    struct dict_space *space = dict->space;

    EXPECT(dict_watcher_remove(space, 0) == ARENA_EUNWATCHED);
    EXPECT(dict_watch(dict, 0) == ARENA_EUNWATCHED);
    EXPECT(dict_unwatch(dict, 0) == ARENA_EUNWATCHED);
    EXPECT(dict_watcher_remove(space, -1) == ARENA_EWATCHER);
    EXPECT(dict_watch(dict, DICT_WATCHERS) == ARENA_EWATCHER);
    EXPECT(dict_unwatch(dict, -1) == ARENA_EWATCHER);
    EXPECT(dict_watch(NULL, 1) == ARENA_EINVAL);
    EXPECT(dict_watcher_add(space, NULL, NULL) == ARENA_EINVAL);
    EXPECT(dict_watcher_add(NULL, listen, NULL) == ARENA_EINVAL);
    EXPECT(dict_watcher_remove(NULL, 0) == ARENA_EINVAL);
    return true;
}

TEST(watchers_come_and_go_by_number)
{
    WATCHED(dict, ear);

    for (int i = 1; i < DICT_WATCHERS; i++)
        CHECK(dict_watcher_add(&space, listen, &ear) == i);
    CHECK(dict_watcher_add(&space, listen, &ear) == ARENA_EFULL);
    CHECK(dict_watch(&dict, 7) == ARENA_OK && put(&dict, 1, 1) == 1);
    CHECK(heard(&ear, "++"));
    CHECK(dict_unwatch(&dict, 7) == ARENA_OK && put(&dict, 2, 2) == 1);
    CHECK(heard(&ear, "+"));
    CHECK(dict_watcher_remove(&space, 0) == ARENA_OK);
    CHECK(put(&dict, 3, 3) == 1 && heard(&ear, ""));
    CHECK(misuse_is_refused(&dict));

    CHECK(dict_watcher_add(&space, listen, &ear) == 0);
    DICT(other, space, numbers);
    CHECK(put(&other, 4, 4) == 1 && heard(&ear, ""));
    CHECK(dict_watch(&other, 0) == ARENA_OK);
    CHECK(put(&other, 5, 5) == 1 && heard(&ear, "+"));
}

/* The old watcher had dict, and watcher 1 has it still. */
TEST(a_watcher_does_not_inherit_the_dicts_of_its_number)
{
    WATCHED(dict, ear);
    struct ear other;

    memset(&other, 0, sizeof other);
    CHECK(dict_watcher_add(&space, listen, &other) == 1);
    CHECK(dict_watch(&dict, 1) == ARENA_OK && put(&dict, 1, 1) == 1);
    CHECK(heard(&ear, "+") && heard(&other, "+"));
    CHECK(dict_watcher_remove(&space, 0) == ARENA_OK);
    CHECK(dict_watcher_add(&space, listen, &ear) == 0);

    CHECK(put(&dict, 2, 2) == 1 && heard(&ear, "") && heard(&other, "+"));
    CHECK(put(&dict, 2, 3) == 0 && heard(&ear, "") && heard(&other, "="));
    CHECK(dict_watch(&dict, 0) == ARENA_OK && removed(&dict, 2) == 1);
    CHECK(heard(&ear, "-") && heard(&other, "-"));
}

/* Also if dict has not changed since, and gets another watcher meanwhile. */
TEST(a_stale_watcher_stays_stale_when_another_comes)
{
    WATCHED(dict, ear);
    struct ear other;

    memset(&other, 0, sizeof other);
    CHECK(dict_watcher_remove(&space, 0) == ARENA_OK);
    CHECK(dict_watcher_add(&space, listen, &ear) == 0);
    CHECK(dict_watcher_add(&space, listen, &other) == 1);
    CHECK(dict_watch(&dict, 1) == ARENA_OK);
    CHECK(put(&dict, 1, 1) == 1 && heard(&ear, "") && heard(&other, "+"));
    CHECK(dict_destroy(&dict) == ARENA_OK);
    CHECK(heard(&ear, "") && heard(&other, "!"));
}

/* A watcher that gives number 1 to another one. */
static int replace(void *user, enum dict_event event, struct dict *dict,
                   const void *key, uintptr_t value)
{
    (void)event;
    (void)key;
    (void)value;
    if (dict_watcher_remove(dict->space, 1) < 0)
        return -1;
    return dict_watcher_add(dict->space, listen, user);
}

TEST(a_watcher_added_by_a_watcher_does_not_hear_of_the_same_event)
{
    WATCHED(dict, ear);

    CHECK(dict_watcher_remove(&space, 0) == ARENA_OK);
    CHECK(dict_watcher_add(&space, replace, &ear) == 0);
    CHECK(dict_watcher_add(&space, listen, &ear) == 1);
    CHECK(dict_watch(&dict, 0) == ARENA_OK);
    CHECK(dict_watch(&dict, 1) == ARENA_OK);

    CHECK(put(&dict, 1, 1) == 1 && heard(&ear, ""));
    CHECK(put(&dict, 2, 2) == 1 && heard(&ear, ""));
    CHECK(space.watchers[1].call == listen && space.watcher_failures == 0);
}

static int nothing_but_names(void *user, enum dict_event event,
                             struct dict *dict, const void *key,
                             uintptr_t value)
{
    const struct dict_name *name = key;

    (void)value;
    if (event == DICT_ADDED || event == DICT_MODIFIED)
        return dict_contains(dict, name) == 1 ? 0 : -1;
    *(char *)user = key == NULL ? '0' : name->text[0];
    return 0;
}

TEST(events_of_names_and_shapes_are_told_as_well)
{
    WATCHED(dict, ear);
    SHAPE(shape, space);
    struct dict_item item;
    struct dict bag;
    char last = '?';

    CHECK(dict_init_shape(&bag, &shape) == ARENA_OK);
    CHECK(dict_watcher_add(&space, nothing_but_names, &last) == 1);
    CHECK(dict_watch(&bag, 1) == ARENA_OK);
    CHECK(dict_set(&bag, letter('a'), 1) == 1);
    CHECK(dict_set(&bag, letter('b'), 1) == 1);
    CHECK(dict_set(&bag, letter('a'), 2) == 0);
    CHECK(dict_remove(&bag, letter('a')) == 1 && last == 'a');
    CHECK(dict_clear(&bag) == ARENA_OK && last == '0');
    CHECK(dict_set(&bag, letter('b'), 1) == 1);
    if (dict_popitem(&bag, &item) == 1) /* takes more room than a few have */
        CHECK(last == 'b');
    CHECK(space.watcher_failures == 0);
}

TESTS = {
    RUN(a_watcher_hears_what_has_happened),
    RUN(a_watcher_hears_nothing_when_nothing_changes),
    RUN(a_watcher_hears_of_items_clones_and_updates),
    RUN(names_of_items_taken_by_watchers_last_as_long_as_others),
    RUN(a_copy_is_not_watched),
    RUN(a_watcher_that_changes_its_dict_is_refused),
    RUN(a_watcher_may_change_another_dict_but_not_a_source),
    RUN(a_source_of_255_updates_at_once_is_not_one_of_another),
    RUN(a_failing_watcher_is_counted_and_stops_nothing),
    RUN(watchers_come_and_go_by_number),
    RUN(a_watcher_does_not_inherit_the_dicts_of_its_number),
    RUN(a_stale_watcher_stays_stale_when_another_comes),
    RUN(a_watcher_added_by_a_watcher_does_not_hear_of_the_same_event),
    RUN(events_of_names_and_shapes_are_told_as_well),
    TESTS_END,
};
