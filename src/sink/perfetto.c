#include "sink/perfetto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/clock.h"
#include "model/title.h"
#include "sink/perfetto_parts.h"

/* Above every pid that Linux gives (PID_MAX_LIMIT). */
#define PIDS (INT64_C(1) << 22)
/* A pid that is used still more often is no other one in the trace. */
#define AGAIN_MOST 500

static const struct {
	const char *name;
	const char *keys[COUNTER_SERIES];
} counters[COUNTERS] = {
	[COUNTER_MEMORY] = { "memory", { "shared_bytes", "copied_bytes", "new_bytes" } },
	[COUNTER_PRIVATE] = { "private", { "private_bytes" } },
	[COUNTER_FAULTS] = { "faults", { "minor_per_s", "major_per_s" } },
	[COUNTER_POOL] = { "pool", { "footprint_bytes", "saved_bytes" } },
	[COUNTER_WORKERS] = { "workers", { "workers" } },
};

struct perfetto *perfetto_count(void)
{
	struct perfetto *p = xcalloc(1, sizeof(*p));

	p->level = LEVEL_EXACT;
	p->one = (struct perfetto_amounts){ 1, 1, 1 };
	for (size_t i = 0; i < COUNTERS; i++)
		for (size_t k = 0; k < COUNTER_SERIES; k++)
			p->last[i][k] = UNKNOWN;
	return p;
}

struct perfetto *perfetto_begin(const struct perfetto *all, struct buf *out)
{
	struct perfetto *p = perfetto_count();
	cJSON *root = json_begin();

	p->all = all;
	p->one = (struct perfetto_amounts){
		perfetto_one_of(all->n.counters, PERFETTO_COUNTERS),
		perfetto_one_of(all->n.collections, PERFETTO_COLLECTIONS),
		perfetto_one_of(all->n.events, PERFETTO_EVENTS),
	};
	json_text(root, "displayTimeUnit", "ms");
	perfetto_about(all, json_object(root, "otherData"));
	perfetto_about(all, json_object(root, "metadata"));
	json_open(&p->doc, out, root, false);
	json_open_array(&p->doc, "traceEvents");
	return p;
}

/* ---- processes */

/* How often this pid was used before; it is from now on. */
static unsigned int use_pid(struct perfetto *p, pid_t pid)
{
	uint64_t hash = hash_mix(0, (uint64_t)pid);
	size_t step = 0;
	uint32_t i;

	while (hash_next(&p->by_pid, hash, &step, &i))
		if (p->pids[i].pid == pid)
			return p->pids[i].times < AGAIN_MOST ? p->pids[i].times++ : AGAIN_MOST;
	if (!(p->npids & (p->npids - 1)))
		p->pids = xreallocarray(p->pids, p->npids ? 2 * p->npids : 1, sizeof(*p->pids));
	p->pids[p->npids] = (struct perfetto_pid){ pid, 1 };
	hash_add(&p->by_pid, hash, (uint32_t)p->npids++);
	return 0;
}

static void begin_track(struct perfetto *p, const struct proc_snapshot *proc, struct perfetto_track *ret)
{
	const struct fault_figures *faults = &proc->figures.faults;
	pid_t pid = proc->facts->pid;

	*ret = (struct perfetto_track){ .pid = pid, .start_ticks = proc->facts->start_ticks };
	ret->again = use_pid(p, pid);
	ret->traced = pid + ret->again * PIDS;
	ret->minor = faults->minor;
	ret->major = faults->major;
	ret->then_ns = p->at_ns;
	for (size_t i = 0; i < COUNTERS; i++)
		for (size_t k = 0; k < COUNTER_SERIES; k++)
			ret->last[i][k] = UNKNOWN;
}

static bool is_of(const struct perfetto_track *t, const struct proc_sample *facts)
{
	return t->pid == facts->pid && t->start_ticks == facts->start_ticks;
}

/* The track of the sample before, mostly the one behind the last that was found; NULL. */
static struct perfetto_track *find_track(const struct perfetto *p, const struct proc_sample *facts,
					 size_t *near)
{
	for (size_t i = 0; i < p->ntracks; i++) {
		struct perfetto_track *t = &p->tracks[(*near + i) % p->ntracks];

		if (is_of(t, facts) && t->pid) {
			*near = (size_t)(t - p->tracks) + 1;
			return t;
		}
	}
	return NULL;
}

static void take_title(struct perfetto_track *t, const struct proc_snapshot *proc)
{
	const char *title = title_whole(proc->facts);

	t->role = proc->role;
	t->slot = proc->slot;
	if (t->title && strcmp(t->title, title) == 0)
		return;
	free(t->title);
	t->title = xstrdup(title);
}

/* ---- counters */

static bool same(figure a, figure b)
{
	return known(a) ? a == b : !known(b);
}

static void write_counter(struct perfetto *p, int64_t traced, int64_t at_ns, enum perfetto_counter which,
			  const figure now[COUNTER_SERIES])
{
	cJSON *event = perfetto_event(p, "C", counters[which].name, traced, at_ns), *args;

	if (!event)
		return;
	args = json_object(event, "args");
	for (size_t i = 0; i < COUNTER_SERIES && counters[which].keys[i]; i++)
		if (known(now[i]))
			json_figure(args, counters[which].keys[i], now[i]);
	perfetto_put(p, event);
}

/* Written where it has changed: a viewer keeps the value until the next one. What is not known is left out. */
static bool put_counter(struct perfetto *p, int64_t traced, int64_t at_ns, enum perfetto_counter which,
			figure last[COUNTER_SERIES], const figure now[COUNTER_SERIES])
{
	bool changed = false, any = false;

	for (size_t i = 0; i < COUNTER_SERIES && counters[which].keys[i]; i++) {
		changed |= !same(last[i], now[i]);
		any |= known(now[i]);
		last[i] = now[i];
	}
	if (!changed || !any)
		return false;
	p->n.counters++;
	write_counter(p, traced, at_ns, which, now);
	return true;
}

/* The last values once more: some viewers draw from one value to the next, and nothing behind the last. */
static void put_last(struct perfetto *p, int64_t traced, figure last[COUNTERS][COUNTER_SERIES])
{
	for (size_t i = 0; i < COUNTERS; i++)
		for (size_t k = 0; k < COUNTER_SERIES; k++)
			if (known(last[i][k])) {
				write_counter(p, traced, p->at_ns, i, last[i]);
				break;
			}
}

/* The rate of a time stands at its beginning, and so holds for it. */
static bool put_faults(struct perfetto *p, struct perfetto_track *t, const struct fault_figures *faults)
{
	figure elapsed_s = (figure)(p->at_ns - t->then_ns) / SECOND;
	figure rates[COUNTER_SERIES] = { (faults->minor - t->minor) / elapsed_s,
					 (faults->major - t->major) / elapsed_s, UNKNOWN };
	bool ret = false;

	if (t->then_ns < p->at_ns)
		ret = put_counter(p, t->traced, t->then_ns, COUNTER_FAULTS, t->last[COUNTER_FAULTS], rates);
	t->minor = faults->minor;
	t->major = faults->major;
	t->then_ns = p->at_ns;
	return ret;
}

static void put_process(struct perfetto *p, struct perfetto_track *t, const struct proc_snapshot *proc)
{
	const struct figures *f = &proc->figures;
	figure page = (figure)p->page_size;
	const figure memory[COUNTER_SERIES] = { f->shared_bytes, f->cow_broken_bytes, f->pages.new *page };
	const figure private[COUNTER_SERIES] = { f->private_bytes, UNKNOWN, UNKNOWN };

	t->named |= put_counter(p, t->traced, p->at_ns, COUNTER_MEMORY, t->last[COUNTER_MEMORY], memory);
	t->named |= put_counter(p, t->traced, p->at_ns, COUNTER_PRIVATE, t->last[COUNTER_PRIVATE], private);
	t->named |= put_faults(p, t, &f->faults);
}

static void put_pool(struct perfetto *p, const struct figures *pool)
{
	const figure size[COUNTER_SERIES] = { pool->footprint_bytes, pool->saved_bytes, UNKNOWN };
	const figure workers[COUNTER_SERIES] = { pool->workers, UNKNOWN, UNKNOWN };

	put_counter(p, p->pool, p->at_ns, COUNTER_POOL, p->last[COUNTER_POOL], size);
	put_counter(p, p->pool, p->at_ns, COUNTER_WORKERS, p->last[COUNTER_WORKERS], workers);
}

/* Who is gone has nothing, of all that it was known to have; of its last faults nothing is known. */
static void put_gone(struct perfetto *p, struct perfetto_track *t)
{
	static const enum perfetto_counter of_processes[] = { COUNTER_MEMORY, COUNTER_PRIVATE,
							      COUNTER_FAULTS };

	for (size_t i = 0; i < sizeof(of_processes) / sizeof(*of_processes); i++) {
		figure *last = t->last[of_processes[i]], none[COUNTER_SERIES];

		for (size_t k = 0; k < COUNTER_SERIES; k++)
			none[k] = known(last[k]) ? 0 : UNKNOWN;
		put_counter(p, t->traced, of_processes[i] == COUNTER_FAULTS ? t->then_ns : p->at_ns,
			    of_processes[i], last, none);
	}
}

/* ---- samples */

static enum label worse(enum label a, enum label b)
{
	static const int rank[LABELS] = {
		[LABEL_EXACT] = 1, [LABEL_UPPER_BOUND] = 2, [LABEL_LOWER_BOUND] = 2, [LABEL_ESTIMATE] = 3
	};

	return rank[b] > rank[a] ? b : a;
}

static void take_labels(struct perfetto *p, const struct proc_snapshot *proc)
{
	enum label *l = p->labels;

	l[SERIES_SHARED] = worse(l[SERIES_SHARED], PROCESS_MEASURE(proc, shared_bytes).label);
	l[SERIES_COPIED] = worse(l[SERIES_COPIED], PROCESS_MEASURE(proc, cow_broken_bytes).label);
	l[SERIES_NEW] = worse(l[SERIES_NEW], PROCESS_MEASURE(proc, pages.new).label);
	l[SERIES_PRIVATE] = worse(l[SERIES_PRIVATE], PROCESS_MEASURE(proc, private_bytes).label);
}

static void take_time(struct perfetto *p, const struct snapshot *snap)
{
	figure elapsed_ns = 0;

	/* the clock of intervals begins anew when a machine does: then the wall clock is what there is */
	if (known(snap->elapsed_s))
		elapsed_ns = snap->elapsed_s * SECOND;
	else if (p->samples && snap->facts->time_ns > p->wall_ns)
		elapsed_ns = (figure)snap->facts->time_ns - (figure)p->wall_ns;
	p->before_ns = p->at_ns;
	if (elapsed_ns < (figure)(PERFETTO_TIME_MOST - p->at_ns))
		p->at_ns += (int64_t)(elapsed_ns + 0.5);
	else
		p->at_ns = PERFETTO_TIME_MOST;
	p->wall_ns = snap->facts->time_ns;
	if (!p->samples)
		p->begin_ns = p->wall_ns;
}

static void take_host(struct perfetto *p, const struct snapshot *snap)
{
	const struct host_sample *host = &snap->facts->host;

	if (!p->samples) {
		snprintf(p->host, sizeof(p->host), "%s", host->name);
		snprintf(p->kernel, sizeof(p->kernel), "%s", host->kernel);
		p->page_size = host->page_size;
	}
	if (*snap->command)
		memcpy(p->command, snap->command, sizeof(p->command));
	p->master_pid = snap->facts->master_pid;
	p->exactness = snap->exactness;
	if (snap->level < p->level)
		p->level = snap->level;
}

/* The tracks of this sample, in its order; those that are left in the old ones have gone. */
static void take_processes(struct perfetto *p, const struct snapshot *snap)
{
	struct perfetto_track *now = xcalloc(snap->nprocs + 1, sizeof(*now));
	size_t near = 0;

	for (size_t i = 0; i < snap->nprocs; i++) {
		const struct proc_snapshot *proc = &snap->procs[i];
		struct perfetto_track *t = find_track(p, proc->facts, &near);

		if (t)
			now[i] = *t;
		else
			begin_track(p, proc, &now[i]);
		if (t)
			t->pid = 0;
		take_title(&now[i], proc);
		take_labels(p, proc);
	}
	p->gone = p->tracks;
	p->ngone = p->ntracks;
	p->tracks = now;
	p->ntracks = snap->nprocs;
}

static void leave_gone(struct perfetto *p)
{
	for (size_t i = 0; i < p->ngone; i++) {
		if (!p->gone[i].pid)
			continue;
		put_gone(p, &p->gone[i]);
		perfetto_name(p, &p->gone[i]);
		free(p->gone[i].title);
	}
	free(p->gone);
	p->gone = NULL;
	p->ngone = 0;
}

void perfetto_snapshot(struct perfetto *p, const struct snapshot *snap)
{
	struct perfetto_track *leader;

	take_time(p, snap);
	take_host(p, snap);
	take_processes(p, snap);
	leader = perfetto_track(p, sample_leader(snap->facts), false);
	if (!p->samples && leader) {
		p->pool = leader->traced;
		leader->named = true;
	}
	perfetto_events(p, snap);
	if (p->samples++ % p->one.counters == 0) {
		for (size_t i = 0; i < snap->nprocs; i++)
			put_process(p, &p->tracks[i], &snap->procs[i]);
		put_pool(p, &snap->pool);
	}
	leave_gone(p);
}

void perfetto_end(struct perfetto *p)
{
	for (size_t i = 0; i < p->ntracks; i++) {
		put_last(p, p->tracks[i].traced, p->tracks[i].last);
		perfetto_name(p, &p->tracks[i]);
	}
	put_last(p, p->pool, p->last);
	json_close_array(&p->doc);
	json_close(&p->doc);
}

void perfetto_free(struct perfetto *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->ntracks; i++)
		free(p->tracks[i].title);
	free(p->tracks);
	free(p->pids);
	hash_release(&p->by_pid);
	free(p);
}
