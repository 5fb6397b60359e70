/*
 * Rollback netcode on Strata: two peers play a deterministic game over a bad
 * network, each in an arena of its own. Each plays on with a guess of what
 * the other does, goes back when the guess was wrong, and both compare the
 * checksums of every frame.
 *
 *     rollback [-f FRAMES] [-s SEED] [-k FRAMES] [-m BYTES]
 *              [-x FRAME] [-X FRAME]
 *
 *     -f   frames to play, a million at most: 3600
 *     -s   seed of world, inputs and network: 1
 *     -k   frames to keep behind the last one checked, for a replay: 0
 *     -m   bytes of each peer's arena: 64 MB
 *     -x   after this frame flip a bit of a unit in one peer
 *     -X   the same of the score in a player's block
 *
 * What to copy is in rollback_peer.h; the game's rules are in rollback_game.h,
 * the simulated network is in rollback_net.h. Ends with status 1 if the peers
 * disagree, with each other or with a game without a network, or if nothing
 * was rolled back; with 2 if the arena or an argument was wrong.
 */
#define _POSIX_C_SOURCE 199309L /* clock_gettime */

#include "rollback_peer.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

struct options {
    uint32_t frames, seed, keep, size, flip_unit, flip_score;
};

/* The two peers and what lies between them. */
struct match {
    struct peer peers[PLAYERS];
    void *memory[PLAYERS];
    struct net net;
    uint32_t *times[PLAYERS]; /* nanoseconds, by frame */
    bool is_desync;
};

/* ---- The players' hands ---------------------------------------------- */

/* Buttons are held for some frames, as by people: so the guess that nothing
   changes is right most of the time. */
static uint8_t input_of(uint32_t seed, uint32_t player, uint32_t frame)
{
    static const uint8_t ways[] = { LEFT,       LEFT | UP,   UP,
                                    UP | RIGHT, RIGHT,       RIGHT | DOWN,
                                    DOWN,       DOWN | LEFT, 0 };
    uint32_t way = hamt_mix32(seed * 31 + player + frame / 13 * 2);
    uint32_t trigger = hamt_mix32(seed * 37 + player + frame / 9 * 2 + 1);

    return (uint8_t)(ways[way % sizeof ways] | (trigger & 1 ? FIRE : 0));
}

/* ---- A desync -------------------------------------------------------- */

static void print_unit(const struct unit *unit)
{
    if (unit == NULL)
        printf("none");
    else
        printf("(x %" PRId32 ", y %" PRId32 ", health %u, kills %u)", unit->x,
               unit->y, unit->health, unit->kills);
}

/* The peers' maps lie in different arenas, and a diff does not mind. */
static void print_units(const struct world *a, const struct world *b)
{
    struct hamt_diff diff;
    struct hamt_change change;

    hamt_diff_init(&diff, &a->units, &b->units);
    while (need(hamt_diff_next(&diff, &change), "hamt_diff_next")) {
        printf("  unit %" PRIu32 ": ", *(const uint32_t *)change.key);
        print_unit(change.before);
        printf(" -> ");
        print_unit(change.after);
        printf("\n");
    }
}

static void print_tiles(const struct world *a, const struct world *b)
{
    struct hamt_diff diff;
    struct hamt_change change;

    hamt_diff_init(&diff, &a->tiles, &b->tiles);
    while (need(hamt_diff_next(&diff, &change), "hamt_diff_next"))
        printf("  tile %" PRIu32 "\n", *(const uint32_t *)change.key);
}

static bool is_same_block(const struct peer *a, arena_ref in_a,
                          const struct peer *b, arena_ref in_b, size_t size)
{
    if (in_a == 0 || in_b == 0)
        return in_a == in_b;
    return memcmp(arena_at(&a->arena, in_a), arena_at(&b->arena, in_b), size) ==
           0;
}

/* Both peers still hold the frame: they release what is checked. */
static void print_desync(const struct match *match, uint32_t frame)
{
    const struct peer *a = &match->peers[0], *b = &match->peers[1];
    const struct world *in_a = &frame_at(a, frame)->world;
    const struct world *in_b = &frame_at(b, frame)->world;

    printf("desync at frame %" PRIu32 ", peer 0 -> peer 1:\n", frame);
    print_units(in_a, in_b);
    print_tiles(in_a, in_b);
    for (int i = 0; i < PLAYERS; i++)
        if (!is_same_block(a, in_a->players[i], b, in_b->players[i],
                           sizeof(struct player)))
            printf("  player %d\n", i);
    for (int i = 0; i < SHOTS; i++)
        if (!is_same_block(a, in_a->shots[i], b, in_b->shots[i],
                           sizeof(struct shot)))
            printf("  shot %d\n", i);
    if (in_a->random != in_b->random)
        printf("  random numbers\n");
}

/* ---- The match ------------------------------------------------------- */

/* Of this process: what others do on the machine is not our frame's time. */
static uint32_t nanoseconds(void)
{
    struct timespec now = { 0, 0 };

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint32_t)now.tv_sec * 1000000000u + (uint32_t)now.tv_nsec;
}

/* One step of one peer: what a game does in each turn of its main loop. */
static bool step(struct match *match, uint32_t me,
                 const struct options *options)
{
    struct peer *peer = &match->peers[me];
    uint32_t start = nanoseconds(), frame = peer->frame;
    bool is_same;

    receive(peer, &match->net);
    sum_frames(peer);
    is_same = check_frames(peer);
    if (is_same && frame < options->frames)
        play_next(peer, input_of(options->seed, me, frame));

    /* What a stalled step does counts for the frame that comes after it. */
    match->times[me][frame] += nanoseconds() - start;
    send(peer, &match->net);
    return is_same;
}

static bool is_over(const struct match *match, const struct options *options)
{
    return match->peers[0].checked == options->frames &&
           match->peers[1].checked == options->frames;
}

static void play_match(struct match *match, const struct options *options)
{
    uint32_t limit = options->frames * 2 + 10000;

    while (!is_over(match, options) && ++match->net.now < limit) {
        for (uint32_t i = 0; i < PLAYERS; i++)
            if (!step(match, i, options)) {
                match->is_desync = true;
                print_desync(match, match->peers[i].checked + 1);
                return;
            }
    }
}

static void match_init(struct match *match, const struct options *options)
{
    memset(match, 0, sizeof *match);
    match->net.random = options->seed + 99;
    for (uint32_t i = 0; i < PLAYERS; i++) {
        match->memory[i] = need_block(malloc(options->size), "malloc");
        match->times[i] = need_block(
            calloc((size_t)options->frames + 1, sizeof(uint32_t)), "calloc");
        peer_init(&match->peers[i], i, match->memory[i], options->size,
                  options->keep, options->seed);
    }
    match->peers[1].flip_unit = options->flip_unit;
    match->peers[1].flip_score = options->flip_score;
}

/* Returns whether each arena is as it was when it was new. */
static bool match_end(struct match *match)
{
    bool is_clean = true;

    for (uint32_t i = 0; i < PLAYERS; i++) {
        struct arena *arena = &match->peers[i].arena, fresh;
        struct arena_stats after, before;

        need(arena_check(arena), "arena_check");
        peer_end(&match->peers[i]);
        need(arena_check(arena), "arena_check");
        arena_get_stats(arena, &after);
        need(arena_init(&fresh, match->memory[i], after.size), "arena_init");
        arena_get_stats(&fresh, &before);
        if (after.used != before.used || after.blocks > 0)
            is_clean = false;
        free(match->memory[i]);
        free(match->times[i]);
    }
    return is_clean;
}

/* ---- The same without a network -------------------------------------- */

/* Play with the true inputs, without frames to go back to, and compare with
   the end of the match. */
static bool is_same_without_network(const struct match *match,
                                    const struct options *options)
{
    void *memory = need_block(malloc(options->size), "malloc");
    struct arena arena;
    struct world world;
    struct sums sums;
    bool is_same = true;

    need(arena_init(&arena, memory, options->size), "arena_init");
    world_init(&world, &arena, options->seed);
    for (uint32_t frame = 0; frame < options->frames; frame++) {
        const uint8_t inputs[] = { input_of(options->seed, 0, frame),
                                   input_of(options->seed, 1, frame) };

        world_tick(&arena, &world, inputs);
    }
    world_sum(&arena, &world, &sums);
    for (uint32_t i = 0; i < PLAYERS; i++) {
        const struct peer *peer = &match->peers[i];

        is_same = is_same &&
                  frame_at(peer, peer->frame)->sums.all == sums.all &&
                  need(hamt_equal(&peer->world.units, &world.units), "equal") &&
                  need(hamt_equal(&peer->world.tiles, &world.tiles), "equal");
    }
    free(memory);
    return is_same;
}

/* ---- Report ---------------------------------------------------------- */

static int compare_times(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void print_times(struct match *match, uint32_t frames)
{
    size_t count = (size_t)frames * PLAYERS;
    uint32_t *times = need_block(calloc(count, sizeof *times), "calloc");

    for (size_t i = 0; i < PLAYERS; i++)
        memcpy(times + i * frames, match->times[i], frames * sizeof *times);
    qsort(times, count, sizeof *times, compare_times);
    printf("frame time     median %" PRIu32 " us, 99th percentile %" PRIu32
           " us, worst %" PRIu32 " us\n",
           times[count / 2] / 1000, times[count - 1 - count / 100] / 1000,
           times[count - 1] / 1000);
    free(times);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* Of the peer that took more. */
static void print_memory(const struct match *match)
{
    const struct peer *a = &match->peers[0], *b = &match->peers[1];
    struct arena_stats in_a, in_b;
    struct hamt_stats units, tiles;

    arena_get_stats(&a->arena, &in_a);
    arena_get_stats(&b->arena, &in_b);
    hamt_get_stats(&a->world.units, &units);
    hamt_get_stats(&a->world.tiles, &tiles);
    printf("arena          %zu bytes at the peak, %" PRIu32
           " frames held at most\n",
           in_a.peak > in_b.peak ? in_a.peak : in_b.peak,
           larger(a->counts.held, b->counts.held));
    printf("one world      %zu bytes in its two maps\n",
           units.bytes + tiles.bytes);
}

static void print_match(struct match *match, const struct options *options)
{
    const struct peer *a = &match->peers[0], *b = &match->peers[1];
    const struct player *players[PLAYERS];

    for (size_t i = 0; i < PLAYERS; i++)
        players[i] = arena_at(&a->arena, a->world.players[i]);
    printf("frames         %" PRIu32 ", %zu units left, score %" PRIu32
           " to %" PRIu32 "\n",
           options->frames, hamt_count(&a->world.units), players[0]->score,
           players[1]->score);
    printf("packets        %" PRIu32 " sent, %" PRIu32 " lost, %" PRIu32
           " damaged\n",
           match->net.sent, match->net.lost, match->net.damaged);
    printf("rollbacks      %" PRIu32 " of up to %" PRIu32 " frames\n",
           a->counts.rollbacks + b->counts.rollbacks,
           larger(a->counts.deepest, b->counts.deepest));
    printf("re-simulated   %" PRIu32 " frames\n",
           a->counts.again + b->counts.again);
    printf("stalled        %" PRIu32 " steps\n",
           a->counts.stalls + b->counts.stalls);
    print_times(match, options->frames);
    print_memory(match);
    printf("checksum       %08" PRIx32 "\n", frame_at(a, a->frame)->sums.all);
}

/* ---- Main ------------------------------------------------------------ */

static void usage(void)
{
    fprintf(stderr, "usage: rollback [-f FRAMES] [-s SEED] [-k FRAMES] "
                    "[-m BYTES] [-x FRAME] [-X FRAME]\n");
    exit(2);
}

static uint32_t number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || value > UINT32_MAX)
        usage();
    return (uint32_t)value;
}

static void parse(struct options *options, int count, char **arguments)
{
    static const char letters[] = "fskmxX";
    uint32_t *const values[] = { &options->frames,    &options->seed,
                                 &options->keep,      &options->size,
                                 &options->flip_unit, &options->flip_score };

    for (int i = 1; i < count; i += 2) {
        const char *letter = NULL;

        if (arguments[i][0] == '-' && strlen(arguments[i]) == 2)
            letter = strchr(letters, arguments[i][1]);
        if (letter == NULL || i + 1 == count)
            usage();
        *values[letter - letters] = number(arguments[i + 1]);
    }
    if (options->frames == 0 || options->frames > 1000000 ||
        options->keep > 1000000 || options->flip_unit > options->frames ||
        options->flip_score > options->frames)
        usage();
}

/* What is wrong after a match, or NULL. */
static const char *judge(const struct match *match,
                         const struct options *options)
{
    const struct counts *a = &match->peers[0].counts;
    const struct counts *b = &match->peers[1].counts;

    if (match->is_desync)
        return "the peers disagree";
    if (!is_over(match, options))
        return "the peers wait for each other";
    if (a->rollbacks + b->rollbacks == 0)
        return "nothing was rolled back";
    if (a->refused + b->refused != match->net.damaged)
        return "a damaged packet was taken, or a good one refused";
    if (!is_same_without_network(match, options))
        return "without a network the end is another one";
    return NULL;
}

int main(int count, char **arguments)
{
    struct options options = { 3600, 1, 0, 64u << 20, 0, 0 };
    struct match *match = need_block(malloc(sizeof *match), "malloc");
    const char *wrong;

    parse(&options, count, arguments);
    match_init(match, &options);
    play_match(match, &options);
    if (!match->is_desync)
        print_match(match, &options);
    wrong = judge(match, &options);
    if (!match_end(match) && wrong == NULL)
        wrong = "something was left in the arena";
    free(match);

    if (wrong != NULL)
        fprintf(stderr, "rollback: %s\n", wrong);
    return wrong != NULL;
}
