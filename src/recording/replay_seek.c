/* What is found by headers alone: a time, an address space. The place of reading stays. */
#include "base/cleanup.h"
#include "codec/space.h"
#include "recording/replay_reader.h"

/* Groups in front of a sample's own in which an address space of it is looked for. */
#define SPACE_GROUPS 16

/* Back to where it was, unless the map is a new one: then the next reading seeks. */
static void restore(struct replay_reader *r, const struct replay_place *place, bool sound, bool indexed)
{
	if (indexed != r->map->from_index)
		return;
	r->place = *place;
	r->sound = sound;
}

/* The last sample of the group in front of the first one after `time_ns`; is there such a one? */
static int last_in_group(struct replay_reader *r, int64_t time_ns, uint64_t *ret, bool *ret_found,
			 struct err *err)
{
	size_t group = r->place.group;

	for (;;) {
		struct record record;
		uint64_t at;
		int got = replay_reader_pass(r, &record, &at, err);

		if (got < 0 || got == STEP_REBUILT)
			return got;
		if (got == STEP_END || r->place.group != group)
			return 0;
		if (got != STEP_SAMPLE || record.type != RECORD_SAMPLE)
			continue;
		*ret_found = record.time_ns > time_ns;
		if (*ret_found)
			return 0;
		*ret = r->place.number - 1;
	}
}

int replay_reader_find_time(struct replay_reader *r, int64_t time_ns, uint64_t *ret, struct err *err)
{
	const struct replay_place place = r->place;
	bool sound = r->sound, indexed = r->map->from_index;
	const struct replay_map *m = r->map;
	uint64_t last = 0;
	bool found = false;
	size_t group = 0;
	int got = 0;

	if (!m->samples) {
		*ret = 0;
		return 0;
	}
	for (; !found && got == 0 && group < m->ngroups; group++) {
		group = replay_map_group_at(m, time_ns, group);
		got = replay_reader_seek(r, m->groups[group].first, err);
		if (got == 0)
			got = last_in_group(r, time_ns, &last, &found, err);
	}
	if (got == STEP_REBUILT)
		return replay_reader_find_time(r, time_ns, ret, err);
	if (got < 0)
		return -1;
	restore(r, &place, sound, indexed);
	*ret = last < m->samples ? last : m->samples - 1;
	return 0;
}

/* Where the last record of that address space up to sample `number` lies; at 0: there is none. */
static int space_in_group(struct replay_reader *r, pid_t pid, uint64_t number, struct record *ret,
			  uint64_t *ret_at, struct err *err)
{
	size_t group = r->place.group;

	*ret_at = 0;
	for (;;) {
		struct record record;
		uint64_t at;
		int got = replay_reader_pass(r, &record, &at, err);

		if (got < 0 || got == STEP_REBUILT)
			return got;
		if (got == STEP_END || r->place.group != group || r->place.number > number + 1)
			return 0;
		if (got == STEP_OTHER || record.type != RECORD_SPACE || record.number != (uint32_t)pid)
			continue;
		*ret = record;
		*ret_at = at;
	}
}

static int take_space(struct replay_reader *r, uint64_t at, const struct record *record,
		      struct address_space *ret, struct err *err)
{
	cleanup(buf_release) struct buf raw = { 0 };
	int got = replay_unpack(r->file, at, record, &raw, err);
	bool good;

	if (got < 0)
		return -1;
	good = got && space_take(raw.data, raw.len, ret);
	if (good)
		ret->time_ns = record->time_ns;
	else
		replay_map_damage(r->map, at, record_span(record), UINT64_MAX);
	return good;
}

int replay_reader_space(struct replay_reader *r, pid_t pid, uint64_t number, struct address_space *ret,
			struct err *err)
{
	const struct replay_place place = r->place;
	bool sound = r->sound, indexed = r->map->from_index;
	struct record record;
	uint64_t at = 0;
	size_t group;
	int got = 0;

	if (!r->map->samples)
		return 0;
	group = replay_map_group(r->map, number);
	for (size_t tried = 0; !got && !at && tried <= SPACE_GROUPS && tried <= group; tried++) {
		got = replay_reader_seek(r, r->map->groups[group - tried].first, err);
		if (got == 0)
			got = space_in_group(r, pid, number, &record, &at, err);
	}
	if (got == STEP_REBUILT)
		return replay_reader_space(r, pid, number, ret, err);
	if (got < 0)
		return -1;
	restore(r, &place, sound, indexed);
	return at ? take_space(r, at, &record, ret, err) : 0;
}
