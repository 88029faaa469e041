/* Names of variants: their parts, values, and what is said of those that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/buf.h"
#include "trial/variant_parts.h"
#include "trial/words.h"

static struct variant *parsed(const char *text)
{
	struct variant *v;
	struct err err = { 0 };

	if (variant_parse(text, &v, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	assert_string_equal(variant_name(v), text);
	return v;
}

static void refused(const char *text, const char *says)
{
	struct variant *v = NULL;
	struct err err = { 0 };

	assert_int_equal(variant_parse(text, &v, &err), -1);
	assert_null(v);
	assert_int_equal(err.status, STATUS_USAGE);
	if (!strstr(err.msg, says))
		fail_msg("%s: \"%s\" does not hold \"%s\"", text, err.msg, says);
}

static void test_variant__each_kind_has_its_name(void **state)
{
	static const struct {
		const char *text;
		enum part_kind kind;
		const char *name, *value;
	} rows[] = {
		{ "gc.freeze", PART_FREEZE, NULL, NULL },
		{ "gc.collect+freeze", PART_COLLECT_FREEZE, NULL, NULL },
		{ "gc.disable", PART_DISABLE, NULL, NULL },
		{ "gc.threshold=0", PART_THRESHOLD, NULL, "0" },
		{ "gc.start", PART_GC_START, NULL, NULL },
		{ "gc.compact", PART_GC_COMPACT, NULL, NULL },
		{ "warmup", PART_WARMUP, NULL, NULL },
		{ "opcache.preload=/srv/a+b.php", PART_PRELOAD, NULL, "/srv/a+b.php" },
		{ "pymalloc=off", PART_PYMALLOC, NULL, "off" },
		{ "malloc=jemalloc", PART_MALLOC, NULL, "jemalloc" },
		{ "malloc.arenas=1", PART_ARENAS, NULL, "1" },
		{ "malloc.mmap=1MiB", PART_MMAP, NULL, "1MiB" },
		{ "malloc.trim=128KiB", PART_TRIM, NULL, "128KiB" },
		{ "tunable:glibc.malloc.tcache_count=0", PART_TUNABLE, "glibc.malloc.tcache_count", "0" },
		{ "thp=never", PART_THP, NULL, "never" },
		{ "env:A=", PART_ENV, "A", "" },
		{ "env:A", PART_ENV, "A", NULL },
		{ "env:A=b=c+d", PART_ENV, "A", "b=c+d" },
		{ "args:--a=1 +b", PART_ARGS, NULL, "--a=1 +b" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct variant *v = parsed(rows[i].text);

		assert_int_equal(v->n, 1);
		assert_int_equal(v->parts[0].kind, rows[i].kind);
		assert_string_equal(v->parts[0].text, rows[i].text);
		assert_int_equal(!v->parts[0].name, !rows[i].name);
		assert_int_equal(!v->parts[0].value, !rows[i].value);
		if (rows[i].name)
			assert_string_equal(v->parts[0].name, rows[i].name);
		if (rows[i].value)
			assert_string_equal(v->parts[0].value, rows[i].value);
		variant_free(v);
	}
}

static void test_variant__numbers_and_sizes(void **state)
{
	struct variant *v = parsed("gc.threshold=700,10,1000000+malloc.trim=128KiB+malloc.arenas=2");

	assert_int_equal(v->n, 3);
	assert_int_equal(v->parts[0].nnumbers, 3);
	assert_int_equal(v->parts[0].numbers[0], 700);
	assert_int_equal(v->parts[0].numbers[2], 1000000);
	assert_int_equal(v->parts[1].numbers[0], 128 << 10);
	assert_int_equal(v->parts[2].numbers[0], 2);
	variant_free(v);
}

static void test_variant__plus_joins_parts_and_stays_in_values(void **state)
{
	struct variant *v = parsed("gc.collect+freeze+malloc=jemalloc+env:A=b+c+pymalloc=off+args:-x +y");

	assert_int_equal(v->n, 5);
	assert_int_equal(v->parts[0].kind, PART_COLLECT_FREEZE);
	assert_int_equal(v->parts[1].kind, PART_MALLOC);
	assert_string_equal(v->parts[2].value, "b+c");
	assert_int_equal(v->parts[3].kind, PART_PYMALLOC);
	assert_string_equal(v->parts[4].value, "-x +y");
	assert_ptr_equal(variant_part(v, PART_PYMALLOC), &v->parts[3]);
	assert_null(variant_part(v, PART_THP));
	assert_null(variant_part(NULL, PART_THP));
	variant_free(v);
	v = parsed("env:A=1+env:B=2");
	assert_int_equal(v->n, 2);
	variant_free(v);
}

static void test_variant__what_is_none_is_refused(void **state)
{
	refused("", "no variant");
	refused("gc.frezee", "did you mean gc.freeze?");
	refused("maloc=jemalloc", "did you mean malloc?");
	refused("nonsense", "VARIANTS");
	refused("gc.freeze+", "no variant");
	refused("gc.freeze+nonsense", "nonsense");
	refused("gc.freeze=1", "no variant");
	refused("gc.threshold", "gc.threshold=N");
	refused("gc.threshold=", "whole numbers");
	refused("gc.threshold=1,2,3,4", "whole numbers");
	refused("gc.threshold=-1", "whole numbers");
	refused("malloc=jemaloc", "did you mean malloc=jemalloc?");
	refused("malloc=hoard", "jemalloc, tcmalloc, mimalloc, glibc");
	refused("malloc.arenas=0", "1 or more");
	refused("malloc.trim=big", "a size");
	refused("pymalloc=on", "pymalloc=off");
	refused("thp=sometimes", "never, madvise, always");
	refused("tunable:malloc.tcache_count=0", "glibc.malloc.tcache_count");
	refused("tunable:glibc.malloc.x=1:glibc.malloc.y=2", "one name");
	refused("env:=x", "a variable");
	refused("args:", "needs words");
	refused("args:'a", "no end");
	refused("opcache.preload=", "path");
	refused("warm=curl localhost", "before it forks");
}

static void test_variant__parts_that_contradict_each_other(void **state)
{
	refused("gc.freeze+gc.collect+freeze", "collection before it");
	refused("gc.freeze+gc.freeze", "only one");
	refused("gc.disable+gc.threshold=1", "thresholds");
	refused("malloc=jemalloc+malloc=tcmalloc", "only one");
	refused("malloc.arenas=1+malloc=jemalloc", "glibc");
	refused("tunable:glibc.malloc.tcache_count=0+malloc=mimalloc", "glibc");
	refused("env:A=1+env:A=2", "only one");
	refused("args:-a+args:-b", "one args:");
	variant_free(parsed("malloc=glibc+malloc.arenas=1"));
	variant_free(parsed("gc.freeze+gc.disable"));
}

static void applied(const char *text, const char *wanted)
{
	char gunicorn[] = "gunicorn", preload[] = "--preload", w[] = "-w", four[] = "4", app[] = "app:app";
	char *command[] = { gunicorn, preload, w, four, app, NULL };
	struct buf line = { 0 };
	char **argv;

	assert_int_equal(words_apply(text, command, &argv, NULL), 0);
	for (size_t i = 0; argv[i]; i++)
		buf_printf(&line, "%s<%s>", i ? " " : "", argv[i]);
	assert_string_equal(line.data, wanted);
	buf_release(&line);
	words_free(argv);
}

static void test_args__more_words_others_and_fewer(void **state)
{
	char sh[] = "sh", *command[] = { sh, NULL }, **argv;
	struct err err = { 0 };

	applied("--max-requests 500", "<gunicorn> <--preload> <-w> <4> <app:app> <--max-requests> <500>");
	applied("~--preload", "<gunicorn> <-w> <4> <app:app>");
	applied("~-w ~4 -w8", "<gunicorn> <--preload> <app:app> <-w8>");
	applied("=-w 8 app:app", "<gunicorn> <-w> <8> <app:app>");
	applied("'~x' \\~y \"a  b\" c''d \"\\$\\q\"",
		"<gunicorn> <--preload> <-w> <4> <app:app> <~x> <~y> <a  b> <cd> <$\\q>");
	applied("'' $HOME", "<gunicorn> <--preload> <-w> <4> <app:app> <> <$HOME>");
	assert_int_equal(words_apply("~sh", command, &argv, &err), -1);
	assert_int_equal(err.status, STATUS_USAGE);
	assert_non_null(strstr(err.msg, "no such argument"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variant__each_kind_has_its_name),
		cmocka_unit_test(test_variant__numbers_and_sizes),
		cmocka_unit_test(test_variant__plus_joins_parts_and_stays_in_values),
		cmocka_unit_test(test_variant__what_is_none_is_refused),
		cmocka_unit_test(test_variant__parts_that_contradict_each_other),
		cmocka_unit_test(test_args__more_words_others_and_fewer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
