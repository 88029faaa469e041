#include "cmd/stories.h"

#include <stdlib.h>
#include "base/alloc.h"

int stories_load(const char *const *paths, size_t n, const struct story_request *how, struct stories *ret,
		 struct err *err)
{
	struct stories s = { xcalloc(n, sizeof(*s.items)), xcalloc(n, sizeof(const struct story *)), 0 };

	for (; s.n < n; s.n++) {
		if (load_story(paths[s.n], how, &s.items[s.n], err) < 0) {
			stories_release(&s);
			return -1;
		}
		s.borrowed[s.n] = &s.items[s.n];
	}
	*ret = s;
	return 0;
}

struct compare_runs stories_runs(const struct stories *s, int64_t requests)
{
	return (struct compare_runs){ s->borrowed, s->n, requests ? (figure)requests : UNKNOWN };
}

void stories_release(struct stories *s)
{
	for (size_t i = 0; i < s->n; i++)
		story_release(&s->items[i]);
	free(s->items);
	free(s->borrowed);
	*s = (struct stories){ 0 };
}
