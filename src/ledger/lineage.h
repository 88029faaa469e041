#ifndef COWTOP_LEDGER_LINEAGE_H
#define COWTOP_LEDGER_LINEAGE_H

/*
 * Who was forked from whom, from /proc/PID/stat alone (fs/proc/array.c, do_task_stat): fork copies
 * mm_struct, so start_code, end_code, start_stack, start_brk and arg_start of a child equal its
 * parent's until it execs; exec lays them out anew (ASLR; without it start_stack and arg_start still
 * move with the arguments). The kernel shows them as 0 to a reader without ptrace access.
 */
#include <stdbool.h>
#include "model/sample.h"

enum lineage {
	LINEAGE_UNKNOWN, /* one of the two could not be read */
	LINEAGE_FORKED,
	LINEAGE_EXECED,
};

enum lineage lineage_of(const struct image_facts *child, const struct image_facts *parent);

#endif
