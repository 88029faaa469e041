/*
 * scrapes RECORDING NAME: what `cowtop export` would have been scraped at each sample of a recording of one pool, as
 * OpenMetrics, with NAME as the name of the pool. For each sample a line
 *
 *	BYTES PACKED NANOSECONDS
 *
 * of the page, the page as gzip, and the CPU time that making the two took; then the PACKED bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "analysis/analysis.h"
#include "base/clock.h"
#include "recording/replay.h"
#include "sink/gzip.h"
#include "sink/openmetrics.h"

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "scrapes: %s\n", what);
	exit(1);
}

static void write_page(const struct metric_set *set)
{
	struct buf page = { 0 }, packed = { 0 };
	int64_t began = clock_ns(CLOCK_PROCESS_CPUTIME_ID), took;

	openmetrics(&page, set, METRIC_FORMAT_OPENMETRICS);
	if (!gzip_add(&packed, &page))
		fail("no memory");
	took = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - began;
	printf("%zu %zu %lld\n", page.len, packed.len, (long long)took);
	fwrite(packed.data, 1, packed.len, stdout);
	buf_release(&page);
	buf_release(&packed);
}

static void add_sample(struct analysis *a, const struct sample *s, struct metric_counts *counts,
		       struct metric_set *set)
{
	struct snapshot snap = { 0 };

	analysis_next(a, s, &snap);
	metric_counts_next(counts, &snap);
	set->pools->snap = &snap;
	set->samples++;
	set->duration_s = (figure)s->cost_ns / SECOND;
	set->cpu_s += set->duration_s;
	metric_set_bound(set, METRIC_SERIES_MOST);
	write_page(set);
	snapshot_release(&snap);
}

int main(int argc, char **argv)
{
	struct analysis *a = analysis_new();
	struct metric_counts counts;
	struct metric_pool pool = { .unit = "", .cgroup = "", .counts = &counts, .up = true };
	struct metric_set set = { .pools = &pool, .n = 1 };
	const struct sample *s;
	struct replay *r;
	struct err err;
	int got;

	if (argc != 3)
		fail("usage: scrapes RECORDING NAME");
	if (replay_open(argv[1], &r, &err) < 0)
		fail(err.msg);
	pool.name = argv[2];
	metric_counts_init(&counts);
	while ((got = replay_next_view(r, &s, &err)) > 0)
		add_sample(a, s, &counts, &set);
	if (got < 0)
		fail(err.msg);
	if (fflush(stdout) != 0)
		fail("cannot write");
	metric_counts_release(&counts);
	analysis_free(a);
	replay_close(r);
	return 0;
}
