#include "sink/json.h"

#include <string.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "model/command.h"
#include "model/tally.h"
#include "sink/gaps.h"
#include "sink/json_build.h"
#include "sink/json_gc.h"
#include "sink/json_why_parts.h"

static void add_head(cJSON *root, const char *schema, const struct sample *s)
{
	cJSON_AddStringToObject(root, "schema", schema);
	cJSON_AddStringToObject(root, "version", COWTOP_VERSION);
	if (s)
		json_time(root, "time", s->time_ns);
	else
		json_null(root, "time");
}

static void add_host(cJSON *root, const struct host_sample *h)
{
	cJSON *to = json_object(root, "host");

	json_text(to, "name", h->name);
	json_text(to, "kernel", h->kernel);
	json_fact(to, "page_size", h->page_size);
	json_fact(to, "memory_bytes", h->memory_bytes);
	json_fact(to, "available_bytes", h->available_bytes);
	json_fact(to, "cached_bytes", h->cached_bytes);
	json_fact(to, "swap_used_bytes", h->swap_used_bytes);
}

static void add_gap(cJSON *array, const struct gap *g)
{
	cJSON *to = json_element(array);

	json_text(to, "what", g->what);
	json_text(to, "error", gap_error_name(g));
	json_text(to, "needs", gap_is_reason(g) ? NULL : g->needs);
	json_text(to, "why", gap_is_reason(g) ? g->needs : NULL);
}

/* A collector that is not looked into: nobody lacks a permission. */
static void add_untold(cJSON *array, const struct gc_facts *gc)
{
	cJSON *to;

	if (!runtime_untold(gc->runtime))
		return;
	to = json_element(array);
	json_text(to, "what", "gc");
	json_null(to, "error");
	json_null(to, "needs");
	json_text(to, "why", runtime_untold(gc->runtime));
}

static void add_accounting(cJSON *root, const struct snapshot *s)
{
	cJSON *to = json_object(root, "accounting"), *missing;
	cleanup_free const struct gap **gaps = NULL;
	size_t n = gaps_of_pool(s, &gaps), i;

	json_text(to, "level", level_name(s->level));
	missing = json_array(to, "missing");
	for (i = 0; i < n; i++)
		add_gap(missing, gaps[i]);
	json_fact(to, "deferred", (fact)s->deferred);
	json_figure(to, "budget_percent", figure_of(s->facts->budget_ppm) / 1e4);
	json_figure(to, "cpu_percent", s->own_cpu * 100);
	json_figure(to, "cost_s", (figure)s->facts->cost_ns / SECOND);
	json_fact(to, "walked", s->facts->walked);
	json_fact(to, "skipped", s->facts->skipped);
	json_kernel(to, "kernel", &s->facts->host.properties);
}

/* Each kind of finding is there or is not (their list has its texts), each type of event was so often. */
static void add_tallies(cJSON *pool, const struct snapshot *s)
{
	cJSON *findings = json_object(pool, "findings_by_kind"), *events = json_object(pool, "events");
	size_t i;

	for (i = 0; i < TALLY_ROWS; i++) {
		const char *name = strchr(tally_fields[i].pool_key, '.') + 1;
		figure value = tally_measure(&tally_fields[i], s).value;

		if (i >= TALLY_FINDINGS)
			json_figure(events, name, value);
		else if (known(value))
			json_bool(findings, name, value > 0);
		else
			json_null(findings, name);
	}
}

static void fill_pool(cJSON *to, const struct snapshot *s)
{
	json_pid(to, "master_pid", s->facts->master_pid);
	json_pid(to, "leader_pid", sample_leader(s->facts));
	json_text(to, "kinship", kinship_name(s->facts->kinship));
	json_text(to, "command", s->command);
	if (known(s->pool.workers))
		json_bool(to, "forked", s->forked);
	else
		json_null(to, "forked");
	json_text(to, "exactness", exactness_name(s->exactness));
	json_pool_figures(to, s);
	json_gc_groups(to, s);
	json_findings(to, s);
	add_tallies(to, s);
	if (s->why)
		json_why_members(json_object(to, "why"), s->why);
}

static cJSON *process_object(const struct snapshot *s, const struct proc_snapshot *p)
{
	const struct proc_sample *facts = p->facts;
	const char state[2] = { facts->state };
	cJSON *to = cJSON_CreateObject(), *unreadable;
	char command[COMMAND_SIZE];
	size_t i;

	command_whole(facts, command, sizeof(command));
	json_fact(to, "pid", facts->pid);
	json_fact(to, "ppid", facts->ppid);
	json_time(to, "start_time", facts->start_ns);
	json_text(to, "role", role_name(p->role));
	json_bool(to, "forked", facts->forked);
	json_bool(to, "arbiter", p->arbiter);
	json_pid(to, "arbiter_pid", p->arbiter_pid);
	if (p->slot)
		json_fact(to, "slot", p->slot);
	else
		json_null(to, "slot");
	json_text(to, "command", command);
	json_text(to, "cmdline", facts->cmdline);
	json_text(to, "user", facts->user);
	json_text(to, "state", facts->state ? state : NULL);
	json_text(to, "exactness", exactness_name(facts->exactness));
	json_process_figures(to, p);
	json_gc(to, s->facts, facts);
	unreadable = json_array(to, "unreadable");
	for (i = 0; i < facts->ngaps; i++)
		add_gap(unreadable, &facts->gaps[i]);
	add_untold(unreadable, &facts->gc);
	return to;
}

static void fill_event(cJSON *to, const struct event *e)
{
	json_time(to, "time", e->time_ns);
	json_pid(to, "pid", e->pid);
	json_text(to, "type", event_type_name(e->type));
	json_text(to, "text", e->text);
	json_figure(to, "cow_bytes", e->cow_bytes);
	json_measure(json_object(to, "bounds"), "cow_bytes", event_copies(e));
	json_event_full(to, &e->full);
}

static cJSON *event_object(const struct event *e)
{
	cJSON *to = cJSON_CreateObject();

	fill_event(to, e);
	return to;
}

void json_event(struct buf *out, const struct snapshot *s, const struct event *e, uint64_t dropped)
{
	cJSON *root = json_begin(), *pool;

	cJSON_AddStringToObject(root, "schema", "cowtop.event/1");
	cJSON_AddStringToObject(root, "version", COWTOP_VERSION);
	json_text(root, "host", s->facts->host.name);
	pool = json_object(root, "pool");
	json_text(pool, "command", s->command);
	json_pid(pool, "master_pid", s->facts->master_pid);
	json_pid(pool, "leader_pid", sample_leader(s->facts));
	fill_event(root, e);
	json_fact(root, "dropped", (fact)dropped);
	json_end(out, root, false);
}

/* What stands in front of the processes. */
static void print_head(struct buf *out, const struct snapshot *s, bool pretty)
{
	cJSON *root = json_begin();
	struct json_document d;

	add_head(root, "cowtop.sample/1", s->facts);
	json_figure(root, "elapsed_s", s->elapsed_s);
	add_host(root, &s->facts->host);
	add_accounting(root, s);
	fill_pool(json_object(root, "pool"), s);
	json_open(&d, out, root, pretty);
	json_open_array(&d, "processes");
}

/* Its head, then each process, then each event, then its end. */
static void print_part(struct json_pieces *p, struct buf *out)
{
	const struct snapshot *s = p->snap;
	struct json_document d = { .out = out, .pretty = p->pretty };
	size_t event = p->parts - s->nprocs - 1;

	if (!p->parts) {
		print_head(out, s, p->pretty);
	} else if (p->parts <= s->nprocs) {
		d.n = p->parts - 1;
		json_print_element(&d, process_object(s, &s->procs[d.n]));
	} else {
		if (!event) {
			json_close_array(&d);
			json_open_array(&d, "events");
		}
		if (event < s->nevents) {
			d.n = event;
			json_print_element(&d, event_object(&s->events[event]));
		} else {
			json_close_array(&d);
			json_close(&d);
			p->whole = true;
		}
	}
	p->parts++;
}

bool json_piece(struct json_pieces *p, struct buf *out)
{
	size_t before = out->len;

	while (!p->whole && out->len - before < JSON_PIECE)
		print_part(p, out);
	return out->len > before;
}

void json_snapshot(struct buf *out, const struct snapshot *s, bool pretty)
{
	struct json_pieces p = { .snap = s, .pretty = pretty };

	while (json_piece(&p, out))
		;
}

void json_pools(struct buf *out, const struct snapshot *snaps, size_t n, bool pretty)
{
	cJSON *root = json_begin(), *array, *pool;
	size_t i;

	/* Time and host are those of the first pool; without a pool there is no sample to tell. */
	add_head(root, "cowtop.pools/1", n ? snaps[0].facts : NULL);
	if (n)
		add_host(root, &snaps[0].facts->host);
	else
		json_null(root, "host");
	array = json_array(root, "pools");
	for (i = 0; i < n; i++) {
		pool = json_element(array);
		fill_pool(pool, &snaps[i]);
		add_accounting(pool, &snaps[i]);
	}
	json_end(out, root, pretty);
}
