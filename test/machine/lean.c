/*
 * The replay of CPython's scripts without what takes too much stack, for a
 * machine with 2 KB of RAM. Maps in place only; answers, order and the arena
 * are checked, not each node; and the arena is no larger than the scripts for
 * such machines need. The other modes are left out for want of memory.
 */
#define replay_script full_script
#include "../oracle/replay.c"
#undef replay_script

static const struct hamt_type lean_type = ORACLE_TYPE(0);

/* Not test_memory: the linker leaves that out. */
static unsigned char lean_memory[1366];

static bool lean_change(struct replay *replay, unsigned command)
{
    const uint16_t *old;
    struct oracle_key key;
    uint16_t value = 0;
    arena_ref root = replay->map.root;

    read_key(replay, &key);
    old = hamt_get(&replay->map, &key);
    if (command == SET) {
        value = read_number(replay);
        replay->is_idle = old != NULL && *old == value;
        EXPECT(hamt_set(&replay->map, &key, &value) == (old == NULL));
    } else {
        replay->is_idle = old == NULL;
        EXPECT(hamt_remove(&replay->map, &key) == (old != NULL));
    }
    EXPECT(!replay->is_idle || replay->map.root == root);
    EXPECT(arena_check(replay->arena) == ARENA_OK);
    return true;
}

static bool lean_command(struct replay *replay, unsigned command)
{
    if (command == SET || command == DEL)
        return lean_change(replay, command);
    if (command == GET)
        return replay_get(replay);
    if (command == ORDER)
        return replay_order(replay);
    EXPECT(command == SAME || command == OTHER);
    EXPECT(command == OTHER || replay->is_idle);
    return true;
}

void replay_script(enum mode mode, const unsigned char *table,
                   const struct most *most)
{
    struct replay replay;
    unsigned command;

    if (mode != EPOCHS) {
        test_needs(arena_size(mode, most));
        return;
    }
    CHECK(most->snaps == 0);
    replay.at = table;
    replay.arena = replay.arenas;
    CHECK(arena_init(replay.arena, lean_memory, sizeof lean_memory) ==
          ARENA_OK);
    CHECK(hamt_init(&replay.map, replay.arena, &lean_type) == ARENA_OK);
    while ((command = read_byte(&replay)) != DONE) {
        if (!lean_command(&replay, command))
            return;
    }
    CHECK(hamt_clear(&replay.map) == ARENA_OK);
}
