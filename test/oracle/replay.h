/*
 * Replays CPython's scripts (hamt/FORMAT.md) as tables of bytes on maps of each
 * kind. script-to-c makes a test program of scripts, which is linked with
 * replay.c.
 *
 * The tables are placed by ORACLE_TABLE and read through ORACLE_BYTE, which a
 * machine whose constants lie in a memory of their own may define. Besides the
 * arena a replay takes some 100 bytes and 30 for each snapshot.
 */
#ifndef STRATA_TEST_REPLAY_H
#define STRATA_TEST_REPLAY_H

#include <stddef.h>

#ifndef ORACLE_TABLE
#define ORACLE_TABLE
#endif

/* A map in place; the same with a hold before every change; new versions. */
enum mode { EPOCHS, HELD, COUNTED, REGION };

/* Commands of a table, and the bytes behind them: numbers in two, the high one
   first, hashes in four, digests in eight, snapshots in one. */
enum {
    DONE,
    SET,   /* key hash value                  */
    DEL,   /* key hash                        */
    GET,   /* key hash value                  */
    ORDER, /* length digest                   */
    SAME,  /* the last change changed nothing */
    OTHER, /* it gave another map in CPython  */
    SNAP,  /* snapshot                        */
    LOAD,  /* snapshot                        */
    EQUAL, /* snapshot 0/1                    */
    NEW
};

/* The most that a script has at a time: entries, levels, snapshots. */
struct most {
    size_t entries, levels, snaps;
};

/* A test: the script of a table, on a map of one kind. */
void replay_script(enum mode mode, const unsigned char *table,
                   const struct most *most);

#endif
