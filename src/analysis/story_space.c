#include "analysis/story_teller.h"

#include <string.h>
#include "base/alloc.h"
#include "base/clock.h"

#define SPACES 4

static void *copy_of(const void *items, size_t n, size_t size)
{
	return n ? memcpy(xcalloc(n, size), items, n * size) : NULL;
}

static void space_copy(struct address_space *to, const struct address_space *from)
{
	size_t i;

	*to = *from;
	to->regions = copy_of(from->regions, from->nregions, sizeof(*from->regions));
	for (i = 0; i < from->nregions; i++)
		to->regions[i].name = xstrdup(from->regions[i].name);
	to->stretches = copy_of(from->stretches, from->nstretches, sizeof(*from->stretches));
}

void story_space(struct storyteller *t, const struct address_space *space)
{
	struct story *s = &t->s;
	struct story_space *to;
	size_t i;

	for (i = 0; i < s->nspaces; i++) {
		if (s->spaces[i].space.pid == space->pid &&
		    s->spaces[i].space.start_ticks == space->start_ticks)
			break;
	}
	if (i == SPACES)
		return;
	s->spaces = xreallocarray(s->spaces, SPACES, sizeof(*s->spaces));
	to = &s->spaces[i];
	if (i == s->nspaces)
		s->nspaces++;
	else
		address_space_release(&to->space);
	*to = (struct story_space){
		.at_s = (figure)(space->time_ns - s->begin_ns) / SECOND,
		.role = ROLE_HELPER,
	};
	for (i = 0; i < t->n; i++) {
		if (t->followers[i].p.pid == space->pid &&
		    t->followers[i].p.start_ticks == space->start_ticks) {
			to->role = t->followers[i].p.role;
			to->slot = t->followers[i].p.slot;
		}
	}
	space_copy(&to->space, space);
}
