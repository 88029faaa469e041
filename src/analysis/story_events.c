#include "analysis/story_teller.h"

#include <string.h>
#include "base/alloc.h"

#define HALF (STORY_EVENTS / 2)

/* The first half stays; of the others the oldest makes room. */
static void keep(struct story *s, const struct event *e)
{
	if (!s->events)
		s->events = xcalloc(STORY_EVENTS, sizeof(*s->events));
	if (s->nevents == STORY_EVENTS) {
		s->events_early = HALF;
		memmove(s->events + HALF, s->events + HALF + 1, (HALF - 1) * sizeof(*s->events));
		s->nevents--;
	}
	s->events[s->nevents++] = *e;
	if (s->nevents <= HALF)
		s->events_early = s->nevents;
}

void events_keep(struct storyteller *t, const struct snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->nevents; i++) {
		t->s.event_counts[snap->events[i].type]++;
		keep(&t->s, &snap->events[i]);
	}
}
