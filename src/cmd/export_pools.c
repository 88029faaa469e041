#include "cmd/export_pools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "cmd/output.h"
#include "find/pool_name.h"
#include "model/command.h"

/* What the budget earns in so many seconds can be spent on the first look at all pools. */
#define SAVED_S 20

static bool fits(const struct export_pools *p, const char *text)
{
	return *text && regexec(p->only, text, 0, NULL, 0) == 0;
}

static bool wanted(void *data, const struct procfs *fs, const struct target *t)
{
	struct export_pools *p = data;
	struct proc_sample leader;
	struct pool_place place;
	char name[POOL_NAME];
	bool ret;

	if (!p->only)
		return true;
	pool_leader(fs, t, &leader);
	command_of(&leader, name, sizeof(name));
	ret = fits(p, name) || fits(p, leader.cmdline);
	proc_sample_release(&leader);
	if (ret)
		return true;
	pool_place(fs, t, &place);
	return fits(p, place.unit);
}

int export_pools_open(struct export_pools *p, double share, bool why, struct err *err)
{
	int e = procfs_open(&p->fs, "/proc");

	if (e < 0)
		return err_errno(err, STATUS_FAILED, -e, "cannot open /proc");
	p->set = (struct pools_set){
		.wanted = wanted,
		.data = p,
		.why = why,
		.keep = share > 0,
		.skip = share > 0,
		.share = share,
		.saved_s = SAVED_S,
	};
	p->errs = xcalloc(p->nwords + 1, sizeof(*p->errs));
	p->start_ns = clock_ns(CLOCK_REALTIME);
	return 0;
}

static void pool_release(struct export_pool *o)
{
	free(o->name);
	free(o->said);
	metric_counts_release(&o->counts);
}

void export_pools_release(struct export_pools *p)
{
	for (size_t i = 0; i < p->n; i++)
		pool_release(&p->items[i]);
	free(p->items);
	free(p->shown);
	free(p->errs);
	pools_set_release(&p->set);
	procfs_release(&p->fs);
}

/* ---- names */

static bool is_taken(const struct export_pools *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].name && strcmp(p->items[i].name, name) == 0)
			return true;
	return false;
}

/* "gunicorn", "gunicorn#2": the lowest number that is free, of what is the same where it is shown. */
static char *free_name(const struct export_pools *p, const char *name)
{
	struct buf with = { 0 };
	size_t len;

	text_clean(&with, *name ? name : "unknown", strlen(*name ? name : "unknown"));
	len = with.len;
	for (int i = 2; is_taken(p, with.data); i++) {
		with.len = len;
		buf_printf(&with, "#%d", i);
	}
	return with.data;
}

static struct export_pool *pool_of(struct export_pools *p, const struct target *t)
{
	struct export_pool *o;
	char name[POOL_NAME];

	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].pid == t->master && p->items[i].start_ticks == t->start_ticks)
			return &p->items[i];
	pool_name(&p->fs, t, name);
	vec_room(&p->items, p->n, &p->cap);
	o = &p->items[p->n];
	*o = (struct export_pool){ .pid = t->master, .start_ticks = t->start_ticks };
	o->name = free_name(p, name);
	p->n++;
	pool_place(&p->fs, t, &o->place);
	metric_counts_init(&o->counts);
	return o;
}

/* Those that have gone give their names back before others are given any. */
static void drop_gone(struct export_pools *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (pools_set_one(&p->set, p->items[i].pid, p->items[i].start_ticks))
			p->items[kept++] = p->items[i];
		else
			pool_release(&p->items[i]);
	}
	p->n = kept;
}

/* ---- a look */

static void count(struct export_pools *p)
{
	for (size_t i = 0; i < p->set.n; i++) {
		struct pools_one *o = &p->set.items[i];
		struct export_pool *e = pool_of(p, &o->target);

		if (o->shown && o->sample.mono_ns != e->at_ns) {
			metric_counts_next(&e->counts, &o->snap);
			e->at_ns = o->sample.mono_ns;
		}
	}
}

void export_pools_look(struct export_pools *p)
{
	int64_t begin = clock_now();

	if (p->all) {
		p->errs[0] = (struct err){ 0 };
		pools_set_find(&p->set, &p->fs, &p->errs[0]);
	} else {
		pools_set_named(&p->set, &p->fs, p->words, p->nwords, p->errs);
	}
	pools_set_look(&p->set, &p->fs);
	drop_gone(p);
	count(p);
	p->samples++;
	p->time_ns = clock_ns(CLOCK_REALTIME);
	p->duration_s = (figure)(clock_now() - begin) / SECOND;
}

void export_pools_say(struct export_pools *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct export_pool *e = &p->items[i];
		const struct err *err = &pools_set_one(&p->set, e->pid, e->start_ticks)->err;
		/* Who has gone meanwhile is no news. */
		const char *msg = err->status == STATUS_NO_TARGET ? "" : err->msg;

		if (*msg && (!e->said || strcmp(msg, e->said) != 0))
			say("pool %d: %s", (int)e->pid, msg);
		free(e->said);
		e->said = *msg ? xstrdup(msg) : NULL;
	}
}

struct metric_set export_pools_metrics(struct export_pools *p)
{
	struct metric_set ret = {
		.time_ns = p->time_ns,
		.start_ns = p->start_ns,
		.cpu_s = (figure)clock_ns(CLOCK_PROCESS_CPUTIME_ID) / SECOND,
		.samples = p->samples,
		.duration_s = p->duration_s,
	};

	p->shown = xreallocarray(p->shown, p->n + 1, sizeof(*p->shown));
	for (size_t i = 0; i < p->n; i++) {
		const struct export_pool *e = &p->items[i];
		const struct pools_one *o = pools_set_one(&p->set, e->pid, e->start_ticks);

		p->shown[ret.n++] = (struct metric_pool){
			.name = e->name,
			.unit = e->place.unit,
			.cgroup = e->place.cgroup,
			.container = e->place.container,
			.snap = o->shown ? &o->snap : NULL,
			.counts = &e->counts,
			.up = o->shown && !*o->err.msg,
		};
	}
	for (size_t i = 0; !p->all && i < p->nwords; i++)
		ret.missing += *p->errs[i].msg != 0;
	ret.pools = p->shown;
	metric_set_bound(&ret, METRIC_SERIES_MOST);
	return ret;
}
