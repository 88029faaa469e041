#include "lib/golden.h"
#include "lib/scene.h"
#include "base/number.h"
#include "model/field.h"
#include "sink/csv.h"

/* Columns in front of the figures. */
#define WHO 14
#define CELLS 128

/* A row taken apart as RFC 4180 says: quoted cells, doubled quotes, CRLF. */
struct row {
	char text[8192];
	char *cells[CELLS];
	bool quoted[CELLS];
	size_t n;
};

static const char *take_cell(const char *s, struct row *r, char **to)
{
	bool quoted = *s == '"';

	assert_true(r->n < CELLS);
	r->cells[r->n] = *to;
	r->quoted[r->n++] = quoted;
	for (s += quoted;; s++) {
		if (quoted && s[0] == '"' && s[1] == '"')
			s++;
		else if (quoted ? *s == '"' : *s == ',' || *s == '\r')
			break;
		assert_true(*s && (quoted || (*s != '"' && *s != '\n')));
		*(*to)++ = *s;
	}
	*(*to)++ = '\0';
	s += quoted;
	assert_true(*s == ',' || (s[0] == '\r' && s[1] == '\n'));
	return s;
}

static const char *take_row(const char *s, struct row *r)
{
	char *to = r->text;

	r->n = 0;
	for (s = take_cell(s, r, &to); *s == ',';)
		s = take_cell(s + 1, r, &to);
	return s + 2;
}

static size_t column(const struct row *head, const char *name)
{
	size_t found = CELLS;

	for (size_t i = 0; i < head->n; i++) {
		if (strcmp(head->cells[i], name) == 0) {
			assert_true(found == CELLS);
			found = i;
		}
	}
	if (found == CELLS)
		fail_msg("no column %s", name);
	return found;
}

static void test_csv__golden(void **state)
{
	cleanup(scene_end) struct scene day = { 0 }, night = { 0 };
	cleanup(buf_release) struct buf out = { 0 }, little = { 0 };

	scene_day(&day);
	scene_night(&night);
	csv_header(&out);
	csv_snapshot(&out, &day.snap);
	golden_check("day.csv", &out);
	csv_header(&little);
	csv_snapshot(&little, &night.snap);
	golden_check("night.csv", &little);
}

/* Every row of the field table is one column, in its order, with the figure itself in it. */
static void test_csv__all_figures(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	struct row head, row;
	char want[NUMBER_LEN];
	const char *s;

	scene_day(&c);
	csv_header(&out);
	csv_snapshot(&out, &c.snap);
	s = take_row(out.data, &head);
	assert_int_equal(head.n, WHO + nfields + 1);
	assert_string_equal(head.cells[WHO + nfields], "bounds");
	s = take_row(s, &row);
	assert_int_equal(row.n, head.n);
	assert_string_equal(row.cells[column(&head, "role")], "pool");
	for (size_t i = 0; i < nfields; i++) {
		const char *key = fields[i].process_key ? fields[i].process_key : fields[i].pool_key;
		figure value = fields[i].pool_key ? field_get(&fields[i], &c.snap.pool) : UNKNOWN;

		assert_int_equal(column(&head, key), WHO + i);
		assert_string_equal(row.cells[WHO + i], number_format(want, value));
	}
	for (size_t p = 0; p < c.snap.nprocs; p++) {
		s = take_row(s, &row);
		assert_int_equal(row.n, head.n);
		assert_int_equal(atoi(row.cells[column(&head, "pid")]), c.snap.procs[p].facts->pid);
		for (size_t i = 0; i < nfields; i++) {
			figure value = fields[i].process_key ?
					       field_get(&fields[i], &c.snap.procs[p].figures) :
					       UNKNOWN;

			assert_string_equal(row.cells[WHO + i], number_format(want, value));
		}
	}
	assert_int_equal(*s, 0);
}

/* What is not known is empty, not a zero and not a word. */
static void test_csv__unknown(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	struct row head, row;
	const char *s;

	scene_night(&c);
	csv_header(&out);
	csv_snapshot(&out, &c.snap);
	s = take_row(out.data, &head);
	take_row(s, &row);
	assert_string_equal(row.cells[column(&head, "elapsed_s")], "");
	assert_string_equal(row.cells[column(&head, "pages.shared")], "");
	assert_string_equal(row.cells[column(&head, "pid")], "");
	assert_null(strstr(out.data, "nan"));
	assert_null(strstr(out.data, "null"));
}

/* A name stays one cell, shows what it is, and is never a formula. */
static void test_csv__hostile_names(void **state)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "gunicorn: worker [shop]", "gunicorn: worker [shop]" },
		{ "a,b\"c\"", "a,b\"c\"" },
		{ "\r\n2026,pool", "\\r\\n2026,pool" },
		{ "=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0" },
		{ "+1", "'+1" },
		{ "-1", "'-1" },
		{ "@SUM(A1)", "'@SUM(A1)" },
		{ "  =1", "'  =1" },
		{ "\t=1", "\\t=1" },
		{ "'=1", "''=1" },
		{ "12", "12" },
		{ "", "" },
		{ "\xef\xbc\x9d"
		  "1+1",
		  "'\xef\xbc\x9d"
		  "1+1" },
		{ "\x1b[31m\xff\xe2\x80\xae", "\\x1b[31m\\xff\\xe2\\x80\\xae" },
	};
	struct row head, row;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cleanup(scene_end) struct scene c = { 0 };
		cleanup(buf_release) struct buf out = { 0 };
		const char *s;

		scene_day(&c);
		fixture_name(&c.s.procs[0], cases[i].name, cases[i].name);
		snprintf(c.snap.command, sizeof(c.snap.command), "%s", cases[i].name);
		csv_header(&out);
		csv_snapshot(&out, &c.snap);
		s = take_row(out.data, &head);
		s = take_row(s, &row);
		assert_string_equal(row.cells[column(&head, "command")], cases[i].want);
		s = take_row(s, &row);
		assert_int_equal(row.n, head.n);
		assert_string_equal(row.cells[column(&head, "command")], cases[i].want);
		assert_string_equal(row.cells[column(&head, "cmdline")], cases[i].want);
		assert_true(row.quoted[column(&head, "cmdline")]);
		for (; *s; s = take_row(s, &row))
			;
	}
}

static void test_number__format(void **state)
{
	static const struct {
		figure value;
		const char *want;
	} cases[] = {
		{ 0, "0" },           { -0.0, "0" },
		{ -4096, "-4096" },   { 1e15, "1000000000000000" },
		{ 0.3, "0.3" },       { 0.125, "0.125" },
		{ 0.1 + 0.2, "0.3" }, { 1.0 / 3, "0.33333333333333331" },
		{ 1e300, "1e+300" },  { UNKNOWN, "" },
		{ INFINITY, "" },     { -INFINITY, "" },
	};
	char text[NUMBER_LEN];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(number_format(text, cases[i].value), cases[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv__golden),    cmocka_unit_test(test_csv__all_figures),
		cmocka_unit_test(test_csv__unknown),   cmocka_unit_test(test_csv__hostile_names),
		cmocka_unit_test(test_number__format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
