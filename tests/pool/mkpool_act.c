/*
 * A process of the pool: it reads orders from its pipe, does them to its own pages, answers, and
 * otherwise stands still in read(2). It allocates nothing, and after every fork both sides write
 * each of their own writable pages once ("settle"), so that what they have outside the arenas does
 * not change from one command to the next.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "mkpool.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* 6.1 */
#endif

struct range {
	unsigned long start, end;
	bool writable;
};

static struct range ranges[64];
static int nranges;
static char maps[32768];
static char held_stack[16384] __attribute__((aligned(16)));

/* Remember every private mapping that this program starts with. */
static void remember_ranges(void)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t got;

	while ((got = read(fd, maps + len, sizeof(maps) - 1 - len)) > 0)
		len += got;
	close(fd);
	for (char *line = strtok(maps, "\n"); line && nranges < 64; line = strtok(NULL, "\n")) {
		struct range *r = &ranges[nranges];
		char perms[5];

		if (sscanf(line, "%lx-%lx %4s", &r->start, &r->end, perms) != 3)
			continue;
		r->writable = perms[1] == 'w';
		if (perms[0] == 'r' && perms[3] == 'p' && !strstr(line, "[v"))
			nranges++;
	}
}

int act_settle(const struct order *o, struct ack *ret)
{
	for (int i = 0; i < nranges; i++) {
		for (unsigned long at = ranges[i].start; at < ranges[i].end; at += PAGE) {
			volatile char *p = (volatile char *)at;
			char byte = *p;

			if (ranges[i].writable)
				*p = byte;
		}
	}
	return 0;
}

int answer(struct ack *a)
{
	return write(ACK_FD, a, sizeof(*a)) == sizeof(*a) ? 0 : -1;
}

/* Obey until the controller closes the pipe. */
void obey(int slot)
{
	struct order o;

	while (read(ORDER_FD(slot), &o, sizeof(o)) == sizeof(o)) {
		struct ack a = { .slot = slot, .pid = getpid(), .base = o.base };

		a.error = commands[o.command].act(&o, &a);
		if (answer(&a))
			break;
	}
	_exit(0);
}

void act_master(void)
{
	struct ack a = { .pid = getpid() };

	signal(SIGCHLD, SIG_IGN);
	remember_ranges();
	act_settle(NULL, NULL);
	answer(&a);
	obey(0);
}

/* The child settles first and answers for itself; the parent is told to settle afterwards. */
int act_fork(const struct order *o, struct ack *ret)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct ack a = { .slot = o->slot, .pid = getpid() };

		act_settle(NULL, NULL);
		answer(&a);
		obey(o->slot);
	}
	return pid < 0 ? errno : 0;
}

/* A child's child, once its parent has ended: whoever adopts it is its parent then. */
int act_twice(const struct order *o, struct ack *ret)
{
	struct sigaction counts = { .sa_handler = SIG_DFL }, before;
	pid_t between, pid;

	sigaction(SIGCHLD, &counts, &before); /* or its faults would not count as a child's */
	pid = fork();
	if (pid)
		waitpid(pid, NULL, 0);
	sigaction(SIGCHLD, &before, NULL);
	if (pid)
		return pid < 0 ? errno : 0;
	between = getpid();
	if (fork() == 0) {
		struct ack a = { .slot = o->slot, .pid = getpid() };

		while (getppid() == between)
			usleep(100);
		act_settle(NULL, NULL);
		answer(&a);
		obey(o->slot);
	}
	_exit(0);
}

static void reap(int number)
{
	int error = errno;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = error;
}

/* As servers do: of children whose parent ignores SIGCHLD nobody counts the faults. */
int act_reap(const struct order *o, struct ack *ret)
{
	struct sigaction action = { .sa_handler = reap, .sa_flags = SA_RESTART };

	return sigaction(SIGCHLD, &action, NULL) ? errno : 0;
}

int act_adopt(const struct order *o, struct ack *ret)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1) ? errno : 0;
}

int act_exit(const struct order *o, struct ack *ret)
{
	answer(ret);
	_exit(0);
}

static int __attribute__((noreturn)) hold(void *arg)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

/* A child in the same address space, as between vfork and exec. */
int act_hold(const struct order *o, struct ack *ret)
{
	ret->pid = clone(hold, held_stack + sizeof(held_stack), CLONE_VM | SIGCHLD, NULL);
	return ret->pid < 0 ? errno : 0;
}

int act_spawn(const struct order *o, struct ack *ret)
{
	pid_t pid = vfork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execlp("sleep", "sleep", "1000", (char *)NULL);
		_exit(127);
	}
	ret->pid = pid;
	return pid < 0 ? errno : 0;
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void fill_page(const struct order *o, uint32_t page)
{
	uint64_t *at = (uint64_t *)(o->base + page * PAGE);
	uint64_t seed = o->how == HOW_PAIRS ? page / 2 : page | (uint64_t)(o->proc + 1) << 40;
	uint64_t state = (seed | (uint64_t)(o->arena + 1) << 32) * 0x9e3779b97f4a7c15ull;

	for (unsigned i = 0; i < PAGE / sizeof(*at); i++)
		at[i] = next_random(&state);
}

static void *address(const struct order *o, uint32_t k)
{
	return (void *)(o->base + (o->off + (uint64_t)k * o->stride) * PAGE);
}

int act_fill(const struct order *o, struct ack *ret)
{
	for (uint32_t k = 0; k < o->n; k++)
		fill_page(o, o->off + k * o->stride);
	return 0;
}

/* One word of a page, in one of the ways a word gets written. */
static int write_word(const struct order *o, volatile uint64_t *at, int fd)
{
	uint64_t word;

	switch (o->how) {
	case HOW_SAME:
		*at = *at;
		return 0;
	case HOW_READ:
		return read(fd, (void *)at, sizeof(word)) == sizeof(word) ? 0 : errno;
	case HOW_MEM:
		word = o->proc + 1;
		return pwrite(fd, &word, sizeof(word), (off_t)at) == sizeof(word) ? 0 : errno;
	case HOW_CHAIN_A:
	case HOW_CHAIN_B:
	case HOW_CHAIN_REUSE:
	case HOW_CHAIN_FIRST:
	case HOW_CHAIN_READ:
		return chain_write(o->how, at, o->proc + 1, fd);
	default:
		*at = o->proc + 1; /* no load: a read fault would map file pages around it */
		return 0;
	}
}

int act_write(const struct order *o, struct ack *ret)
{
	int fd = -1, error = 0;

	if (o->how == HOW_READ || o->how == HOW_CHAIN_READ)
		fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	if (o->how == HOW_MEM)
		fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	for (uint32_t k = 0; k < o->n && !error; k++)
		error = write_word(o, address(o, k), fd);
	if (fd >= 0)
		close(fd);
	return error;
}

int act_read(const struct order *o, struct ack *ret)
{
	for (uint32_t k = 0; k < o->n; k++)
		(void)*(volatile char *)address(o, k);
	return 0;
}

static int advise(const struct order *o, int advice)
{
	size_t unit = o->kind == KIND_HUGETLB ? HUGE_PAGES * PAGE : PAGE;

	if (o->stride == 1 && o->kind != KIND_HUGETLB)
		return madvise(address(o, 0), o->n * PAGE, advice) ? errno : 0;
	for (uint32_t k = 0; k < o->n; k++)
		if (madvise(address(o, k), unit, advice))
			return errno;
	return 0;
}

int act_free(const struct order *o, struct ack *ret)
{
	return advise(o, MADV_DONTNEED);
}

int act_lazyfree(const struct order *o, struct ack *ret)
{
	return advise(o, MADV_FREE);
}

int act_refill(const struct order *o, struct ack *ret)
{
	int error = advise(o, MADV_DONTNEED);

	return error ? error : act_fill(o, ret);
}

/* An arena of small pages has said no to huge ones, and that counts here as well. */
int act_collapse(const struct order *o, struct ack *ret)
{
	int error = advise(o, MADV_HUGEPAGE);

	return error ? error : advise(o, MADV_COLLAPSE);
}

int act_hint(const struct order *o, struct ack *ret)
{
	return advise(o, MADV_HUGEPAGE);
}

/* For what the kernel has done by itself. */
int act_same(const struct order *o, struct ack *ret)
{
	return 0;
}

int act_mergeable(const struct order *o, struct ack *ret)
{
	return advise(o, MADV_MERGEABLE);
}

int act_pageout(const struct order *o, struct ack *ret)
{
	return advise(o, MADV_PAGEOUT);
}

int act_protect(const struct order *o, struct ack *ret)
{
	return mprotect(address(o, 0), o->n * PAGE, PROT_NONE) ? errno : 0;
}

int act_move(const struct order *o, struct ack *ret)
{
	size_t len = o->n * PAGE;
	void *at = mremap((void *)o->base, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)o->to);

	return at == MAP_FAILED ? errno : 0;
}

/* Write a word of another process's pages from outside. */
int act_poke(const struct order *o, struct ack *ret)
{
	uint64_t word = 1;

	for (uint32_t k = 0; k < o->n; k++) {
		struct iovec here = { &word, sizeof(word) }, there = { address(o, k), sizeof(word) };

		if (process_vm_writev(o->pid, &here, 1, &there, 1, 0) != sizeof(word))
			return errno;
	}
	return 0;
}

/*
 * A file with content, without a name; -1 and errno. It is on the disk already: written back later, at
 * a moment of the kernel's own, its pages would turn from dirty to clean below everybody.
 */
static int temporary_file(size_t pages)
{
	static char page[PAGE_MOST];
	char path[] = "/tmp/mkpool.XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0)
		return -1;
	unlink(path);
	for (size_t i = 0; i < pages; i++) {
		memset(page, 'a' + i % 26, PAGE);
		memcpy(page, &i, sizeof(i));
		if (write(fd, page, PAGE) != (ssize_t)PAGE)
			return -1;
	}
	return fdatasync(fd) ? -1 : fd;
}

static int map_brk(const struct order *o, struct ack *ret)
{
	uintptr_t end = (uintptr_t)sbrk(0), base = (end + PAGE - 1) & ~(PAGE - 1);

	ret->base = base;
	return brk((void *)(base + o->n * PAGE)) ? errno : 0;
}

int act_map(const struct order *o, struct ack *ret)
{
	int flags = MAP_FIXED_NOREPLACE, fd = -1;
	size_t len = o->n * PAGE;
	void *at;

	if (o->kind == KIND_BRK)
		return map_brk(o, ret);
	flags |= o->kind == KIND_SHM ? MAP_SHARED : MAP_PRIVATE;
	if (o->kind == KIND_HUGETLB)
		flags |= MAP_HUGETLB;
	if (o->kind == KIND_FILE)
		fd = temporary_file(o->n);
	else
		flags |= MAP_ANONYMOUS;
	at = mmap((void *)o->base, len, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (fd >= 0)
		close(fd);
	if (at == MAP_FAILED)
		return errno;
	if (o->kind == KIND_THP)
		return madvise(at, len, MADV_HUGEPAGE) ? errno : 0;
	if (o->kind == KIND_ANON || o->kind == KIND_WIPE)
		madvise(at, len, MADV_NOHUGEPAGE); /* small pages also where huge ones are the rule */
	if (o->kind == KIND_WIPE)
		return madvise(at, len, MADV_WIPEONFORK) ? errno : 0;
	return 0;
}
