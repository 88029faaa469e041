#include <stdio.h>
#include "lib/fixture.h"
#include "model/family.h"

#define MOST 16

/* A process, by whom it was forked, and whether it is in the list. */
struct member {
	pid_t pid, forker;
	bool hidden, execed;
	uint64_t start;
};

static void check(const struct member *members, size_t n, bool ascii, const char *want)
{
	struct proc_sample facts[MOST];
	struct proc_snapshot procs[MOST] = { 0 };
	const struct proc_sample *list[MOST];
	struct family_row rows[MOST];
	struct sample sample;
	struct snapshot s = { .facts = &sample, .procs = procs, .nprocs = n };
	char branch[FAMILY_BRANCH], got[512] = "";
	size_t i, listed = 0, len = 0;

	sample_init(&sample);
	sample.master_pid = 1;
	for (i = 0; i < n; i++) {
		proc_sample_init(&facts[i]);
		facts[i].pid = members[i].pid;
		facts[i].start_ticks = members[i].start;
		facts[i].forked = !members[i].execed;
		*(members[i].execed ? &facts[i].ppid : &facts[i].base_pid) = members[i].forker;
		procs[i].facts = &facts[i];
		if (!members[i].hidden)
			list[listed++] = &facts[i];
	}
	family_order(&s, list, listed, rows);
	for (i = 0; i < listed; i++)
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%d\n",
					family_branch(branch, &rows[i], ascii), list[rows[i].at]->pid);
	assert_string_equal(got, want);
	sample_release(&sample);
}

#define M(p, by, ...) \
	{ \
		.pid = (p), .forker = (by), __VA_ARGS__ \
	}
#define CHECK(ascii, want, ...) \
	check((const struct member[]){ __VA_ARGS__ }, \
	      sizeof((const struct member[]){ __VA_ARGS__ }) / sizeof(struct member), ascii, want)

static void test_family__siblings_keep_their_order(void **state)
{
	CHECK(false, "1\n├─9\n│ ├─5\n│ └─4\n├─3\n└─7\n  └─8\n", M(1, 0), M(9, 1), M(3, 1), M(5, 9), M(7, 1),
	      M(4, 9), M(8, 7));
	CHECK(true, "1\n|-9\n| |-5\n| `-4\n|-3\n`-7\n  `-8\n", M(1, 0), M(9, 1), M(3, 1), M(5, 9), M(7, 1),
	      M(4, 9), M(8, 7));
}

/* Who is filtered out passes its children on to who forked it. */
static void test_family__below_the_nearest_that_is_listed(void **state)
{
	CHECK(true, "1\n`-3\n", M(1, 0), M(2, 1, .hidden = true), M(3, 2));
	CHECK(true, "3\n4\n", M(1, 0, .hidden = true), M(2, 1, .hidden = true), M(3, 2), M(4, 2));
}

/* A forker that is gone: 0, or a pid that nobody has. */
static void test_family__orphans_stand_at_the_left(void **state)
{
	CHECK(true, "1\n`-2\n3\n`-4\n5\n", M(1, 0), M(2, 1), M(3, 0), M(4, 3), M(5, 77));
}

static void test_family__who_was_execed_is_below_its_parent(void **state)
{
	CHECK(true, "1\n`-2\n  `-3\n", M(1, 0), M(2, 1), M(3, 2, .execed = true));
}

/* Whose pid was given again has forked nobody that is older. */
static void test_family__a_pid_that_was_given_again(void **state)
{
	CHECK(true, "2\n`-3\n2\n", M(2, 0, .start = 5), M(2, 0, .start = 900), M(3, 2, .start = 10));
	CHECK(true, "2\n3\n", M(2, 0, .start = 900), M(3, 2, .start = 10));
}

/* Recordings may say anything. */
static void test_family__circles_end(void **state)
{
	CHECK(true, "1\n", M(1, 1));
	CHECK(true, "1\n`-2\n  `-3\n", M(1, 3), M(2, 1), M(3, 2));
	CHECK(true, "1\n4\n", M(1, 0), M(2, 3, .hidden = true), M(3, 2, .hidden = true), M(4, 3));
	check(NULL, 0, true, "");
}

static void test_family__very_deep(void **state)
{
	struct family_row row = { .depth = 1000000, .more = UINT64_MAX };
	char branch[FAMILY_BRANCH];

	assert_string_equal(family_branch(branch, &row, false), "│ │ │ │ │ │ │ ├─");
}

static void test_family__nested(void **state)
{
	struct proc_sample facts[2];
	struct proc_snapshot procs[2] = { { .facts = &facts[0], .role = ROLE_MASTER },
					  { .facts = &facts[1], .role = ROLE_WORKER } };
	struct sample sample = { .master_pid = 1 };
	struct snapshot s = { .facts = &sample, .procs = procs, .nprocs = 2 };

	proc_sample_init(&facts[0]);
	proc_sample_init(&facts[1]);
	facts[1].base_pid = 1;
	assert_false(family_nested(&s));
	facts[1].base_pid = 0;
	assert_false(family_nested(&s));
	facts[1].base_pid = 7;
	assert_true(family_nested(&s));
	procs[1].role = ROLE_HELPER;
	assert_false(family_nested(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_family__siblings_keep_their_order),
		cmocka_unit_test(test_family__below_the_nearest_that_is_listed),
		cmocka_unit_test(test_family__orphans_stand_at_the_left),
		cmocka_unit_test(test_family__who_was_execed_is_below_its_parent),
		cmocka_unit_test(test_family__a_pid_that_was_given_again),
		cmocka_unit_test(test_family__circles_end),
		cmocka_unit_test(test_family__very_deep),
		cmocka_unit_test(test_family__nested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
