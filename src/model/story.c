#include "model/story.h"

#include <stdlib.h>

void story_release(struct story *s)
{
	for (size_t i = 0; i < s->nprocesses; i++)
		free(s->processes[i].points);
	for (size_t i = 0; i < s->nspaces; i++)
		address_space_release(&s->spaces[i].space);
	stack_report_release(&s->stack_report);
	if (s->stacks)
		stacks_release(s->stacks);
	free(s->stacks);
	if (s->why)
		why_release(s->why);
	free(s->why);
	free(s->processes);
	free(s->spaces);
	free(s->instants);
	for (size_t i = 0; i < s->nmarks; i++)
		free(s->marks[i].text);
	free(s->marks);
	free(s->intervals);
	free(s->events);
	free(s->findings);
	*s = (struct story){ 0 };
}
