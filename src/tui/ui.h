#ifndef COWTOP_TUI_UI_H
#define COWTOP_TUI_UI_H

/*
 * The two things a view is drawn from: what is known (struct ui_model) and what the user looks at
 * (struct ui). Neither knows a clock or a terminal.
 *
 *	struct ui ui;
 *	struct ui_model m;
 *
 *	ui_init(&ui);			// tui/control.h; then sort, hidden, interval from the settings
 *	ui_model_init(&m);
 *	on a sample:	ui_model_add(&m, &snap); // borrowed until the next one
 *	on a key:	effect = ui_key(&ui, &m, code);	// tui/control.h
 *	after either:	ui_settle(&ui, &m);	// tui/control.h
 *			view_draw(&m, &ui, &cells);	// tui/view.h
 *	at the end:	ui_model_release(&m);
 */
#include <stdbool.h>
#include <stdint.h>
#include "base/zone.h"
#include "model/region.h"
#include "model/snapshot.h"
#include "model/stack_report.h"
#include "tui/cell.h"
#include "tui/playback.h"
#include "tui/timeline.h"

/* What a key leaves to the event loop. */
/* clang-format off */
enum ui_effect {
	EFFECT_NONE,
	EFFECT_SAMPLE,   /* take a sample now */
	EFFECT_INTERVAL, /* ui->interval_s has changed */
	EFFECT_SAVE,     /* write sort, hidden columns and interval to the settings */
	EFFECT_REPAINT,  /* the terminal may be garbled: draw everything anew */
	EFFECT_SUSPEND,  /* Ctrl-Z */
	EFFECT_OPEN,     /* the selected pool of a list of them */
	/* of a replay */
	EFFECT_PLAY,     /* play or pause */
	EFFECT_PLAY_NEXT, EFFECT_PLAY_BEFORE, EFFECT_PLAY_FIRST, EFFECT_PLAY_LAST,
	EFFECT_PLAY_FASTER, EFFECT_PLAY_SLOWER, EFFECT_PLAY_MARK, EFFECT_PLAY_MARK_BEFORE,
	EFFECT_PLAY_TIME, /* go to the time in ui->line */
	EFFECT_QUIT,
};
/* clang-format on */

/* The shortest and longest interval that can be typed, in seconds. */
#define UI_INTERVAL_MIN 0.1
#define UI_INTERVAL_MAX 3600.0

/* A line that the user is typing. */
enum ask {
	ASK_NONE,
	ASK_SEARCH,
	ASK_FILTER,
	ASK_INTERVAL,
	ASK_TIME,
	ASK_PLAY_TIME,
};

#define UI_LINE 64  /* bytes of a typed line, with its end */
#define UI_TAGS 512 /* processes that can be tagged */
#define UI_PANES 16 /* room for so many panes (tui/pane.h) */

struct pane;
struct key;
struct pool_list;

/* What is remembered from one run to the next. */
struct ui_settings {
	int sort;
	bool ascending, tree;
	uint64_t hidden;
	double interval_s;
};

struct ui {
	int rows, columns;       /* of the screen; set before ui_settle() */
	bool ascii;              /* no UTF-8 */
	bool mono;               /* no colours: the user's wish (key x); the terminal obeys */
	bool nested;             /* a list of pools is left for it: Escape leads back, too */
	const struct zone *zone; /* of times that are shown and typed; NULL: UTC */
	const struct key *keys;  /* those that there are (tui/keys.h): help and bottom line show them */
	size_t nkeys;
	const struct pane *pane, *before; /* the open one; `before`: where Escape leads from the help */
	struct proc_key selected;         /* pid 0: none yet */
	int selected_row;                 /* where it is in the table: its neighbour is next when it goes */
	bool reveal;                      /* scroll to it: the user moved */
	bool follow;                      /* keep the selected process on the screen when rows move */
	int sort;                         /* index in columns[] (tui/column.h) */
	bool ascending;
	uint64_t hidden; /* bit i: columns[i] is not shown */
	bool tree;       /* who forked whom: each process below its forker */
	bool active;     /* only processes that did something in the last interval */
	uint64_t at;     /* the instant looked at (tui/timeline.h); 0: live */
	bool paused;     /* `at` was set by pausing */
	double interval_s;
	struct ui_settings usual,
		kept;         /* without any, and as they were kept from the last time (tui/kept.h) */
	bool touched;         /* a key was pressed: what was kept has been seen */
	int scroll[UI_PANES]; /* first line shown of each pane, by pane_number() */
	int aside;            /* columns that the command column is scrolled to the right */
	int span;             /* instants a column of a trend stands for: 1 << span */
	int zoom;             /* of the page map: pages a cell stands for are divided by 1 << zoom */
	char filter[UI_LINE], search[UI_LINE]; /* clean UTF-8, "" none */
	bool why;                              /* why pages are copied is asked, since its pane was opened */
	bool stacks;                           /* call stacks are wanted, whatever pane is shown */
	unsigned int stacks_again;             /* another number: forget those so far */
	bool stacks_of_one;                    /* of the selected process, not of the pool */
	uint64_t stack;                        /* the selected one (tui/stack_list.h); 0: the first */
	bool unfolded;                         /* it shows its frames */
	int stack_line;                        /* its line that is selected: 0 its own, then its frames' */
	struct spot clicked;         /* what is behind a KEY_CODE_CLICK: the caller's to set before */
	struct proc_key clicked_row; /* the row of the click before, if nothing else was done since */
	enum ask ask;
	char line[UI_LINE]; /* being typed */
	char message[128];  /* what the last key had to say, clean; "" nothing */
	struct proc_key tagged[UI_TAGS];
	size_t ntagged;
};

/* Call stacks, while they are wanted. */
struct ui_stacks {
	const struct stack_report *report; /* since then, or as recorded; NULL: none so far */
	figure per_s, cpu;                 /* samples, and what they took of a CPU, since the report before */
	const char *problem; /* why there are none: foreign, borrowed; NULL: only not there yet */
};

struct ui_model {
	const struct snapshot *live;  /* the latest; NULL before the first */
	const struct snapshot *shown; /* what is drawn: live, or an instant of the past */
	struct timeline *timeline;
	uint64_t number;      /* of the instant shown; 0: none */
	struct replica past;  /* owns what `shown` points to when that is not `live` */
	uint64_t past_number; /* the instant in `past`; 0: none */
	struct gone gone;     /* processes that went shortly before `shown` */
	/* Set by the caller when it has them. */
	const struct pool_list *pools; /* those of the machine, where they are looked at (tui/pool_view.h) */
	const struct playback *playback;   /* where the replay is; NULL: a pool is looked at */
	const struct address_space *space; /* of the selected process; NULL: not read */
	char space_problem[128];           /* why not; "" when it is only not there yet */
	struct ui_stacks stacks;
	char status[128];             /* one clean line for the bottom: "saved", "could not ..." */
	figure wanted_s, stretched_s; /* the interval that is set; a longer one that the budget needs, or 0 */
	figure own_cpu;               /* of cowtop itself, a share of one core; UNKNOWN at first */
	figure late_s;                /* how late the last tick came; 0 in time */
	unsigned int late_ticks;      /* so far */
	bool master_gone;             /* the last screen stays */
};

void ui_model_init(struct ui_model *m);
void ui_model_release(struct ui_model *m);

/* A new snapshot: it is remembered, and stays borrowed until the next call. */
void ui_model_add(struct ui_model *m, const struct snapshot *snap);

/* The next snapshot will be that of a replay that jumped: what is remembered is what was before it
 * there. Takes `history` over. */
void ui_model_jump(struct ui_model *m, struct timeline *history);

/* Show this instant of the timeline; 0: the latest snapshot. It is restored anew only when it is another
 * one. */
void ui_model_show(struct ui_model *m, uint64_t number);

/* Do the call stacks cost the pool something now? */
static inline bool ui_watches(const struct ui *ui, const struct ui_model *m)
{
	return ui->stacks && !m->playback;
}

/* Is the address space of the selected process wanted? The pane that is open says so. */
bool ui_wants_space(const struct ui *ui);

bool ui_is_tagged(const struct ui *ui, struct proc_key key);
/* Tag it, or take the tag back; false when there is no room for one more. */
bool ui_toggle_tag(struct ui *ui, struct proc_key key);

/* What a key has to say: clean text for the bottom line, until the next key. */
void ui_say(struct ui *ui, const char *text);

#endif
