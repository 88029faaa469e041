#ifndef COWTOP_CMD_RECORD_WHY_H
#define COWTOP_CMD_RECORD_WHY_H

/*
 * What tells why pages were copied, for the samples of a recording: `cowtop record --why`.
 *
 *	record_why_open(&w);
 *	record_why_look(&w, &run, last, &sample);	// before it is analysed
 *	record_why_tell(&w, begins, analysis, &sample);	// behind that, of each key frame
 *	record_why_close(&w);
 */
#include "analysis/analysis.h"
#include "cmd/run.h"
#include "pool/why_watch.h"

struct record_why {
	struct why_watch *watch; /* NULL: not asked for, nothing is done */
	bool told;               /* with the key frame before: all that was seen until then */
};

void record_why_open(struct record_why *w);
/* What was written on copies is read with the `last` sample of a file, which takes longer. */
void record_why_look(struct record_why *w, struct run *run, bool last, struct sample *s);
/* A file `begins` with all that was seen until then, and every other key frame has that once more: a jump reads two
 * groups of samples (cmd/recording.h). */
void record_why_tell(struct record_why *w, bool begins, struct analysis *a, struct sample *s);
void record_why_close(struct record_why *w);

#endif
