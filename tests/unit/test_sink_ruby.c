/* How old a Ruby's objects are, as text and JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/cleanup.h"
#include "sink/ruby_heap.h"

static const struct ruby_heap_facts pool = {
	.any = true,
	.version = "3.1.2",
	.ages_in_header = true,
	.pages = 1000,
	.young_pages = 300,
	.old_pages = 500,
	.mixed_pages = 150,
	.other_pages = 50,
	.roomy_pages = 120,
	.young_objects = 31000,
	.old_objects = 64000,
	.unprotected_objects = 212,
	.free_slots = 2500,
};

static char *print_json(const struct ruby_heap_facts *f)
{
	cJSON *root = cJSON_CreateObject();
	char *text;

	json_ruby(root, f, 4096);
	text = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	return text;
}

static void assert_json(const struct ruby_heap_facts *f, const char *wanted)
{
	char *text = print_json(f);

	assert_string_equal(text, wanted);
	cJSON_free(text);
}

static void test_ruby__json(void **state)
{
	struct ruby_heap_facts f = pool;

	assert_json(
		&f,
		"{\"ruby\":{\"version\":\"3.1.2\",\"ages_in\":\"objects\",\"pages\":1000,\"young_pages\":300,"
		"\"old_pages\":500,\"mixed_pages\":150,\"other_pages\":50,\"pages_with_free_slots\":120,"
		"\"young_objects\":31000,\"old_objects\":64000,\"unprotected_objects\":212,"
		"\"free_slots\":2500,\"ageing_bytes\":1843200,\"ageing_label\":\"upper_bound\","
		"\"reason\":null}}");
	f.any = false;
	assert_json(&f, "{\"ruby\":null}");
	f.any = true;
	ruby_heap_forget(&f);
	strcpy(f.version, "2.7.4");
	f.why = "the heap of this version is not known";
	assert_json(
		&f,
		"{\"ruby\":{\"version\":\"2.7.4\",\"ages_in\":null,\"pages\":null,\"young_pages\":null,"
		"\"old_pages\":null,\"mixed_pages\":null,\"other_pages\":null,\"pages_with_free_slots\":null,"
		"\"young_objects\":null,\"old_objects\":null,\"unprotected_objects\":null,"
		"\"free_slots\":null,\"ageing_bytes\":null,\"ageing_label\":null,"
		"\"reason\":\"the heap of this version is not known\"}}");
}

static void assert_text(const struct ruby_heap_facts *f, const char *wanted)
{
	cleanup(buf_release) struct buf out = { 0 };

	buf_adds(&out, "");
	text_ruby(&out, f, 4096, 400);
	assert_string_equal(out.data ? out.data : "", wanted);
}

static void test_ruby__text(void **state)
{
	struct ruby_heap_facts f = pool;

	assert_text(
		&f,
		"ruby: 31.0k young objects and 64.0k old ones on pages of 1.2 MiB with young ones, "
		"2.0 MiB with old ones, 600.0 KiB with both; 480.0 KiB with free slots, which new objects "
		"are written to\n"
		"      a worker copies at most 1.8 MiB because they age: collections write a young object "
		"each time that it survives one; before the fork 3.times { GC.start }; GC.compact makes "
		"them old\n");
	f.ages_in_header = false;
	f.partly = true;
	assert_text(
		&f,
		"ruby: at least 31.0k young objects and 64.0k old ones on pages of 1.2 MiB with young ones, "
		"2.0 MiB with old ones, 600.0 KiB with both; 480.0 KiB with free slots, which new objects "
		"are written to\n"
		"      a worker copies about 1.8 MiB because they age: collections write a young object "
		"when it becomes old; before the fork Process.warmup makes them old\n");
	f.any = false;
	assert_text(&f, "");
	f.any = true;
	ruby_heap_forget(&f);
	f.why = "its version is not known";
	assert_text(&f, "ruby: its version is not known\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ruby__json),
		cmocka_unit_test(test_ruby__text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
