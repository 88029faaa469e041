#include "sink/json_report.h"

#include <stdio.h>
#include "base/cleanup.h"
#include "sink/json_gc.h"
#include "sink/json_stacks.h"
#include "sink/json_story.h"
#include "sink/json_why_parts.h"
#include "sink/report_growth.h"
#include "sink/report_parts.h"

/* Of call stacks; cowtop stacks has all of them. */
#define STACKS_SHOWN 100

static void add_faults(cJSON *to, const char *key, const struct story_faults *f)
{
	cJSON *at = json_object(to, key);
	figure none = f->known_s > 0 ? 0 : UNKNOWN;

	json_figure(at, "known_s", f->known_s);
	json_figure(at, "minor", f->minor + none);
	json_figure(at, "cow", f->cow + none);
	json_figure(at, "new", f->new + none);
	json_figure(at, "file", f->file + none);
	json_figure(at, "other", story_other(f) + none);
	json_figure(at, "major", f->major + none);
}

/* `key`: of the faults beside the bounds. */
static void add_fault_bounds(cJSON *bounds, const char *key, const struct story_faults *f, bool estimated)
{
	char at[32];

	snprintf(at, sizeof(at), "%s.cow", key);
	json_measure(bounds, at, measure_make(f->cow, f->cow - f->doubt, estimated));
	snprintf(at, sizeof(at), "%s.new", key);
	json_measure(bounds, at, measure_make(f->new, f->new + f->doubt, estimated));
}

static void add_pool(cJSON *root, const struct story *s)
{
	cJSON *to = json_object(root, "pool"), *bounds;

	json_figure(to, "workers_first", s->workers_first);
	json_figure(to, "workers_last", s->workers_last);
	json_figure(to, "workers_most", s->workers_most);
	json_figure(to, "prefork_bytes", s->prefork_bytes);
	json_figure(to, "footprint_bytes_first", s->footprint_first);
	json_figure(to, "footprint_bytes_last", s->footprint_last);
	json_figure(to, "footprint_bytes_most", s->footprint_most);
	json_figure(to, "saved_bytes_first", s->saved_first);
	json_figure(to, "saved_bytes_last", s->saved_last);
	json_figure(to, "full_collections", s->full_collections);
	json_spread(to, "bytes_per_full_collection", &s->bytes_per_full_collection);
	json_spread(to, "first_full_collection_bytes", &s->first_full_bytes);
	json_spread(to, "later_full_collection_bytes", &s->later_full_bytes);
	json_figure(to, "later_full_collections", s->later_full);
	add_faults(to, "faults", &s->faults);
	add_faults(to, "master_faults", &s->master_faults);
	json_figure(to, "copied_bytes_first", s->copied_first);
	json_figure(to, "copied_bytes_last", s->copied_last);
	json_figure(to, "ended_minor_faults", s->ended_minor);
	json_figure(to, "ended_unseen_minor_faults", s->ended_unseen);
	bounds = json_object(to, "bounds");
	json_measure(bounds, "prefork_bytes", report_ceiling(s));
	json_measure(bounds, "bytes_per_full_collection", report_rests(s, s->bytes_per_full_collection.mean));
	json_measure(bounds, "first_full_collection_bytes", report_rests(s, s->first_full_bytes.mean));
	json_measure(bounds, "later_full_collection_bytes", report_rests(s, s->later_full_bytes.mean));
	add_fault_bounds(bounds, "faults", &s->faults, s->estimated);
	add_fault_bounds(bounds, "master_faults", &s->master_faults, s->estimated_all);
	json_measure(bounds, "copied_bytes_first", report_copied_first(s));
	json_measure(bounds, "copied_bytes_last", report_copied_last(s));
	json_figure(to, "collapsed_bytes", s->collapsed_bytes);
	json_figure(to, "filled_bytes", s->filled_bytes);
}

static void add_loss(cJSON *root, const char *key, const struct story_loss *l, bool estimated)
{
	cJSON *to = json_object(root, key), *bounds;

	json_figure(to, "cow_broken_bytes_first", l->first_bytes);
	json_figure(to, "cow_broken_bytes_last", l->last_bytes);
	json_figure(to, "cow_broken_bytes_most", l->most_bytes);
	json_figure(to, "half_s", l->half_s);
	json_figure(to, "step_bytes", l->step_bytes);
	json_figure(to, "step_from_s", l->step_from_s);
	json_figure(to, "step_to_s", l->step_to_s);
	json_figure(to, "step_full_collections", known(l->step_bytes) ? l->step_full : UNKNOWN);
	bounds = json_object(to, "bounds");
	json_measure(bounds, "cow_broken_bytes_first",
		     measure_make(l->first_bytes, l->first_least, estimated));
	json_measure(bounds, "cow_broken_bytes_last", measure_make(l->last_bytes, l->last_least, estimated));
	json_measure(bounds, "step_bytes", measure_make(l->step_bytes, UNKNOWN, estimated));
}

static void add_erosion(cJSON *root, const struct story *s)
{
	const struct erosion *e = &s->erosion;
	cJSON *to = json_object(root, "erosion"), *bounds;

	json_figure(to, "first_hour_bytes", e->first_hour_bytes);
	json_figure(to, "half_life_s", e->half_life_s);
	json_figure(to, "asymptote_bytes", e->asymptote_bytes);
	json_figure(to, "start_bytes", e->start_bytes);
	json_figure(to, "residual_bytes", e->residual_bytes);
	json_figure(to, "workers", e->workers);
	json_text(to, "unknown_because", e->why);
	bounds = json_object(to, "bounds");
	json_measure(bounds, "first_hour_bytes", report_rests(s, e->first_hour_bytes));
	json_measure(bounds, "asymptote_bytes", report_rests(s, e->asymptote_bytes));
	json_measure(bounds, "start_bytes", report_rests(s, e->start_bytes));
}

static void add_level_bounds(cJSON *to, const struct story_point *p, bool estimated)
{
	cJSON *bounds = json_object(to, "bounds");

	json_measure(bounds, "shared_bytes", STORY_LEVEL(p, shared, estimated));
	json_measure(bounds, "cow_broken_bytes", STORY_LEVEL(p, cow_broken, estimated));
	json_measure(bounds, "cow_broken_ratio", STORY_LEVEL(p, cow_broken_ratio, estimated));
	json_measure(bounds, "new_bytes", STORY_LEVEL(p, new, estimated));
	json_measure(bounds, "private_bytes", STORY_LEVEL(p, private, estimated));
}

/* How new memory goes on; null: not watched for long enough, or not known. */
static const char *trend_name(const struct trend *t)
{
	if (!t->told)
		return NULL;
	return t->grows ? "grows" : t->levels_off ? "levels_off" : "none";
}

static void add_trend(cJSON *to, const struct story_process *p)
{
	const struct trend *t = &p->new;
	cJSON *at = json_object(to, "new_memory");

	json_text(at, "trend", trend_name(t));
	json_figure(at, "since_s", t->grows ? t->since_s : UNKNOWN);
	json_figure(at, "gained_bytes", t->grows ? t->since_gained : t->told ? t->all_gained : UNKNOWN);
	json_figure(at, "bytes_per_min", t->grows ? t->per_s * 60 : UNKNOWN);
	json_figure(at, "end_bytes", t->levels_off ? t->end : UNKNOWN);
}

/* Who only gets more, all together. */
static void add_growth(cJSON *root, const struct story *s)
{
	const struct story_growth *g = &s->growth;
	cleanup(buf_release) struct buf leak = { 0 }, warm = { 0 };
	bool grows = report_grows(s);
	cJSON *to = json_object(root, "growth"), *bounds;

	report_leak(&leak, s);
	report_warm(&warm, s);
	json_text(to, "leak", leak.len ? leak.data : NULL);
	json_text(to, "warm_up", warm.len ? warm.data : NULL);
	json_figure(to, "workers_watched", (figure)g->workers);
	json_figure(to, "workers_growing", (figure)g->growing);
	json_figure(to, "workers_levelling_off", (figure)g->levelling);
	json_bool(to, "master_growing", g->master);
	json_figure(to, "since_s", g->since_s);
	json_figure(to, "gained_bytes", grows ? g->gained : UNKNOWN);
	json_figure(to, "bytes_per_min", grows ? g->per_s * 60 : UNKNOWN);
	json_figure(to, "room_bytes", g->room_bytes);
	json_text(to, "room_of", known(g->room_bytes) ? g->of_cgroup ? "cgroup" : "host" : NULL);
	json_figure(to, "full_in_s", report_full_s(s));
	bounds = json_object(to, "bounds");
	json_measure(bounds, "gained_bytes",
		     measure_make(grows ? g->gained : UNKNOWN, UNKNOWN, g->estimated));
	json_measure(bounds, "bytes_per_min",
		     measure_make(grows ? g->per_s * 60 : UNKNOWN, UNKNOWN, g->estimated));
}

static void add_levels(cJSON *to, const char *key, const struct story_point *p, bool estimated)
{
	cJSON *at = json_object(to, key);

	json_figure(at, "shared_bytes", p->shared);
	json_figure(at, "cow_broken_bytes", p->cow_broken);
	json_figure(at, "cow_broken_ratio", p->cow_broken_ratio);
	json_figure(at, "new_bytes", p->new);
	json_figure(at, "private_bytes", p->private);
	json_figure(at, "orphaned_bytes", p->orphaned);
	json_figure(at, "cow_file_bytes", p->cow_file);
	add_level_bounds(at, p, estimated);
}

static void add_settings(cJSON *to, const struct story_settings *g)
{
	cJSON *at, *thresholds;
	size_t i;

	if (g->runtime == RUNTIME_NONE) {
		json_null(to, "gc");
		return;
	}
	at = json_object(to, "gc");
	json_text(at, "runtime", runtime_name(g->runtime));
	json_text(at, "version", *g->version ? g->version : NULL);
	json_fact(at, "enabled", g->enabled);
	json_fact(at, "any_frozen", g->frozen);
	thresholds = json_array(at, "thresholds");
	for (i = 0; i < GC_GENERATIONS; i++)
		cJSON_AddItemToArray(thresholds, g->thresholds[i] == ABSENT ?
							 cJSON_CreateNull() :
							 cJSON_CreateNumber((double)g->thresholds[i]));
}

static void add_process(cJSON *array, const struct story_process *p)
{
	cJSON *to = json_element(array);

	json_pid(to, "pid", p->pid);
	json_text(to, "role", role_name(p->role));
	json_fact(to, "slot", p->slot ? p->slot : ABSENT);
	json_text(to, "command", p->command);
	json_text(to, "level", level_name(p->level));
	json_text(to, "exactness", exactness_name(p->exactness));
	json_bool(to, "born_in_it", p->begun);
	json_bool(to, "there_at_end", p->at_end);
	json_figure(to, "first_s", p->first_s);
	json_figure(to, "last_s", p->last_s);
	add_levels(to, "first", &p->first, p->estimated);
	add_levels(to, "last", &p->last, p->estimated);
	json_figure(to, "growth_bytes_per_min", p->growth_per_min);
	json_spread(to, "growth_bytes_per_mark", &p->mark_growth);
	json_figure(to, "first_hour_bytes", p->first_hour_bytes);
	json_figure(to, "full_collections", p->full_collections);
	json_figure(to, "full_collections_known_s", p->full_known_s);
	json_figure(to, "bytes_per_full_collection", p->bytes_per_full_collection);
	json_figure(to, "first_full_collection_bytes", p->first_full_bytes);
	json_figure(to, "later_full_collection_bytes", p->later_full_bytes);
	json_figure(to, "gained_bytes", story_own(&p->last) - story_own(&p->first));
	add_faults(to, "faults", &p->faults);
	add_trend(to, p);
	add_settings(to, &p->settings);
}

/* The curve of the workers on average. */
static void add_curve(cJSON *root, const struct story *s)
{
	cJSON *array = json_array(root, "curve"), *to;
	size_t i;

	for (i = 0; i < s->ninstants; i++) {
		const struct story_instant *at = &s->instants[i];
		const struct story_faults *f = &at->mean.faults;

		to = json_element(array);
		json_figure(to, "at_s", at->at_s);
		json_figure(to, "workers", at->workers);
		json_figure(to, "shared_bytes", at->mean.shared);
		json_figure(to, "cow_broken_bytes", at->mean.cow_broken);
		json_figure(to, "new_bytes", at->mean.new);
		json_figure(to, "private_bytes", at->mean.private);
		json_figure(to, "orphaned_bytes", at->mean.orphaned);
		json_figure(to, "cow_file_bytes", at->mean.cow_file);
		json_figure(to, "footprint_bytes", at->footprint);
		json_figure(to, "copied_bytes", at->copied);
		json_figure(to, "master_cow_broken_bytes", at->master.cow_broken);
		json_figure(to, "master_cow_per_s", story_per_s(&at->master.faults, at->master.faults.cow));
		json_figure(to, "minor_per_s", story_per_s(f, f->minor));
		json_figure(to, "cow_per_s", story_per_s(f, f->cow));
		json_figure(to, "full_collections", at->mean.full);
		add_level_bounds(to, &at->mean, s->estimated);
	}
}

static void add_marks(cJSON *root, const struct story *s)
{
	cJSON *array = json_array(root, "marks"), *to, *bounds;
	size_t i;

	for (i = 0; i < s->nmarks; i++) {
		to = json_element(array);
		json_figure(to, "at_s", s->marks[i].at_s);
		json_text(to, "text", s->marks[i].text);
	}
	array = json_array(root, "intervals");
	for (i = 0; i < s->nintervals; i++) {
		const struct story_interval *at = &s->intervals[i];

		to = json_element(array);
		json_figure(to, "from_s", at->from_s);
		json_figure(to, "to_s", at->to_s);
		json_figure(to, "seen_s", at->seen_s);
		json_text(to, "mark", *at->text ? at->text : NULL);
		json_spread(to, "private_bytes", &at->private_bytes);
		json_spread(to, "cow_broken_bytes", &at->cow_bytes);
		json_spread(to, "shared_bytes", &at->shared_bytes);
		json_spread(to, "minor_faults", &at->minor);
		json_figure(to, "master_cow_broken_bytes", at->master_cow_bytes);
		bounds = json_object(to, "bounds");
		json_measure(bounds, "private_bytes.mean", report_rests(s, at->private_bytes.mean));
		json_measure(bounds, "cow_broken_bytes.mean", report_rests(s, at->cow_bytes.mean));
		json_measure(bounds, "shared_bytes.mean", report_rests(s, at->shared_bytes.mean));
		json_measure(bounds, "master_cow_broken_bytes",
			     measure_make(at->master_cow_bytes, UNKNOWN, s->estimated_all));
		json_figure(to, "full_collections", at->full_collections);
	}
}

static void add_events(cJSON *root, const struct story *s)
{
	cJSON *counts = json_object(root, "event_counts"), *array, *to;
	size_t i;

	for (i = 0; i < STORY_EVENT_TYPES; i++)
		json_figure(counts, event_type_name((enum event_type)i), (figure)s->event_counts[i]);
	array = json_array(root, "events");
	for (i = 0; i < s->nevents; i++) {
		const struct event *e = &s->events[i];

		to = json_element(array);
		json_time(to, "time", e->time_ns);
		json_pid(to, "pid", e->pid);
		json_text(to, "type", event_type_name(e->type));
		json_text(to, "text", e->text);
		json_figure(to, "cow_bytes", e->cow_bytes);
		json_measure(json_object(to, "bounds"), "cow_bytes", event_copies(e));
	}
	array = json_array(root, "findings");
	for (i = 0; i < s->nfindings; i++) {
		const struct finding *f = &s->findings[i];

		to = json_element(array);
		json_text(to, "kind", finding_kind_name(f->kind));
		json_pid(to, "pid", f->pid);
		json_text(to, "text", f->text);
		json_figure(to, "value", f->value);
		json_text(to, "unit", f->unit);
		json_finding_label(to, f);
	}
}

static void add_stacks(cJSON *root, const struct story *s)
{
	if (s->stacks)
		json_add_stacks(json_object(root, "stacks"), &s->stack_report, STACKS_SHOWN);
	else
		json_null(root, "stacks");
}

void json_report(struct buf *out, const struct story *s, bool pretty)
{
	cJSON *root = json_begin(), *array;
	size_t i;

	json_text(root, "schema", "cowtop.report/1");
	json_text(root, "version", COWTOP_VERSION);
	json_recording(json_object(root, "recording"), s);
	add_pool(root, s);
	add_loss(root, "loss", &s->loss, s->estimated);
	add_loss(root, "master_loss", &s->master_loss, s->estimated_all);
	add_erosion(root, s);
	add_growth(root, s);
	array = json_array(root, "processes");
	for (i = 0; i < s->nprocesses; i++)
		add_process(array, &s->processes[i]);
	json_figure(root, "unfollowed", (figure)s->unfollowed);
	add_curve(root, s);
	add_marks(root, s);
	add_events(root, s);
	if (s->why)
		json_why_members(json_object(root, "why"), s->why);
	else
		json_null(root, "why");
	add_stacks(root, s);
	json_end(out, root, pretty);
}
