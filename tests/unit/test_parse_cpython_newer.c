/* Collectors of newer CPythons: the records of 3.15, and free-threaded builds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "lib/cpython_stage.h"

static void begin_free(const struct pyfree *f, bool leads)
{
	memset(bytes, 0, sizeof(bytes));
	memset(frozen, 0, sizeof(frozen));
	py_world_free(&world, bytes, f, leads);
}

/* What needs no lists: settings, counters, whether gc.freeze() was called. Each collection is a full one. */
static void test_cpython__free_threaded(void **state)
{
	for (size_t i = 0; i < 2 * PYFREES; i++) {
		const struct pyfree *f = &pyfrees[i / 2];
		const struct pyshape *s = &f->shape;

		begin_free(f, i % 2);
		if (locate(0) != CPYTHON_FOUND)
			fail_msg("%s: %s", s->name, why);
		assert_true(where.free_threaded);
		assert_int_equal(read_states(true), 1);
		assert_int_equal(states[0].enabled, 1);
		assert_int_equal(states[0].collecting, 0);
		assert_facts(states[0].thresholds, 700, 10, 11);
		assert_facts(states[0].counts, 1, 2, 3);
		assert_facts(states[0].collections, 100, 101, 102);
		assert_facts(states[0].uncollectable, 300, 301, 302);
		assert_int_equal(states[0].generational, 0);
		assert_int_equal(gc_full_count(&states[0]), 303);
		assert_int_equal(states[0].any_frozen, f->freeze ? 0 : ABSENT);
		assert_int_equal(states[0].frozen, f->freeze ? 0 : ABSENT);
		if (!f->freeze)
			continue;
		put32(&world, py_state(s, 0) + (uint64_t)f->freeze, 1);
		assert_int_equal(read_states(true), 1);
		assert_int_equal(states[0].any_frozen, 1);
		assert_int_equal(states[0].frozen, ABSENT);
	}
}

/* A list that has members, an offset that the build itself has otherwise, flags that are none. */
static void test_cpython__free_threaded_refusals(void **state)
{
	for (size_t i = 0; i < 5 * PYFREES; i++) {
		const struct pyshape *s = &pyfrees[i / 5].shape;
		uint64_t at = py_state(s, 0);

		begin_free(&pyfrees[i / 5], false);
		switch (i % 5) {
		case 0:
			py_list(&world, at + (uint64_t)s->perm, 0, 3, 1);
			break;
		case 1:
			put64(&world, at + (uint64_t)(s->gens + s->stride), PY_OBJECTS);
			break;
		case 2:
			put64(&world, PY_RUNTIME + (uint64_t)s->offsets_size * 8 + 8,
			      (uint64_t)s->collecting + 8);
			break;
		case 3:
			put32(&world, at + (uint64_t)s->collecting, 2);
			break;
		default:
			put64(&world, PY_RUNTIME + (uint64_t)s->offsets_size * 8, (uint64_t)s->size + 8);
		}
		if (locate(0) != CPYTHON_REFUSED)
			fail_msg("%s, damage %d: not refused", s->name, (int)(i % 5));
		assert_non_null(strstr(why, "free-threaded"));
	}
}

static void assert_full(size_t i, fact start, fact stop, fact candidates)
{
	assert_int_equal(states[0].full[i].start_ns, start);
	assert_int_equal(states[0].full[i].stop_ns, stop);
	assert_int_equal(states[0].full[i].candidates, candidates);
}

static void read_full(int index)
{
	bytes[PY_STATS + 1104 - MEMORY_BASE] = (unsigned char)index;
	assert_int_equal(locate(0), CPYTHON_FOUND);
	assert_int_equal(read_states(false), 1);
}

/* 3.15: each full collection by its record; the candidates are counted up. */
static void test_cpython__full_collections(void **state)
{
	begin(shape("3.15.0"), 1);
	py_put_full(&world, 0, 0, 0, 0, 0);
	py_put_full(&world, 1, 0, 0, 0, 0);
	read_full(0);
	assert_int_equal(states[0].collections[2], 0);
	assert_full(0, ABSENT, ABSENT, ABSENT);

	py_put_full(&world, 1, 1, 5000, 5200, 70);
	read_full(1);
	assert_int_equal(states[0].collections[2], 1);
	assert_full(0, 5000, 5200, 70);
	assert_full(1, ABSENT, ABSENT, ABSENT);

	py_put_full(&world, 2, 2, 6000, 6300, 150);
	py_put_full(&world, 0, 3, 7000, 7400, 240);
	read_full(0);
	assert_facts(states[0].collections, 100, 101, 3);
	assert_facts(states[0].collected, 200, 201, 6);
	assert_full(0, 7000, 7400, 90);
	assert_full(1, 6000, 6300, 80);
	assert_full(2, 5000, 5200, 70);

	py_put_full(&world, 1, 4, 8000, 8500, 240);
	read_full(1);
	assert_full(0, 8000, 8500, 0);
	assert_full(2, 6000, 6300, ABSENT); /* the one before it is gone */
}

/* In the midst of an update the index is at a record that is the oldest, then at one without its end. */
static void test_cpython__a_record_that_is_being_written(void **state)
{
	begin(shape("3.15.0"), 1);
	py_put_full(&world, 1, 7, 5000, 5200, 70);
	py_put_full(&world, 2, 8, 6000, 6300, 150);
	py_put_full(&world, 0, 9, 7000, 7400, 240);
	read_full(1);
	assert_int_equal(states[0].collections[2], 9);
	assert_full(0, 7000, 7400, 90);

	py_put_full(&world, 1, 10, 8000, 7400, 240);
	read_full(1);
	assert_int_equal(states[0].collections[2], 9);
	assert_full(0, 7000, 7400, 90);
	assert_full(1, 6000, 6300, ABSENT);
	assert_full(2, ABSENT, ABSENT, ABSENT);
}

static void test_cpython__records_that_lie(void **state)
{
	begin(shape("3.15.0"), 1);
	py_put_full(&world, 0, 9, UINT64_MAX, UINT64_MAX, 1);
	py_put_full(&world, 1, UINT64_MAX, 1, 2, 3);
	py_put_full(&world, 2, 8, 9, 8, 7);
	read_full(0);
	assert_int_equal(states[0].collections[2], ABSENT);
	assert_full(0, ABSENT, ABSENT, ABSENT);

	py_put_full(&world, 0, 9, 100, 200, 50); /* fewer candidates than before */
	py_put_full(&world, 1, 8, 10, 20, 60);
	read_full(0);
	assert_full(0, 100, 200, ABSENT);
	assert_full(1, 10, 20, ABSENT);
	assert_full(2, ABSENT, ABSENT, ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpython__free_threaded),
		cmocka_unit_test(test_cpython__free_threaded_refusals),
		cmocka_unit_test(test_cpython__full_collections),
		cmocka_unit_test(test_cpython__a_record_that_is_being_written),
		cmocka_unit_test(test_cpython__records_that_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
