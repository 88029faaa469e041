#include "sink/stacks.h"

#include <inttypes.h>
#include <stdio.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "sink/json_build.h"
#include "sink/stacks_label.h"
#include "sink/stacks_parts.h"

/* Frames beyond the functions: what stands for the missing ones. */
enum { EXTRA_TRUNCATED, EXTRA_KERNEL, EXTRA_UNATTRIBUTED, EXTRAS };

static const char *const extras[EXTRAS] = {
	[EXTRA_TRUNCATED] = LABEL_TRUNCATED,
	[EXTRA_KERNEL] = LABEL_KERNEL,
	[EXTRA_UNATTRIBUTED] = LABEL_UNATTRIBUTED,
};

/* One profile being written. */
struct profile {
	const struct stacks *s;
	cJSON *object, *samples, *weights;
	uint64_t pages;
};

static void add_frames(cJSON *root, const struct stacks *s, const struct labels *labels)
{
	cJSON *array = json_array(json_object(root, "shared"), "frames"), *to;
	size_t i;

	for (i = 0; i < s->nfunctions; i++) {
		const struct stack_function *f = &s->functions[i];

		to = json_element(array);
		json_text(to, "name", labels->items[i]);
		json_text(to, "file", f->file ?: f->object);
		if (f->line > 0)
			json_fact(to, "line", f->line);
	}
	for (i = 0; i < EXTRAS; i++)
		json_text(json_element(array), "name", extras[i]);
}

static struct profile begin(cJSON *profiles, const struct stacks *s, const char *name)
{
	struct profile p = { .s = s, .object = json_element(profiles) };

	json_text(p.object, "type", "sampled");
	json_text(p.object, "name", name);
	json_text(p.object, "unit", "bytes");
	p.samples = json_array(p.object, "samples");
	p.weights = json_array(p.object, "weights");
	return p;
}

static void end(struct profile *p)
{
	json_figure(p->object, "startValue", 0);
	json_figure(p->object, "endValue", (figure)p->pages * (figure)p->s->page_size);
}

/* A list of numbers is one raw text: as cJSON items a large profile would take gigabytes. */
static void add_index(struct buf *sample, size_t index)
{
	buf_printf(sample, "%s%zu", sample->len ? "," : "[", index);
}

static void add_weight(struct profile *p, struct buf *sample, uint64_t pages)
{
	char digits[32];

	buf_adds(sample, sample->len ? "]" : "[]");
	snprintf(digits, sizeof(digits), "%" PRIu64, pages * (uint64_t)p->s->page_size);
	cJSON_AddItemToArray(p->samples, cJSON_CreateRaw(sample->data));
	cJSON_AddItemToArray(p->weights, cJSON_CreateRaw(digits));
	p->pages += pages;
}

static void add_row(struct profile *p, const struct stack_row *row, uint64_t pages)
{
	const struct stack_trace *t = &p->s->traces[row->trace];
	cleanup(buf_release) struct buf sample = { 0 };

	if (!pages)
		return;
	if (row->truncated)
		add_index(&sample, p->s->nfunctions + EXTRA_TRUNCATED);
	for (uint32_t i = t->nframes; i-- > 0;)
		add_index(&sample, t->frames[i]);
	if (stack_needs_kernel(p->s, t))
		add_index(&sample, p->s->nfunctions + EXTRA_KERNEL);
	add_weight(p, &sample, pages);
}

static void add_unattributed(struct profile *p, fact pages)
{
	cleanup(buf_release) struct buf sample = { 0 };

	if (pages <= 0)
		return;
	add_index(&sample, p->s->nfunctions + EXTRA_UNATTRIBUTED);
	add_weight(p, &sample, (uint64_t)pages);
}

static void add_pool(cJSON *profiles, const struct stack_report *r)
{
	struct profile p = begin(profiles, r->facts, "pool");

	for (size_t i = 0; i < r->nrows; i++)
		add_row(&p, &r->rows[i], r->rows[i].sum.pages[PAGE_EVENT_COPIED]);
	add_unattributed(&p, r->pool.unattributed);
	end(&p);
}

static void add_processes(cJSON *profiles, const struct stack_report *r)
{
	const struct stacks *s = r->facts;
	cleanup_free struct profile *all = xcalloc(s->nprocesses + 1, sizeof(*all));
	size_t i, k;

	for (i = 0; i < s->nprocesses; i++) {
		cleanup(buf_release) struct buf name = { 0 };

		buf_printf(&name, "%s %d", s->processes[i].master ? "master" : "worker",
			   (int)s->processes[i].pid);
		all[i] = begin(profiles, s, name.data);
	}
	for (i = 0; i < r->nrows; i++) {
		const struct stack_row *row = &r->rows[i];

		for (k = row->from; k < row->from + row->nparts; k++)
			add_row(&all[r->parts[k].process], row, r->parts[k].sum.pages[PAGE_EVENT_COPIED]);
	}
	for (i = 0; i < s->nprocesses; i++) {
		add_unattributed(&all[i], r->processes[i].unattributed);
		end(&all[i]);
	}
}

void json_speedscope(struct buf *out, const struct stack_report *r)
{
	cleanup(labels_release) struct labels labels = { 0 };
	cleanup(buf_release) struct buf name = { 0 };
	cJSON *root = json_begin(), *profiles;

	labels_make(r->facts, &labels);
	stacks_headline(&name, r);
	json_text(root, "$schema", "https://www.speedscope.app/file-format-schema.json");
	json_text(root, "exporter", "cowtop@" COWTOP_VERSION);
	json_text(root, "name", name.data);
	json_figure(root, "activeProfileIndex", 0);
	add_frames(root, r->facts, &labels);
	profiles = json_array(root, "profiles");
	add_pool(profiles, r);
	add_processes(profiles, r);
	json_end(out, root, false);
}
