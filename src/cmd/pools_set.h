#ifndef COWTOP_CMD_POOLS_SET_H
#define COWTOP_CMD_POOLS_SET_H

/*
 * All pools of the machine, each with its latest sample: cowtop pools, once or again and again.
 *
 *	pools_set_find(&set, &fs, &err);	// those that there are now; in between they come and go
 *	pools_set_look(&set, &fs);		// a sample of each
 *	pools_set_release(&set);
 */
#include "analysis/analysis.h"
#include "pool/live.h"

#define POOLS_TREND 12 /* looks that are remembered */

/* A pool, with the latest sample, which its snapshot borrows from. */
struct pools_one {
	struct target target;
	struct live *live;
	struct analysis *analysis;
	struct why_watch *why; /* NULL: nobody asks why its pages were copied */
	struct sample sample;
	struct snapshot snap;
	bool shown;                 /* there is a snapshot */
	struct err err;             /* why it could not be read, or only a part of it; "" */
	figure copied[POOLS_TREND]; /* bytes, of the last looks, the latest at the end; UNKNOWN: none */
	bool there;                 /* of pools_set_find() */
	size_t word;                /* of pools_set_named(): which of them it was last */
	bool worked;                /* a worker of it was seen in a sample, not only a child about to exec */
};

struct pools_set {
	struct pools_one *items;
	size_t n, cap;
	/* Is it one of those that are looked at? NULL: all are. */
	bool (*wanted)(void *data, const struct procfs *fs, const struct target *t);
	void *data;
	struct table_recent tables; /* one for all pools of a look */
	bool some_hidden;           /* there may be more that this user cannot see (target_pools()) */
	bool keep;                  /* who has no worker for a time stays as long as its master lives */
	bool why;                   /* look for why pages were copied as well (pool/why_watch.h) */
	bool skip;                  /* who stands still may be left out (live_set_walk_skip()) */
	double share, saved_s;      /* the budget of them all, which counts all that cowtop does; 0: none */
	int64_t now_ns, cpu_ns;     /* the account: at the last call; 0: not begun */
	double credit_ns; /* CPU time that may be used, saved_s' worth at most; negative: it is owed */
};

/* Those of before stay what they are, with what is known of them; those that have gone are dropped, and so are, but
 * with `keep`, those without a worker. */
int pools_set_find(struct pools_set *p, const struct procfs *fs, struct err *err);
/* Only those that are named now, as for target_find(); `errs` has for each word why there is none, or "". A pool whose
 * word means another one by now is dropped; where it means several, the one that it was stays. */
void pools_set_named(struct pools_set *p, const struct procfs *fs, char *const words[], size_t n,
		     struct err errs[]);
void pools_set_look(struct pools_set *p, const struct procfs *fs);
/* From these samples to the next at the least, until what cowtop took is paid, since the first call; 0: no limit.
 * The pools' own accounts say only whose pages wait: in each of them what the others took is a sample of its own. */
int64_t pools_set_least(struct pools_set *p);
/* The pool that this process leads, or NULL. */
struct pools_one *pools_set_one(const struct pools_set *p, pid_t pid, uint64_t start_ticks);
void pools_set_release(struct pools_set *p);

#endif
