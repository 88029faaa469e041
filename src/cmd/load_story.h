#ifndef COWTOP_CMD_LOAD_STORY_H
#define COWTOP_CMD_LOAD_STORY_H

/*
 * From a recording to its story: what cowtop report and cowtop diff begin with.
 */
#include "base/err.h"
#include "base/when.h"
#include "cmd/recording.h"
#include "model/story.h"

struct story_request {
	struct when_span span; /* the part that is told */
	bool maps;          /* take two page maps along: of the master, and of the worker that copied most */
	struct when map_at; /* of which instant; open: of the end */
	bool stacks;        /* take call stacks along, when there are any */
};

/* Reads without any privilege: recording_begin(). Says a line about what is damaged. A recording without a sample is
 * an error, and so is a part without one. */
int load_story(struct recording_input *in, const struct story_request *how, struct story *ret,
	       struct err *err);

#endif
