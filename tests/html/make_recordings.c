/*
 * Recordings with known truth, for the tests of report and diff: saga DIR writes
 *
 *	ordinary.cow  the one of tests/golden/report.txt
 *	better.cow    the same pool, which keeps more: tests/golden/report-diff.txt
 *	hostile.cow   every string in it tries to get out of a page
 *	little.cow    no memory could be read
 *	none.cow      no sample
 *	estimate.cow  the ordinary one, without frame numbers
 *	flag.cow      ten minutes of it on a kernel that tells exclusive pages
 *	noflag.cow    the same on one that does not
 *	late.cow      ten minutes, and 40 s after the last sample a mark of 1000 bytes
 */
#include "lib/eroding_pool.h"

#include <fcntl.h>
#include <unistd.h>
#include "recording/recorder.h"

struct made_recording {
	struct eroding_pool eroding_pool;
	double from;
	const char *mark; /* at 1800 s, or with every sample when `hostile` */
	bool hostile, hidden, empty, estimate;
	struct kernel_facts properties;
	const char *late;
};

static void record_one(const struct made_recording *t, double second, struct recorder *r, struct buf *out)
{
	cleanup(sample_release) struct sample s;

	eroding_pool_sample(&t->eroding_pool, second, &s);
	s.host.properties = t->properties;
	if (t->hostile)
		eroding_pool_make_hostile(&s);
	for (size_t i = 0; t->hidden && i < s.nprocs; i++)
		fixture_hide_pages(&s.procs[i], LEVEL_NONE);
	for (size_t i = 0; t->estimate && i < s.nprocs; i++)
		s.procs[i].level = LEVEL_ESTIMATE;
	if (t->hidden || t->estimate)
		s.footprint_pages = ABSENT;
	if (t->mark && (t->hostile || second == 1800))
		recorder_mark(r, s.time_ns, t->mark, out);
	if (recorder_sample(r, &s, out, NULL) < 0)
		abort();
}

static void add_space(const struct made_recording *t, struct recorder *r, struct buf *out)
{
	cleanup(address_space_release) struct address_space space = { 0 };

	eroding_pool_space(&space);
	if (t->hostile) {
		free(space.regions[0].name);
		space.regions[0].name = xstrdup(hostile_text);
	}
	if (recorder_space(r, &space, out, NULL) < 0)
		abort();
}

static void tape_write(const struct made_recording *t, struct buf *out)
{
	struct record_setup setup = {
		.time_ns = FIXTURE_BEGIN,
		.interval_ns = (int64_t)(t->eroding_pool.interval * FIXTURE_SECOND),
		.page_size = FIXTURE_PAGE,
		.creator = "saga",
		.target = t->hostile ? hostile_text : "gunicorn",
	};
	struct recorder *r = recorder_new(&setup, out);
	double second = t->from;
	bool key = false;

	for (; !t->empty && second <= t->eroding_pool.seconds + 1e-9; second += t->eroding_pool.interval) {
		key = recorder_key_next(r);
		record_one(t, second, r, out);
		if (key && !t->hidden)
			add_space(t, r, out);
	}
	if (t->late)
		recorder_mark(r, FIXTURE_BEGIN + (int64_t)((t->eroding_pool.seconds + 40) * FIXTURE_SECOND),
			      t->late, out);
	recorder_end(r, FIXTURE_BEGIN + (int64_t)(second * FIXTURE_SECOND), out);
	recorder_free(r);
}

static void save(const char *dir, const char *name, const struct made_recording *t)
{
	cleanup(buf_release) struct buf out = { 0 };
	cleanup_close int fd = -1;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	tape_write(t, &out);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, out.data, out.len) != (ssize_t)out.len)
		abort();
}

int main(int argc, char *argv[])
{
	struct made_recording t = { .eroding_pool = eroding_pool_ordinary, .mark = "deploy" };
	char late[1001] = "";
	size_t i;

	if (argc != 2)
		return 2;
	save(argv[1], "ordinary.cow", &t);
	t.eroding_pool.rest = 20000;
	t.eroding_pool.collect = false;
	save(argv[1], "better.cow", &t);
	t = (struct made_recording){
		.eroding_pool = eroding_pool_ordinary, .from = 2600, .mark = hostile_text, .hostile = true
	};
	t.eroding_pool.seconds = 2760;
	save(argv[1], "hostile.cow", &t);
	t = (struct made_recording){ .eroding_pool = eroding_pool_ordinary, .hidden = true };
	t.eroding_pool.seconds = 0;
	t.eroding_pool.collect = false;
	save(argv[1], "little.cow", &t);
	t.empty = true;
	save(argv[1], "none.cow", &t);
	t = (struct made_recording){ .eroding_pool = eroding_pool_ordinary,
				     .mark = "deploy",
				     .estimate = true };
	save(argv[1], "estimate.cow", &t);
	t = (struct made_recording){ .eroding_pool = eroding_pool_ordinary };
	t.eroding_pool.seconds = 600;
	kernel_set(&t.properties, KERNEL_FLAG, true);
	save(argv[1], "flag.cow", &t);
	kernel_set(&t.properties, KERNEL_FLAG, false);
	save(argv[1], "noflag.cow", &t);
	for (i = 0; i < 500; i++)
		memcpy(late + 2 * i, "\xc3\xa9", 2);
	t = (struct made_recording){ .eroding_pool = eroding_pool_ordinary, .late = late };
	t.eroding_pool.seconds = 600;
	save(argv[1], "late.cow", &t);
	return 0;
}
