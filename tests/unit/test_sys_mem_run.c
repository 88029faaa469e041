/* Runs of memory, of a child whose pages are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "sys/mem_run.h"
#include "sys/proc.h"

#define PAGES 200ULL

static struct procfs fs;
static uint64_t page;
static unsigned char *at;
static pid_t child;
static int pagemap, mem;

/* All but page 70 and the last ten are written; each begins with its number. */
static int setup(void **state)
{
	page = (uint64_t)sysconf(_SC_PAGESIZE);
	at = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(at, MAP_FAILED);
	madvise(at, PAGES * page, MADV_NOHUGEPAGE);
	for (uint64_t i = 0; i < PAGES - 10; i++)
		if (i != 70)
			memcpy(at + i * page, &i, sizeof(i));
	child = fork();
	if (!child)
		for (;;)
			pause();
	assert_int_equal(procfs_open(&fs, "/proc"), 0);
	pagemap = procfs_file(&fs, child, "pagemap");
	mem = procfs_file(&fs, child, "mem");
	assert_true(pagemap >= 0 && mem >= 0);
	return 0;
}

static int teardown(void **state)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(pagemap);
	close(mem);
	procfs_release(&fs);
	return 0;
}

static uint64_t address(uint64_t n)
{
	return (uintptr_t)at + n * page;
}

static uint64_t number(const unsigned char *bytes)
{
	uint64_t n;

	memcpy(&n, bytes, sizeof(n));
	return n;
}

static void test_mem_run__ends_where_nothing_is_present(void **state)
{
	cleanup(mem_run_release) struct mem_run m;
	const unsigned char *bytes;
	uint64_t n = 0, pages = MEM_RUN_BYTES / page;

	mem_run_init(&m, pagemap, mem, 1000);
	while (n < 70) {
		size_t len = mem_run_read(&m, address(n), address(PAGES), 8, &bytes);

		assert_int_equal(len, (n + pages < 70 ? pages : 70 - n) * page);
		for (size_t i = 0; i < len; i += page)
			assert_int_equal(number(bytes + i), n++);
	}
	assert_int_equal(mem_run_read(&m, address(70), address(PAGES), 8, &bytes), 0);
	assert_true(mem_run_read(&m, address(71), address(PAGES), 8, &bytes) > page);
	assert_int_equal(number(bytes), 71);
	assert_int_equal(mem_run_read(&m, address(PAGES - 1), address(PAGES), 8, &bytes), 0);
}

static void test_mem_run__gives_as_much_as_is_asked_for(void **state)
{
	cleanup(mem_run_release) struct mem_run m;
	const unsigned char *bytes;
	uint64_t pages = MEM_RUN_BYTES / page, end = address(pages);

	mem_run_init(&m, pagemap, mem, 1000);
	assert_int_equal(mem_run_read(&m, address(0), end + page, 8, &bytes), MEM_RUN_BYTES);
	/* what is held ends 16 bytes further on */
	assert_int_equal(mem_run_read(&m, end - 16, end + page, 16, &bytes), 16);
	assert_true(mem_run_read(&m, end - 16, end + page, 24, &bytes) >= 24);
	assert_int_equal(number(bytes + 16), pages);
	/* not beyond what was said */
	assert_int_equal(mem_run_read(&m, end - 16, end + 4, 24, &bytes), 20);
	assert_int_equal(mem_run_read(&m, end, end, 8, &bytes), 0);
	/* in front of what is held */
	assert_true(mem_run_read(&m, address(3), end, 8, &bytes) > 0);
	assert_int_equal(number(bytes), 3);
}

static void test_mem_run__keeps_to_its_budget(void **state)
{
	cleanup(mem_run_release) struct mem_run m;
	const unsigned char *bytes;

	mem_run_init(&m, pagemap, mem, 30);
	assert_int_equal(mem_run_read(&m, address(0), address(20), 8, &bytes), 20 * page);
	assert_int_equal(m.pages, 20);
	assert_false(m.spent);
	assert_int_equal(mem_run_read(&m, address(20), address(40), 8, &bytes), 0);
	assert_int_equal(mem_run_read(&m, address(20), address(30), 8, &bytes), 10 * page);
	assert_true(m.spent);
	mem_run_forget(&m);
	assert_int_equal(mem_run_read(&m, address(20), address(21), 8, &bytes), 0);
}

static void test_mem_run__counts_what_is_present(void **state)
{
	cleanup(mem_run_release) struct mem_run m;
	uint64_t n;

	mem_run_init(&m, pagemap, mem, 10);
	assert_true(mem_run_present(&m, address(0), address(PAGES), &n));
	assert_int_equal(n, PAGES - 11);
	assert_true(mem_run_present(&m, address(60), address(72), &n));
	assert_int_equal(n, 11);
	assert_int_equal(m.pages, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mem_run__ends_where_nothing_is_present),
		cmocka_unit_test(test_mem_run__gives_as_much_as_is_asked_for),
		cmocka_unit_test(test_mem_run__keeps_to_its_budget),
		cmocka_unit_test(test_mem_run__counts_what_is_present),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
