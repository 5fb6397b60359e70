/*
 * A network for two peers in one process: packets are late by a varying
 * number of steps, overtake each other, and some are lost or damaged. Private,
 * part of rollback.c.
 */
#ifndef ROLLBACK_NET_H
#define ROLLBACK_NET_H

#include <stdbool.h>
#include <stdint.h>

enum {
    WINDOW = 8,        /* frames that a peer runs ahead of what it has heard */
    SPAN = 2 * WINDOW, /* frames in doubt at most, see rollback_peer.h       */

    DELAY = 2,    /* steps that a packet takes at least                      */
    JITTER = 4,   /* and how many more at random                             */
    SPIKE = 10,   /* and how many more, now and then, all do                 */
    LOSS = 5,     /* packets in a hundred                                    */
    DAMAGE = 200, /* one packet in so many                                   */
    FLIGHTS = 64  /* more than can be under way                              */
};

/* Everything that the receiver may still lack: so a lost packet needs no
   repeating, and the order does not matter. */
struct packet {
    uint32_t heard; /* the sender has the receiver's inputs below this frame */
    uint32_t first_input, inputs; /* frame and number                        */
    uint32_t first_sum, sums;
    uint8_t input[SPAN];
    uint32_t sum[SPAN];
};

struct flight {
    struct packet packet;
    uint32_t to;
    uint32_t due; /* step; 0: none */
};

struct net {
    struct flight flights[FLIGHTS];
    uint32_t random;
    uint32_t now; /* step */
    uint32_t spike_ends;
    uint32_t sent, lost, damaged;
};

/* Not the game's random numbers: those are part of the world. */
static uint32_t net_roll(struct net *net, uint32_t limit)
{
    net->random = net->random * 1664525u + 1013904223u;
    return (net->random >> 8) % limit;
}

static void net_send(struct net *net, uint32_t to, const struct packet *packet)
{
    uint32_t delay = DELAY + net_roll(net, JITTER + 1);

    if (net_roll(net, 200) == 0)
        net->spike_ends = net->now + SPIKE;
    if (net->now < net->spike_ends)
        delay += SPIKE;
    net->sent++;
    if (net_roll(net, 100) < LOSS) {
        net->lost++;
        return;
    }
    for (size_t i = 0; i < FLIGHTS; i++) {
        struct flight *flight = &net->flights[i];

        if (flight->due != 0)
            continue;
        flight->packet = *packet;
        flight->to = to;
        flight->due = net->now + delay;
        return;
    }
    net->lost++;
}

/* Make one of the numbers senseless. */
static void damage(struct net *net, struct packet *packet)
{
    uint32_t *const numbers[] = { &packet->heard, &packet->first_input,
                                  &packet->inputs, &packet->first_sum,
                                  &packet->sums };

    *numbers[net_roll(net, 5)] |= UINT32_C(1) << (20 + net_roll(net, 12));
    net->damaged++;
}

/* Take a packet that has arrived; false if there is none. */
static bool net_receive(struct net *net, uint32_t to, struct packet *packet)
{
    for (size_t i = 0; i < FLIGHTS; i++) {
        struct flight *flight = &net->flights[i];

        if (flight->due == 0 || flight->to != to || flight->due > net->now)
            continue;
        *packet = flight->packet;
        flight->due = 0;
        if (net_roll(net, DAMAGE) == 0)
            damage(net, packet);
        return true;
    }
    return false;
}

#endif
