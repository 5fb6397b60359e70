#include "strata/hamt.h"

static int rate(const struct hamt *board)
{
    return (int)hamt_count(board);
}

int try_move(const struct hamt *now, uint8_t square, uint8_t piece);

README

int main(void)
{
    static unsigned char memory[512];
    struct arena_stats before, after;
    struct arena arena;
    struct hamt board;
    uint8_t king = 4;

    if (arena_init(&arena, memory, sizeof memory) < 0 ||
        board_init(&board, &arena) < 0 || board_set(&board, &king, &king) < 0)
        return 1;
    arena_get_stats(&arena, &before);
    if (try_move(&board, 12, 1) != 2 || try_move(&board, king, 1) != 1)
        return 1;
    arena_get_stats(&arena, &after);
    return hamt_count(&board) != 1 || before.used != after.used;
}
