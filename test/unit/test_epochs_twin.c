/*
 * A twin of the arena: a table of bytes for the working state, a whole copy of
 * it for every hold, and nothing clever. Random operations on both; what a
 * block should say, how many blocks there should be, and which call should
 * fail is read off the tables.
 */
#include "arena_test.h"

/* A block and what is in it; NULL: none. */
struct slot {
    unsigned char *block;
    uint16_t size;
    unsigned char bytes[1]; /* row_size - offsetof(struct slot, bytes) */
};

/* How large a twin is. A machine that has no room for one leaves it out. */
struct scale {
    unsigned slots; /* versioned blocks at most, and as many others     */
    unsigned holds; /* at most                                          */
    size_t largest; /* bytes of a block, at most                        */
    size_t memory;  /* bytes of the arena                               */
    uint32_t steps;
    bool late; /* every clock begins near its end                       */
};

struct twin {
    const struct scale *scale;
    struct arena arena;
    size_t row_size;
    size_t nothing;        /* used of an empty arena                    */
    unsigned char *memory; /* guard, arena, guard, tables               */
    unsigned char *tables; /* of slots: working, others, holds          */
    struct arena_epoch *epochs;
    unsigned char *held; /* of each epoch: its number in order, or 0 */
    unsigned char *pins; /* of each epoch                            */
    unsigned newest;     /* number of the newest hold so far            */
    uint32_t failures;
};

enum { WORKING, OTHERS, HELD };

/* Bytes before and after the arena's that it has to leave alone. */
enum { GUARD = 16 };

static size_t twin_row(const struct scale *scale)
{
    size_t size = offsetof(struct slot, bytes) + scale->largest;
    size_t align = sizeof(void *);

    return (size + align - 1) / align * align;
}

static uint32_t twin_bytes(const struct scale *scale)
{
    uint32_t record = sizeof(struct arena_epoch) + 2;
    uint32_t table = (uint32_t)scale->slots * (uint32_t)twin_row(scale);

    return 2 * GUARD + (uint32_t)scale->memory + scale->holds * record +
           (HELD + scale->holds) * table;
}

static struct slot *slot_of(const struct twin *twin, unsigned table,
                            unsigned number)
{
    size_t row = (size_t)table * twin->scale->slots + number;

    return (struct slot *)(void *)(twin->tables + row * twin->row_size);
}

static bool is_held(const struct twin *twin, unsigned table)
{
    return table < HELD || twin->held[table - HELD] != 0;
}

static void copy_table(struct twin *twin, unsigned to, unsigned from)
{
    memcpy(slot_of(twin, to, 0), slot_of(twin, from, 0),
           twin->scale->slots * twin->row_size);
}

static void clear_table(struct twin *twin, unsigned table)
{
    memset(slot_of(twin, table, 0), 0, twin->scale->slots * twin->row_size);
}

static void start_late(struct twin *twin)
{
    if (twin->scale->late)
        twin->arena.clock = (arena_ref)(CLOCK_END - test_below(9));
}

static bool begin(struct twin *twin, const struct scale *scale,
                  unsigned char *memory)
{
    memset(twin, 0, sizeof *twin);
    twin->scale = scale;
    twin->row_size = twin_row(scale);
    twin->memory = memory;
    twin->epochs =
        (struct arena_epoch *)(void *)(memory + scale->memory + 2 * GUARD);
    twin->tables = (unsigned char *)(twin->epochs + scale->holds);
    twin->held = twin->tables +
                 (HELD + scale->holds) * scale->slots * twin->row_size;
    twin->pins = twin->held + scale->holds;
    EXPECT(arena_init(&twin->arena, memory + GUARD, scale->memory) == ARENA_OK);
    memset(twin->held, 0, 2 * scale->holds);
    clear_table(twin, WORKING);
    clear_table(twin, OTHERS);
    twin->nothing = used_of(&twin->arena);
    start_late(twin);
    return true;
}

/* ---- Looking --------------------------------------------------------- */

static bool is_slot_as_said(const struct slot *slot)
{
    return slot->block == NULL ||
           memcmp(slot->block, slot->bytes, slot->size) == 0;
}

/* Does a block stand in a table newer than this one too? Tables are looked
   through in the order of their memory, which is as good as any. */
static bool stands_elsewhere(const struct twin *twin, unsigned table,
                             unsigned number)
{
    const struct slot *slot = slot_of(twin, table, number);

    for (unsigned i = 0; i < table; i++)
        if (i != OTHERS && is_held(twin, i) &&
            slot_of(twin, i, number)->block == slot->block)
            return true;
    return false;
}

/* Every block of every table says what it should; count each once. */
static bool look(const struct twin *twin, size_t *blocks)
{
    for (unsigned i = 0; i < HELD + twin->scale->holds; i++) {
        for (unsigned j = 0; is_held(twin, i) && j < twin->scale->slots; j++) {
            const struct slot *slot = slot_of(twin, i, j);

            EXPECT(is_slot_as_said(slot));
            if (slot->block != NULL &&
                (i == OTHERS || !stands_elsewhere(twin, i, j)))
                ++*blocks;
        }
    }
    return true;
}

/* The same, and the arena's invariants and figures. */
static bool look_closely(struct twin *twin, bool reclaim)
{
    struct arena_stats stats;
    size_t blocks = 0, holds = 0, live;

    EXPECT(look(twin, &blocks));
    EXPECT(arena_check(&twin->arena) == ARENA_OK);
    arena_get_stats(&twin->arena, &stats);
    live = stats.live;
    if (reclaim)
        EXPECT(arena_reclaim(&twin->arena, SIZE_MAX) == 0);
    arena_get_stats(&twin->arena, &stats);
    EXPECT(stats.live == live && stats.live <= stats.used);
    EXPECT(stats.pending > 0 || stats.live == stats.used);
    for (unsigned i = 0; i < twin->scale->holds; i++)
        holds += twin->held[i] != 0;
    EXPECT(stats.holds == holds && stats.failures == twin->failures);
    EXPECT(stats.blocks == blocks + stats.pending);
    EXPECT(stats.used + stats.free == stats.size);
    EXPECT(!EAGER || stats.pending == 0);
    for (size_t i = 0; i < GUARD; i++) {
        EXPECT(twin->memory[i] == 0xA5);
        EXPECT(twin->memory[GUARD + twin->scale->memory + i] == 0xA5);
    }
    return true;
}

/* ---- Unversioned blocks ---------------------------------------------- */

static void fill(struct slot *slot, void *block, size_t size, size_t from)
{
    slot->block = block;
    slot->size = (uint16_t)size;
    for (size_t i = from; i < size; i++)
        slot->bytes[i] = slot->block[i] = (unsigned char)test_random();
}

static size_t size_of_block(const struct twin *twin)
{
    return (size_t)1 + below(twin->scale->largest);
}

/* May there be a fit that the arena did not know of: is there no room above top
   that it grew into? Then it looked at every block of the size's class. */
static bool is_found_late(const struct twin *twin, size_t size)
{
    return (size_t)(twin->arena.size - twin->arena.top) < size;
}

/* Should a request be refused? Only the arena itself can tell. */
static bool is_answer_right(struct twin *twin, const void *block, size_t size,
                            size_t largest, size_t pending)
{
    if (block == NULL)
        twin->failures++;
    EXPECT(block != NULL || size > largest);
    EXPECT(block == NULL || size <= largest || pending > 0 ||
           is_found_late(twin, size));
    return true;
}

static bool allocate(struct twin *twin, struct slot *slot, bool versioned)
{
    size_t size = size_of_block(twin), largest = largest_of(&twin->arena);
    size_t pending = pending_of(&twin->arena);
    void *block = versioned ? arena_new(&twin->arena, size)
                            : arena_alloc(&twin->arena, size);

    /* A versioned block has its size in itself. */
    EXPECT(is_answer_right(twin, block,
                           versioned ? size + sizeof(arena_ref) : size, largest,
                           pending));
    if (block != NULL)
        fill(slot, block, size, 0);
    return true;
}

static bool resize(struct twin *twin, struct slot *slot)
{
    size_t size = size_of_block(twin), largest = largest_of(&twin->arena);
    void *block = arena_resize(&twin->arena, slot->block, size);

    if (block == NULL) {
        twin->failures++;
        EXPECT(size > slot->size && size > largest);
        return true;
    }
    EXPECT(memcmp(block, slot->bytes, size < slot->size ? size : slot->size) ==
           0);
    fill(slot, block, size, size < slot->size ? size : slot->size);
    return true;
}

static bool change_other(struct twin *twin)
{
    struct slot *slot = slot_of(twin, OTHERS, below(twin->scale->slots));

    if (slot->block == NULL)
        return allocate(twin, slot, false);
    if (test_below(2) == 0)
        return resize(twin, slot);
    EXPECT(arena_free(&twin->arena, slot->block) == ARENA_OK);
    slot->block = NULL;
    return true;
}

/* ---- Versioned blocks ------------------------------------------------ */

/* Is the block of a working slot shared with a hold? */
static bool is_shared(const struct twin *twin, unsigned number)
{
    const struct slot *slot = slot_of(twin, WORKING, number);

    for (unsigned i = HELD; i < HELD + twin->scale->holds; i++)
        if (is_held(twin, i) && slot_of(twin, i, number)->block == slot->block)
            return true;
    return false;
}

static bool edit(struct twin *twin, unsigned number)
{
    struct slot *slot = slot_of(twin, WORKING, number);
    void *block = slot->block;
    int result = arena_edit(&twin->arena, &block);

    if (result == ARENA_ENOMEM) {
        twin->failures++;
        EXPECT(block == slot->block && is_shared(twin, number));
        return true;
    }
    EXPECT(result == ARENA_OK);
    EXPECT((block != slot->block) >= is_shared(twin, number));
    EXPECT(memcmp(block, slot->bytes, slot->size) == 0);
    fill(slot, block, slot->size, 0);
    return true;
}

static bool change_versioned(struct twin *twin)
{
    unsigned number = below(twin->scale->slots);
    struct slot *slot = slot_of(twin, WORKING, number);
    size_t before = blocks_of(&twin->arena);

    if (slot->block == NULL)
        return allocate(twin, slot, true);
    if (test_below(4) > 0)
        return edit(twin, number);
    EXPECT(arena_retire(&twin->arena, slot->block) == ARENA_OK);
    EXPECT(!is_shared(twin, number) || blocks_of(&twin->arena) == before);
    slot->block = NULL;
    return true;
}

/* A block of a hold that the working state has left behind is stale. */
static bool try_stale(struct twin *twin)
{
    unsigned number = below(twin->scale->slots);
    unsigned table = HELD + below(twin->scale->holds);
    struct arena before;
    void *block;

    if (!is_held(twin, table))
        return true;
    block = slot_of(twin, table, number)->block;
    if (block == NULL || block == slot_of(twin, WORKING, number)->block)
        return true;
    memcpy(&before, &twin->arena, sizeof before);
    EXPECT(arena_edit(&twin->arena, &block) == ARENA_ESTALE);
    EXPECT(block == slot_of(twin, table, number)->block);
    EXPECT(arena_retire(&twin->arena, block) == ARENA_ESTALE);
    EXPECT(arena_free(&twin->arena, block) == ARENA_EINVAL);
    EXPECT(arena_resize(&twin->arena, block, 1) == NULL);
    EXPECT(memcmp(&before, &twin->arena, sizeof before) == 0);
    return true;
}

/* ---- Holds ----------------------------------------------------------- */

/* A pinned hold is not released. */
static bool unpin_all(struct twin *twin, unsigned number)
{
    struct arena_epoch *epoch = &twin->epochs[number];

    for (; twin->pins[number] > 0; twin->pins[number]--) {
        EXPECT(arena_release(&twin->arena, epoch) == ARENA_EBUSY);
        EXPECT(arena_unpin(&twin->arena, epoch) == ARENA_OK);
    }
    EXPECT(arena_unpin(&twin->arena, epoch) == ARENA_EINVAL);
    return true;
}

/* Often it tells the bytes that come free; else blocks may be pending. */
static bool release(struct twin *twin, unsigned number)
{
    struct arena_epoch *epoch = &twin->epochs[number];
    size_t used, bytes = arena_held_bytes(&twin->arena, epoch);
    bool exactly = test_below(2) == 0;

    EXPECT(unpin_all(twin, number));
    EXPECT(!exactly || arena_reclaim(&twin->arena, SIZE_MAX) == 0);
    used = used_of(&twin->arena);
    EXPECT(arena_held_bytes(&twin->arena, epoch) == bytes);
    EXPECT(arena_release(&twin->arena, epoch) == ARENA_OK);
    twin->held[number] = 0;
    EXPECT(arena_release(&twin->arena, epoch) == ARENA_EINVAL);
    EXPECT(arena_rollback(&twin->arena, epoch) == ARENA_EINVAL);
    EXPECT(arena_pin(&twin->arena, epoch) == ARENA_EINVAL);
    EXPECT(arena_unpin(&twin->arena, epoch) == ARENA_EINVAL);
    if (exactly && test_below(2) == 0) {
        EXPECT(arena_reclaim(&twin->arena, SIZE_MAX) == 0);
        EXPECT(used_of(&twin->arena) == used - bytes);
    }
    return true;
}

/* Numbers of holds begin anew, in the same order. */
static void number_anew(struct twin *twin)
{
    unsigned next = 1;

    for (unsigned number = 1; number <= twin->newest; number++)
        for (unsigned i = 0; i < twin->scale->holds; i++)
            if (twin->held[i] == number)
                twin->held[i] = (unsigned char)next++;
    twin->newest = next - 1;
}

static bool hold(struct twin *twin, unsigned number)
{
    size_t used = used_of(&twin->arena);

    if (twin->newest == 255)
        number_anew(twin);
    EXPECT(arena_hold(&twin->arena, &twin->epochs[number]) == ARENA_OK);
    EXPECT(used_of(&twin->arena) == used);
    EXPECT(arena_held_bytes(&twin->arena, &twin->epochs[number]) == 0);
    twin->held[number] = (unsigned char)++twin->newest;
    copy_table(twin, HELD + number, WORKING);
    return true;
}

/* Is a hold newer than this one pinned? */
static bool is_pinned_after(const struct twin *twin, unsigned number)
{
    for (unsigned i = 0; i < twin->scale->holds; i++)
        if (twin->held[i] > twin->held[number] && twin->pins[i] > 0)
            return true;
    return false;
}

static bool roll_back(struct twin *twin, unsigned number)
{
    struct arena_epoch *epoch = &twin->epochs[number];
    struct arena before;

    if (is_pinned_after(twin, number)) {
        memcpy(&before, &twin->arena, sizeof before);
        EXPECT(arena_rollback(&twin->arena, epoch) == ARENA_EBUSY);
        EXPECT(memcmp(&before, &twin->arena, sizeof before) == 0);
        return true;
    }
    EXPECT(arena_rollback(&twin->arena, epoch) == ARENA_OK);
    copy_table(twin, WORKING, HELD + number);
    for (unsigned i = 0; i < twin->scale->holds; i++)
        if (twin->held[i] > twin->held[number])
            twin->held[i] = 0;
    return true;
}

/* Hold if the record is free, or else pin, release or roll back to it. */
static bool change_hold(struct twin *twin, unsigned number)
{
    uint32_t what = test_below(8);

    if (twin->held[number] == 0)
        return hold(twin, number);
    if (what < 4)
        return release(twin, number);
    if (what < 7)
        return roll_back(twin, number);
    if (twin->pins[number] < 3) {
        EXPECT(arena_pin(&twin->arena, &twin->epochs[number]) == ARENA_OK);
        twin->pins[number]++;
    }
    return true;
}

/* The clock moves on of itself: as if others had held and released. */
static bool pass_time(struct twin *twin)
{
    if (twin->scale->late && twin->arena.born == 0 &&
        twin->arena.clock < CLOCK_END - 9)
        start_late(twin);
    return true;
}

static bool reclaim_some(struct twin *twin)
{
    size_t pending = pending_of(&twin->arena);
    size_t some = below(9), left = arena_reclaim(&twin->arena, some);

    EXPECT(left == (pending > some ? pending - some : 0));
    return true;
}

static bool reset(struct twin *twin)
{
    EXPECT(arena_reset(&twin->arena) == ARENA_OK);
    EXPECT(used_of(&twin->arena) == twin->nothing);
    memset(twin->held, 0, 2 * twin->scale->holds);
    clear_table(twin, WORKING);
    clear_table(twin, OTHERS);
    start_late(twin);
    return true;
}

/* Give everything back, holds in a random order: nothing is left. */
static bool end(struct twin *twin)
{
    for (unsigned i = 0; i < twin->scale->slots; i++) {
        void *block = slot_of(twin, WORKING, i)->block;

        EXPECT(block == NULL || arena_retire(&twin->arena, block) == ARENA_OK);
        slot_of(twin, WORKING, i)->block = NULL;
        block = slot_of(twin, OTHERS, i)->block;
        EXPECT(arena_free(&twin->arena, block) == ARENA_OK);
        slot_of(twin, OTHERS, i)->block = NULL;
        EXPECT(look_closely(twin, false));
    }
    for (unsigned i = 0; i < twin->scale->holds; i++) {
        EXPECT(twin->held[i] == 0 || release(twin, i));
        EXPECT(look_closely(twin, i % 2 == 0));
    }
    EXPECT(look_closely(twin, true));
    EXPECT(blocks_of(&twin->arena) == 0);
    EXPECT(used_of(&twin->arena) == twin->nothing);
    return true;
}

static bool step(struct twin *twin)
{
    uint32_t what = test_below(64);

    if (what < 34)
        return change_versioned(twin);
    if (what < 44)
        return change_other(twin);
    if (what < 48)
        return try_stale(twin);
    if (what < 58)
        return change_hold(twin, below(twin->scale->holds));
    if (what < 61)
        return reclaim_some(twin);
    if (what < 63)
        return pass_time(twin);
    return test_below(200) == 0 ? reset(twin) : true;
}

static void run(const struct scale *scale, unsigned char *memory)
{
    struct twin twin;
    uint32_t steps = test_steps(scale->steps);

    if (!begin(&twin, scale, memory))
        return;
    for (uint32_t i = 0; i < steps; i++) {
        if (!step(&twin))
            return;
        if ((i < 10000 || i % 1000 == 0) && !look_closely(&twin, i % 8 == 0))
            return;
    }
    (void)end(&twin);
}

TEST(a_small_arena_and_its_twin_agree)
{
    static const struct scale scale = { 5, 3, 12, FEW / 2, 200000, false };
    MEMORY(memory, twin_bytes(&scale));

    run(&scale, memory);
}

TEST(a_small_arena_and_its_twin_agree_when_the_clock_ends)
{
    static const struct scale scale = { 6, 4, 8, FEW / 2, 200000, true };
    MEMORY(memory, twin_bytes(&scale));

    run(&scale, memory);
}

TEST(a_crowded_arena_and_its_twin_agree)
{
    static const struct scale scale = { 40, 7, 60, 6000, 60000, false };
    MEMORY(memory, twin_bytes(&scale));

    run(&scale, memory);
}

TEST(a_large_arena_and_its_twin_agree_when_the_clock_ends)
{
    static const struct scale scale = { 100, 16, 40, 60000, 60000, true };
    MEMORY(memory, twin_bytes(&scale));

    run(&scale, memory);
}

TESTS = {
    RUN(a_small_arena_and_its_twin_agree),
    RUN(a_small_arena_and_its_twin_agree_when_the_clock_ends),
    RUN(a_crowded_arena_and_its_twin_agree),
    RUN(a_large_arena_and_its_twin_agree_when_the_clock_ends),
    TESTS_END,
};
