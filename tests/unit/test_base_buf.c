#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "lib/between.h"
#include "base/buf.h"
#include "base/cleanup.h"

static void test_buf__grows_and_stays_terminated(void **state)
{
	cleanup(buf_release) struct buf b = { 0 };
	size_t i;

	assert_null(b.data);
	for (i = 0; i < 1000; i++) {
		buf_addc(&b, (char)('a' + i % 26));
		assert_int_equal(b.len, i + 1);
		assert_int_equal(b.data[b.len], 0);
	}
	buf_adds(&b, "tail");
	assert_string_equal(b.data + 1000, "tail");
	assert_int_equal(b.data[27], 'b');
	assert_false(b.cut);
}

static void test_buf__keeps_nuls(void **state)
{
	cleanup(buf_release) struct buf b = { 0 };

	buf_add(&b, "a\0b", 3);
	buf_add(&b, NULL, 0);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "a\0b", 4);
}

static void test_buf__prints(void **state)
{
	cleanup(buf_release) struct buf b = { 0 };
	char wide[400];

	buf_printf(&b, "%d-%s", 12, "x");
	assert_string_equal(b.data, "12-x");
	memset(wide, 'w', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	buf_printf(&b, "%s", wide);
	assert_int_equal(b.len, 4 + sizeof(wide) - 1);
	assert_string_equal(b.data + 4, wide);
	buf_printf(&b, "%s", "");
	assert_int_equal(b.len, 4 + sizeof(wide) - 1);
}

static void test_buf__stops_at_its_ceiling(void **state)
{
	cleanup(buf_release) struct buf b = { .limit = 10 };

	buf_adds(&b, "0123456789");
	assert_false(b.cut);
	assert_int_equal(b.len, 10);
	buf_addc(&b, 'x');
	assert_true(b.cut);
	assert_string_equal(b.data, "0123456789");

	buf_reset(&b);
	assert_false(b.cut);
	buf_adds(&b, "0123456");
	buf_adds(&b, "789abc");
	assert_true(b.cut);
	assert_string_equal(b.data, "0123456789");

	buf_reset(&b);
	buf_printf(&b, "%s", "0123456789abc");
	assert_true(b.cut);
	assert_string_equal(b.data, "0123456789");
}

static void test_buf__room_can_be_filled_by_hand(void **state)
{
	cleanup(buf_release) struct buf b = { .limit = 100 };
	size_t room = buf_room(&b, 70);

	assert_between(room, 70, 100);
	memset(b.data + b.len, 'r', room);
	b.len += room;
	b.data[b.len] = '\0';
	assert_int_equal(buf_room(&b, 70), 100 - room);
	buf_adds(&b, "....................................................");
	assert_int_equal(b.len, 100);
	assert_int_equal(buf_room(&b, 1), 0);
}

static void test_buf__reset_keeps_and_release_frees(void **state)
{
	struct buf b = { 0 };
	char *before;

	buf_adds(&b, "abc");
	before = b.data;
	buf_reset(&b);
	assert_ptr_equal(b.data, before);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	buf_release(&b);
	assert_null(b.data);
	buf_release(&b);
	buf_adds(&b, "again");
	assert_string_equal(b.data, "again");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf__grows_and_stays_terminated),
		cmocka_unit_test(test_buf__keeps_nuls),
		cmocka_unit_test(test_buf__prints),
		cmocka_unit_test(test_buf__stops_at_its_ceiling),
		cmocka_unit_test(test_buf__room_can_be_filled_by_hand),
		cmocka_unit_test(test_buf__reset_keeps_and_release_frees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
