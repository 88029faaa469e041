#ifndef COWTOP_POOL_WHY_WATCH_H
#define COWTOP_POOL_WHY_WATCH_H

/*
 * Workers of a pool, watched to learn why they copy pages: one inventory of the master, and at every look which of its
 * pages each worker has copied by then, and how far its collector is. What comes out are cases for
 * analysis/why_estimate.h. The pages of workers are not read then, only
 * what the last sample's walk knows of them; those that they have copied once, at the end.
 *
 *	struct why_watch *w = why_watch_new();
 *	for (each sample)
 *		why_watch_look(w, &(struct why_look){ live, fs, &sample, workers });
 *	why_watch_read(w, live);
 *	for (size_t i = 0; i < why_watch_workers(w); i++)
 *		why_watch_case(w, i, &c);
 *	why_watch_free(w);
 */
#include "heap/inventory.h"
#include "model/why_case.h"
#include "pool/live.h"

struct why_watch;

struct why_look {
	struct live *live;
	const struct procfs *fs;
	const struct sample *sample; /* the last one of `live` */
	const bool *workers;         /* which of its processes are to be watched */
};

/* A worker that was seen. */
struct why_seen {
	pid_t pid;
	uint64_t start_ticks;
	fact inherited; /* pages that it has copied, and that it still shares */
	bool gone;
	struct why_case facts; /* nsnapshots 0: its pages could not be walked. Borrowed until the next look */
};

struct why_watch *why_watch_new(void);
void why_watch_free(struct why_watch *w); /* NULL is fine */
void why_watch_look(struct why_watch *w, const struct why_look *look);
/* After the last look: what differs on the copies of the workers that live is read as well. */
void why_watch_read(struct why_watch *w, struct live *live);
size_t why_watch_workers(const struct why_watch *w);
void why_watch_case(struct why_watch *w, size_t i, struct why_seen *ret);
/* How many that live have had a full collection since they were met, and how many have not. */
void why_watch_progress(const struct why_watch *w, size_t *ret_collected, size_t *ret_waiting);
/* What lies on the master's pages; NULL: that is not known, and *why says why. */
const struct inventory *why_watch_inventory(const struct why_watch *w, const char **why);

#endif
