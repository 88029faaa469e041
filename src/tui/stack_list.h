#ifndef COWTOP_TUI_STACK_LIST_H
#define COWTOP_TUI_STACK_LIST_H

/*
 * The lines of the stacks pane: the stacks of the pool, or of the selected process, that copied most
 * pages. One of them may be unfolded into its frames, one a line. One line is selected; it stays with
 * its stack when others overtake it.
 */
#include "base/buf.h"
#include "tui/ui.h"

#define STACKS_LISTED 200

struct stack_item {
	const struct stack_row *row;
	uint64_t pages; /* copied: in the pool, or in the process */
	uint64_t key;   /* the same for the same frames, whatever report they stand in; never 0 */
};

struct stack_list {
	struct stack_item *items;            /* most pages first */
	size_t n, more;                      /* `more`: so many were too many */
	const struct stack_tally *tally;     /* of what is listed; NULL: nothing is known of the process */
	const struct stack_process *process; /* NULL: the pool */
};

/* Without a report an empty one. */
void stack_list_make(const struct ui_model *m, const struct ui *ui, struct stack_list *ret);
void stack_list_release(struct stack_list *l);

/* The index of the selected stack: the first one when none was selected. */
size_t stack_list_selected(const struct stack_list *l, const struct ui *ui);
/* Frames of a stack, and the text of one, clean; 0 is the innermost. */
int stack_frames(const struct stacks *s, const struct stack_row *row);
void stack_frame(const struct stacks *s, const struct stack_row *row, int i, struct buf *out);

/* The first and the last line of the selected stack, counted from that of the first stack on. */
void stack_list_lines(const struct ui_model *m, const struct ui *ui, int *first, int *last);
/* By so many lines: a step goes through the frames of an unfolded stack, and leaves it at either end. */
void stack_list_move(struct ui *ui, const struct ui_model *m, int by);
/* Unfold the selected stack, or fold it. */
void stack_list_fold(struct ui *ui, const struct ui_model *m);
/* What is selected exists: a stack that is no more listed is not unfolded, and the first one is selected. */
void stack_list_settle(struct ui *ui, const struct ui_model *m);

#endif
