/*
 * A shim for LD_PRELOAD that shows pages on their way to another frame, as compaction makes them, to who reads them
 * for the first time; the second time they have arrived. Of the processes $MOVING_PIDS (words with blanks around):
 *
 *	$MOVING=entries	pagemap shows every third private page as an entry of a type that no swap file has
 *	$MOVING=flags	kpageflags of every third frame is that of a free one; only once a pagemap of them was
 *			read, as what a kernel tells is tried before
 *
 * How many were shown so goes to the file $MOVING_LOG at the end.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PLACES (1U << 22) /* two that fall on one: the second is never on its way */
#define ENTRY_ON_ITS_WAY ((1ULL << 62) | 25)

static bool seen[PLACES];
static bool begun;
static unsigned int shown;

static bool is_new(uint64_t of, uint64_t number)
{
	bool *place = &seen[(number * 2654435761U + of * 40503) % PLACES];
	bool was = *place;

	*place = true;
	return !was;
}

static bool is_private(uint64_t entry)
{
	return (entry >> 61 & 5) == 4; /* present, of no file */
}

static void change(uint64_t *words, size_t n, uint64_t first, uint64_t pid)
{
	for (size_t i = 0; i < n; i++) {
		if ((first + i) % 3 || (pid && !is_private(words[i])) || !is_new(pid, first + i))
			continue;
		words[i] = pid ? ENTRY_ON_ITS_WAY : 0;
		shown++;
	}
}

/* Of what process is this pagemap? 0: none of those. */
static uint64_t pid_of(const char *path)
{
	const char *pids = getenv("MOVING_PIDS");
	char word[32];
	unsigned int pid;
	int end = 0;

	if (sscanf(path, "/proc/%u/pagemap%n", &pid, &end) != 1 || !end || path[end])
		return 0;
	snprintf(word, sizeof(word), " %u ", pid);
	return pids && strstr(pids, word) ? pid : 0;
}

ssize_t pread(int fd, void *to, size_t len, off_t at)
{
	ssize_t r = syscall(SYS_pread64, fd, to, len, at);
	const char *what = getenv("MOVING");
	char link[64], path[256];
	uint64_t pid;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (r <= 0 || n < 0 || !what)
		return r;
	path[n] = '\0';
	pid = pid_of(path);
	begun |= pid != 0;
	if (pid && !strcmp(what, "entries"))
		change(to, (size_t)r / 8, (uint64_t)at / 8, pid);
	if (begun && !strcmp(what, "flags") && !strcmp(path, "/proc/kpageflags"))
		change(to, (size_t)r / 8, (uint64_t)at / 8, 0);
	return r;
}

#ifndef pread64 /* in musl these are other words for the same */
ssize_t pread64(int fd, void *to, size_t len, off_t at)
{
	return pread(fd, to, len, at);
}
#endif

static void __attribute__((destructor)) tell(void)
{
	const char *path = getenv("MOVING_LOG");
	char line[32];
	int n = snprintf(line, sizeof(line), "%u\n", shown);
	long fd = path ? syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;

	if (fd >= 0 && syscall(SYS_write, fd, line, n) < 0)
		_exit(1);
}
