#ifndef COWTOP_CODEC_STACKS_H
#define COWTOP_CODEC_STACKS_H

/*
 * Call stacks of a span (model/stacks.h) as bytes: sections, as codec/bytes.h has them, whose numbers
 * are varints unless said otherwise. A text that may be missing is its length and one, then its bytes;
 * a count that may be missing is itself and one.
 *
 *	1 head       time_ns (signed) span_ns method master_covered period stack_bytes page_size cost_ns
 *	             lost unwinds memo_hits
 *	2 functions  how many; each: kind object name file line offset
 *	3 traces     how many; each: leaf << 2 | truncated << 1 | kernel, nframes, frames
 *	4 processes  how many; each: pid start_ticks parent comm master copies faults lost
 *	5 counts     how many, kinds of events; each: trace process, samples of each kind
 *	6 gaps       how many; each: what (string) error (signed) needs (string)
 *	7 symbols    to the end: function text, of those functions that have one
 */
#include "codec/bytes.h"
#include "model/stacks.h"

#define STACKS_FUNCTIONS_MAX (1 << 20)
#define STACKS_TRACES_MAX (1 << 20)
#define STACKS_FRAMES_MAX 1024 /* of a trace */
#define STACKS_COUNTS_MAX (1 << 22)
#define STACKS_PROCESSES_MAX 16384
#define STACKS_GAPS_MAX 64
#define STACKS_TEXT_MAX 65536
#define STACKS_PERIOD_MAX (1 << 20)
#define STACKS_SAMPLES_MAX (INT64_C(1) << 40) /* of one count */

/* Appends; false when something is beyond these limits: nothing is appended then. */
bool stacks_put(const struct stacks *s, struct buf *out);
/* false: damaged; `ret` is then empty. */
bool stacks_take(const void *bytes, size_t len, struct stacks *ret);

#endif
