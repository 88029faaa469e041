#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "model/sample.h"

static char *string_copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static void proc_sample_copy(struct proc_sample *to, const struct proc_sample *from)
{
	*to = *from;
	to->user = string_copy(from->user);
	to->comm = string_copy(from->comm);
	to->cmdline = string_copy(from->cmdline);
	gc_facts_copy(&to->gc, &from->gc);
	to->why = why_worker_facts_copy(from->why);
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
	to->why = why_facts_copy(from->why);
	if (from->nprocs)
		to->procs = xcalloc(from->nprocs, sizeof(*to->procs));
	for (size_t i = 0; i < from->nprocs; i++)
		proc_sample_copy(&to->procs[i], &from->procs[i]);
}

/* ---- over another one */

static char *string_over(char *to, const char *from)
{
	if (to && from && !strcmp(to, from))
		return to;
	free(to);
	return string_copy(from);
}

static void *array_over(void *to, size_t nto, const void *from, size_t n, size_t size)
{
	if (nto != n) {
		free(to);
		to = n ? xcalloc(n, size) : NULL;
	}
	return n ? memcpy(to, from, n * size) : to;
}

static void proc_sample_copy_over(struct proc_sample *to, const struct proc_sample *from)
{
	struct proc_sample old = *to;

	why_worker_facts_free(old.why);
	*to = *from;
	to->why = why_worker_facts_copy(from->why);
	to->user = string_over(old.user, from->user);
	to->comm = string_over(old.comm, from->comm);
	to->cmdline = string_over(old.cmdline, from->cmdline);
	to->gaps = array_over(old.gaps, old.ngaps, from->gaps, from->ngaps, sizeof(*to->gaps));
	to->gc.interpreters = array_over(old.gc.interpreters, old.gc.ninterpreters, from->gc.interpreters,
					 from->gc.ninterpreters, sizeof(*to->gc.interpreters));
	to->gc.settings = array_over(old.gc.settings, old.gc.nsettings, from->gc.settings, from->gc.nsettings,
				     sizeof(*to->gc.settings));
}

void sample_copy_over(struct sample *to, const struct sample *from)
{
	struct proc_sample *procs = to->procs;

	if (to->nprocs != from->nprocs) {
		sample_release(to);
		sample_copy(to, from);
		return;
	}
	why_facts_free(to->why);
	*to = *from;
	to->procs = procs;
	to->why = why_facts_copy(from->why);
	for (size_t i = 0; i < to->nprocs; i++)
		proc_sample_copy_over(&procs[i], &from->procs[i]);
}
