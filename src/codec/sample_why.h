#ifndef COWTOP_CODEC_SAMPLE_WHY_H
#define COWTOP_CODEC_SAMPLE_WHY_H

/*
 * Why pages were copied (model/why_facts.h), as sections of a sample. Private to codec/sample*.c, and as in
 * sample_lists.h. But for numbers of workers, which are columns, and the inventory's own number they are of one sample,
 * and are not there in the next one unless they are told again.
 */
#include "codec/sample_lists.h"

void why_put(struct buf *out, const struct sample *now, const struct sample *before, const struct pairs *p);
/* One of its sections that are no columns. */
bool why_take(uint64_t tag, struct intake *in, struct sample *s);
/* A sample begins: what was of the one before is dropped. */
void why_begin(struct sample *s);

#endif
