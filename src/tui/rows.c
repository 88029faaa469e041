#include "tui/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "model/title.h"
#include "tui/column.h"

void rows_release(struct rows *r)
{
	free(r->items);
	*r = (struct rows){ 0 };
}

int rows_find(const struct rows *r, struct proc_key key)
{
	int i;

	for (i = 0; i < r->n; i++) {
		if (proc_key_same(r->items[i].key, key))
			return i;
	}
	return -1;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool rows_contains(const char *text, const char *needle)
{
	size_t i;

	for (; *text; text++) {
		for (i = 0; needle[i] && lower(text[i]) == lower(needle[i]); i++)
			;
		if (!needle[i])
			return true;
	}
	return !*needle;
}

bool rows_match(const struct proc_snapshot *p, const char *needle)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", p->facts->pid);
	return rows_contains(title_whole(p->facts), needle) || rows_contains(pid, needle) ||
	       rows_contains(role_name(p->role), needle);
}

/* A process with minor faults, or with a rate that is not known; the master always. */
static bool is_active(const struct proc_snapshot *p)
{
	figure rate = p->figures.faults.minor_per_s;

	return !known(rate) || rate > 0 || p->role == ROLE_MASTER;
}

static enum row_trend trend_of(const struct ui_model *m, struct proc_key key, const struct proc_snapshot *p)
{
	const struct page_figures *pages = &p->figures.pages;
	uint64_t then = m->number > ROWS_TREND ? m->number - ROWS_TREND : 1, at;
	figure page_size = (figure)m->shown->facts->host.page_size;
	figure now = p->figures.cow_broken_bytes, grown;
	figure inherited = pages->shared + pages->orphaned + pages->cow_broken;

	at = timeline_first(m->timeline);
	then = then < at ? at : then;
	at = timeline_born(m->timeline, key);
	then = then < at ? at : then;
	grown = now - timeline_cow_bytes(m->timeline, then, key);
	if (!known(grown) || then == m->number)
		return TREND_NONE;
	if (grown > 0.01 * inherited * page_size)
		return TREND_RISING;
	return grown <= 0 && now > 0 ? TREND_STILL : TREND_NONE;
}

static bool is_born(const struct ui_model *m, struct proc_key key)
{
	uint64_t born = timeline_born(m->timeline, key);

	return born && born <= m->number && m->number - born < ROWS_MARKED;
}

static bool is_listed(const struct ui *ui, const struct proc_snapshot *p, bool gone)
{
	return rows_match(p, ui->filter) && (!ui->active || gone || is_active(p));
}

static void add(struct rows *r, const struct ui_model *m, const struct ui *ui, const struct proc_snapshot *p,
		bool gone)
{
	struct proc_key key = proc_key_of(p);

	if (!is_listed(ui, p, gone))
		return;
	r->items[r->n++] = (struct row){
		.proc = p,
		.key = key,
		.value = column_value(&columns[ui->sort], m->shown, p),
		.gone = gone,
		.born = !gone && is_born(m, key),
		.trend = gone ? TREND_NONE : trend_of(m, key, p),
	};
}

static int place_of(const struct row *r)
{
	return r->proc->role == ROLE_MASTER ? 0 : r->proc->role == ROLE_WORKER ? 1 : 2;
}

/* Unknown values come last in either order; rows with equal ones go by their pids. */
static int compare(const void *left, const void *right, void *arg)
{
	const struct row *a = left, *b = right;
	const struct ui *ui = arg;
	int by = place_of(a) - place_of(b);

	if (by)
		return by;
	if (columns[ui->sort].kind == COLUMN_COMMAND)
		by = strcmp(title_whole(a->proc->facts), title_whole(b->proc->facts));
	else if (known(a->value) != known(b->value))
		return known(a->value) ? -1 : 1;
	else
		by = (a->value < b->value) - (a->value > b->value);
	if (by)
		return ui->ascending ? -by : by;
	return (a->key.pid > b->key.pid) - (a->key.pid < b->key.pid);
}

/* The rows, which are sorted, as a tree. */
static void grow_tree(const struct ui_model *m, struct rows *r)
{
	size_t n = (size_t)r->n, i;
	cleanup_free const struct proc_sample **list = xcalloc(n + 1, sizeof(*list));
	cleanup_free struct family_row *places = xcalloc(n + 1, sizeof(*places));
	cleanup_free struct row *flat = r->items;

	r->items = xcalloc(n + 1, sizeof(*r->items));
	for (i = 0; i < n; i++)
		list[i] = flat[i].proc->facts;
	family_order(m->shown, list, n, places);
	for (i = 0; i < n; i++) {
		r->items[i] = flat[places[i].at];
		r->items[i].place = places[i];
	}
}

void rows_list(const struct ui_model *m, const struct ui *ui, struct rows *ret)
{
	size_t i;

	*ret = (struct rows){ 0 };
	if (!m->shown)
		return;
	ret->items = xcalloc(m->shown->nprocs + m->gone.nprocs + 1, sizeof(*ret->items));
	for (i = 0; i < m->shown->nprocs; i++)
		add(ret, m, ui, &m->shown->procs[i], false);
	for (i = 0; i < m->gone.nprocs; i++)
		add(ret, m, ui, &m->gone.procs[i], true);
	qsort_r(ret->items, (size_t)ret->n, sizeof(*ret->items), compare, (void *)ui);
	if (ui->tree)
		grow_tree(m, ret);
}

int rows_count(const struct ui_model *m, const struct ui *ui)
{
	int n = 0;
	size_t i;

	for (i = 0; m->shown && i < m->shown->nprocs; i++)
		n += is_listed(ui, &m->shown->procs[i], false);
	for (i = 0; m->shown && i < m->gone.nprocs; i++)
		n += is_listed(ui, &m->gone.procs[i], true);
	return n;
}

void rows_select(struct ui *ui, const struct rows *r, int row)
{
	if (!r->n)
		return;
	row = row < 0 ? 0 : row < r->n ? row : r->n - 1;
	ui->selected = r->items[row].key;
	ui->selected_row = row;
	ui->reveal = true;
}

const struct proc_snapshot *rows_selected(const struct ui_model *m, const struct ui *ui)
{
	size_t i;

	for (i = 0; m->shown && i < m->shown->nprocs; i++) {
		if (proc_key_same(proc_key_of(&m->shown->procs[i]), ui->selected))
			return &m->shown->procs[i];
	}
	for (i = 0; i < m->gone.nprocs; i++) {
		if (proc_key_same(proc_key_of(&m->gone.procs[i]), ui->selected))
			return &m->gone.procs[i];
	}
	return NULL;
}
