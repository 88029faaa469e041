/*
 * A shim for LD_PRELOAD that shows pages on their way to another frame, as compaction makes them, to who reads them
 * for the first time; the second time they have arrived. Of the processes $MOVING_PIDS (words with blanks around):
 *
 *	$MOVING=entries	pagemap shows every third private page as an entry of a type that no swap file has
 *	$MOVING=stuck	the same, for ever
 *	$MOVING=flags	kpageflags of every third frame is that of a free one; only once a pagemap of them was
 *			read, as what a kernel tells is tried before
 *
 *	$MOVING=places	pagemap shows every third shared page where its neighbour is, and as one process's alone:
 *			as who reads it between two processes' others, and before all have it back; and /proc/vmstat
 *			counts such pages
 *	$MOVING=restless	the same every second time, for ever
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
#define EXCLUSIVE (1ULL << 56)
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

/* The same every second time. */
static bool is_turn(uint64_t of, uint64_t number)
{
	bool *place = &seen[(number * 2654435761U + of * 40503) % PLACES];

	*place = !*place;
	return *place;
}

static bool is_private(uint64_t entry)
{
	return (entry >> 61 & 5) == 4; /* present, of no file */
}

static void change(uint64_t *words, size_t n, uint64_t first, uint64_t pid, bool once)
{
	for (size_t i = 0; i < n; i++) {
		if ((first + i) % 3 || (pid && !is_private(words[i])) || (once && !is_new(pid, first + i)))
			continue;
		words[i] = pid ? ENTRY_ON_ITS_WAY : 0;
		shown++;
	}
}

static bool is_shared(uint64_t entry)
{
	return is_private(entry) && !(entry & EXCLUSIVE);
}

static void move(uint64_t *words, size_t n, uint64_t first, uint64_t pid, bool once)
{
	for (size_t i = 0; i + 1 < n; i++) {
		if ((first + i) % 3 || !is_shared(words[i]) || !is_shared(words[i + 1]))
			continue;
		if (once ? !is_new(pid, first + i) : !is_turn(pid, first + i))
			continue;
		words[i] = words[i + 1] | EXCLUSIVE;
		shown++;
	}
}

/* What the kernel has counted, and what was shown. */
static void count(char *text, size_t len)
{
	static const char name[] = "\npgmigrate_success ";
	char *at = memmem(text, len, name, sizeof(name) - 1), *end = text + len;
	unsigned int carry = shown;

	if (!at)
		return;
	for (at += sizeof(name) - 1; at + 1 < end && at[1] != '\n'; at++)
		;
	for (; carry && *at != ' '; at--, carry /= 10) {
		carry += (unsigned int)(*at - '0');
		*at = (char)('0' + carry % 10);
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
	if (pid && (!strcmp(what, "entries") || !strcmp(what, "stuck")))
		change(to, (size_t)r / 8, (uint64_t)at / 8, pid, !strcmp(what, "entries"));
	if (pid && (!strcmp(what, "places") || !strcmp(what, "restless")))
		move(to, (size_t)r / 8, (uint64_t)at / 8, pid, !strcmp(what, "places"));
	if (begun && !strcmp(what, "flags") && !strcmp(path, "/proc/kpageflags"))
		change(to, (size_t)r / 8, (uint64_t)at / 8, 0, true);
	return r;
}

ssize_t read(int fd, void *to, size_t len)
{
	ssize_t r = syscall(SYS_read, fd, to, len);
	char link[64], path[32];
	ssize_t n;

	if (r <= 0 || !shown)
		return r;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return r;
	path[n] = '\0';
	if (!strcmp(path, "/proc/vmstat"))
		count(to, (size_t)r);
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
