#ifndef COWTOP_PARSE_LINEAGE_H
#define COWTOP_PARSE_LINEAGE_H

/*
 * Who was forked from whom, from /proc/PID/stat alone (fs/proc/array.c, do_task_stat): fork copies
 * mm_struct, so start_code, end_code, start_stack, start_brk and arg_start of a child equal its
 * parent's until it execs; exec lays them out anew (ASLR; without it start_stack and arg_start still
 * move with the arguments). The kernel shows them as 0 to a reader without ptrace access.
 *
 * A process can move any of these (prctl(2), PR_SET_MM and PR_SET_MM_MAP, as systemd and LXC do for long titles), so
 * where they were drawn by chance one that is left of them is enough; where all were moved page frames tell, or
 * where the [vdso] is (find/shared_by_fork.h). arg_start counts only where it is not known whether the child has the flag PF_FORKNOEXEC. Who has it was
 * forked and did not exec since: if not from this parent, then from one that is gone, or has exec'ed.
 */
#include <stdbool.h>
#include "model/sample.h"

enum lineage {
	LINEAGE_UNKNOWN, /* one of the two could not be read */
	LINEAGE_FORKED,
	LINEAGE_EXECED,
	LINEAGE_ADOPTED, /* forked without exec, but from another one than this parent */
};

enum lineage lineage_of(const struct image_facts *child, const struct image_facts *parent);
/*
 * Do both run one image, as far as the addresses tell? With IMAGE_RANDOM nobody has them by chance;
 * without it every run of the program does.
 */
bool lineage_same_image(const struct image_facts *a, const struct image_facts *b);

#endif
