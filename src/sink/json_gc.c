#include "sink/json_gc.h"

#include <string.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/gc_full.h"

static void add_flag(cJSON *to, const char *key, fact flag)
{
	if (flag == ABSENT)
		json_null(to, key);
	else
		json_bool(to, key, flag != 0);
}

/* One number a generation; null when none of them is known. */
static void add_generations(cJSON *to, const char *key, const fact values[GC_GENERATIONS])
{
	double numbers[GC_GENERATIONS];
	size_t g, n = 0;
	cJSON *array;

	for (g = 0; g < GC_GENERATIONS; g++) {
		numbers[g] = (double)values[g];
		n += values[g] != ABSENT;
	}
	if (!n) {
		json_null(to, key);
		return;
	}
	array = cJSON_CreateDoubleArray(numbers, GC_GENERATIONS);
	for (g = 0; g < GC_GENERATIONS; g++) {
		if (values[g] == ABSENT)
			cJSON_ReplaceItemInArray(array, (int)g, cJSON_CreateNull());
	}
	cJSON_AddItemToObject(to, key, array);
}

/* Null: the interpreter keeps none. */
static void add_full(cJSON *to, const struct sample *sample, const struct proc_sample *p,
		     const struct gc_state *state)
{
	struct full_collection full[GC_FULL];
	size_t n = full_collections(sample, p, state, full);
	cJSON *items, *item;

	if (!n && state->collections[GC_GENERATIONS - 1] != 0) {
		json_null(to, "full_collections");
		return;
	}
	items = json_array(to, "full_collections");
	for (size_t i = 0; i < n; i++) {
		item = json_element(items);
		json_fact(item, "number", full[i].number);
		json_time(item, "start", full[i].time_ns);
		json_time(item, "end", full[i].time_ns + full[i].ns);
		json_figure(item, "duration_s", (figure)full[i].ns / SECOND);
		json_fact(item, "candidates", full[i].candidates);
		json_bool(item, "inherited", full[i].inherited);
	}
}

void json_event_full(cJSON *event, const struct event_full *full)
{
	if (full->time_ns)
		json_time(event, "start", full->time_ns);
	else
		json_null(event, "start");
	json_figure(event, "duration_s", full->time_ns ? (figure)full->ns / SECOND : UNKNOWN);
	json_fact(event, "candidates", full->time_ns ? full->candidates : ABSENT);
}

static void add_state(cJSON *to, const struct sample *sample, const struct proc_sample *p,
		      const struct gc_state *s)
{
	add_flag(to, "enabled", s->enabled);
	add_generations(to, "thresholds", s->thresholds);
	add_generations(to, "counts", s->counts);
	add_generations(to, "collections", s->collections);
	add_generations(to, "collected", s->collected);
	add_generations(to, "uncollectable", s->uncollectable);
	add_flag(to, "any_frozen", s->any_frozen);
	json_fact(to, "frozen", s->frozen);
	add_flag(to, "collecting", s->collecting);
	json_fact(to, "lazy_imports", s->lazy_imports);
	add_flag(to, "generational", s->generational);
	add_full(to, sample, p, s);
}

/* Names can be of the environment: cleaned like values, and the first of a name counts. */
static void add_settings(cJSON *to, const struct gc_facts *g)
{
	cJSON *settings = json_object(to, "settings");
	size_t i;

	for (i = 0; i < g->nsettings; i++) {
		cleanup(buf_release) struct buf name = { 0 };

		text_clean(&name, g->settings[i].name, strlen(g->settings[i].name));
		if (name.data && !cJSON_GetObjectItemCaseSensitive(settings, name.data))
			json_text(settings, name.data, g->settings[i].value);
	}
}

void json_gc(cJSON *process, const struct sample *s, const struct proc_sample *p)
{
	const struct gc_facts *g = &p->gc;
	cJSON *to, *states, *state;
	size_t i;

	if (g->runtime == RUNTIME_NONE) {
		json_null(process, "gc");
		return;
	}
	to = json_object(process, "gc");
	json_text(to, "runtime", runtime_name(g->runtime));
	json_text(to, "version", *g->version ? g->version : NULL);
	json_text(to, "build", *g->build ? g->build : NULL);
	add_state(to, s, p, gc_told(g));
	json_fact(to, "interpreters", g->ninterpreters ? (fact)g->ninterpreters : ABSENT);
	if (g->ninterpreters > 1) {
		states = json_array(to, "interpreter_states");
		for (i = 0; i < g->ninterpreters; i++) {
			state = json_element(states);
			json_fact(state, "id", g->interpreters[i].id);
			add_state(state, s, p, &g->interpreters[i]);
		}
	}
	add_settings(to, g);
}

static void add_group(cJSON *to, const struct gc_group *g)
{
	cJSON *pids, *bounds;
	size_t i;

	json_text(to, "runtime", runtime_name(g->runtime));
	json_bool(to, "arbiter", g->arbiter);
	json_pid(to, "arbiter_pid", g->arbiter_pid);
	add_flag(to, "enabled", g->enabled);
	add_generations(to, "thresholds", g->thresholds);
	add_flag(to, "frozen", g->frozen);
	pids = json_array(to, "pids");
	for (i = 0; i < g->npids; i++)
		cJSON_AddItemToArray(pids, cJSON_CreateNumber(g->pids[i]));
	json_fact(to, "workers", (fact)g->npids);
	json_figure(to, "shared_bytes_mean", g->shared_bytes_mean);
	json_figure(to, "cow_broken_bytes_mean", g->cow_broken_bytes_mean);
	json_figure(to, "cow_broken_ratio", g->cow_broken_ratio);
	json_figure(to, "cow_per_s_mean", g->cow_per_s_mean);
	json_figure(to, "minor_per_s_mean", g->minor_per_s_mean);
	json_figure(to, "span_minor_per_s_mean", g->span_minor_per_s_mean);
	json_figure(to, "full_collections", g->full_collections);
	json_figure(to, "bytes_per_full_collection", g->bytes_per_full_collection);
	json_figure(to, "first_full_collection_bytes", g->first_full_collection_bytes);
	json_figure(to, "later_full_collection_bytes", g->later_full_collection_bytes);
	bounds = json_object(to, "bounds");
	json_measure(bounds, "shared_bytes_mean", measure_make(g->shared_bytes_mean, UNKNOWN, g->estimated));
	json_measure(bounds, "cow_broken_bytes_mean",
		     measure_make(g->cow_broken_bytes_mean, g->cow_broken_bytes_least, g->estimated));
	json_measure(bounds, "cow_broken_ratio",
		     measure_make(g->cow_broken_ratio, g->cow_broken_ratio_least, g->estimated));
	json_measure(bounds, "cow_per_s_mean",
		     measure_make(g->cow_per_s_mean, g->cow_per_s_least, g->estimated));
}

void json_gc_groups(cJSON *pool, const struct snapshot *s)
{
	cJSON *groups = json_array(pool, "gc_groups");
	size_t i;

	for (i = 0; i < s->ngc_groups; i++)
		add_group(json_element(groups), &s->gc_groups[i]);
}

void json_finding_label(cJSON *to, const struct finding *f)
{
	bool bounded = f->label == LABEL_EXACT || f->low < f->high;

	json_text(to, "label", label_name(f->label));
	json_figure(to, "low", bounded ? f->low : UNKNOWN);
	json_figure(to, "high", bounded ? f->high : UNKNOWN);
}

void json_findings(cJSON *pool, const struct snapshot *s)
{
	cJSON *findings = json_array(pool, "findings"), *to;
	size_t i;

	for (i = 0; i < s->nfindings; i++) {
		to = json_element(findings);
		json_text(to, "kind", finding_kind_name(s->findings[i].kind));
		json_pid(to, "pid", s->findings[i].pid);
		json_text(to, "text", s->findings[i].text);
		json_figure(to, "value", s->findings[i].value);
		json_text(to, "unit", s->findings[i].unit);
		json_finding_label(to, &s->findings[i]);
	}
}
