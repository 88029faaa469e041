#ifndef COWTOP_CMD_REPLAY_FRAMES_H
#define COWTOP_CMD_REPLAY_FRAMES_H

/* Frames made of a recording, in the thread of the view: for struct frame_maker. */
#include "cmd/live_sampler.h"
#include "cmd/recording.h"

struct replay_frames {
	struct recording *recording;
	size_t marks;         /* that were handed over */
	int64_t time_ns;      /* of the last sample */
	struct stacks stacks; /* of the spans up to it */
	size_t spans;         /* so many of them */
};

void replay_frames_release(struct replay_frames *t);
void replay_frames_make(void *data, const struct wish *wish, struct live_frame *f);
int replay_frames_space(void *data, pid_t pid, struct address_space *ret, struct err *err);
struct live_stacks *replay_frames_stacks(void *data, const struct stacks_wish *wish);

#endif
