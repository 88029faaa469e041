#ifndef COWTOP_CODEC_SAMPLE_H
#define COWTOP_CODEC_SAMPLE_H

/*
 * A sample as bytes: sections with what changed since the sample before (cowtop-record(5), SAMPLES).
 * A key frame is the change since nothing, and is decoded alone. Both sides keep the last sample.
 */
#include "base/err.h"
#include "codec/bytes.h"
#include "model/sample.h"

#define SAMPLE_PROCESSES_MAX 16384
#define SAMPLE_LIST_MAX 131072 /* interpreters, settings, gaps: of all processes of a sample together */
#define SAMPLE_TEXT_MAX 4096   /* bytes of a process's longest string */

struct sample_rows;

struct sample_codec {
	struct sample now;        /* given last; taken last */
	struct sample_rows *rows; /* where its columns go */
};

/* A zeroed struct is not valid. */
void sample_codec_init(struct sample_codec *f);
void sample_codec_release(struct sample_codec *f);

/* Appends; -1 when the sample is beyond the limits above: nothing is appended then. */
int sample_put(struct sample_codec *f, const struct sample *s, bool key, struct buf *out, struct err *err);
/*
 * Moves f->now on to the next sample. false: the bytes are damaged, f->now is a valid sample of no
 * meaning, and only a key frame brings sense again.
 */
bool sample_take(struct sample_codec *f, bool key, const void *bytes, size_t len);

#endif
