#include "unit/tui_stage.h"
#include "sink/text.h"

/*
 * A pool of two levels, as uWSGI's with a pool of its own in each worker: 101 and 102 were forked by the master 100, 103
 * and 104 by 102, and 105 by one that is gone. Later ones have copied more.
 */
static void begin_nested(struct stage *st, int rows, int columns)
{
	static const pid_t forkers[] = { 100, 100, 102, 102, 0 };
	struct sample s;
	int t, i;

	stage_begin(st, rows, columns);
	for (t = 0; t < 2; t++) {
		fixture_begin(&s, t);
		fixture_name(fixture_add(&s, 100, -400, (const fact[6]){ 25000, 0, 0, 0, 900, 3000 }), "shop",
			     "shop: master");
		for (i = 0; i < 5; i++) {
			const fact cow = 1000 * (i + 1);
			struct proc_sample *p = fixture_add(&s, 101 + i, -300 + i,
							    (const fact[6]){ 25000 - cow, 0, cow, 9, 300,
									     3000 });
			char title[32];

			snprintf(title, sizeof(title), "shop: worker %d", i + 1);
			fixture_name(p, "shop", title);
			p->base_pid = p->ppid = forkers[i];
		}
		stage_take(st, &s, NULL);
	}
}

static void assert_commands(struct stage *st, const char *const *want, size_t n)
{
	cleanup(buf_release) struct buf out = { 0 };
	const char *at = strstr(stage_text(st, &out), "COMMAND");
	size_t i;

	for (i = 0; i < n; i++) {
		assert_non_null(at);
		at = strchr(at, '\n') + 1;
		if (memcmp(strchr(at, '\n') - strlen(want[i]), want[i], strlen(want[i])))
			fail_msg("row %zu is not %s: %.*s", i, want[i], (int)strcspn(at, "\n"), at);
	}
}

#define ASSERT_COMMANDS(st, ...) \
	assert_commands(st, (const char *const[]){ __VA_ARGS__ }, \
			sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* Siblings are sorted, and stand below who forked them; whose forker is gone stands at the left. */
static void test_tree__below_who_forked_it(void **state)
{
	cleanup(stage_end) struct stage st;

	begin_nested(&st, 24, 100);
	stage_key(&st, 'C');
	stage_key(&st, 'C');
	assert_order(&st, (const pid_t[]){ 100, 105, 104, 103, 102, 101 }, 6);
	stage_key(&st, 'V');
	assert_order(&st, (const pid_t[]){ 100, 102, 104, 103, 101, 105 }, 6);
	ASSERT_COMMANDS(&st, " master", " ├─worker 2", " │ ├─worker 4", " │ └─worker 3", " └─worker 1",
			" worker 5");
	stage_key(&st, 'P');
	assert_order(&st, (const pid_t[]){ 100, 101, 102, 103, 104, 105 }, 6);
	stage_key(&st, 'I');
	assert_order(&st, (const pid_t[]){ 100, 102, 104, 103, 101, 105 }, 6);
	st.ui.ascii = true;
	ASSERT_COMMANDS(&st, " master", " |-worker 2", " | |-worker 4", " | `-worker 3", " `-worker 1",
			" worker 5");
	stage_key(&st, 'V');
	assert_order(&st, (const pid_t[]){ 100, 105, 104, 103, 102, 101 }, 6);
	ASSERT_COMMANDS(&st, " master", " worker 5", " worker 4");
}

/* Who is filtered out passes its children on. */
static void test_tree__with_a_filter(void **state)
{
	cleanup(stage_end) struct stage st;

	begin_nested(&st, 24, 100);
	stage_key(&st, 'V');
	stage_key(&st, '\\');
	stage_type(&st, "worker 4");
	stage_key(&st, KEY_CODE_ENTER);
	ASSERT_COMMANDS(&st, " worker 4");
	stage_key(&st, '\\');
	for (int i = 0; i < 8; i++)
		stage_key(&st, KEY_CODE_BACKSPACE);
	stage_type(&st, "10");
	stage_key(&st, KEY_CODE_ENTER);
	assert_order(&st, (const pid_t[]){ 100, 102, 104, 103, 101, 105 }, 6);
}

/* Without UTF-8 and keys, and only where there is something to see. */
static void test_tree__in_the_plain_table(void **state)
{
	cleanup(stage_end) struct stage nested, flat;
	cleanup(buf_release) struct buf out = { 0 };

	begin_nested(&nested, 24, 80);
	text_snapshot(&out, &nested.snap, NULL, 80);
	assert_non_null(strstr(out.data, "  |-worker 1\n"));
	assert_non_null(strstr(out.data, "  `-worker 2\n"));
	assert_non_null(strstr(out.data, "    |-worker 3\n"));
	assert_non_null(strstr(out.data, "    `-worker 4\n"));
	assert_non_null(strstr(out.data, "  worker 5\n"));
	stage_day(&flat, 24, 80);
	buf_reset(&out);
	text_snapshot(&out, &flat.snap, NULL, 80);
	assert_null(strstr(out.data, "|-"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree__below_who_forked_it),
		cmocka_unit_test(test_tree__with_a_filter),
		cmocka_unit_test(test_tree__in_the_plain_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
