/*
 * The game of rollback.c: two commanders, some thousand units, and shots.
 * Private, part of rollback.c.
 *
 *     struct world ---- units   map: id -> struct unit
 *          |      |---- tiles   map: tile -> id of the unit that stands there
 *          |      |---- players[2]   references of versioned blocks
 *          |      `---- shots[16]    the same; 0: none
 *          `- tick, random           plain numbers
 *
 * A tick is a pure function of the world and the two inputs. So: integers
 * only; the random numbers' state is part of the world; nothing is read from
 * outside; units are taken in the order of their ids.
 */
#ifndef ROLLBACK_GAME_H
#define ROLLBACK_GAME_H

#include "hamt.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PLAYERS = 2,
    SIDE = 128,   /* tiles in a row, and rows                            */
    TILE = 256,   /* a tile's width, in units of length                  */
    UNITS = 4096, /* ids; half of them each player's                     */
    THINK = 64,   /* ticks from one thought of a unit to                 */
                  /* the next: so 64 units think in each                 */
    SHOTS = 16,
    HEALTH = 100
};

/* What a player does in a tick: buttons. */
enum { LEFT = 1, RIGHT = 2, UP = 4, DOWN = 8, FIRE = 16 };

/*
 * No padding in what is hashed and compared by its bytes: so the small members
 * fill up whole words.
 */
struct unit {
    int32_t x, y;
    uint8_t player;
    uint8_t health;
    uint16_t kills;
};

struct player {
    int32_t x, y;
    int32_t facing_x, facing_y; /* where shots go, in tiles a tick */
    uint32_t reload;            /* ticks until the next shot       */
    uint32_t score;
};

struct shot {
    int32_t x, y, speed_x, speed_y;
    uint32_t player;
    uint32_t range; /* ticks to fly */
};

HAMT_DEFINE(units, uint32_t, struct unit);
HAMT_DEFINE(tiles, uint32_t, uint32_t);

/* All that a tick reads and writes. To keep it, copy this struct and hold the
   arena. */
struct world {
    struct hamt units, tiles;
    arena_ref players[PLAYERS];
    arena_ref shots[SHOTS];
    uint32_t tick;
    uint32_t random;
};

/* ---- Errors ---------------------------------------------------------- */

/*
 * The result of a library call, which must not be an error. A game gives its
 * arena room for the worst case, so that being out of memory in a tick is a
 * mistake in that figure. (One that must go on would roll back to the last
 * frame: it is as it was before the tick.)
 */
static int need(int result, const char *call)
{
    if (result >= 0)
        return result;
    fprintf(stderr, "rollback: %s: %s\n", call, arena_strerror(result));
    exit(2);
}

/* The same of a call that has to find, or to add, what it was given: a unit and
   its tile come and go together. */
static void need_one(int result, const char *call)
{
    need(need(result, call) == 1 ? ARENA_OK : ARENA_ECORRUPT, call);
}

static void *need_block(void *block, const char *call)
{
    if (block != NULL)
        return block;
    fprintf(stderr, "rollback: %s: no room\n", call);
    exit(2);
}

/* ---- Blocks ---------------------------------------------------------- */

/*
 * The block at *ref, to be written to. While a held frame sees it, this is a
 * copy, and a copy lies elsewhere: so the reference has to follow.
 */
static void *edit(struct arena *arena, arena_ref *ref)
{
    void *block = arena_at(arena, *ref);

    need(arena_edit(arena, &block), "arena_edit");
    *ref = arena_ref_of(arena, block);
    return block;
}

static void retire(struct arena *arena, arena_ref *ref)
{
    need(arena_retire(arena, arena_at(arena, *ref)), "arena_retire");
    *ref = 0;
}

/* ---- Units ----------------------------------------------------------- */

/* Marsaglia's xorshift32. Never twice in one expression: C does not say which
   call comes first, and two compilers may differ. */
static uint32_t roll(struct world *world, uint32_t limit)
{
    uint32_t x = world->random;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    world->random = x;
    return x % limit;
}

/* A unit that is on the field, to be written to until the map's next change.
   Where no held frame sees it this costs a lookup. */
static struct unit *edit_unit(struct world *world, uint32_t id)
{
    struct unit *unit = NULL;

    need_one(units_edit(&world->units, &id, &unit), "hamt_edit");
    return unit;
}

static int32_t clamp(int32_t x, int32_t low, int32_t high)
{
    return x < low ? low : x > high ? high : x;
}

static int32_t clamp_to_field(int32_t x)
{
    return clamp(x, 0, SIDE * TILE - 1);
}

static uint32_t tile_of(int32_t x, int32_t y)
{
    return (uint32_t)(y / TILE * SIDE + x / TILE);
}

static bool is_free(const struct world *world, uint32_t tile)
{
    return need(hamt_find(&world->tiles, &tile, NULL), "hamt_find") == 0;
}

/* Put a new unit on the field in some row, unless another stands there. */
static void enlist(struct world *world, uint32_t id, int32_t x)
{
    int32_t y = (int32_t)roll(world, SIDE * TILE);
    struct unit unit = { x, y, (uint8_t)(id % PLAYERS), HEALTH, 0 };
    uint32_t tile = tile_of(x, y);

    if (!is_free(world, tile))
        return;
    need_one(tiles_set(&world->tiles, &tile, &id), "hamt_set");
    need_one(units_set(&world->units, &id, &unit), "hamt_set");
}

/* The unit at a tile that a player would fight; UNITS if there is none. */
static uint32_t enemy_at(const struct world *world, uint32_t tile,
                         uint32_t player)
{
    const uint32_t *id;

    if (need(tiles_find(&world->tiles, &tile, &id), "hamt_find") == 0)
        return UNITS;
    return *id % PLAYERS == player ? UNITS : *id;
}

/* Take health from a unit; the last of it takes the unit off the field.
   Returns whether it did. */
static bool strike(struct arena *arena, struct world *world, uint32_t id,
                   uint32_t damage)
{
    struct unit *unit = edit_unit(world, id);
    struct player *player;
    uint32_t tile;

    if (unit->health > damage) {
        unit->health = (uint8_t)(unit->health - damage);
        return false;
    }

    /* Pointers into a map are good until the map's next change: so first
       what needs unit. */
    tile = tile_of(unit->x, unit->y);
    need_one(units_remove(&world->units, &id), "hamt_remove");
    need_one(tiles_remove(&world->tiles, &tile), "hamt_remove");
    player = edit(arena, &world->players[1 - id % PLAYERS]);
    player->score++;
    return true;
}

/* Move a unit to where it may stand. */
static void move(struct world *world, uint32_t id, uint32_t from, int32_t x,
                 int32_t y)
{
    uint32_t to = tile_of(x, y);
    struct unit *unit;

    if (to != from) {
        need_one(tiles_remove(&world->tiles, &from), "hamt_remove");
        need_one(tiles_set(&world->tiles, &to, &id), "hamt_set");
    }
    unit = edit_unit(world, id);
    unit->x = x;
    unit->y = y;
}

/* A unit walks, or strikes who stands in its way. Every other one follows its
   own commander, the rest hunt the enemy's. */
static void think(struct arena *arena, struct world *world, uint32_t id)
{
    uint32_t goes_for = (id + id / PLAYERS) % PLAYERS;
    const struct player *goal = arena_at(arena, world->players[goes_for]);
    const struct unit *unit;
    uint32_t from, to, enemy;
    int32_t x, y;

    if (need(units_find(&world->units, &id, &unit), "hamt_find") == 0) {
        enlist(world, id, id % PLAYERS ? SIDE * TILE - 1 : 0);
        return;
    }
    from = tile_of(unit->x, unit->y);
    x = unit->x + clamp(goal->x - unit->x, -TILE / 2, TILE / 2);
    y = unit->y + clamp(goal->y - unit->y, -TILE / 2, TILE / 2);
    x = clamp_to_field(x + (int32_t)roll(world, TILE) - TILE / 2);
    y = clamp_to_field(y + (int32_t)roll(world, TILE) - TILE / 2);
    to = tile_of(x, y);
    enemy = enemy_at(world, to, id % PLAYERS);

    if (enemy < UNITS) {
        if (strike(arena, world, enemy, 20 + roll(world, 30)))
            edit_unit(world, id)->kills++;
    } else if (to == from || is_free(world, to)) {
        move(world, id, from, x, y);
    }
}

/* ---- Players and shots ----------------------------------------------- */

static void fire(struct arena *arena, struct world *world, uint32_t index,
                 const struct player *player)
{
    for (size_t i = 0; i < SHOTS; i++) {
        struct shot *shot;

        if (world->shots[i] != 0)
            continue;
        shot = need_block(arena_new(arena, sizeof *shot), "arena_new");
        shot->x = player->x;
        shot->y = player->y;
        shot->speed_x = player->facing_x * TILE;
        shot->speed_y = player->facing_y * TILE;
        shot->player = index;
        shot->range = 40;
        world->shots[i] = arena_ref_of(arena, shot);
        return;
    }
}

static void steer(struct arena *arena, struct world *world, uint32_t index,
                  uint8_t input)
{
    struct player *player = edit(arena, &world->players[index]);
    int32_t x = !!(input & RIGHT) - !!(input & LEFT);
    int32_t y = !!(input & DOWN) - !!(input & UP);

    if (x != 0 || y != 0) {
        player->facing_x = x;
        player->facing_y = y;
    }
    player->x = clamp_to_field(player->x + x * TILE / 4);
    player->y = clamp_to_field(player->y + y * TILE / 4);
    if (player->reload > 0) {
        player->reload--;
    } else if (input & FIRE) {
        player->reload = 10;
        fire(arena, world, index, player);
    }
}

static void fly(struct arena *arena, struct world *world, arena_ref *ref)
{
    struct shot *shot = edit(arena, ref);
    uint32_t enemy;

    shot->x += shot->speed_x;
    shot->y += shot->speed_y;
    if (shot->x != clamp_to_field(shot->x) ||
        shot->y != clamp_to_field(shot->y) || --shot->range == 0) {
        retire(arena, ref);
        return;
    }
    enemy = enemy_at(world, tile_of(shot->x, shot->y), shot->player);
    if (enemy < UNITS) {
        strike(arena, world, enemy, 60);
        retire(arena, ref);
    }
}

/* ---- The world ------------------------------------------------------- */

static void world_tick(struct arena *arena, struct world *world,
                       const uint8_t inputs[PLAYERS])
{
    for (uint32_t i = 0; i < PLAYERS; i++)
        steer(arena, world, i, inputs[i]);
    for (size_t i = 0; i < SHOTS; i++)
        if (world->shots[i] != 0)
            fly(arena, world, &world->shots[i]);
    for (uint32_t id = world->tick % THINK; id < UNITS; id += THINK)
        think(arena, world, id);
    world->tick++;
}

static void world_init(struct world *world, struct arena *arena, uint32_t seed)
{
    const struct world none = { 0 };

    *world = none;
    world->random = hamt_mix32(seed) | 1;
    need(units_init(&world->units, arena), "hamt_init");
    need(tiles_init(&world->tiles, arena), "hamt_init");
    for (uint32_t i = 0; i < PLAYERS; i++) {
        struct player *player =
            need_block(arena_new(arena, sizeof *player), "arena_new");
        const struct player start = {
            SIDE * TILE / 4, SIDE * TILE / 2, 1, 0, 0, 0
        };

        *player = start;
        if (i > 0) {
            player->x *= 3;
            player->facing_x = -1;
        }
        world->players[i] = arena_ref_of(arena, player);
    }
    for (uint32_t id = 0; id < UNITS; id++)
        enlist(world, id, (int32_t)roll(world, SIDE * TILE));
}

/* Give back everything, so that the end can check that nothing is left. */
static void world_clear(struct world *world, struct arena *arena)
{
    need(hamt_clear(&world->units), "hamt_clear");
    need(hamt_clear(&world->tiles), "hamt_clear");
    for (size_t i = 0; i < PLAYERS; i++)
        retire(arena, &world->players[i]);
    for (size_t i = 0; i < SHOTS; i++)
        if (world->shots[i] != 0)
            retire(arena, &world->shots[i]);
}

/* ---- Checksums ------------------------------------------------------- */

struct sums {
    uint32_t units, tiles; /* the maps' own hashes */
    uint32_t all;          /* what the peers compare */
};

/* References are left out, they differ from peer to peer: what they lead to
   is hashed. */
static uint32_t block_sum(const struct arena *arena, arena_ref ref, size_t size,
                          uint32_t seed)
{
    if (ref == 0)
        return hamt_mix32(seed + 1);
    return hamt_murmur(arena_at(arena, ref), size, seed);
}

static void sum_all(const struct arena *arena, const struct world *world,
                    struct sums *sums)
{
    const uint32_t numbers[] = { sums->units, sums->tiles, world->tick,
                                 world->random };
    uint32_t sum = hamt_murmur(numbers, sizeof numbers, 0);

    for (size_t i = 0; i < PLAYERS; i++)
        sum = block_sum(arena, world->players[i], sizeof(struct player), sum);
    for (size_t i = 0; i < SHOTS; i++)
        sum = block_sum(arena, world->shots[i], sizeof(struct shot), sum);
    sums->all = sum;
}

/* The slow way: of the first frame, and to prove the quick one right. */
static void world_sum(const struct arena *arena, const struct world *world,
                      struct sums *sums)
{
    need(hamt_hash(&world->units, &sums->units), "hamt_hash");
    need(hamt_hash(&world->tiles, &sums->tiles), "hamt_hash");
    sum_all(arena, world, sums);
}

/* The quick way: the maps' hashes from those of the frame before, in time
   proportional to what has changed since. */
static void world_resum(const struct arena *arena, const struct world *old,
                        const struct sums *old_sums, const struct world *world,
                        struct sums *sums)
{
    need(hamt_rehash(&old->units, old_sums->units, &world->units, &sums->units),
         "hamt_rehash");
    need(hamt_rehash(&old->tiles, old_sums->tiles, &world->tiles, &sums->tiles),
         "hamt_rehash");
    sum_all(arena, world, sums);
}

#endif
