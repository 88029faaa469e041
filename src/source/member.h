#ifndef COWTOP_SOURCE_MEMBER_H
#define COWTOP_SOURCE_MEMBER_H

/*
 * A process of the pool while it is watched: its open descriptors, its mappings, and what one
 * sample says about it. Keyed by (pid, start time).
 *
 * The descriptors are opened once: an open pagemap belongs to one address space and gives end of
 * file after exec or exit, so it can never show another process.
 */
#include "base/err.h"
#include "model/sample.h"
#include "sys/proc.h"
#include "sys/table.h"

struct member_proc {
	pid_t pid;
	uint64_t start_ticks;
	int pagemap, mem;        /* -1: not open */
	int pagemap_error;       /* errno of the open that failed */
	bool lost;               /* died or execed since it was gathered */
	struct vma_list maps;
	uint64_t rss_pages;      /* for the walk: is a mapping sparse? */
	bool merged;             /* KSM has merged pages of it */
	struct proc_sample facts; /* of the sample being made; handed over to it */
	int base;                /* index of the process it was forked from, -1: the master, or none */
};

/* What members share while they are read. */
struct member_io {
	const struct procfs *fs;
	struct buf text;          /* scratch */
	int64_t boot_ns;          /* wall clock at boot */
	bool frames;              /* pagemap carries frame numbers */
	int flags_error;          /* errno of what keeps kpageflags from being read, or 0 */
};

void member_init(struct member_proc *m, pid_t pid, uint64_t start_ticks);
void member_release(struct member_proc *m);

/* The stat line and the names. False: the process is gone, a zombie, or another one by now. */
bool member_identify(struct member_proc *m, struct member_io *io, const struct table_entry *entry);
/* Memory, mappings, level and gaps of a process whose pages count. False: it is gone. */
bool member_measure(struct member_proc *m, struct member_io *io);
/* Memory of a process that is only listed (exec'ed, or in another's address space). */
void member_list_only(struct member_proc *m, struct member_io *io);
/*
 * After the walk: is it still the same process with the same image? Otherwise it is marked lost.
 * Takes its fault counters anew, so that no copy that the walk saw is missing in them.
 */
void member_recheck(struct member_proc *m, const struct procfs *fs);

#endif
