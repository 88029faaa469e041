/* Named properties of a kernel: answers, words, and by what two kernels count differently. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "lib/between.h"
#include "model/kernel.h"
#include "model/sample.h"

static void test_kernel__three_answers(void **state)
{
	struct kernel_facts k = { 0 };

	assert_int_equal(kernel_answer(&k, KERNEL_FLAG), KERNEL_UNKNOWN);
	assert_false(kernel_has(&k, KERNEL_FLAG) || kernel_lacks(&k, KERNEL_FLAG));
	kernel_set(&k, KERNEL_FLAG, true);
	assert_true(kernel_has(&k, KERNEL_FLAG) && !kernel_lacks(&k, KERNEL_FLAG));
	kernel_set(&k, KERNEL_FLAG, false);
	assert_true(kernel_lacks(&k, KERNEL_FLAG) && !kernel_has(&k, KERNEL_FLAG));
	assert_int_equal(kernel_answer(&k, KERNEL_FLAG_HEAD), KERNEL_UNKNOWN);
	/* as a damaged recording may have it */
	k.yes = UINT32_MAX;
	assert_int_equal(kernel_answer(&k, KERNEL_REUSE), KERNEL_UNKNOWN);
}

/* Each has its own key, its words fit where they are shown, and what is needed fits into a gap. */
static void test_kernel__words(void **state)
{
	for (enum kernel_property p = 0; p < KERNEL_PROPERTIES; p++) {
		const char *key = kernel_property_key(p), *needs = kernel_property_needs(p);

		assert_non_null(key);
		assert_int_equal(strspn(key, "abcdefghijklmnopqrstuvwxyz_"), strlen(key));
		assert_between(strlen(key), 1, 22);
		assert_between(strlen(kernel_property_help(p)), 10, 80);
		assert_between(strlen(kernel_property_without(p)), 10, 160);
		assert_null(strchr(kernel_property_without(p), ';'));
		assert_true(!needs || strlen(needs) < sizeof(((struct gap *)0)->needs));
		for (enum kernel_property q = 0; q < p; q++)
			assert_string_not_equal(key, kernel_property_key(q));
	}
}

/* A recording keeps them by their places: these stay. */
static void test_kernel__places(void **state)
{
	static const char *const keys[] = {
		"frame_numbers",          "exclusive_bit",       "exclusive_bit_each",
		"exclusive_flag",         "exclusive_flag_huge", "exclusive_flag_tail",
		"exclusive_flag_hugetlb", "zero_page",           "pagemap_scan",
		"pagemap_scan_zero",      "map_count",           "map_count_each",
		"huge_copy_one",          "last_owner_reuses",
	};

	assert_true(KERNEL_PROPERTIES <= 32);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		assert_string_equal(kernel_property_key((enum kernel_property)i), keys[i]);
}

static struct kernel_facts all_yes(void)
{
	uint32_t all = (1U << KERNEL_PROPERTIES) - 1;

	return (struct kernel_facts){ all, all };
}

static void test_kernel__differences(void **state)
{
	struct kernel_facts a = all_yes(), b = all_yes(), d = kernel_differences(&a, &b);

	assert_int_equal(d.known, 0);
	kernel_set(&b, KERNEL_FLAG, false);
	kernel_set(&a, KERNEL_HUGE_COPY_ONE, false);
	d = kernel_differences(&a, &b);
	assert_int_equal(d.known, 1U << KERNEL_FLAG | 1U << KERNEL_HUGE_COPY_ONE);
	assert_true(kernel_lacks(&d, KERNEL_FLAG) && kernel_has(&d, KERNEL_HUGE_COPY_ONE));
	/* what one of them does not know is no difference */
	b.known &= ~(1U << KERNEL_FLAG);
	b.yes &= ~(1U << KERNEL_FLAG);
	d = kernel_differences(&a, &b);
	assert_int_equal(d.known, 1U << KERNEL_HUGE_COPY_ONE);
	a = (struct kernel_facts){ 0 };
	assert_int_equal(kernel_differences(&a, &b).known, 0);
	assert_int_equal(kernel_differences(&b, &a).known, 0);
}

/* What costs time only, and what frame numbers make good, while there are any. */
static void test_kernel__what_is_made_good(void **state)
{
	static const enum kernel_property blind[] = { KERNEL_EXCLUSIVE_BIT, KERNEL_EXCLUSIVE_EACH,
						      KERNEL_SCAN_ZERO };
	static const enum kernel_property never[] = { KERNEL_FRAMES, KERNEL_FLAG_TAIL, KERNEL_SCAN,
						      KERNEL_MAP_COUNT, KERNEL_MAP_COUNT_EACH };
	struct kernel_facts a = all_yes(), b = all_yes();

	for (size_t i = 0; i < 5; i++)
		kernel_set(&b, never[i], false);
	assert_int_equal(kernel_differences(&a, &b).known, 0);
	kernel_set(&b, KERNEL_FRAMES, true);
	for (size_t i = 0; i < 3; i++) {
		kernel_set(&b, blind[i], false);
		assert_int_equal(kernel_differences(&a, &b).known, 0);
		kernel_set(&b, KERNEL_FRAMES, false);
		assert_int_equal(kernel_differences(&a, &b).known, 1U << blind[i]);
		kernel_set(&b, KERNEL_FRAMES, true);
		kernel_set(&b, blind[i], true);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel__three_answers),
		cmocka_unit_test(test_kernel__words),
		cmocka_unit_test(test_kernel__places),
		cmocka_unit_test(test_kernel__differences),
		cmocka_unit_test(test_kernel__what_is_made_good),
	};

	return cmocka_run_group_tests_name("kernel", tests, NULL, NULL);
}
