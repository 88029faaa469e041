#ifndef COWTOP_UNWIND_UNWIND_JIT_H
#define COWTOP_UNWIND_UNWIND_JIT_H

/*
 * Code that a process generates: its names, from the map file that it writes (parse/perf_map.h), and
 * CPython's trampolines (parse/trampoline.h). A forked process starts a map of its own, with what is
 * generated from then on; for the rest its parents' maps hold.
 */
#include "parse/perf_map.h"
#include "parse/trampoline.h"
#include "sys/mounts.h"
#include "sys/proc.h"

struct unwind_jit {
	int root; /* of the process's files; stays when the process is gone */
	pid_t pid;
	pid_t inner; /* its pid as it sees it itself */
	uid_t uid;
	enum mounts_kind kind; /* of its /tmp */
	dev_t system;
	char *text; /* the map file */
	size_t len;
	struct perf_map map;
	int64_t looked_ns;
};

/* NULL: the process is gone, or not for us. */
struct unwind_jit *unwind_jit_open(const struct procfs *fs, pid_t pid);
void unwind_jit_free(struct unwind_jit *j); /* NULL is fine */

/* The function around an address; reads the file again when it has grown. */
const struct perf_symbol *unwind_jit_find(struct unwind_jit *j, uint64_t address);

struct unwind_trampoline {
	uint64_t start, end;
	uint64_t table_at; /* where its table is taken to be */
	uint8_t table[TRAMPOLINE_TABLE];
};

/* Is there a trampoline around an address of the process? */
bool unwind_jit_trampoline(const struct procfs *fs, pid_t pid, uint64_t address,
			   struct unwind_trampoline *ret);

#endif
