/* Metrics of many pools stay within their limit, as text and as lines that collectors read; groups are sums, counters
 * never fall, and every sample is written once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/alloc.h"
#include "model/metric_set.h"
#include "sink/openmetrics.h"
#include "sink/otlp.h"

#define MIB ((figure)(1 << 20))

/* A master and workers, of which each has so many MiB of RSS. */
static void make_pool(struct sample *f, struct snapshot *s, size_t workers)
{
	sample_init(f);
	f->host.page_size = 4096;
	f->nprocs = s->nprocs = workers + 1;
	f->procs = xcalloc(f->nprocs, sizeof(*f->procs));
	s->procs = xcalloc(s->nprocs, sizeof(*s->procs));
	s->facts = f;
	for (size_t i = 0; i <= workers; i++) {
		proc_sample_init(&f->procs[i]);
		f->procs[i].pid = (pid_t)(100 + i);
		f->procs[i].forked = true;
		f->procs[i].state = 'S';
		f->procs[i].minflt = 10;
		f->procs[i].comm = xstrdup("");
		f->procs[i].cmdline = xstrdup("");
		f->procs[i].user = xstrdup("");
		s->procs[i].facts = &f->procs[i];
		s->procs[i].role = i ? ROLE_WORKER : ROLE_MASTER;
		s->procs[i].slot = (int)i;
		s->procs[i].figures.memory.rss = (figure)(i + 1) * MIB;
		s->procs[i].figures.cow_broken_ratio = i % 2 ? 0.5 : UNKNOWN;
	}
}

static void free_pool(struct sample *f, struct snapshot *s)
{
	snapshot_release(s);
	sample_release(f);
}

static size_t lines_of(const struct buf *text)
{
	size_t n = 0;

	for (const char *at = text->data; at && *at; at = strchr(at, '\n') + 1)
		n += *at != '#';
	return n;
}

/* Of lines that begin and end as such, none longer than a MiB. */
static size_t points_of(const struct buf *text)
{
	size_t n = 0;

	for (const char *at = text->data, *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		assert_non_null(end);
		assert_true(end - at < 1 << 20);
		assert_int_equal(strncmp(at, OTLP_BEGINS, strlen(OTLP_BEGINS)), 0);
		assert_int_equal(strncmp(end - 6, "]}]}]}", 6), 0);
		while ((at = strstr(at, "\"timeUnixNano\"")) && at++ < end)
			n++;
	}
	return n;
}

static void test_metric_set__many_pools_are_bounded(void **state)
{
	enum { POOLS = 200, WORKERS = 100 };
	struct metric_pool pools[POOLS + 200] = { 0 };
	struct metric_set set = { .pools = pools, .n = POOLS };
	struct metric_counts counts;
	struct snapshot snap = { 0 };
	struct sample sample;
	char names[POOLS + 200][16];
	struct buf text = { 0 };
	size_t i, left_out = 0, grouped = 0, samples;

	make_pool(&sample, &snap, WORKERS);
	metric_counts_init(&counts);
	metric_counts_next(&counts, &snap);
	for (i = 0; i < POOLS + 200; i++) {
		snprintf(names[i], sizeof(names[i]), "pool%zu", i);
		pools[i] = (struct metric_pool){
			.name = names[i], .unit = "", .cgroup = "", .snap = &snap, .counts = &counts
		};
	}
	metric_set_bound(&set, METRIC_SERIES_MOST);
	for (i = 0; i < POOLS; i++) {
		grouped += pools[i].grouped;
		assert_false(pools[i].left_out);
	}
	/* The last of those of one size may have room for all workers. */
	assert_true(grouped > POOLS * 9 / 10);
	openmetrics(&text, &set, METRIC_FORMAT_OPENMETRICS);
	assert_true(lines_of(&text) <= METRIC_SERIES_MOST);

	/* Twice as many: the last ones are left out, and that is said. */
	set.n = POOLS + 200;
	metric_set_bound(&set, METRIC_SERIES_MOST);
	for (i = 0; i < set.n; i++)
		left_out += pools[i].left_out;
	assert_true(left_out > 0 && left_out < 200);
	assert_false(pools[0].left_out);
	assert_true(pools[set.n - 1].left_out);
	buf_reset(&text);
	openmetrics(&text, &set, METRIC_FORMAT_OPENMETRICS);
	assert_true(lines_of(&text) <= METRIC_SERIES_MOST);
	snprintf(names[0], sizeof(names[0]), " %zu\n", left_out);
	assert_non_null(strstr(strstr(text.data, "\ncowtop_export_left_out_pools "), names[0]));

	samples = lines_of(&text);
	buf_reset(&text);
	otlp(&text, &set, "host");
	assert_int_equal(points_of(&text), samples);

	buf_release(&text);
	metric_counts_release(&counts);
	free_pool(&sample, &snap);
}

static void test_metric_set__largest_is_grouped_first(void **state)
{
	struct snapshot snaps[2] = { 0 };
	struct sample samples[2];
	struct metric_pool pools[2] = { { .snap = &snaps[0] }, { .snap = &snaps[1] } };
	struct metric_set set = { .pools = pools, .n = 2 };

	make_pool(&samples[0], &snaps[0], 3);
	make_pool(&samples[1], &snaps[1], 50);
	metric_set_bound(&set, METRIC_SERIES_MOST);
	assert_false(pools[0].grouped || pools[1].grouped);
	metric_set_bound(&set, 1000);
	assert_false(pools[0].grouped);
	assert_true(pools[1].grouped);
	for (int i = 0; i < 2; i++)
		free_pool(&samples[i], &snaps[i]);
}

static void test_metric_set__a_group_is_a_sum(void **state)
{
	struct snapshot snap = { 0 };
	struct sample sample;
	struct metric_pool pool = { .snap = &snap, .grouped = true };
	struct metric_subject *subjects;

	make_pool(&sample, &snap, 4);
	assert_int_equal(metric_subjects(&pool, &subjects), 2);
	assert_int_equal(subjects[1].n, 4);
	assert_int_equal(subjects[1].slot, 0);
	assert_true(subjects[1].f.memory.rss == (2 + 3 + 4 + 5) * MIB);
	/* The mean of those that have one. */
	assert_true(subjects[1].f.cow_broken_ratio == 0.5);
	free(subjects);
	free_pool(&sample, &snap);
}

static void test_metric_counts__go_on_when_a_worker_ends(void **state)
{
	struct metric_counts counts;
	struct snapshot snap = { 0 };
	struct sample sample;

	make_pool(&sample, &snap, 2);
	metric_counts_init(&counts);
	metric_counts_next(&counts, &snap);
	assert_true(counts.sums[ROLE_WORKER][COUNT_MINOR] == 0);
	assert_false(known(counts.sums[ROLE_HELPER][COUNT_MINOR]));
	assert_false(known(counts.sums[ROLE_WORKER][COUNT_COW]));
	sample.procs[1].minflt = 15;
	metric_counts_next(&counts, &snap);
	assert_true(counts.sums[ROLE_WORKER][COUNT_MINOR] == 5);
	/* Another process in its place, with the same pid: all that it has counted is new. */
	sample.procs[1].start_ticks = 7;
	sample.procs[1].minflt = 3;
	metric_counts_next(&counts, &snap);
	assert_true(counts.sums[ROLE_WORKER][COUNT_MINOR] == 8);
	/* A counter that falls adds nothing. */
	sample.procs[1].minflt = 1;
	metric_counts_next(&counts, &snap);
	assert_true(counts.sums[ROLE_WORKER][COUNT_MINOR] == 8);
	metric_counts_release(&counts);
	free_pool(&sample, &snap);
}

static void make_collector(struct proc_sample *p, fact collections)
{
	p->gc.interpreters = xcalloc(1, sizeof(*p->gc.interpreters));
	p->gc.ninterpreters = 1;
	gc_state_init(p->gc.interpreters);
	p->gc.interpreters->collections[1] = collections;
}

static void test_metric_counts__a_fork_has_the_collections_of_its_base(void **state)
{
	struct metric_counts counts;
	struct snapshot snap = { 0 };
	struct sample sample;

	make_pool(&sample, &snap, 2);
	for (int i = 0; i < 3; i++) {
		make_collector(&sample.procs[i], 50);
		sample.procs[i].base_pid = i ? 100 : 0;
	}
	metric_counts_init(&counts);
	metric_counts_next(&counts, &snap);
	assert_true(counts.sums[ROLE_WORKER][COUNT_COLLECTIONS + 1] == 0);
	assert_false(known(counts.sums[ROLE_WORKER][COUNT_COLLECTIONS]));
	sample.procs[1].gc.interpreters->collections[1] = 54;
	/* Another one, that was forked since: of its 53 its master had 52, or less. */
	sample.procs[2].start_ticks = 7;
	sample.procs[0].gc.interpreters->collections[1] = 52;
	sample.procs[2].gc.interpreters->collections[1] = 53;
	metric_counts_next(&counts, &snap);
	assert_true(counts.sums[ROLE_WORKER][COUNT_COLLECTIONS + 1] == 5);
	assert_true(counts.sums[ROLE_MASTER][COUNT_COLLECTIONS + 1] == 2);
	/* And one of whose base nothing is known. */
	sample.procs[2].start_ticks = 8;
	sample.procs[2].base_pid = 0;
	metric_counts_next(&counts, &snap);
	assert_true(counts.sums[ROLE_WORKER][COUNT_COLLECTIONS + 1] == 5);
	metric_counts_release(&counts);
	free_pool(&sample, &snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_metric_set__many_pools_are_bounded),
		cmocka_unit_test(test_metric_set__largest_is_grouped_first),
		cmocka_unit_test(test_metric_set__a_group_is_a_sum),
		cmocka_unit_test(test_metric_counts__go_on_when_a_worker_ends),
		cmocka_unit_test(test_metric_counts__a_fork_has_the_collections_of_its_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
