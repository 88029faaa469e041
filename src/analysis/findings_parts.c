#include "analysis/findings_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/alloc.h"
#include "base/units.h"
#include "model/field.h"

bool has_state(const struct proc_snapshot *p)
{
	return p->role != ROLE_HELPER && p->facts->gc.runtime == RUNTIME_CPYTHON && gc_main(&p->facts->gc);
}

const struct past *finding_past(const struct scene *s, const struct proc_snapshot *p)
{
	return history_find_near(s->now, (size_t)(p - s->snap->procs), p->facts->pid, p->facts->start_ticks);
}

/* A worker that has more of them than the master had: they are its own. (One forked before the master
 * made its last ones may have made some that do not show.) */
static void add_share(struct found *r, const struct past *p)
{
	const struct gc_share *s = &p->collector.share;

	r->full += s->full;
	r->measured += s->measured;
	r->before += p->copied_before;
	r->at += s->at;
	r->firsts += s->firsts;
	r->in_firsts += s->in_firsts;
	r->at_first += s->at_first;
	r->early += s->early;
	r->all += s->all;
	if (s->made_before != ABSENT && p->master_full != ABSENT && s->made_before > p->master_full)
		r->made_before += s->made_before - p->master_full;
}

struct found find_workers(const struct scene *s, applies test)
{
	figure page_size = (figure)s->snap->facts->host.page_size;
	const struct proc_snapshot *p;
	struct found r = { 0 };
	unsigned doubts = 0;
	size_t i;

	for (i = 0; i < s->snap->nprocs; i++) {
		const struct page_figures *pages;

		p = &s->snap->procs[i];
		pages = &p->figures.pages;
		if (p->role != ROLE_WORKER)
			continue;
		r.of++;
		if (!has_state(p) || !test(s, p))
			continue;
		r.n++;
		r.any = p;
		r.estimated |= p->estimated;
		doubts |= p->doubts;
		r.copied += p->figures.cow_broken_bytes;
		if (known(pages->collapsed))
			r.collapsed += pages->collapsed * page_size;
		r.copied_least += process_least(p)->cow_broken_bytes;
		r.shared += pages->shared * page_size;
		r.inherited += (pages->shared + pages->orphaned + pages->cow_broken) * page_size;
		add_share(&r, finding_past(s, p));
	}
	if (doubts & DOUBT_AGE)
		r.copied_least = r.copied;
	return r;
}

struct finding *finding_add(struct snapshot *snap, enum finding_kind kind, const struct found *w)
{
	struct finding *f;

	snap->findings = xreallocarray(snap->findings, snap->nfindings + 1, sizeof(*snap->findings));
	f = &snap->findings[snap->nfindings++];
	*f = (struct finding){ .kind = kind };
	finding_value(f, measure_counted(w ? (figure)w->n : UNKNOWN), "workers");
	if (w && w->n == 1)
		f->pid = w->any->facts->pid;
	return f;
}

void finding_say(struct finding *f, const char *fmt, ...)
{
	size_t len = strlen(f->text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(f->text + len, sizeof(f->text) - len, fmt, args);
	va_end(args);
}

void finding_say_size(struct finding *f, struct measure m)
{
	char size[16];

	finding_say(f, "%s%s", label_words(m.label), units_format_size(size, m.value));
}

void finding_value(struct finding *f, struct measure m, const char *unit)
{
	finding_measure(f, m);
	f->unit = unit;
}

struct measure measure_counted(figure value)
{
	return measure_make(value, UNKNOWN, false);
}

struct measure measure_at_most(figure value)
{
	return measure_make(value, 0, false);
}

struct measure measure_copied(const struct found *w)
{
	return measure_make(w->copied, w->copied_least, w->estimated);
}

struct measure measure_made(const struct snapshot *snap)
{
	return measure_times(POOL_MEASURE(snap, pages.new), (figure)snap->facts->host.page_size);
}

char *format_workers(char out[static 48], const struct found *w)
{
	snprintf(out, 48, "%zu of %zu worker%s", w->n, w->of, w->of == 1 ? "" : "s");
	return out;
}
