#ifndef COWTOP_TUI_ACT_H
#define COWTOP_TUI_ACT_H

/*
 * What the keys do: the functions that the table of keys names (keys.c), each with what it reads of the row.
 * All are pure changes of what the user looks at; ui_settle() follows each.
 */
#include "tui/key.h"

/* act.c: panes, moving, the program */
key_fn act_open;          /* the pane of the row */
key_fn act_help;          /* the same, or back */
key_fn act_enter;         /* the same, where Enter does nothing in the pane that is open */
key_fn act_stacks;        /* the same and the stacks on, or both off: they cost the pool something */
key_fn act_why;           /* the same, or back; why pages are copied is asked from then on */
key_fn act_stacks_of_one; /* of the selected process, or of the pool */
key_fn act_stacks_again;  /* forget the stacks so far */
key_fn act_next_pane;     /* `by`: to the next one of the round, or the one before */
key_fn act_back;          /* out of a pane; in the table, first the search and then the filter are dropped */
key_fn act_move;          /* `by`: rows of a table, or lines of another pane */
key_fn act_page;          /* `by`: so many screens */
key_fn act_aside;         /* `by`: columns that the commands are scrolled; in the help, a part of it */
key_fn act_zoom;          /* `by`: finer, or coarser */
key_fn act_effect;        /* nothing but the effect of the row */
key_fn act_quit;          /* the effect of the row; in the help, out of it */
key_fn act_color;         /* colours off and on */

/* act_table.c: rows and columns of the process table */
void act_sort_by(struct ui *ui, int column); /* the same once more turns the order round */
key_fn act_sort;      /* by the column of the row; the same once more turns the order round */
key_fn act_sort_next; /* `by`: the next column, or the one before */
key_fn act_invert;
key_fn act_tree;        /* who forked whom, or one list */
key_fn act_reset;       /* sort, columns, tree and interval as without settings */
key_fn act_active;      /* only processes with faults, or all */
key_fn act_hide_column; /* the one that is sorted by */
key_fn act_all_columns;
key_fn act_find; /* `by`: the next one that matches the search, or the one before */
key_fn act_follow;
key_fn act_tag;
key_fn act_untag;

/* act_click.c */
key_fn act_click; /* what is behind ui->clicked: a row, the head of a column, a key */

/* act_time.c: the past of a pool */
key_fn act_now; /* a sample; in the past one instant later */
key_fn act_earlier;
key_fn act_oldest;
key_fn act_live;
key_fn act_pause;

/* act_answer.c */
key_fn act_ask; /* begin to ask for what the row says */

/* What the user typed is in ui->line: `what` was asked. ASK_NONE: nothing has to be done. */
enum ui_effect act_answer(struct ui *ui, const struct ui_model *m, enum ask what);

#endif
