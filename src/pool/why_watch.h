#ifndef COWTOP_POOL_WHY_WATCH_H
#define COWTOP_POOL_WHY_WATCH_H

/*
 * A pool that is asked why its workers copy pages: one inventory of the master, and with every sample which of its
 * pages each worker has copied since the one before, and how far its collector is. That goes into the sample
 * (model/why_facts.h); what it means says analysis/why_gather.h. The pages of workers are not read for it, only what the
 * sample's walk knows of them; those that they have copied once, at the end.
 *
 *	struct why_watch *w = why_watch_new();
 *	for (each sample)
 *		why_watch_look(w, live, &fs, &sample, 0);
 *	why_watch_read(w, live, &sample, NULL, NULL);	// the last one
 *	why_watch_free(w);
 */
#include "heap/inventory.h"
#include "pool/live.h"

struct why_watch;

struct why_watch *why_watch_new(void);
void why_watch_free(struct why_watch *w); /* NULL is fine */
/* `sample` is the last one of `live`. `only`: the pid of the one worker that is looked at; 0: all that share pages with
 * who leads the pool. */
void why_watch_look(struct why_watch *w, struct live *live, const struct procfs *fs, struct sample *sample,
		    pid_t only);
/* After the last look: what differs on the copies of the workers that live is read as well. Where `go_on`
 * says no it is not known of any of them: they are to be added up. NULL: it goes on. */
void why_watch_read(struct why_watch *w, struct live *live, struct sample *sample, bool (*go_on)(void *data),
		    void *data);
/* What lies on the master's pages; NULL: that is not known, and *why says why. */
const struct inventory *why_watch_inventory(const struct why_watch *w, const char **why);

#endif
