/* sys/confine.h: what a process that has confined itself can still do. Each case is a child of its own. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/syscalls.h"
#include "sys/confine.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif

static char place[] = "/tmp/cowtop-confine.XXXXXX";

static long version(void)
{
	return SANITIZED ? 0 : syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1UL);
}

static const char *in(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", place, name);
	return path;
}

/* 0 or the errno value of opening it. */
static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* In a child, which has confined itself after `allow`: 0 or the errno value that `does` came to. */
static int confined(void (*allow)(void), int (*does)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (allow)
			allow();
		prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL);
		confine();
		_exit(does());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int need(long least)
{
	if (version() >= least)
		return 1;
	print_message("# this kernel has landlock %ld, it needs %ld\n", version(), least);
	return 0;
}

/* ---- what is done */

static int reads_secret(void)
{
	return opened(in("secret"), O_RDONLY);
}

static int writes_secret(void)
{
	return opened(in("secret"), O_WRONLY);
}

static int makes_file(void)
{
	return opened(in("sub/new"), O_WRONLY | O_CREAT | O_EXCL);
}

static int makes_beside(void)
{
	return opened(in("made"), O_WRONLY | O_CREAT | O_EXCL);
}

static int removes(void)
{
	return unlink(in("sub/old")) < 0 ? errno : 0;
}

static int reads_system(void)
{
	return opened("/usr/bin/env", O_RDONLY) ?: opened("/proc/self/status", O_RDONLY);
}

static int runs(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int connects(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

static int signals(void)
{
	return kill(getppid(), 0) < 0 ? errno : 0;
}

static int puts_in_place(void)
{
	char from[128], to[128];
	int fd;

	snprintf(from, sizeof(from), "%s/sub/page.tmp", place);
	snprintf(to, sizeof(to), "%s/sub/page", place);
	fd = open(from, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return errno;
	close(fd);
	return rename(from, to) < 0 ? errno : 0;
}

static int keeps_what_is_open(void)
{
	char byte;

	return read(0, &byte, 1) < 0 ? errno : 0;
}

/* ---- what is allowed */

static void beside_page(void)
{
	confine_allow(in("sub/page"), CONFINE_BESIDE);
}

static void in_sub(void)
{
	confine_allow(in("sub"), CONFINE_IN);
}

static void nowhere(void)
{
	confine_allow(in("gone/page"), CONFINE_BESIDE);
}

static void reads_stdin(void)
{
	int fd = open(in("secret"), O_RDONLY);

	dup2(fd, 0);
	close(fd);
}

/* ---- cases */

static void test_files(void **state)
{
	(void)state;
	if (!need(1))
		skip();
	assert_int_equal(confined(NULL, reads_secret), EACCES);
	assert_int_equal(confined(NULL, writes_secret), EACCES);
	assert_int_equal(confined(NULL, makes_file), EACCES);
	assert_int_equal(confined(NULL, removes), EACCES);
	assert_int_equal(confined(NULL, runs), EACCES);
	assert_int_equal(confined(NULL, reads_system), 0);
	assert_int_equal(confined(reads_stdin, keeps_what_is_open), 0);
}

static void test_others(void **state)
{
	(void)state;
	if (!need(6))
		skip();
	assert_int_equal(confined(NULL, connects), EACCES);
	assert_int_equal(confined(NULL, signals), EPERM);
}

static void test_allowed(void **state)
{
	(void)state;
	if (!need(1))
		skip();
	assert_int_equal(confined(beside_page, puts_in_place), 0);
	assert_int_equal(confined(beside_page, makes_beside), EACCES);
	assert_int_equal(confined(in_sub, puts_in_place), 0);
	assert_int_equal(confined(in_sub, reads_secret), EACCES);
}

static void test_left(void **state)
{
	(void)state;
	assert_int_equal(confined(confine_never, reads_secret), 0);
	/* what cannot be allowed would fail later */
	assert_int_equal(confined(nowhere, reads_secret), 0);
}

static int begin(void **state)
{
	(void)state;
	if (!mkdtemp(place) || mkdir(in("sub"), 0700) < 0)
		return -1;
	return opened(in("secret"), O_WRONLY | O_CREAT) || opened(in("sub/old"), O_WRONLY | O_CREAT);
}

static int end(void **state)
{
	static const char *const names[] = { "secret",  "made",     "sub/old",
					     "sub/new", "sub/page", "sub/page.tmp" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unlink(in(names[i]));
	return rmdir(in("sub")) < 0 || rmdir(place) < 0 ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_left),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
