#include "cmd/load_story.h"

#include <stdlib.h>
#include "analysis/analysis.h"
#include "analysis/stack_report.h"
#include "analysis/story.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cmd/time_range.h"

struct teller {
	struct recording *recording;
	struct analysis *analysis;
	struct storyteller *story;
	uint64_t samples, last; /* how many; number of the last one, ... */
	struct snapshot snap;   /* ... whose sample has gone */
	struct why *why;        /* the last that was known */
	int64_t first_ns, last_ns;
	const struct zone *zone;
};

/* Marks before the time of a sample are told before the sample. */
static void tell_marks(struct teller *t, int64_t until_ns)
{
	const struct replay_mark *m;

	while ((m = recording_mark(t->recording, until_ns)))
		story_mark(t->story, m->time_ns, m->text);
}

/* 1; 0: the recording has none of this process. */
static int tell_map(struct teller *t, pid_t pid, struct err *err)
{
	cleanup(address_space_release) struct address_space space = { 0 };
	int got = recording_space(t->recording, pid, &space, err);

	if (got > 0)
		story_space(t->story, &space);
	return got;
}

/* The worker that has copied most, of the workers that have copied less than `below`, or as much and stand
 * behind it; NULL: there is none. */
static const struct proc_snapshot *next_worker(const struct snapshot *snap, const struct proc_snapshot *below)
{
	const struct proc_snapshot *most = NULL, *p;

	for (p = snap->procs; p < snap->procs + snap->nprocs; p++) {
		figure copied = p->figures.cow_broken_bytes;

		if (p->role != ROLE_WORKER || !known(copied))
			continue;
		if (below && (copied > below->figures.cow_broken_bytes ||
			      (copied == below->figures.cow_broken_bytes && p <= below)))
			continue;
		if (!most || copied > most->figures.cow_broken_bytes)
			most = p;
	}
	return most;
}

/* Tell the page map of the master, and of the worker that has copied most among those of which there is one. */
static int tell_maps(struct teller *t, const struct snapshot *snap, struct err *err)
{
	const struct proc_snapshot *worker = NULL;
	int got = snap->facts->master_pid ? tell_map(t, snap->facts->master_pid, err) : 0;

	if (got < 0)
		return -1;
	for (got = 0; !got && (worker = next_worker(snap, worker));)
		got = tell_map(t, worker->facts->pid, err);
	return got < 0 ? -1 : 0;
}

/* The snapshot's becomes the story's, where it has one. */
static void keep_why(struct teller *t)
{
	if (!t->snap.why)
		return;
	if (t->why)
		why_release(t->why);
	free(t->why);
	t->why = t->snap.why;
	t->snap.why = NULL;
}

static void tell_sample(struct teller *t, const struct sample *s)
{
	if (!t->samples++)
		t->first_ns = s->time_ns;
	t->last_ns = s->time_ns;
	t->last = recording_number(t->recording);
	tell_marks(t, s->time_ns);
	keep_why(t);
	snapshot_release(&t->snap);
	analysis_next(t->analysis, s, &t->snap);
	story_add(t->story, &t->snap);
}

/* Read the last sample once more: that it was the last is known only behind it. */
static int tell_findings(struct teller *t, struct err *err)
{
	cleanup(sample_release) struct sample s;
	int got;

	sample_init(&s);
	got = t->samples ? recording_facts_of(t->recording, t->last, &s, err) : 0;
	if (got > 0) {
		snapshot_borrow(&t->snap, &s);
		analysis_add_why(t->analysis, &t->snap);
		analysis_add_findings(t->analysis, &t->snap);
		story_findings(t->story, &t->snap);
	}
	keep_why(t);
	snapshot_release(&t->snap);
	return got < 0 ? -1 : 0;
}

/* The sample at the wanted time once more, for its maps. */
static int tell_maps_at(struct teller *t, const struct when *at, struct err *err)
{
	const struct replay_info *info = recording_info(t->recording);
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = { 0 }; /* goes before its sample */
	struct analysis *analysis;
	int64_t time_ns = t->last_ns;
	int got;

	if (at->kind != WHEN_OPEN && when_at(at, t->zone, info->first_ns, info->last_ns, &time_ns, err) < 0)
		return -1;
	time_ns = time_ns < t->first_ns ? t->first_ns : time_ns > t->last_ns ? t->last_ns : time_ns;
	sample_init(&s);
	got = recording_facts_at(t->recording, time_ns, &s, err);
	if (got <= 0)
		return got;
	analysis = analysis_new();
	analysis_next(analysis, &s, &snap);
	analysis_free(analysis);
	return tell_maps(t, &snap, err);
}

static int tell_all(struct teller *t, const struct story_request *how, struct err *err)
{
	const struct sample *s;
	int got;

	while ((got = recording_facts(t->recording, &s, err)) > 0)
		tell_sample(t, s);
	if (got < 0)
		return -1;
	tell_marks(t, INT64_MAX);
	if (tell_findings(t, err) < 0)
		return -1;
	return how->maps && t->samples ? tell_maps_at(t, &how->map_at, err) : 0;
}

/* Tell the stacks of the spans that have something of the told part. */
static int tell_stacks(struct teller *t, struct story *ret, struct err *err)
{
	struct stacks *stacks = xcalloc(1, sizeof(*stacks));
	int got = recording_stacks(t->recording, stacks, err);

	if (got <= 0) {
		free(stacks);
		return got;
	}
	ret->stacks = stacks;
	stacks->looked = known(ret->collapsed_bytes);
	stacks->collapsed = stacks->looked ? (fact)(ret->collapsed_bytes / (figure)ret->page_size) : 0;
	stack_report_make(stacks, &ret->stack_report);
	return 0;
}

int load_story(struct recording_input *in, const struct story_request *how, struct story *ret,
	       struct err *err)
{
	cleanup(recording_closep) struct recording *recording = NULL;
	struct teller t = { 0 };
	int r;

	if (recording_begin(in, &how->span, &recording, err) < 0)
		return -1;
	t.recording = recording;
	t.zone = how->span.zone;
	t.analysis = analysis_new();
	analysis_leave_correlation(t.analysis);
	analysis_leave_findings(t.analysis);
	analysis_leave_memory(t.analysis);
	analysis_leave_why(t.analysis, true);
	t.story = story_begin();
	r = tell_all(&t, how, err);
	story_end(t.story, ret);
	ret->zone = t.zone;
	ret->why = t.why;
	if (r == 0 && how->stacks)
		r = tell_stacks(&t, ret, err);
	analysis_free(t.analysis);
	snapshot_release(&t.snap);
	if (r == 0 && !t.samples)
		r = time_range_none(in->path, &how->span, recording_info(recording), err);
	if (r < 0)
		story_release(ret);
	return r;
}
