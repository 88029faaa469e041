#include "cmd/pools_set.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "find/pool_name.h"
#include "pool/why_watch.h"

static void one_release(struct pools_one *o)
{
	why_watch_free(o->why);
	live_close(o->live);
	analysis_free(o->analysis);
	snapshot_release(&o->snap);
	sample_release(&o->sample);
	target_release(&o->target);
}

void pools_set_release(struct pools_set *p)
{
	for (size_t i = 0; i < p->n; i++)
		one_release(&p->items[i]);
	table_recent_release(&p->tables);
	free(p->items);
	p->items = NULL;
	p->n = p->cap = 0;
}

struct pools_one *pools_set_one(const struct pools_set *p, pid_t pid, uint64_t start_ticks)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].target.master == pid && p->items[i].target.start_ticks == start_ticks)
			return &p->items[i];
	return NULL;
}

/* ---- who is there */

/* Takes `target` over. */
static struct pools_one *add(struct pools_set *p, struct target *target)
{
	struct pools_one *o = pools_set_one(p, target->master, target->start_ticks);

	if (!o) {
		vec_room(&p->items, p->n, &p->cap);
		o = &p->items[p->n++];
		*o = (struct pools_one){ .target = *target, .analysis = analysis_new() };
		sample_init(&o->sample);
		for (size_t i = 0; i < POOLS_TREND; i++)
			o->copied[i] = UNKNOWN;
	} else {
		target_release(target);
	}
	o->there = true;
	return o;
}

static bool has_master(const struct procfs *fs, const struct pools_one *o)
{
	const struct target *t = &o->target;
	struct proc_stat st;

	return !t->masterless && procfs_stat(fs, t->master, &st) == 0 && st.start_ticks == t->start_ticks &&
	       st.state != 'Z' && st.state != 'X';
}

/* A pool that has workers only when there is work: it was seen with some, and its master waits for more. */
static bool is_waiting(const struct procfs *fs, const struct pools_one *o)
{
	return o->worked && has_master(fs, o);
}

static void drop_gone(struct pools_set *p, const struct procfs *fs)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->items[i].there || (p->keep && is_waiting(fs, &p->items[i])))
			p->items[kept++] = p->items[i];
		else
			one_release(&p->items[i]);
	}
	p->n = kept;
	/* They have moved, here or as others were added. */
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].shown)
			snapshot_borrow(&p->items[i].snap, &p->items[i].sample);
}

int pools_set_find(struct pools_set *p, const struct procfs *fs, struct err *err)
{
	struct target_list all = { 0 };
	size_t i;

	if (target_pools(fs, &all, err) < 0)
		return -1;
	p->some_hidden = all.some_hidden;
	if (all.n)
		table_recent_set(&p->tables, &all.items[0].table, all.items[0].found_ns);
	for (i = 0; i < p->n; i++)
		p->items[i].there = false;
	for (i = 0; i < all.n; i++) {
		if (!p->wanted || p->wanted(p->data, fs, &all.items[i]))
			add(p, &all.items[i]);
		else
			target_release(&all.items[i]);
	}
	free(all.items);
	drop_gone(p, fs);
	return 0;
}

/* The pool that a word was, which others go by now as well. */
static struct pools_one *still_named(const struct pools_set *p, const struct procfs *fs, size_t word)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].word == word && has_master(fs, &p->items[i]))
			return &p->items[i];
	return NULL;
}

static void find_named(struct pools_set *p, const struct procfs *fs, const char *word, size_t i,
		       struct err *err)
{
	struct target target = { 0 };
	struct pools_one *o;

	*err = (struct err){ 0 };
	if (target_find(fs, word, &target, err) == 0) {
		add(p, &target)->word = i;
	} else if (err->status == STATUS_USAGE && (o = still_named(p, fs, i))) {
		o->there = true;
		*err = (struct err){ 0 };
	}
}

void pools_set_named(struct pools_set *p, const struct procfs *fs, char *const words[], size_t n,
		     struct err errs[])
{
	size_t i;

	for (i = 0; i < p->n; i++)
		p->items[i].there = false;
	for (i = 0; i < n; i++)
		find_named(p, fs, words[i], i, &errs[i]);
	drop_gone(p, fs);
}

/* ---- a look */

/* Of a pool of which nothing could be read the master is shown, by what everybody may know, and dashes. */
static void sample_unreadable(const struct procfs *fs, struct sample *s, const struct target *t)
{
	struct err err = { 0 };
	int memory_error;

	if (host_read(fs, &s->host, &memory_error, &err) < 0)
		s->host = (struct host_sample){ 0 };
	s->time_ns = clock_ns(CLOCK_REALTIME);
	s->mono_ns = clock_ns(CLOCK_MONOTONIC);
	s->master_pid = t->masterless ? 0 : t->master;
	s->leader_pid = t->master;
	s->kinship = t->kinship;
	s->procs = xcalloc(1, sizeof(*s->procs));
	pool_leader(fs, t, s->procs);
	s->nprocs = 1;
}

static int open_one(const struct pools_set *p, const struct procfs *fs, struct pools_one *o)
{
	if (o->live)
		return 0;
	if (live_open(fs, &o->target, &o->live, &o->err) < 0)
		return -1;
	live_set_walk_skip(o->live, p->skip);
	if (p->share > 0)
		live_set_budget(o->live, p->share, p->saved_s);
	return 0;
}

static void look_why(const struct procfs *fs, struct pools_one *o, struct sample *sample)
{
	if (!o->why)
		o->why = why_watch_new();
	why_watch_look(o->why, o->live, fs, sample, 0);
}

static void remember(struct pools_one *o)
{
	memmove(o->copied, o->copied + 1, (POOLS_TREND - 1) * sizeof(*o->copied));
	o->copied[POOLS_TREND - 1] = o->snap.pool.copied_bytes;
}

/* The next sample of a pool. A pool that cannot be read is shown as far as it can; one that has gone in the
 * meantime is shown as it was, if it was seen. */
static void look(struct pools_set *p, const struct procfs *fs, struct pools_one *o)
{
	struct sample sample;
	int got;

	o->err = (struct err){ 0 };
	sample_init(&sample);
	got = open_one(p, fs, o);
	if (got == 0) {
		live_set_tables(o->live, &p->tables);
		got = live_sample(o->live, &sample, &o->err);
		/* A view to whom the pool is lent has a thread of its own. */
		live_set_tables(o->live, NULL);
	}
	if (got == 0 || (got < 0 && (o->shown || o->err.status == STATUS_NO_TARGET))) {
		sample_release(&sample);
		return;
	}
	if (got < 0 && !sample.nprocs)
		sample_unreadable(fs, &sample, &o->target);
	if (got > 0 && p->why)
		look_why(fs, o, &sample);
	snapshot_release(&o->snap);
	sample_release(&o->sample);
	o->sample = sample;
	analysis_next(o->analysis, &o->sample, &o->snap);
	o->shown = true;
	/* It has workers, or it would be no pool; how many was not read. */
	if (got < 0)
		o->snap.pool.workers = o->snap.pool.helpers = UNKNOWN;
	o->worked |= o->snap.pool.workers > 0;
	remember(o);
}

void pools_set_look(struct pools_set *p, const struct procfs *fs)
{
	for (size_t i = 0; i < p->n; i++)
		look(p, fs, &p->items[i]);
}

int64_t pools_set_least(struct pools_set *p)
{
	int64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), now = clock_now();
	double most = p->share * p->saved_s * SECOND;

	if (p->now_ns)
		p->credit_ns += (double)(now - p->now_ns) * p->share - (double)(cpu - p->cpu_ns);
	if (!p->now_ns || p->credit_ns > most)
		p->credit_ns = most;
	p->now_ns = now;
	p->cpu_ns = cpu;
	return p->share > 0 && p->credit_ns < 0 ? (int64_t)(-p->credit_ns / p->share) : 0;
}
