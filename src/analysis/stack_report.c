#include "analysis/stack_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/stack_role.h"
#include "analysis/stack_same.h"
#include "base/alloc.h"
#include "base/cleanup.h"

/*
 * What sampling alone may miss: each thread has a counter on each CPU that it ran on, and is short of
 * a part of a period on all of them. How many they were is not known.
 */
#define PERIODS_OPEN 64
#define SHARE_OPEN 0.1
/*
 * All processes together miss less: what one of them has too few another has too many. They do not
 * when each begins a period of its own and ends before it is over: then no sample stands for the
 * beginning of any, and to scale the others up would give what it did to them.
 */
#define POOL_OPEN 0.05

/* A trace and the row that it belongs to. */
struct member {
	const struct stacks *s;
	const uint32_t *same; /* stack_same() */
	uint32_t trace, row;
	enum stack_role role;
};

/* How the samples of a process become pages. */
struct scale {
	double copied;    /* pages that its parts share out */
	double weight;    /* of all its parts: copied samples, and `undecided` of the undecided ones */
	double undecided; /* share of undecided samples that were copies */
	double done;      /* weight of the parts shared out so far */
	uint64_t given;   /* pages of these */
};

static int compare_frames(const struct member *a, const struct member *b)
{
	const struct stack_trace *x = &a->s->traces[a->trace], *y = &b->s->traces[b->trace];

	if (a->role != b->role)
		return a->role < b->role ? -1 : 1;
	if (x->kernel != y->kernel)
		return x->kernel ? 1 : -1;
	if (x->nframes != y->nframes)
		return x->nframes < y->nframes ? -1 : 1;
	for (uint32_t i = 0; i < x->nframes; i++) {
		uint32_t f = a->same[x->frames[i]], g = a->same[y->frames[i]];

		if (f != g)
			return f < g ? -1 : 1;
	}
	return 0;
}

static int by_frames(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int r = compare_frames(x, y);

	return r ? r : (x->trace > y->trace) - (x->trace < y->trace);
}

static int by_part(const void *a, const void *b, void *rows)
{
	const struct stack_count *x = a, *y = b;
	const uint32_t *row = rows;

	if (row[x->trace] != row[y->trace])
		return row[x->trace] < row[y->trace] ? -1 : 1;
	return (x->process > y->process) - (x->process < y->process);
}

/* One row for all traces of the same frames; returns the row of each trace, to be freed. */
static uint32_t *make_rows(const struct stacks *s, struct stack_report *ret)
{
	uint32_t *row = xcalloc(s->ntraces + 1, sizeof(*row));
	cleanup_free uint32_t *marks = stack_role_marks(s);
	cleanup_free uint32_t *same = stack_same(s);
	cleanup_free struct member *members = xcalloc(s->ntraces + 1, sizeof(*members));

	for (size_t i = 0; i < s->ntraces; i++)
		members[i] = (struct member){ .s = s,
					      .same = same,
					      .trace = (uint32_t)i,
					      .role = stack_role(s, marks, &s->traces[i]) };
	qsort(members, s->ntraces, sizeof(*members), by_frames);

	ret->rows = xcalloc(s->ntraces + 1, sizeof(*ret->rows));
	for (size_t i = 0; i < s->ntraces; i++) {
		const struct member *m = &members[i];

		if (!i || compare_frames(m - 1, m))
			ret->rows[ret->nrows++] = (struct stack_row){ .trace = m->trace, .role = m->role };
		row[m->trace] = (uint32_t)ret->nrows - 1;
		ret->rows[ret->nrows - 1].truncated |= s->traces[m->trace].truncated;
	}
	return row;
}

/* The parts of each row, with samples where pages will be. */
static void make_parts(const struct stacks *s, uint32_t *row, struct stack_report *ret)
{
	cleanup_free struct stack_count *counts = xcalloc(s->ncounts + 1, sizeof(*counts));
	struct stack_part *part = NULL;
	uint32_t last = UINT32_MAX;

	if (s->ncounts)
		memcpy(counts, s->counts, s->ncounts * sizeof(*counts));
	qsort_r(counts, s->ncounts, sizeof(*counts), by_part, row);
	ret->parts = xcalloc(s->ncounts + 1, sizeof(*ret->parts));
	for (size_t i = 0; i < s->ncounts; i++) {
		uint32_t at = row[counts[i].trace];

		if (at != last)
			ret->rows[at].from = ret->nparts;
		if (!part || at != last || part->process != counts[i].process) {
			part = &ret->parts[ret->nparts++];
			part->process = counts[i].process;
			ret->rows[at].nparts++;
		}
		for (size_t e = 0; e < PAGE_EVENTS; e++) {
			part->sum.pages[e] += counts[i].samples[e];
			part->sum.samples += counts[i].samples[e];
		}
		last = at;
	}
}

/* In pages. Every copy sampled: nothing. */
static double slack(const struct stacks *s, fact copies)
{
	if (s->period <= 1)
		return 0;
	return fmax((double)s->period * PERIODS_OPEN, (double)copies * SHARE_OPEN);
}

static double seen_of(const struct stacks *s, const struct stack_process *p, const struct stack_sum *samples)
{
	double seen = (double)(samples->pages[PAGE_EVENT_COPIED] + samples->pages[PAGE_EVENT_UNDECIDED]);

	return seen > 0 ? seen * s->period * (1 + (double)p->lost / (double)samples->samples) : 0;
}

/* Are more copies without a sample than chance explains, over the pool? */
static bool many_unseen(const struct stacks *s, const struct stack_sum *samples)
{
	double copies = 0, seen = 0;

	for (size_t i = 0; i < s->nprocesses; i++) {
		const struct stack_process *p = &s->processes[i];
		double own = seen_of(s, p, &samples[i]);

		if (p->copies == ABSENT || (double)p->copies - own > slack(s, p->copies))
			continue; /* not known, or not scaled in any case */
		copies += (double)p->copies;
		seen += own;
	}
	return copies - seen > fmax((double)s->period * PERIODS_OPEN, copies * POOL_OPEN);
}

static struct scale scale_of(const struct stacks *s, const struct stack_process *p,
			     const struct stack_sum *samples, bool unseen)
{
	double period = s->period, all = (double)samples->samples;
	double sure = (double)samples->pages[PAGE_EVENT_COPIED];
	double maybe = (double)samples->pages[PAGE_EVENT_UNDECIDED], seen;
	struct scale scale = { 0 };

	if (p->copies != ABSENT && maybe > 0)
		scale.undecided = fmin(fmax((double)p->copies / period - sure, 0) / maybe, 1);
	scale.weight = sure + scale.undecided * maybe;
	scale.copied = scale.weight * period;
	if (p->copies == ABSENT || !(scale.weight > 0))
		return scale;

	seen = scale.copied * (1 + (double)p->lost / all);
	scale.copied = (double)p->copies;
	if ((double)p->copies - seen > (unseen ? 0 : slack(s, p->copies)))
		scale.copied = seen;
	return scale;
}

/* Samples become pages. Rounding the running sum keeps pages whole and their sum right. */
static void scale_part(const struct stacks *s, struct scale *scale, struct stack_sum *sum)
{
	double undecided = (double)sum->pages[PAGE_EVENT_UNDECIDED] * scale->undecided;
	uint64_t until;
	size_t e;

	scale->done += (double)sum->pages[PAGE_EVENT_COPIED] + undecided;
	until = scale->weight > 0 ? (uint64_t)llround(scale->copied * fmin(scale->done / scale->weight, 1)) :
				    0;
	for (e = 0; e < PAGE_EVENTS; e++)
		sum->pages[e] *= s->period;
	sum->pages[PAGE_EVENT_COPIED] = until - scale->given;
	sum->pages[PAGE_EVENT_UNDECIDED] -= (uint64_t)llround(undecided * s->period);
	scale->given = until;
}

static void scale_parts(const struct stacks *s, struct stack_report *ret)
{
	cleanup_free struct stack_sum *samples = xcalloc(s->nprocesses + 1, sizeof(*samples));
	cleanup_free struct scale *scales = xcalloc(s->nprocesses + 1, sizeof(*scales));
	bool unseen;

	for (size_t i = 0; i < ret->nparts; i++) {
		const struct stack_part *p = &ret->parts[i];

		for (size_t e = 0; e < PAGE_EVENTS; e++)
			samples[p->process].pages[e] += p->sum.pages[e];
		samples[p->process].samples += p->sum.samples;
	}
	unseen = many_unseen(s, samples);
	for (size_t i = 0; i < s->nprocesses; i++)
		scales[i] = scale_of(s, &s->processes[i], &samples[i], unseen);
	for (size_t i = 0; i < ret->nparts; i++)
		scale_part(s, &scales[ret->parts[i].process], &ret->parts[i].sum);
}

static void add_sum(struct stack_sum *to, const struct stack_sum *from)
{
	for (size_t e = 0; e < PAGE_EVENTS; e++)
		to->pages[e] += from->pages[e];
	to->samples += from->samples;
}

static void tally_row(struct stack_tally *to, const struct stack_row *row, const struct stack_sum *sum)
{
	add_sum(&to->sum, sum);
	to->roles[row->role] += sum->pages[PAGE_EVENT_COPIED];
	to->truncated += row->truncated ? sum->pages[PAGE_EVENT_COPIED] : 0;
}

static void tally_rows(struct stack_report *r)
{
	for (size_t i = 0; i < r->nrows; i++) {
		struct stack_row *row = &r->rows[i];

		for (size_t k = row->from; k < row->from + row->nparts; k++) {
			add_sum(&row->sum, &r->parts[k].sum);
			tally_row(&r->processes[r->parts[k].process], row, &r->parts[k].sum);
		}
		tally_row(&r->pool, row, &row->sum);
	}
}

static fact plus(fact a, fact b)
{
	return a == ABSENT || b == ABSENT ? ABSENT : a + b;
}

/* What the kernel counted, or else the samples. Without a period nothing was sampled, and nothing is
 * to be attributed. */
static void tally_counted(const struct stacks *s, struct stack_report *r)
{
	struct stack_tally *pool = &r->pool;

	pool->exact = true;
	pool->unattributed = s->period ? 0 : ABSENT;
	pool->lost = s->lost;
	for (size_t i = 0; i < s->nprocesses; i++) {
		const struct stack_process *p = &s->processes[i];
		struct stack_tally *t = &r->processes[i];

		t->exact = p->copies != ABSENT && !p->apportioned;
		t->copied = p->copies;
		if (p->copies == ABSENT && s->period)
			t->copied = (fact)t->sum.pages[PAGE_EVENT_COPIED];
		t->faults = p->faults;
		t->lost = p->lost;
		t->unattributed = ABSENT;
		if (p->copies != ABSENT && s->period)
			t->unattributed = p->copies - (fact)t->sum.pages[PAGE_EVENT_COPIED];
		pool->exact &= p->copies != ABSENT;
		pool->copied = plus(pool->copied, t->copied);
		pool->faults = plus(pool->faults, t->faults);
		pool->unattributed = plus(pool->unattributed, t->unattributed);
	}
}

static int by_pages(const void *a, const void *b)
{
	const struct stack_row *x = a, *y = b;

	if (x->sum.pages[PAGE_EVENT_COPIED] != y->sum.pages[PAGE_EVENT_COPIED])
		return x->sum.pages[PAGE_EVENT_COPIED] > y->sum.pages[PAGE_EVENT_COPIED] ? -1 : 1;
	if (x->sum.samples != y->sum.samples)
		return x->sum.samples > y->sum.samples ? -1 : 1;
	return (x->trace > y->trace) - (x->trace < y->trace);
}

void stack_report_make(const struct stacks *s, struct stack_report *ret)
{
	struct stack_report r = { .facts = s };
	cleanup_free uint32_t *row = make_rows(s, &r);

	make_parts(s, row, &r);
	scale_parts(s, &r);
	r.processes = xcalloc(s->nprocesses + 1, sizeof(*r.processes));
	tally_rows(&r);
	tally_counted(s, &r);
	qsort(r.rows, r.nrows, sizeof(*r.rows), by_pages);
	while (r.nrows && !r.rows[r.nrows - 1].sum.samples)
		r.nrows--;
	*ret = r;
}
