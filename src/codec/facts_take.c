#include <stdlib.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "codec/facts.h"
#include "codec/facts_lists.h"
#include "codec/facts_rows.h"

static void begin_process(struct proc_sample *p, pid_t pid, uint64_t start_ticks)
{
	proc_sample_init(p);
	p->pid = pid;
	p->start_ticks = start_ticks;
	p->user = xstrdup("");
	p->comm = xstrdup("");
	p->cmdline = xstrdup("");
}

/* One process of the new list: moved from the old one, or new. */
static bool take_process(struct intake *in, struct sample *old, bool *moved, struct proc_sample *to)
{
	uint64_t from = take_varint(in), pid, start;

	if (in->bad || from > old->nprocs)
		return false;
	if (from--) {
		if (moved[from])
			return false;
		moved[from] = true;
		*to = old->procs[from];
		proc_sample_init(&old->procs[from]);
		return true;
	}
	pid = take_varint(in);
	start = take_varint(in);
	if (in->bad || pid > INT32_MAX)
		return false;
	begin_process(to, (pid_t)pid, start);
	return true;
}

static bool take_processes(struct intake *in, struct sample *s)
{
	struct sample old = *s;
	cleanup_free bool *moved = xcalloc(old.nprocs + 1, sizeof(*moved));
	size_t n = take_count(in, 1, FACTS_PROCESSES_MAX);
	bool good = !in->bad;

	s->procs = n ? xcalloc(n, sizeof(*s->procs)) : NULL;
	s->nprocs = 0;
	while (good && s->nprocs < n) {
		good = take_process(in, &old, moved, &s->procs[s->nprocs]);
		s->nprocs += good;
	}
	for (size_t i = 0; i < old.nprocs; i++)
		proc_sample_release(&old.procs[i]);
	free(old.procs);
	return good;
}

static bool take_host_texts(struct intake *in, struct host_sample *host)
{
	take_text(in, host->name, sizeof(host->name));
	take_text(in, host->kernel, sizeof(host->kernel));
	return !in->bad;
}

static const struct column *column_of(struct columns c, uint64_t tag)
{
	for (size_t i = 0; i < c.n; i++) {
		if (c.items[i].tag == tag)
			return &c.items[i];
	}
	return NULL;
}

static bool take_process_column(const struct column *c, struct intake *in, struct sample *s)
{
	cleanup_free void **rows = xcalloc(s->nprocs + 1, sizeof(*rows));

	for (size_t i = 0; i < s->nprocs; i++)
		rows[i] = &s->procs[i];
	return column_take(c, in, rows, s->nprocs);
}

static bool take_interpreter_column(const struct column *c, struct intake *in, struct sample *s)
{
	cleanup_free void **rows = NULL;
	size_t n = 0, total = 0;

	for (size_t i = 0; i < s->nprocs; i++)
		total += s->procs[i].gc.ninterpreters;
	rows = xcalloc(total + 1, sizeof(*rows));
	for (size_t i = 0; i < s->nprocs; i++) {
		for (size_t k = 0; k < s->procs[i].gc.ninterpreters; k++)
			rows[n++] = &s->procs[i].gc.interpreters[k];
	}
	return column_take(c, in, rows, n);
}

static bool take_column(uint64_t tag, struct intake *in, struct sample *s)
{
	const struct column *c;
	void *row = s;

	c = column_of(facts_process_columns(), tag);
	if (c)
		return take_process_column(c, in, s);
	c = column_of(facts_interpreter_columns(), tag);
	if (c)
		return take_interpreter_column(c, in, s);
	c = column_of(facts_sample_columns(), tag);
	return !c || column_take(c, in, &row, 1);
}

static bool take(uint64_t tag, struct intake *in, struct sample *s)
{
	switch (tag) {
	case FACTS_PROCESSES:
		return take_processes(in, s);
	case FACTS_HOST_TEXTS:
		return take_host_texts(in, &s->host);
	case FACTS_TEXTS:
		return texts_take(in, s);
	case FACTS_GAPS:
		return gaps_take(in, s);
	case FACTS_SETTINGS:
		return settings_take(in, s);
	case FACTS_INTERPRETERS:
		return interpreters_take(in, s);
	}
	return take_column(tag, in, s);
}

bool facts_take(struct facts *f, bool key, const void *bytes, size_t len)
{
	struct intake in = intake_of(bytes, len), body;
	uint64_t tag, last = 0;

	if (key)
		sample_release(&f->now);
	while (take_section(&in, &tag, &body)) {
		/* Each once: a million empty sections would cost a million looks at all processes. */
		if (tag <= last || !take(tag, &body, &f->now))
			return false;
		last = tag;
	}
	return !in.bad && facts_page_size_valid(f->now.host.page_size);
}
