#ifndef COWTOP_CODEC_SAMPLE_LISTS_H
#define COWTOP_CODEC_SAMPLE_LISTS_H

/*
 * What a process has that is no column: texts, gaps, settings, interpreters. Private to
 * codec/sample*.c. Each is one section, which names the processes whose list changed and gives it
 * whole. The take functions return false when the section is damaged or beyond the limits; the
 * sample is then valid and of no meaning.
 */
#include "codec/sample.h"

/* Processes of a sample and the same ones in the sample before. */
struct pairs {
	const struct proc_sample **now, **before; /* `before` of a new one: an empty process */
	size_t n;
};

void texts_put(struct buf *out, const struct pairs *p);
bool texts_take(struct intake *in, struct sample *s);
void gaps_put(struct buf *out, const struct pairs *p);
bool gaps_take(struct intake *in, struct sample *s);
void settings_put(struct buf *out, const struct pairs *p);
bool settings_take(struct intake *in, struct sample *s);
/* How many interpreters each process has, for all of them; new ones begin with nothing known. */
void interpreters_put(struct buf *out, const struct pairs *p);
bool interpreters_take(struct intake *in, struct sample *s);

#endif
