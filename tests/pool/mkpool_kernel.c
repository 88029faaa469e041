/*
 * What this kernel does: tried, with pagemap as the witness.
 *
 * When a shared huge page is written Linux before 5.8 copies all of it (mm/huge_memory.c, do_huge_pmd_wp_page()),
 * later ones a small page. When untouched memory is read it maps the zero page, which nobody has alone; a kernel that
 * its host lets have none (pvm_no_zero_page) a page of its own.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "mkpool.h"

#define EXCLUSIVE (1ull << 56)

static uint64_t word_at(uintptr_t at)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t word = 0;

	if (fd < 0 || pread(fd, &word, sizeof(word), (off_t)(at / PAGE * sizeof(word))) != sizeof(word))
		word = 0;
	if (fd >= 0)
		close(fd);
	return word;
}

static uint64_t frame_at(uintptr_t at)
{
	return word_at(at) & ((1ull << 55) - 1);
}

bool kernel_has_zero_page(void)
{
	volatile char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool alone;

	if (page == MAP_FAILED)
		return true;
	madvise((void *)page, PAGE, MADV_NOHUGEPAGE);
	(void)page[0];
	alone = word_at((uintptr_t)page) & EXCLUSIVE;
	munmap((void *)page, PAGE);
	return !alone;
}

bool kernel_copies_huge_pages_whole(void)
{
	size_t huge = HUGE_PAGES * PAGE;
	char *area = mmap(NULL, 2 * huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile char *page = (char *)(((uintptr_t)area + huge - 1) / huge * huge);
	uintptr_t other = (uintptr_t)page + huge / 2;
	uint64_t frame;
	int status = 0;
	pid_t pid;

	if (area == MAP_FAILED)
		return false;
	madvise((void *)page, huge, MADV_HUGEPAGE);
	page[0] = 1;
	frame = frame_at(other);
	pid = fork();
	if (pid == 0) {
		page[0] = 2;
		_exit(frame && frame_at(other) != frame);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		status = 0;
	munmap(area, 2 * huge);
	return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}
