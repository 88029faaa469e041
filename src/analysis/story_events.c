#include "analysis/story_teller.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

#define HALF (STORY_EVENTS / 2)

/* The first half stays; of the others the oldest makes room: they go round until the end. */
static void keep(struct storyteller *t, const struct event *e)
{
	struct story *s = &t->s;

	if (!s->events)
		s->events = xcalloc(STORY_EVENTS, sizeof(*s->events));
	if (s->nevents == STORY_EVENTS) {
		s->events_early = HALF;
		s->events[HALF + t->oldest_event] = *e;
		t->oldest_event = (t->oldest_event + 1) % (STORY_EVENTS - HALF);
		return;
	}
	s->events[s->nevents++] = *e;
	if (s->nevents <= HALF)
		s->events_early = s->nevents;
}

void events_end(struct storyteller *t)
{
	size_t n = STORY_EVENTS - HALF, i;
	struct event *round;

	if (!t->oldest_event)
		return;
	round = xcalloc(n, sizeof(*round));
	memcpy(round, t->s.events + HALF, n * sizeof(*round));
	for (i = 0; i < n; i++)
		t->s.events[HALF + i] = round[(t->oldest_event + i) % n];
	free(round);
}

void events_keep(struct storyteller *t, const struct snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->nevents; i++) {
		t->s.event_counts[snap->events[i].type]++;
		keep(t, &snap->events[i]);
	}
}
