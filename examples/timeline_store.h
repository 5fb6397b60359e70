/*
 * The store behind timeline.c: a map with snapshots, undo and redo.
 *
 *     first -- A -- B -- C -- changes         epochs: one line
 *
 *     first -- A -- B -- C                    counted: a tree
 *              |    +--- D -- changes
 *              +--- changes
 *
 * A snapshot is a record with a handle of the map. One stands at one of them;
 * its map is the working state. A record without a name is what was changed
 * and not snapped yet: the first change after a named one begins it, a name
 * ends it. So undo and redo only step along the records, and need no room.
 *
 * Redo goes to the first of a record's newer ones. The records that it meets
 * from first on are its way. A part of it is known, and marked: from first to
 * where one stands, at least. So goto climbs only to the next marked record.
 *
 * Each name and each record knows the pointer that leads to it: so it leaves
 * its list without a search. Besides what the map and the arena do, a call
 * costs what it changes. For drop that is the records made from the one that
 * goes; for goto, the records that come onto the way, and leave it later.
 *
 * Everything comes from one arena: the map, and, in unversioned blocks that
 * no rollback takes away, the records, their names, and the index of names,
 * which is a counted map.
 *
 * Calls return 0 or more, or an error; then nothing has changed.
 */
#ifndef TIMELINE_STORE_H
#define TIMELINE_STORE_H

#include "arena.h"
#include "hamt.h"

#include <stdbool.h>
#include <string.h>

/* ---- Layout ---------------------------------------------------------- */

enum store_error {
    STORE_EKEY = ARENA_EUSER,        /* no such key                       */
    STORE_ENAME = ARENA_EUSER - 1,   /* no such snapshot                  */
    STORE_EUSED = ARENA_EUSER - 2,   /* a name in use                     */
    STORE_EOLDEST = ARENA_EUSER - 3, /* nothing to undo                   */
    STORE_ENEWEST = ARENA_EUSER - 4, /* nothing to redo                   */
    STORE_ETREE = ARENA_EUSER - 5    /* a rollback in a tree              */
};

struct name {
    struct name *next;   /* of the same snapshot, older                    */
    struct name **place; /* the pointer that leads here                    */
    struct snapshot *snapshot;
    size_t size;
    char text[];
};

struct snapshot {
    struct hamt map;
    struct arena_epoch epoch; /* epochs: what holds map, if it is held     */
    bool held;
    bool on_way;        /* marked as met by redo from first on             */
    struct name *names; /* NULL: changes that were not snapped             */
    struct snapshot *older;
    struct snapshot *newer;   /* those made from it, the last visited first */
    struct snapshot *sibling; /* the next of older's newer ones            */
    struct snapshot **place;  /* the pointer of that list that leads here  */
};

struct store {
    struct arena arena;
    bool counted;          /* a tree of versions, not a line of epochs     */
    struct hamt index;     /* of names                                     */
    size_t snapshots;      /* names in use                                 */
    struct snapshot first; /* the empty beginning; can't be returned to    */
    struct snapshot *at;   /* where one stands                             */
};

struct text_entry {
    arena_ref key, value; /* byte strings */
};

struct index_entry {
    arena_ref text; /* a byte string                                       */
    arena_ref name; /* 0: not in use                                       */
};

static const struct hamt_type line_type =
    HAMT_TYPE_WITH(struct text_entry, key, value,
                   HAMT_KEY_BYTES | HAMT_VALUE_BYTES, NULL, NULL, NULL, NULL);
static const struct hamt_type tree_type = HAMT_TYPE_WITH(
    struct text_entry, key, value,
    HAMT_KEY_BYTES | HAMT_VALUE_BYTES | HAMT_COUNTED, NULL, NULL, NULL, NULL);
static const struct hamt_type index_type =
    HAMT_TYPE_WITH(struct index_entry, text, name,
                   HAMT_KEY_BYTES | HAMT_COUNTED, NULL, NULL, NULL, NULL);

/* Make an empty store in size bytes at memory. */
static int store_init(struct store *store, void *memory, size_t size,
                      bool counted)
{
    int result;

    memset(store, 0, sizeof *store);
    result = arena_init(&store->arena, memory, size);
    if (result < 0)
        return result;
    hamt_init(&store->index, &store->arena, &index_type);
    hamt_init(&store->first.map, &store->arena,
              counted ? &tree_type : &line_type);
    store->counted = counted;
    store->first.on_way = true;
    store->at = &store->first;
    return ARENA_OK;
}

/* ---- Names ----------------------------------------------------------- */

static bool is_same(const struct arena_bytes *a, const void *b, size_t size)
{
    return a->size == size && memcmp(a->data, b, size) == 0;
}

static struct name *find_name(const struct store *store,
                              const struct arena_bytes *text)
{
    const void *ref;

    if (hamt_find(&store->index, text, &ref) <= 0)
        return NULL;
    return arena_at(&store->arena, *(const arena_ref *)ref);
}

/* The snapshot with this name, or NULL. */
static struct snapshot *store_find(const struct store *store,
                                   const struct arena_bytes *text)
{
    const struct name *name = find_name(store, text);

    return name == NULL ? NULL : name->snapshot;
}

/* Put name at a place in a list. NULL ends the list there. */
static void put_name(struct name **place, struct name *name)
{
    *place = name;
    if (name != NULL)
        name->place = place;
}

static int give_name(struct store *store, struct snapshot *snapshot,
                     const struct arena_bytes *text)
{
    struct name *name = arena_alloc(&store->arena, sizeof *name + text->size);
    arena_ref ref = arena_ref_of(&store->arena, name);
    int result = ARENA_ENOMEM;

    if (name != NULL)
        result = hamt_set(&store->index, text, &ref);
    if (result < 0) {
        arena_free(&store->arena, name);
        return result;
    }
    name->size = text->size;
    memcpy(name->text, text->data, text->size);
    name->snapshot = snapshot;
    put_name(&name->next, snapshot->names);
    put_name(&snapshot->names, name);
    store->snapshots++;
    return ARENA_OK;
}

/* Can't fail: where the index has no room to close up after a removal, the
   name stays in it as one that is not in use. */
static void take_name(struct store *store, struct name *name)
{
    struct arena_bytes text = { name->text, name->size };
    void *ref;

    if (hamt_edit(&store->index, &text, &ref) > 0)
        *(arena_ref *)ref = 0;
    hamt_remove(&store->index, &text);
    put_name(name->place, name->next);
    arena_free(&store->arena, name);
    store->snapshots--;
}

/* ---- Records and their tree ------------------------------------------ */

/* A record of the same state as older, where one stands: to be put first of
   its newer ones. NULL: no room. */
static struct snapshot *new_record(struct store *store, struct snapshot *older)
{
    struct snapshot *snapshot = arena_alloc(&store->arena, sizeof *snapshot);

    if (snapshot == NULL)
        return NULL;
    memset(snapshot, 0, sizeof *snapshot);
    snapshot->on_way = true;
    snapshot->older = older;
    snapshot->map = older->map;
    if (store->counted && hamt_retain(&older->map, &snapshot->map) < 0) {
        arena_free(&store->arena, snapshot);
        return NULL;
    }
    return snapshot;
}

static void free_record(struct store *store, struct snapshot *snapshot)
{
    while (snapshot->names != NULL)
        take_name(store, snapshot->names);
    if (store->counted)
        hamt_release(&snapshot->map);
    arena_free(&store->arena, snapshot);
}

/* Put snapshot at a place in a list. NULL ends the list there. */
static void put(struct snapshot **place, struct snapshot *snapshot)
{
    *place = snapshot;
    if (snapshot != NULL)
        snapshot->place = place;
}

/* Put snapshot first among those newer than its older one: redo goes to it, and
   its former way from there loses the marks. */
static void put_first(struct snapshot *snapshot)
{
    struct snapshot *newer = snapshot->older->newer;

    put(&snapshot->sibling, newer);
    put(&snapshot->older->newer, snapshot);
    for (; newer != NULL && newer->on_way; newer = newer->newer)
        newer->on_way = false;
}

/* Let redo lead from first to snapshot: put it and those older than it first,
   up to one that is marked. */
static void lead_to(struct snapshot *snapshot)
{
    for (; !snapshot->on_way; snapshot = snapshot->older) {
        snapshot->on_way = true;
        if (snapshot->older->newer == snapshot)
            continue;
        put(snapshot->place, snapshot->sibling);
        put_first(snapshot);
    }
}

/* Put those newer than snapshot in its place. */
static void take_out(struct snapshot *snapshot)
{
    struct snapshot **place = snapshot->place, *newer = snapshot->newer;

    for (put(place, newer); newer != NULL; newer = newer->sibling) {
        newer->older = snapshot->older;
        place = &newer->sibling;
    }
    put(place, snapshot->sibling);
    snapshot->newer = NULL;
}

/* Free a snapshot at which one does not stand. */
static void let_go(struct store *store, struct snapshot *snapshot)
{
    /* At the end of the line its nodes are still the working state's: going
       back to the one before frees them, and the hold too. */
    if (!store->counted && snapshot->newer == NULL)
        arena_rollback(&store->arena, &snapshot->older->epoch);
    else if (!store->counted)
        arena_release(&store->arena, &snapshot->epoch);
    take_out(snapshot);
    free_record(store, snapshot);
}

/* Epochs: free all that is newer than snapshot, which is held, at once. */
static void let_newer_go(struct store *store, struct snapshot *snapshot)
{
    arena_rollback(&store->arena, &snapshot->epoch);
    while (snapshot->newer != NULL) {
        struct snapshot *newer = snapshot->newer;

        snapshot->newer = newer->newer;
        free_record(store, newer);
    }
}

/* Stand at to. What was dropped while one stood there, with newer ones behind
   it, is kept up to here; at the end it is like any changes not snapped. */
static void move(struct store *store, struct snapshot *to)
{
    struct snapshot *from = store->at;

    lead_to(to);
    store->at = to;
    if (from != to && from->names == NULL && from->newer != NULL &&
        from != &store->first)
        let_go(store, from);
}

/* ---- Changing -------------------------------------------------------- */

static int bind(struct hamt *map, const struct arena_bytes *key,
                const struct arena_bytes *value)
{
    return value == NULL ? hamt_remove(map, key) : hamt_set(map, key, value);
}

static bool fits(struct store *store, size_t size)
{
    void *block = arena_alloc(&store->arena, size);

    arena_free(&store->arena, block);
    return block != NULL;
}

/* Before newer snapshots go for a change, is there room for it, so that it
   can't fail later on? Twice what it takes at most, in one piece: a copy of
   the longest way through any map, or of all of this one. */
static bool has_room(struct store *store, const struct arena_bytes *key,
                     const struct arena_bytes *value)
{
    size_t size = HAMT_BLOCK_BYTES(sizeof(struct snapshot)) +
                  HAMT_BLOCK_BYTES(key->size) +
                  HAMT_BLOCK_BYTES(value == NULL ? 0 : value->size);
    struct hamt_stats stats;

    if (fits(store, 2 * (size + HAMT_SET_MAX(arena_ref, arena_ref))))
        return true;
    hamt_get_stats(&store->at->map, &stats);
    return fits(store, 2 * (size + stats.bytes +
                            HAMT_LEVELS * HAMT_BLOCK_BYTES(
                                              2 * sizeof(struct text_entry))));
}

/* The first change after a snapshot: it begins a new record. */
static int change_anew(struct store *store, const struct arena_bytes *key,
                       const struct arena_bytes *value)
{
    struct snapshot *snapshot = new_record(store, store->at);
    int result;

    if (snapshot == NULL)
        return ARENA_ENOMEM;
    result = bind(&snapshot->map, key, value);
    if (result < 0) {
        free_record(store, snapshot);
        return result;
    }
    put_first(snapshot);
    store->at = snapshot;
    return result;
}

/* A change to what is not snapped. It may have been dropped: in a line it is
   still held then, and in a tree others may have been made from it. */
static int change_more(struct store *store, const struct arena_bytes *key,
                       const struct arena_bytes *value)
{
    struct snapshot *at = store->at;
    int result;

    if (at->held)
        arena_release(&store->arena, &at->epoch);
    at->held = false;
    result = bind(&at->map, key, value);
    if (result >= 0 && at->newer != NULL) {
        take_out(at);
        put_first(at);
    }
    return result;
}

/* Bind key to value, or, where that is NULL, remove key. */
static int store_change(struct store *store, const struct arena_bytes *key,
                        const struct arena_bytes *value)
{
    struct snapshot *at = store->at;
    const void *old = hamt_get(&at->map, key);

    if (old == NULL && value == NULL)
        return STORE_EKEY;
    if (old != NULL && value != NULL &&
        is_same(value, old, hamt_bytes_size(old)))
        return ARENA_OK;
    if (!store->counted && at->newer != NULL) {
        if (!has_room(store, key, value))
            return ARENA_ENOMEM;
        let_newer_go(store, at);
    }
    if (at->names == NULL && at != &store->first)
        return change_more(store, key, value);
    return change_anew(store, key, value);
}

/* ---- Snapshots ------------------------------------------------------- */

/*
 * Name the working state. Without changes since the last snapshot that is one
 * more of the same; but in a line with newer ones behind it, where no hold can
 * be put in between, a second name for the one that is there.
 */
static int store_snap(struct store *store, const struct arena_bytes *name)
{
    struct snapshot *at = store->at, *snapshot = at;
    int result;

    if (store_find(store, name) != NULL)
        return STORE_EUSED;
    if ((at->names != NULL || at == &store->first) &&
        (store->counted || at->newer == NULL))
        snapshot = new_record(store, at);
    if (snapshot == NULL)
        return ARENA_ENOMEM;
    result = give_name(store, snapshot, name);
    if (result < 0) {
        if (snapshot != at)
            free_record(store, snapshot);
        return result;
    }
    if (snapshot != at)
        put_first(snapshot);
    if (!store->counted && !snapshot->held)
        arena_hold(&store->arena, &snapshot->epoch);
    snapshot->held = !store->counted;
    store->at = snapshot;
    return ARENA_OK;
}

/* Release a snapshot. Where one stands at it the working state stays as it
   is: as changes that were not snapped. */
static int store_drop(struct store *store, const struct arena_bytes *text)
{
    struct name *name = find_name(store, text);
    struct snapshot *snapshot;

    if (name == NULL)
        return STORE_ENAME;
    snapshot = name->snapshot;
    take_name(store, name);
    if (snapshot->names != NULL)
        return ARENA_OK;
    if (snapshot != store->at) {
        let_go(store, snapshot);
    } else if (snapshot->held && snapshot->newer == NULL) {
        arena_release(&store->arena, &snapshot->epoch);
        snapshot->held = false;
    }
    return ARENA_OK;
}

static int store_undo(struct store *store)
{
    struct snapshot *older = store->at->older;

    if (older == NULL || older == &store->first)
        return STORE_EOLDEST;
    move(store, older);
    return ARENA_OK;
}

static int store_redo(struct store *store)
{
    if (store->at->newer == NULL)
        return STORE_ENEWEST;
    move(store, store->at->newer);
    return ARENA_OK;
}

/* Undo and redo up to a snapshot. In a tree redo leads to it from now on. */
static int store_goto(struct store *store, const struct arena_bytes *name)
{
    struct snapshot *snapshot = store_find(store, name);

    if (snapshot == NULL)
        return STORE_ENAME;
    move(store, snapshot);
    return ARENA_OK;
}

static int store_rollback(struct store *store, const struct arena_bytes *name)
{
    struct snapshot *snapshot = store_find(store, name);

    if (store->counted)
        return STORE_ETREE;
    if (snapshot == NULL)
        return STORE_ENAME;
    move(store, snapshot);
    let_newer_go(store, snapshot);
    return ARENA_OK;
}

/* ---- Looking in ------------------------------------------------------ */

/* The record after snapshot, from first on: all of them, older ones first. */
static const struct snapshot *next_record(const struct snapshot *snapshot)
{
    if (snapshot->newer != NULL)
        return snapshot->newer;
    while (snapshot != NULL && snapshot->sibling == NULL)
        snapshot = snapshot->older;
    return snapshot == NULL ? NULL : snapshot->sibling;
}

static bool are_names_sound(const struct store *store,
                            const struct snapshot *snapshot)
{
    struct name *const *place = &snapshot->names;

    for (; *place != NULL; place = &(*place)->next) {
        const struct name *name = *place;
        struct arena_bytes text = { name->text, name->size };

        if (name->place != place || name->snapshot != snapshot ||
            find_name(store, &text) != name)
            return false;
    }
    return true;
}

static bool is_sound(const struct store *store, const struct snapshot *snapshot)
{
    struct snapshot *const *place = &snapshot->newer;

    for (; *place != NULL; place = &(*place)->sibling) {
        const struct snapshot *newer = *place;

        if (newer->place != place || newer->older != snapshot ||
            (newer->on_way &&
             (!snapshot->on_way || snapshot->newer != newer)) ||
            (newer->sibling != NULL && !store->counted))
            return false;
    }
    return are_names_sound(store, snapshot) &&
           hamt_check(&snapshot->map) == ARENA_OK;
}

/* Check the arena, every version of the map that is kept, the index, and
   that they fit together. */
static int store_check(const struct store *store)
{
    const struct snapshot *snapshot = &store->first;
    struct arena_stats stats;
    size_t names = 0, held = 0, at = 0;

    for (; snapshot != NULL; snapshot = next_record(snapshot)) {
        const struct name *name = snapshot->names;

        if (!is_sound(store, snapshot))
            return ARENA_ECORRUPT;
        for (; name != NULL; name = name->next)
            names++;
        held += snapshot->held;
        at += snapshot == store->at;
    }
    arena_get_stats(&store->arena, &stats);
    if (names != store->snapshots || held != stats.holds || at != 1 ||
        !store->at->on_way || hamt_check(&store->index) != ARENA_OK)
        return ARENA_ECORRUPT;
    return arena_check(&store->arena);
}

#endif
