/*
 * The arena's heap: which of its bytes are free. Private, part of arena.c.
 *
 * Segregated fits with boundary tags (Masmano et al., TLSF, ECRTS 2004): a
 * free block is kept in the bin of its size class, a bitmap tells which bins
 * are not empty, and a block that is freed joins its free neighbours at once.
 * Bitmap and bins lie at the start of the arena's memory; their number grows
 * with the logarithm of its size.
 *
 * Free blocks come before the space above top, which no bin knows: the arena
 * grows only when nothing else fits. So an array that ends at the peak would
 * have seen the same calls succeed at the same places.
 */
#ifndef STRATA_ARENA_HEAP_H
#define STRATA_ARENA_HEAP_H

#include "bits.h"
#include "block.h"

/* ---- Poison ---------------------------------------------------------- */

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#endif

#if defined(ARENA_ASAN)
#include <sanitizer/asan_interface.h>
#define ARENA_POISON(start, size) ASAN_POISON_MEMORY_REGION(start, size)
#define ARENA_UNPOISON(start, size) ASAN_UNPOISON_MEMORY_REGION(start, size)
#elif defined(STRATA_VALGRIND)
#include <valgrind/memcheck.h>
#define ARENA_POISON(start, size) (void)VALGRIND_MAKE_MEM_NOACCESS(start, size)
#define ARENA_UNPOISON(start, size) \
    (void)VALGRIND_MAKE_MEM_UNDEFINED(start, size)
#else
#define ARENA_POISON(start, size) ((void)(start), (void)(size))
#define ARENA_UNPOISON(start, size) ((void)(start), (void)(size))
#endif

/* Is a released block freed, and so poisoned, at once? */
#if defined(ARENA_ASAN) || defined(STRATA_VALGRIND)
enum { ARENA_EAGER = 1 };
#else
enum { ARENA_EAGER = 0 };
#endif

/* ---- Sizes and classes ----------------------------------------------- */

enum {
    ARENA_UNIT = ARENA_ALIGN,
    /* A free block repeats its size in its last bytes. */
    ARENA_TAG = sizeof(arena_ref),
    /* The smallest block: what a free one needs. */
    ARENA_BLOCK_MIN = (ARENA_HEADER + ARENA_TAG + ARENA_UNIT - 1) / ARENA_UNIT *
                      ARENA_UNIT,
    /* Classes per doubling, as a power of two: with fewer, an arena that is
       four fifths full refuses requests; more would cost memory in bins. */
    ARENA_CLASS_BITS = 3,
    /* Blocks of a bin that an allocation looks at before it takes memory above
       top. More would cost reads of memory that is in no cache. */
    ARENA_LOOKS = 2,
    ARENA_EXACT = 2 << ARENA_CLASS_BITS /* classes of a single size */
};

static inline size_t round_up(size_t size)
{
    return (size + ARENA_UNIT - 1) & ~(size_t)(ARENA_UNIT - 1);
}

/* The bytes of the block for a request of size bytes. */
static size_t block_bytes(size_t size)
{
    size_t bytes = round_up(size + ARENA_HEADER);

    return bytes < ARENA_BLOCK_MIN ? ARENA_BLOCK_MIN : bytes;
}

/*
 * The class of a block of size bytes. Up to ARENA_EXACT units each size is one,
 * above that the class is a floating-point number: an exponent and
 * ARENA_CLASS_BITS bits of mantissa.
 */
static inline unsigned class_of(size_t size)
{
    size_t units = size / ARENA_UNIT;
    unsigned class = 0;

    for (; units >= ARENA_EXACT; units /= 2)
        class += 1 << ARENA_CLASS_BITS;
    return class + (unsigned)units;
}

/* ---- Bins ------------------------------------------------------------ */

/* The bytes of a bitmap of the bins. */
static inline size_t bitmap_size(unsigned classes)
{
    return (classes + 31) / 32 * sizeof(uint32_t);
}

/* Bytes at the start of an arena of size bytes that are the heap's own; the
   first payload behind them is aligned. */
static size_t bookkeeping(size_t size)
{
    unsigned classes = class_of(size) + 1;
    size_t bytes = bitmap_size(classes) + classes * sizeof(arena_ref);

    return round_up(bytes + ARENA_HEADER) - ARENA_HEADER;
}

static inline uint32_t *bitmap_of(const struct arena *arena)
{
    return (uint32_t *)(void *)arena->base;
}

static inline arena_ref *bin_of(const struct arena *arena, unsigned class)
{
    return (arena_ref *)(void *)(arena->base + arena->bins) + class;
}

static void bin_insert(struct arena *arena, arena_ref ref)
{
    struct block *block = block_at(arena, ref);
    unsigned class = class_of(size_of(block));
    arena_ref *bin = bin_of(arena, class);

    block->prev = 0;
    block->next = *bin;
    if (*bin != 0)
        block_at(arena, *bin)->prev = ref;
    *bin = ref;
    bitmap_of(arena)[class / 32] |= one_bit(class % 32);
}

static void bin_remove(struct arena *arena, arena_ref ref)
{
    struct block *block = block_at(arena, ref);
    unsigned class = class_of(size_of(block));

    if (block->next != 0)
        block_at(arena, block->next)->prev = block->prev;
    if (block->prev != 0) {
        block_at(arena, block->prev)->next = block->next;
        return;
    }
    *bin_of(arena, class) = block->next;
    if (block->next == 0)
        bitmap_of(arena)[class / 32] &= ~one_bit(class % 32);
}

/* The lowest class from class on whose bin is not empty; arena->classes if
   there is none. */
static unsigned bin_from(const struct arena *arena, unsigned class)
{
    const uint32_t *bitmap = bitmap_of(arena);
    unsigned word = class / 32;
    uint32_t bits;

    if (class >= arena->classes)
        return arena->classes;
    bits = bitmap[word] >> class % 32 << class % 32;
    while (bits == 0) {
        word++;
        if (word * 32 >= arena->classes)
            return arena->classes;
        bits = bitmap[word];
    }
    return word * 32 + lowest_bit(bits);
}

/* Of the first blocks of a bin the smallest that has size bytes; 0 if none
   has. */
static arena_ref best_in(const struct arena *arena, unsigned class, size_t size)
{
    arena_ref ref = class < arena->classes ? *bin_of(arena, class) : 0;
    arena_ref best = 0;
    size_t least = (size_t)-1;

    for (unsigned looks = ARENA_LOOKS; ref != 0 && looks > 0; looks--) {
        size_t has = size_of(block_at(arena, ref));

        if (has >= size && has < least) {
            best = ref;
            least = has;
        }
        ref = block_at(arena, ref)->next;
    }
    return best;
}

/* A free block of size bytes or more, of the first of its own class or of the
   next class that has any; 0 if there is none. */
ARENA_ONE_COPY arena_ref best_for(const struct arena *arena, size_t size)
{
    unsigned class = class_of(size);
    arena_ref ref = best_in(arena, class, size);

    return ref != 0 ? ref : best_in(arena, bin_from(arena, class + 1), size);
}

/* The first block of its class that has size bytes, however many come before
   it; 0 if there is none. */
ARENA_ONE_COPY arena_ref any_fit(const struct arena *arena, size_t size)
{
    unsigned class = class_of(size);
    arena_ref ref = class < arena->classes ? *bin_of(arena, class) : 0;

    while (ref != 0 && size_of(block_at(arena, ref)) < size)
        ref = block_at(arena, ref)->next;
    return ref;
}

/* ---- Blocks ---------------------------------------------------------- */

/* The header of the block that begins at an offset; below top there is one. */
static inline struct block *block_from(const struct arena *arena, size_t start)
{
    return (struct block *)(void *)(arena->base + start);
}

/* The offset at which a block ends. */
ARENA_INLINE size_t end_of(const struct arena *arena, arena_ref ref)
{
    return ref - ARENA_HEADER + size_of(block_at(arena, ref));
}

/* Where the free block that ends at an offset says how large it is. */
static inline arena_ref *tag_before(const struct arena *arena, size_t end)
{
    return (arena_ref *)(void *)(arena->base + end - ARENA_TAG);
}

/* Take the block that begins at an offset out of its bin, if it is free.
   Returns its end; start if it is in use, or if there is none. */
static size_t absorb(struct arena *arena, size_t start)
{
    if (start >= arena->top || block_from(arena, start)->stamp != ARENA_FREE)
        return start;
    bin_remove(arena, (arena_ref)(start + ARENA_HEADER));
    return start + size_of(block_from(arena, start));
}

/* Make [start, end) a free block, or a part of the space above top. Neither
   neighbour is free. */
static void set_free(struct arena *arena, size_t start, size_t end)
{
    struct block *block = block_from(arena, start);

    if (end == arena->top) {
        arena->top = (arena_ref)start;
        return;
    }
    ARENA_UNPOISON(block, ARENA_HEADER);
    block->size = (arena_ref)(end - start);
    block->stamp = ARENA_FREE;
    *tag_before(arena, end) = block->size;
    block_from(arena, end)->size |= ARENA_PREVIOUS_FREE;
    bin_insert(arena, (arena_ref)(start + ARENA_HEADER));
}

static inline void raise_peak(struct arena *arena)
{
    if (arena->peak < arena->top)
        arena->peak = arena->top;
}

/* Cut a block in use to size bytes, if the rest makes a block. */
static void heap_trim(struct arena *arena, arena_ref ref, size_t size)
{
    struct block *block = block_at(arena, ref);
    size_t start = ref - ARENA_HEADER + size, end = end_of(arena, ref);

    if (end - start < ARENA_BLOCK_MIN)
        return;
    arena->used = (arena_ref)(arena->used - (end - start));
    block->size = (arena_ref)(size | (block->size & ARENA_PREVIOUS_FREE));
    ARENA_POISON(arena->base + start, end - start - ARENA_UNIT);
    set_free(arena, start, absorb(arena, end));
}

/* Let a block in use grow to size bytes where it is. Returns false if what
   follows it is not free or not enough. */
static bool heap_grow(struct arena *arena, arena_ref ref, size_t size)
{
    struct block *block = block_at(arena, ref);
    size_t start = ref - ARENA_HEADER, old = size_of(block);
    size_t end = start + old, new_end = end;

    if (end == arena->top) {
        if (arena->size - start < size)
            return false;
        new_end = start + size;
        arena->top = (arena_ref)new_end;
        raise_peak(arena);
    } else if (block_from(arena, end)->stamp == ARENA_FREE) {
        if (old + size_of(block_from(arena, end)) < size)
            return false;
        new_end = absorb(arena, end);
        block_from(arena, new_end)->size &= (arena_ref)~ARENA_PREVIOUS_FREE;
    }
    if (new_end - start < size)
        return false;
    arena->used = (arena_ref)(arena->used + (new_end - end));
    block->size = (arena_ref)(block->size + (new_end - end));
    ARENA_UNPOISON(arena->base + end, new_end - end);
    heap_trim(arena, ref, size);
    return true;
}

/* Free a block. Its header stays readable, so that freeing it twice shows. */
static void heap_give(struct arena *arena, arena_ref ref)
{
    struct block *block = block_at(arena, ref);
    size_t size = size_of(block);
    size_t start = ref - ARENA_HEADER;

    arena->used = (arena_ref)(arena->used - size);
    arena->blocks--;
    if (size > ARENA_HEADER + ARENA_UNIT)
        ARENA_POISON(arena->base + ref, size - ARENA_HEADER - ARENA_UNIT);
    block->stamp = ARENA_FREE;
    if (block->size & ARENA_PREVIOUS_FREE) {
        start -= *tag_before(arena, start);
        bin_remove(arena, (arena_ref)(start + ARENA_HEADER));
    }
    set_free(arena, start, absorb(arena, ref - ARENA_HEADER + size));
}

/* Take a block of size bytes, a multiple of ARENA_UNIT and ARENA_BLOCK_MIN or
   more, from the bins or from above top; 0 if there is none. The caller sets
   its stamp. */
static arena_ref heap_take(struct arena *arena, size_t size)
{
    arena_ref ref = best_for(arena, size);
    struct block *block;

    if (ref == 0 && (size_t)(arena->size - arena->top) < size) {
        ref = any_fit(arena, size);
        if (ref == 0)
            return 0;
    }
    if (ref != 0) {
        bin_remove(arena, ref);
        block = block_at(arena, ref);
        block_from(arena, end_of(arena, ref))->size &=
            (arena_ref)~ARENA_PREVIOUS_FREE;
    } else {
        ref = (arena_ref)(arena->top + ARENA_HEADER);
        block = block_at(arena, ref);
        ARENA_UNPOISON(block, ARENA_HEADER);
        block->size = (arena_ref)size;
        arena->top = (arena_ref)(arena->top + size);
        raise_peak(arena);
    }
    arena->used = (arena_ref)(arena->used + size_of(block));
    arena->blocks++;
    if (size_of(block) != size)
        heap_trim(arena, ref, size);
    ARENA_UNPOISON(arena->base + ref, size_of(block) - ARENA_HEADER);
    return ref;
}

/* ---- Figures --------------------------------------------------------- */

/* The largest of the first blocks of a bin. */
static size_t largest_in(const struct arena *arena, unsigned class)
{
    arena_ref ref = *bin_of(arena, class);
    size_t largest = 0;

    for (unsigned looks = ARENA_LOOKS; ref != 0 && looks > 0; looks--) {
        if (largest < size_of(block_at(arena, ref)))
            largest = size_of(block_at(arena, ref));
        ref = block_at(arena, ref)->next;
    }
    return largest;
}

/* A payload that heap_take finds room for: the largest above top and in the
   first blocks of the last bin. */
static size_t heap_largest(const struct arena *arena)
{
    const uint32_t *bitmap = bitmap_of(arena);
    size_t largest = (size_t)(arena->size - arena->top), free = 0;
    unsigned word = (arena->classes + 31u) / 32;

    while (word > 0 && bitmap[word - 1] == 0)
        word--;
    if (word > 0)
        free =
            largest_in(arena, (word - 1) * 32 + highest_bit(bitmap[word - 1]));
    if (largest < free)
        largest = free;
    return largest < ARENA_BLOCK_MIN ? 0 : largest - ARENA_HEADER;
}

/* The size of an array that would have done: its own bookkeeping is less. */
static size_t heap_peak(const struct arena *arena)
{
    size_t bytes = (size_t)(arena->peak - arena->first);
    size_t size, last;

    if (bytes < ARENA_BLOCK_MIN) /* arena_init wants room for one */
        bytes = ARENA_BLOCK_MIN;
    size = bytes;
    do {
        last = size;
        size = bytes + bookkeeping(last);
    } while (size != last);
    return size;
}

#endif
