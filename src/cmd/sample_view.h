#ifndef COWTOP_CMD_SAMPLE_VIEW_H
#define COWTOP_CMD_SAMPLE_VIEW_H

/* A sample with its figures, which borrow from it: it stays where it was made. */
#include "model/snapshot.h"

struct sample_view {
	uint64_t number; /* in a recording: of the sample, from 0 on */
	struct sample sample;
	struct snapshot snap;
};

static inline void sample_view_release(struct sample_view *m)
{
	snapshot_release(&m->snap);
	sample_release(&m->sample);
	*m = (struct sample_view){ 0 };
}

#endif
