#include "codec/sample_lists.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "codec/sample_rows.h"

/* Which text of a process. For good, as tags are. */
enum {
	TEXT_USER,
	TEXT_COMM,
	TEXT_CMDLINE,
	TEXT_VERSION,
	TEXT_BUILD,
	TEXTS,
};

static void put_if_any(struct buf *out, unsigned int tag, const struct buf *body)
{
	if (body->len)
		put_section(out, tag, body);
}

static const char *text_of(const struct proc_sample *p, unsigned int which)
{
	const char *const texts[TEXTS] = {
		[TEXT_USER] = p->user,          [TEXT_COMM] = p->comm,      [TEXT_CMDLINE] = p->cmdline,
		[TEXT_VERSION] = p->gc.version, [TEXT_BUILD] = p->gc.build,
	};

	return texts[which] ? texts[which] : "";
}

void texts_put(struct buf *out, const struct pairs *p)
{
	cleanup(buf_release) struct buf body = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		for (unsigned int which = 0; which < TEXTS; which++) {
			const char *now = text_of(p->now[i], which);

			if (!strcmp(now, text_of(p->before[i], which)))
				continue;
			put_varint(&body, i);
			put_varint(&body, which);
			put_string(&body, now);
		}
	}
	put_if_any(out, SAMPLE_TEXTS, &body);
}

/* false: longer than it may be. */
static bool set_text(struct proc_sample *p, uint64_t which, const char *s, size_t len)
{
	char **const owned[] = { &p->user, &p->comm, &p->cmdline };
	char *const fixed[] = { p->gc.version, p->gc.build };

	if (which >= TEXTS)
		return true; /* of a later version */
	if (which <= TEXT_CMDLINE) {
		if (len > SAMPLE_TEXT_MAX)
			return false;
		free(*owned[which]);
		*owned[which] = xmemdupz(s, len);
		return true;
	}
	if (len >= sizeof(p->gc.version))
		return false;
	memcpy(fixed[which - TEXT_VERSION], s, len);
	fixed[which - TEXT_VERSION][len] = '\0';
	return true;
}

_Static_assert(sizeof(((struct gc_facts *)0)->version) == sizeof(((struct gc_facts *)0)->build),
	       "set_text() takes them for equal");

bool texts_take(struct intake *in, struct sample *s)
{
	while (in->at < in->end) {
		uint64_t i = take_varint(in), which = take_varint(in);
		size_t len;
		const char *text = take_string(in, &len);

		if (in->bad || i >= s->nprocs || !set_text(&s->procs[i], which, text, len))
			return false;
	}
	return true;
}

static bool same_gaps(const struct proc_sample *a, const struct proc_sample *b)
{
	if (a->ngaps != b->ngaps)
		return false;
	for (size_t i = 0; i < a->ngaps; i++) {
		const struct gap *x = &a->gaps[i], *y = &b->gaps[i];

		if (x->error != y->error || strcmp(x->what, y->what) || strcmp(x->needs, y->needs))
			return false;
	}
	return true;
}

void gaps_put(struct buf *out, const struct pairs *p)
{
	cleanup(buf_release) struct buf body = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		const struct proc_sample *now = p->now[i];

		if (same_gaps(now, p->before[i]))
			continue;
		put_varint(&body, i);
		put_varint(&body, now->ngaps);
		for (size_t k = 0; k < now->ngaps; k++) {
			put_string(&body, now->gaps[k].what);
			put_signed(&body, now->gaps[k].error);
			put_string(&body, now->gaps[k].needs);
		}
	}
	put_if_any(out, SAMPLE_GAPS, &body);
}

bool gaps_take(struct intake *in, struct sample *s)
{
	size_t total = 0;

	for (size_t i = 0; i < s->nprocs; i++)
		total += s->procs[i].ngaps;
	while (in->at < in->end) {
		uint64_t i = take_varint(in);
		size_t n = take_count(in, 3, SAMPLE_LIST_MAX);
		struct proc_sample *p = i < s->nprocs ? &s->procs[i] : NULL;

		if (in->bad || !p || total - p->ngaps + n > SAMPLE_LIST_MAX)
			return false;
		total += n - p->ngaps;
		free(p->gaps);
		p->gaps = n ? xcalloc(n, sizeof(*p->gaps)) : NULL;
		p->ngaps = n;
		for (size_t k = 0; k < n; k++) {
			int64_t error;

			take_text(in, p->gaps[k].what, sizeof(p->gaps[k].what));
			error = take_signed(in);
			if (error < 0 || error > INT16_MAX)
				return false;
			p->gaps[k].error = (int)error;
			take_text(in, p->gaps[k].needs, sizeof(p->gaps[k].needs));
		}
	}
	return !in->bad;
}

static bool same_settings(const struct gc_facts *a, const struct gc_facts *b)
{
	if (a->nsettings != b->nsettings)
		return false;
	for (size_t i = 0; i < a->nsettings; i++) {
		if (strcmp(a->settings[i].name, b->settings[i].name) ||
		    strcmp(a->settings[i].value, b->settings[i].value))
			return false;
	}
	return true;
}

void settings_put(struct buf *out, const struct pairs *p)
{
	cleanup(buf_release) struct buf body = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		const struct gc_facts *now = &p->now[i]->gc;

		if (same_settings(now, &p->before[i]->gc))
			continue;
		put_varint(&body, i);
		put_varint(&body, now->nsettings);
		for (size_t k = 0; k < now->nsettings; k++) {
			put_string(&body, now->settings[k].name);
			put_string(&body, now->settings[k].value);
		}
	}
	put_if_any(out, SAMPLE_SETTINGS, &body);
}

bool settings_take(struct intake *in, struct sample *s)
{
	size_t total = 0;

	for (size_t i = 0; i < s->nprocs; i++)
		total += s->procs[i].gc.nsettings;
	while (in->at < in->end) {
		uint64_t i = take_varint(in);
		size_t n = take_count(in, 2, SAMPLE_LIST_MAX);
		struct gc_facts *g = i < s->nprocs ? &s->procs[i].gc : NULL;

		if (in->bad || !g || total - g->nsettings + n > SAMPLE_LIST_MAX)
			return false;
		total += n - g->nsettings;
		free(g->settings);
		g->settings = n ? xcalloc(n, sizeof(*g->settings)) : NULL;
		g->nsettings = n;
		for (size_t k = 0; k < n; k++) {
			take_text(in, g->settings[k].name, sizeof(g->settings[k].name));
			take_text(in, g->settings[k].value, sizeof(g->settings[k].value));
		}
	}
	return !in->bad;
}

void interpreters_put(struct buf *out, const struct pairs *p)
{
	cleanup(buf_release) struct buf body = { 0 };
	bool same = true;

	for (size_t i = 0; i < p->n; i++) {
		put_varint(&body, p->now[i]->gc.ninterpreters);
		same &= p->now[i]->gc.ninterpreters == p->before[i]->gc.ninterpreters;
	}
	if (!same)
		put_section(out, SAMPLE_INTERPRETERS, &body);
}

static void resize(struct gc_facts *g, size_t n)
{
	if (!n) {
		free(g->interpreters);
		g->interpreters = NULL;
	} else if (n != g->ninterpreters) {
		g->interpreters = xreallocarray(g->interpreters, n, sizeof(*g->interpreters));
	}
	for (size_t k = g->ninterpreters; k < n; k++)
		gc_state_init(&g->interpreters[k]);
	g->ninterpreters = n;
}

bool interpreters_take(struct intake *in, struct sample *s)
{
	size_t total = 0;

	for (size_t i = 0; i < s->nprocs; i++) {
		uint64_t n = take_varint(in);

		if (in->bad || n > SAMPLE_LIST_MAX - total)
			return false;
		total += n;
		resize(&s->procs[i].gc, n);
	}
	return true;
}
