#include <string.h>
#include "base/alloc.h"
#include "model/sample.h"

static char *string_copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

void proc_sample_copy(struct proc_sample *to, const struct proc_sample *from)
{
	*to = *from;
	to->user = string_copy(from->user);
	to->comm = string_copy(from->comm);
	to->cmdline = string_copy(from->cmdline);
	gc_facts_copy(&to->gc, &from->gc);
	to->gaps = NULL;
	if (from->ngaps) {
		to->gaps = xcalloc(from->ngaps, sizeof(*to->gaps));
		memcpy(to->gaps, from->gaps, from->ngaps * sizeof(*to->gaps));
	}
}

void sample_copy(struct sample *to, const struct sample *from)
{
	*to = *from;
	to->procs = NULL;
	if (from->nprocs)
		to->procs = xcalloc(from->nprocs, sizeof(*to->procs));
	for (size_t i = 0; i < from->nprocs; i++)
		proc_sample_copy(&to->procs[i], &from->procs[i]);
}
