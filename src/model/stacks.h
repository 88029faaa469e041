#ifndef COWTOP_MODEL_STACKS_H
#define COWTOP_MODEL_STACKS_H

/*
 * Call stacks that broke pages: the facts of one span of time about a pool. Made by watch/watch.h,
 * stored by a recording, turned into figures by analysis/stack_report.h.
 *
 * A trace is a list of frames, the leaf first; a frame is a function, one table of which serves all
 * traces and all processes (forked workers run the same code). Every trace counts, for each process,
 * the samples of each kind of page event; `period` samples stand for one another, and the exact
 * number of copies of a process, counted by the kernel, is in its row.
 *
 * Ownership: a struct stacks owns everything; stacks_release(). Strings are foreign bytes, kept as
 * they are: clean them where they are shown.
 */
#include <stdbool.h>
#include <stdint.h>
#include "model/fact.h"
#include "model/sample.h"

/* What a write fault did to the page. */
enum page_event {
	PAGE_EVENT_COPIED,    /* an inherited page was replaced by the writer's own copy */
	PAGE_EVENT_REUSED,    /* nobody shared it any more: made writable as it was */
	PAGE_EVENT_ZEROED,    /* the zero page was replaced by memory */
	PAGE_EVENT_FIRST,     /* memory was touched for the first time */
	PAGE_EVENT_UNDECIDED, /* sampled, but neither counter nor page state could tell */
	PAGE_EVENTS,
};

/* How the faults were seen; what each could not see stands in `gaps`. */
enum stack_method {
	STACKS_TRACEPOINTS, /* exceptions:page_fault_user, page_fault_kernel, kmem:mm_page_alloc */
	STACKS_CGROUP,      /* the same, on the pool's own cgroup */
	STACKS_SOFTWARE,    /* the software page-fault event and the page state before */
};

enum frame_kind {
	FRAME_NATIVE,  /* a function of an ELF object */
	FRAME_PYTHON,  /* a Python function: perf map trampoline, or read from outside */
	FRAME_JIT,     /* another runtime's generated code, named by its perf map */
	FRAME_KERNEL,  /* the system call that wrote: no address */
	FRAME_UNKNOWN, /* an executable address that belongs to nothing known */
};

struct stack_function {
	enum frame_kind kind;
	char *object;    /* last component of the file's path, "[vdso]", "[anon]"; never NULL */
	char *name;      /* as a debugger prints it; NULL: not known, only `offset` is */
	char *symbol;    /* the name that a compiler made of `name` (C++, Rust); NULL: no other one */
	char *file;      /* of a Python function; NULL */
	int line;        /* of a Python function's first line; 0 unknown */
	uint64_t offset; /* of the function's start in the object (FDE start when unnamed) */
};

/* What the instruction that faulted does, read from the object's bytes. */
enum leaf_kind {
	LEAF_OTHER,      /* not known: its bytes could not be read, or it was recorded by an older cowtop */
	LEAF_REFCOUNT,   /* adds +-1 to the word that the pointer points to */
	LEAF_GC_HEAD,    /* writes PyGC_Head._gc_prev, as update_refs does */
	LEAF_PERL_COUNT, /* adds +-1 to what would be a count of Perl's */
	LEAF_DATA,       /* none of these */
	LEAF_KINDS,
};

struct stack_trace {
	uint32_t *frames; /* indices into functions[], the leaf first */
	uint32_t nframes;
	bool kernel;    /* the kernel wrote for the process: read(2), recv(2) */
	bool truncated; /* the stack went on beyond what was captured, or unwinding had to stop */
	enum leaf_kind leaf;
};

/* Samples of one trace in one process. */
struct stack_count {
	uint32_t trace;   /* index into traces[] */
	uint32_t process; /* index into processes[] */
	uint64_t samples[PAGE_EVENTS];
};

struct stack_process {
	pid_t pid;
	uint64_t start_ticks; /* 0: it was gone before it could be read */
	pid_t parent;
	char *comm;
	bool master;
	fact copies;      /* counted by the kernel in the span; ABSENT when it could not be */
	bool apportioned; /* `copies` is its part, by samples, of a count that others are in: exact with them */
	fact faults;      /* minor faults in the span; ABSENT when it could not be read to the end */
	uint64_t lost;    /* samples that the ring had no room for */
};

struct stacks {
	int64_t time_ns; /* wall clock at the end of the span */
	int64_t span_ns;
	enum stack_method method;
	bool master_covered;  /* the master's own faults are in */
	uint32_t period;      /* one sample in so many faults; 0: counted only */
	uint32_t stack_bytes; /* captured of each stack */
	int64_t page_size;
	int64_t cost_ns; /* cowtop's own CPU time */
	bool looked;     /* ... into the pages, before and after: `collapsed` is known; in no recorded span */
	fact collapsed;  /* pages that the kernel copied meanwhile in making huge pages: not by code */
	struct stack_function *functions;
	size_t nfunctions;
	struct stack_trace *traces;
	size_t ntraces;
	struct stack_count *counts;
	size_t ncounts;
	struct stack_process *processes; /* the master first when it is there */
	size_t nprocesses;
	uint64_t lost; /* samples lost that belong to no known process, and those of processes */
	uint64_t unwinds, memo_hits; /* how often a stack was unwound, and how often that was known already */
	struct gap *gaps;            /* what could not be had, and what to grant */
	size_t ngaps;
};

/* A zeroed struct is valid: nothing was seen. */
void stacks_release(struct stacks *s);
void stacks_copy(struct stacks *to, const struct stacks *from); /* `to` is overwritten */
void stacks_gap(struct stacks *s, const char *what, int error, const char *needs);

const char *page_event_name(enum page_event e); /* "copied" "reused" "zeroed" "first_touch" "undecided" */
/* Does the method see this event at all? What it does not see is absent, not zero. */
bool stack_method_sees(enum stack_method m, enum page_event e);
const char *stack_method_name(enum stack_method m); /* "tracepoints" "cgroup" "software" */

#endif
