#ifndef COWTOP_PARSE_EH_FRAME_H
#define COWTOP_PARSE_EH_FRAME_H

/*
 * Which function an address belongs to, by the unwind table that every program carries, stripped or
 * not (Linux Standard Base, "Exception Frames"): .eh_frame_hdr is a sorted table of {start, FDE},
 * and the FDE in .eh_frame says how far the function goes. Only the form that linkers write is read
 * (a table relative to the header, of signed 32-bit numbers). Which of the two sections comes first is the linker's
 * choice. Static programs that are no PIE have no table: it is made from .eh_frame. All of it is hostile.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eh_frame {
	const uint8_t *bytes; /* both sections, and what is between them */
	size_t size;
	uint64_t address; /* of bytes[0] */
	uint64_t header;  /* address of .eh_frame_hdr */
	uint64_t table;   /* address of the first row */
	size_t rows;
	uint64_t frames; /* address of .eh_frame, as the header says */
};

/* The row that knows a function, and the function. */
struct eh_function {
	uint64_t start, end; /* end exclusive */
	uint64_t row;        /* address */
	uint64_t header;     /* of the row's table: address */
	bool signal;         /* the kernel made this frame to deliver a signal: 'S' */
};

#define EH_FRAME_ROW 8 /* bytes of a row */

/* `ret` borrows the bytes. False: no such table, or its rows are not in order. */
bool eh_frame_open(const uint8_t *bytes, size_t size, uint64_t address, uint64_t header,
		   struct eh_frame *ret);
/*
 * Of a program that has only .eh_frame, `frames` at `address`: both sections in one piece, the table
 * made from all FDEs and said to lie right behind them, where no code is. To be freed; `ret` borrows it. NULL: none.
 * What follows the section does no harm: it is no FDE.
 */
uint8_t *eh_frame_index(const uint8_t *frames, size_t size, uint64_t address, struct eh_frame *ret);
/* Does the header's table lead to an FDE at all? Not where the two sections are not in these bytes. */
bool eh_frame_leads(const struct eh_frame *e);
/* False: no FDE covers the address. */
bool eh_frame_find(const struct eh_frame *e, uint64_t address, struct eh_function *ret);
/* Does a function begin here? */
bool eh_frame_starts(const struct eh_frame *e, uint64_t address);
/* Row `i` < rows: where a function is said to start. */
uint64_t eh_frame_start(const struct eh_frame *e, size_t i);

#endif
