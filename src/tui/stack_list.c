#include "tui/stack_list.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "model/stack_label.h"

/* ---- what is listed */

/* A hash of role and frames. Names alone do not tell functions apart, offsets not those of Python. */
static uint64_t key_of(const struct stacks *s, const struct stack_row *row)
{
	const struct stack_trace *t = &s->traces[row->trace];
	uint64_t hash = 0;
	uint32_t i;

	hash = hash_bytes(hash, &row->role, sizeof(row->role));
	hash = hash_bytes(hash, &t->kernel, sizeof(t->kernel));
	for (i = 0; i < t->nframes; i++) {
		const struct stack_function *f = &s->functions[t->frames[i]];
		const char *name = f->name ? f->name : "";

		hash = hash_bytes(hash, name, strlen(name) + 1);
		hash = hash_bytes(hash, f->object, strlen(f->object) + 1);
		hash = hash_bytes(hash, &f->offset, sizeof(f->offset));
		hash = hash_bytes(hash, &f->line, sizeof(f->line));
	}
	return hash ? hash : 1;
}

static int by_pages(const void *a, const void *b)
{
	const struct stack_item *x = a, *y = b;

	if (x->pages != y->pages)
		return x->pages > y->pages ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

static void add_item(struct stack_list *l, const struct stack_row *row, uint64_t pages)
{
	if (pages)
		l->items[l->n++] = (struct stack_item){ .row = row, .pages = pages };
}

/* The pages of a row that one process copied. */
static uint64_t pages_in(const struct stack_report *r, const struct stack_row *row, uint32_t process)
{
	size_t i;

	for (i = row->from; i < row->from + row->nparts; i++) {
		if (r->parts[i].process == process)
			return r->parts[i].sum.pages[PAGE_EVENT_COPIED];
	}
	return 0;
}

static void list_process(const struct stack_report *r, struct proc_key key, struct stack_list *l)
{
	const struct stacks *s = r->facts;
	uint32_t process;
	size_t i;

	for (process = 0; process < s->nprocesses; process++) {
		if (s->processes[process].pid == key.pid &&
		    s->processes[process].start_ticks == key.start_ticks)
			break;
	}
	if (process == s->nprocesses)
		return;
	l->process = &s->processes[process];
	l->tally = &r->processes[process];
	for (i = 0; i < r->nrows; i++)
		add_item(l, &r->rows[i], pages_in(r, &r->rows[i], process));
	qsort(l->items, l->n, sizeof(*l->items), by_pages);
}

void stack_list_make(const struct ui_model *m, const struct ui *ui, struct stack_list *ret)
{
	const struct stack_report *r = m->stacks.report;
	size_t i;

	*ret = (struct stack_list){ 0 };
	if (!r)
		return;
	ret->items = xcalloc(r->nrows + 1, sizeof(*ret->items));
	if (ui->stacks_of_one) {
		list_process(r, ui->selected, ret);
	} else {
		ret->tally = &r->pool;
		for (i = 0; i < r->nrows; i++)
			add_item(ret, &r->rows[i], r->rows[i].sum.pages[PAGE_EVENT_COPIED]);
	}
	if (ret->n > STACKS_LISTED) {
		ret->more = ret->n - STACKS_LISTED;
		ret->n = STACKS_LISTED;
	}
	for (i = 0; i < ret->n; i++)
		ret->items[i].key = key_of(r->facts, ret->items[i].row);
}

void stack_list_release(struct stack_list *l)
{
	free(l->items);
	*l = (struct stack_list){ 0 };
}

/* ---- frames */

int stack_frames(const struct stacks *s, const struct stack_row *row)
{
	const struct stack_trace *t = &s->traces[row->trace];

	return (int)t->nframes + stack_needs_kernel(s, t) + row->truncated;
}

void stack_frame(const struct stacks *s, const struct stack_row *row, int i, struct buf *out)
{
	const struct stack_trace *t = &s->traces[row->trace];
	int kernel = stack_needs_kernel(s, t);

	if (i < kernel)
		buf_adds(out, LABEL_KERNEL);
	else if (i - kernel < (int)t->nframes)
		stack_label(out, &s->functions[t->frames[i - kernel]]);
	else
		buf_adds(out, LABEL_TRUNCATED);
}

/* ---- what is selected */

static size_t find(const struct stack_list *l, uint64_t key)
{
	size_t i;

	for (i = 0; i < l->n && l->items[i].key != key; i++)
		;
	return i;
}

size_t stack_list_selected(const struct stack_list *l, const struct ui *ui)
{
	size_t at = find(l, ui->stack);

	return at < l->n ? at : 0;
}

/* Lines of a stack below its own. */
static int unfolded(const struct ui_model *m, const struct ui *ui, const struct stack_item *item)
{
	return ui->unfolded && item->key == ui->stack ? stack_frames(m->stacks.report->facts, item->row) : 0;
}

void stack_list_lines(const struct ui_model *m, const struct ui *ui, int *first, int *last)
{
	cleanup(stack_list_release) struct stack_list l = { 0 };

	stack_list_make(m, ui, &l);
	*first = (int)stack_list_selected(&l, ui);
	*last = *first + (l.n ? unfolded(m, ui, &l.items[*first]) : 0);
}

/* A step leaves an unfolded stack when it goes beyond its frames. */
void stack_list_move(struct ui *ui, const struct ui_model *m, int by)
{
	cleanup(stack_list_release) struct stack_list l = { 0 };
	int at, line, frames;

	stack_list_make(m, ui, &l);
	if (!l.n)
		return;
	at = (int)stack_list_selected(&l, ui);
	frames = unfolded(m, ui, &l.items[at]);
	line = ui->stack_line + by;
	if (line < 0 || line > frames) {
		at += line < 0 ? line : line - frames;
		at = at < 0 ? 0 : at >= (int)l.n ? (int)l.n - 1 : at;
		ui->unfolded = ui->unfolded && l.items[at].key == ui->stack;
		frames = ui->unfolded ? frames : 0;
		line = line < 0 ? 0 : frames;
	}
	ui->stack = l.items[at].key;
	ui->stack_line = line;
	ui->reveal = true;
}

void stack_list_fold(struct ui *ui, const struct ui_model *m)
{
	cleanup(stack_list_release) struct stack_list l = { 0 };

	stack_list_make(m, ui, &l);
	if (!l.n)
		return;
	ui->stack = l.items[stack_list_selected(&l, ui)].key;
	ui->unfolded = !ui->unfolded;
	ui->stack_line = 0;
	ui->reveal = true;
}

void stack_list_settle(struct ui *ui, const struct ui_model *m)
{
	cleanup(stack_list_release) struct stack_list l = { 0 };
	size_t at;
	int frames;

	if (!m->stacks.report)
		return;
	stack_list_make(m, ui, &l);
	at = find(&l, ui->stack);
	if (at == l.n) {
		ui->stack = 0;
		ui->unfolded = false;
	}
	frames = at < l.n ? unfolded(m, ui, &l.items[at]) : 0;
	ui->stack_line = ui->stack_line > frames ? frames : ui->stack_line;
}
