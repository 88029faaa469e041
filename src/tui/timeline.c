#include "tui/timeline.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "tui/timeline_frame.h"

struct timeline *timeline_new(size_t bytes)
{
	struct timeline *t = xcalloc(1, sizeof(*t));

	t->limit = bytes;
	return t;
}

static struct identity *find_identity(const struct timeline *t, struct proc_key key)
{
	size_t i;

	for (i = 0; i < t->nwho; i++) {
		if (t->who[i].uses && proc_key_same(t->who[i].key, key))
			return &t->who[i];
	}
	return NULL;
}

static void identity_clear(struct identity *who)
{
	free(who->user);
	free(who->comm);
	free(who->cmdline);
	*who = (struct identity){ 0 };
}

static void drop_first(struct timeline *t)
{
	struct frame *f = timeline_frame(t, t->first);
	size_t i;

	for (i = 0; i < f->n; i++) {
		struct identity *who = &t->who[f->procs[i].identity];

		if (!--who->uses)
			identity_clear(who);
	}
	t->bytes -= f->bytes;
	gc_groups_free(f->groups, f->ngroups);
	free(f->findings);
	free(f);
	t->frames[t->first % TIMELINE_INSTANTS] = NULL;
	t->first++;
}

void timeline_free(struct timeline *t)
{
	if (!t)
		return;
	while (t->first && t->first <= t->last)
		drop_first(t);
	free(t->who);
	free(t);
}

static struct identity *new_identity(struct timeline *t)
{
	size_t i;

	for (i = 0; i < t->nwho; i++) {
		if (!t->who[i].uses)
			return &t->who[i];
	}
	vec_room(&t->who, t->nwho, &t->cap);
	t->who[t->nwho] = (struct identity){ 0 };
	return &t->who[t->nwho++];
}

static void set_text(char **to, const char *text)
{
	if (*to && !strcmp(*to, text))
		return;
	free(*to);
	*to = xstrdup(text);
}

/* Titles change: the latest one is kept. */
static uint32_t note_identity(struct timeline *t, const struct proc_snapshot *p)
{
	const struct proc_sample *facts = p->facts;
	struct identity *who = find_identity(t, proc_key_of(p));

	if (!who) {
		who = new_identity(t);
		who->key = proc_key_of(p);
		who->born = t->last;
		who->start_ns = facts->start_ns;
	}
	who->ppid = facts->ppid;
	who->base_pid = facts->base_pid;
	who->same_mm_pid = facts->same_mm_pid;
	who->uid = facts->uid;
	set_text(&who->user, facts->user ? facts->user : "");
	set_text(&who->comm, facts->comm ? facts->comm : "");
	set_text(&who->cmdline, facts->cmdline ? facts->cmdline : "");
	who->uses++;
	return (uint32_t)(who - t->who);
}

static void note_findings(struct frame *f, const struct snapshot *snap)
{
	size_t i;

	f->groups = gc_groups_copy(snap->gc_groups, snap->ngc_groups);
	f->ngroups = snap->ngc_groups;
	f->findings = findings_copy(snap->findings, snap->nfindings);
	f->nfindings = snap->nfindings;
	f->bytes += f->ngroups * sizeof(*f->groups) + f->nfindings * sizeof(*f->findings);
	for (i = 0; i < f->ngroups; i++)
		f->bytes += f->groups[i].npids * sizeof(pid_t);
}

static struct frame *new_frame(struct timeline *t, const struct snapshot *snap)
{
	size_t bytes = sizeof(struct frame) + snap->nprocs * sizeof(struct packed_process), i;
	const struct sample *s = snap->facts;
	struct frame *f = xcalloc(1, bytes);

	f->instant = (struct instant){ t->last, s->time_ns, s->mono_ns, snap->pool };
	f->host = s->host;
	f->cost_ns = s->cost_ns;
	f->walked = s->walked;
	f->skipped = s->skipped;
	f->budget_ppm = s->budget_ppm;
	f->own_cpu = snap->own_cpu;
	f->deferred = snap->deferred;
	f->master_pid = s->master_pid;
	f->leader_pid = s->leader_pid;
	f->kinship = s->kinship;
	f->elapsed_s = snap->elapsed_s;
	f->level = snap->level;
	f->exactness = snap->exactness;
	f->least = snap->least;
	f->estimated = snap->estimated;
	f->estimated_all = snap->estimated_all;
	f->doubts = (uint8_t)snap->doubts;
	f->forked = snap->forked;
	memcpy(f->command, snap->command, sizeof(f->command));
	f->bytes = bytes;
	f->n = snap->nprocs;
	for (i = 0; i < f->n; i++) {
		process_pack(&f->procs[i], &snap->procs[i]);
		f->procs[i].identity = note_identity(t, &snap->procs[i]);
	}
	note_findings(f, snap);
	return f;
}

static void note_events(struct timeline *t, const struct snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->nevents; i++) {
		if (t->nevents == TIMELINE_EVENTS)
			memmove(t->events, t->events + 1, --t->nevents * sizeof(*t->events));
		t->events[t->nevents++] = snap->events[i];
	}
}

void timeline_add(struct timeline *t, const struct snapshot *snap)
{
	struct frame *f;

	if (t->first && t->last - t->first + 1 == TIMELINE_INSTANTS)
		drop_first(t);
	t->last++;
	if (!t->first)
		t->first = t->last;
	f = new_frame(t, snap);
	t->frames[t->last % TIMELINE_INSTANTS] = f;
	t->bytes += f->bytes;
	while (t->bytes > t->limit && t->first < t->last)
		drop_first(t);
	note_events(t, snap);
}

uint64_t timeline_first(const struct timeline *t)
{
	return t->first;
}

uint64_t timeline_last(const struct timeline *t)
{
	return t->last;
}

const struct instant *timeline_at(const struct timeline *t, uint64_t number)
{
	const struct frame *f = timeline_frame(t, number);

	return f ? &f->instant : NULL;
}

uint64_t timeline_find(const struct timeline *t, int64_t time_ns)
{
	uint64_t number;

	for (number = t->last; number > t->first; number--) {
		if (timeline_frame(t, number)->instant.time_ns <= time_ns)
			return number;
	}
	return t->first;
}

static const struct packed_process *packed_at(const struct timeline *t, uint64_t number, struct proc_key key)
{
	const struct frame *f = timeline_frame(t, number);
	size_t i;

	for (i = 0; f && i < f->n; i++) {
		if (proc_key_same(t->who[f->procs[i].identity].key, key))
			return &f->procs[i];
	}
	return NULL;
}

figure timeline_cow_bytes(const struct timeline *t, uint64_t number, struct proc_key key)
{
	const struct packed_process *p = packed_at(t, number, key);
	figure page_size = p ? (figure)timeline_frame(t, number)->host.page_size : UNKNOWN;

	return p ? process_packed(p, offsetof(struct figures, pages.cow_broken)) * page_size : UNKNOWN;
}

uint64_t timeline_born(const struct timeline *t, struct proc_key key)
{
	const struct identity *who = find_identity(t, key);

	return who && who->born > 1 ? who->born : 0;
}

const struct event *timeline_events(const struct timeline *t, size_t *ret_n)
{
	*ret_n = t->nevents;
	return t->events;
}
