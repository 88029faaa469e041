/* A command made ready: environment, words, folder, libraries, huge pages; and what cannot be had for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/alloc.h"
#include "base/buf.h"
#include "trial/folder.h"
#include "trial/huge.h"
#include "trial/library.h"
#include "trial/setup_parts.h"
#include "trial/words.h"

static char *place; /* a folder, first in PATH */

static int begin(void **state)
{
	struct buf path = { 0 };

	if (folder_make(&place, NULL) < 0)
		return -1;
	buf_printf(&path, "%s/bin", place);
	setenv("PATH", path.data, 1);
	buf_release(&path);
	for (size_t i = 0; environ[i];)
		if (!strncmp(environ[i], "PYTHON", 6) || !strncmp(environ[i], "RUBY", 4) ||
		    !strncmp(environ[i], "LD_PRELOAD", 10)) {
			char *name = xmemdupz(environ[i], strcspn(environ[i], "="));

			unsetenv(name);
			free(name);
		} else {
			i++;
		}
	return 0;
}

static int end(void **state)
{
	folder_remove(place);
	free(place);
	return 0;
}

static void put(const char *name, const char *text)
{
	struct buf path = { 0 };
	struct err err = { 0 };

	buf_printf(&path, "%s/%s", place, name);
	unlink(path.data);
	if (folder_write(place, name, text, &err) < 0)
		fail_msg("%s", err.msg);
	chmod(path.data, 0755);
	buf_release(&path);
}

/* Made for a command line without quotes. 0, or -1 and the error. */
static int make(const char *variant, const char *line, struct setup *ret, struct err *err)
{
	struct words words = { 0 };
	struct variant *v = NULL;
	int r;

	if (variant && variant_parse(variant, &v, err) < 0)
		fail_msg("%s: %s", variant, err->msg);
	assert_int_equal(words_split(line, &words), 0);
	r = setup_make(v, words.items, ret, err);
	words_release(&words);
	variant_free(v);
	return r;
}

static const char *of(const struct setup *s, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; s->env[i]; i++)
		if (!strncmp(s->env[i], name, n) && s->env[i][n] == '=')
			return s->env[i] + n + 1;
	return NULL;
}

static void has(const char *variant, const char *line, const char *name, const char *value)
{
	struct setup s = { 0 };
	struct err err = { 0 };

	if (make(variant, line, &s, &err) < 0)
		fail_msg("%s: %s", variant, err.msg);
	if (!value)
		assert_null(of(&s, name));
	else
		assert_string_equal(of(&s, name), value);
	setup_release(&s);
}

static void refused(const char *variant, const char *line, enum status status, const char *says)
{
	struct setup s = { 0 };
	struct err err = { 0 };

	if (make(variant, line, &s, &err) == 0)
		fail_msg("%s is to be had for %s", variant, line);
	assert_int_equal(err.status, status);
	if (!strstr(err.msg, says))
		fail_msg("%s: \"%s\" does not hold \"%s\"", variant, err.msg, says);
	assert_null(s.folder);
	assert_null(s.env);
}

static void test_setup__without_a_variant_all_is_as_it_was(void **state)
{
	struct setup s = { 0 };
	size_t n = 0, m = 0;

	assert_int_equal(make(NULL, "a b c", &s, NULL), 0);
	assert_string_equal(s.argv[2], "c");
	assert_null(s.argv[3]);
	while (environ[n])
		n++;
	while (s.env[m])
		m++;
	assert_int_equal(n, m);
	assert_int_equal(s.thp_disable, -1);
	assert_null(s.folder);
	setup_release(&s);
	setup_release(&s);
}

static void test_setup__lists_are_added_to(void **state)
{
	struct setup s = { 0 };
	struct buf wanted = { 0 };
	struct stat st;
	char *folder;

	setenv("PYTHONPATH", "/a:/b", 1);
	assert_int_equal(make("gc.freeze", "python3 x.py", &s, NULL), 0);
	buf_printf(&wanted, "%s:/a:/b", s.folder);
	assert_string_equal(of(&s, "PYTHONPATH"), wanted.data);
	assert_null(of(&s, "RUBYOPT")); /* it is known to be CPython */
	assert_int_equal(stat(s.folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	folder = xstrdup(s.folder);
	setup_release(&s);
	assert_int_equal(stat(folder, &st), -1);
	free(folder);
	unsetenv("PYTHONPATH");

	setenv("RUBYOPT", "-W1", 1);
	assert_int_equal(make("gc.compact", "ruby x.rb", &s, NULL), 0);
	buf_reset(&wanted);
	buf_printf(&wanted, "-r%s/hook.rb -W1", s.folder);
	assert_string_equal(of(&s, "RUBYOPT"), wanted.data);
	assert_null(of(&s, "PYTHONPATH"));
	setup_release(&s);
	unsetenv("RUBYOPT");

	setenv("GLIBC_TUNABLES", "glibc.malloc.arena_max=8:glibc.malloc.check=1", 1);
	has("tunable:glibc.malloc.arena_max=1", "x", "GLIBC_TUNABLES",
	    "glibc.malloc.check=1:glibc.malloc.arena_max=1");
	has("malloc.arenas=1", "x", "GLIBC_TUNABLES", "glibc.malloc.check=1");
	has("malloc.arenas=1", "x", "MALLOC_ARENA_MAX", "1");
	unsetenv("GLIBC_TUNABLES");
	has("malloc.trim=64KiB", "x", "MALLOC_TRIM_THRESHOLD_", "65536");
	has("tunable:glibc.malloc.check=1+tunable:glibc.malloc.perturb=2", "x", "GLIBC_TUNABLES",
	    "glibc.malloc.check=1:glibc.malloc.perturb=2");
	buf_release(&wanted);
}

static void test_setup__another_allocator_makes_room(void **state)
{
	setenv("LD_PRELOAD", "/lib/a.so /usr/lib/libjemalloc.so.2:/lib/b.so", 1);
	has("malloc=glibc", "x", "LD_PRELOAD", "/lib/a.so:/lib/b.so");
	setenv("LD_PRELOAD", "/usr/lib/libjemalloc.so.2", 1);
	has("malloc=glibc", "x", "LD_PRELOAD", NULL);
	unsetenv("LD_PRELOAD");
	has("malloc=glibc", "x", "LD_PRELOAD", NULL);
}

static void test_setup__variables_come_and_go(void **state)
{
	setenv("COWTOP_TEST", "1", 1);
	has("env:COWTOP_TEST=2", "x", "COWTOP_TEST", "2");
	has("env:COWTOP_TEST", "x", "COWTOP_TEST", NULL);
	has("gc.disable", "x", "COWTOP_TEST", "1");
	unsetenv("COWTOP_TEST");
	has("env:COWTOP_TEST=", "x", "COWTOP_TEST", "");
	has("pymalloc=off", "python3", "PYTHONMALLOC", "malloc");
}

static void test_setup__a_command_tells_what_it_runs(void **state)
{
	put("bin/server", "#!/usr/bin/env -S python3 -E\n");
	put("bin/isolated", "#!/usr/bin/python3 -sIu\n");
	put("bin/wrapper", "#!/bin/sh\n");
	put("bin/rserver", "#!/usr/bin/ruby\n");
	refused("gc.freeze", "server", STATUS_USAGE, "with -E Python loads nothing");
	refused("pymalloc=off", "server", STATUS_USAGE, "PYTHONMALLOC");
	refused("gc.disable", "isolated", STATUS_USAGE, "-sIu");
	refused("gc.disable", "python3 -S x.py", STATUS_USAGE, "-S");
	refused("gc.disable", "env -i A=1 python3 -uI -c pass", STATUS_USAGE, "-uI");
	refused("gc.freeze", "rserver", STATUS_USAGE, "for CPython, and the command runs Ruby");
	refused("gc.compact", "gunicorn app:app", STATUS_USAGE, "for Ruby, and the command runs CPython");
	refused("gc.disable", "php-fpm8.2", STATUS_USAGE, "runs PHP");
	has("gc.disable", "python3 -WS x.py -S", "X", NULL);
	has("gc.disable", "python3 -c -S", "X", NULL);
	has("gc.disable+env:A=1", "wrapper", "A", "1"); /* whatever it runs */
	refused("gc.disable", "sudo -u app gunicorn app:app", STATUS_USAGE, "run cowtop as that user");
	has("pymalloc=off", "setpriv --reuid=1 python3 x.py", "PYTHONMALLOC", "malloc");
	refused("args:~-x", "wrapper", STATUS_USAGE, "no such argument");
}

static void test_setup__uwsgi_forks_without_python(void **state)
{
	struct buf line = { 0 };

	put("app.ini", "[uwsgi]\nmaster = true\n  lazy-apps = true\n");
	put("off.ini", "[uwsgi]\nlazy-apps = false\n");
	refused("gc.collect+freeze", "uwsgi --master", STATUS_USAGE, "gc.collect(); gc.freeze()");
	refused("gc.freeze", "uwsgi --lazy-apps", STATUS_USAGE, "nothing to keep shared");
	refused("gc.disable", "uwsgi --no-site", STATUS_USAGE, "--no-site");
	has("gc.freeze", "uwsgi --master", "X", NULL);
	has("pymalloc=off", "uwsgi --no-site", "PYTHONMALLOC", "malloc");
	buf_printf(&line, "uwsgi --ini=%s/app.ini", place);
	refused("gc.freeze", line.data, STATUS_USAGE, "lazy-apps");
	buf_reset(&line);
	buf_printf(&line, "uwsgi %s/off.ini", place);
	has("gc.freeze", line.data, "X", NULL);
	buf_release(&line);
}

static void test_setup__versions_by_the_programs_file(void **state)
{
	struct buf line = { 0 };

	put("versions/3.2.1/bin/ruby", "");
	put("bin/python3.6", "");
	buf_printf(&line, "%s/versions/3.2.1/bin/ruby x.rb", place);
	refused("warmup", line.data, STATUS_USAGE, "Ruby 3.2 has no");
	has("gc.compact", line.data, "X", NULL);
	refused("gc.freeze", "python3.6 x.py", STATUS_USAGE, "CPython 3.6 has no");
	has("gc.disable", "python3.6 x.py", "X", NULL);
	buf_release(&line);
}

static void test_setup__php_reads_ours_first_and_last(void **state)
{
	struct buf text = { 0 };
	struct setup s = { 0 };
	struct err err = { 0 };

	put("preload.php", "<?php\n");
	buf_printf(&text, "opcache.preload=%s/preload.php", place);
	setenv("PHP_INI_SCAN_DIR", ":/own", 1);
	if (make(text.data, "php-fpm8.2 -F", &s, &err) < 0)
		fail_msg("%s", err.msg);
	buf_reset(&text);
	buf_printf(&text, "%s/first::/own:%s/last", s.folder, s.folder);
	assert_string_equal(of(&s, "PHP_INI_SCAN_DIR"), text.data);
	setup_release(&s);
	unsetenv("PHP_INI_SCAN_DIR");
	refused("opcache.preload=/nowhere/x.php", "php-fpm", STATUS_FAILED, "/nowhere/x.php");
	buf_release(&text);
}

static void test_library__in_folders_and_in_the_cache(void **state)
{
	static const char names[] = "head\0libmimalloc.so.2\0/opt/m/libmimalloc.so.2\0/opt";
	static const char elf[] = "\177ELF\2\1\1.........................";
	struct buf at = { 0 }, found = { 0 };
	struct utsname machine;
	struct err err = { 0 };
	FILE *cache;

	assert_int_equal(library_find(place, ALLOCATOR_JEMALLOC, &found, &err), -1);
	assert_int_equal(err.status, STATUS_FAILED);
	assert_non_null(strstr(err.msg, "install libjemalloc2"));

	/* a text that has its name is no library */
	uname(&machine);
	buf_printf(&at, "usr/lib/%s-linux-gnu/libjemalloc.so.2", machine.machine);
	put(at.data, "GROUP ( x )\n");
	assert_int_equal(library_find(place, ALLOCATOR_JEMALLOC, &found, NULL), -1);
	put(at.data, elf);
	assert_int_equal(library_find(place, ALLOCATOR_JEMALLOC, &found, NULL), 0);
	assert_non_null(strstr(found.data, at.data));

	put("opt/m/libmimalloc.so.2", elf);
	put("etc/ld.so.cache", "");
	buf_reset(&at);
	buf_printf(&at, "%s/etc/ld.so.cache", place);
	cache = fopen(at.data, "w");
	fwrite(names, 1, sizeof(names), cache);
	fclose(cache);
	assert_int_equal(library_find(place, ALLOCATOR_MIMALLOC, &found, NULL), 0);
	assert_non_null(strstr(found.data, "/opt/m/libmimalloc.so.2"));
	assert_int_equal(library_find(place, ALLOCATOR_TCMALLOC, &found, NULL), -1);

	assert_int_equal(library_kind("tcmalloc"), ALLOCATOR_TCMALLOC);
	assert_int_equal(library_kind("glibc"), ALLOCATOR_KINDS);
	assert_int_equal(library_of("/x/libtcmalloc_minimal.so.4.5.10"), ALLOCATOR_TCMALLOC);
	assert_int_equal(library_of("/x/jemalloc/libc.so.6"), ALLOCATOR_KINDS);
	buf_release(&at);
	buf_release(&found);
}

static void chosen(const char *machine, const char *value, int disable)
{
	unsigned long flags = 7;
	struct buf folder = { 0 };
	int got = -1;

	put("thp/enabled", machine);
	buf_printf(&folder, "%s/thp", place);
	if (disable < 0) {
		assert_int_equal(huge_choose(folder.data, value, &got, &flags, NULL), -1);
	} else {
		assert_int_equal(huge_choose(folder.data, value, &got, &flags, NULL), 0);
		assert_int_equal(got, disable);
		assert_int_equal(flags, 0);
	}
	buf_release(&folder);
}

static void test_huge__only_less_than_the_machine_has(void **state)
{
	struct buf folder = { 0 };
	struct err err = { 0 };
	unsigned long flags;
	int disable, before;

	chosen("[always] madvise never\n", "never", 1);
	chosen("[always] madvise never\n", "always", 0);
	chosen("always [madvise] never\n", "never", 1);
	chosen("always [madvise] never\n", "madvise", 0);
	chosen("always [madvise] never\n", "always", -1);
	chosen("always madvise [never]\n", "madvise", -1);
	/* Linux 6.18 can tell them apart for one program; trying that leaves this one as it was. */
	before = prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0);
	put("thp/enabled", "[always] madvise never\n");
	buf_printf(&folder, "%s/thp", place);
	if (huge_choose(folder.data, "madvise", &disable, &flags, &err) == 0) {
		assert_int_equal(disable, 1);
		assert_int_equal(flags, 2);
	} else {
		assert_non_null(strstr(err.msg, "6.18"));
	}
	assert_int_equal(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), before);
	buf_release(&folder);
	assert_int_equal(huge_choose("/nowhere", "never", &disable, &flags, &err), -1);
	assert_int_equal(err.status, STATUS_USAGE);
	assert_non_null(strstr(err.msg, "no transparent huge pages"));
}

static void test_all__those_that_apply(void **state)
{
	char python[] = "python3", uwsgi[] = "uwsgi", php[] = "php-fpm", *command[] = { python, NULL },
	     **names;
	struct err err = { 0 };

	assert_int_equal(variant_all(command, &names, NULL), 0);
	assert_string_equal(names[0], "gc.freeze");
	assert_string_equal(names[1], "gc.collect+freeze");
	assert_string_equal(names[2], "gc.disable");
	assert_string_equal(names[3], "pymalloc=off");
	words_free(names);
	command[0] = uwsgi;
	assert_int_equal(variant_all(command, &names, NULL), 0);
	assert_string_equal(names[0], "gc.freeze");
	assert_string_equal(names[1], "gc.disable");
	words_free(names);
	command[0] = php;
	if (variant_all(command, &names, &err) == 0) { /* where the machine has huge pages always */
		assert_string_equal(names[0], "thp=never");
		words_free(names);
	} else {
		assert_non_null(strstr(err.msg, "opcache.preload=FILE"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_setup__without_a_variant_all_is_as_it_was),
		cmocka_unit_test(test_setup__lists_are_added_to),
		cmocka_unit_test(test_setup__another_allocator_makes_room),
		cmocka_unit_test(test_setup__variables_come_and_go),
		cmocka_unit_test(test_setup__a_command_tells_what_it_runs),
		cmocka_unit_test(test_setup__uwsgi_forks_without_python),
		cmocka_unit_test(test_setup__versions_by_the_programs_file),
		cmocka_unit_test(test_setup__php_reads_ours_first_and_last),
		cmocka_unit_test(test_library__in_folders_and_in_the_cache),
		cmocka_unit_test(test_huge__only_less_than_the_machine_has),
		cmocka_unit_test(test_all__those_that_apply),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
