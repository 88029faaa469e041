#include "sink/stacks_label.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "base/cleanup.h"

void labels_make(const struct stacks *s, struct labels *ret)
{
	ret->facts = s;
	ret->items = xcalloc(s->nfunctions + 1, sizeof(*ret->items));
	for (size_t i = 0; i < s->nfunctions; i++) {
		cleanup(buf_release) struct buf label = { 0 };

		stack_label(&label, &s->functions[i]);
		ret->items[i] = xmemdupz(label.data, label.len);
	}
}

void labels_release(struct labels *l)
{
	for (size_t i = 0; l->items && i < l->facts->nfunctions; i++)
		free(l->items[i]);
	free(l->items);
	*l = (struct labels){ 0 };
}

size_t labels_most(const struct stacks *s)
{
	size_t most = 0;

	for (size_t i = 0; i < s->ntraces; i++) {
		if (s->traces[i].nframes > most)
			most = s->traces[i].nframes;
	}
	return most + 2;
}

size_t labels_of(const struct labels *l, const struct stack_row *row, const char **ret)
{
	const struct stack_trace *t = &l->facts->traces[row->trace];
	size_t n = 0;

	if (row->truncated)
		ret[n++] = LABEL_TRUNCATED;
	for (uint32_t i = t->nframes; i-- > 0;)
		ret[n++] = l->items[t->frames[i]];
	if (stack_needs_kernel(l->facts, t))
		ret[n++] = LABEL_KERNEL;
	return n;
}
