/* The list of pools: order, filter, what stays selected, and the screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "tui/key_code.h"
#include "tui/pool_list.h"
#include "tui/pool_view.h"

struct stage {
	struct pool_list *list;
	struct ui_model m;
	struct ui ui;
	struct cells cells;
};

static struct pool_row *add(struct stage *s, pid_t pid, figure copied, const char *command)
{
	struct pool_row *r = pool_list_add(s->list, (struct proc_key){ pid, 1 }, NULL);

	free(r->command);
	r->command = xstrdup(command);
	r->figures[POOL_COPIED] = measure_make(copied, UNKNOWN, false);
	return r;
}

static void stage_open(struct stage *s, int rows, int columns)
{
	*s = (struct stage){ .list = xcalloc(1, sizeof(*s->list)) };
	ui_model_init(&s->m);
	pool_view_init(&s->ui);
	s->ui.rows = rows;
	s->ui.columns = columns;
	s->m.pools = s->list;
}

static void stage_close(struct stage *s)
{
	pool_list_free(s->list);
	ui_model_release(&s->m);
	cells_release(&s->cells);
}

static void press(struct stage *s, const char *keys)
{
	for (; *keys; keys++)
		pool_view_key(&s->ui, &s->m, *keys == '\n' ? '\r' : *keys);
	pool_view_settle(&s->ui, &s->m);
}

/* "30 10 20": the pids in the order of the rows. */
static void assert_order(const struct stage *s, const char *pids)
{
	cleanup_free const struct pool_row **rows = NULL;
	char text[128] = "";
	int n = 0;

	rows = pool_list_rows(s->list, &s->ui, &n);
	for (int i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d", i ? " " : "",
			 (int)rows[i]->key.pid);
	assert_string_equal(text, pids);
}

/* A row of the screen as text, without blanks at its end. */
static char *line(struct stage *s, int row, char out[static 512])
{
	size_t len = 0;

	pool_view_settle(&s->ui, &s->m);
	pool_view_draw(&s->m, &s->ui, &s->cells);
	*out = '\0';
	for (int i = 0; i < s->cells.columns; i++)
		len += (size_t)snprintf(out + len, 512 - len, "%s",
					cells_at(&s->cells, row, i)->glyph ?: " ");
	while (len && out[len - 1] == ' ')
		out[--len] = '\0';
	return out;
}

static void fill(struct stage *s)
{
	add(s, 10, 5 << 20, "gunicorn");
	add(s, 20, UNKNOWN, "hidden");
	add(s, 30, 9 << 20, "celery");
	add(s, 40, 5 << 20, "uwsgi");
}

static void test_order__most_copied_first_and_unknown_last(void **state)
{
	struct stage s;

	stage_open(&s, 24, 80);
	fill(&s);
	assert_order(&s, "30 10 40 20");
	press(&s, "I");
	assert_order(&s, "10 40 30 20");
	press(&s, "P");
	assert_order(&s, "10 20 30 40");
	press(&s, "P");
	assert_order(&s, "40 30 20 10");
	press(&s, "C");
	assert_order(&s, "30 10 40 20");
	stage_close(&s);
}

static void test_filter__by_command_and_pid_in_either_case(void **state)
{
	struct stage s;

	stage_open(&s, 24, 80);
	fill(&s);
	press(&s, "\\CEL\n");
	assert_order(&s, "30");
	assert_int_equal(s.ui.selected.pid, 30);
	pool_view_key(&s.ui, &s.m, KEY_CODE_ESCAPE);
	assert_order(&s, "30 10 40 20");
	press(&s, "\\40\n");
	assert_order(&s, "40");
	assert_int_equal(pool_view_key(&s.ui, &s.m, KEY_CODE_ENTER), EFFECT_OPEN);
	press(&s, "\\x\n");
	assert_order(&s, "");
	assert_int_equal(pool_view_key(&s.ui, &s.m, KEY_CODE_ENTER), EFFECT_NONE);
	stage_close(&s);
}

static void test_selection__stays_with_its_pool_and_goes_to_its_neighbour(void **state)
{
	struct stage s;
	struct pool_list *fewer = xcalloc(1, sizeof(*fewer));

	stage_open(&s, 24, 80);
	fill(&s);
	press(&s, "j");
	press(&s, "j");
	assert_int_equal(s.ui.selected.pid, 10);
	press(&s, "P");
	assert_int_equal(s.ui.selected.pid, 10);
	press(&s, "C");
	pool_list_free(s.list);
	s.m.pools = s.list = fewer;
	add(&s, 30, 9, "celery");
	add(&s, 40, 5, "uwsgi");
	pool_view_settle(&s.ui, &s.m);
	assert_int_equal(s.ui.selected.pid, 40);
	press(&s, "/cel\n");
	assert_int_equal(s.ui.selected.pid, 30);
	press(&s, "/nobody\n");
	assert_int_equal(s.ui.selected.pid, 30);
	assert_string_equal(s.ui.message, "not found");
	stage_close(&s);
}

static void test_screen__what_is_not_known_is_a_dash_and_foreign_bytes_are_clean(void **state)
{
	struct pool_row *r;
	char text[512];
	struct stage s;

	stage_open(&s, 12, 100);
	r = add(&s, 10, 3 << 20, "a\033[31mb");
	r->masterless = true;
	free(r->about);
	r->about = xstrdup("never frozen");
	add(&s, 20, UNKNOWN, "c");
	assert_non_null(strstr(line(&s, 1, text), "MASTER"));
	assert_non_null(strstr(line(&s, 2, text), "(10)"));
	assert_non_null(strstr(text, "3.0"));
	assert_null(strchr(text, '\033'));
	assert_non_null(strstr(line(&s, 3, text), "20"));
	assert_null(strstr(text, "0.0"));
	assert_non_null(strstr(text, " - "));
	assert_non_null(strstr(line(&s, 8, text), "finding never frozen"));
	assert_non_null(strstr(line(&s, 11, text), "q quit"));
	stage_close(&s);
}

static void test_screen__any_size(void **state)
{
	struct stage s;

	stage_open(&s, 1, 1);
	fill(&s);
	for (int rows = 1; rows < 16; rows++)
		for (int columns = 1; columns < 130; columns += 7) {
			s.ui.rows = rows;
			s.ui.columns = columns;
			press(&s, "j?jk?k");
			pool_view_draw(&s.m, &s.ui, &s.cells);
			assert_int_equal(s.cells.rows, rows);
		}
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order__most_copied_first_and_unknown_last),
		cmocka_unit_test(test_filter__by_command_and_pid_in_either_case),
		cmocka_unit_test(test_selection__stays_with_its_pool_and_goes_to_its_neighbour),
		cmocka_unit_test(test_screen__what_is_not_known_is_a_dash_and_foreign_bytes_are_clean),
		cmocka_unit_test(test_screen__any_size),
	};

	return cmocka_run_group_tests_name("tui_pools", tests, NULL, NULL);
}
