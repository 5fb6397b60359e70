/*
 * The entities of a game as property bags: dicts that share their names in a
 * shape, and keep but values and the order in which they got them.
 *
 * A watcher marks what has changed, so that after each tick only that is sent
 * over the network; a second world, which gets the messages, ends up the same.
 * The program says how many bytes that takes, and fails if the worlds differ.
 */
#include "dict.h"

#include <stdio.h>
#include <string.h>

enum { ENTITIES = 200, TICKS = 5, NAMES_MAX = 16, MESSAGES_MAX = 4096 };

static const struct dict_name x = DICT_NAME("x");
static const struct dict_name y = DICT_NAME("y");
static const struct dict_name health = DICT_NAME("health");
static const struct dict_name burning = DICT_NAME("burning");

static const struct dict_type bags = DICT_NAMES_TYPE;

/* ---- Worlds ---------------------------------------------------------- */

struct world {
    struct arena arena;
    struct dict_space space;
    struct dict_shape shape;
    struct dict entities[ENTITIES];
    unsigned char memory[80000];
};

/* The names are added to the shape before there are entities: each entity
   that is made while they are missing would take room from the shape. */
static int world_init(struct world *world)
{
    const struct dict_name *const names[] = { &x, &y, &health, &burning };
    int error = arena_init(&world->arena, world->memory, sizeof world->memory);

    if (error >= 0)
        error = dict_space_init(&world->space, &world->arena);
    if (error >= 0)
        error = dict_shape_init(&world->shape, &world->space, &bags);
    for (int i = 0; i < 4 && error >= 0; i++)
        error = dict_shape_add(&world->shape, names[i]);
    for (int i = 0; i < ENTITIES && error >= 0; i++)
        error = dict_init_shape(&world->entities[i], &world->shape);
    return error;
}

/* How many entities have left the shape, and so take more room. */
static int count_strays(const struct world *world)
{
    struct dict_stats stats;
    int count = 0;

    for (int i = 0; i < ENTITIES; i++) {
        dict_get_stats(&world->entities[i], &stats);
        count += stats.capacity == 0;
    }
    return count;
}

/* ---- What is to be sent ---------------------------------------------- */

/* A property that changed, or went. Its name is sent once, then a number. */
struct message {
    uint16_t entity;
    uint8_t name;
    uint8_t is_gone;
    uint32_t value;
};

struct network {
    struct world *from;
    struct dict_name names[NAMES_MAX]; /* those sent so far */
    int name_count;
    struct message messages[MESSAGES_MAX];
    int count;
    int sent; /* bytes */
};

/* The number of a name on the network; -1 if there are too many. */
static int number_of(struct network *network, const struct dict_name *name)
{
    int i = 0;

    while (i < network->name_count &&
           (network->names[i].size != name->size ||
            memcmp(network->names[i].text, name->text, name->size) != 0))
        i++;
    if (i == NAMES_MAX)
        return -1;
    if (i == network->name_count) {
        network->names[network->name_count++] = *name;
        network->sent += (int)name->size + 1;
    }
    return i;
}

/* The watcher: called after each change of a property of any entity. */
static int mark(void *user, enum dict_event event, struct dict *dict,
                const void *key, uintptr_t value)
{
    struct network *network = user;
    int name = key == NULL ? -1 : number_of(network, key);
    struct message *message;

    if (name < 0 || network->count == MESSAGES_MAX)
        return ARENA_EUSER;
    message = &network->messages[network->count++];
    message->entity = (uint16_t)(dict - network->from->entities);
    message->name = (uint8_t)name;
    message->is_gone = event == DICT_DELETED;
    message->value = (uint32_t)value;
    return 0;
}

/* Deliver all that is marked to another world. */
static int deliver(struct network *network, struct world *to)
{
    int result = 0;

    for (int i = 0; i < network->count && result >= 0; i++) {
        const struct message *message = &network->messages[i];
        struct dict *dict = &to->entities[message->entity];
        const struct dict_name *name = &network->names[message->name];

        result = message->is_gone ? dict_remove(dict, name)
                                  : dict_set(dict, name, message->value);
    }
    network->sent += network->count * (int)sizeof(struct message);
    network->count = 0;
    return result;
}

/* ---- The game -------------------------------------------------------- */

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % limit;
}

static int spawn(struct dict *entity)
{
    int error = dict_set(entity, &x, random_below(100));

    if (error >= 0)
        error = dict_set(entity, &y, random_below(100));
    if (error >= 0)
        error = dict_set(entity, &health, 100);
    return error;
}

/* One system reads and writes one property of all; each has a cache, as all
   entities have one shape. */
static int move_all(struct world *world)
{
    struct dict_cache cache = { 0, 0 };
    int error = 0;

    for (int i = 0; i < ENTITIES && error >= 0; i++) {
        uintptr_t at = 0;

        error = dict_get_cached(&world->entities[i], &x, &cache, &at);
        if (error > 0 && random_below(4) == 0)
            error = dict_set(&world->entities[i], &x, (at + 1) % 100);
    }
    return error;
}

static int burn_all(struct world *world)
{
    struct dict_cache cache = { 0, 0 };
    int error = 0;

    for (int i = 0; i < ENTITIES && error >= 0; i++) {
        struct dict *entity = &world->entities[i];
        uintptr_t left = 0, points = 0;

        error = dict_get_cached(entity, &burning, &cache, &left);
        if (error == 0 && random_below(20) == 0) {
            error = dict_set(entity, &burning, 2);
        } else if (error > 0) {
            error = dict_get(entity, &health, &points);
            if (error >= 0)
                error = dict_set(entity, &health, points - 5);
            if (error >= 0)
                error = left > 1 ? dict_set(entity, &burning, left - 1)
                                 : dict_remove(entity, &burning);
        }
    }
    return error;
}

/* ---- Showing --------------------------------------------------------- */

static void print_entity(const struct world *world, int number)
{
    struct dict_iter iter;
    const void *key;
    uintptr_t value;

    printf("entity %d:", number);
    dict_iter_init(&iter, &world->entities[number]);
    while (dict_iter_next(&iter, &key, &value) == 1)
        printf(" %s %lu", ((const struct dict_name *)key)->text,
               (unsigned long)value);
    printf("\n");
}

static int count_differences(const struct world *a, const struct world *b)
{
    int count = 0;

    for (int i = 0; i < ENTITIES; i++)
        count += dict_equal(&a->entities[i], &b->entities[i]) != 1;
    return count;
}

int main(void)
{
    static struct world here, there;
    static struct network network;
    int watcher, error, differences;

    network.from = &here;
    if (world_init(&here) < 0 || world_init(&there) < 0)
        return 1;
    watcher = dict_watcher_add(&here.space, mark, &network);
    error = watcher;
    for (int i = 0; i < ENTITIES && error >= 0; i++) {
        dict_watch(&here.entities[i], watcher);
        error = spawn(&here.entities[i]);
    }
    printf("%-8s %8s\n", "tick", "changes");
    for (int tick = 0; tick <= TICKS && error >= 0; tick++) {
        if (tick > 0 && (error = move_all(&here)) >= 0)
            error = burn_all(&here);
        printf("%-8d %8d\n", tick, network.count);
        if (error >= 0)
            error = deliver(&network, &there);
    }
    if (error < 0) {
        printf("error: %s\n", arena_strerror(error));
        return 1;
    }
    for (int i = 0; i < 3; i++)
        print_entity(&here, i);
    differences = count_differences(&here, &there);
    printf("%d bytes sent, %d entities differ, %u messages lost\n",
           network.sent, differences, (unsigned)here.space.watcher_failures);
    printf("%d of %d entities have left the shape\n", count_strays(&here),
           ENTITIES);
    return differences > 0 || here.space.watcher_failures > 0;
}
