#include "sink/json_stacks.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "model/stack_notes.h"
#include "sink/gaps.h"
#include "sink/stacks.h"
#include "sink/stacks_label.h"

static void add_span(cJSON *to, const struct stacks *s)
{
	json_text(to, "schema", "cowtop.stacks/1");
	json_text(to, "version", COWTOP_VERSION);
	json_time(to, "time", s->time_ns);
	json_figure(to, "elapsed_s", (figure)s->span_ns / SECOND);
	json_fact(to, "page_size", s->page_size);
}

static void add_method(cJSON *root, const struct stacks *s)
{
	cJSON *to = json_object(root, "method"), *missing, *gap;

	json_text(to, "events", stack_method_name(s->method));
	json_bool(to, "master_covered", s->master_covered);
	json_fact(to, "every", s->period ? (fact)s->period : ABSENT);
	json_fact(to, "stack_bytes", s->period ? (fact)s->stack_bytes : ABSENT);
	json_figure(to, "unwinds", (figure)s->unwinds);
	json_figure(to, "memo_hits", (figure)s->memo_hits);
	json_figure(to, "cost_s", (figure)s->cost_ns / SECOND);
	missing = json_array(to, "missing");
	for (size_t i = 0; i < s->ngaps; i++) {
		gap = json_element(missing);
		json_text(gap, "what", s->gaps[i].what);
		json_text(gap, "error", gap_error_name(&s->gaps[i]));
		json_text(gap, "needs", *s->gaps[i].needs ? s->gaps[i].needs : NULL);
	}
}

static void add_pages(cJSON *to, const struct stacks *s, const struct stack_sum *sum)
{
	cJSON *at = json_object(to, "pages");

	for (int i = 0; i < PAGE_EVENTS; i++) {
		enum page_event e = (enum page_event)i;

		json_figure(at, page_event_name(e),
			    stack_method_sees(s->method, e) ? (figure)sum->pages[e] : UNKNOWN);
	}
}

/* Without samples there are counters only. */
static void add_tally(cJSON *to, const struct stacks *s, const struct stack_tally *t)
{
	cJSON *roles;
	figure copied = figure_of(t->copied);

	json_figure(to, "copied_pages", copied);
	json_figure(to, "copied_bytes", copied * (figure)s->page_size);
	json_text(to, "exactness", t->exact ? "exact" : known(copied) ? "estimate" : NULL);
	json_fact(to, "unattributed_pages", t->unattributed);
	json_fact(to, "minor_faults", t->faults);
	if (!s->period)
		return;
	json_figure(to, "samples", (figure)t->sum.samples);
	json_figure(to, "lost_samples", (figure)t->lost);
	json_figure(to, "truncated_pages", (figure)t->truncated);
	add_pages(to, s, &t->sum);
	roles = json_object(to, "roles");
	for (int i = 0; i < STACK_ROLES; i++)
		json_figure(roles, stack_role_name((enum stack_role)i), (figure)t->roles[i]);
}

static void add_processes(cJSON *root, const struct stack_report *r)
{
	cJSON *array = json_array(root, "processes"), *to;

	for (size_t i = 0; i < r->facts->nprocesses; i++) {
		const struct stack_process *p = &r->facts->processes[i];

		to = json_element(array);
		json_pid(to, "pid", p->pid);
		json_pid(to, "ppid", p->parent);
		json_figure(to, "start_ticks", p->start_ticks ? (figure)p->start_ticks : UNKNOWN);
		json_text(to, "role", p->master ? "master" : "worker");
		json_text(to, "command", p->comm);
		add_tally(to, r->facts, &r->processes[i]);
	}
}

static const char *kind_name(enum frame_kind kind)
{
	static const char *const names[] = {
		[FRAME_NATIVE] = "native", [FRAME_PYTHON] = "python",   [FRAME_JIT] = "jit",
		[FRAME_KERNEL] = "kernel", [FRAME_UNKNOWN] = "unknown",
	};

	return names[kind];
}

static void add_functions(cJSON *root, const struct stacks *s, const struct labels *labels)
{
	cJSON *array = json_array(root, "functions"), *to;

	for (size_t i = 0; i < s->nfunctions; i++) {
		const struct stack_function *f = &s->functions[i];

		to = json_element(array);
		json_text(to, "label", labels->items[i]);
		json_text(to, "name", f->name);
		json_text(to, "object", f->object);
		json_figure(to, "offset", (figure)f->offset);
		json_text(to, "kind", kind_name(f->kind));
		json_text(to, "file", f->file);
		json_fact(to, "line", f->line > 0 ? f->line : ABSENT);
	}
}

static void add_stack(cJSON *array, const struct stack_report *r, const struct stack_row *row)
{
	const struct stack_trace *t = &r->facts->traces[row->trace];
	figure copied = (figure)row->sum.pages[PAGE_EVENT_COPIED];
	cJSON *to = json_element(array), *list;

	json_text(to, "role", stack_role_name(row->role));
	json_figure(to, "copied_pages", copied);
	json_figure(to, "copied_bytes", copied * (figure)r->facts->page_size);
	json_figure(to, "samples", (figure)row->sum.samples);
	add_pages(to, r->facts, &row->sum);
	json_bool(to, "kernel", t->kernel);
	json_bool(to, "truncated", row->truncated);
	list = json_array(to, "frames");
	for (uint32_t i = 0; i < t->nframes; i++)
		cJSON_AddItemToArray(list, cJSON_CreateNumber(t->frames[i]));
	list = json_array(to, "processes");
	for (size_t i = row->from; i < row->from + row->nparts; i++) {
		cJSON *part = json_element(list);

		json_pid(part, "pid", r->facts->processes[r->parts[i].process].pid);
		json_figure(part, "copied_pages", (figure)r->parts[i].sum.pages[PAGE_EVENT_COPIED]);
	}
}

/* A string each. */
static void add_notes(cJSON *root, const struct stack_report *r)
{
	cJSON *array = json_array(root, "notes");

	for (int i = 0; i < STACK_NOTES; i++) {
		cleanup(buf_release) struct buf text = { 0 };

		stack_note(&text, r, (enum stack_note)i);
		if (text.len)
			cJSON_AddItemToArray(array, cJSON_CreateString(text.data));
	}
}

void json_add_stacks(cJSON *root, const struct stack_report *r, size_t top)
{
	cleanup(labels_release) struct labels labels = { 0 };
	cJSON *array, *pool;

	labels_make(r->facts, &labels);
	add_span(root, r->facts);
	add_method(root, r->facts);
	pool = json_object(root, "pool");
	add_tally(pool, r->facts, &r->pool);
	json_fact(pool, "collapsed_pages", r->facts->looked ? r->facts->collapsed : ABSENT);
	add_processes(root, r);
	add_functions(root, r->facts, &labels);
	add_notes(root, r);
	array = json_array(root, "stacks");
	for (size_t i = 0; i < r->nrows && (!top || i < top); i++)
		add_stack(array, r, &r->rows[i]);
}

void json_stacks(struct buf *out, const struct stack_report *r, size_t top, bool pretty)
{
	cJSON *root = json_begin();

	json_add_stacks(root, r, top);
	json_end(out, root, pretty);
}
