/*
 * A shim for LD_PRELOAD that measures how long address spaces of other processes are held: reads of their pagemap,
 * maps, smaps and mem, and PAGEMAP_SCAN, each hold the lock of one. At the end it appends one line of JSON to
 * $LOCKS_LOG: the largest reads and scans, and the longest row of reads of one file with no break in between,
 * neither a sleep nor BREAK_NS spent elsewhere, by the CPU time that it took (others of the machine may be busy).
 *
 * $LOCKS_SLOW: microseconds that each such read takes longer. $LOCKS_NO_SCAN: there is no PAGEMAP_SCAN, as
 * before Linux 6.7.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/types.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FILES 1024
#define BREAK_NS 50000 /* a sleeper needs that to wake */

enum file { FILE_OTHER, FILE_PAGEMAP, FILE_TEXT, FILE_MEM };

/* include/uapi/linux/fs.h of Linux 6.7. */
struct region {
	__u64 start, end, categories;
};

struct scan_arg {
	__u64 size, flags, start, end, walk_end, vec, vec_len, max_pages;
	__u64 category_inverted, category_mask, category_anyof_mask, return_mask;
};

#define SCAN_NUMBER 0xc0606610UL /* _IOWR('f', 16, struct scan_arg) */

/* Reads in a row of what is open under a number. */
static struct row {
	int64_t since; /* of CPU time */
	int64_t left;
} rows[FILES];

static struct {
	uint64_t reads, scans, sleeps, most_bytes, most_found, unbounded, most_row_ns, most_text_ns;
} seen;

static int64_t now(clockid_t clock)
{
	struct timespec t;

	syscall(SYS_clock_gettime, clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool ends_with(const char *path, size_t n, const char *name)
{
	return n >= strlen(name) && !strcmp(path + n - strlen(name), name);
}

static enum file file_of(int fd)
{
	char link[64], path[4096], own[64];
	ssize_t n;

	snprintf(own, sizeof(own), "/proc/%d/", (int)getpid());
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0 || fd < 0 || fd >= FILES)
		return FILE_OTHER;
	path[n] = '\0';
	if (!strncmp(path, own, strlen(own)))
		return FILE_OTHER;
	if (ends_with(path, (size_t)n, "/pagemap"))
		return FILE_PAGEMAP;
	if (ends_with(path, (size_t)n, "/maps") || ends_with(path, (size_t)n, "/smaps"))
		return FILE_TEXT;
	return ends_with(path, (size_t)n, "/mem") ? FILE_MEM : FILE_OTHER;
}

/* Its holder waits for `us` more. */
static void spend(const char *us)
{
	int64_t until = now(CLOCK_MONOTONIC) + (us ? atol(us) : 0) * 1000;

	while (now(CLOCK_MONOTONIC) < until)
		;
}

/* Another read: how long has this row of them become? */
static void enter(int fd, enum file file)
{
	struct row *r = &rows[fd];
	int64_t at = now(CLOCK_THREAD_CPUTIME_ID);
	uint64_t *most = file == FILE_TEXT ? &seen.most_text_ns : &seen.most_row_ns;

	if (now(CLOCK_MONOTONIC) - r->left >= BREAK_NS)
		r->since = at;
	if ((uint64_t)(at - r->since) > *most)
		*most = (uint64_t)(at - r->since);
	seen.reads++;
	spend(getenv("LOCKS_SLOW"));
}

static ssize_t leave(int fd, enum file file, ssize_t r)
{
	int error = errno;

	if (file != FILE_OTHER)
		rows[fd].left = now(CLOCK_MONOTONIC);
	errno = error;
	return r;
}

ssize_t read(int fd, void *to, size_t len)
{
	enum file file = file_of(fd);

	if (file != FILE_OTHER)
		enter(fd, file);
	return leave(fd, file, syscall(SYS_read, fd, to, len));
}

ssize_t pread(int fd, void *to, size_t len, off_t at)
{
	enum file file = file_of(fd);

	if (file != FILE_OTHER)
		enter(fd, file);
	if (file != FILE_OTHER && len > seen.most_bytes)
		seen.most_bytes = len;
	return leave(fd, file, syscall(SYS_pread64, fd, to, len, at));
}

#ifndef pread64 /* in musl these are other words for the same */
ssize_t pread64(int fd, void *to, size_t len, off_t at)
{
	return pread(fd, to, len, at);
}
#endif

static void count_scan(const struct scan_arg *arg, long n)
{
	const struct region *found = (const struct region *)(uintptr_t)arg->vec;
	uint64_t pages = 0;

	for (long i = 0; i < n; i++)
		pages += (found[i].end - found[i].start) / (uint64_t)sysconf(_SC_PAGESIZE);
	seen.scans++;
	seen.unbounded += !arg->max_pages;
	seen.most_found = pages > seen.most_found ? pages : seen.most_found;
}

#ifdef __GLIBC__
int ioctl(int fd, unsigned long request, ...)
#else
int ioctl(int fd, int request, ...)
#endif
{
	va_list args;
	void *arg;
	long r;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if ((uint32_t)request != SCAN_NUMBER)
		return (int)syscall(SYS_ioctl, fd, request, arg);
	if (getenv("LOCKS_NO_SCAN")) {
		errno = ENOTTY;
		return -1;
	}
	enter(fd, FILE_PAGEMAP);
	r = leave(fd, FILE_PAGEMAP, syscall(SYS_ioctl, fd, request, arg));
	if (r >= 0)
		count_scan(arg, r);
	return (int)r;
}

int nanosleep(const struct timespec *span, struct timespec *left)
{
	seen.sleeps++;
	memset(rows, 0, sizeof(rows));
	return (int)syscall(SYS_nanosleep, span, left);
}

int close(int fd)
{
	if (fd >= 0 && fd < FILES)
		rows[fd] = (struct row){ 0 };
	return (int)syscall(SYS_close, fd);
}

static void __attribute__((destructor)) tell(void)
{
	const char *path = getenv("LOCKS_LOG");
	char line[512];
	int n = snprintf(line, sizeof(line),
			 "{\"reads\": %" PRIu64 ", \"scans\": %" PRIu64 ", \"sleeps\": %" PRIu64
			 ", \"most_bytes\": %" PRIu64 ", \"most_found\": %" PRIu64 ", \"unbounded\": %" PRIu64
			 ", \"row_us\": %" PRIu64 ", \"text_us\": %" PRIu64 "}\n",
			 seen.reads, seen.scans, seen.sleeps, seen.most_bytes, seen.most_found,
			 seen.unbounded, seen.most_row_ns / 1000, seen.most_text_ns / 1000);
	long fd = path ? syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;

	if (fd >= 0 && syscall(SYS_write, fd, line, n) < 0)
		_exit(1);
}
