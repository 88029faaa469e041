#include "cmd/stories.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "sys/file_limit.h"

int stories_open(const char *const *paths, size_t n, struct stories *ret, struct err *err)
{
	struct stories s = { .inputs = xcalloc(n, sizeof(*s.inputs)) };

	file_limit_raise();
	for (; s.ninputs < n; s.ninputs++) {
		if (recording_input_open(&s.inputs[s.ninputs], paths[s.ninputs], err) < 0) {
			stories_release(&s);
			return -1;
		}
	}
	*ret = s;
	return 0;
}

int stories_read(struct stories *s, const struct story_request *how, struct err *err)
{
	s->items = xcalloc(s->ninputs, sizeof(*s->items));
	s->borrowed = xcalloc(s->ninputs, sizeof(const struct story *));
	for (; s->n < s->ninputs; s->n++) {
		if (load_story(&s->inputs[s->n], how, &s->items[s->n], err) < 0)
			return -1;
		s->borrowed[s->n] = &s->items[s->n];
	}
	return 0;
}

int stories_load(const char *const *paths, size_t n, const struct story_request *how, struct stories *ret,
		 struct err *err)
{
	if (stories_open(paths, n, ret, err) < 0)
		return -1;
	if (stories_read(ret, how, err) == 0)
		return 0;
	stories_release(ret);
	return -1;
}

struct compare_runs stories_runs(const struct stories *s, int64_t requests)
{
	return (struct compare_runs){ s->borrowed, s->n, requests ? (figure)requests : UNKNOWN };
}

void stories_release(struct stories *s)
{
	for (size_t i = 0; i < s->ninputs; i++)
		recording_input_release(&s->inputs[i]);
	for (size_t i = 0; i < s->n; i++)
		story_release(&s->items[i]);
	free(s->inputs);
	free(s->items);
	free(s->borrowed);
	*s = (struct stories){ 0 };
}
