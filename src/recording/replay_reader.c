#include "recording/replay_reader.h"

#include "base/cleanup.h"

/* With less in front of it a thread is not worth its beginning. */
#define AHEAD_LEAST ((uint64_t)1 << 20)

void replay_reader_open(struct replay_reader *r, struct replay_file *file, struct replay_map *map,
			uint64_t begin)
{
	*r = (struct replay_reader){ .file = file, .map = map, .begin = begin };
	r->place.group = SIZE_MAX;
	sample_codec_init(&r->facts);
	r->unzip = unzip_new();
	/* One byte more than is allowed: see unzip_add(). */
	r->raw.limit = r->payload.limit = RECORD_PAYLOAD_MAX + 1;
}

void replay_reader_release(struct replay_reader *r)
{
	ahead_stop(r->ahead);
	sample_codec_release(&r->facts);
	unzip_free(r->unzip);
	buf_release(&r->payload);
	buf_release(&r->raw);
}

static void enter_group(struct replay_reader *r, size_t group)
{
	const struct replay_group *g = &r->map->groups[group];

	r->place = (struct replay_place){ g->at, g->first, group, true };
	r->sound = false;
}

/* What an index says is believed until a record is not where it should be; then all are walked, once. */
static int rebuild(struct replay_reader *r, struct err *err)
{
	r->sound = false;
	r->place = (struct replay_place){ .group = SIZE_MAX };
	return replay_map_rebuild(r->map, r->file, r->begin, err) < 0 ? -1 : STEP_REBUILT;
}

int replay_reader_seek(struct replay_reader *r, uint64_t number, struct err *err)
{
	struct record record;
	int got;

	enter_group(r, replay_map_group(r->map, number));
	if (!r->map->from_index)
		return 0;
	got = replay_record_at(r->file, r->place.at, &record, err);
	if (got < 0)
		return -1;
	if (got && record.type == RECORD_SAMPLE && record.flags & RECORD_KEY)
		return 0;
	return rebuild(r, err);
}

/* Bytes that are no record: on to the next header, or to the end. */
static int pass_damage(struct replay_reader *r, uint64_t end, struct err *err)
{
	uint64_t found = end;

	if (replay_record_after(r->file, r->place.at, end, &found, err) < 0)
		return -1;
	replay_map_damage(r->map, r->place.at, found - r->place.at, UINT64_MAX);
	if (r->sound)
		r->damaged_at = r->place.at;
	r->sound = r->place.chained = false;
	r->place.at = found;
	return STEP_OTHER;
}

/* Over the border to the next group, where it must be by the map. */
static int pass_border(struct replay_reader *r, struct err *err)
{
	const struct replay_map *m = r->map;
	const struct replay_group *next;
	bool there;

	if (r->place.group + 1 >= m->ngroups)
		return 0;
	next = &m->groups[r->place.group + 1];
	there = r->place.at == next->at && r->place.number == next->first;
	if (m->from_index && r->place.chained && !there &&
	    (r->place.at >= next->at || r->place.number > next->first))
		return rebuild(r, err);
	if (r->place.at < next->at)
		return 0;
	r->place = (struct replay_place){ next->at, next->first, r->place.group + 1, true };
	r->sound &= there;
	return 0;
}

int replay_reader_pass(struct replay_reader *r, struct record *ret, uint64_t *ret_at, struct err *err)
{
	uint64_t end;
	int got = pass_border(r, err);

	if (got)
		return got;
	end = r->map->walked;
	if (r->place.at >= end)
		return STEP_END;
	got = replay_record_at(r->file, r->place.at, ret, err);
	if (got < 0)
		return -1;
	if (!got || record_span(ret) > end - r->place.at)
		return pass_damage(r, end, err);
	*ret_at = r->place.at;
	r->place.at += record_span(ret);
	r->place.number += ret->type == RECORD_SAMPLE;
	return STEP_SAMPLE;
}

static void end_ahead(struct replay_reader *r)
{
	ahead_stop(r->ahead);
	r->ahead = NULL;
}

/* Whoever comes to a key frame from a sample that is not in front of it has jumped, or passed damage. */
static void begin_key(struct replay_reader *r, uint64_t at)
{
	if (r->ahead && !r->sound)
		end_ahead(r);
	if (!r->ahead && r->reads_on && r->map->walked - at >= AHEAD_LEAST)
		r->ahead = ahead_start(r->file, at, r->map->walked, r->unzip);
}

/* 1: it is in *ret; 0: it is damaged; -1. */
static int process_unpack(struct replay_reader *r, uint64_t at, const struct record *record, const char **ret,
			  size_t *ret_len, struct err *err)
{
	const struct buf *facts = &r->payload;
	int got;

	if (record->flags & RECORD_KEY)
		begin_key(r, at);
	if (r->ahead) {
		got = ahead_take(r->ahead, at, ret, ret_len);
		if (got >= 0)
			return got;
		end_ahead(r);
	}
	got = replay_payload(r->file, at, record, &r->payload, err);
	if (got <= 0)
		return got;
	if (record->flags & RECORD_ZSTD) {
		if (record->flags & RECORD_KEY)
			unzip_restart(r->unzip);
		buf_reset(&r->raw);
		if (!unzip_add(r->unzip, r->payload.data, r->payload.len, &r->raw))
			return 0;
		facts = &r->raw;
	}
	*ret = facts->data;
	*ret_len = facts->len;
	return 1;
}

/* 1: it is in r->facts; 0: it is damaged; -1. */
static int decode(struct replay_reader *r, uint64_t at, const struct record *record, struct err *err)
{
	const char *facts;
	size_t len;
	int got = process_unpack(r, at, record, &facts, &len, err);

	return got > 0 ? sample_take(&r->facts, record->flags & RECORD_KEY, facts, len) : got;
}

/* The next record; a sample is decoded. */
static int step(struct replay_reader *r, struct err *err)
{
	struct record record;
	uint64_t at;
	int got = replay_reader_pass(r, &record, &at, err);
	bool key, follows;

	if (got != STEP_SAMPLE)
		return got;
	if (record.type != RECORD_SAMPLE)
		return STEP_OTHER;
	key = record.flags & RECORD_KEY;
	follows = r->sound && record.number == r->in_group;
	got = key || follows ? decode(r, at, &record, err) : 0;
	if (got < 0)
		return -1;
	/* It is the damage itself, or the first one behind what is missing; else the old damage lasts. */
	if (!got && (key || r->sound))
		r->damaged_at = at;
	r->sound = got;
	r->in_group = record.number + 1;
	if (got)
		return STEP_SAMPLE;
	replay_map_damage(r->map, r->damaged_at, record_span(&record), r->place.number - 1);
	return STEP_LOST;
}

/* Go on from where it is when that sample is ahead in this group; else from the group's beginning. */
static int approach(struct replay_reader *r, uint64_t number, struct err *err)
{
	const struct replay_group *g = &r->map->groups[replay_map_group(r->map, number)];

	if (r->sound && r->place.number <= number && r->place.number > g->first)
		return 0;
	if (r->sound && r->place.number == number)
		return 0; /* the usual way on, into the next group */
	return replay_reader_seek(r, number, err);
}

int replay_reader_forward(struct replay_reader *r, uint64_t number, struct err *err)
{
	int got;

	if (number >= r->map->samples)
		return 0;
	if (r->sound && r->place.number == number + 1)
		return 1;
	got = approach(r, number, err);
	while (got >= 0 && got != STEP_REBUILT) {
		got = step(r, err);
		if (got == STEP_END)
			return 0;
		if (got == STEP_SAMPLE && r->place.number > number)
			return 1;
	}
	return got < 0 ? -1 : replay_reader_forward(r, number, err);
}

/* The last sample of the group at hand that can be decoded and is not behind `number`; or NONE. */
static int last_of_group(struct replay_reader *r, uint64_t number, uint64_t *ret, struct err *err)
{
	size_t group = r->place.group;

	*ret = UINT64_MAX;
	while (r->place.number <= number) {
		int got = step(r, err);

		if (got < 0 || got == STEP_REBUILT)
			return got;
		if (got == STEP_END || r->place.group != group)
			break;
		if (got == STEP_SAMPLE)
			*ret = r->place.number - 1;
	}
	return 0;
}

int replay_reader_backward(struct replay_reader *r, uint64_t number, struct err *err)
{
	uint64_t last = UINT64_MAX;
	int got = 0;

	if (!r->map->samples)
		return 0;
	if (number >= r->map->samples)
		number = r->map->samples - 1;
	for (size_t group = replay_map_group(r->map, number) + 1; group-- > 0;) {
		got = replay_reader_seek(r, r->map->groups[group].first, err);
		if (got == 0)
			got = last_of_group(r, number, &last, err);
		if (got || last != UINT64_MAX)
			break;
	}
	if (got == STEP_REBUILT)
		return replay_reader_backward(r, number, err);
	if (got < 0 || last == UINT64_MAX)
		return got;
	return replay_reader_forward(r, last, err);
}
