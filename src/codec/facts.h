#ifndef COWTOP_CODEC_FACTS_H
#define COWTOP_CODEC_FACTS_H

/*
 * A sample as bytes: sections with what changed since the sample before (cowtop-record(5), SAMPLES).
 * A key frame is the change since nothing, and is decoded alone. Both sides keep the last sample.
 */
#include "base/err.h"
#include "codec/bytes.h"
#include "model/sample.h"

#define FACTS_PROCESSES_MAX 16384
#define FACTS_LIST_MAX 131072 /* interpreters, settings, gaps: of all processes of a sample together */
#define FACTS_TEXT_MAX 4096   /* bytes of a process's longest string */

struct facts_rows;

struct facts {
	struct sample now; /* given last; taken last */
	struct facts_rows *rows; /* where its columns go */
};

/* A zeroed struct is not valid. */
void facts_init(struct facts *f);
void facts_release(struct facts *f);

/* Appends; -1 when the sample is beyond the limits above: nothing is appended then. */
int facts_put(struct facts *f, const struct sample *s, bool key, struct buf *out, struct err *err);
/*
 * Moves f->now on to the next sample. false: the bytes are damaged, f->now is a valid sample of no
 * meaning, and only a key frame brings sense again.
 */
bool facts_take(struct facts *f, bool key, const void *bytes, size_t len);

#endif
