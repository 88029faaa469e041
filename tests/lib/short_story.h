#ifndef COWTOP_TESTS_SHORT_STORY_H
#define COWTOP_TESTS_SHORT_STORY_H

/*
 * The story of two samples, a second apart, in which nothing else is.
 */
#include "lib/fixture.h"
#include "model/story.h"

static inline void short_story(struct story *s)
{
	*s = (struct story){ .begin_ns = FIXTURE_BEGIN,
			     .end_ns = FIXTURE_BEGIN + FIXTURE_SECOND,
			     .elapsed_s = 1,
			     .samples = 2,
			     .page_size = FIXTURE_PAGE };
	snprintf(s->command, sizeof(s->command), "gunicorn");
}

#endif
