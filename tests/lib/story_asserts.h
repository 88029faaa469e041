#ifndef COWTOP_TESTS_STORY_ASSERTS_H
#define COWTOP_TESTS_STORY_ASSERTS_H

/*
 * What tests ask of stories and comparisons.
 */
#include "lib/eroding_pool.h"
#include "model/compare.h"

#define MIB 1048576.0

#define assert_near(got, want, slack) \
	do { \
		figure got_ = (got), want_ = (want); \
		if (!known(got_) || fabs(got_ - want_) > (slack)) \
			fail_msg("%s is %.17g, not %.17g", #got, got_, want_); \
	} while (0)

static inline figure pages(fact n)
{
	return (figure)n * FIXTURE_PAGE;
}

static inline const struct story_process *worker(const struct story *s, pid_t pid)
{
	size_t i;

	for (i = 0; i < s->nprocesses; i++) {
		if (s->processes[i].pid == pid)
			return &s->processes[i];
	}
	fail_msg("no process %d", pid);
	return NULL;
}

static inline const struct compare_row *row(const struct comparison *c, const char *key)
{
	return &c->rows[compare_find(key) - compare_fields];
}

#endif
