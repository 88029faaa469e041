#ifndef COWTOP_TUI_ROWS_H
#define COWTOP_TUI_ROWS_H

/*
 * The rows of the process table: the processes of the instant shown and the workers that went
 * shortly before, filtered and sorted. The master stands first, helpers last; with ui->tree, that is so among
 * those that were forked by the same process, and all stand below who forked them.
 */
#include "model/family.h"
#include "tui/ui.h"

/* For how many instants a worker is marked as new or as gone. */
#define ROWS_MARKED 10
/* Over how many instants copies are compared to tell whether it gets worse: fewer of a process that is
 * younger. */
#define ROWS_TREND 30

enum row_trend {
	TREND_NONE,
	TREND_RISING, /* more than 1 % of what it inherited was copied since */
	TREND_STILL,  /* it has copies, and made none since */
};

struct row {
	const struct proc_snapshot *proc;
	struct proc_key key;
	figure value; /* what it is sorted by */
	bool born, gone;
	enum row_trend trend;
	struct family_row place; /* in the tree of who forked whom, when that is shown */
};

struct rows {
	struct row *items;
	int n;
};

/* `ret` is overwritten; release it. */
void rows_list(const struct ui_model *m, const struct ui *ui, struct rows *ret);
void rows_release(struct rows *r);
/* How many rows there are. */
int rows_count(const struct ui_model *m, const struct ui *ui);
/* The index of the row, or -1. */
int rows_find(const struct rows *r, struct proc_key key);
/* Select a row: beyond an end the last one there; nothing when there is none. */
void rows_select(struct ui *ui, const struct rows *r, int row);
/* Does its pid, its role or what it calls itself contain `needle`? Letters match in either case. */
bool rows_match(const struct proc_snapshot *p, const char *needle);
/* Does a text? */
bool rows_contains(const char *text, const char *needle);

/* The selected process in the instant shown, or as it went; NULL when it is neither. */
const struct proc_snapshot *rows_selected(const struct ui_model *m, const struct ui *ui);

#endif
