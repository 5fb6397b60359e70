/*
 * Memory and epochs: the calls of arena.h, in its order.
 *
 * What holds between any two calls:
 *
 *   Blocks   lie side by side from `first` to `top`. Two free ones never
 *            touch: each is in the bin of its class, or is the space above top.
 *   Births   A versioned block's stamp has the clock at which it was born.
 *            Births above `shared`, the newest hold's clock, are private to
 *            the working state; every other block is shared.
 *   Live     A live versioned block is on one ring: with the blocks that were
 *            born between the same two holds.
 *   Retired  A retired one is on one list: that of the hold that was newest
 *            when it was retired, or, once no hold sees it, `pending`.
 *
 * So a hold needs no memory, and a release or rollback looks at no block but
 * those born or retired beside the holds that it ends.
 */
#include "arena.h"

#include "arena/port.h"   /* the compiler, the four mem functions          */
#include "arena/bits.h"   /* counting bits                                 */
#include "arena/block.h"  /* a header and a payload; calls for other modules */
#include "arena/heap.h"   /* which bytes are free                          */
#include "arena/rings.h"  /* which live blocks were born between two holds */
#include "arena/epochs.h" /* retire, release, put back, renumber           */
#include "arena/check.h"  /* the invariants                                */

/* ---- Arguments ------------------------------------------------------- */

/* The reference of a payload, or 0: not one of this arena's. */
static arena_ref ref_of(const struct arena *arena, const void *payload)
{
    uintptr_t offset;

    if (arena == NULL || payload == NULL)
        return 0;
    offset = (uintptr_t)payload - (uintptr_t)arena->base;
    if (offset >= arena->top || !is_block(arena, (arena_ref)offset))
        return 0;
    return (arena_ref)offset;
}

/* What is wrong with changing a versioned block, if anything is. */
static int check_live(const struct arena *arena, arena_ref ref)
{
    if (ref == 0 || block_at(arena, ref)->stamp == ARENA_UNVERSIONED)
        return ARENA_EINVAL;
    return is_live(block_at(arena, ref)) ? ARENA_OK : ARENA_ESTALE;
}

static bool is_unversioned(const struct arena *arena, arena_ref ref)
{
    return ref != 0 && block_at(arena, ref)->stamp == ARENA_UNVERSIONED;
}

/* ---- Life ------------------------------------------------------------ */

/* Bytes that an arena uses at most. A reference must reach past the end, and
   the largest request with its header, rounded up, must not wrap around. */
#define ARENA_SIZE_LIMIT \
    ((size_t)(arena_ref)-1 - ARENA_HEADER - (ARENA_UNIT - 1))

/* The bitmap of the bins, and the nodes of a map, are words of 32 bits. */
struct word_alignment {
    char c;
    uint32_t word;
};
ARENA_STATIC_ASSERT(arena_align_suits_a_word,
                    offsetof(struct word_alignment, word) <= ARENA_ALIGN);

/* Forget every block and hold. */
static void forget_all_blocks(struct arena *arena)
{
    ARENA_UNPOISON(arena->base, arena->first);
    memset(arena->base, 0, arena->first);
    ARENA_POISON(arena->base + arena->first,
                 (size_t)(arena->size - arena->first));
    arena->top = arena->first;
    arena->used = arena->first;
    arena->blocks = 0;
    arena->newest = NULL;
    arena->holds = 0;
    arena->clock = 1;
    arena->shared = 0;
    arena->born = 0;
    arena->pending = 0;
    arena->pending_blocks = 0;
    arena->pending_bytes = 0;
}

int arena_init(struct arena *arena, void *memory, size_t size)
{
    size_t skip = (size_t)(-(uintptr_t)memory % ARENA_UNIT);

    if (arena == NULL || memory == NULL)
        return ARENA_EINVAL;
    if (size < skip)
        return ARENA_ENOMEM;
    size -= skip;
    if (size > ARENA_SIZE_LIMIT)
        size = ARENA_SIZE_LIMIT;
    /* One more bin can cost more than the byte that made it needed. */
    while (size < bookkeeping(size) + ARENA_BLOCK_MIN) {
        if (size == 0)
            return ARENA_ENOMEM;
        size--;
    }

    arena->base = (unsigned char *)memory + skip;
    arena->classes = (uint16_t)(class_of(size) + 1);
    arena->bins = (uint16_t)bitmap_size(arena->classes);
    arena->first = (arena_ref)bookkeeping(size);
    arena->size = (arena_ref)(size - (size - arena->first) % ARENA_UNIT);
    arena->peak = arena->first;
    arena->era = 0;
    arena->failures = 0;
    forget_all_blocks(arena);
    return ARENA_OK;
}

int arena_reset(struct arena *arena)
{
    if (arena == NULL)
        return ARENA_EINVAL;
    arena->era++;
    forget_all_blocks(arena);
    return ARENA_OK;
}

/* ---- Unversioned blocks ---------------------------------------------- */

void *arena_alloc(struct arena *arena, size_t size)
{
    return arena_at(arena, arena_take(arena, size, false));
}

void *arena_resize(struct arena *arena, void *block, size_t size)
{
    arena_ref ref = ref_of(arena, block);
    size_t room;
    void *moved;

    if (block == NULL)
        return arena_alloc(arena, size);
    if (size == 0 || !is_unversioned(arena, ref))
        return NULL;
    room = size_of(block_at(arena, ref)) - ARENA_HEADER;
    if (size <= room) {
        heap_trim(arena, ref, block_bytes(size));
        return block;
    }
    if (size <= arena->size && heap_grow(arena, ref, block_bytes(size)))
        return block;
    moved = arena_alloc(arena, size);
    if (moved == NULL)
        return NULL;
    memcpy(moved, block, room);
    heap_give(arena, ref);
    return moved;
}

int arena_free(struct arena *arena, void *block)
{
    arena_ref ref = ref_of(arena, block);

    if (block == NULL)
        return ARENA_OK;
    if (!is_unversioned(arena, ref))
        return ARENA_EINVAL;
    heap_give(arena, ref);
    return ARENA_OK;
}

/* ---- Versioned blocks ------------------------------------------------ */

/* Where a versioned block of the user's has its size: at its end. The block
   may be larger than asked for; if copies asked for all of it, they would grow
   from one to the next. */
static arena_ref *size_in(const struct arena *arena, arena_ref ref)
{
    return tag_before(arena, end_of(arena, ref));
}

void *arena_new(struct arena *arena, size_t size)
{
    arena_ref ref;

    if (size == 0)
        return NULL;
    if (size < (size_t)-1 - sizeof ref)
        size += sizeof ref;
    ref = arena_take(arena, size, true);
    if (ref != 0)
        *size_in(arena, ref) = (arena_ref)(size - sizeof ref);
    return arena_at(arena, ref);
}

int arena_edit(struct arena *arena, void **block)
{
    arena_ref ref = block == NULL ? 0 : ref_of(arena, *block);
    int error = check_live(arena, ref);
    size_t size;
    void *copy;

    if (error < 0 || is_private(arena, block_at(arena, ref)))
        return error;
    size = *size_in(arena, ref);
    copy = arena_new(arena, size);
    if (copy == NULL)
        return ARENA_ENOMEM;
    memcpy(copy, *block, size);
    retire(arena, ref);
    *block = copy;
    return ARENA_OK;
}

int arena_retire(struct arena *arena, void *block)
{
    arena_ref ref = ref_of(arena, block);
    int error = check_live(arena, ref);

    if (error < 0)
        return error;
    arena_give_versioned(arena, ref);
    return ARENA_OK;
}

/* ---- References ------------------------------------------------------ */

arena_ref arena_ref_of(const struct arena *arena, const void *block)
{
    return ref_of(arena, block);
}

void *arena_at(const struct arena *arena, arena_ref ref)
{
    return arena == NULL || ref == 0 ? NULL : arena->base + ref;
}

/* ---- Epochs ---------------------------------------------------------- */

int arena_hold(struct arena *arena, struct arena_epoch *epoch)
{
    if (arena == NULL || epoch == NULL)
        return ARENA_EINVAL;
    STRATA_ASSERT(!is_listed(arena, epoch));
    if (!is_unchanged(arena)) {
        if (arena->clock == ARENA_CLOCK_MAX)
            renumber(arena);
        arena->clock++;
    }
    epoch->arena = arena;
    epoch->era = arena->era;
    epoch->older = arena->newest;
    epoch->newer = NULL;
    epoch->clock = (arena_ref)(arena->clock - 1);
    epoch->born = arena->born;
    epoch->pins = 0;
    forget_retired(epoch);
    if (arena->newest != NULL)
        arena->newest->newer = epoch;
    arena->newest = epoch;
    arena->shared = epoch->clock;
    arena->born = 0;
    arena->holds++;
    return ARENA_OK;
}

int arena_release(struct arena *arena, struct arena_epoch *epoch)
{
    if (!is_held(arena, epoch))
        return ARENA_EINVAL;
    if (epoch->pins > 0)
        return ARENA_EBUSY;
    if (epoch->older == NULL)
        release_oldest(arena, epoch);
    else
        release_inner(arena, epoch);

    if (epoch->older != NULL)
        epoch->older->newer = epoch->newer;
    if (epoch->newer != NULL) {
        epoch->newer->older = epoch->older;
    } else {
        arena->newest = epoch->older;
        arena->shared = epoch->older != NULL ? epoch->older->clock : 0;
    }
    arena->holds--;
    epoch->arena = NULL;
    return ARENA_OK;
}

int arena_rollback(struct arena *arena, struct arena_epoch *epoch)
{
    struct arena_epoch *newer;

    if (!is_held(arena, epoch))
        return ARENA_EINVAL;
    for (newer = arena->newest; newer != epoch; newer = newer->older) {
        if (newer->pins > 0)
            return ARENA_EBUSY;
    }
    ring_free(arena, arena->born);
    arena->born = 0;
    for (newer = arena->newest; newer != epoch; newer = newer->older)
        ring_free(arena, newer->born);

    while ((newer = arena->newest) != epoch) {
        take_back(arena, newer, epoch->clock);
        arena->newest = newer->older;
        arena->holds--;
        newer->arena = NULL;
    }
    take_back(arena, epoch, epoch->clock);
    epoch->newer = NULL;
    arena->shared = epoch->clock;
    return ARENA_OK;
}

int arena_pin(struct arena *arena, struct arena_epoch *epoch)
{
    if (!is_held(arena, epoch))
        return ARENA_EINVAL;
    if (epoch->pins == (arena_ref)-1)
        return ARENA_EFULL;
    epoch->pins++;
    return ARENA_OK;
}

int arena_unpin(struct arena *arena, struct arena_epoch *epoch)
{
    if (!is_held(arena, epoch) || epoch->pins == 0)
        return ARENA_EINVAL;
    epoch->pins--;
    return ARENA_OK;
}

size_t arena_reclaim(struct arena *arena, size_t blocks)
{
    if (arena == NULL)
        return 0;
    reclaim(arena, blocks);
    return arena->pending_blocks;
}

size_t arena_held_bytes(const struct arena *arena,
                        const struct arena_epoch *epoch)
{
    size_t bytes = 0;
    arena_ref clock, ref;

    if (!is_held(arena, epoch))
        return 0;
    if (epoch->older == NULL)
        return epoch->retired_bytes;
    clock = epoch->older->clock;
    for (ref = epoch->retired; ref != 0; ref = block_at(arena, ref)->prev) {
        const struct block *block = block_at(arena, ref);

        if (block->stamp / 2 > clock)
            bytes += size_of(block);
    }
    return bytes;
}

/* ---- Looking in ------------------------------------------------------ */

void arena_get_stats(const struct arena *arena, struct arena_stats *out)
{
    if (arena == NULL || out == NULL)
        return;
    out->size = arena->size;
    out->used = arena->used;
    out->live = (size_t)(arena->used - arena->pending_bytes);
    out->free = (size_t)(arena->size - arena->used);
    out->peak = heap_peak(arena);
    out->largest = heap_largest(arena);
    out->blocks = arena->blocks;
    out->holds = (size_t)arena->holds;
    out->pending = arena->pending_blocks;
    out->failures = (size_t)arena->failures;
    out->clock = arena->clock;
}

int arena_check(const struct arena *arena)
{
    size_t retired = 0, born = 0;

    if (arena == NULL)
        return ARENA_EINVAL;
    if (!are_bins_sound(arena) || !are_blocks_sound(arena) ||
        !are_holds_sound(arena, &retired, &born))
        return ARENA_ECORRUPT;
    if (!is_list_sound(arena, arena->pending, ARENA_CLOCK_MAX,
                       arena->pending_blocks, arena->pending_bytes))
        return ARENA_ECORRUPT;
    retired += arena->pending_blocks;
    return are_versions_sound(arena, retired, born) ? ARENA_OK : ARENA_ECORRUPT;
}

/* The texts of codes 0, -1, ...; the last one is for any other code. */
static const char *const error_texts[] = {
    "no error",
    "no room in the arena",
    "invalid argument",
    "stale handle: what it names has been changed since",
    "busy: still in use, or changed from inside a callback",
    "an invariant does not hold",
    "the context is entered already",
    "the context has not been entered",
    "another context is the thread's current one",
    "the token has been used already",
    "the token was made by another variable",
    "the token was made in another context",
    "no slot is left: for a watcher, or for a name in a shape",
    "invalid watcher number",
    "no watcher has this number",
    "the key is there already",
    "the table changed while it was walked or read",
    "unknown error",
};

const char *arena_strerror(int code)
{
    int last = (int)(sizeof error_texts / sizeof error_texts[0]) - 1;

    if (code <= ARENA_EUSER)
        return "error of a callback";
    if (code > 0)
        code = 0;
    return error_texts[code > -last ? -code : last];
}

/* ---- Blocks by reference: the calls of block.h ----------------------- */

arena_ref arena_take(struct arena *arena, size_t size, bool versioned)
{
    size_t limit = ARENA_RECLAIM;
    arena_ref ref = 0;

    if (arena == NULL || size == 0)
        return 0;
    do {
        reclaim(arena, limit);
        if (size <= arena->size)
            ref = heap_take(arena, block_bytes(size));
        limit = arena->pending_blocks;
    } while (ref == 0 && limit > 0);
    if (ref == 0) {
        arena->failures++;
        return 0;
    }
    block_at(arena, ref)->stamp = ARENA_UNVERSIONED;
    if (versioned) {
        block_at(arena, ref)->stamp = (arena_ref)(2 * arena->clock);
        if (arena->born == 0)
            ring_start(arena, ref);
        else
            ring_insert(arena, ref, arena->born);
        arena->born = ref;
    }
    return ref;
}

void arena_give(struct arena *arena, arena_ref ref)
{
    STRATA_ASSERT(is_unversioned(arena, ref));
    heap_give(arena, ref);
}

void arena_give_versioned(struct arena *arena, arena_ref ref)
{
    STRATA_ASSERT(check_live(arena, ref) == ARENA_OK);
    if (is_private(arena, block_at(arena, ref)))
        discard(arena, ref);
    else
        retire(arena, ref);
}

bool arena_widen(struct arena *arena, arena_ref ref, size_t size)
{
    return size_of(block_at(arena, ref)) >= block_bytes(size) ||
           heap_grow(arena, ref, block_bytes(size));
}

void arena_trim(struct arena *arena, arena_ref ref, size_t size)
{
    heap_trim(arena, ref, block_bytes(size));
}
