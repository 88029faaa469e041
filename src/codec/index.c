#include "codec/index.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "base/cleanup.h"

enum {
	DIRECTORY_GROUPS = 1,
	DIRECTORY_MARKS = 2,
	DIRECTORY_SPANS = 3,
};

void index_add_group(struct index *d, uint64_t at, int64_t time_ns, uint32_t samples)
{
	vec_room(&d->groups, d->ngroups, &d->groups_cap);
	d->groups[d->ngroups++] = (struct index_group){ at, time_ns, samples };
}

void index_add_mark(struct index *d, uint64_t at)
{
	vec_room(&d->marks, d->nmarks, &d->marks_cap);
	d->marks[d->nmarks++] = at;
}

void index_add_span(struct index *d, uint64_t at)
{
	vec_room(&d->spans, d->nspans, &d->spans_cap);
	d->spans[d->nspans++] = at;
}

static void put_offsets(struct buf *out, unsigned int tag, const uint64_t *offsets, size_t n)
{
	cleanup(buf_release) struct buf body = { 0 };
	uint64_t at = 0;

	put_varint(&body, n);
	for (size_t i = 0; i < n; i++) {
		put_varint(&body, offsets[i] - at);
		at = offsets[i];
	}
	put_section(out, tag, &body);
}

void index_put(const struct index *d, struct buf *out)
{
	cleanup(buf_release) struct buf groups = { 0 };
	uint64_t at = 0;
	int64_t time = 0;

	put_varint(&groups, d->ngroups);
	for (size_t i = 0; i < d->ngroups; i++) {
		const struct index_group *g = &d->groups[i];

		put_varint(&groups, g->at - at);
		put_signed(&groups, g->time_ns - time);
		put_varint(&groups, g->samples);
		at = g->at;
		time = g->time_ns;
	}
	put_section(out, DIRECTORY_GROUPS, &groups);
	put_offsets(out, DIRECTORY_MARKS, d->marks, d->nmarks);
	if (d->nspans)
		put_offsets(out, DIRECTORY_SPANS, d->spans, d->nspans);
}

/* The next offset: behind the last one and in front of `before`. */
static bool take_offset(struct intake *in, uint64_t before, uint64_t *at)
{
	uint64_t step = take_varint(in);

	if (in->bad || !step || *at >= before || step >= before - *at)
		return false;
	*at += step;
	return true;
}

static bool take_groups(struct intake *in, uint64_t before, struct index *d)
{
	size_t n = take_count(in, 3, SIZE_MAX);
	uint64_t at = 0, time = 0, samples;

	for (size_t i = 0; i < n; i++) {
		if (!take_offset(in, before, &at))
			return false;
		time += (uint64_t)take_signed(in);
		samples = take_varint(in);
		if (in->bad || !samples || samples > UINT32_MAX)
			return false;
		index_add_group(d, at, (int64_t)time, (uint32_t)samples);
	}
	return !in->bad;
}

/* `add`: index_add_mark() or index_add_span() */
static bool take_offsets(struct intake *in, uint64_t before, struct index *d,
			 void (*add)(struct index *d, uint64_t at))
{
	size_t n = take_count(in, 1, SIZE_MAX);
	uint64_t at = 0;

	for (size_t i = 0; i < n; i++) {
		if (!take_offset(in, before, &at))
			return false;
		add(d, at);
	}
	return !in->bad;
}

bool index_take(const void *bytes, size_t len, uint64_t before, struct index *ret)
{
	struct intake in = intake_of(bytes, len), body;
	struct index d = { 0 };
	uint64_t tag;
	bool good = true;

	while (good && take_section(&in, &tag, &body)) {
		if (tag == DIRECTORY_GROUPS)
			good = !d.ngroups && take_groups(&body, before, &d);
		else if (tag == DIRECTORY_MARKS)
			good = !d.nmarks && take_offsets(&body, before, &d, index_add_mark);
		else if (tag == DIRECTORY_SPANS)
			good = !d.nspans && take_offsets(&body, before, &d, index_add_span);
	}
	if (!good || in.bad) {
		index_release(&d);
		*ret = (struct index){ 0 };
		return false;
	}
	*ret = d;
	return true;
}

void index_clear(struct index *d)
{
	d->ngroups = d->nmarks = d->nspans = 0;
}

void index_release(struct index *d)
{
	free(d->groups);
	free(d->marks);
	free(d->spans);
	*d = (struct index){ 0 };
}
