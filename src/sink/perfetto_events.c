#include <stdio.h>
#include "model/gc_full.h"
#include "sink/perfetto_parts.h"

/* A slice of a process's collector stands in its main thread. */
static void put_slice(struct perfetto *p, struct perfetto_track *t, const struct event *e,
		      const struct full_collection *full)
{
	int64_t begin_ns = perfetto_at(p, full->time_ns), ns = full->ns;
	cJSON *event = perfetto_event(p, "X", "full collection", t->traced, begin_ns), *args;

	/* one that was under way when the recording began */
	if (begin_ns < 0)
		ns = ns + begin_ns > 0 ? ns + begin_ns : 0;
	json_text(event, "cat", "gc");
	json_fact(event, "tid", t->traced);
	json_figure(event, "dur", (figure)ns / 1000);
	args = json_object(event, "args");
	json_fact(args, "number", full->number);
	json_fact(args, "objects", full->candidates);
	json_text(args, "text", e->text);
	t->named = t->collecting = true;
	perfetto_put(p, event);
}

/* Those since the sample before, whose times CPython has kept; false: it has not. */
static bool put_slices(struct perfetto *p, struct perfetto_track *t, const struct snapshot *snap,
		       const struct event *e)
{
	const struct proc_sample *facts = sample_find(snap->facts, e->pid);
	const struct proc_snapshot *proc;
	struct full_collection full[GC_FULL];
	size_t n;

	if (!facts || !e->full.time_ns || !gc_main(&facts->gc))
		return false;
	proc = &snap->procs[facts - snap->facts->procs];
	n = full_collections(snap->facts, facts, gc_main(&facts->gc), full);
	if (proc->full <= 0 || (size_t)proc->full > n)
		return false;
	for (fact i = proc->full; i-- > 0;)
		put_slice(p, t, e, &full[i]);
	return true;
}

static void put_end(struct perfetto *p, const char *phase, struct perfetto_track *t, int64_t at_ns,
		    uint64_t id, const struct snapshot *snap, const struct event *e)
{
	cJSON *event = perfetto_event(p, phase, "full collection within", t->traced, at_ns), *args;

	json_text(event, "cat", "gc");
	json_fact(event, "tid", t->traced);
	json_fact(event, "id", (fact)id);
	args = json_object(event, "args");
	json_figure(args, "within_s", snap->elapsed_s);
	json_text(args, "text", e->text);
	perfetto_put(p, event);
}

/* When it was within the time between two samples is not known: that time is the slice, beside those of threads. */
static void put_interval(struct perfetto *p, struct perfetto_track *t, const struct snapshot *snap,
			 const struct event *e)
{
	uint64_t id = p->n.collections;

	t->named = t->collecting = true;
	put_end(p, "b", t, p->before_ns, id, snap, e);
	put_end(p, "e", t, p->at_ns, id, snap, e);
}

static void put_collected(struct perfetto *p, const struct snapshot *snap, const struct event *e)
{
	struct perfetto_track *t = perfetto_track(p, e->pid, false);

	if (!perfetto_take(&p->n.collections, p->one.collections) || !p->doc.out || !t)
		return;
	if (!put_slices(p, t, snap, e))
		put_interval(p, t, snap, e);
}

static void put_instant(struct perfetto *p, const struct event *e)
{
	struct perfetto_track *t = perfetto_track(p, e->pid,
						  e->type == EVENT_WORKER_EXITED ||
							  e->type == EVENT_MASTER_EXITED);
	const char *copied_label = label_name(event_copies(e).label);
	cJSON *event, *args;

	if (!perfetto_take(&p->n.events, p->one.events))
		return;
	event = perfetto_event(p, "i", event_type_name(e->type), t ? t->traced : p->pool,
			       perfetto_at(p, e->time_ns));
	if (!event)
		return;
	json_text(event, "cat", "event");
	json_text(event, "s", t ? "p" : "g");
	args = json_object(event, "args");
	json_pid(args, "pid", e->pid);
	json_text(args, "type", event_type_name(e->type));
	json_text(args, "text", e->text);
	if (known(e->cow_bytes)) {
		json_figure(args, "cow_bytes", e->cow_bytes);
		json_text(args, "label", copied_label);
	}
	if (t)
		t->named = true;
	perfetto_put(p, event);
}

void perfetto_events(struct perfetto *p, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nevents; i++) {
		const struct event *e = &snap->events[i];

		if (e->type == EVENT_GC_COLLECTED)
			put_collected(p, snap, e);
		else
			put_instant(p, e);
	}
}

void perfetto_mark(struct perfetto *p, int64_t time_ns, const char *text)
{
	cJSON *event, *args;

	if (!perfetto_take(&p->n.events, p->one.events))
		return;
	event = perfetto_event(p, "i", text, p->pool, perfetto_at(p, time_ns));
	if (!event)
		return;
	json_text(event, "cat", "mark");
	json_text(event, "s", "g");
	args = json_object(event, "args");
	json_text(args, "type", "mark");
	json_text(args, "text", text);
	perfetto_put(p, event);
}
