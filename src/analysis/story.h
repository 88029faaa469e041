#ifndef COWTOP_ANALYSIS_STORY_H
#define COWTOP_ANALYSIS_STORY_H

/*
 * Snapshots in a row -> the story of a recording. Memory is bounded: running sums, and curves of at
 * most STORY_POINTS points of at most STORY_PROCESSES processes.
 *
 *	struct storyteller *t = story_begin();
 *	for each snapshot, in the order of time, with the marks before those that come after them:
 *		story_add(t, &snap);	// keeps nothing of it
 *	story_end(t, &story);		// frees t
 */
#include "model/story.h"

struct storyteller;

struct storyteller *story_begin(void);
void story_add(struct storyteller *t, const struct snapshot *snap);
/* Those of the snapshot added last, when it has got them only now. */
void story_findings(struct storyteller *t, const struct snapshot *last);
/* Marks beyond STORY_MARKS are left out. `text` is foreign, and as long as the recording lets it be. */
void story_mark(struct storyteller *t, int64_t time_ns, const char *text);
/* The address space of a process that was seen, as of its own time; copied. One a process is kept, the
 * latest given, of at most four processes. */
void story_space(struct storyteller *t, const struct address_space *space);
void story_end(struct storyteller *t, struct story *ret);

#endif
