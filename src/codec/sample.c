#include "codec/sample.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "codec/sample_lists.h"
#include "codec/sample_rows.h"
#include "codec/sample_why.h"

void sample_codec_init(struct sample_codec *f)
{
	sample_init(&f->now);
	f->rows = xcalloc(1, sizeof(*f->rows));
	sample_rows_init(f->rows);
}

void sample_codec_release(struct sample_codec *f)
{
	sample_release(&f->now);
	sample_rows_release(f->rows);
	free(f->rows);
	f->rows = NULL;
}

static bool texts_fit(const struct proc_sample *p)
{
	const char *const texts[] = { p->user, p->comm, p->cmdline };

	for (size_t i = 0; i < 3; i++) {
		if (texts[i] && strlen(texts[i]) > SAMPLE_TEXT_MAX)
			return false;
	}
	return true;
}

static bool process_valid(const struct proc_sample *p)
{
	struct columns own = columns_of_process(), inner = columns_of_interpreter();

	if (p->pid < 0 || !columns_valid(own.items, own.n, p) || !texts_fit(p))
		return false;
	for (size_t k = 0; k < p->gc.ninterpreters; k++) {
		if (!columns_valid(inner.items, inner.n, &p->gc.interpreters[k]))
			return false;
	}
	return !p->why || columns_valid(columns_of_why().items, columns_of_why().n, p->why);
}

/* What the other side would refuse is not written. */
static int check(const struct sample *s, struct err *err)
{
	struct columns own = columns_of_sample();
	size_t interpreters = 0, settings = 0, gaps = 0;

	if (s->nprocs > SAMPLE_PROCESSES_MAX)
		return err_set(err, STATUS_FAILED, "%zu processes: a recording holds up to %d", s->nprocs,
			       SAMPLE_PROCESSES_MAX);
	if (!columns_valid(own.items, own.n, s) || !sample_page_size_valid(s->host.page_size))
		return err_set(err, STATUS_FAILED,
			       "the sample has a value that a recording cannot "
			       "hold");
	for (size_t i = 0; i < s->nprocs; i++) {
		const struct proc_sample *p = &s->procs[i];

		interpreters += p->gc.ninterpreters;
		settings += p->gc.nsettings;
		gaps += p->ngaps;
		if (!process_valid(p) || interpreters > SAMPLE_LIST_MAX || settings > SAMPLE_LIST_MAX ||
		    gaps > SAMPLE_LIST_MAX)
			return err_set(err, STATUS_FAILED,
				       "pid %d: the sample has a value that a "
				       "recording cannot hold",
				       (int)p->pid);
	}
	return 0;
}

/* Where the process was in the sample before. Most stand where they stood, or a bit further on. */
static const struct proc_sample *find(const struct sample *before, const struct proc_sample *p, size_t *hint,
				      const bool *taken)
{
	for (size_t k = 0; k < before->nprocs; k++) {
		size_t i = (*hint + k) % before->nprocs;
		const struct proc_sample *b = &before->procs[i];

		if (b->pid != p->pid || b->start_ticks != p->start_ticks || taken[i])
			continue;
		*hint = i + 1;
		return b;
	}
	return NULL;
}

static void put_processes(struct buf *out, const struct sample *s, const struct sample *before,
			  struct pairs *pairs, const struct proc_sample *nobody)
{
	cleanup(buf_release) struct buf body = { 0 };
	cleanup_free bool *taken = xcalloc(before->nprocs + 1, sizeof(*taken));
	bool same = s->nprocs == before->nprocs;
	size_t hint = 0;

	put_varint(&body, s->nprocs);
	for (size_t i = 0; i < s->nprocs; i++) {
		const struct proc_sample *p = &s->procs[i], *b = find(before, p, &hint, taken);

		pairs->now[i] = p;
		pairs->before[i] = b ? b : nobody;
		same &= b && (size_t)(b - before->procs) == i;
		if (b) {
			taken[b - before->procs] = true;
			put_varint(&body, (uint64_t)(b - before->procs) + 1);
			continue;
		}
		put_varint(&body, 0);
		put_varint(&body, (uint64_t)p->pid);
		put_varint(&body, p->start_ticks);
	}
	if (!same)
		put_section(out, SAMPLE_PROCESSES, &body);
}

static void put_host_texts(struct buf *out, const struct host_sample *now, const struct host_sample *before)
{
	cleanup(buf_release) struct buf body = { 0 };

	if (!strcmp(now->name, before->name) && !strcmp(now->kernel, before->kernel))
		return;
	put_string(&body, now->name);
	put_string(&body, now->kernel);
	put_section(out, SAMPLE_HOST_TEXTS, &body);
}

/* The rows of one kind, and which of its columns comes next. */
struct kind {
	struct columns columns;
	size_t next;
	const void *const *now, *const *before;
	size_t nrows;
};

/* Each interpreter beside what it was before; `now` and `before` have room for all. */
static void pair_interpreters(const struct pairs *p, const struct gc_state *nothing, const void **now,
			      const void **before)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct gc_facts *g = &p->now[i]->gc, *b = &p->before[i]->gc;

		for (size_t k = 0; k < g->ninterpreters; k++, n++) {
			now[n] = &g->interpreters[k];
			before[n] = k < b->ninterpreters ? &b->interpreters[k] : nothing;
		}
	}
}

/* Those that are left with tags below this one, by their tags, whatever they are of. */
static void put_below(struct buf *out, struct kind kinds[3], unsigned int border)
{
	struct kind *least;

	do {
		least = NULL;
		for (struct kind *k = kinds; k < kinds + 3; k++)
			if (k->next < k->columns.n && k->columns.items[k->next].tag < border &&
			    (!least || k->columns.items[k->next].tag < least->columns.items[least->next].tag))
				least = k;
		if (least)
			columns_put(out, &least->columns.items[least->next++], 1, least->now, least->before,
				    least->nrows);
	} while (least);
}

static void put_columns(struct buf *out, const struct pairs *p, const struct sample *now,
			const struct sample *before)
{
	const void *const *processes[] = { (const void *const *)p->now, (const void *const *)p->before };
	const void *own[] = { now, before };
	cleanup_free const void **inner = NULL;
	struct kind kinds[3] = {
		{ columns_of_sample(), 0, &own[0], &own[1], 1 },
		{ columns_of_process(), 0, processes[0], processes[1], p->n },
		{ .columns = columns_of_interpreter() },
	};
	struct gc_state nothing;
	size_t total = 0;

	gc_state_init(&nothing);
	for (size_t i = 0; i < p->n; i++)
		total += p->now[i]->gc.ninterpreters;
	inner = xcalloc(2 * total + 1, sizeof(*inner));
	pair_interpreters(p, &nothing, inner, inner + total);
	kinds[2].now = inner;
	kinds[2].before = inner + total;
	kinds[2].nrows = total;

	/* sections go by their tags, and those of why pages were copied stand among the columns */
	put_below(out, kinds, SAMPLE_WHY);
	why_put(out, now, before, p);
	put_below(out, kinds, UINT8_MAX + 1);
}

int sample_put(struct sample_codec *f, const struct sample *s, bool key, struct buf *out, struct err *err)
{
	cleanup_free const struct proc_sample **now = NULL, **before = NULL;
	cleanup(proc_sample_release) struct proc_sample nobody = { 0 };
	struct pairs pairs = { .n = s->nprocs };

	if (check(s, err) < 0)
		return -1;
	if (key)
		sample_release(&f->now);
	proc_sample_init(&nobody);
	pairs.now = now = xcalloc(s->nprocs + 1, sizeof(*now));
	pairs.before = before = xcalloc(s->nprocs + 1, sizeof(*before));

	put_processes(out, s, &f->now, &pairs, &nobody);
	put_host_texts(out, &s->host, &f->now.host);
	texts_put(out, &pairs);
	gaps_put(out, &pairs);
	settings_put(out, &pairs);
	interpreters_put(out, &pairs);
	put_columns(out, &pairs, s, &f->now);

	sample_release(&f->now);
	sample_copy(&f->now, s);
	return 0;
}
