#ifndef COWTOP_TUI_POOL_LIST_H
#define COWTOP_TUI_POOL_LIST_H

/*
 * The pools of a machine as their list shows them: a row a pool, a copy of what its last snapshot said. Made by
 * who looks at them (cmd/pools_live.c), drawn by tui/pool_view.c.
 */
#include "model/snapshot.h"
#include "tui/ui.h"

enum pool_column {
	POOL_MASTER,
	POOL_WORKERS,
	POOL_RSS,
	POOL_FOOTPRINT,
	POOL_COPIED,
	POOL_RATIO,
	POOL_RATE,
	POOL_NEW,
	POOL_MINFLT,
	POOL_LEVEL,
	POOL_TREND,
	POOL_COMMAND,
	POOL_COLUMNS,
};

#define POOL_TREND_MAX 12 /* looks that are remembered */

/* Name, head, what the help says. */
struct pool_head {
	const char *name; /* that of the column of the process table with the same meaning, if there is one */
	const char *text;
	int width, order, most; /* as in tui/table.h */
	bool left;
	const char *help;
};

extern const struct pool_head pool_heads[POOL_COLUMNS];

struct pool_row {
	struct proc_key key; /* of who leads it */
	bool masterless;
	enum level level;
	struct measure figures[POOL_COLUMNS]; /* of columns without one: UNKNOWN */
	figure trend[POOL_TREND_MAX];         /* copied bytes of the last looks; UNKNOWN: none */
	char *command, *title;                /* title: what the leader calls itself */
	char *about;                          /* the weightiest finding, or why it cannot be read; "" */
};

struct pool_list {
	struct pool_row *rows;
	size_t n, cap;
	bool some_hidden; /* there may be more that this user cannot see */
	int64_t time_ns;
	figure least_s;    /* from this look to the next, as the budget needs; 0: as often as wanted */
	figure own_cpu;    /* since the look before; UNKNOWN at first */
	double budget;     /* 0: none */
	char problem[128]; /* why the machine could not be looked at: these are the pools of before; "" */
};

void pool_list_free(struct pool_list *l); /* NULL is fine */
/* A row for a pool, its figures those of `s` (NULL: none so far). */
struct pool_row *pool_list_add(struct pool_list *l, struct proc_key key, const struct snapshot *s);

/* The column with this name, or -1. */
int pool_column_find(const char *name);

/* The rows that the filter lets through, in the order that is wanted; the caller frees them. */
const struct pool_row **pool_list_rows(const struct pool_list *l, const struct ui *ui, int *ret_n);
bool pool_row_match(const struct pool_row *r, const char *needle);

#endif
