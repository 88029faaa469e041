#include "recording/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "codec/frame.h"
#include "codec/index.h"
#include "codec/sample.h"
#include "codec/space.h"
#include "codec/stacks.h"
#include "codec/zip.h"

/*
 * Samples from one key frame to the next: what one flipped bit can cost, and what a jump decodes. Key
 * frames this far apart make up a twentieth of the file.
 */
#define GROUP_SAMPLES 60
/* Groups from one index record to the next: what has to be walked when the end of the file is gone. */
#define INDEX_GROUPS 16

struct recorder {
	struct sample_codec facts;
	struct zip *group;  /* the stream of this group */
	struct zip *single; /* streams of one record */
	struct buf raw, payload;
	struct index new;  /* since the last index record */
	uint64_t index_at; /* of the last index record; 0: none yet */
	uint64_t at;       /* where the next record goes */
	uint64_t written;  /* what of that is known to be in the file */
	uint32_t in_group; /* samples of this group so far */
	bool begun;
};

struct recorder *recorder_new(const struct record_setup *setup, struct buf *out)
{
	struct recorder *r = xcalloc(1, sizeof(*r));
	struct recording_head head = {
		.page_size = (uint32_t)setup->page_size,
		.time_ns = setup->time_ns,
		.interval_ns = setup->interval_ns,
	};
	size_t at = out->len;

	snprintf(head.creator, sizeof(head.creator), "%s", setup->creator ? setup->creator : "");
	snprintf(head.target, sizeof(head.target), "%s", setup->target ? setup->target : "");
	recording_head_put(out, &head);
	sample_codec_init(&r->facts);
	r->group = zip_new();
	r->single = zip_new();
	/* Compressed bytes are never more than the reader takes, nor are those inside. */
	r->raw.limit = r->payload.limit = RECORD_PAYLOAD_MAX;
	r->at = out->len - at;
	return r;
}

void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	sample_codec_release(&r->facts);
	zip_free(r->group);
	zip_free(r->single);
	buf_release(&r->raw);
	buf_release(&r->payload);
	index_release(&r->new);
	free(r);
}

static void add_record(struct recorder *r, struct record *record, const struct buf *payload, struct buf *out)
{
	size_t at = out->len;

	record->index = r->index_at;
	record_put(out, record, payload);
	r->at += out->len - at;
}

static void add_index(struct recorder *r, int64_t time_ns, struct buf *out)
{
	struct record record = { .type = RECORD_INDEX, .time_ns = time_ns };
	cleanup(buf_release) struct buf payload = { 0 };
	uint64_t at = r->at;

	index_put(&r->new, &payload);
	add_record(r, &record, &payload, out);
	index_clear(&r->new);
	r->index_at = at;
}

bool recorder_key_next(const struct recorder *r)
{
	return !r->begun || r->in_group >= GROUP_SAMPLES;
}

void recorder_want_key(struct recorder *r)
{
	r->in_group = GROUP_SAMPLES;
}

/* A sample that does not fit leaves the stream behind: the next one has to be a key frame. */
static int compress(struct recorder *r, const struct sample *s, bool key, struct err *err)
{
	buf_reset(&r->raw);
	buf_reset(&r->payload);
	r->raw.cut = false;
	if (sample_put(&r->facts, s, key, &r->raw, err) < 0)
		return -1;
	if (key)
		zip_restart(r->group);
	if (!r->raw.cut && zip_add(r->group, &r->raw, &r->payload))
		return 0;
	r->begun = false;
	return err_set(err, STATUS_FAILED, "a sample is larger than a recording can hold");
}

int recorder_sample(struct recorder *r, const struct sample *s, struct buf *out, struct err *err)
{
	bool key = recorder_key_next(r);
	struct record record = {
		.type = RECORD_SAMPLE,
		.flags = RECORD_ZSTD | (key ? RECORD_KEY : 0),
		.time_ns = s->time_ns,
		.number = key ? 0 : r->in_group,
	};

	if (compress(r, s, key, err) < 0)
		return -1;
	if (key && r->new.ngroups >= INDEX_GROUPS)
		add_index(r, s->time_ns, out);
	if (key) {
		index_add_group(&r->new, r->at, s->time_ns, 0);
		r->in_group = 0;
		r->begun = true;
	}
	r->new.groups[r->new.ngroups - 1].samples++;
	r->in_group++;
	add_record(r, &record, &r->payload, out);
	return 0;
}

int recorder_space(struct recorder *r, const struct address_space *a, struct buf *out, struct err *err)
{
	struct record record = {
		.type = RECORD_SPACE,
		.flags = RECORD_ZSTD,
		.time_ns = r->facts.now.time_ns,
		.number = (uint32_t)a->pid,
	};

	buf_reset(&r->raw);
	buf_reset(&r->payload);
	r->raw.cut = false;
	space_put(a, &r->raw);
	zip_restart(r->single);
	if (r->raw.cut || a->nregions > SPACE_REGIONS_MAX || !zip_add(r->single, &r->raw, &r->payload))
		return err_set(err, STATUS_FAILED,
			       "pid %d: its address space is larger than a "
			       "recording can hold",
			       (int)a->pid);
	add_record(r, &record, &r->payload, out);
	return 0;
}

/* In milliseconds, rounded up: a span that lasted has a length. */
static uint32_t span_length(const struct stacks *s)
{
	int64_t ms = s->span_ns / MILLISECOND + (s->span_ns % MILLISECOND > 0);

	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

int recorder_stacks(struct recorder *r, const struct stacks *s, struct buf *out, struct err *err)
{
	struct record record = {
		.type = RECORD_STACKS,
		.flags = RECORD_ZSTD,
		.time_ns = s->time_ns,
		.number = span_length(s),
	};

	buf_reset(&r->raw);
	buf_reset(&r->payload);
	r->raw.cut = false;
	zip_restart(r->single);
	if (!stacks_put(s, &r->raw) || r->raw.cut || !zip_add(r->single, &r->raw, &r->payload))
		return err_set(err, STATUS_FAILED,
			       "the call stacks are more than a recording can "
			       "hold");
	index_add_span(&r->new, r->at);
	add_record(r, &record, &r->payload, out);
	return 0;
}

/* One line: up to the first newline. */
void record_mark(int64_t time_ns, const char *text, struct buf *out)
{
	struct record record = { .type = RECORD_MARK, .time_ns = time_ns };
	cleanup(buf_release) struct buf payload = { .limit = RECORD_MARK_MAX };

	buf_add(&payload, text, strcspn(text, "\n"));
	record_put(out, &record, &payload);
}

void recorder_mark(struct recorder *r, int64_t time_ns, const char *text, struct buf *out)
{
	size_t at = out->len;

	index_add_mark(&r->new, r->at);
	record_mark(time_ns, text, out);
	r->at += out->len - at;
}

/* Marks are ascending, and those that moved are behind this one. */
static void note_foreign(struct recorder *r, uint64_t at)
{
	struct index *d = &r->new;

	index_add_mark(d, at);
	for (size_t i = d->nmarks - 1; i > 0 && d->marks[i - 1] > at; i--) {
		d->marks[i] = d->marks[i - 1];
		d->marks[i - 1] = at;
	}
}

/*
 * Somebody else appended in front of what was just written: that moved, and there is something to
 * look at. The groups that moved are those that begin behind what was written before.
 */
void recorder_written(struct recorder *r, uint64_t end)
{
	uint64_t shift = end > r->at ? end - r->at : 0;

	if (shift) {
		for (size_t i = r->new.ngroups; i-- > 0 && r->new.groups[i].at >= r->written;)
			r->new.groups[i].at += shift;
		for (size_t i = r->new.nmarks; i-- > 0 && r->new.marks[i] >= r->written;)
			r->new.marks[i] += shift;
		for (size_t i = r->new.nspans; i-- > 0 && r->new.spans[i] >= r->written;)
			r->new.spans[i] += shift;
		if (r->index_at >= r->written && r->index_at)
			r->index_at += shift;
		note_foreign(r, r->written);
		r->at = end;
	}
	r->written = r->at;
}

void recorder_end(struct recorder *r, int64_t time_ns, struct buf *out)
{
	struct record record = { .type = RECORD_END, .time_ns = time_ns };
	const struct buf nothing = { 0 };

	add_index(r, time_ns, out);
	add_record(r, &record, &nothing, out);
}
