#ifndef COWTOP_POOL_MEMBER_H
#define COWTOP_POOL_MEMBER_H

/*
 * A process of the pool while it is watched: its open descriptors, its mappings, and what one
 * sample says about it. Keyed by (pid, start time).
 *
 * What cannot be read of it for another reason than its end (too few descriptors, no memory) is a gap, and it is
 * still of the pool.
 */
#include "base/err.h"
#include "model/sample.h"
#include "pool/alike_maps.h"
#include "sys/proc.h"
#include "sys/standstill.h"
#include "sys/table.h"
#include "sys/vmstat.h"

/* What a gap says is needed where the files themselves are missing. */
#define NEEDS_PAGE_MONITOR "a kernel with CONFIG_PROC_PAGE_MONITOR"

/* What smaps_rollup said last: see memory.h. */
struct rollup {
	int64_t at_ns, took_ns; /* at_ns 0: it was never read */
	struct memory_facts said;
	bool merged;
	fact collapsed; /* of the machine then (sys/vmstat.h) */
	unsigned anew;  /* so often it is to be read, whatever it takes */
};

struct member_proc {
	pid_t pid;
	uint64_t start_ticks;
	int pagemap, mem; /* kept open, or -1: see member_files.h */
	bool paged;       /* its pagemap may be read */
	int failed;       /* errno value of what a walk for this sample could not read of it, or 0 */
	bool gone;        /* no process: stands for one that ended, and its children live (ledger/absent.h) */
	bool lost;        /* died or execed since it was gathered */
	struct vma_list maps; /* those of `alike`, which holds them */
	struct alike_maps *alike;
	uint64_t rss_pages; /* for the walk: is a mapping sparse? */
	bool merged;        /* KSM has merged pages of it */
	struct rollup rollup;
	bool measured;   /* `kept` holds the sample before */
	bool walked;     /* a walk for a sample has read its pages, with those of its base */
	bool skip;       /* leave it out of this walk: nothing moved since, or there is no walk */
	bool moved, due; /* not as it was at its last walk; what is known of it is no longer true */
	int64_t true_ns; /* monotonic, of the sample in which it was */
	struct standstill stands;
	bool still; /* it has not run since: its names and its collector are those of `kept` */
	/* Memory, pages, growth, level and gaps of its last walk; names and collector of the sample before. */
	struct proc_sample kept;
	bool gc_known, kept_gc;   /* its collector could be read; ... in the sample before */
	uint64_t kept_rss;        /* rss_pages then */
	struct gc_reader *gc;     /* where its collector is */
	int64_t frozen_at;        /* when its frozen objects were counted last, monotonic ns */
	struct proc_sample facts; /* of the sample being made; handed over to it */
	bool execed;              /* it is known to have begun with exec */
	/* Who forked it, once that is known; 0: who is its parent. */
	pid_t forker;
	uint64_t forker_start;
	bool adopted, presumed, revised, anew; /* for the ledger: struct ledger_proc */
	bool begun;                            /* anew, after samples that it was in */
	int base; /* index of the process it was forked from, -1: the master, or none */
};

/* What members share while they are read. */
struct member_io {
	const struct procfs *fs;
	struct buf text;          /* scratch */
	struct vma_list maps;     /* scratch */
	struct alike_maps *alike; /* what the process before has */
	int64_t boot_ns;          /* wall clock at boot */
	bool frames;              /* pagemap carries frame numbers */
	int64_t now_ns;           /* monotonic, of the sample being made */
	bool trusting; /* who has not run since the sample before is not asked for what cannot have changed */
	int64_t walks_ns; /* CPU time that counting frozen objects may take now; it goes below zero by the last of them */
	int64_t counted_before; /* those with this frozen_at have their turn */
	bool counts;  /* the walk says what of its pages is a process's share: smaps_rollup is not needed */
	bool hugetlb; /* there may be hugetlb pages */
	bool ksm;     /* KSM may have merged pages of somebody */
	struct vmstat vmstat; /* once somebody has asked for it */
	bool vmstat_known;
	int flags_error; /* errno of what keeps kpageflags from being read, or 0 */
	const struct kernel_facts *kernel;
};

void member_init(struct member_proc *m, pid_t pid, uint64_t start_ticks);
void member_release(struct member_proc *m);

/* The stat line and the names; these from the sample before when io->trusting and it has not run since. 1; 0: the
 * process is gone, a zombie, or another one by now; -errno: its stat cannot be read. */
int member_identify(struct member_proc *m, struct member_io *io, const struct table_entry *entry);
/* Its stat is refused to this user (entry->error): what is known all the same, and a gap. */
void member_refused(struct member_proc *m, struct member_io *io, const struct table_entry *entry);
/* Has it done nothing since the sample before that a walk would show? */
bool member_is_still(const struct member_proc *m);
/* Memory, mappings, level and gaps of a process whose pages count. False: it is gone. */
bool member_measure(struct member_proc *m, struct member_io *io);
/* The same from the sample before, for a process that is left out of the walk. */
void member_recall(struct member_proc *m);
/* After the sample, which is of this monotonic time: how old its memory and pages are, and what
 * member_recall() will need. */
void member_keep(struct member_proc *m, int64_t now_ns);
/* Its collector. `base`: the process it was forked from, or NULL. Its frozen objects are counted now and
 * then, as far as io->walks_ns goes, and of those first that were counted longest ago. */
void member_read_gc(struct member_proc *m, const struct member_proc *base, struct member_io *io);
/* Memory of a process that is only listed (exec'ed, or in another's address space). */
void member_list_only(struct member_proc *m, struct member_io *io);
/*
 * After the walk: is it still the same process with the same image? Otherwise it is marked lost.
 * Takes its fault counters anew, so that no copy that the walk saw is missing in them.
 */
void member_recheck(struct member_proc *m, const struct procfs *fs);

#endif
