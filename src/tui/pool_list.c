#include "tui/pool_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "model/field.h"
#include "model/title.h"
#include "tui/rows.h"

/* clang-format off */
const struct pool_head pool_heads[POOL_COLUMNS] = {
	[POOL_MASTER] = {"pid", "MASTER", 7, 0, 0, false,
		"pid of the master; in parentheses the oldest of those whose master is gone"},
	[POOL_WORKERS] = {"workers", "WORKERS", 7, 3, 0, false, "processes forked from it that serve"},
	[POOL_RSS] = {"rss", "RSS", 8, 4, 0, false, "resident memory of all, in MiB, what is shared once for each"},
	[POOL_FOOTPRINT] = {"footprint", "FOOTPRINT", 9, 6, 0, false, "what the pool costs, in MiB: every page once"},
	[POOL_COPIED] = {"cow", "COPIED", 8, 0, 0, false, "copied by workers, master and helpers, in MiB"},
	[POOL_RATIO] = {"cow%", "COPIED%", 7, 1, 0, false, "of what they inherited"},
	[POOL_RATE] = {"+cow/s", "+COW/s", 7, 2, 0, false, "pages copied per second"},
	[POOL_NEW] = {"new", "NEW", 7, 5, 0, false, "allocated by the workers themselves, in MiB"},
	[POOL_MINFLT] = {"minflt/s", "MINFLT/s", 8, 7, 0, false, "minor faults per second"},
	[POOL_LEVEL] = {"level", "LEVEL", 8, 9, 0, true, "how it is known: exact, estimate, rollup, none"},
	[POOL_TREND] = {"trend", "TREND", POOL_TREND_MAX, 8, 0, true, "copied, over the last looks"},
	[POOL_COMMAND] = {"command", "COMMAND", 12, 1, 400, true, "what runs"},
};
/* clang-format on */

void pool_list_free(struct pool_list *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++) {
		free(l->rows[i].command);
		free(l->rows[i].title);
		free(l->rows[i].about);
	}
	free(l->rows);
	free(l);
}

static void take_figures(struct pool_row *r, const struct snapshot *s)
{
	const struct proc_sample *leader = sample_find(s->facts, sample_leader(s->facts));

	r->masterless = !s->facts->master_pid;
	r->level = s->level;
	r->figures[POOL_WORKERS] = POOL_MEASURE(s, workers);
	r->figures[POOL_RSS] = POOL_MEASURE(s, memory.rss);
	r->figures[POOL_FOOTPRINT] = POOL_MEASURE(s, footprint_bytes);
	r->figures[POOL_COPIED] = POOL_MEASURE(s, copied_bytes);
	r->figures[POOL_RATIO] = POOL_MEASURE(s, copied_ratio);
	r->figures[POOL_RATE] = POOL_MEASURE(s, copied_per_s);
	r->figures[POOL_NEW] = measure_times(POOL_MEASURE(s, pages.new), (figure)s->facts->host.page_size);
	r->figures[POOL_MINFLT] = POOL_MEASURE(s, faults.minor_per_s);
	r->command = xstrdup(s->command);
	r->title = xstrdup(leader ? title_whole(leader) : "");
	r->about = xstrdup(s->nfindings ? s->findings[0].text : "");
}

struct pool_row *pool_list_add(struct pool_list *l, struct proc_key key, const struct snapshot *s)
{
	struct pool_row *r;

	vec_room(&l->rows, l->n, &l->cap);
	r = &l->rows[l->n++];
	*r = (struct pool_row){ .key = key, .level = LEVEL_NONE };
	for (int i = 0; i < POOL_COLUMNS; i++)
		r->figures[i] = measure_make(UNKNOWN, UNKNOWN, false);
	for (int i = 0; i < POOL_TREND_MAX; i++)
		r->trend[i] = UNKNOWN;
	if (s) {
		take_figures(r, s);
	} else {
		r->command = xstrdup("");
		r->title = xstrdup("");
		r->about = xstrdup("");
	}
	r->figures[POOL_MASTER] = measure_make(key.pid, UNKNOWN, false);
	return r;
}

int pool_column_find(const char *name)
{
	for (int i = 0; i < POOL_COLUMNS; i++)
		if (!strcmp(pool_heads[i].name, name))
			return i;
	return -1;
}

bool pool_row_match(const struct pool_row *r, const char *needle)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)r->key.pid);
	return rows_contains(r->command, needle) || rows_contains(r->title, needle) ||
	       rows_contains(pid, needle);
}

/* The worst known, last those of which nothing is known; equal ones by their pids. */
static int compare(const void *left, const void *right, void *arg)
{
	const struct pool_row *a = *(const struct pool_row *const *)left,
			      *b = *(const struct pool_row *const *)right;
	const struct ui *ui = arg;
	figure x = a->figures[ui->sort].value, y = b->figures[ui->sort].value;
	int by = 0;

	if (ui->sort == POOL_COMMAND)
		by = strcmp(a->command, b->command);
	else if (ui->sort == POOL_LEVEL)
		by = (a->level < b->level) - (a->level > b->level);
	else if (known(x) != known(y))
		return known(x) ? -1 : 1;
	else
		by = (x < y) - (x > y);
	if (by)
		return ui->ascending ? -by : by;
	return (a->key.pid > b->key.pid) - (a->key.pid < b->key.pid);
}

const struct pool_row **pool_list_rows(const struct pool_list *l, const struct ui *ui, int *ret_n)
{
	const struct pool_row **ret = xcalloc(l->n + 1, sizeof(const struct pool_row *));
	int n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (pool_row_match(&l->rows[i], ui->filter))
			ret[n++] = &l->rows[i];
	qsort_r(ret, (size_t)n, sizeof(const struct pool_row *), compare, (void *)ui);
	*ret_n = n;
	return ret;
}
