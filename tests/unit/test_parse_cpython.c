#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include "lib/cpython_stage.h"
#include "parse/cpython_version.h"

static void assert_whole(const struct pyshape *s, const struct gc_state *g)
{
	assert_int_equal(g->enabled, 1);
	assert_int_equal(g->collecting, 0);
	if (s->visited)
		assert_facts(g->thresholds, 700, 10, 0);
	else
		assert_facts(g->thresholds, 700, 10, 11);
	if (s->visited)
		assert_facts(g->counts, 1, 3, 2); /* the visited space is the second one */
	else
		assert_facts(g->counts, 1, 2, 3);
	assert_facts(g->collections, 100, 101, 102);
	assert_facts(g->collected, 200, 201, 202);
	assert_facts(g->uncollectable, 300, 301, 302);
	assert_int_equal(g->any_frozen, 0);
	assert_int_equal(g->frozen, 0);
}

static void test_cpython__every_layout(void **state)
{
	for (size_t i = 0; i < PYSHAPES; i++) {
		const struct pyshape *s = &pyshapes[i];

		begin(s, 1);
		if (locate(s->version) != CPYTHON_FOUND)
			fail_msg("%s: %s", s->name, why);
		assert_int_equal(where.version, s->version);
		assert_int_equal(read_states(false), 1);
		assert_whole(s, &states[0]);
		assert_int_equal(states[0].id, 0);
	}
}

static void test_cpython__flags_are_read(void **state)
{
	for (size_t i = 0; i < PYSHAPES; i++) {
		const struct pyshape *s = &pyshapes[i];

		begin(s, 1);
		put32(&world, py_state(s, 0) + (uint64_t)s->enabled, 0);
		put32(&world, py_state(s, 0) + (uint64_t)s->collecting, 1);
		assert_int_equal(locate(s->version), CPYTHON_FOUND);
		assert_int_equal(read_states(false), 1);
		assert_int_equal(states[0].enabled, 0);
		assert_int_equal(states[0].collecting, 1);
	}
}

/* Every layout against a state that is damaged in one way. */
static void test_cpython__a_failed_check_is_refused(void **state)
{
	for (size_t i = 0; i < PYSHAPES; i++) {
		const struct pyshape *s = &pyshapes[i];
		uint64_t at = py_state(s, 0);
		uint64_t gens = at + (uint64_t)s->gens;

		for (int damage = 0; damage < 5; damage++) {
			if (damage == 0 && !s->gen0)
				continue;
			begin(s, 1);
			if (damage == 0)
				put64(&world, at + (uint64_t)s->gen0, gens + 8);
			else if (damage == 1)
				put32(&world, at + (uint64_t)s->enabled, 2);
			else if (damage == 2)
				put32(&world, at + (uint64_t)s->collecting, 7);
			else if (damage == 3)
				put32(&world, gens + (uint64_t)s->threshold, 0x80000000);
			for (int g = 1; damage == 4 && g <= 2; g++)
				put64(&world, gens + (uint64_t)(g * s->stride), gens);
			if (damage == 4)
				put64(&world, at + (uint64_t)s->perm, gens);
			if (locate(s->version) != CPYTHON_REFUSED)
				fail_msg("%s, damage %d: not refused", s->name, damage);
			assert_non_null(why);
		}
	}
}

/* One ring is enough: a collection takes the others apart. */
static void test_cpython__one_ring_is_enough(void **state)
{
	const struct pyshape *s = shape("3.11.2");
	uint64_t gens = py_state(s, 0) + (uint64_t)s->gens;

	begin(s, 1);
	put64(&world, gens + 24, 0);
	put64(&world, gens + 48, 0);
	assert_int_equal(locate(s->version), CPYTHON_FOUND);
	begin(s, 1);
	put64(&world, gens + 48, 0);
	put64(&world, py_state(s, 0) + (uint64_t)s->perm, 0);
	assert_int_equal(locate(s->version), CPYTHON_FOUND);
}

/* The state 0x90 bytes behind where the version has it. */
static void test_cpython__found_by_its_signature(void **state)
{
	static const char *const names[] = { "3.7.2",  "3.8.18", "3.9.2", "3.12.1", "3.13.5 of Debian",
					     "3.14.7", "3.15.0" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct pyshape moved = *shape(names[i]);

		moved.gc += 0x90;
		begin(&moved, 1);
		if (moved.offsets_gc)
			put64(&world, PY_RUNTIME + (uint64_t)moved.offsets_gc * 8, (uint64_t)moved.gc - 0x90);
		if (locate(moved.version) != CPYTHON_FOUND)
			fail_msg("%s: %s", moved.name, why);
		assert_int_equal(read_states(false), 1);
		assert_whole(&moved, &states[0]);
	}
}

static void test_cpython__refusals(void **state)
{
	const struct pyshape *s = shape("3.13.0");

	begin(s, 1);
	put64(&world, PY_RUNTIME + 16, 1);
	assert_int_equal(locate(0), CPYTHON_REFUSED);
	assert_true(where.free_threaded);
	assert_int_equal(where.version, s->version);
	assert_non_null(strstr(why, "free-threaded"));

	begin(s, 1);
	put64(&world, PY_RUNTIME + 8, 0x031000f0);
	assert_int_equal(locate(0), CPYTHON_REFUSED);
	assert_int_equal(where.version, 0x031000f0);
	assert_non_null(strstr(why, "version"));

	begin(s, 1);
	put64(&world, PY_RUNTIME, 0);
	assert_int_equal(locate(s->version), CPYTHON_REFUSED);

	begin(s, 1);
	put64(&world, PY_RUNTIME + (uint64_t)s->offsets_gc * 8, 1ULL << 40);
	assert_int_equal(locate(s->version), CPYTHON_REFUSED);

	begin(shape("3.11.2"), 1);
	assert_int_equal(locate(0), CPYTHON_REFUSED);
	assert_int_equal(locate(0x030600f0), CPYTHON_REFUSED);
}

static void test_cpython__not_started(void **state)
{
	for (size_t i = 0; i < PYSHAPES; i++) {
		const struct pyshape *s = &pyshapes[i];

		begin(s, 1);
		put64(&world, PY_RUNTIME + (uint64_t)s->head, 0);
		put64(&world, PY_RUNTIME + (uint64_t)s->head + 8, 0);
		assert_int_equal(locate(s->version), CPYTHON_NOT_STARTED);
		assert_non_null(strstr(why, "not started"));
	}
}

static void test_cpython__every_interpreter(void **state)
{
	for (size_t i = 0; i < PYSHAPES; i++) {
		const struct pyshape *s = &pyshapes[i];

		begin(s, 3);
		if (!py_shares_one(s))
			put32(&world, py_state(s, 2) + (uint64_t)s->enabled, 0);
		assert_int_equal(locate(s->version), CPYTHON_FOUND);
		assert_int_equal(read_states(false), py_shares_one(s) ? 1 : 3);
		for (int k = 0; !py_shares_one(s) && k < 3; k++) {
			assert_int_equal(states[k].id, k);
			assert_int_equal(states[k].enabled, k < 2);
		}
	}
}

static void test_cpython__a_circle_of_interpreters(void **state)
{
	const struct pyshape *s = shape("3.11.2");

	begin(s, 3);
	put64(&world, PY_INTERPRETER(0) + (uint64_t)s->next, PY_INTERPRETER(2));
	assert_int_equal(locate(s->version), CPYTHON_FOUND);
	assert_int_equal(read_states(false), 3);
	assert_true(world.reads < 1000);
}

static void test_cpython__an_interpreter_that_comes_or_goes(void **state)
{
	const struct pyshape *s = shape("3.12.1");

	begin(s, 3);
	put64(&world, py_state(s, 1) + (uint64_t)s->gen0, 0);
	assert_int_equal(locate(s->version), CPYTHON_FOUND);
	assert_int_equal(read_states(false), 3);
	assert_int_equal(states[0].enabled, 1);
	assert_int_equal(states[1].id, 1);
	assert_int_equal(states[1].enabled, ABSENT);
	assert_facts(states[1].thresholds, ABSENT, ABSENT, ABSENT);
	assert_int_equal(states[2].enabled, 1);

	put64(&world, py_state(s, 0) + (uint64_t)s->gen0, 0);
	assert_int_equal(read_states(false), -1);
}

static void test_cpython__frozen(void **state)
{
	for (size_t i = 0; i < PYSHAPES; i++) {
		const struct pyshape *s = &pyshapes[i];

		begin(s, 1);
		py_freeze(&world, s, 20, 1);
		assert_int_equal(locate(s->version), CPYTHON_FOUND);
		assert_int_equal(read_states(false), 1);
		assert_int_equal(states[0].any_frozen, 1);
		assert_int_equal(states[0].frozen, ABSENT);
		assert_int_equal(read_states(true), 1);
		assert_int_equal(states[0].frozen, 20);

		py_freeze(&world, s, 21, 1);
		assert_int_equal(read_states(false), 1);
		assert_int_equal(states[0].frozen, ABSENT); /* the end has moved */
		py_freeze(&world, s, 0, 1);
		assert_int_equal(read_states(false), 1);
		assert_int_equal(states[0].frozen, 0);
		assert_int_equal(states[0].any_frozen, 0);
	}
}

static void test_cpython__a_count_stands_while_nothing_moves(void **state)
{
	const struct pyshape *s = shape("3.11.2");
	uint64_t reads;

	begin(s, 1);
	py_freeze(&world, s, 30, 1);
	assert_int_equal(locate(s->version), CPYTHON_FOUND);
	assert_int_equal(read_states(true), 1);
	reads = world.reads;
	assert_int_equal(read_states(false), 1);
	assert_int_equal(states[0].frozen, 30);
	assert_true(world.reads - reads < 8);
	put32(&world, py_state(s, 0) + (uint64_t)(s->gens + s->threshold + 4), 44);
	assert_int_equal(read_states(false), 1);
	assert_int_equal(states[0].frozen, ABSENT);
	assert_int_equal(states[0].any_frozen, 1);
}

/* gc.unfreeze() in the middle of a walk: the last object leads to the head of the oldest generation, and
 * from there to the first one again. */
static void test_cpython__a_list_that_moves_away_is_not_counted_twice(void **state)
{
	for (size_t i = 0; i < PYSHAPES; i++) {
		const struct pyshape *s = &pyshapes[i];
		uint64_t oldest = py_state(s, 0) + (uint64_t)(s->gens + 2 * s->stride);
		uint64_t last = PY_OBJECTS + 19 * 32;

		begin(s, 1);
		py_freeze(&world, s, 20, 1);
		assert_int_equal(locate(s->version), CPYTHON_FOUND);
		put64(&world, last, oldest);
		put64(&world, oldest + 8, last);
		put64(&world, oldest, py_state(s, 0) + (uint64_t)s->perm); /* where a walk would end */
		assert_int_equal(read_states(true), 1);
		assert_int_equal(states[0].frozen, ABSENT);
		assert_int_equal(states[0].any_frozen, 1);
	}
}

/* 3.12 moves immortal objects there without gc.freeze(). */
static void test_cpython__immortals_are_not_frozen(void **state)
{
	const struct pyshape *s = shape("3.12.1");

	begin(s, 1);
	py_freeze(&world, s, 30, 0xffffffff);
	assert_int_equal(locate(s->version), CPYTHON_FOUND);
	assert_int_equal(read_states(true), 1);
	assert_int_equal(states[0].any_frozen, 0);
	assert_int_equal(states[0].frozen, 30);

	memset(frozen, 0, sizeof(frozen));
	put32(&world, PY_OBJECTS + 17 * 32 + 16, 3);
	assert_int_equal(read_states(false), 1);
	assert_int_equal(states[0].any_frozen, 1);

	begin(shape("3.13.0"), 1);
	py_freeze(&world, shape("3.13.0"), 3, 0xffffffff);
	assert_int_equal(locate(0), CPYTHON_FOUND);
	assert_int_equal(read_states(false), 1);
	assert_int_equal(states[0].any_frozen, 1);
}

static void test_cpython__a_list_that_lies_has_no_count(void **state)
{
	const struct pyshape *s = shape("3.12.1");
	const uint64_t at = PY_OBJECTS + 20 * 32;
	const uint64_t bad[] = { PY_OBJECTS + 5 * 32, at, 0, 1, UINT64_MAX, 0xdeadbeef0000 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		begin(s, 1);
		py_freeze(&world, s, 30, 0xffffffff);
		put64(&world, at, bad[i]);
		assert_int_equal(locate(s->version), CPYTHON_FOUND);
		assert_int_equal(read_states(true), 1);
		assert_int_equal(states[0].frozen, ABSENT);
		assert_int_equal(states[0].any_frozen, ABSENT);
		assert_int_equal(states[0].enabled, 1);
		assert_true(world.reads < 1000);
	}
}

static void test_cpython__statistics_that_lie_are_absent(void **state)
{
	const struct pyshape *s = shape("3.15.0");

	begin(s, 1);
	bytes[PY_STATS + 904 - MEMORY_BASE] = 3;
	assert_int_equal(locate(0), CPYTHON_FOUND);
	assert_int_equal(read_states(false), 1);
	assert_facts(states[0].collections, 100, ABSENT, 102);
	put64(&world, py_state(s, 0) + (uint64_t)s->stats, UINT64_MAX - 8);
	assert_int_equal(read_states(false), 1);
	assert_facts(states[0].collections, ABSENT, ABSENT, ABSENT);
	assert_facts(states[0].thresholds, 700, 10, 11);

	s = shape("3.11.2");
	begin(s, 1);
	put64(&world, py_state(s, 0) + (uint64_t)s->stats, UINT64_MAX);
	put32(&world, py_state(s, 0) + (uint64_t)(s->gens + s->threshold + 4), UINT32_MAX);
	assert_int_equal(locate(s->version), CPYTHON_FOUND);
	assert_int_equal(read_states(false), 1);
	assert_facts(states[0].collections, ABSENT, 101, 102);
	assert_facts(states[0].counts, ABSENT, 2, 3);
}

/* 3.15.2 and later: how many names are still to be imported; what is no such set, or an older layout, says
 * nothing. */
static void test_cpython__lazy_imports(void **state)
{
	struct pyshape s = *shape("3.15.0");

	begin(&s, 1);
	py_put_lazy(&world, 27, 30, 127);
	assert_int_equal(locate(0), CPYTHON_FOUND);
	assert_int_equal(read_states(false), 1);
	assert_int_equal(states[0].lazy_imports, ABSENT);

	s.version = 0x030f02f0;
	begin(&s, 1);
	py_put_lazy(&world, 27, 30, 127);
	assert_int_equal(locate(0), CPYTHON_FOUND);
	assert_int_equal(read_states(false), 1);
	assert_int_equal(states[0].lazy_imports, 27);
	py_put_lazy(&world, 31, 30, 127);
	assert_int_equal(read_states(false), 1);
	assert_int_equal(states[0].lazy_imports, ABSENT);
	py_put_lazy(&world, 27, 30, 100);
	assert_int_equal(read_states(false), 1);
	assert_int_equal(states[0].lazy_imports, ABSENT);
	py_put_lazy(&world, 27, 30, 127);
	put32(&world, PY_INTERPRETER(0) + PY_IMPORTS + 56, 7);
	assert_int_equal(read_states(false), 1);
	assert_int_equal(states[0].lazy_imports, ABSENT);
}

/* 2.7 and 3.6: static variables, of which some have no known place. */
static void test_cpython__static_variables(void **state)
{
	static const struct {
		uint32_t version;
		int stride, threshold;
	} old[] = {
		{ 0x020712f0, 40, 32 }, { 0x020710f0, 48, 32 }, { 0x03060ff0, 48, 32 }, { 0x030602f0, 32, 24 }
	};
	const uint64_t at = MEMORY_BASE + 0x100, flags = MEMORY_BASE + 0x40;

	for (size_t i = 0; i < sizeof(old) / sizeof(*old); i++) {
		struct cpython_clues clues = { .version = old[i].version, .generations = at };
		struct reader r = memory_reader(&world);

		memset(bytes, 0, sizeof(bytes));
		world = (struct memory){ bytes, sizeof(bytes), 0 };
		for (int g = 0; g < 3; g++) {
			uint64_t head = at + (uint64_t)(g * old[i].stride);

			py_ring(&world, head);
			put32(&world, head + (uint64_t)old[i].threshold, 7 + (uint32_t)g);
			put32(&world, head + (uint64_t)old[i].threshold + 4, (uint32_t)g);
		}
		assert_int_equal(cpython_locate(&r, &clues, &where, &why), CPYTHON_FOUND);
		assert_int_equal(read_states(true), 1);
		assert_facts(states[0].thresholds, 7, 8, 9);
		assert_facts(states[0].counts, 0, 1, 2);
		assert_int_equal(states[0].enabled, ABSENT);
		assert_int_equal(states[0].collecting, ABSENT);
		assert_facts(states[0].collections, ABSENT, ABSENT, ABSENT);
		assert_int_equal(states[0].any_frozen, 0);

		clues.enabled = flags;
		clues.stats = MEMORY_BASE + 0x400;
		put32(&world, flags, 1);
		put64(&world, clues.stats + 48, 5);
		assert_int_equal(cpython_locate(&r, &clues, &where, &why), CPYTHON_FOUND);
		assert_int_equal(read_states(false), 1);
		assert_int_equal(states[0].enabled, 1);
		assert_facts(states[0].collections, 0, 0, 5);
		put32(&world, flags, 2);
		assert_int_equal(read_states(false), 1);
		assert_int_equal(states[0].enabled, ABSENT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpython__every_layout),
		cmocka_unit_test(test_cpython__flags_are_read),
		cmocka_unit_test(test_cpython__a_failed_check_is_refused),
		cmocka_unit_test(test_cpython__one_ring_is_enough),
		cmocka_unit_test(test_cpython__found_by_its_signature),
		cmocka_unit_test(test_cpython__refusals),
		cmocka_unit_test(test_cpython__not_started),
		cmocka_unit_test(test_cpython__every_interpreter),
		cmocka_unit_test(test_cpython__a_circle_of_interpreters),
		cmocka_unit_test(test_cpython__an_interpreter_that_comes_or_goes),
		cmocka_unit_test(test_cpython__frozen),
		cmocka_unit_test(test_cpython__a_count_stands_while_nothing_moves),
		cmocka_unit_test(test_cpython__a_list_that_moves_away_is_not_counted_twice),
		cmocka_unit_test(test_cpython__immortals_are_not_frozen),
		cmocka_unit_test(test_cpython__a_list_that_lies_has_no_count),
		cmocka_unit_test(test_cpython__statistics_that_lie_are_absent),
		cmocka_unit_test(test_cpython__lazy_imports),
		cmocka_unit_test(test_cpython__static_variables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
