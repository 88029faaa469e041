#include "sink/stacks_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/units.h"
#include "model/stack_notes.h"
#include "sink/gaps.h"
#include "sink/stacks.h"
#include "sink/stacks_label.h"
#include "sink/stacks_parts.h"
#include "sink/text_grid.h"
#include "sink/text_wrap.h"

#define FRAMES_SHOWN 24 /* of a stack; every output but this one has all */
#define INDENT 8

static figure bytes_of(const struct stack_report *r, figure pages)
{
	return pages * (figure)r->facts->page_size;
}

/* A share of all copied pages; unknown without any. */
static figure share_of(const struct stack_report *r, uint64_t pages)
{
	return r->pool.copied > 0 ? (figure)pages / (figure)r->pool.copied : UNKNOWN;
}

static void add_gaps(struct buf *out, const struct stacks *s, size_t columns)
{
	for (size_t i = 0; i < s->ngaps; i++) {
		const struct gap *g = &s->gaps[i];
		cleanup(buf_release) struct buf line = { 0 };

		buf_printf(&line, "%s%s%s%s%s", g->what, g->error ? ": " : "",
			   g->error ? gap_error_name(g) ?: "error" : "", *g->needs ? "; needs " : "",
			   g->needs);
		buf_adds(out, "without ");
		text_wrap(out, line.data, 8, columns);
	}
}

static void add_head(struct buf *out, const struct stack_report *r, size_t columns)
{
	void (*const lines[])(struct buf *, const struct stack_report *) = {
		stacks_headline,
		stacks_amount,
		stacks_method,
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		cleanup(buf_release) struct buf line = { 0 };

		lines[i](&line, r);
		text_wrap(out, line.data, 0, columns);
	}
	add_gaps(out, r->facts, columns);
}

static void add_role(struct grid *g, const struct stack_report *r, const char *name, uint64_t pages)
{
	struct grid_row *row = grid_add(g);
	char text[16];

	snprintf(row->cell[0], sizeof(row->cell[0]), "%s", name);
	snprintf(row->cell[1], sizeof(row->cell[1]), "%" PRIu64, pages);
	snprintf(row->cell[2], sizeof(row->cell[2]), "%s",
		 units_format_size(text, bytes_of(r, (figure)pages)));
	snprintf(row->cell[3], sizeof(row->cell[3]), "%s", text_percent(text, share_of(r, pages)));
}

void stacks_text_roles(struct buf *out, const struct stack_report *r, size_t columns)
{
	cleanup(grid_release) struct grid g = { .heads = { "<ROLE", "PAGES", "SIZE", "%" } };
	bool done[STACK_ROLES] = { 0 };

	for (;;) {
		int most = -1;

		for (int i = 0; i < STACK_ROLES; i++) {
			if (!done[i] && r->pool.roles[i] &&
			    (most < 0 || r->pool.roles[i] > r->pool.roles[most]))
				most = i;
		}
		if (most < 0)
			break;
		done[most] = true;
		add_role(&g, r, stacks_role_words((enum stack_role)most), r->pool.roles[most]);
	}
	if (r->pool.unattributed > 0)
		add_role(&g, r, "unattributed", (uint64_t)r->pool.unattributed);
	if (!g.n)
		return;
	buf_addc(out, '\n');
	grid_print(&g, out, columns);
}

static void put_fact(char cell[20], const char *about, fact value)
{
	if (value == ABSENT)
		strcpy(cell, "-");
	else
		snprintf(cell, 20, "%s%" PRId64, about, value);
}

/* Write faults that are no copies. */
static bool sees_others(const struct stacks *s)
{
	return s->period && stack_method_sees(s->method, PAGE_EVENT_REUSED);
}

static void add_process(struct grid *g, const struct stack_report *r, size_t i)
{
	const struct stack_process *p = &r->facts->processes[i];
	const struct stack_tally *t = &r->processes[i];
	const uint64_t *pages = t->sum.pages;
	struct grid_row *row = grid_add(g);
	size_t n = 0, e;

	snprintf(row->cell[n++], sizeof(row->cell[0]), "%s", p->master ? "master" : "worker");
	snprintf(row->cell[n++], sizeof(row->cell[0]), "%d", (int)p->pid);
	put_fact(row->cell[n++], t->exact || t->copied == ABSENT ? "" : "~", t->copied);
	units_format_mib(row->cell[n++], bytes_of(r, figure_of(t->copied)));
	put_fact(row->cell[n++], "", t->unattributed);
	put_fact(row->cell[n++], "", t->faults);
	if (r->facts->period)
		snprintf(row->cell[n++], sizeof(row->cell[0]), "%" PRIu64, t->lost);
	for (e = PAGE_EVENT_REUSED; sees_others(r->facts) && e < PAGE_EVENTS; e++)
		snprintf(row->cell[n++], sizeof(row->cell[0]), "%" PRIu64, pages[e]);
	row->tail = p->comm;
}

static void add_processes(struct buf *out, const struct stack_report *r, size_t columns)
{
	cleanup(grid_release) struct grid g = {
		.heads = { "<PROCESS", "PID", "COPIED", "MiB", "UNATTR", "FAULTS" },
		.tail_head = "NAME",
	};
	static const char *const others[] = { "REUSED", "ZEROED", "FIRST", "UNDEC" };

	if (r->facts->period)
		g.heads[6] = "LOST";
	if (sees_others(r->facts))
		memcpy(g.heads + 7, others, sizeof(others));
	for (size_t i = 0; i < r->facts->nprocesses; i++)
		add_process(&g, r, i);
	buf_addc(out, '\n');
	grid_print(&g, out, columns);
}

static void add_frame(struct buf *out, const char *label, const struct stack_function *f, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };

	buf_adds(&line, label);
	if (f && f->name && f->kind == FRAME_NATIVE)
		buf_printf(&line, "  (%s)", f->object);
	buf_printf(out, "%*s", INDENT, "");
	text_cut(out, line.data, columns - INDENT);
	buf_addc(out, '\n');
}

/* From the leaf to the root, as a debugger prints it. */
static void add_frames(struct buf *out, const struct labels *labels, const struct stack_row *row,
		       size_t frames, size_t columns)
{
	const struct stacks *s = labels->facts;
	const struct stack_trace *t = &s->traces[row->trace];
	uint32_t i;

	if (stack_needs_kernel(s, t))
		add_frame(out, LABEL_KERNEL, NULL, columns);
	for (i = 0; i < t->nframes && i < frames; i++)
		add_frame(out, labels->items[t->frames[i]], &s->functions[t->frames[i]], columns);
	if (i < t->nframes)
		buf_printf(out, "%*s... and %" PRIu32 " more\n", INDENT, "", t->nframes - i);
	if (row->truncated)
		add_frame(out, LABEL_TRUNCATED, NULL, columns);
}

void stacks_text_top(struct buf *out, const struct stack_report *r, size_t top, size_t frames, size_t columns)
{
	cleanup(labels_release) struct labels labels = { 0 };
	char share[16], size[16];
	size_t i, shown = 0;

	labels_make(r->facts, &labels);
	for (i = 0; i < r->nrows && r->rows[i].sum.pages[PAGE_EVENT_COPIED]; i++) {
		const struct stack_row *row = &r->rows[i];
		uint64_t pages = row->sum.pages[PAGE_EVENT_COPIED];

		if (shown == top)
			continue;
		shown++;
		buf_printf(out, "\n%5s%%  %" PRIu64 " page%s, %s, %s\n",
			   text_percent(share, share_of(r, pages)), pages, pages == 1 ? "" : "s",
			   units_format_size(size, bytes_of(r, (figure)pages)), stacks_role_words(row->role));
		add_frames(out, &labels, row, frames, columns);
	}
	if (i > shown)
		buf_printf(out, "\nand %zu more stacks\n", i - shown);
}

static void add_notes(struct buf *out, const struct stack_report *r, size_t columns)
{
	for (int i = 0; i < STACK_NOTES; i++) {
		cleanup(buf_release) struct buf line = { 0 };

		stack_note(&line, r, (enum stack_note)i);
		if (!line.len)
			continue;
		buf_addc(out, '\n');
		text_wrap(out, line.data, 0, columns);
	}
}

static void add_cost(struct buf *out, const struct stacks *s)
{
	char cost[16], hits[16];
	uint64_t all = s->unwinds + s->memo_hits;

	buf_printf(out, "\ncowtop took %s ms of CPU time for it",
		   units_format_count(cost, (figure)s->cost_ns / 1e6));
	if (all)
		buf_printf(out, "; %s%% of the stacks were known already",
			   text_percent(hits, (figure)s->memo_hits / (figure)all));
	buf_addc(out, '\n');
}

void stacks_text(struct buf *out, const struct stack_report *r, size_t top, size_t columns)
{
	add_head(out, r, columns);
	stacks_text_roles(out, r, columns);
	add_processes(out, r, columns);
	stacks_text_top(out, r, top, FRAMES_SHOWN, columns);
	add_notes(out, r, columns);
	add_cost(out, r->facts);
}
