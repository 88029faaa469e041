#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/cleanup.h"
#include "parse/sockets.h"

/* Lines of a Linux 6.18. */
static const char tcp[] =
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	"   0: 0100007F:1CDF 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3566882 1 "
	"0000000000000000 100 0 0 10 0\n"
	"   1: 0100007F:1CDF 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 3566999 1 "
	"0000000000000000 20 4 30 10 -1\n";

static const char local[] = "Num       RefCount Protocol Flags    Type St Inode Path\n"
			    "0000000000000000: 00000002 00000000 00010000 0001 01 41 /run/php/shop.sock\n"
			    "0000000000000000: 00000003 00000000 00000000 0001 03 42 /run/php/shop.sock\n"
			    "0000000000000000: 00000003 00000000 00000000 0001 03 43\n";

static void test_sockets__those_that_listen(void **state)
{
	cleanup(sockets_release) struct sockets s = { 0 };

	(void)state;
	sockets_parse_tcp(tcp, sizeof(tcp) - 1, &s);
	assert_int_equal(s.n, 1);
	assert_true(sockets_have(&s, 3566882));
	sockets_parse_unix(local, sizeof(local) - 1, &s);
	assert_int_equal(s.n, 2);
	assert_true(sockets_have(&s, 41));
	assert_false(sockets_have(&s, 42));
}

/* Text that ends anywhere, and lines of something else. */
static void test_sockets__what_is_not_understood_is_passed(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(tcp); len++) {
		cleanup(sockets_release) struct sockets s = { 0 };

		sockets_parse_tcp(tcp, len, &s);
		sockets_parse_unix(local, len < sizeof(local) ? len : sizeof(local) - 1, &s);
		sockets_parse_unix(tcp, len, &s);
		assert_true(s.n <= 2);
	}
}

static void test_socket__inode_of_a_link(void **state)
{
	(void)state;
	assert_int_equal(socket_inode("socket:[3566882]"), 3566882);
	assert_int_equal(socket_inode("socket:[3566882"), 0);
	assert_int_equal(socket_inode("socket:[x]"), 0);
	assert_int_equal(socket_inode("pipe:[3566882]"), 0);
	assert_int_equal(socket_inode("/tmp/socket:[1]"), 0);
	assert_int_equal(socket_inode(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sockets__those_that_listen),
		cmocka_unit_test(test_sockets__what_is_not_understood_is_passed),
		cmocka_unit_test(test_socket__inode_of_a_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
