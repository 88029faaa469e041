#ifndef COWTOP_FIND_PROCTREE_H
#define COWTOP_FIND_PROCTREE_H

/*
 * All processes of the machine at one instant, who is whose child, and which children were forked
 * without exec. Who looks for a pool asks this tree.
 */
#include "base/buf.h"
#include "base/err.h"
#include "parse/lineage.h"
#include "sys/proc.h"
#include "sys/table.h"

struct tree_node {
	const struct table_entry *entry;
	struct image_facts image;
	uint64_t minflt;          /* its faults without I/O so far (stat) */
	struct tree_node *parent; /* NULL: outside this PID namespace, hidden, or none */
	bool parent_hidden;       /* it is NULL, and such a process exists (hidepid) */
	enum lineage lineage;     /* to the parent; a vfork'ed child still in its parent's memory: EXECED */
	bool alive;               /* no zombie, no kernel thread, and still there when its stat was read */
	bool denied;              /* alive, but the kernel hides its addresses from this user */
	size_t forked, execed, unknown; /* children alive, by lineage */
	pid_t pgrp, session; /* with exe in `image`: 0 where no other process can be of its image */
	/* Families whose forker is gone, see adopted.h: */
	struct tree_node *leader; /* of one in which it is adopted, or NULL */
	size_t kin;               /* adopted processes that it leads, not counting itself */
	bool masterless;          /* it leads as the oldest of those whose master is gone */
	enum kinship kinship;     /* of who leads: how it is known of the others */
};

struct proctree {
	struct table table;
	struct tree_node *nodes; /* as table.items: sorted by pid */
	size_t n;
	int64_t read_ns; /* clock_now() before the table was read */
};

/*
 * Fails with STATUS_FAILED when the table cannot be read, or when /proc belongs to another PID
 * namespace than cowtop: pids would mean different processes to kill(2) and to /proc.
 */
int proctree_read(const struct procfs *fs, struct proctree *f, struct err *err);
void proctree_release(struct proctree *f);
/* By pid, or NULL. */
struct tree_node *proctree_find(const struct proctree *f, pid_t pid);
/* Parents are older, so the way up ends; ties in start time are bounded by the pid table. */
#define PROCTREE_DEPTH_MAX 4096
/* Is `n` below `ancestor`, or it? */
bool proctree_below(const struct tree_node *n, const struct tree_node *ancestor);
/* From a worker to the process it was forked from, on to the topmost of that image, and from an adopted one to the
 * leader of its family. */
struct tree_node *proctree_master(struct tree_node *n);
/* Is it the topmost process of an image that has forked children, or the leader of a family? */
bool proctree_is_master(const struct tree_node *n);
/* Those that are watched with it, but for their own children: 0 of who leads no pool. */
size_t proctree_forked(const struct tree_node *n);

/* The addresses in a stat line, without exe. */
void image_from_stat(const struct proc_stat *st, struct image_facts *ret);
/* What to call a process in a message: its command line, at most 40 bytes of it, or [comm]. */
void proctree_title(const struct procfs *fs, const struct tree_node *n, struct buf *out);

#endif
