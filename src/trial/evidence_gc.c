#include <stdio.h>
#include <string.h>
#include "trial/evidence_parts.h"

/* CPython's version as two numbers; 0.0: not known. */
static void version_of(const struct gc_facts *gc, unsigned *major, unsigned *minor)
{
	if (sscanf(gc->version, "%u.%u", major, minor) != 2)
		*major = *minor = 0;
}

static const struct gc_state *state_of(const struct proc_sample *p)
{
	return p->gc.runtime == RUNTIME_CPYTHON ? gc_main(&p->gc) : NULL;
}

/* Why nothing is known of the workers' collectors. */
static enum trial_applied unread(const struct look *l, struct buf *text)
{
	bool any = false;

	for (size_t i = 0; i < l->s->nprocs; i++) {
		const struct proc_sample *p = &l->s->procs[i];

		if (!evidence_worker(l, p))
			continue;
		any = true;
		for (size_t g = 0; g < p->ngaps; g++) {
			if (strcmp(p->gaps[g].what, "gc") != 0)
				continue;
			buf_printf(text, "the collector of worker %d cannot be read%s%s", (int)p->pid,
				   gap_link(&p->gaps[g]), p->gaps[g].needs);
			return TRIAL_UNKNOWN;
		}
	}
	buf_adds(text, any ? "no collector was found in the workers" : "there was no worker to look at");
	return TRIAL_UNKNOWN;
}

static const struct proc_sample *first_worker(const struct look *l, enum runtime runtime)
{
	for (size_t i = 0; i < l->s->nprocs; i++)
		if (evidence_worker(l, &l->s->procs[i]) && l->s->procs[i].gc.runtime == runtime)
			return &l->s->procs[i];
	return NULL;
}

/* Asks each worker whose collector is known. ABSENT: it does not say. */
static struct shown ask(const struct look *l, fact (*is_so)(const struct gc_state *, const void *),
			const void *data)
{
	struct shown n = { 0 };

	for (size_t i = 0; i < l->s->nprocs; i++) {
		const struct gc_state *state = state_of(&l->s->procs[i]);
		fact so;

		if (!evidence_worker(l, &l->s->procs[i]))
			continue;
		so = state ? is_so(state, data) : ABSENT;
		n.yes += so == 1;
		n.no += so == 0;
		n.untold += so == ABSENT;
	}
	return n;
}

/* Of a worker of CPython that does not show it: was it told? */
static void say_why_not(const struct look *l, struct buf *text)
{
	static const char name[] = "PYTHONPATH=";
	const char *path = NULL;
	struct shown told;

	for (size_t i = 0; l->setup->env[i]; i++)
		if (!strncmp(l->setup->env[i], name, strlen(name)))
			path = l->setup->env[i] + strlen(name);
	if (!path)
		return;
	told = evidence_variable(l, "PYTHONPATH", path);
	if (evidence_judge(&told) == TRIAL_NOT_APPLIED)
		buf_adds(text, ": they were started without the PYTHONPATH that it needs");
	else
		buf_adds(text, ": Python did not look at PYTHONPATH, or something has undone it");
}

static fact is_frozen(const struct gc_state *s, const void *data)
{
	if (s->any_frozen != ABSENT)
		return s->any_frozen;
	return s->frozen == ABSENT ? ABSENT : s->frozen > 0;
}

static fact most_frozen(const struct look *l)
{
	fact most = ABSENT;

	for (size_t i = 0; i < l->s->nprocs; i++) {
		const struct gc_state *state = state_of(&l->s->procs[i]);

		if (state && evidence_worker(l, &l->s->procs[i]) && state->frozen > most)
			most = state->frozen;
	}
	return most;
}

enum trial_applied evidence_freeze(const struct look *l, const struct variant_part *part, struct buf *text)
{
	const struct proc_sample *python = first_worker(l, RUNTIME_CPYTHON);
	struct shown n = ask(l, is_frozen, NULL);
	enum trial_applied applied = evidence_judge(&n);
	unsigned major = 0, minor = 0;
	fact most = most_frozen(l);

	if (python)
		version_of(&python->gc, &major, &minor);
	if (major && (major < 3 || (major == 3 && minor < 7))) {
		buf_printf(text, "CPython %s has no gc.freeze(): 3.7 and later do", python->gc.version);
		return TRIAL_NOT_APPLIED;
	}
	if (applied == TRIAL_UNKNOWN)
		return unread(l, text);
	buf_printf(text, "objects are frozen in %zu of %zu workers", n.yes, n.yes + n.no);
	if (n.yes && most != ABSENT && most > 0)
		buf_printf(text, ", %lld at most", (long long)most);
	if (applied == TRIAL_NOT_APPLIED)
		say_why_not(l, text);
	return applied;
}

static fact is_off(const struct gc_state *s, const void *data)
{
	return s->enabled == ABSENT ? ABSENT : !s->enabled;
}

enum trial_applied evidence_disable(const struct look *l, const struct variant_part *part, struct buf *text)
{
	struct shown n = ask(l, is_off, NULL);
	enum trial_applied applied = evidence_judge(&n);

	if (first_worker(l, RUNTIME_RUBY))
		return evidence_ruby(l, part, text);
	if (applied == TRIAL_UNKNOWN)
		return unread(l, text);
	buf_printf(text, "the collector is off in %zu of %zu workers", n.yes, n.yes + n.no);
	if (applied == TRIAL_NOT_APPLIED)
		say_why_not(l, text);
	return applied;
}

static fact has_thresholds(const struct gc_state *s, const void *data)
{
	const struct variant_part *part = data;

	for (size_t i = 0; i < part->nnumbers; i++) {
		if (s->thresholds[i] == ABSENT)
			return i ? 1 : ABSENT; /* what this CPython does not have any more */
		if ((uint64_t)s->thresholds[i] != part->numbers[i])
			return 0;
	}
	return 1;
}

enum trial_applied evidence_threshold(const struct look *l, const struct variant_part *part, struct buf *text)
{
	struct shown n = ask(l, has_thresholds, part);
	enum trial_applied applied = evidence_judge(&n);
	const struct proc_sample *python = first_worker(l, RUNTIME_CPYTHON);
	char numbers[64];

	if (applied == TRIAL_UNKNOWN)
		return unread(l, text);
	buf_printf(text, "the collector has thresholds %s in %zu of %zu workers", part->value, n.yes,
		   n.yes + n.no);
	if (applied == TRIAL_NOT_APPLIED && python && gc_main(&python->gc))
		buf_printf(text, ": in process %d they are %s", (int)python->pid,
			   gc_format_thresholds(numbers, gc_main(&python->gc)->thresholds));
	return applied;
}
