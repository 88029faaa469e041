#ifndef COWTOP_SYS_UNWIND_H
#define COWTOP_SYS_UNWIND_H

/*
 * The one door to libunwind: from registers up a stack, frame by frame, by unwind tables alone. All
 * that it reads it gets from its caller, so it can walk a snapshot of a process that is gone by now.
 *
 * Without a table for an address libunwind would follow frame pointers and make frames up: the walk
 * ends there instead. What tables say is hostile: the words that a walk may read are limited.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNWIND_FRAMES 256

/* Addresses of a row of .eh_frame_hdr's table and of what the row counts from. */
struct unwind_row {
	uint64_t row, header;
};

/* What a walk asks for. */
struct unwind_view {
	/* A register by its DWARF number, below arch.dwarf (sys/arch.h). */
	uint64_t (*reg)(void *ctx, int dwarf);
	/* Eight bytes of the stack, or of tables at the addresses that row() named. */
	bool (*word)(void *ctx, uint64_t address, uint64_t *ret);
	/* The row for the function around an address. */
	bool (*row)(void *ctx, uint64_t address, struct unwind_row *ret);
	/* Eight bytes of code; only where arch.link_register. */
	uint64_t (*code)(void *ctx, uint64_t address);
	void *ctx;
};

/* Knows what it has learned of functions; for one set of programs at their addresses. */
struct unwind_space;

struct unwind_space *unwind_space_new(void);
void unwind_space_free(struct unwind_space *s); /* NULL is fine */

/* Where a frame goes on, and its stack pointer there. */
struct unwind_place {
	uint64_t ip, sp;
	bool signal; /* the kernel's own code there returns from a signal; only where arch.link_register */
};

/* The frames, the innermost first; at least one. *ret_whole: the outermost function was reached. */
size_t unwind_walk(struct unwind_space *s, const struct unwind_view *v,
		   struct unwind_place ret[UNWIND_FRAMES], bool *ret_whole);

#endif
