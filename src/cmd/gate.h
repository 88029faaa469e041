#ifndef COWTOP_CMD_GATE_H
#define COWTOP_CMD_GATE_H

/*
 * A gate: what rules and a baseline make of the pools that a verb looked at, for people and for the systems that build
 * and test. Files that cannot be written, and a baseline that cannot be read, are known before the work; a run that
 * passes writes them all, one that does not as well, and of one that failed itself JUnit and Markdown say why.
 *
 *	cleanup(gate_close) struct gate gate = GATE_NONE;
 *	if (gate_open(&gate, &set.gate, err) < 0)
 *		return -1;
 *	gate_pool(&gate, NULL);
 *	...
 *	gate_keep(&gate, &snap);		// for each sample
 *	r = ... fail_if_verdict(&fail_if, err);
 *	gate_rules(&gate, &fail_if);		// once for each pool, at its end
 *	return gate_end(&gate, r, err);
 *
 * Under GitHub Actions (GITHUB_ACTIONS=true) there are annotations as well, on stderr, and what --markdown writes is
 * added to the summary of the step.
 */
#include "cmd/atomic_file.h"
#include "cmd/fail_if.h"
#include "cmd/gate_options.h"
#include "cmd/load_story.h"
#include "model/judged.h"
#include "model/snapshot.h"

struct gate {
	const struct gate_settings *set; /* borrowed */
	struct judged judged;
	struct buf above; /* of a summary: what was found, in Markdown */
	struct atomic_file files[GATE_FILES];
	struct standing before; /* the baseline */
	struct standing now;    /* of the last sample, or of recordings */
	bool recorded;          /* ... of recordings */
	bool first;             /* of several pools the first is compared, not all of them as runs of one */
	int64_t began_ns;       /* CLOCK_MONOTONIC, of the pool that was begun last */
};

#define GATE_NONE \
	{ \
		.files = { \
			ATOMIC_FILE_NONE, \
			ATOMIC_FILE_NONE, \
			ATOMIC_FILE_NONE, \
			ATOMIC_FILE_NONE, \
		} \
	}

int gate_open(struct gate *g, const struct gate_settings *set, struct err *err);
/* A pool begins, of this name; NULL: that of its samples. */
void gate_pool(struct gate *g, const char *name);
void gate_keep(struct gate *g, const struct snapshot *snap);
/* The pool has ended, and this is what rules came to of it. */
void gate_rules(struct gate *g, const struct fail_if *rules);
/* What was recorded is what counts, not its last sample; so many runs of the same pool. Reads them where that is
 * asked for. */
int gate_recordings(struct gate *g, const char *const *paths, size_t n, const struct story_request *how,
		    struct err *err);
/* As it stands, of who has it already. */
void gate_standing(struct gate *g, const struct standing *now);
/*
 * The end of the run, which came to `r`: hold what was seen against the baseline, say a line for what is worse, write
 * all files. 0, or -1 as fail_if_verdict(): a run that failed stays failed, what cannot be judged outweighs what failed.
 */
int gate_end(struct gate *g, int r, struct err *err);
/* Of files that were not written nothing is left. */
void gate_close(struct gate *g);

#endif
