#include "cmd/record_series.h"

#include <time.h>
#include "base/clock.h"
#include "cmd/record_rotate.h"
#include "cmd/ticks.h"

/* Bytes of page maps with one key frame; less when the file must stay small. */
#define MAPS_MOST ((uint64_t)256 << 10)
/* Bytes of a span of call stacks, before compression; less, too. */
#define STACKS_MOST ((uint64_t)512 << 10)
/* Each of the two takes one part in so many of --max-size. */
#define PART 8

/* Files after the first one are new in any case. */
static enum record_over over(const struct record_settings *set, bool first)
{
	return set->force && first ? OVER_FILE : OVER_NOTHING;
}

int record_series_check(const struct record_settings *set, struct err *err)
{
	if (set->rotate_ns && !set->force && rotate_former(set->output, err) < 0)
		return -1;
	return record_file_check(set->output, over(set, true), err);
}

static uint64_t at_most(const struct record_settings *set, uint64_t most)
{
	return set->max_size && set->max_size / PART < most ? set->max_size / PART : most;
}

int record_series_open(struct record_series *s, const struct record_settings *set, struct run *run,
		       struct err *err)
{
	s->set = set;
	s->run = run;
	s->maps.most = at_most(set, MAPS_MOST);
	s->stacks_most = at_most(set, STACKS_MOST);
	if (!set->stacks)
		return 0;
	return record_stacks_open(&s->stacks, &run->fs, &run->target, (uint32_t)set->every, err);
}

static int begin_file(struct record_series *s, const struct snapshot *snap, struct err *err)
{
	const struct record_setup setup = {
		.time_ns = snap->facts->time_ns,
		.interval_ns = s->interval_ns,
		.page_size = snap->facts->host.page_size,
		.creator = "cowtop " COWTOP_VERSION,
		.target = s->asked ? s->asked : snap->command,
	};

	record_maps_forget(&s->maps);
	s->file_began = clock_now();
	return record_file_begin(&s->file, s->set->output, over(s->set, !s->files), &setup, err);
}

static int write_sample(struct record_series *s, const struct snapshot *snap, struct err *err)
{
	bool key = recorder_key_next(s->file.recorder);

	if (record_file_sample(&s->file, snap->facts, err) < 0)
		return -1;
	if (record_stacks_write(&s->stacks, key, s->stacks_most, &s->file, err) < 0)
		return -1;
	if (!key || s->set->no_maps)
		return 0;
	return record_maps_write(&s->maps, snap, s->run->live, &s->file, err);
}

/* The sample that was just written to the old file begins the new one. */
static int next_file(struct record_series *s, const struct snapshot *snap, struct err *err)
{
	const char *path = s->set->output;

	if (record_file_end(&s->file, clock_ns(CLOCK_REALTIME), err) < 0)
		return -1;
	/* Another process may have moved the file. */
	if (record_file_is_named(&s->file) && rotate_aside(path, s->file.began_ns, err) < 0)
		return -1;
	s->files++;
	s->bytes += s->file.size;
	record_file_close(&s->file);
	if (begin_file(s, snap, err) < 0 || write_sample(s, snap, err) < 0)
		return -1;
	rotate_prune(path, &s->set->keep);
	return 0;
}

bool record_series_is_full(const struct record_series *s, unsigned int samples)
{
	return s->set->max_size && !record_file_has_room(&s->file, samples, s->set->max_size);
}

bool record_series_rotates(const struct record_series *s, int64_t wait_ns)
{
	/* A file begins a little behind its tick. */
	int64_t age = clock_now() - s->file_began + wait_ns / 2;

	if (!s->set->rotate_ns || !s->file.recorder)
		return false;
	return age >= s->set->rotate_ns || record_series_is_full(s, 2);
}

int record_series_write(struct record_series *s, const struct snapshot *snap, bool rotate, struct err *err)
{
	if (!s->file.recorder && begin_file(s, snap, err) < 0)
		return -1;
	if (write_sample(s, snap, err) < 0 || (rotate && next_file(s, snap, err) < 0))
		return -1;
	s->samples += !s->file.broken;
	s->last_ns = snap->facts->time_ns;
	return 0;
}

int record_series_mark(struct record_series *s, const char *text, struct err *err)
{
	return record_file_mark(&s->file, clock_ns(CLOCK_REALTIME), text, err);
}

int record_series_mark_sample(struct record_series *s, const char *text, struct err *err)
{
	return record_file_mark(&s->file, s->last_ns, text, err);
}

/* The span that no last sample has closed: the master is gone, or there was no room for a sample. */
static int end_stacks(struct record_series *s, struct err *err)
{
	uint64_t most = s->stacks_most, max = s->set->max_size;

	if (max && s->file.size + most > max)
		most = max > s->file.size ? max - s->file.size : 0;
	return record_stacks_write(&s->stacks, true, most, &s->file, err);
}

int record_series_end(struct record_series *s, bool closed, struct err *err)
{
	if (!s->samples)
		return 0;
	if (!closed && end_stacks(s, err) < 0)
		return -1;
	return record_file_end(&s->file, clock_ns(CLOCK_REALTIME), err);
}

void record_series_close(struct record_series *s)
{
	record_stacks_close(&s->stacks);
	record_file_close(&s->file);
	record_maps_release(&s->maps);
}

uint64_t record_series_size(const struct record_series *s)
{
	return s->bytes + s->file.size;
}
