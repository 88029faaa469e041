#include <stdlib.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "codec/sample.h"
#include "codec/sample_lists.h"
#include "codec/sample_rows.h"
#include "codec/sample_why.h"

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
	size_t n = take_count(in, 1, SAMPLE_PROCESSES_MAX);
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

static bool take_column(uint64_t tag, struct intake *in, struct sample_codec *f)
{
	struct sample_rows *r = f->rows;
	const struct column *c = tag <= UINT8_MAX ? r->by_tag[tag].column : NULL;
	void *row = &f->now;

	if (!c)
		return true; /* of a later version */
	sample_rows_find(r, &f->now);
	switch (r->by_tag[tag].of) {
	case OF_PROCESS:
		return column_take(c, in, r->processes, r->nprocesses);
	case OF_INTERPRETER:
		return column_take(c, in, r->interpreters, r->ninterpreters);
	case OF_WHY:
		return column_take(c, in, r->why, r->nwhy);
	default:
		return column_take(c, in, &row, 1);
	}
}

static bool take(uint64_t tag, struct intake *in, struct sample_codec *f)
{
	struct sample *s = &f->now;

	switch (tag) {
	case SAMPLE_PROCESSES:
		f->rows->known = false;
		return take_processes(in, s);
	case SAMPLE_HOST_TEXTS:
		return take_host_texts(in, &s->host);
	case SAMPLE_TEXTS:
		return texts_take(in, s);
	case SAMPLE_GAPS:
		return gaps_take(in, s);
	case SAMPLE_SETTINGS:
		return settings_take(in, s);
	case SAMPLE_INTERPRETERS:
		f->rows->known = false;
		return interpreters_take(in, s);
	case SAMPLE_WHY_WORKERS:
		f->rows->known = false;
		return why_take(tag, in, s);
	case SAMPLE_WHY:
	case SAMPLE_WHY_NEWS:
	case SAMPLE_WHY_HISTORY:
	case SAMPLE_WHY_WROTE:
		return why_take(tag, in, s);
	}
	return take_column(tag, in, f);
}

bool sample_take(struct sample_codec *f, bool key, const void *bytes, size_t len)
{
	struct intake in = intake_of(bytes, len), body;
	uint64_t tag, last = 0;

	if (key) {
		sample_release(&f->now);
		f->rows->known = false;
	}
	why_begin(&f->now);
	while (take_section(&in, &tag, &body)) {
		/* Each once: a million empty sections would cost a million looks at all processes. */
		if (tag <= last || !take(tag, &body, f))
			return false;
		last = tag;
	}
	return !in.bad && sample_page_size_valid(f->now.host.page_size);
}
