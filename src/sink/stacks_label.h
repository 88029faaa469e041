#ifndef COWTOP_SINK_STACKS_LABEL_H
#define COWTOP_SINK_STACKS_LABEL_H

/*
 * Labels (model/stack_label.h), made once for all functions.
 *
 * Private to the files of this layer that show stacks.
 */
#include "model/stack_label.h"
#include "model/stack_report.h"

#define LABEL_UNATTRIBUTED "[unattributed]"

struct labels {
	const struct stacks *facts;
	char **items; /* as facts->functions[] */
};

void labels_make(const struct stacks *s, struct labels *ret);
void labels_release(struct labels *l);

/*
 * The frames of a row, root first, with what stands for the missing and for the kernel's part.
 * Returns how many; `ret` holds up to labels_most().
 */
size_t labels_of(const struct labels *l, const struct stack_row *row, const char **ret);
size_t labels_most(const struct stacks *s);

#endif
