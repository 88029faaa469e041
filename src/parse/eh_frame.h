#ifndef COWTOP_PARSE_EH_FRAME_H
#define COWTOP_PARSE_EH_FRAME_H

/*
 * Which function an address belongs to, by the unwind table that every program carries, stripped or
 * not (Linux Standard Base, "Exception Frames"): .eh_frame_hdr is a sorted table of {start, FDE},
 * and the FDE in .eh_frame says how far the function goes. Only the form that linkers write is read
 * (a table relative to the header, of signed 32-bit numbers). Which of the two sections comes first is the linker's
 * choice. Static programs that are no PIE have no table: parse/eh_frame_index.h makes it. All of it is hostile.
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
	/* Its call frame instructions: those that it begins with, as others do, and its own; addresses. */
	struct eh_instructions {
		uint64_t start, end;
	} first, own;
	uint64_t returns; /* the column of the return address */
	unsigned pointer; /* bytes of an address among the instructions */
};

#define EH_FRAME_ROW 8 /* bytes of a row */
/* DW_EH_PE_datarel | DW_EH_PE_sdata4: how rows are stored. */
#define EH_FRAME_ENCODING 0x3b
/* No real function's description is nearly as long; one that is would keep the unwinder busy. */
#define EH_FRAME_FDE_MAX 65536

/* `ret` borrows the bytes. False: no such table, or its rows are not in order. */
bool eh_frame_open(const uint8_t *bytes, size_t size, uint64_t address, uint64_t header,
		   struct eh_frame *ret);
/* Does the header's table lead to an FDE at all? Not where the two sections are not in these bytes. */
bool eh_frame_leads(const struct eh_frame *e);
/* The function of the FDE at an address, without a row; it may have no length. */
bool eh_frame_read(const struct eh_frame *e, uint64_t address, struct eh_function *ret);
/* False: no FDE covers the address. */
bool eh_frame_find(const struct eh_frame *e, uint64_t address, struct eh_function *ret);
/* May an unwinder that has so many registers follow its instructions (parse/cfi.h)? */
bool eh_frame_fits(const struct eh_frame *e, const struct eh_function *f, unsigned registers);
/* Does a function begin here? */
bool eh_frame_starts(const struct eh_frame *e, uint64_t address);
/* Row `i` < rows: where a function is said to start. */
uint64_t eh_frame_start(const struct eh_frame *e, size_t i);

#endif
