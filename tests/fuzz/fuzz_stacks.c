/*
 * Call stacks of a recording over any bytes. What is accepted makes a report that adds up, can be
 * shown in every form, and comes back the same.
 */
#include <string.h>
#include "analysis/stack_report.h"
#include "base/cleanup.h"
#include "codec/stacks.h"
#include "fuzz.h"
#include "model/stacks_fold.h"
#include "sink/stacks.h"

static void must_come_back(const struct stacks *s)
{
	cleanup(stacks_release) struct stacks back = { 0 };
	cleanup(buf_release) struct buf once = { 0 }, twice = { 0 };

	must(stacks_put(s, &once));
	must(stacks_take(once.data, once.len, &back));
	must(stacks_put(&back, &twice));
	must(once.len == twice.len && !memcmp(once.data, twice.data, once.len));
}

static void must_add_up(const struct stack_report *r)
{
	uint64_t rows = 0, roles = 0;

	for (size_t i = 0; i < r->nrows; i++)
		rows += r->rows[i].sum.pages[PAGE_EVENT_COPIED];
	for (size_t i = 0; i < STACK_ROLES; i++)
		roles += r->pool.roles[i];
	must(rows == r->pool.sum.pages[PAGE_EVENT_COPIED] && rows == roles);
}

static uint64_t samples(const struct stacks *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->ncounts; i++)
		for (size_t e = 0; e < PAGE_EVENTS; e++)
			sum += s->counts[i].samples[e];
	return sum;
}

/* Two of the same are one with everything twice, unless numbers are at their bounds; a small one has all
 * samples and can be recorded. */
static void must_fold(const struct stacks *s)
{
	cleanup(stacks_release) struct stacks sum = { 0 };

	must(stacks_merge(&sum, s));
	stacks_trim(&sum, stacks_size(s) / 2);
	must(samples(&sum) == samples(s));
	must(stacks_merge(&sum, s));
	must(samples(&sum) <= 2 * samples(s));
	must(sum.nprocesses <= s->nprocesses);
	stacks_trim(&sum, 0);
	must(sum.ntraces == 1);
}

static void show(const struct stack_report *r)
{
	cleanup(buf_release) struct buf out = { 0 };

	stacks_text(&out, r, 3, 80);
	json_stacks(&out, r, 0, false);
	stacks_folded(&out, r);
	stacks_flamegraph(&out, r);
	json_speedscope(&out, r);
	for (size_t i = 0; i < out.len; i++)
		must((unsigned char)out.data[i] >= 0x20 || out.data[i] == '\n' || out.data[i] == '\t');
	must(stacks_pprof(&out, r, PPROF_PIDS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(stacks_release) struct stacks s = { 0 };
	cleanup(stack_report_release) struct stack_report r = { 0 };

	if (!stacks_take(data, size, &s))
		return 0;
	must_come_back(&s);
	must_fold(&s);
	stack_report_make(&s, &r);
	must_add_up(&r);
	show(&r);
	return 0;
}
