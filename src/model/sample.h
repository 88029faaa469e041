#ifndef COWTOP_MODEL_SAMPLE_H
#define COWTOP_MODEL_SAMPLE_H

/*
 * A sample: the facts of one instant about a pool and its host, and the gaps (what could not be
 * read, and why). Facts only: counts and strings as the kernel gave them, never a rate, a ratio or
 * a role. Everything that is computed lives in a snapshot (model/snapshot.h), so a better analysis
 * can re-read an old sample.
 *
 * Ownership: a sample owns its processes and their strings; sample_release() frees them.
 * Strings of a process are foreign bytes, kept as they are: clean them where they are shown.
 */
#include <sys/types.h>
#include "model/fact.h"
#include "model/gc.h"
#include "model/kernel.h"
#include "model/why_facts.h"

/* How much of a process could be read; each level includes the ones below. */
enum level {
	LEVEL_NONE,     /* stat only */
	LEVEL_ROLLUP,   /* smaps_rollup: private and shared bytes, no copies */
	LEVEL_ESTIMATE, /* pagemap without frame numbers: bit 56, first sight, clamped by faults */
	LEVEL_EXACT,    /* pagemap with frame numbers, and page flags where they decide */
};

/* How far the ledger of a process can be trusted. */
enum exactness {
	EXACTNESS_UNKNOWN, /* nothing to be exact about: LEVEL_NONE */
	EXACTNESS_EXACT,
	EXACTNESS_ESTIMATE,
	EXACTNESS_UPPER_BOUND, /* cow_broken may hold pages that are in truth new; at LEVEL_ROLLUP
				* private and shared bytes hold file pages as well */
};

/*
 * One thing that could not be read. `needs` names the capability or setting that would give it; of a collector ("gc")
 * for which no system call failed it says why, which nobody can grant: gap_is_reason().
 */
struct gap {
	char what[32];
	int error; /* errno value; 0 when no system call failed */
	char needs[64];
};

bool gap_is_reason(const struct gap *g);
/* What stands between `what` and `needs` in a sentence: ", needs ", ": ", or nothing without needs. */
const char *gap_link(const struct gap *g);

/* Pages of host.page_size, each resident page in exactly one of the first six (design: the ledger). */
struct page_facts {
	fact shared, orphaned, cow_broken, cow_file, new, file;
	fact swapped; /* not resident */
};

/*
 * How many pages of the ledger are in doubt, beyond what goes without a label; ABSENT: not told, then the
 * exactness is all there is.
 */
struct doubt_facts {
	/* Counted as cow_broken: perhaps new in truth, or the process's own copy of a file page (cow_file); or the
	 * original, which nobody else had any more when it was written, and which counts as orphaned. */
	fact new, file;
	fact guessed; /* of any class, which may be another one in truth */
};

/*
 * In bytes: what a walk with frame numbers saw (`walked`), or /proc/PID/smaps_rollup, `age_ns` before the sample.
 * `rss` falls back to statm when smaps_rollup is denied.
 */
struct memory_facts {
	fact rss, pss, pss_anon, pss_file, pss_shmem;
	fact shared_clean, shared_dirty, private_clean, private_dirty;
	fact anonymous, swap, swap_pss, anon_huge;
	fact hugetlb; /* Shared_Hugetlb + Private_Hugetlb: resident, in the ledger, not in rss */
	fact walked;  /* 1; 0 or ABSENT: smaps_rollup */
	fact age_ns;  /* of what smaps_rollup said; 0: read for this sample */
	fact counted; /* of a walk: RSS as the kernel counts it (statm), which the ledger has to explain */
	/* Of a walk, bytes in doubt: mapped by how many is an average; by one or several is not told; dirty or clean is assumed; swapped by how
	 * many is assumed; in a huge page that may be mapped in parts; of shared memory that may be swapped. */
	fact doubt_shares, doubt_private, doubt_dirty, doubt_swap, doubt_huge, doubt_swapped;
};

/*
 * Minor faults explained by the ledger, cumulative: copies made (cow_broken and cow_file), new
 * anonymous pages, file mappings (one per fault, not per page). The first walk of a process counts
 * what it finds, so that of a worker born since the sample before nothing is missing; how the file
 * pages came that were there at cowtop's very first walk is not asked.
 */
struct growth_facts {
	fact cow, new, file;
	/*
	 * No faults: pages that the kernel copied in making huge pages, and holes that it filled with new ones.
	 * Of the copies `sighted` were found by the first walk of the process: at most, some of them may have
	 * been its own before.
	 */
	fact collapsed, filled, sighted;
};

/* How it is known that processes without a living parent in the pool are of it; the weakest for any of them. */
enum kinship {
	KINSHIP_PARENTS,   /* there are none, or cowtop saw their parents */
	KINSHIP_FRAMES,    /* they share page frames as only fork makes them */
	KINSHIP_ADDRESSES, /* their image has the same addresses, which were drawn by chance */
	KINSHIP_GUESS,     /* ... which any run of the program has: no ASLR */
};

/* /proc/PID/stat, fields by their number in proc(5). 0 when ptrace access is denied. */
struct image_facts {
	uint64_t start_code;       /* (26) */
	uint64_t end_code;         /* (27) */
	uint64_t start_stack;      /* (28) */
	uint64_t start_brk;        /* (47) */
	uint64_t arg_start;        /* (48) */
	uint64_t exe_dev, exe_ino; /* of /proc/PID/exe; 0 when denied */
	uint64_t marks;            /* IMAGE_...; 0: not known (an older recording, no such flags) */
};

/* Of the flags (9), which nobody is denied and no process can change but by exec (fs/exec.c, begin_new_exec()). */
#define IMAGE_MARKED 1 /* the others are known */
#define IMAGE_FORKED 2 /* PF_FORKNOEXEC: not exec'ed since it was forked */
#define IMAGE_RANDOM 4 /* PF_RANDOMIZE: its addresses were drawn by chance, no other exec has them */

struct proc_sample {
	/* A process is (pid, start): a pid alone is never a key. */
	pid_t pid;
	uint64_t start_ticks; /* stat (22), clock ticks since boot */
	pid_t ppid;
	int64_t start_ns; /* wall clock, ns since the epoch */
	char state;       /* R S D Z T ... */
	fact threads;
	uint32_t uid;
	char *user;    /* name of uid, or its number */
	char *comm;    /* stat (2), never NULL */
	char *cmdline; /* arguments joined by spaces, at most 4096 bytes; "" when there is none */
	uint64_t
		inner_blanks; /* bit i: space i of cmdline is an argument's own and joins nothing; of the first 64 */
	struct image_facts image;

	bool forked; /* forked without exec from `base_pid` (the master: always true) */
	pid_t base_pid; /* the pool's process that it was forked from; 0: it is the master, or that one is gone */
	pid_t same_mm_pid; /* vfork or CLONE_VM: shares the address space of this pid; else 0 */

	fact minflt, majflt;   /* own, stat (10), (12) */
	fact cminflt, cmajflt; /* waited-for children, stat (11), (13) */

	enum level level;
	enum exactness exactness;
	/*
	 * How long ago memory, pages and growth were what they say: 0 when they were read for this sample, or
	 * nothing has moved since they were; ABSENT: they were never read yet (the budget did not allow it).
	 */
	fact pages_age_ns;
	struct memory_facts memory;
	struct page_facts pages;
	fact collapsed; /* pages of pages.cow_broken: the kernel's copies, in a huge page that it made */
	struct growth_facts growth;
	struct doubt_facts doubt;
	struct gc_facts gc;
	struct why_worker_facts *why; /* why its pages were copied; NULL: nobody asked, or it is no worker */

	struct gap *gaps;
	size_t ngaps;
};

struct host_sample {
	char name[65], kernel[65];
	int64_t page_size;
	struct kernel_facts properties; /* what this kernel tells about pages; known == 0: not tried */
	fact memory_bytes, available_bytes, cached_bytes, swap_used_bytes;
	/* /proc/pressure/memory, share of the last 10 s in hundredths of a percent; ABSENT without PSI */
	fact pressure_some, pressure_full;
	/* Of the master's cgroup or an ancestor of it, which is nearest to its limit; ABSENT: no limit */
	fact cgroup_limit_bytes, cgroup_used_bytes;
};

struct sample {
	int64_t time_ns; /* wall clock */
	int64_t mono_ns; /* CLOCK_MONOTONIC: intervals are taken from this one */
	struct host_sample host;
	int64_t cost_ns; /* cowtop's own CPU time for this sample */
	fact walked,
		skipped; /* processes whose pages were read / left out: they stood still, or the budget is spent */
	fact own_ns; /* cowtop's own CPU time since it began, of all its threads; ABSENT: an older recording */
	fact budget_ppm; /* what it was allowed, in millionths of one CPU; ABSENT: no limit */
	/* Of --load: 0 in the last sample before it, how long it took in those after its end; ABSENT: there is none, or
	 * it runs. And how many requests it makes, as the user said; ABSENT: nobody did. */
	fact load_ns, load_requests;
	pid_t master_pid; /* 0: it is gone, and those that it forked live on */
	pid_t leader_pid; /* who stands for the pool: the master, or the oldest of them; 0: an older recording */
	enum kinship kinship;
	fact footprint_pages;      /* distinct frames; ABSENT unless every forked process is exact */
	struct proc_sample *procs; /* the master first, then by start time; parents before children */
	size_t nprocs;
	struct why_facts *why; /* why pages were copied; NULL: nobody asked */
};

/* A zeroed process or sample with every fact ABSENT. */
void proc_sample_init(struct proc_sample *p);
void sample_init(struct sample *s);
/* Note that something could not be read. Repeats of the same `what` are dropped. */
void proc_sample_gap(struct proc_sample *p, const char *what, int error, const char *needs);
void proc_sample_release(struct proc_sample *p);
/* A deep copy; `to` is overwritten, not released. */
void sample_copy(struct sample *to, const struct sample *from);
/* The same over a sample that is mostly alike, one of the same pool: what has room in it is taken over in place. */
void sample_copy_over(struct sample *to, const struct sample *from);
void sample_release(struct sample *s);
/*
 * Does the process hold pages of the pool that count? The master and everything forked from it, but
 * no zombie, and an address space that two processes share only once.
 */
static inline bool holds_pages(const struct proc_sample *p)
{
	return p->forked && !p->same_mm_pid && p->state != 'Z' && p->state != 'X';
}
/* Whose pid stands for the pool: the master's, or that of who leads in its place. */
pid_t sample_leader(const struct sample *s);
/* The process with this pid, or NULL. */
const struct proc_sample *sample_find(const struct sample *s, pid_t pid);

const char *kinship_name(enum kinship kinship); /* "frames" "addresses" "guess"; NULL for parents */
const char *level_name(enum level level);       /* "exact" "estimate" "rollup" "none" */
const char *exactness_name(enum exactness e);   /* "exact" ...; NULL for unknown */

#endif
