#include "recording/replay_map.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/search.h"

/* 1.5 MiB; with 60 samples a group this is 45 days at one a second before groups are joined. */
#define GROUPS_MAX 65536
#define MARKS_MAX 16384
#define MARK_MAX 1000
/* 8 MiB; half a year at one a minute. */
#define SPANS_MAX 262144

void replay_map_release(struct replay_map *m)
{
	for (size_t i = 0; i < m->nmarks; i++)
		free(m->marks[i].text);
	free(m->marks);
	free(m->spans);
	free(m->groups);
	*m = (struct replay_map){ 0 };
}

static void join_groups(struct replay_map *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->ngroups; i += 2)
		m->groups[n++] = m->groups[i];
	m->ngroups = n;
}

void replay_map_add_group(struct replay_map *m, uint64_t at, int64_t time_ns)
{
	if (m->ngroups == GROUPS_MAX)
		join_groups(m);
	vec_room(&m->groups, m->ngroups, &m->groups_cap);
	m->groups[m->ngroups++] = (struct replay_group){ at, time_ns, m->samples };
}

int replay_map_add_mark(struct replay_map *m, struct replay_file *f, uint64_t at, const struct record *r,
			struct err *err)
{
	cleanup(buf_release) struct buf text = { 0 };
	int got;

	m->marks_lost |= m->nmarks == MARKS_MAX;
	if (m->marks_lost)
		return 0;
	got = r->payload <= MARK_MAX ? replay_payload(f, at, r, &text, err) : 0;
	if (got < 0)
		return -1;
	if (!got) {
		replay_map_damage(m, at, record_span(r), UINT64_MAX);
		return 0;
	}
	vec_room(&m->marks, m->nmarks, &m->marks_cap);
	m->marks[m->nmarks++] = (struct replay_mark){
		r->time_ns,
		xmemdupz(text.data ? text.data : "", text.len),
	};
	return 0;
}

void replay_map_add_span(struct replay_map *m, uint64_t at, const struct record *r)
{
	int64_t length = r->number * MILLISECOND;

	m->spans_lost |= m->nspans == SPANS_MAX;
	if (m->spans_lost)
		return;
	vec_room(&m->spans, m->nspans, &m->spans_cap);
	m->spans[m->nspans++] = (struct replay_span){
		.begin_ns = r->time_ns < INT64_MIN + length ? INT64_MIN : r->time_ns - length,
		.end_ns = r->time_ns,
		.at = at,
	};
}

void replay_map_damage(struct replay_map *m, uint64_t at, uint64_t bytes, uint64_t number)
{
	struct replay_damage *d = m->damages, *end = d + m->ndamages;

	while (d < end && d->at != at)
		d++;
	if (d == m->damages + REPLAY_DAMAGES_MAX) {
		m->more_damages = true;
		return;
	}
	if (d == end) {
		m->ndamages++;
		*d = (struct replay_damage){ at, bytes, number, 0 };
	}
	if (number == UINT64_MAX)
		return;
	if (d->first_lost == UINT64_MAX)
		d->first_lost = number;
	if (number >= d->first_lost && number - d->first_lost >= d->lost)
		d->lost = number - d->first_lost + 1;
}

/* What a sound header tells. */
static int take(struct replay_map *m, struct replay_file *f, uint64_t at, const struct record *r,
		struct err *err)
{
	if (r->type == RECORD_MARK)
		return replay_map_add_mark(m, f, at, r, err);
	if (r->type == RECORD_STACKS)
		replay_map_add_span(m, at, r);
	m->ended |= r->type == RECORD_END;
	if (r->type != RECORD_SAMPLE)
		return 0;
	if (r->flags & RECORD_KEY)
		replay_map_add_group(m, at, r->time_ns);
	/* What comes before the first key frame can never be read. */
	if (!m->ngroups) {
		replay_map_damage(m, at, record_span(r), UINT64_MAX);
		return 0;
	}
	m->samples++;
	m->last_ns = r->time_ns;
	return 0;
}

/*
 * No header, or a record that reaches behind the end of the file: either the file was cut, or is being
 * written, and the rest is one incomplete record; or the bytes are damaged, and another header follows.
 * It may lie in the record passed last: a killed recorder left half of that, and then came a mark.
 */
static int step_over(struct replay_map *m, struct replay_file *f, struct err *err)
{
	uint64_t begin = m->last_at ? m->last_at : m->walked, next;
	int got = replay_record_after(f, m->searched > begin ? m->searched : begin, f->size, &next, err);

	if (got < 0)
		return -1;
	if (!got) {
		m->searched = f->size > RECORD_SIZE ? f->size - RECORD_SIZE : 0;
		return 0;
	}
	/* A header right where one should be: it is only the record that is not there yet. */
	if (next < m->walked)
		replay_map_damage(m, begin, next - begin, UINT64_MAX);
	else if (next > m->walked)
		replay_map_damage(m, m->walked, next - m->walked, UINT64_MAX);
	m->walked = next;
	m->last_at = 0;
	return 1;
}

int replay_map_walk(struct replay_map *m, struct replay_file *f, struct err *err)
{
	struct record r;

	while (m->walked < f->size) {
		int got = replay_record_at(f, m->walked, &r, err);

		if (got > 0 && record_span(&r) <= f->size - m->walked) {
			if (take(m, f, m->walked, &r, err) < 0)
				return -1;
			m->last_at = m->walked;
			m->walked += record_span(&r);
			continue;
		}
		if (got >= 0)
			got = step_over(m, f, err);
		if (got <= 0)
			return got;
	}
	return 0;
}

int replay_map_rebuild(struct replay_map *m, struct replay_file *f, uint64_t begin, struct err *err)
{
	replay_map_release(m);
	m->walked = begin;
	return replay_map_walk(m, f, err);
}

size_t replay_map_group(const struct replay_map *m, uint64_t number)
{
	size_t behind = search(at, m->ngroups, m->groups[at].first <= number);

	return behind ? behind - 1 : 0;
}

size_t replay_map_group_at(const struct replay_map *m, int64_t time_ns, size_t at)
{
	/* Not by halves: the clock may have been set back, and there are few. */
	while (at + 1 < m->ngroups && m->groups[at + 1].time_ns <= time_ns &&
	       m->groups[at + 1].time_ns >= m->groups[at].time_ns)
		at++;
	return at;
}
