/* Reading to the end, whatever comes in between; searching by halves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/search.h"

static void nothing(int sig)
{
}

/* A child that interrupts us until it has written everything, a byte at a time. */
static pid_t start_writer(int fd, const char *text)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (; *text; text++) {
		kill(getppid(), SIGUSR1);
		poll(NULL, 0, 2);
		if (write(fd, text, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

static void test_io__goes_on_after_signals(void **state)
{
	const struct sigaction act = { .sa_handler = nothing }; /* no SA_RESTART */
	cleanup(buf_release) struct buf text = { 0 };
	cleanup_close int in = -1;
	struct sigaction before;
	int ends[2], status;
	pid_t writer;

	assert_int_equal(sigaction(SIGUSR1, &act, &before), 0);
	assert_int_equal(pipe(ends), 0);
	in = ends[0];
	writer = start_writer(ends[1], "byte by byte");
	close(ends[1]);
	assert_int_equal(io_read_whole(in, &text), 0);
	assert_string_equal(text.data, "byte by byte");
	assert_false(text.cut);
	assert_int_equal(waitpid(writer, &status, 0), writer);
	assert_int_equal(status, 0);
	sigaction(SIGUSR1, &before, NULL);
}

static int file_of(size_t len)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	for (size_t i = 0; i < len; i++)
		assert_int_equal(pwrite(fd, &(char){ (char)('a' + i % 26) }, 1, (off_t)i), 1);
	return fd;
}

static void test_io__stops_at_the_end_and_at_the_ceiling(void **state)
{
	cleanup(buf_release) struct buf all = { 0 }, some = { .limit = 5000 };
	cleanup_close int fd = file_of(9000);
	char bytes[100];

	assert_int_equal(io_read_whole(fd, &all), 0);
	assert_int_equal(all.len, 9000);
	assert_false(all.cut);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(io_read_whole(fd, &some), 0);
	assert_int_equal(some.len, 5000);
	assert_true(some.cut);
	assert_memory_equal(some.data, all.data, 5000);
	assert_int_equal(io_read_all_at(fd, bytes, 100, 8950), 50);
	assert_memory_equal(bytes, all.data + 8950, 50);
	assert_int_equal(io_read_all_at(fd, bytes, 100, 9000), 0);
	assert_int_equal(io_read_all_at(fd, bytes, 100, UINT64_MAX), -EINVAL);
	assert_int_equal(io_read_all_at(-1, bytes, 100, 0), -EBADF);
}

/* seq_file gives a page at a time: the list of this process's mappings is longer once it has so many. */
static void test_io__reads_more_than_a_page_of_proc(void **state)
{
	cleanup(buf_release) struct buf text = { 0 };
	size_t page = (size_t)sysconf(_SC_PAGESIZE), lines = 0;
	char *from = mmap(NULL, 400 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(from != MAP_FAILED);
	for (size_t i = 0; i < 400; i += 2)
		assert_int_equal(mprotect(from + i * page, page, PROT_READ), 0);
	assert_int_equal(io_read_file(AT_FDCWD, "/proc/self/maps", &text), 0);
	for (const char *at = text.data; (at = strchr(at, '\n')); at++)
		lines++;
	assert_true(lines > 400);
	assert_int_equal(munmap(from, 400 * page), 0);
}

static void test_io__a_text_ends(void **state)
{
	char text[4];

	assert_int_equal(io_read_text(AT_FDCWD, "/proc/self/comm", text, sizeof(text)), 3);
	assert_int_equal(strlen(text), 3);
	assert_int_equal(io_read_text(AT_FDCWD, "/proc/self/none", text, sizeof(text)), -ENOENT);
	assert_string_equal(text, "");
}

static void test_search__finds_where_it_would_be(void **state)
{
	const int numbers[] = { 2, 3, 3, 5, 8 };
	size_t n = sizeof(numbers) / sizeof(*numbers);

	for (size_t most = 0; most <= n; most++)
		for (int wanted = 0; wanted < 10; wanted++) {
			size_t first = 0;

			while (first < most && numbers[first] < wanted)
				first++;
			assert_int_equal(search(at, most, numbers[at] < wanted), first);
		}
}

static void test_clock__counts_nanoseconds(void **state)
{
	int64_t before = clock_now(), wall = clock_ns(CLOCK_REALTIME);

	poll(NULL, 0, 20);
	assert_true(clock_now() - before >= 20 * MILLISECOND);
	assert_true(wall / SECOND - time(NULL) <= 1 && time(NULL) - wall / SECOND < 3600);
	assert_int_equal(clock_ns((clockid_t)12345), 0);
	assert_int_equal(clock_timespec(3 * SECOND + 7).tv_sec, 3);
	assert_int_equal(clock_timespec(3 * SECOND + 7).tv_nsec, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_io__goes_on_after_signals),
		cmocka_unit_test(test_io__stops_at_the_end_and_at_the_ceiling),
		cmocka_unit_test(test_io__reads_more_than_a_page_of_proc),
		cmocka_unit_test(test_io__a_text_ends),
		cmocka_unit_test(test_search__finds_where_it_would_be),
		cmocka_unit_test(test_clock__counts_nanoseconds),
	};

	return cmocka_run_group_tests_name("io", tests, NULL, NULL);
}
