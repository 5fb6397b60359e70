/*
 * Replays one of CPython's scripts on a map of each kind: see replay.h.
 */
#include "replay.h"

#include "arena.h"
#include "hamt.h"
#include "test.h"

#ifndef ORACLE_BYTE
#define ORACLE_BYTE(at) (*(at))
#endif

/* Where memory is short an arena may be smaller than what is sure to do. */
#ifndef ORACLE_ARENA
#define ORACLE_ARENA(mode, size) (size)
#endif

enum { ABSENT = 0xFFFF };

struct oracle_key {
    uint16_t id;
    uint16_t high, low; /* of the hash */
};

struct oracle_entry {
    struct oracle_key key;
    uint16_t value;
};

struct snapshot {
    struct arena_epoch epoch;
    struct hamt map;
    uint32_t hash; /* of its contents */
    bool is_held;
    bool has_hash; /* or else it is not looked at */
};

struct replay {
    const unsigned char *at; /* the next byte of the table */
    enum mode mode;
    struct arena arenas[2]; /* the second only for a region map */
    struct arena *arena;    /* the one in use */
    struct hamt map;
    struct snapshot *snaps;
    unsigned count;          /* of snaps */
    struct snapshot *newest; /* of the holds */
    struct snapshot steps[2];
    uint32_t step;
    bool is_idle;  /* the last change had nothing to change */
    bool is_other; /* it gave another root */
};

/* ---- The type -------------------------------------------------------- */

static int oracle_hash(const struct hamt_type *type, const void *item,
                       uint32_t *hash)
{
    const struct oracle_key *key = item;

    (void)type;
    *hash = (uint32_t)key->high << 16 | key->low;
    return 0;
}

static int oracle_equal(const struct hamt_type *type, const void *a,
                        const void *b)
{
    (void)type;
    return ((const struct oracle_key *)a)->id ==
           ((const struct oracle_key *)b)->id;
}

#define ORACLE_TYPE(flags)                                              \
    HAMT_TYPE_WITH(struct oracle_entry, key, value, flags, oracle_hash, \
                   oracle_equal, NULL, NULL)

static const struct hamt_type oracle_types[] = {
    ORACLE_TYPE(0),
    ORACLE_TYPE(0),
    ORACLE_TYPE(HAMT_COUNTED),
    ORACLE_TYPE(HAMT_REGION),
};

/* ---- Reading the table ----------------------------------------------- */

static uint8_t read_byte(struct replay *replay)
{
    uint8_t byte = (uint8_t)ORACLE_BYTE(replay->at);

    replay->at++;
    return byte;
}

static uint16_t read_number(struct replay *replay)
{
    unsigned high = read_byte(replay);

    return (uint16_t)(high << 8 | read_byte(replay));
}

static void read_key(struct replay *replay, struct oracle_key *key)
{
    key->id = read_number(replay);
    key->high = read_number(replay);
    key->low = read_number(replay);
}

/* ---- Digests --------------------------------------------------------- */

/* FNV-1a, 64 bits (Fowler, Noll and Vo), in bytes, the lowest first: compilers
   for 8 bits multiply 64 at once bit by bit. */
struct digest {
    uint8_t byte[8];
};

static void digest_byte(struct digest *digest, char byte)
{
    struct digest old;
    uint16_t sum = 0;

    /* times 2^40 + 2^8 + 0xB3 */
#define DIGEST_PART(i, more)                                             \
    sum = (uint16_t)((sum >> 8) + old.byte[i] * (uint8_t)0xB3 + (more)); \
    digest->byte[i] = (uint8_t)sum

    old = *digest;
    old.byte[0] = (uint8_t)(old.byte[0] ^ (unsigned char)byte);
    DIGEST_PART(0, 0);
    DIGEST_PART(1, old.byte[0]);
    DIGEST_PART(2, old.byte[1]);
    DIGEST_PART(3, old.byte[2]);
    DIGEST_PART(4, old.byte[3]);
    DIGEST_PART(5, old.byte[4] + old.byte[0]);
    DIGEST_PART(6, old.byte[5] + old.byte[1]);
    DIGEST_PART(7, old.byte[6] + old.byte[2]);
}

static void digest_number(struct digest *digest, uint16_t number)
{
    uint16_t unit = 10000;

    while (unit > 1 && number < unit)
        unit /= 10;
    for (; unit > 0; unit /= 10)
        digest_byte(digest, (char)('0' + number / unit % 10));
}

/* The digest of a map's keys and values in order. */
static void digest_order(const struct hamt *map, struct digest *digest)
{
    static const struct digest start = {
        { 0x25, 0x23, 0x22, 0x84, 0xE4, 0x9C, 0xF2, 0xCB },
    };
    const void *key, *value;
    struct hamt_iter iter;
    bool is_first = true;

    *digest = start;
    hamt_iter_init(&iter, map);
    while (hamt_iter_next(&iter, &key, &value) > 0) {
        if (!is_first)
            digest_byte(digest, ' ');
        is_first = false;
        digest_number(digest, ((const struct oracle_key *)key)->id);
        digest_byte(digest, ':');
        digest_number(digest, *(const uint16_t *)value);
    }
}

/* ---- Checks ---------------------------------------------------------- */

/* Is it time to look at the whole map? At each step up to 400 entries, then at
   one of 64; on slow machines the seldomer the more there is to look at. */
static bool is_time(const struct replay *replay)
{
    uint32_t count = (uint32_t)hamt_count(&replay->map);
    uint32_t pause = 1 + count * (TEST_DIVISOR - 1) / 128;

    if (count > 400 && pause < 64)
        pause = 64;
    return replay->step % pause == 0;
}

/* Is all sound? */
static bool check_all(const struct replay *replay)
{
    EXPECT(hamt_check(&replay->map) == ARENA_OK);
    EXPECT(arena_check(replay->arena) == ARENA_OK);
    return true;
}

/* Is the snapshot as it was? */
static bool check_snapshot(const struct snapshot *snap)
{
    uint32_t hash = ~snap->hash;

    if (!snap->has_hash)
        return true;
    EXPECT(hamt_check(&snap->map) == ARENA_OK);
    EXPECT(hamt_hash(&snap->map, &hash) == ARENA_OK);
    EXPECT(hash == snap->hash);
    return true;
}

/* ---- Snapshots ------------------------------------------------------- */

static bool take_snapshot(struct replay *replay, struct snapshot *snap,
                          bool look_at_it)
{
    EXPECT(!snap->is_held);
    snap->has_hash = look_at_it;
    if (look_at_it)
        EXPECT(hamt_hash(&replay->map, &snap->hash) == ARENA_OK);
    snap->map = replay->map;
    snap->is_held = true;
    if (replay->mode == EPOCHS || replay->mode == HELD)
        EXPECT(arena_hold(replay->arena, &snap->epoch) == ARENA_OK);
    if (replay->mode == COUNTED)
        EXPECT(hamt_retain(&replay->map, &snap->map) == ARENA_OK);
    return true;
}

static bool drop_snapshot(struct replay *replay, struct snapshot *snap)
{
    if (!snap->is_held)
        return true;
    EXPECT(check_snapshot(snap));
    snap->is_held = false;
    if (replay->mode == EPOCHS || replay->mode == HELD)
        EXPECT(arena_release(replay->arena, &snap->epoch) == ARENA_OK);
    if (replay->mode == COUNTED)
        EXPECT(hamt_release(&snap->map) == ARENA_OK);
    return true;
}

static bool drop_steps(struct replay *replay)
{
    EXPECT(drop_snapshot(replay, &replay->steps[0]));
    EXPECT(drop_snapshot(replay, &replay->steps[1]));
    return true;
}

/* Go back: on a timeline by a rollback, or by a copy where a newer snapshot
   is still wanted. */
static bool load_snapshot(struct replay *replay, struct snapshot *snap)
{
    EXPECT(snap->is_held);
    if (replay->mode == COUNTED) {
        EXPECT(hamt_release(&replay->map) == ARENA_OK);
        EXPECT(hamt_retain(&snap->map, &replay->map) == ARENA_OK);
    } else if (replay->mode == REGION) {
        replay->map = snap->map;
    } else if (snap == replay->newest) {
        EXPECT(arena_rollback(replay->arena, &snap->epoch) == ARENA_OK);
        replay->map = snap->map;
    } else {
        EXPECT(hamt_clear(&replay->map) == ARENA_OK);
        EXPECT(hamt_copy(&snap->map, replay->arena, &replay->map) == ARENA_OK);
    }
    return check_snapshot(snap);
}

static bool start_anew(struct replay *replay)
{
    if (replay->mode == COUNTED)
        EXPECT(hamt_release(&replay->map) == ARENA_OK);
    else
        EXPECT(hamt_clear(&replay->map) == ARENA_OK);
    EXPECT(hamt_init(&replay->map, replay->arena,
                     &oracle_types[replay->mode]) == ARENA_OK);
    return true;
}

/* ---- Changes --------------------------------------------------------- */

/* Copy what is left of a region map to the other arena: nothing else frees
   what it no longer needs. */
static bool move_out(struct replay *replay)
{
    struct arena *to = &replay->arenas[replay->arena == replay->arenas];

    EXPECT(hamt_copy(&replay->map, to, &replay->map) == ARENA_OK);
    for (unsigned i = 0; i < replay->count; i++) {
        struct snapshot *snap = &replay->snaps[i];

        if (!snap->is_held)
            continue;
        EXPECT(hamt_copy(&snap->map, to, &snap->map) == ARENA_OK);
        EXPECT(check_snapshot(snap));
    }
    EXPECT(arena_reset(replay->arena) == ARENA_OK);
    replay->arena = to;
    return true;
}

/* Set, or remove where value is NULL. Returns what the call does. */
static int apply(struct replay *replay, const struct oracle_key *key,
                 const uint16_t *value)
{
    struct hamt *map = &replay->map, next;
    int result;

    if (replay->mode == EPOCHS || replay->mode == HELD)
        return value != NULL ? hamt_set(map, key, value)
                             : hamt_remove(map, key);
    result = value != NULL ? hamt_assoc(map, key, value, &next)
                           : hamt_without(map, key, &next);
    if (result < 0)
        return result;
    if (replay->mode == COUNTED && hamt_release(map) < 0)
        return ARENA_ECORRUPT;
    *map = next;
    return result;
}

static bool change(struct replay *replay, const struct oracle_key *key,
                   const uint16_t *value)
{
    const uint16_t *old = hamt_get(&replay->map, key);
    int expected = (old == NULL) == (value != NULL);
    struct arena_stats before, after;
    arena_ref root = replay->map.root;
    int result;

    replay->is_idle = value == NULL ? old == NULL
                                    : old != NULL && *old == *value;
    arena_get_stats(replay->arena, &before);
    result = apply(replay, key, value);
    if (result == ARENA_ENOMEM && replay->mode == REGION) {
        EXPECT(move_out(replay));
        result = apply(replay, key, value);
    }
    EXPECT(result == expected);
    arena_get_stats(replay->arena, &after);
    replay->is_other = replay->map.root != root;
    if (replay->is_idle)
        EXPECT(!replay->is_other && after.used == before.used);
    return !is_time(replay) || check_all(replay);
}

/* The same under a hold, which goes one change later. */
static bool change_held(struct replay *replay, const struct oracle_key *key,
                        const uint16_t *value)
{
    struct snapshot *step = &replay->steps[replay->step % 2];
    struct snapshot *older = &replay->steps[(replay->step + 1) % 2];

    if (hamt_count(&replay->map) > 400)
        return change(replay, key, value);
    EXPECT(drop_snapshot(replay, step));
    EXPECT(take_snapshot(replay, step, is_time(replay)));
    EXPECT(change(replay, key, value));
    return drop_snapshot(replay, older);
}

/* ---- Commands -------------------------------------------------------- */

static bool replay_change(struct replay *replay, unsigned command)
{
    struct oracle_key key;
    uint16_t value = 0;

    read_key(replay, &key);
    if (command == SET)
        value = read_number(replay);
    return (replay->mode == HELD ? change_held : change)(
        replay, &key, command == SET ? &value : NULL);
}

static bool replay_get(struct replay *replay)
{
    const void *found = NULL;
    struct oracle_key key;
    uint16_t value;

    read_key(replay, &key);
    value = read_number(replay);
    EXPECT(hamt_find(&replay->map, &key, &found) == (value != ABSENT));
    EXPECT(value == ABSENT || *(const uint16_t *)found == value);
    return true;
}

static bool replay_order(struct replay *replay)
{
    struct digest digest;

    EXPECT(hamt_count(&replay->map) == read_number(replay));
    digest_order(&replay->map, &digest);
    for (int i = 7; i >= 0; i--)
        EXPECT(digest.byte[i] == read_byte(replay));
    return true;
}

static bool replay_snapshot(struct replay *replay, unsigned command)
{
    struct snapshot *snap = &replay->snaps[read_byte(replay)];
    int equal;

    if (command == EQUAL) {
        equal = read_byte(replay);
        EXPECT(hamt_equal(&replay->map, &snap->map) == equal);
        EXPECT(hamt_equal(&snap->map, &replay->map) == equal);
        return true;
    }
    EXPECT(drop_steps(replay));
    if (command == LOAD)
        return load_snapshot(replay, snap);
    replay->newest = snap;
    return take_snapshot(replay, snap, true);
}

static bool replay_command(struct replay *replay, unsigned command)
{
    switch (command) {
    case SET:
    case DEL:
        return replay_change(replay, command);
    case GET:
        return replay_get(replay);
    case ORDER:
        return replay_order(replay);
    case SAME:
        EXPECT(replay->is_idle);
        return true;
    case OTHER: /* CPython says so of an array's equal value, too */
        EXPECT(replay->is_other || replay->is_idle || replay->mode < COUNTED);
        return true;
    case NEW:
        EXPECT(drop_steps(replay));
        return start_anew(replay);
    default:
        EXPECT(command == SNAP || command == LOAD || command == EQUAL);
        return replay_snapshot(replay, command);
    }
}

/* ---- Scripts --------------------------------------------------------- */

/* Give everything back: but for a region map nothing is left. */
static bool finish(struct replay *replay, size_t used)
{
    struct arena_stats stats;

    EXPECT(drop_steps(replay));
    for (unsigned i = 0; i < replay->count; i++)
        EXPECT(drop_snapshot(replay, &replay->snaps[i]));
    EXPECT(start_anew(replay));
    EXPECT(arena_check(replay->arena) == ARENA_OK);
    if (replay->mode == REGION)
        return true;
    EXPECT(arena_reclaim(replay->arena, SIZE_MAX) == 0);
    arena_get_stats(replay->arena, &stats);
    EXPECT(stats.used == used && stats.blocks == 0);
    return true;
}

/* Make the arenas and an empty map. A region map has the half of the memory,
   so that it must move from time to time. */
static bool start(struct replay *replay, unsigned char *memory, size_t size)
{
    size_t half = replay->mode == REGION ? size / 2 : size;

    EXPECT(arena_init(&replay->arenas[0], memory, half) == ARENA_OK);
    if (replay->mode == REGION)
        EXPECT(arena_init(&replay->arenas[1], memory + half, half) == ARENA_OK);
    replay->arena = replay->arenas;
    EXPECT(hamt_init(&replay->map, replay->arena,
                     &oracle_types[replay->mode]) == ARENA_OK);
    return true;
}

static bool replay_all(struct replay *replay)
{
    struct arena_stats stats;
    unsigned command;

    arena_get_stats(replay->arena, &stats);
    while ((command = read_byte(replay)) != DONE) {
        if (!replay_command(replay, command))
            return false;
        replay->step++;
    }
    return finish(replay, stats.used);
}

/* The bytes of the arenas for a replay. */
static size_t arena_size(enum mode mode, const struct most *most)
{
    size_t node = sizeof(struct oracle_entry) + 8 + 6 * sizeof(arena_ref) +
                  ARENA_ALIGN;
    size_t path = most->levels * node;
    size_t map = path +
                 most->entries * (sizeof(struct oracle_entry) +
                                  6 * sizeof(arena_ref) + ARENA_ALIGN / 2);
    size_t maps = most->snaps + (mode == HELD || mode == REGION ? 2 : 1);

    return mode == REGION ? 2 * (160 + maps * map) : 160 + maps * map + path;
}

void replay_script(enum mode mode, const unsigned char *table,
                   const struct most *most)
{
    size_t size = ORACLE_ARENA(mode, arena_size(mode, most));
    size_t snaps = most->snaps * sizeof(struct snapshot);
    struct replay replay = { 0 };
    MEMORY(memory, snaps + size);

    replay.at = table;
    replay.mode = mode;
    replay.count = (unsigned)most->snaps;
    replay.snaps = (struct snapshot *)(void *)memory;
    for (size_t i = 0; i < replay.count; i++)
        replay.snaps[i].is_held = false;
    if (!start(&replay, memory + snaps, size) || !replay_all(&replay)) {
        test_print_number("at command ", replay.step);
        test_print("\n");
    }
}
