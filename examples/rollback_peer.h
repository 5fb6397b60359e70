/*
 * One peer: rollback netcode on an arena. Private, part of rollback.c.
 *
 *     frames   checked      summed        heard          frame
 *     ----------|-------------|-------------|--------------|
 *      released | sums not    | inputs of   | theirs are   | the working
 *               | compared    | both known  | predicted    | state
 *
 * Every frame from checked on is held, frame included: a record of the hold
 * and a copy of the world's struct is all that this takes. When an input
 * arrives that was predicted wrongly, the arena is rolled back to the frame
 * that it belongs to, and the frames since are played again.
 *
 * How many frames that may be: nobody runs more than WINDOW frames ahead of
 * the inputs he has heard. What a packet brings up to frame f was sent by one
 * who, at f, had heard the receiver up to f - WINDOW, and had summed those
 * frames. So at most 2 * WINDOW = SPAN frames lack an input, an
 * acknowledgement or a sum, and a packet has room for all of them.
 */
#ifndef ROLLBACK_PEER_H
#define ROLLBACK_PEER_H

#include "rollback_game.h"
#include "rollback_net.h"

/* A saved frame. The record must not move while it is held: the ring stays
   where it is. */
struct frame {
    struct arena_epoch epoch;
    struct world world;
    struct sums sums;
};

/* Frames for which inputs and sums are kept: from SPAN back to WINDOW ahead. */
enum { HISTORY = 64 };

struct counts {
    uint32_t rollbacks;
    uint32_t again;   /* frames played again          */
    uint32_t deepest; /* most of them in one rollback */
    uint32_t stalls;  /* steps without a frame        */
    uint32_t refused; /* packets                      */
    uint32_t held;    /* most frames at a time        */
};

struct peer {
    struct arena arena;
    struct world world; /* the working state                              */
    struct frame *ring;
    uint32_t ring_size;
    uint32_t keep;       /* checked frames to keep, for a replay          */
    uint32_t me;         /* 0 or 1                                        */
    uint32_t frame;      /* ticks that the working state has seen         */
    uint32_t heard;      /* their inputs of frames below are known        */
    uint32_t told;       /* they know mine of frames below                */
    uint32_t summed;     /* my sums up to this frame are known            */
    uint32_t sums_heard; /* theirs up to this frame                       */
    uint32_t checked;    /* and up to this one they are the same          */
    uint32_t oldest;     /* held frame                                    */
    uint8_t mine[HISTORY];
    uint8_t theirs[HISTORY];
    uint8_t used[HISTORY]; /* for theirs, when the frame was played       */
    uint32_t my_sums[HISTORY];
    uint32_t their_sums[HISTORY];
    uint32_t flip_unit;  /* after this tick, by -x; 0: never              */
    uint32_t flip_score; /* by -X                                         */
    struct counts counts;
};

static struct frame *frame_at(const struct peer *peer, uint32_t frame)
{
    return &peer->ring[frame % peer->ring_size];
}

/* ---- Save, play, roll back ------------------------------------------- */

/* A hold is O(1) and takes nothing from the arena. */
static void save(struct peer *peer)
{
    struct frame *frame = frame_at(peer, peer->frame);
    uint32_t held = peer->frame - peer->oldest + 1;

    /* A record that is in use may not be held again. */
    need(held <= peer->ring_size ? ARENA_OK : ARENA_EBUSY, "save");
    if (held > peer->counts.held)
        peer->counts.held = held;
    frame->world = peer->world;
    need(arena_hold(&peer->arena, &frame->epoch), "arena_hold");
}

/* The mistake that -x and -X plant: one bit. */
static void flip(struct peer *peer)
{
    uint32_t id = peer->frame % UNITS;
    struct player *player;
    struct unit *unit;

    if (peer->frame == peer->flip_unit) {
        while (need(units_edit(&peer->world.units, &id, &unit), "hamt_edit") ==
               0)
            id = (id + 1) % UNITS;
        unit->x ^= 1;
    }
    if (peer->frame == peer->flip_score) {
        player = edit(&peer->arena, &peer->world.players[0]);
        player->score ^= 1;
    }
}

/* Play one frame, with the other's input or, as that seldom changes, the last
   one known. */
static void play(struct peer *peer)
{
    uint32_t slot = peer->frame % HISTORY;
    uint8_t inputs[PLAYERS], theirs = 0;

    if (peer->frame < peer->heard)
        theirs = peer->theirs[slot];
    else if (peer->heard > 0)
        theirs = peer->theirs[(peer->heard - 1) % HISTORY];

    inputs[peer->me] = peer->mine[slot];
    inputs[1 - peer->me] = peer->used[slot] = theirs;
    world_tick(&peer->arena, &peer->world, inputs);
    peer->frame++;
    flip(peer);
    save(peer);
}

/* Back to a frame, and again to where we were. */
static void replay_from(struct peer *peer, uint32_t frame)
{
    uint32_t now = peer->frame;

    /* This releases the holds of the newer frames, and frame's own stays: so
       play() may use their records again. */
    need(arena_rollback(&peer->arena, &frame_at(peer, frame)->epoch),
         "arena_rollback");
    peer->world = frame_at(peer, frame)->world;
    peer->frame = frame;
    while (peer->frame < now)
        play(peer);

    peer->counts.rollbacks++;
    peer->counts.again += now - frame;
    if (now - frame > peer->counts.deepest)
        peer->counts.deepest = now - frame;
}

/* ---- What the other has sent ----------------------------------------- */

/* What comes from a network may be anything. Who plays fair has no inputs of
   mine that I have not had, has not gone further than WINDOW beyond them, and
   has no sum of a frame that I have not played. */
static bool is_sane(const struct peer *peer, const struct packet *packet)
{
    uint32_t inputs_end = peer->frame + WINDOW, sums_end = peer->frame + 1;

    return packet->heard <= peer->frame && packet->inputs <= SPAN &&
           packet->first_input <= inputs_end &&
           packet->inputs <= inputs_end - packet->first_input &&
           packet->sums <= SPAN && packet->first_sum <= sums_end &&
           packet->sums <= sums_end - packet->first_sum;
}

static void take_packet(struct peer *peer, const struct packet *packet)
{
    if (!is_sane(peer, packet)) {
        peer->counts.refused++;
        return;
    }
    for (uint32_t i = 0; i < packet->inputs; i++)
        if (packet->first_input + i == peer->heard)
            peer->theirs[peer->heard++ % HISTORY] = packet->input[i];
    for (uint32_t i = 0; i < packet->sums; i++)
        if (packet->first_sum + i == peer->sums_heard + 1)
            peer->their_sums[++peer->sums_heard % HISTORY] = packet->sum[i];
    if (packet->heard > peer->told)
        peer->told = packet->heard;
}

static void receive(struct peer *peer, struct net *net)
{
    uint32_t from = peer->heard;
    struct packet packet;

    while (net_receive(net, peer->me, &packet))
        take_packet(peer, &packet);
    for (; from < peer->heard && from < peer->frame; from++)
        if (peer->theirs[from % HISTORY] != peer->used[from % HISTORY]) {
            replay_from(peer, from);
            return;
        }
}

/* ---- Checksums ------------------------------------------------------- */

/* Sum the frames that nothing can change any more: of predicted ones the sum
   would be work for nothing. */
static void sum_frames(struct peer *peer)
{
    while (peer->summed < peer->heard && peer->summed < peer->frame) {
        const struct frame *old = frame_at(peer, peer->summed);
        struct frame *frame = frame_at(peer, ++peer->summed);

        world_resum(&peer->arena, &old->world, &old->sums, &frame->world,
                    &frame->sums);
        peer->my_sums[peer->summed % HISTORY] = frame->sums.all;
    }
}

/* Compare the sums that both have, up to the first difference: then false, and
   checked + 1 is the frame that differs, still held. */
static bool check_frames(struct peer *peer)
{
    while (peer->checked < peer->summed && peer->checked < peer->sums_heard) {
        uint32_t slot = (peer->checked + 1) % HISTORY;

        if (peer->my_sums[slot] != peer->their_sums[slot])
            return false;
        peer->checked++;
    }

    /* The last checked frame stays: it is where the next rollback may lead
       to. Releasing the oldest hold is O(1), whatever it held. */
    for (; peer->oldest + peer->keep < peer->checked; peer->oldest++)
        need(arena_release(&peer->arena, &frame_at(peer, peer->oldest)->epoch),
             "arena_release");
    return true;
}

/* ---- A step ---------------------------------------------------------- */

/* Play the next frame with this input; not if the other is too far behind, as
   a rollback would become too long. */
static void play_next(struct peer *peer, uint8_t input)
{
    if (peer->frame >= peer->heard + WINDOW) {
        peer->counts.stalls++;
        return;
    }
    peer->mine[peer->frame % HISTORY] = input;
    play(peer);
}

static void send(const struct peer *peer, struct net *net)
{
    struct packet packet;

    packet.heard = peer->heard;
    packet.first_input = peer->told;
    packet.inputs = 0;
    for (uint32_t i = peer->told; i < peer->frame; i++)
        packet.input[packet.inputs++] = peer->mine[i % HISTORY];

    packet.first_sum = peer->summed < SPAN ? 1 : peer->summed - SPAN + 1;
    packet.sums = 0;
    for (uint32_t i = packet.first_sum; i <= peer->summed; i++)
        packet.sum[packet.sums++] = peer->my_sums[i % HISTORY];
    net_send(net, 1 - peer->me, &packet);
}

/* ---- Life ------------------------------------------------------------ */

static void peer_init(struct peer *peer, uint32_t me, void *memory, size_t size,
                      uint32_t keep, uint32_t seed)
{
    const struct peer none = { 0 };

    *peer = none;
    peer->me = me;
    peer->keep = keep;
    peer->ring_size = keep + SPAN + 1;
    peer->ring =
        need_block(calloc(peer->ring_size, sizeof *peer->ring), "calloc");
    need(arena_init(&peer->arena, memory, size), "arena_init");
    world_init(&peer->world, &peer->arena, seed);
    save(peer);
    world_sum(&peer->arena, &peer->world, &frame_at(peer, 0)->sums);
}

/* Release everything. */
static void peer_end(struct peer *peer)
{
    for (uint32_t i = peer->oldest; i <= peer->frame; i++)
        need(arena_release(&peer->arena, &frame_at(peer, i)->epoch),
             "arena_release");
    world_clear(&peer->world, &peer->arena);
    arena_reclaim(&peer->arena, SIZE_MAX);
    free(peer->ring);
}

#endif
