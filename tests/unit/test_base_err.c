#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/errname.h"

#ifdef __GLIBC_PREREQ
#define GLIBC_NAMES_ERRORS __GLIBC_PREREQ(2, 32)
#else
#define GLIBC_NAMES_ERRORS 0
#endif

static void test_err__carries_status_and_message(void **state)
{
	struct err err = { 0 };

	assert_int_equal(err_set(&err, STATUS_USAGE, "no verb '%s'", "x"), -1);
	assert_int_equal(err.status, STATUS_USAGE);
	assert_string_equal(err.msg, "no verb 'x'");
}

static void test_err__appends_the_reason(void **state)
{
	struct err err = { 0 };

	assert_int_equal(err_errno(&err, STATUS_DENIED, EACCES, "%s", "/proc/1/maps"), -1);
	assert_int_equal(err.status, STATUS_DENIED);
	assert_string_equal(err.msg, "/proc/1/maps: Permission denied");
	err_errno(&err, STATUS_FAILED, 123456, "open");
	assert_string_equal(err.msg, "open: error 123456");
}

static void test_err__names_are_those_of_errno_h(void **state)
{
	assert_string_equal(err_name(EACCES), "EACCES");
	assert_string_equal(err_name(EHWPOISON), "EHWPOISON");
	assert_string_equal(err_name(EWOULDBLOCK), "EAGAIN");
	assert_null(err_name(0));
	assert_null(err_name(-1));
	assert_null(err_name(123456));
#if GLIBC_NAMES_ERRORS
	for (int e = 1; e < 200; e++) {
		const char *name = strerrorname_np(e), *ours = err_name(e);

		/* A newer Linux may have more. */
		assert_true(e > EHWPOISON || !name == !ours);
		if (ours)
			assert_string_equal(ours, name);
	}
#endif
}

static void test_err__may_be_nobody(void **state)
{
	assert_int_equal(err_set(NULL, STATUS_FAILED, "%d", 1), -1);
	assert_int_equal(err_errno(NULL, STATUS_FAILED, EIO, "%d", 1), -1);
}

static void test_err__can_wrap_its_own_message(void **state)
{
	struct err err = { 0 };

	err_set(&err, STATUS_FAILED, "line 3");
	err_set(&err, STATUS_FAILED, "maps of %d: %s", 7, err.msg);
	assert_string_equal(err.msg, "maps of 7: line 3");
}

static void test_err__is_cut_and_terminated(void **state)
{
	struct err err;
	char wide[2000];

	memset(wide, 'w', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	err_errno(&err, STATUS_FAILED, EIO, "%s", wide);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
}

static void test_alloc__zero_elements_are_an_object(void **state)
{
	cleanup_free char *a = xcalloc(0, 8);
	cleanup_free char *b = xreallocarray(NULL, 0, 8);

	assert_non_null(a);
	assert_non_null(b);
	b = xreallocarray(b, 0, 8);
	assert_non_null(b);
}

static void test_alloc__copies(void **state)
{
	cleanup_free char *s = xstrdup("abc");
	cleanup_free char *z = xmemdupz("a\0bc", 3);
	cleanup_free char *empty = xmemdupz(NULL, 0);

	assert_string_equal(s, "abc");
	assert_memory_equal(z, "a\0b", 4);
	assert_string_equal(empty, "");
}

static void test_alloc__vec_room_doubles(void **state)
{
	cleanup_free int *items = NULL;
	size_t n = 0, cap = 0;

	while (n < 1000) {
		vec_room(&items, n, &cap);
		items[n] = (int)n;
		n++;
	}
	assert_int_equal(cap, 1024);
	assert_int_equal(items[999], 999);
	assert_int_equal(items[0], 0);
}

/*
 * A child asks for what no machine has: one line on stderr, status 1. By the one size that is
 * refused before malloc sees it: sanitizers end a process that asks them for too much.
 */
static void test_alloc__out_of_memory_ends_the_process(void **state)
{
	volatile size_t everything = SIZE_MAX;
	char line[64] = "";
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		dup2(fds[1], STDERR_FILENO);
		xmemdupz(line, everything);
		_exit(0);
	}
	assert_true(pid > 0);
	close(fds[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(read(fds[0], line, sizeof(line) - 1) > 0);
	close(fds[0]);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), STATUS_FAILED);
	assert_string_equal(line, "cowtop: out of memory\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err__carries_status_and_message),
		cmocka_unit_test(test_err__appends_the_reason),
		cmocka_unit_test(test_err__names_are_those_of_errno_h),
		cmocka_unit_test(test_err__may_be_nobody),
		cmocka_unit_test(test_err__can_wrap_its_own_message),
		cmocka_unit_test(test_err__is_cut_and_terminated),
		cmocka_unit_test(test_alloc__zero_elements_are_an_object),
		cmocka_unit_test(test_alloc__copies),
		cmocka_unit_test(test_alloc__vec_room_doubles),
		cmocka_unit_test(test_alloc__out_of_memory_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
