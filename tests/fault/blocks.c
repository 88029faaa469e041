/*
 * A shim for LD_PRELOAD that counts: how many blocks of memory are held when the program ends, and how many were asked
 * for, is written to the file $BLOCKS_LOG, so that one can compare a run with a longer one. Of those that are asked for
 * number $BLOCKS_FAIL is not given; with a + behind the number none from it on. Which file the first of them was asked
 * for by (the program, a library) is written to $BLOCKS_LOG.refused. Children that the program forks are given all.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __GLIBC__

/* glibc's own, by the names that it gives them beside those that may be replaced. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *p);

static long held, asked, fails;
static bool for_good;
static pid_t counted;
/* Opened at once, as the program may give up the right to; above all that it opens itself. */
static int log_fd = -1, refused = -1;

static void say_who(const void *caller)
{
	int fd = __atomic_exchange_n(&refused, -1, __ATOMIC_RELAXED);
	Dl_info who;

	if (fd < 0)
		return;
	if (dladdr(caller, &who) && who.dli_fname)
		dprintf(fd, "%s", who.dli_fname);
	close(fd);
}

/* Is it this one's turn to be refused? */
static bool is_out(const void *caller)
{
	long n = __atomic_add_fetch(&asked, 1, __ATOMIC_RELAXED);

	if (!fails || (for_good ? n < fails : n != fails) || getpid() != counted)
		return false;
	say_who(caller);
	errno = ENOMEM;
	return true;
}

static void *count(void *p)
{
	if (p)
		__atomic_add_fetch(&held, 1, __ATOMIC_RELAXED);
	return p;
}

void *malloc(size_t size)
{
	return is_out(__builtin_return_address(0)) ? NULL : count(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	return is_out(__builtin_return_address(0)) ? NULL : count(__libc_calloc(n, size));
}

void free(void *p)
{
	if (p)
		__atomic_sub_fetch(&held, 1, __ATOMIC_RELAXED);
	__libc_free(p);
}

void *realloc(void *old, size_t size)
{
	void *p;

	if (size && is_out(__builtin_return_address(0)))
		return NULL;
	p = __libc_realloc(old, size);
	/* Of size 0 it is free(3). */
	if (!old)
		count(p);
	else if (!p && !size)
		__atomic_sub_fetch(&held, 1, __ATOMIC_RELAXED);
	return p;
}

void *memalign(size_t alignment, size_t size)
{
	return is_out(__builtin_return_address(0)) ? NULL : count(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return is_out(__builtin_return_address(0)) ? NULL : count(__libc_memalign(alignment, size));
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
	*ret = is_out(__builtin_return_address(0)) ? NULL : count(__libc_memalign(alignment, size));
	return *ret ? 0 : ENOMEM;
}

static int opened(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 900);

	if (fd >= 0)
		close(fd);
	return high;
}

__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("BLOCKS_FAIL"), *path = getenv("BLOCKS_LOG");
	char *end = NULL, *name = NULL;

	counted = getpid();
	if (path)
		log_fd = opened(path);
	if (text && path && asprintf(&name, "%s.refused", path) > 0)
		refused = opened(name);
	free(name);
	asked = 0;
	fails = text ? strtol(text, &end, 10) : 0;
	for_good = end && *end == '+';
	/* what the program starts is not concerned */
	unsetenv("BLOCKS_FAIL");
	unsetenv("BLOCKS_LOG");
}

/* A child that the program forked and that ends by exit(3) says nothing. */
__attribute__((destructor)) static void end(void)
{
	if (log_fd >= 0 && getpid() == counted)
		dprintf(log_fd, "%ld %ld\n", __atomic_load_n(&held, __ATOMIC_RELAXED),
			__atomic_load_n(&asked, __ATOMIC_RELAXED));
}

#endif
