#ifndef COWTOP_UNWIND_UNWIND_WALK_H
#define COWTOP_UNWIND_UNWIND_WALK_H

/*
 * One snapshot, unwound: its frames as places in objects, and what of the snapshot the result hangs on.
 */
#include "unwind/unwind_image.h"
#include "unwind/unwind_memo.h"

struct unwind_frame {
	const struct unwind_mapping *mapping; /* NULL: no code is mapped there */
	uint64_t address;                     /* in the process */
	uint64_t sp;                          /* its stack pointer, where it goes on */
	struct eh_function function;          /* in the object; `known` */
	bool known;
	bool signal; /* made by the kernel to deliver a signal */
};

struct unwind_frames {
	struct unwind_frame items[UNWIND_FRAMES];
	size_t n;      /* at least one */
	bool kernel;   /* in the midst of a system call: the kernel wrote */
	bool whole;    /* to the outermost function */
	bool unmapped; /* they end where no code is mapped, as far as the image knows */
};

/* The code around the innermost frame's instruction, whose first byte is at ISA_BEFORE. False: not of a file. */
#define UNWIND_CODE (ISA_BEFORE + ISA_BYTES)
bool unwind_leaf_code(const struct unwind_frame *leaf, uint8_t ret[UNWIND_CODE]);
/* More of its function's, as far as it is near; *ret_at: the instruction. To be freed; NULL: not of a file. */
uint8_t *unwind_leaf_function(const struct unwind_frame *leaf, size_t *ret_len, size_t *ret_at);

/* `pids`: the process and those it was forked from, as long as one has the same memory; ends with 0. */
void unwind_stack(const struct procfs *fs, const struct unwind_image *im, const pid_t *pids,
		  const struct unwind_snapshot *s, struct unwind_reads *reads, struct unwind_frames *ret);

#endif
