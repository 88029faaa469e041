#ifndef COWTOP_UNWIND_UNWINDER_H
#define COWTOP_UNWIND_UNWINDER_H

/*
 * From a snapshot of registers and stack, taken by the kernel at a fault, to a trace. Never stops or
 * writes to the process. Forked processes share an image (the same files at the same addresses), so
 * tables, caches and results are shared by all workers:
 *
 *   memo    an unwind is remembered with the registers and stack words that it read; a snapshot of
 *           the same image in which these have the same values has, by construction, the same trace
 *   image   the executable mappings of a process; known by a hash of them
 *   object  an ELF file by its identity (device, inode, mtime), mapped once: .eh_frame_hdr, code bytes
 *
 *	struct unwinder *u = unwinder_new(&fs, &stacks);
 *	unwinder_process(u, pid, base);	// when a process is first seen
 *	trace = unwinder_trace(u, &snapshot);	// per sample; interned in stacks.traces
 *	unwinder_refresh(u, pid);	// its mappings changed (MMAP2 record) or it execed
 *	unwinder_name(u);		// once, at the end or before showing: fills in names
 *	unwinder_free(u);
 */
#include "model/stacks.h"
#include "sys/proc.h"

struct unwinder;

struct unwind_snapshot {
	pid_t pid, tid;
	int64_t time_ns;           /* when, by CLOCK_MONOTONIC; 0: just now */
	const uint64_t *registers; /* arch.registers of them (sys/arch.h) */
	const uint8_t *stack;      /* from the stack pointer upwards; may be unaligned */
	size_t stack_bytes;        /* that are valid (PERF_SAMPLE_STACK_USER's dyn_size) */
	bool kernel;               /* the fault was the kernel's, in a system call, as registers tell */
	bool truncated_stack;      /* the real stack is longer than what was captured */
};

/* `stacks` is filled: functions and traces; it stays the caller's and where it is. */
struct unwinder *unwinder_new(const struct procfs *fs, struct stacks *stacks);
void unwinder_free(struct unwinder *u); /* NULL is fine */

/* A process appears; `base`: forked from that one without exec (its image then serves until this
 * one's own can be read, also when it is gone already), or 0. */
void unwinder_process(struct unwinder *u, pid_t pid, pid_t base);
/* Its mappings changed, or it execed: read them anew with the next snapshot. */
void unwinder_refresh(struct unwinder *u, pid_t pid);
void unwinder_gone(struct unwinder *u, pid_t pid);

/* Index into stacks->traces. A snapshot that cannot be unwound at all is a trace of its leaf alone. */
uint32_t unwinder_trace(struct unwinder *u, const struct unwind_snapshot *s);
/* The same, at once or not at all: nothing is read and nothing unwound. False: unwinder_trace() tells. */
bool unwinder_known(struct unwinder *u, const struct unwind_snapshot *s, uint32_t *ret);

/* Names for all functions that have none yet: symbol tables, debug files, perf maps. */
void unwinder_name(struct unwinder *u);

#endif
