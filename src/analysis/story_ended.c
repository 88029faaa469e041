#include <stdlib.h>
#include "analysis/story_teller.h"
#include "base/alloc.h"

static const struct proc_sample *master_of(const struct snapshot *snap)
{
	const struct proc_sample *m = sample_find(snap->facts, snap->facts->master_pid);

	return m && m->cminflt != ABSENT ? m : NULL;
}

/* Most often where it was. */
static bool is_there(const struct sample *s, const struct waited_child *c)
{
	const struct proc_sample *p = c->near < s->nprocs ? &s->procs[c->near] : NULL;

	if (!p || p->pid != c->pid)
		p = sample_find(s, c->pid);
	return p && p->start_ticks == c->start_ticks;
}

/* Faults of the master's children of the sample before that are gone, as far as they were seen. */
static figure seen_of(const struct waited *w, const struct snapshot *snap)
{
	figure sum = 0;

	for (size_t i = 0; i < w->n; i++) {
		const struct waited_child *c = &w->children[i];

		if (!is_there(snap->facts, c))
			sum += c->minor;
	}
	return sum;
}

static void remember(struct waited *w, const struct proc_sample *master, const struct snapshot *snap)
{
	w->pid = master->pid;
	w->start_ticks = master->start_ticks;
	w->minor = master->cminflt;
	w->children = xreallocarray(w->children, snap->nprocs, sizeof(*w->children));
	w->n = 0;
	for (size_t i = 0; i < snap->nprocs; i++) {
		const struct proc_sample *p = snap->procs[i].facts;

		if (p->ppid == master->pid)
			w->children[w->n++] = (struct waited_child){
				p->pid,
				p->start_ticks,
				figure_of(p->minflt) + figure_of(p->cminflt),
				i,
			};
	}
}

void ended_take(struct storyteller *t, const struct snapshot *snap)
{
	const struct proc_sample *master = master_of(snap);
	struct waited *w = &t->waited;
	struct story *s = &t->s;

	if (!master)
		return;
	if (w->pid == master->pid && w->start_ticks == master->start_ticks) {
		figure ended = (figure)(master->cminflt - w->minor), seen = seen_of(w, snap);

		s->ended_minor = (known(s->ended_minor) ? s->ended_minor : 0) + ended;
		s->ended_unseen = (known(s->ended_unseen) ? s->ended_unseen : 0) + fmax(0, ended - seen);
	}
	remember(w, master, snap);
}
