/*
 * The first look at pages that a process and its base have both written: what the place of a page tells
 * where contents would tell nothing.
 */
#include "lib/ledger_scene.h"

/* Pages [from, to) of block 1 are the stacks of all processes. */
static void set_stack(struct scene *s, uint64_t from, uint64_t to)
{
	for (size_t k = 0; k < s->n; k++) {
		s->procs[k].stack_from = BLOCK_PAGES + from;
		s->procs[k].stack_to = BLOCK_PAGES + to;
	}
}

/* Page i: written by every process. */
static void set_written(struct scene *s, size_t i)
{
	for (size_t k = 0; k < s->n; k++) {
		s->entries[k][i] = own_page(1000 * (k + 1) + i);
		s->flags[1000 * (k + 1) + i] = OWN;
	}
}

static void test_place__a_stack_was_as_deep_as_its_lowest_inherited_page(void **state)
{
	struct scene *s = scene_of(state);

	set_stack(s, 100, 110);
	for (size_t k = 0; k < 3; k++)
		s->entries[k][103] = shared_page(100);
	for (size_t i = 105; i < 110; i++)
		set_written(s, i);
	walk(s);
	assert_pages(s, 1, .shared = 1, .cow_broken = 5);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
	assert_int_equal(s->contents_asked, 0);
}

static void test_place__below_that_a_stack_is_an_upper_bound(void **state)
{
	struct scene *s = scene_of(state);

	set_stack(s, 100, 110);
	set_written(s, 102);
	for (size_t k = 0; k < 3; k++)
		s->entries[k][103] = shared_page(100);
	set_written(s, 104);
	walk(s);
	assert_pages(s, 1, .shared = 1, .cow_broken = 2);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
	assert_int_equal(s->contents_asked, 0);
}

static void test_place__a_page_that_only_one_has_proves_no_depth(void **state)
{
	struct scene *s = scene_of(state);

	set_stack(s, 100, 110);
	s->entries[1][101] = own_page(50); /* deeper since the fork */
	s->flags[50] = OWN;
	set_written(s, 104);
	walk(s);
	assert_pages(s, 1, .new = 1, .cow_broken = 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
}

static void test_place__pages_beside_the_stack_are_not_of_it(void **state)
{
	struct scene *s = scene_of(state);

	set_stack(s, 100, 110);
	for (size_t k = 0; k < 3; k++)
		s->entries[k][103] = shared_page(100);
	set_written(s, 99);
	set_written(s, 110);
	s->likeness = 3;
	walk(s);
	assert_pages(s, 1, .shared = 1, .new = 2);
	assert_int_equal(s->contents_asked, 4);
}

static void set_late(struct scene *s, uint64_t from, uint64_t to)
{
	s->procs[1].late_from = BLOCK_PAGES + from;
	s->procs[1].late_to = BLOCK_PAGES + to;
}

static void test_place__what_the_heap_grew_by_is_new(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 2;
	set_late(s, 100, 110);
	set_written(s, 99);
	set_written(s, 100);
	set_written(s, 109);
	s->likeness = 100; /* both have loaded the same */
	walk(s);
	assert_pages(s, 1, .cow_broken = 1, .new = 2);
	assert_int_equal(s->contents_asked, 1);
}

static void test_place__an_inherited_page_shows_that_the_heap_was_there(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 2;
	set_late(s, 100, 110);
	set_written(s, 101);
	s->entries[0][105] = s->entries[1][105] = shared_page(100);
	s->likeness = 100;
	walk(s);
	assert_pages(s, 1, .shared = 1, .cow_broken = 1);
}

static void test_place__contents_tell_nothing_of_a_files_pages(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < 3; k++)
		s->kinds[k][3] = KIND_FILE_PRIVATE;
	set_written(s, 3);
	s->likeness = 3;
	walk(s);
	assert_pages(s, 1, .cow_broken = 1);
	assert_int_equal(s->contents_asked, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(test_place__a_stack_was_as_deep_as_its_lowest_inherited_page),
		rule(test_place__below_that_a_stack_is_an_upper_bound),
		rule(test_place__a_page_that_only_one_has_proves_no_depth),
		rule(test_place__pages_beside_the_stack_are_not_of_it),
		rule(test_place__what_the_heap_grew_by_is_new),
		rule(test_place__an_inherited_page_shows_that_the_heap_was_there),
		rule(test_place__contents_tell_nothing_of_a_files_pages),
	};

	return cmocka_run_group_tests_name("ledger_place", tests, NULL, NULL);
}
