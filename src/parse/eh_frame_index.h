#ifndef COWTOP_PARSE_EH_FRAME_INDEX_H
#define COWTOP_PARSE_EH_FRAME_INDEX_H

/* A table like that of .eh_frame_hdr, for what has none. */
#include "parse/eh_frame.h"

/*
 * Of a program that has only .eh_frame, `frames` at `address`: both sections in one piece, the table
 * made from all FDEs and said to lie right behind them, where no code is. To be freed; `ret` borrows it. NULL: none.
 * What follows the section does no harm: it is no FDE.
 */
uint8_t *eh_frame_index(const uint8_t *frames, size_t size, uint64_t address, struct eh_frame *ret);

#endif
