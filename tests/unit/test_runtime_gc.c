#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "runtime/gc_runtime.h"
#include "runtime/gc_settings.h"

static void test_settings__only_listed_names(void **state)
{
	static const char block[] =
		"PATH=/bin\0PYTHONMALLOC=malloc\0DATABASE_PASSWORD=x\0RUBY_GC_HEAP_INIT_SLOTS=9\0"
		"RUBYOPTIONS=1\0PYTHONMALLOC=again\0noequals\0=\0LD_PRELOAD=/lib/libfoo.so\0MALLOC_ARENA_MAX=";
	cleanup(gc_settings_release) struct gc_settings s = { 0 };

	gc_settings_environ(block, sizeof(block), &s);
	assert_int_equal(s.n, 3);
	assert_string_equal(s.items[0].name, "PYTHONMALLOC");
	assert_string_equal(s.items[0].value, "malloc");
	assert_string_equal(s.items[1].name, "RUBY_GC_HEAP_INIT_SLOTS");
	assert_string_equal(s.items[1].value, "9");
	assert_string_equal(s.items[2].name, "MALLOC_ARENA_MAX");
	assert_string_equal(s.items[2].value, "");

	s.n = 0;
	gc_settings_environ(block, sizeof(block) - 1, &s); /* the last one is cut off */
	assert_int_equal(s.n, 2);
	s.n = 0;
	gc_settings_environ("LD_PRELOAD=/lib/libjemalloc.so.2", 33, &s);
	assert_int_equal(s.n, 1);
}

static void test_settings__bounded(void **state)
{
	cleanup(gc_settings_release) struct gc_settings s = { 0 };
	char text[4096];

	for (int i = 0; i < 100; i++) {
		int n = snprintf(text, sizeof(text), "RUBY_GC_%d_%0100d=%0200d", i, 0, 1);

		gc_settings_environ(text, (size_t)n + 1, &s);
	}
	assert_int_equal(s.n, GC_SETTINGS_MAX);
	for (size_t i = 0; i < s.n; i++) {
		assert_int_equal(strlen(s.items[i].name), sizeof(s.items[i].name) - 1);
		assert_int_equal(strlen(s.items[i].value), sizeof(s.items[i].value) - 1);
	}
}

static void test_settings__cmdline(void **state)
{
	cleanup(gc_settings_release) struct gc_settings s = { 0 };

	gc_settings_cmdline(RUNTIME_JAVA, "java  -Xmx512m -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -jar a.jar",
			    &s);
	assert_int_equal(s.n, 3);
	assert_string_equal(s.items[0].name, "-Xmx512m");
	assert_string_equal(s.items[0].value, "");
	assert_string_equal(s.items[2].name, "-XX:MaxGCPauseMillis");
	assert_string_equal(s.items[2].value, "20");
	s.n = 0;
	gc_settings_cmdline(RUNTIME_RUBY, "ruby -Xmx512m", &s);
	gc_settings_cmdline(RUNTIME_JAVA, "", &s);
	gc_settings_cmdline(RUNTIME_JAVA, "   ", &s);
	assert_int_equal(s.n, 0);
}

/* The runtime of a process whose program is the first line of these maps. */
static enum runtime runtime_of(const char *exe, const char *library)
{
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	struct image_object objects[IMAGE_OBJECTS];
	char text[512];
	int n = snprintf(text, sizeof(text),
			 "1000-2000 r--p 00000000 fe:00 7 %s\n"
			 "2000-3000 r--p 00001000 fe:00 7 %s\n"
			 "3000-4000 r--p 00000000 fe:00 8 %s\n"
			 "4000-5000 r--p 00000000 fe:00 7 %s\n",
			 exe, exe, library, exe);

	assert_int_equal(parse_maps(text, (size_t)n, &maps), 0);
	assert_int_equal(image_objects(&maps, text, objects), 2);
	assert_int_equal(image_objects(&maps, NULL, objects), 2);
	assert_int_equal(gc_runtime(objects, 2, 0), RUNTIME_NONE);
	return gc_runtime(objects, image_objects(&maps, text, objects), 0);
}

static void test_runtime__by_name(void **state)
{
	assert_int_equal(runtime_of("/usr/bin/python3.11", "/lib/libc.so.6"), RUNTIME_CPYTHON);
	assert_int_equal(runtime_of("/usr/bin/ruby3.1 (deleted)", "/lib/libc.so.6"), RUNTIME_RUBY);
	assert_int_equal(runtime_of("/usr/sbin/php-fpm8.2", "/lib/libc.so.6"), RUNTIME_PHP);
	assert_int_equal(runtime_of("/usr/sbin/apache2", "/usr/lib/apache2/modules/libphp8.2.so"),
			 RUNTIME_PHP);
	assert_int_equal(runtime_of("/usr/bin/nodejs", "/lib/libc.so.6"), RUNTIME_NODE);
	assert_int_equal(runtime_of("/usr/bin/x", "/lib/libperl.so.5.36"), RUNTIME_PERL);
	assert_int_equal(runtime_of("/usr/bin/launcher", "/jre/lib/server/libjvm.so"), RUNTIME_JAVA);
	assert_int_equal(runtime_of("/usr/bin/phpunit", "/usr/share/perl5"), RUNTIME_NONE);
	assert_int_equal(runtime_of("/usr/bin/nodesomething", "/lib/libnodesomething.so"), RUNTIME_NONE);
	assert_int_equal(runtime_of("/opt/python/server", "/opt/ruby/x.so"), RUNTIME_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings__only_listed_names),
		cmocka_unit_test(test_settings__bounded),
		cmocka_unit_test(test_settings__cmdline),
		cmocka_unit_test(test_runtime__by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
