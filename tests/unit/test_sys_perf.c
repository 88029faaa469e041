/* Perf events of our own thread: what they count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "sys/perf.h"

#define PAGES 64
#define NEVER (UINT64_C(1) << 62)

static void touch_pages(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *p = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
				0);

	assert_true(p != MAP_FAILED);
	madvise((void *)p, PAGES * page, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < PAGES; i++)
		p[i * page] = 1;
	munmap((void *)p, PAGES * page);
}

static uint64_t counted(const struct perf_setup *s)
{
	cleanup_close int fd = perf_open(s, 0, -1);
	uint64_t count = 0, lost;

	if (fd < 0) {
		print_message("# no perf events here\n");
		skip();
	}
	touch_pages();
	assert_int_equal(perf_count(fd, &count, &lost), 0);
	return count;
}

static void test_faults_are_counted(void **state)
{
	(void)state;
	assert_true(counted(&(struct perf_setup){ .user_only = true }) >= PAGES);
}

/* What owns a ring is no event of faults: those of all processes would be looked at for it. */
static void test_a_dummy_counts_nothing(void **state)
{
	(void)state;
	assert_int_equal(counted(&(struct perf_setup){ .dummy = true, .user_only = true }), 0);
	assert_int_equal(counted(&(struct perf_setup){ .dummy = true, .user_only = true, .period = NEVER }),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults_are_counted),
		cmocka_unit_test(test_a_dummy_counts_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
