#include "cmd/record_all.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "cmd/output.h"
#include "cmd/pools_set.h"
#include "cmd/record_folder.h"
#include "cmd/record_rotate.h"
#include "cmd/record_series.h"
#include "cmd/ticks.h"

/* What the budget earns in so many seconds can be spent on the first look at all pools. */
#define SAVED_S 20
/* A pool whose file could not be written is tried again after that; the folder is looked through as often. */
#define AGAIN_NS (60 * SECOND)

/* A pool and its files. */
struct pool_file {
	pid_t pid; /* and when that was started: who leads the pool */
	uint64_t start_ticks;
	struct record_settings set; /* with the file's name */
	struct buf path;
	struct run run; /* only its live, which is that of the pool's struct pools_one */
	struct record_series series;
	bool open, said;
	int64_t again_ns; /* not before */
	int64_t last_ns;  /* of the sample written last: CLOCK_MONOTONIC */
};

struct recorder_all {
	struct record_settings *set;
	struct procfs fs;
	struct pools_set pools;
	struct record_folder folder;
	struct pool_file **items;
	size_t n, cap;
	struct ticks ticks;
	uint64_t most;             /* bytes in the folder */
	uint64_t finished, pruned; /* files; how many there were when the folder was looked through */
	int64_t pruned_ns;
	uint64_t samples, pools_seen, bytes;
	bool said_full, said_find;
};

/* ---- one pool */

/* What is finished gets a name with its instant. */
static int finish(struct pool_file *p, struct err *err)
{
	const struct record_file *file = &p->series.file;

	if (file->broken)
		return 0;
	if (record_series_end(&p->series, true, err) < 0)
		return -1;
	return record_file_is_named(file) ? rotate_aside(p->path.data, file->began_ns, err) : 0;
}

static void end_files(struct recorder_all *r, struct pool_file *p)
{
	struct err err = { 0 };

	if (p->open && p->series.samples) {
		if (finish(p, &err) < 0)
			say("%s", err.msg);
		r->finished++;
		r->bytes += record_series_size(&p->series);
	}
	if (p->open)
		record_series_close(&p->series);
	p->open = false;
}

static void free_file(struct recorder_all *r, struct pool_file *p)
{
	end_files(r, p);
	buf_release(&p->path);
	free(p);
}

static struct pool_file *file_of(struct recorder_all *r, const struct pools_one *o)
{
	struct pool_file *p;

	for (size_t i = 0; i < r->n; i++)
		if (r->items[i]->pid == o->target.master && r->items[i]->start_ticks == o->target.start_ticks)
			return r->items[i];
	if ((r->n + 1) * 2 * RECORD_ALL_FILE > r->most) {
		if (!r->said_full)
			say("--max-size has room for %zu pools: others are not recorded", r->n);
		r->said_full = true;
		return NULL;
	}
	p = xcalloc(1, sizeof(*p));
	p->pid = o->target.master;
	p->start_ticks = o->target.start_ticks;
	vec_room(&r->items, r->n, &r->cap);
	r->items[r->n++] = p;
	r->pools_seen++;
	return p;
}

static int begin_files(struct recorder_all *r, struct pool_file *p, const struct pools_one *o,
		       struct err *err)
{
	record_folder_name(&r->folder, &o->snap, &p->path);
	p->set = *r->set;
	p->set.output = p->path.data;
	p->set.keep = (struct rotate_keep){ 0 };
	p->run = (struct run)RUN_NONE;
	p->run.live = o->live;
	p->series = (struct record_series){ .file = RECORD_FILE_NONE, .interval_ns = r->ticks.interval_ns };
	if (record_series_check(&p->set, err) < 0 ||
	    record_series_open(&p->series, &p->set, &p->run, err) < 0)
		return -1;
	p->open = true;
	return 0;
}

/* Files being written take half of --max-size at most. */
static uint64_t room_of_one(const struct recorder_all *r)
{
	uint64_t room = r->most / (2 * (r->n ?: 1));

	room = room > r->most / 8 ? r->most / 8 : room;
	return room > RECORD_ALL_FILE ? room : RECORD_ALL_FILE;
}

static int write_one(struct recorder_all *r, struct pool_file *p, struct pools_one *o, struct err *err)
{
	uint64_t files;

	if (!p->open && begin_files(r, p, o, err) < 0)
		return -1;
	p->set.max_size = room_of_one(r);
	files = p->series.files;
	if (record_series_write(&p->series, &o->snap, record_series_rotates(&p->series, r->ticks.interval_ns),
				err) < 0)
		return -1;
	r->finished += p->series.files - files;
	r->samples++;
	return 0;
}

/* A pool of which there is a new sample. What goes wrong with one of them is said once, and is tried again. */
static void keep_one(struct recorder_all *r, struct pools_one *o)
{
	struct err err = o->err;
	struct pool_file *p = file_of(r, o);

	if (!p || clock_now() < p->again_ns || (!*err.msg && (!o->shown || o->sample.mono_ns == p->last_ns)))
		return;
	if (!*err.msg)
		on_event_tell(r->set->events, &o->snap);
	if (!*err.msg && write_one(r, p, o, &err) == 0) {
		p->last_ns = o->sample.mono_ns;
		return;
	}
	if (!p->said && err.status != STATUS_NO_TARGET)
		say("pool %d: %s", (int)o->target.master, err.msg);
	p->said = true;
	if (!*o->err.msg) {
		end_files(r, p);
		p->again_ns = clock_now() + AGAIN_NS;
	}
}

/* ---- all of them */

static void drop_gone(struct recorder_all *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++) {
		if (pools_set_one(&r->pools, r->items[i]->pid, r->items[i]->start_ticks))
			r->items[kept++] = r->items[i];
		else
			free_file(r, r->items[i]);
	}
	r->n = kept;
}

/* A key frame is of all processes. */
static void want_whole(struct recorder_all *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct pool_file *p = r->items[i];
		struct pools_one *o = pools_set_one(&r->pools, p->pid, p->start_ticks);

		if (o && o->live && p->open && p->series.file.recorder &&
		    recorder_key_next(p->series.file.recorder))
			live_want_whole(o->live);
	}
}

static void prune(struct recorder_all *r)
{
	uint64_t current = 0;

	if (r->finished == r->pruned && clock_now() < r->pruned_ns + AGAIN_NS)
		return;
	r->pruned = r->finished;
	r->pruned_ns = clock_now();
	for (size_t i = 0; i < r->n; i++)
		current += r->items[i]->open ? r->items[i]->series.file.size : 0;
	record_folder_prune(&r->folder, &r->set->keep, current < r->most ? r->most - current : 0);
}

static void look(struct recorder_all *r)
{
	struct err err = { 0 };

	if (pools_set_find(&r->pools, &r->fs, &err) < 0 && !r->said_find) {
		say("%s", err.msg);
		r->said_find = true;
	}
	/* a pool that is gone closes its files while its live is there */
	drop_gone(r);
	want_whole(r);
	pools_set_look(&r->pools, &r->fs);
	for (size_t i = 0; i < r->pools.n; i++)
		keep_one(r, &r->pools.items[i]);
	prune(r);
	r->ticks.least_ns = pools_set_least(&r->pools);
}

/* Until the next tick; false: there is none any more. */
static bool wait_tick(struct recorder_all *r)
{
	struct pollfd over = { .events = POLLIN };
	int64_t until = ticks_next(&r->ticks), due;

	while (clock_now() < until) {
		over.fd = on_event_fd(r->set->events);
		due = on_event_due(r->set->events);
		if (ticks_pause(due < until ? due : until, &over, 1) == PAUSE_STOPPED)
			return false;
		on_event_step(r->set->events);
	}
	return r->ticks.next_ns < r->ticks.end_ns;
}

static void release(struct recorder_all *r)
{
	for (size_t i = 0; i < r->n; i++)
		free_file(r, r->items[i]);
	free(r->items);
	pools_set_release(&r->pools);
	procfs_release(&r->fs);
	record_folder_close(&r->folder);
}

static int run(struct recorder_all *r, struct err *err)
{
	const struct common_settings *common = &r->set->common;
	char size[16];
	int64_t looks = 0;
	int e = procfs_open(&r->fs, "/proc");

	if (e < 0)
		return err_errno(err, STATUS_FAILED, -e, "cannot open /proc");
	ticks_guard();
	ticks_start(&r->ticks, common->interval_ns ?: RECORD_ALL_INTERVAL, common->duration_ns);
	do
		look(r);
	while (++looks != common->count && wait_tick(r));
	/* the last sample of each */
	if (looks != common->count)
		look(r);
	while (r->n)
		free_file(r, r->items[--r->n]);
	r->pruned_ns = 0;
	prune(r);
	say("%llu sample%s of %llu pool%s, %s in %llu files in %s", (unsigned long long)r->samples,
	    r->samples == 1 ? "" : "s", (unsigned long long)r->pools_seen, r->pools_seen == 1 ? "" : "s",
	    units_format_size(size, (double)r->bytes), (unsigned long long)r->finished, r->set->all);
	return 0;
}

int record_all(struct record_settings *set, struct err *err)
{
	const struct common_settings *common = &set->common;
	cleanup(on_event_closep) struct on_event *events = set->on_event ? on_event_open(set->on_event) :
									   NULL;
	cleanup(release) struct recorder_all r = {
		.set = set,
		.fs = { .fd = -1 },
		.folder = RECORD_FOLDER_NONE,
		.pools = { .keep = true, .skip = true, .saved_s = SAVED_S },
		.most = set->max_size ?: RECORD_ALL_SIZE,
	};

	r.pools.share = common->budget > 0 ? common->budget : common->budget < 0 ? 0 : COMMON_BUDGET;
	set->events = events;
	set->rotate_ns = set->rotate_ns ?: RECORD_ALL_ROTATE;
	if (record_folder_open(&r.folder, set->all, err) < 0 || run(&r, err) < 0)
		return -1;
	on_event_finish(events);
	return 0;
}
