/*
 * Words of kpageflags and kpagecount against pages whose state is known: those of this process and of a
 * child that it forks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/between.h"
#include "model/page_entry.h"
#include "sys/pagemap.h"

#define PAGES 600

static struct procfs fs;
static size_t page_size;

static char *own_pages(void)
{
	char *at = mmap(NULL, PAGES * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(at, MAP_FAILED);
	madvise(at, PAGES * page_size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < PAGES; i++)
		at[i * page_size] = 1;
	return at;
}

/* Their frames, from the last to the first. */
static void frames_of(const char *at, uint64_t *frames)
{
	uint64_t entries[PAGES];
	int fd = procfs_file(&fs, getpid(), "pagemap");

	assert_true(fd >= 0);
	assert_int_equal(pagemap_read(fd, (uintptr_t)at / page_size, entries, PAGES), 0);
	close(fd);
	for (size_t i = 0; i < PAGES; i++)
		frames[i] = entry_frame(entries[PAGES - 1 - i]);
}

static pid_t fork_idle(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		for (;;)
			pause();
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* One at a time is what any order of the same frames has to give. Compaction may move a page in between:
 * few, and no more than that. */
static size_t differ(int fd, bool (*read_words)(int, const uint64_t *, size_t, uint64_t *),
		     const uint64_t *frames, const uint64_t *words)
{
	size_t n = 0;

	for (size_t i = 0; i < PAGES; i++) {
		uint64_t one;

		assert_true(read_words(fd, &frames[i], 1, &one));
		n += one != words[i];
	}
	return n;
}

static size_t how_many(const uint64_t *words, uint64_t wanted)
{
	size_t n = 0;

	for (size_t i = 0; i < PAGES; i++)
		n += words[i] == wanted;
	return n;
}

static void counts_are_those_of_the_processes(void **state)
{
	char *at = own_pages();
	uint64_t frames[PAGES], counts[PAGES], zero;
	int fd = pagemap_frames(&fs, &zero) ? kpagecount_open(&fs, zero) : -1;
	pid_t pid;

	if (fd < 0) {
		print_message("# needs root\n");
		munmap(at, PAGES * page_size);
		skip();
	}
	frames_of(at, frames);
	assert_true(kpagecount_read(fd, frames, PAGES, counts));
	assert_between(how_many(counts, 1), PAGES - 2, PAGES);
	assert_between(differ(fd, kpagecount_read, frames, counts), 0, 2);
	pid = fork_idle();
	frames_of(at, frames);
	assert_true(kpagecount_read(fd, frames, PAGES, counts));
	end(pid);
	assert_between(how_many(counts, 2), PAGES - 2, PAGES);
	close(fd);
	munmap(at, PAGES * page_size);
}

static void flags_are_anonymous(void **state)
{
	char *at = own_pages();
	uint64_t frames[PAGES], flags[PAGES], zero;
	int fd = pagemap_frames(&fs, &zero) ? kpageflags_open(&fs, zero) : -1;
	size_t anon = 0;

	if (fd < 0) {
		print_message("# needs root\n");
		munmap(at, PAGES * page_size);
		skip();
	}
	frames_of(at, frames);
	assert_true(kpageflags_read(fd, frames, PAGES, flags));
	for (size_t i = 0; i < PAGES; i++)
		anon += (flags[i] >> 12) & 1; /* KPF_ANON */
	assert_between(anon, PAGES - 2, PAGES);
	close(fd);
	munmap(at, PAGES * page_size);
}

/* Many untouched pages that are read have it all, or there is none: one that would be somebody else's tomorrow. */
static void the_zero_page_is_one_for_all(void **state)
{
	volatile char *at = mmap(NULL, PAGES * page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t frames[PAGES], zero;
	char sum = 0;

	assert_true(at != MAP_FAILED);
	madvise((void *)at, PAGES * page_size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < PAGES; i++)
		sum = (char)(sum + at[i * page_size]);
	assert_int_equal(sum, 0);
	frames_of((char *)at, frames);
	if (!pagemap_frames(&fs, &zero)) {
		print_message("# needs root\n");
		skip();
	}
	assert_int_equal(how_many(frames, zero), zero ? PAGES : 0);
	assert_int_equal(how_many(frames, frames[0]) == PAGES, zero != 0);
	munmap((void *)at, PAGES * page_size);
}

static void what_cannot_be_read_is_said(void **state)
{
	uint64_t frame = 0, word;

	assert_false(kpagecount_read(-1, &frame, 1, &word));
	assert_false(kpageflags_read(-1, &frame, 1, &word));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_are_those_of_the_processes),
		cmocka_unit_test(flags_are_anonymous),
		cmocka_unit_test(the_zero_page_is_one_for_all),
		cmocka_unit_test(what_cannot_be_read_is_said),
	};
	page_size = (size_t)sysconf(_SC_PAGESIZE);
	if (procfs_open(&fs, "/proc") < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
