/*
 * Logging from tasks: the request that a line belongs to, and the level from
 * which lines are printed, are context variables. Nobody passes them on: each
 * task of this small cooperative scheduler runs in its own copy of the context
 * in which it was started, and so do the callbacks that it starts in turn.
 */
#include "context.h"

#include <stdio.h>

enum { TASKS = 8, DEBUG = 1, INFO = 2 };

static const struct context_var request = CONTEXT_VAR(0, "request");
static const struct context_var level = CONTEXT_VAR(1, "level");
CONTEXT_DEFINE(request, const char *);
CONTEXT_DEFINE(level, int);

typedef int step(void *user, struct context_thread *thread);

static struct task {
    step *next; /* NULL: free */
    struct context context;
} tasks[TASKS];

static void say(struct context_thread *thread, int at, const char *text)
{
    if (at >= level_get_or(thread, INFO))
        printf("%-8s %s\n", request_get_or(thread, "-"), text);
}

/* Let function be called later, in a copy of the context of now. */
static void spawn(struct context_thread *thread, step *function)
{
    for (struct task *task = tasks; task < tasks + TASKS; task++) {
        if (task->next != NULL)
            continue;
        if (context_copy_current(thread, &task->context) == ARENA_OK)
            task->next = function;
        return;
    }
}

/* Call what there is to be called, in turn, until nothing is. */
static void run_all(struct context_thread *thread)
{
    for (int i = 0, idle = 0; idle < TASKS; idle++, i = (i + 1) % TASKS) {
        if (tasks[i].next == NULL)
            continue;
        context_run(thread, &tasks[i].context, tasks[i].next, NULL);
        context_release(&tasks[i].context);
        tasks[i].next = NULL;
        idle = 0;
    }
}

static int reply(void *user, struct context_thread *thread)
{
    say(thread, INFO, "reply sent");
    return user != NULL;
}

static int look_up(void *user, struct context_thread *thread)
{
    struct context_token detail;

    context_scope_begin(thread, &level, DEBUG, &detail);
    say(thread, DEBUG, "looked up, in detail");
    context_scope_end(thread, &detail);
    say(thread, DEBUG, "not printed: that scope has ended");
    spawn(thread, reply);
    return user != NULL;
}

static int serve(void *user, struct context_thread *thread)
{
    static const char *const requests[] = { "GET /a", "GET /b", "PUT /c" };

    for (int i = 0; i < 3; i++) {
        request_set(thread, requests[i], NULL);
        say(thread, INFO, "accepted");
        spawn(thread, look_up);
    }
    return user != NULL;
}

int main(void)
{
    static unsigned char memory[1024];
    struct context_thread thread;
    struct arena arena;

    arena_init(&arena, memory, sizeof memory);
    context_thread_init(&thread, &arena, NULL);
    spawn(&thread, serve);
    run_all(&thread);
    say(&thread, INFO, arena.blocks == 0 ? "all memory is back" : "a leak");
    return context_thread_release(&thread);
}
