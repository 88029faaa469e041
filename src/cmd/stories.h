#ifndef COWTOP_CMD_STORIES_H
#define COWTOP_CMD_STORIES_H

/* The recordings of one and the same pool, told: runs that are held against others (analysis/compare.h). */
#include "cmd/load_story.h"
#include "model/compare.h"

struct stories {
	struct recording_input *inputs; /* opened */
	size_t ninputs;
	struct story *items;
	const struct story **borrowed; /* the same, as a comparison takes them */
	size_t n;
};

/* Open them, and read them: what is read is read without the rights that opening may need (cmd/recording.h). */
int stories_open(const char *const *paths, size_t n, struct stories *ret, struct err *err);
int stories_read(struct stories *s, const struct story_request *how, struct err *err);
/* Both. */
int stories_load(const char *const *paths, size_t n, const struct story_request *how, struct stories *ret,
		 struct err *err);
/* `requests` that each run made; 0: nobody said. Borrows them. */
struct compare_runs stories_runs(const struct stories *s, int64_t requests);
void stories_release(struct stories *s);

#endif
