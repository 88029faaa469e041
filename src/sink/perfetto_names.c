#include <stdio.h>
#include "base/clock.h"
#include "sink/perfetto_parts.h"

/* Helpers stand below all workers. */
#define BELOW 1000000

static cJSON *put_name(struct perfetto *p, const struct perfetto_track *t, const char *what, cJSON **args)
{
	cJSON *event = perfetto_event(p, "M", what, t->traced, 0);

	*args = json_object(event, "args");
	return event;
}

static void put_process_name(struct perfetto *p, const struct perfetto_track *t)
{
	char name[80], again[40] = "";
	cJSON *args, *event = put_name(p, t, "process_name", &args);

	if (t->again)
		snprintf(again, sizeof(again), " (pid %d again)", (int)t->pid);
	if (t->slot)
		snprintf(name, sizeof(name), "%s %d%s", role_name(t->role), t->slot, again);
	else
		snprintf(name, sizeof(name), "%s%s", role_name(t->role), again);
	json_text(args, "name", name);
	perfetto_put(p, event);
}

static void put_thread_name(struct perfetto *p, const struct perfetto_track *t)
{
	cJSON *args, *event = put_name(p, t, "thread_name", &args);

	json_fact(event, "tid", t->traced);
	json_text(args, "name", "collections");
	perfetto_put(p, event);
}

void perfetto_name(struct perfetto *p, const struct perfetto_track *t)
{
	fact index = t->role == ROLE_MASTER ? 0 : t->role == ROLE_WORKER ? t->slot : BELOW;
	cJSON *args, *event;

	if (!p->doc.out || !t->named)
		return;
	put_process_name(p, t);
	event = put_name(p, t, "process_labels", &args);
	json_text(args, "labels", t->title);
	perfetto_put(p, event);
	event = put_name(p, t, "process_sort_index", &args);
	json_fact(args, "sort_index", index);
	perfetto_put(p, event);
	if (t->collecting)
		put_thread_name(p, t);
}

/* ---- what the trace is of */

static void add_labels(cJSON *to, const enum label labels[SERIES])
{
	static const char *const keys[SERIES] = { "shared_bytes", "copied_bytes", "new_bytes",
						  "private_bytes" };
	char text[64];
	size_t i;

	/* viewers show words and numbers of this object, and nothing deeper */
	for (i = 0; i < SERIES; i++) {
		snprintf(text, sizeof(text), "label_%s", keys[i]);
		json_text(to, text, label_name(labels[i]));
	}
}

void perfetto_about(const struct perfetto *all, cJSON *to)
{
	json_text(to, "version", "cowtop " COWTOP_VERSION);
	json_text(to, "host", all->host);
	json_text(to, "kernel", all->kernel);
	json_text(to, "command", all->command);
	json_pid(to, "master_pid", all->master_pid);
	json_time(to, "begin", all->begin_ns);
	json_time(to, "end", all->wall_ns);
	json_figure(to, "elapsed_s", (figure)all->at_ns / SECOND);
	json_fact(to, "samples", (fact)all->samples);
	json_fact(to, "page_size", all->page_size);
	json_text(to, "level", level_name(all->level));
	json_text(to, "exactness", exactness_name(all->exactness));
	add_labels(to, all->labels);
	json_fact(to, "samples_per_value", (fact)perfetto_one_of(all->n.counters, PERFETTO_COUNTERS));
	json_fact(to, "collections", (fact)all->n.collections);
	json_fact(to, "one_collection_of", (fact)perfetto_one_of(all->n.collections, PERFETTO_COLLECTIONS));
	json_fact(to, "events", (fact)all->n.events);
	json_fact(to, "one_event_of", (fact)perfetto_one_of(all->n.events, PERFETTO_EVENTS));
}

void perfetto_left_out(const struct perfetto *all, struct buf *line)
{
	const struct perfetto_amounts *n = &all->n;
	uint64_t counters = perfetto_one_of(n->counters, PERFETTO_COUNTERS);
	uint64_t collections = perfetto_one_of(n->collections, PERFETTO_COLLECTIONS);
	uint64_t events = perfetto_one_of(n->events, PERFETTO_EVENTS);

	if (counters == 1 && collections == 1 && events == 1)
		return;
	buf_adds(line, "the trace has");
	if (counters > 1)
		buf_printf(line, " the values of one sample in %llu%s", (unsigned long long)counters,
			   collections > 1 || events > 1 ? "," : "");
	if (collections > 1)
		buf_printf(line, " one collection in %llu%s", (unsigned long long)collections,
			   events > 1 ? "," : "");
	if (events > 1)
		buf_printf(line, " one event in %llu", (unsigned long long)events);
	buf_adds(line, ", as viewers take no more; -b and -e show a part in full");
}
