/* What doctor says of a kernel: yes, no and what follows, unknown; and the sentence at the end. */
#include "lib/fixture.h"
#include "lib/text_asserts.h"
#include "sink/doctor.h"
#include "sink/json_access.h"

static struct access_row readable[] = {
	{ .what = "pagemap", .readable = true, .gives = "pages", .needs = "privilege" },
};

static struct access of_kernel(struct kernel_facts k)
{
	struct access a = { .kernel = k, .nsubjects = 1 };

	a.subjects[0] = (struct access_subject){
		.pid = 7,
		.why = "cowtop itself",
		.user = (char *)"root",
		.comm = (char *)"cowtop",
		.level = LEVEL_EXACT,
		.rows = readable,
		.nrows = 1,
	};
	return a;
}

static struct kernel_facts all_yes(void)
{
	uint32_t all = (1U << KERNEL_PROPERTIES) - 1;

	return (struct kernel_facts){ all, all };
}

static void assert_narrow(const struct buf *b)
{
	for (const char *at = b->data; *at; at += strcspn(at, "\n") + 1)
		assert_true(strcspn(at, "\n") <= 80);
}

static void test_doctor__kernel_that_has_all(void **state)
{
	cleanup(buf_release) struct buf text = { 0 };
	struct access a = of_kernel(all_yes());

	text_access(&text, &a);
	assert_has(&text, "level exact: every page is known exactly\n");
	assert_has(&text, "\n  exclusive_flag         yes     kpageflags tells");
	assert_has(&text, "\nEverything that cowtop can use is readable.\n");
	assert_lacks(&text, "without it");
	assert_lacks(&text, "unknown");
	assert_narrow(&text);
}

/* As before Linux 5.8: nothing more to grant, and yet not everything. */
static void test_doctor__kernel_that_lacks_something(void **state)
{
	struct kernel_facts k = all_yes();
	cleanup(buf_release) struct buf text = { 0 }, json = { 0 };
	struct access a;

	for (enum kernel_property p = 0; p < KERNEL_PROPERTIES; p++)
		kernel_set(&k, p, p == KERNEL_FRAMES);
	a = of_kernel(k);
	text_access(&text, &a);
	assert_has(&text, "level exact: every page by its frame number; what this kernel lacks: below\n");
	assert_has(&text, "\n  exclusive_flag         no      kpageflags tells who");
	assert_has(&text, "without it late attach is an estimate,");
	assert_has(&text, "needs Linux 5.19\n");
	assert_has(&text, "needs Linux 5.8\n");
	assert_lacks(&text, "Everything that cowtop can use");
	assert_has(&text, "\nEverything that this kernel has is readable;");
	assert_narrow(&text);
	json_access(&json, &a, false);
	assert_has(&json, "{\"property\":\"frame_numbers\",\"answer\":true,\"means\":"
			  "\"pagemap shows frame numbers\",\"without\":null,\"needs\":null}");
	assert_has(&json, "{\"property\":\"exclusive_flag\",\"answer\":false,");
	assert_has(&json, "\"needs\":\"Linux 5.19\"}");
	assert_has(&json, "\"without\":\"memory that was only read counts as if it had been written\","
			  "\"needs\":null}");
}

static void test_doctor__kernel_that_was_not_tried(void **state)
{
	cleanup(buf_release) struct buf text = { 0 }, json = { 0 };
	struct access a = of_kernel((struct kernel_facts){ 0 });

	text_access(&text, &a);
	assert_has(&text, "\n  exclusive_flag         unknown kpageflags tells who");
	assert_has(&text, "\n  unknown: could not be tried,");
	assert_lacks(&text, "without it");
	assert_narrow(&text);
	json_access(&json, &a, false);
	assert_has(&json, "{\"property\":\"exclusive_flag\",\"answer\":null,");
	assert_lacks(&json, "\"answer\":false");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_doctor__kernel_that_has_all),
		cmocka_unit_test(test_doctor__kernel_that_lacks_something),
		cmocka_unit_test(test_doctor__kernel_that_was_not_tried),
	};

	return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
