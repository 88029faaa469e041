#ifndef COWTOP_CMD_MOMENT_H
#define COWTOP_CMD_MOMENT_H

/* A sample with its figures, which borrow from it: it stays where it was made. */
#include "model/snapshot.h"

struct moment {
	uint64_t number; /* in a recording: of the sample, from 0 on */
	struct sample sample;
	struct snapshot snap;
};

static inline void moment_release(struct moment *m)
{
	snapshot_release(&m->snap);
	sample_release(&m->sample);
	*m = (struct moment){0};
}

#endif
