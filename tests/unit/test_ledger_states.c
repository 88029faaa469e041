/* The states of a block, packed: whatever they are they come back, and equal ones are kept once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <malloc.h>
#include <string.h>
#include "lib/between.h"
#include "ledger/block.h"

/* 0 to n - 1 */
static unsigned int chance(unsigned int n)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005 + 1442695040888963407;
	return (unsigned int)(state >> 33) % n;
}

/* All are `most`, but so many. */
static void make(uint8_t *of, uint8_t most, unsigned int others)
{
	memset(of, most, BLOCK_PAGES);
	for (unsigned int i = 0; i < others; i++)
		of[chance(BLOCK_PAGES)] = (uint8_t)chance(PAGE_STATES);
}

static void check(const struct block *b, const uint8_t *of)
{
	uint8_t room[BLOCK_PAGES];

	memset(room, 0xff, sizeof(room));
	if (b->states)
		assert_memory_equal(states_all(b->states, room), of, BLOCK_PAGES);
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		assert_int_equal(block_state(b, i), of[i]);
}

static void test_states__come_back(void **state)
{
	uint8_t of[BLOCK_PAGES], before[BLOCK_PAGES];
	struct block b = { 0 };

	memset(before, 0, sizeof(before));
	for (unsigned int others = 0; others < 2 * BLOCK_PAGES; others++) {
		struct known_states known = { .n = 0 };

		make(of, (uint8_t)(others % PAGE_STATES), others);
		block_store(&b, before, of, &known);
		check(&b, of);
		memcpy(before, of, sizeof(before));
	}
	block_release(&b);
}

/* The first, the middle and the last page are no others. */
static void test_states__most_are_elsewhere(void **state)
{
	const uint8_t before[BLOCK_PAGES] = { 0 };
	struct known_states known = { .n = 0 };
	uint8_t of[BLOCK_PAGES];
	struct block b = { 0 };

	memset(of, PAGE_SHARED, sizeof(of));
	of[0] = of[BLOCK_PAGES / 2] = of[BLOCK_PAGES - 1] = PAGE_COPIED;
	block_store(&b, before, of, &known);
	check(&b, of);
	block_release(&b);
}

static void test_states__one_for_all(void **state)
{
	const uint8_t before[BLOCK_PAGES] = { 0 };
	struct known_states known = { .n = 0 };
	struct block a = { 0 }, same = { 0 }, other = { 0 }, uniform = { 0 };
	uint8_t of[BLOCK_PAGES];

	make(of, PAGE_SHARED, 100);
	of[7] = PAGE_NEW;
	block_store(&a, before, of, &known);
	block_store(&same, before, of, &known);
	assert_ptr_equal(a.states, same.states);
	of[7] = PAGE_FILE;
	block_store(&other, before, of, &known);
	assert_ptr_not_equal(a.states, other.states);
	check(&other, of);
	memset(of, PAGE_FILE, sizeof(of));
	block_store(&uniform, before, of, &known);
	assert_null(uniform.states);
	check(&uniform, of);
	block_release(&a);
	of[7] = PAGE_NEW;
	assert_int_equal(block_state(&same, 7), PAGE_NEW);
	block_release(&same);
	block_release(&other);
}

/* A byte a page would be four times as much. */
static void test_states__few_take_little(void **state)
{
	const uint8_t before[BLOCK_PAGES] = { 0 };
	struct known_states known = { .n = 0 };
	uint8_t of[BLOCK_PAGES];
	struct block b = { 0 };

	make(of, PAGE_SHARED, BLOCK_PAGES / 16);
	block_store(&b, before, of, &known);
	assert_between(malloc_usable_size(b.states), 1, BLOCK_PAGES / 4);
	block_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states__come_back),
		cmocka_unit_test(test_states__most_are_elsewhere),
		cmocka_unit_test(test_states__one_for_all),
		cmocka_unit_test(test_states__few_take_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
