/*
 * Strata arena: memory and epochs in one piece of the caller's memory.
 *
 *     memory  | free lists | block | block |  free  | block | ... never used |
 *             0                                             ^ top     size ^
 *
 *     time    ----- hold A ------- hold B ------- hold C -------> working state
 *                  \ all as it      \ as it was    \
 *                    was here         here           born after C: private
 *
 * An arena hands out blocks. Unversioned blocks live until they are freed.
 * Versioned blocks have a past: arena_hold() keeps everything that is
 * reachable at that moment as it is until arena_release(), at O(1) and with
 * no memory from the arena; arena_rollback() goes back to it.
 *
 * The rule behind it: a block born after the newest hold is private and may be
 * changed or freed at once. Any other block is shared with a held epoch: it is
 * copied before a change, and letting go of it only retires it. A retired
 * block is freed when the last hold between its birth and its retirement is
 * released. No reference counts, no tracing. (Interval-based reclamation, Wen
 * et al., PPoPP 2018.)
 *
 * Rules for all calls
 *
 *   Errors     Calls that return int give 0 or more on success and a negative
 *              enum arena_error on failure; then nothing has changed.
 *   Pointers   to a block are good until it is freed, resized, retired, or
 *              (versioned) edited; an arena_ref is good as long as the block.
 *   Holds      The record of a hold is the caller's: it must not move, nor be
 *              held again, before it is released (STRATA_ASSERT).
 *   Rollback   After it only handles saved at that hold are good.
 *   Writers    One per arena. Held versions may be read by any thread or
 *              interrupt without a lock.
 *   Recursion  None; and no allocation but from the arena.
 *
 * Under AddressSanitizer (and under Valgrind with -DSTRATA_VALGRIND) the
 * payload of a freed block is poisoned and releases free at once, so that the
 * first read of a released snapshot is reported. So such a build may need a
 * little less memory than others.
 */
#ifndef STRATA_ARENA_H
#define STRATA_ARENA_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#define STRATA_VERSION "1.0.0"

/* ---- Knobs ----------------------------------------------------------- */

/*
 * -DSTRATA_CONFIG='"my_config.h"' names a header that sets any of these.
 * A whole program is built with one setting of each.
 */
#ifdef STRATA_CONFIG
#include STRATA_CONFIG
#endif

/*
 * Bits of a reference: 16 (arenas below 64 KB) or 32 (below 4 GB). Price:
 * a block header is four references, a link between nodes is one.
 */
#ifndef ARENA_REF_BITS
#if SIZE_MAX <= 0xFFFF
#define ARENA_REF_BITS 16
#else
#define ARENA_REF_BITS 32
#endif
#endif
#if ARENA_REF_BITS != 16 && ARENA_REF_BITS != 32
#error "ARENA_REF_BITS is 16 or 32"
#endif

/*
 * Alignment of blocks in bytes: 2, 4, 8 or 16; at least a reference's size,
 * that of a uint32_t (which can be 2 on 8- and 16-bit machines only) and what
 * the types kept in blocks need (dict and hashtable keep pointers).
 * Price: each block's size is rounded up to it.
 */
#ifndef ARENA_ALIGN
#if SIZE_MAX <= 0xFFFF
#define ARENA_ALIGN 2
#else
#define ARENA_ALIGN 8
#endif
#endif
#if ARENA_ALIGN != 2 && ARENA_ALIGN != 4 && ARENA_ALIGN != 8 && \
    ARENA_ALIGN != 16
#error "ARENA_ALIGN is 2, 4, 8 or 16"
#endif
#if ARENA_ALIGN * 8 < ARENA_REF_BITS
#error "ARENA_ALIGN is at least the size of a reference"
#endif

/*
 * Released blocks that each allocation reclaims: 2 to 255. Price: that many
 * frees at most are added to an allocation's worst case. With fewer than 2
 * the backlog of a steady loop would not shrink.
 */
#ifndef ARENA_RECLAIM
#define ARENA_RECLAIM 2
#endif
#if ARENA_RECLAIM < 2 || ARENA_RECLAIM > 255
#error "ARENA_RECLAIM is 2 to 255"
#endif

/*
 * Variables that a context_thread keeps at hand (context.h): a power of two,
 * 1 to 4096. Price: two words and four bytes each, in each context_thread.
 */
#ifndef CONTEXT_CACHE
#if SIZE_MAX <= 0xFFFF
#define CONTEXT_CACHE 4
#else
#define CONTEXT_CACHE 16
#endif
#endif
#if CONTEXT_CACHE < 1 || CONTEXT_CACHE > 4096 || \
    (CONTEXT_CACHE & (CONTEXT_CACHE - 1)) != 0
#error "CONTEXT_CACHE is a power of two, 1 to 4096"
#endif

/*
 * STRATA_ASSERT(condition): checks of what can't be reported as an error.
 * Free by default; to get them, include assert.h in the file that STRATA_CONFIG
 * names, and define it as assert there. Its argument has no side effects.
 */
#ifndef STRATA_ASSERT
#define STRATA_ASSERT(condition) ((void)0)
#endif

/* ---- For the macros of the headers ----------------------------------- */

/* Refuse to compile unless condition, a constant, is true. name tells why. */
#define ARENA_STATIC_ASSERT(name, condition) \
    typedef char name[(condition) ? 1 : -1]

/* A function that may stay without a call, as those that HAMT_DEFINE makes. */
#ifdef __GNUC__
#define ARENA_WRAPPER static inline __attribute__((__unused__))
#else
#define ARENA_WRAPPER static inline
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Types ----------------------------------------------------------- */

/* A block's offset from the arena's first byte; 0 is none. */
#if ARENA_REF_BITS == 16
typedef uint16_t arena_ref;
#else
typedef uint32_t arena_ref;
#endif

/* What a call of any module returns below 0, down to -999. Codes of -1000 and
   below are the user's own: callbacks return them, and they pass through. */
enum arena_error {
    ARENA_OK = 0,
    ARENA_ENOMEM = -1,     /* no room; nothing has changed                   */
    ARENA_EINVAL = -2,     /* an argument, a record or a mode does not fit   */
    ARENA_ESTALE = -3,     /* an outdated copy of a handle                   */
    ARENA_EBUSY = -4,      /* still in use, or changed from inside a callback */
    ARENA_ECORRUPT = -5,   /* an invariant does not hold                     */
    ARENA_EENTERED = -6,   /* a context is entered, here or elsewhere        */
    ARENA_EOUTSIDE = -7,   /* a context is not entered                       */
    ARENA_ECURRENT = -8,   /* a context is not the current one               */
    ARENA_EUSED = -9,      /* a token has been used                          */
    ARENA_EVARIABLE = -10, /* a token is another variable's                */
    ARENA_ECONTEXT = -11,  /* a token was made in another context          */
    ARENA_EFULL = -12,     /* all slots for watchers, or a shape's, taken  */
    ARENA_EWATCHER = -13,  /* no slot for watchers has this number         */
    ARENA_EUNWATCHED = -14, /* no watcher is in this slot                  */
    ARENA_EEXISTS = -15,    /* the key is there already                    */
    ARENA_ECHANGED = -16,   /* a table changed while it was walked or read */
    ARENA_EUSER = -1000     /* the first code that is the user's              */
};

/* A run of bytes of the caller's: how byte strings are passed in. */
struct arena_bytes {
    const void *data; /* NULL only if size is 0 */
    size_t size;
};

/* The caller's record of one hold. All fields are the arena's. */
struct arena_epoch {
    struct arena *arena;       /* NULL once released                       */
    struct arena_epoch *older; /* neighbours among the holds               */
    struct arena_epoch *newer;
    uint32_t era;             /* the arena's, at the hold                 */
    arena_ref clock;          /* blocks born up to here are seen          */
    arena_ref born;           /* into the ring of blocks born before it   */
    arena_ref retired;        /* blocks retired since; newest first       */
    arena_ref retired_last;   /* the end of that list                     */
    arena_ref retired_blocks; /* its length                               */
    arena_ref retired_bytes;  /* the bytes of these blocks                */
    arena_ref pins;           /* arena_pin less arena_unpin               */
};

/* One arena. Its place is the caller's; all fields are the arena's. */
struct arena {
    unsigned char *base;        /* the first aligned byte of the memory    */
    struct arena_epoch *newest; /* hold, or NULL                           */
    uint32_t era;               /* resets so far: older records are void   */
    uint32_t holds;             /* how many are held                       */
    uint32_t failures;          /* requests that found no room             */
    uint16_t classes;           /* of block sizes, a bin of free ones each */
    uint16_t bins;              /* offset of the first bin                 */
    arena_ref size;             /* bytes from base                         */
    arena_ref first;            /* offset of the first block's header      */
    arena_ref top;              /* end of the last block                   */
    arena_ref peak;             /* highest top since init                  */
    arena_ref used;             /* bytes of allocated blocks               */
    arena_ref blocks;           /* how many those are                      */
    arena_ref clock;            /* birth of a block made now               */
    arena_ref shared;           /* newest hold's clock: births up to it    */
                                /* are shared; 0 without a hold            */
    arena_ref born;             /* ring of blocks born since that hold     */
    arena_ref pending;          /* released blocks to be reclaimed         */
    arena_ref pending_blocks;   /* how many those are                      */
    arena_ref pending_bytes;    /* and their bytes                         */
};

/* Sizes are bytes. */
struct arena_stats {
    size_t size;     /* memory in use by the arena: used + free            */
    size_t used;     /* allocated blocks with their headers, retired ones  */
                     /* still held or pending included, and free lists     */
    size_t live;     /* used, less what is pending: what a limit of bytes  */
                     /* for snapshots looks at                             */
    size_t free;     /* size less used                                     */
    size_t peak;     /* an aligned array of this size would have done for  */
                     /* all since arena_init, in the same build            */
    size_t largest;  /* arena_alloc of so many bytes succeeds now; of a    */
                     /* few more it may, and of what pending blocks allow  */
    size_t blocks;   /* allocated                                          */
    size_t holds;    /* not yet released                                   */
    size_t pending;  /* blocks released and not yet reclaimed              */
    size_t failures; /* requests that found no room                        */
    size_t clock;    /* birth of a block made now                          */
};

/* ---- Life ------------------------------------------------------------ */

/*
 * Make an empty arena over size bytes at memory, of any alignment.
 *
 * At most 4 GB - 1 (64 KB - 1 with 16-bit references) of them are used.
 *
 * Calling it on an arena in use abandons all blocks and holds. Using their
 * records afterwards is undefined and goes undetected; after arena_reset it is
 * detected.
 *
 * Returns  ARENA_OK, ARENA_EINVAL (NULL), or ARENA_ENOMEM: too small for the
 *          free lists and one block, about 100 bytes.
 * Owns     memory, until the caller reuses it. Under AddressSanitizer and
 *          Valgrind free bytes stay poisoned: unpoison the memory before it
 *          is reused for something else or leaves scope.
 */
int arena_init(struct arena *arena, void *memory, size_t size);

/*
 * Release everything in arena, holds included: as after arena_init, but that
 * peak and failures go on counting. O(1).
 *
 * Returns  ARENA_OK or ARENA_EINVAL (NULL).
 */
int arena_reset(struct arena *arena);

/* ---- Unversioned blocks: live until freed, untouched by rollback ----- */

/*
 * Allocate size bytes, aligned to ARENA_ALIGN, contents undefined.
 *
 * Returns  the block, or NULL: size is 0, or there is no room.
 * Cost     O(1), the reclaiming of ARENA_RECLAIM released blocks included.
 *          Before it says no room, it reclaims all that is pending and looks
 *          at every free block of the request's size class.
 */
void *arena_alloc(struct arena *arena, size_t size);

/*
 * Resize block to size bytes; it may move. With NULL, allocate.
 *
 * Returns  the block, or NULL: size is 0, block is not one of arena_alloc, or
 *          there is no room; then block is as before.
 * Cost     O(1), and a memcpy when it moves.
 */
void *arena_resize(struct arena *arena, void *block, size_t size);

/*
 * Free block. NULL is fine.
 *
 * Returns  ARENA_OK, or ARENA_EINVAL: not a block of arena_alloc, as far as the
 *          bytes before it tell.
 * Cost     O(1).
 */
int arena_free(struct arena *arena, void *block);

/* ---- Versioned blocks: the user's own structs under the timeline ----- */

/*
 * Allocate a versioned block of size bytes, contents undefined, private to
 * the working state. A rollback to a hold before now frees it. It takes a
 * reference more than arena_alloc does, to know its size.
 *
 * It may be written to until the next hold; then arena_edit comes first. A
 * write to a shared block would change the snapshot, and is not noticed.
 *
 * Returns  the block, or NULL: size is 0, or there is no room.
 * Cost     as arena_alloc.
 */
void *arena_new(struct arena *arena, size_t size);

/*
 * Make *block private, so that it may be written to until the next hold: a
 * shared one is copied and retired, and *block is then the copy.
 *
 *   void *block = world.weather;
 *   if (arena_edit(&arena, &block) < 0)
 *       ...
 *   world.weather = block;
 *
 * Returns  ARENA_OK, ARENA_ENOMEM, ARENA_ESTALE (retired before), or
 *          ARENA_EINVAL (not a versioned block).
 * Cost     O(1), and a memcpy when it was shared.
 */
int arena_edit(struct arena *arena, void **block);

/*
 * Let go of block: a private one is freed, a shared one stays for the holds
 * that see it. Never needs room.
 *
 * Returns  ARENA_OK, ARENA_ESTALE (retired before), or ARENA_EINVAL.
 * Cost     O(1).
 */
int arena_retire(struct arena *arena, void *block);

/* ---- References ------------------------------------------------------ */

/* The reference of block, which is one of arena's; 0 for NULL. */
arena_ref arena_ref_of(const struct arena *arena, const void *block);

/* The block at ref; NULL for 0. */
void *arena_at(const struct arena *arena, arena_ref ref);

/* ---- Epochs ---------------------------------------------------------- */

/*
 * Hold the present state of everything versioned in arena under epoch. Copy
 * the handles (plain structs) beside it: they are how to get at this state.
 *
 * Returns  ARENA_OK or ARENA_EINVAL (NULL).
 * Owns     epoch, until it is released. Nothing from the arena.
 * Cost     O(1); every 2^31 holds (2^15 with 16-bit references) the births
 *          are renumbered, O(blocks + holds).
 */
int arena_hold(struct arena *arena, struct arena_epoch *epoch);

/*
 * Release epoch, in any order with the other holds: what only it could see is
 * freed.
 *
 * Returns  ARENA_OK, ARENA_EINVAL (not a hold of this arena, or no more), or
 *          ARENA_EBUSY: it is pinned.
 * Cost     O(1) for the oldest: its blocks become pending. For another,
 *          O(blocks retired between it and the next newer hold); and of the
 *          blocks born between it and its neighbours among the holds, those
 *          retired since, but each of them once for all releases.
 */
int arena_release(struct arena *arena, struct arena_epoch *epoch);

/*
 * Take everything versioned back to what it was at epoch, release the newer
 * holds, and keep epoch held.
 *
 * Returns  ARENA_OK, ARENA_EINVAL (not a hold of this arena, or no more), or
 *          ARENA_EBUSY: a newer hold is pinned.
 * Cost     O(blocks born and retired since, and holds released).
 */
int arena_rollback(struct arena *arena, struct arena_epoch *epoch);

/*
 * Pin epoch: until as many arena_unpin, it can't be released, nor lost to a
 * rollback to an older hold. For a hold that others rely on: a reader, a
 * save that goes on meanwhile. arena_init and arena_reset forget
 * pins.
 *
 * arena_pin    returns ARENA_OK, ARENA_EINVAL (not a hold of this arena, or no
 *              more), or ARENA_EFULL: the count of pins, an arena_ref, is full.
 * arena_unpin  returns ARENA_OK, or ARENA_EINVAL: also if it is not pinned.
 * Cost         O(1).
 */
int arena_pin(struct arena *arena, struct arena_epoch *epoch);
int arena_unpin(struct arena *arena, struct arena_epoch *epoch);

/*
 * Reclaim up to the given number of pending blocks.
 *
 * Returns  how many are still pending.
 * Cost     O(blocks).
 */
size_t arena_reclaim(struct arena *arena, size_t blocks);

/*
 * Returns  the bytes that releasing epoch now would free; 0 if it is no hold
 *          of this arena.
 * Cost     O(1) for the oldest; for another, O(blocks retired between it and
 *          the next newer hold).
 */
size_t arena_held_bytes(const struct arena *arena,
                        const struct arena_epoch *epoch);

/* ---- Looking in ------------------------------------------------------ */

/* Tell what arena holds, in *out. O(1). Both may be NULL: then nothing. */
void arena_get_stats(const struct arena *arena, struct arena_stats *out);

/*
 * Check every invariant of arena: block chain, free lists, rings, holds.
 *
 * Returns  ARENA_OK, ARENA_EINVAL (NULL), or ARENA_ECORRUPT.
 * Cost     O(blocks + holds), without writing.
 */
int arena_check(const struct arena *arena);

/* The text of a code of any module, in English, without a full stop. */
const char *arena_strerror(int code);

#ifdef __cplusplus
}
#endif

#endif
