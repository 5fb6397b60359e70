/* Watchers, as in CPython's test_watchers (3.14): a test that stands for one
   of those begins with its name. docs/cpython.md has the table. */
#include "context_test.h"

enum { ROOM = 200 + 50 * sizeof(void *) };

static const struct context_var var = CONTEXT_VAR(0, "var");

/* What one watcher was told, and what it does. */
struct watch {
    struct setting *now;
    const struct context *told[4];
    int count;
    int result;    /* of each call            */
    int clear;     /* a watcher to be cleared */
    bool was_late; /* only after the switch?  */
};

/* A watch of a setting before it is told anything. */
/* clang-format off */
#define UNTOLD(setting) { &(setting), { NULL }, 0, 0, -1, true }
/* clang-format on */

static int note(void *user, const struct context *current)
{
    struct watch *watch = user;

    if (watch->count < 4)
        watch->told[watch->count] = current;
    watch->count++;
    if (context_current(&watch->now->thread) != current)
        watch->was_late = false;
    if (watch->clear >= 0)
        (void)context_clear_watcher(&watch->now->thread, watch->clear);
    return watch->result;
}

static int nothing(void *user, struct context_thread *thread)
{
    (void)user;
    (void)thread;
    return 0;
}

TEST(events_dispatched_each_watcher_is_told_of_enter_and_exit)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    struct watch a = UNTOLD(now), b = UNTOLD(now);

    CHECK(context_add_watcher(&now.thread, note, &a) == 0);
    CHECK(context_run(&now.thread, &context, nothing, NULL) == 0);
    CHECK(a.count == 2 && b.count == 0);

    CHECK(context_add_watcher(&now.thread, note, &b) == 1);
    CHECK(context_run(&now.thread, &context, nothing, NULL) == 0);
    CHECK(a.count == 4 && b.count == 2);
    CHECK(context_clear_watcher(&now.thread, 0) == ARENA_OK);
    CHECK(context_run(&now.thread, &context, nothing, NULL) == 0);
    CHECK(a.count == 4 && b.count == 4);
    CHECK(context_clear_watcher(&now.thread, 1) == ARENA_OK);
    CHECK(context_run(&now.thread, &context, nothing, NULL) == 0);
    CHECK(a.count == 4 && b.count == 4);
    CHECK(a.was_late && b.was_late);
    CHECK(ends_empty(&now));
}

TEST(exit_base_context_the_last_exit_is_told_as_none)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    struct watch watch = UNTOLD(now);

    CHECK(context_add_watcher(&now.thread, note, &watch) == 0);
    CHECK(context_run(&now.thread, &context, nothing, NULL) == 0);
    CHECK(watch.count == 2);
    CHECK(watch.told[0] == &context && watch.told[1] == NULL);
    CHECK(context_set(&now.thread, &var, 1, NULL) == ARENA_OK);
    CHECK(context_run(&now.thread, &context, nothing, NULL) == 0);
    CHECK(watch.count == 4 && watch.told[2] == &context);
    CHECK(watch.told[3] == context_current(&now.thread));
    CHECK(ends_empty(&now));
}

/* What was reported. */
struct reported {
    const struct context *of[4];
    int count;
    int watcher;
    int error;
};

static void take_report(void *user, int watcher, int error,
                        const struct context *current)
{
    struct reported *reported = user;

    if (reported->count < 4)
        reported->of[reported->count] = current;
    reported->count++;
    reported->watcher = watcher;
    reported->error = error;
}

TEST(callback_error_is_reported_and_stops_neither_the_switch_nor_the_others)
{
    SETTING(now, ROOM);
    CONTEXT(outer, now);
    CONTEXT(inner, now);
    struct watch bad = UNTOLD(now), good = UNTOLD(now);
    struct reported reported = { { NULL }, 0, 0, 0 };

    bad.result = ARENA_EUSER - 7;
    CHECK(context_enter(&now.thread, &outer) == ARENA_OK);
    CHECK(context_set_report(&now.thread, take_report, &reported) == ARENA_OK);
    CHECK(context_add_watcher(&now.thread, note, &bad) == 0);
    CHECK(context_add_watcher(&now.thread, note, &good) == 1);

    CHECK(context_run(&now.thread, &inner, nothing, NULL) == 0);
    CHECK(reported.count == 2);
    CHECK(reported.of[0] == &inner && reported.of[1] == &outer);
    CHECK(reported.watcher == 0 && reported.error == ARENA_EUSER - 7);
    CHECK(good.count == 2);

    CHECK(context_set_report(&now.thread, NULL, NULL) == ARENA_OK);
    CHECK(context_exit(&now.thread, &outer) == ARENA_OK);
    CHECK(reported.count == 2 && bad.count == 3 && good.count == 3);
    CHECK(ends_empty(&now));
}

TEST(a_result_that_is_no_error_is_not_reported)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    struct watch watch = UNTOLD(now);
    struct reported reported = { { NULL }, 0, 0, 0 };

    watch.result = 1;
    CHECK(context_set_report(&now.thread, take_report, &reported) == ARENA_OK);
    CHECK(context_set_report(NULL, take_report, &reported) == ARENA_EINVAL);
    CHECK(context_add_watcher(&now.thread, note, &watch) == 0);
    CHECK(context_run(&now.thread, &context, nothing, NULL) == 0);
    CHECK(watch.count == 2 && reported.count == 0);
    CHECK(ends_empty(&now));
}

TEST(clear_out_of_range_watcher_id_has_its_error)
{
    SETTING(now, ROOM);

    CHECK(context_clear_watcher(&now.thread, -1) == ARENA_EWATCHER);
    CHECK(context_clear_watcher(&now.thread, 8) == ARENA_EWATCHER);
    CHECK(context_clear_watcher(NULL, 0) == ARENA_EINVAL);
    CHECK(ends_empty(&now));
}

TEST(clear_unassigned_watcher_id_has_its_error)
{
    SETTING(now, ROOM);
    struct watch watch = UNTOLD(now);

    CHECK(context_clear_watcher(&now.thread, 0) == ARENA_EUNWATCHED);
    CHECK(context_clear_watcher(&now.thread, 7) == ARENA_EUNWATCHED);
    CHECK(context_add_watcher(&now.thread, note, &watch) == 0);
    CHECK(context_clear_watcher(&now.thread, 1) == ARENA_EUNWATCHED);
    CHECK(context_clear_watcher(&now.thread, 0) == ARENA_OK);
    CHECK(context_clear_watcher(&now.thread, 0) == ARENA_EUNWATCHED);
    CHECK(ends_empty(&now));
}

TEST(allocate_too_many_watchers_has_its_error_and_the_lowest_is_next)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    struct watch watch = UNTOLD(now);

    CHECK(context_add_watcher(&now.thread, NULL, &watch) == ARENA_EINVAL);
    CHECK(context_add_watcher(NULL, note, &watch) == ARENA_EINVAL);
    for (int i = 0; i < 8; i++)
        CHECK(context_add_watcher(&now.thread, note, &watch) == i);
    CHECK(context_add_watcher(&now.thread, note, &watch) == ARENA_EFULL);
    CHECK(context_enter(&now.thread, &context) == ARENA_OK);
    CHECK(watch.count == 8);

    CHECK(context_clear_watcher(&now.thread, 5) == ARENA_OK);
    CHECK(context_clear_watcher(&now.thread, 2) == ARENA_OK);
    CHECK(context_add_watcher(&now.thread, note, &watch) == 2);
    CHECK(context_add_watcher(&now.thread, note, &watch) == 5);
    CHECK(context_add_watcher(&now.thread, note, &watch) == ARENA_EFULL);
    CHECK(context_exit(&now.thread, &context) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TEST(only_switches_are_told)
{
    SETTING(now, ROOM);
    struct watch watch = UNTOLD(now);
    struct context context;
    struct context_token token;

    CHECK(context_add_watcher(&now.thread, note, &watch) == 0);
    CHECK(context_copy_current(&now.thread, &context) == ARENA_OK);
    CHECK(context_set(&now.thread, &var, 1, &token) == ARENA_OK);
    CHECK(context_reset(&now.thread, &var, &token) == ARENA_OK);
    CHECK(context_exit(&now.thread, &context) == ARENA_EOUTSIDE);
    CHECK(watch.count == 0);
    CHECK(context_enter(&now.thread, &context) == ARENA_OK);
    CHECK(context_enter(&now.thread, &context) == ARENA_EENTERED);
    CHECK(watch.count == 1);
    CHECK(context_exit(&now.thread, &context) == ARENA_OK);
    CHECK(ends_empty(&now));
}

TEST(a_watcher_may_clear_itself_or_another)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    struct watch a = UNTOLD(now), b = UNTOLD(now), c = UNTOLD(now);

    CHECK(context_add_watcher(&now.thread, note, &a) == 0);
    CHECK(context_add_watcher(&now.thread, note, &b) == 1);
    CHECK(context_add_watcher(&now.thread, note, &c) == 2);
    a.clear = 0;
    b.clear = 2;
    CHECK(context_run(&now.thread, &context, nothing, NULL) == 0);
    CHECK(a.count == 1 && b.count == 2 && c.count == 0);
    CHECK(ends_empty(&now));
}

/* A watcher that adds another. */
static int add_note(void *user, const struct context *current)
{
    struct watch *watch = user;

    if (watch->count++ == 0)
        (void)context_add_watcher(&watch->now->thread, note, watch + 1);
    return current == NULL;
}

TEST(a_watcher_added_while_they_are_told_waits_for_the_next_switch)
{
    SETTING(now, ROOM);
    CONTEXT(context, now);
    struct watch two[2] = { UNTOLD(now), UNTOLD(now) };

    CHECK(context_add_watcher(&now.thread, add_note, &two[0]) == 0);
    CHECK(context_enter(&now.thread, &context) == ARENA_OK);
    CHECK(two[1].count == 0);
    CHECK(context_exit(&now.thread, &context) == ARENA_OK);
    CHECK(two[1].count == 1 && two[1].told[0] == NULL);
    CHECK(ends_empty(&now));
}

TESTS = {
    RUN(events_dispatched_each_watcher_is_told_of_enter_and_exit),
    RUN(exit_base_context_the_last_exit_is_told_as_none),
    RUN(callback_error_is_reported_and_stops_neither_the_switch_nor_the_others),
    RUN(a_result_that_is_no_error_is_not_reported),
    RUN(clear_out_of_range_watcher_id_has_its_error),
    RUN(clear_unassigned_watcher_id_has_its_error),
    RUN(allocate_too_many_watchers_has_its_error_and_the_lowest_is_next),
    RUN(only_switches_are_told),
    RUN(a_watcher_may_clear_itself_or_another),
    RUN(a_watcher_added_while_they_are_told_waits_for_the_next_switch),
    TESTS_END,
};
