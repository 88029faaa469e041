/*
 * A shim for LD_PRELOAD that counts: how many blocks of memory are held when the program ends is written to the file
 * $BLOCKS_LOG, so that one can compare a run with a longer one.
 */
#include <fcntl.h>
#include <malloc.h>
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

static long held;

static void *count(void *p)
{
	if (p)
		__atomic_add_fetch(&held, 1, __ATOMIC_RELAXED);
	return p;
}

void *malloc(size_t size)
{
	return count(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	return count(__libc_calloc(n, size));
}

void free(void *p)
{
	if (p)
		__atomic_sub_fetch(&held, 1, __ATOMIC_RELAXED);
	__libc_free(p);
}

void *realloc(void *old, size_t size)
{
	void *p = __libc_realloc(old, size);

	/* Of size 0 it is free(3). */
	if (!old)
		count(p);
	else if (!p && !size)
		__atomic_sub_fetch(&held, 1, __ATOMIC_RELAXED);
	return p;
}

void *memalign(size_t alignment, size_t size)
{
	return count(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return count(__libc_memalign(alignment, size));
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
	*ret = count(__libc_memalign(alignment, size));
	return *ret ? 0 : 12;
}

/* A child that the program forked and that ends by exit(3) says nothing. */
static pid_t counted;

__attribute__((constructor)) static void begin(void)
{
	counted = getpid();
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("BLOCKS_LOG");
	int fd = path && getpid() == counted ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) :
					       -1;

	if (fd >= 0) {
		dprintf(fd, "%ld\n", __atomic_load_n(&held, __ATOMIC_RELAXED));
		close(fd);
	}
}

#endif
