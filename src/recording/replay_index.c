#include "recording/replay_index.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "codec/index.h"

/* Each record names the last index record, so a whole one near the end is enough. */
#define TAIL ((size_t)64 << 10)
#define TAIL_MAX ((uint64_t)32 << 20)
/* Two years at one sample a second, and what one index record may take. */
#define CHAIN_MAX 65536
#define INDEX_BYTES_MAX ((uint32_t)1 << 20)

static int is_index(struct replay_file *f, uint64_t at, struct record *r, struct err *err)
{
	int got = replay_record_at(f, at, r, err);

	return got > 0 ? r->type == RECORD_INDEX && r->payload <= INDEX_BYTES_MAX : got;
}

/* The last index record that a header among these bytes, which lie at `at`, is or names. */
static int search(struct replay_file *f, uint64_t at, const char *bytes, size_t len, uint64_t *ret,
		  struct err *err)
{
	size_t i = len;

	while (i-- > 0) {
		struct record r, index;
		uint64_t named;
		int got;

		if (len - i < RECORD_SIZE || bytes[i] != RECORD_MARKER[0] || !record_take(bytes + i, &r))
			continue;
		named = r.type == RECORD_INDEX ? at + i : r.index;
		if (!named || named > at + i)
			continue;
		got = is_index(f, named, &index, err);
		*ret = named;
		if (got)
			return got;
	}
	return 0;
}

static int find_last(struct replay_file *f, uint64_t begin, uint64_t *ret, struct err *err)
{
	cleanup_free char *bytes = xcalloc(TAIL, 1);
	uint64_t end = f->size;

	while (end > begin && f->size - end < TAIL_MAX) {
		uint64_t at = end - begin > TAIL ? end - TAIL : begin;
		ssize_t n = replay_file_read(f, at, bytes, (size_t)(end - at), err);
		int got = n < 0 ? -1 : search(f, at, bytes, (size_t)n, ret, err);

		if (got || at == begin)
			return got;
		/* A header may lie across the beginning of these bytes. */
		end = at + RECORD_SIZE;
	}
	return 0;
}

static int take_marks(struct replay_map *m, struct replay_file *f, const struct index *d, uint64_t *done,
		      struct err *err)
{
	for (size_t i = 0; i < d->nmarks && !m->marks_lost; i++) {
		uint64_t at = d->marks[i];
		struct record r;
		int got = 1;

		/* Marks in a row may be noted once: others than the recorder append them. */
		while (at >= *done && (got = replay_record_at(f, at, &r, err)) > 0 && r.type == RECORD_MARK &&
		       !m->marks_lost) {
			if (replay_map_add_mark(m, f, at, &r, err) < 0)
				return -1;
			at = *done = at + record_span(&r);
		}
		if (got < 0)
			return -1;
	}
	return 0;
}

static int take_spans(struct replay_map *m, struct replay_file *f, const struct index *d, struct err *err)
{
	for (size_t i = 0; i < d->nspans; i++) {
		struct record r;
		int got = replay_record_at(f, d->spans[i], &r, err);

		if (got < 0)
			return -1;
		if (got && r.type == RECORD_STACKS)
			replay_map_add_span(m, d->spans[i], &r);
	}
	return 0;
}

static int take_index(struct replay_map *m, struct replay_file *f, uint64_t at, uint64_t *marks_done,
		      struct err *err)
{
	cleanup(buf_release) struct buf payload = { 0 };
	cleanup(index_release) struct index d = { 0 };
	struct record r;
	int got = is_index(f, at, &r, err);

	if (got > 0)
		got = replay_payload(f, at, &r, &payload, err);
	if (got <= 0)
		return got;
	if (!index_take(payload.data, payload.len, at, &d))
		return 0;
	for (size_t i = 0; i < d.ngroups; i++) {
		const struct index_group *g = &d.groups[i];

		if (g->at < m->walked)
			return 0;
		replay_map_add_group(m, g->at, g->time_ns);
		m->samples += g->samples;
		m->walked = g->at + RECORD_SIZE;
	}
	if (take_marks(m, f, &d, marks_done, err) < 0 || take_spans(m, f, &d, err) < 0)
		return -1;
	m->walked = at;
	return 1;
}

/*
 * The last group's own records: an index has no time of its last sample, and a mark that came right
 * in front of the last index is not in it.
 */
static int take_last(struct replay_map *m, struct replay_file *f, uint64_t marks_done, struct err *err)
{
	uint64_t at = m->ngroups ? m->groups[m->ngroups - 1].at : m->walked;
	struct record r;
	int got = 1;

	for (; at < m->walked; at += record_span(&r)) {
		got = replay_record_at(f, at, &r, err);
		if (got <= 0)
			return got;
		if (r.type == RECORD_SAMPLE)
			m->last_ns = r.time_ns;
		if (r.type == RECORD_MARK && at >= marks_done && replay_map_add_mark(m, f, at, &r, err) < 0)
			return -1;
	}
	return at == m->walked;
}

/* In front of the first group there are marks at most: an index that leaves samples out is none. */
static int check_first(const struct replay_map *m, struct replay_file *f, uint64_t begin, struct err *err)
{
	uint64_t end = m->ngroups ? m->groups[0].at : m->walked, at = begin;
	struct record r;

	for (; at < end; at += record_span(&r)) {
		int got = replay_record_at(f, at, &r, err);

		if (got <= 0 || r.type == RECORD_SAMPLE)
			return got < 0 ? -1 : 0;
	}
	return 1;
}

/*
 * Fills an empty map up to the last index record. 1; 0: there is none, or one of them is damaged, and
 * the map is anything; -1.
 */
static int from_index(struct replay_map *m, struct replay_file *f, uint64_t begin, struct err *err)
{
	cleanup_free uint64_t *chain = NULL;
	uint64_t at = 0, marks_done = begin;
	size_t n = 0, cap = 0;
	int got = find_last(f, begin, &at, err);

	while (got > 0 && at) {
		struct record r;

		got = n < CHAIN_MAX ? is_index(f, at, &r, err) : 0;
		if (got <= 0 || r.index >= at)
			return got < 0 ? -1 : 0;
		vec_room(&chain, n, &cap);
		chain[n++] = at;
		at = r.index;
	}
	m->from_index = true;
	while (got > 0 && n > 0)
		got = take_index(m, f, chain[--n], &marks_done, err);
	if (got > 0)
		got = check_first(m, f, begin, err);
	return got > 0 ? take_last(m, f, marks_done, err) : got;
}

int replay_map_load(struct replay_map *m, struct replay_file *f, uint64_t begin, struct err *err)
{
	int got;

	replay_map_release(m);
	m->walked = begin;
	got = from_index(m, f, begin, err);
	if (got < 0)
		return -1;
	return got ? replay_map_walk(m, f, err) : replay_map_rebuild(m, f, begin, err);
}
