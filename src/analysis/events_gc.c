#include "analysis/events.h"

#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"
#include "model/gc_full.h"

/* Known on both sides, and not the same. */
static bool differs(fact before, fact now)
{
	return before != ABSENT && now != ABSENT && before != now;
}

static bool thresholds_differ(const struct gc_state *before, const struct gc_state *now)
{
	size_t g;

	for (g = 0; g < GC_GENERATIONS; g++) {
		if (differs(before->thresholds[g], now->thresholds[g]))
			return true;
	}
	return false;
}

/*
 * "gc enabled" is a collector that collects by itself now and did not before, by its flag or by its
 * first threshold; the thresholds say which.
 */
static void add_setting(struct buf *text, const struct gc_state *before, const struct gc_state *now)
{
	bool thresholds = thresholds_differ(before, now);
	char from[64], to[64];

	if (!thresholds && !differs(before->enabled, now->enabled) &&
	    !differs(gc_is_on(before), gc_is_on(now)))
		return;
	gc_format_thresholds(from, before->thresholds);
	gc_format_thresholds(to, now->thresholds);
	if (differs(gc_is_on(before), gc_is_on(now)))
		buf_printf(text, "gc %s:", gc_is_on(now) ? "enabled" : "disabled");
	else if (differs(before->enabled, now->enabled))
		buf_printf(text, "gc.%s() called, and gc stays off:", now->enabled ? "enable" : "disable");
	else
		buf_adds(text, "gc");
	buf_printf(text, " thresholds %s%s%s", thresholds ? from : "", thresholds ? " -> " : "", to);
}

static void add_freeze(struct buf *text, const struct gc_state *before, const struct gc_state *now)
{
	bool frozen = now->any_frozen == 1, flipped = differs(before->any_frozen, now->any_frozen);
	/* Frozen objects can go one by one; more of them are another freeze. */
	bool more = !flipped && frozen && before->frozen != ABSENT && now->frozen > before->frozen;
	fact count = frozen ? now->frozen : before->frozen;

	if (!flipped && !more)
		return;
	buf_printf(text, "%sgc %s ", text->len ? "; " : "", frozen ? "froze" : "unfroze");
	if (more)
		buf_printf(text, "%lld more objects, %lld in all", (long long)(now->frozen - before->frozen),
			   (long long)count);
	else if (count != ABSENT)
		buf_printf(text, "%lld objects", (long long)count);
	else
		buf_adds(text, "its objects");
}

/* All that a change of settings is made of. */
static bool same_settings(const struct gc_state *a, const struct gc_state *b)
{
	return a->enabled == b->enabled && a->any_frozen == b->any_frozen && a->frozen == b->frozen &&
	       a->thresholds[0] == b->thresholds[0] && a->thresholds[1] == b->thresholds[1] &&
	       a->thresholds[2] == b->thresholds[2];
}

static void add_change(const struct past *p, const struct gc_state *before, const struct gc_state *now,
		       struct snapshot *snap)
{
	cleanup(buf_release) struct buf text = { 0 };
	char label[32], interpreter[48] = "";
	struct event *e;

	add_setting(&text, before, now);
	add_freeze(&text, before, now);
	if (!text.len)
		return;
	if (now->id != 0)
		snprintf(interpreter, sizeof(interpreter), "interpreter %lld of ", (long long)now->id);
	e = event_add(snap, p->pid, EVENT_GC_SETTINGS_CHANGED);
	snprintf(e->text, sizeof(e->text), "%s in %s%s", text.data, interpreter, past_label(label, p));
}

/* What the interpreter kept of the latest `n`; when there are several interpreters it is not known whose they are. */
static void add_times(const struct sample *s, const struct collector *c, fact n, struct event *e)
{
	const struct gc_full *full = c->states[0].full;
	struct event_full sum = { 0 };

	if (c->nstates != 1 || !c->counted || c->states[0].generational == 0 || n > GC_FULL)
		return;
	for (fact i = 0; i < n; i++) {
		if (!full_is_sound(s, &full[i]))
			return;
		sum.time_ns = full_time(s, full[i].start_ns);
		sum.ns += full[i].stop_ns - full[i].start_ns;
		if (full[i].candidates == ABSENT || sum.candidates == ABSENT)
			sum.candidates = ABSENT;
		else
			sum.candidates += full[i].candidates;
	}
	e->full = sum;
}

/* ", 35 ms over 1.2M objects" */
static void format_times(char *ret, size_t size, const struct event_full *full)
{
	char count[16], objects[40] = "";
	double ms = (double)full->ns / MILLISECOND;

	*ret = '\0';
	if (!full->time_ns)
		return;
	if (full->candidates != ABSENT)
		snprintf(objects, sizeof(objects), " over %s objects",
			 units_format_count(count, (double)full->candidates));
	snprintf(ret, size, ", %.*f ms%s", ms < 10, ms, objects);
}

/* The copies belong to the collections only when these are known to lie in the interval. */
static void add_collected(const struct past *before, const struct past *now, struct snapshot *snap)
{
	fact full = now->collector.full;
	char label[32], size[16], copied[40] = "", number[48] = "a", times[64];
	struct event *e;

	e = event_add(snap, now->pid, EVENT_GC_COLLECTED);
	if (before->collector.counted && now->collector.counted)
		e->cow_bytes = now->collector.copied;
	e->estimated = now->estimated;
	if (known(e->cow_bytes))
		snprintf(copied, sizeof(copied), ", %s%s copied meanwhile",
			 label_words(event_copies(e).label), units_format_size(size, e->cow_bytes));
	if (full > 1)
		snprintf(number, sizeof(number), "%lld", (long long)full);
	add_times(snap->facts, &now->collector, full, e);
	format_times(times, sizeof(times), &e->full);
	snprintf(e->text, sizeof(e->text), "%s full collection%s in %s%s%s", number, full > 1 ? "s" : "",
		 past_label(label, now), times, copied);
}

void events_of_gc(const struct history *now, struct snapshot *snap)
{
	const struct past *p, *was;
	const struct gc_state *state;
	size_t i;

	for (p = now->items; p < now->items + now->n; p++) {
		was = p->before;
		if (!was || !p->in_pool)
			continue;
		for (i = 0; i < p->collector.nstates; i++) {
			state = collector_state_near(&was->collector, i, p->collector.states[i].id);
			if (state && !same_settings(state, &p->collector.states[i]))
				add_change(p, state, &p->collector.states[i], snap);
		}
		if (p->collector.full)
			add_collected(was, p, snap);
	}
}
