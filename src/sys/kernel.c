#include "sys/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "model/page_entry.h"
#include "sys/pagemap.h"

/* Small pages: the child writes the first, the last REUSED are the parent's again when it has ended.
 * As many as stay on a processor's list of new pages (PAGEVEC_SIZE, 15), and more: those hold a
 * reference that made Linux 5.9 to 5.18 copy. */
#define REUSED 32
#define SMALL (REUSED + 2)

#define MOST_HUGE (64u << 20) /* a huge page of 512 MiB (arm64 with 64 KiB pages) is not tried */

struct trial {
	const struct procfs *fs;
	size_t page, huge;         /* sizes; huge 0: no transparent huge pages */
	char *small, *area, *hugetlb; /* NULL: not there. `area`: the huge page, in a larger mapping */
	int map, flags, counts;    /* own pagemap, kpageflags, kpagecount; -1: not readable */
	int child_map;
	pid_t child;
	int go, done;              /* the parent's ends of two pipes: the child writes, and ends */
	struct kernel_facts ret;
};

static uint64_t entry_of(const struct trial *t, int map, const char *at)
{
	uint64_t entry = 0;

	if (map < 0 || pagemap_read(map, (uintptr_t)at / t->page, &entry, 1))
		return 0;
	return entry;
}

static uint64_t entry_at(const struct trial *t, const char *at)
{
	return entry_of(t, t->map, at);
}

/* The flag of the page at an address of one's own. False: not known. */
static bool flags_at(const struct trial *t, const char *at, uint64_t *ret)
{
	uint64_t frame = entry_frame(entry_at(t, at));

	return frame && kpageflags_read(t->flags, &frame, 1, ret);
}

static bool count_at(const struct trial *t, const char *at, uint64_t *ret)
{
	uint64_t frame = entry_frame(entry_at(t, at));

	return frame && kpageflags_read(t->counts, &frame, 1, ret);
}

static char *map_pages(size_t bytes, int more)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | more, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

static void unmap(char *at, size_t bytes)
{
	if (at)
		munmap(at, bytes);
}

uint64_t kernel_huge_size(void)
{
	cleanup_close int fd = open("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size",
				    O_RDONLY | O_CLOEXEC);
	char text[32] = "";

	return fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 ? 0 : strtoull(text, NULL, 10);
}

static fact huge_bytes(const struct trial *t)
{
	struct smaps_totals totals;

	return procfs_rollup(t->fs, getpid(), &totals) < 0 ? ABSENT : totals.anon_huge;
}

/* One huge page, or none: then `huge` is 0. Returns the mapping around it, twice as large. */
static char *get_huge(struct trial *t)
{
	fact before = huge_bytes(t);
	char *whole;

	t->huge = kernel_huge_size();
	if (t->huge > MOST_HUGE)
		t->huge = 0;
	whole = t->huge ? map_pages(2 * t->huge, 0) : NULL;
	if (!whole)
		return NULL;
	t->area = (char *)(((uintptr_t)whole + t->huge - 1) / t->huge * t->huge);
	if (!madvise(t->area, t->huge, MADV_HUGEPAGE))
		t->area[0] = 1;
	if (before == ABSENT || huge_bytes(t) - before < (fact)t->huge)
		t->area = NULL;
	return whole;
}

static void write_small(struct trial *t)
{
	for (size_t i = 0; i < SMALL; i++)
		((volatile char *)t->small)[i * t->page]++;
}

/* Bit 34, before anything is shared: set for whoever may write. */
static void try_flags(struct trial *t)
{
	uint64_t flags, tail;

	if (flags_at(t, t->small, &flags))
		kernel_set(&t->ret, KERNEL_FLAG, flags & KPF_ANON_EXCLUSIVE);
	if (t->area && flags_at(t, t->area, &flags)) {
		kernel_set(&t->ret, KERNEL_FLAG_HEAD, flags & KPF_ANON_EXCLUSIVE);
		if (flags & KPF_ANON_EXCLUSIVE && flags_at(t, t->area + t->huge / 2, &tail))
			kernel_set(&t->ret, KERNEL_FLAG_TAIL, tail & KPF_ANON_EXCLUSIVE);
	}
	if (t->hugetlb && flags_at(t, t->hugetlb, &flags)) {
		kernel_set(&t->ret, KERNEL_FLAG_HUGETLB, flags & KPF_ANON_EXCLUSIVE);
		if (flags & KPF_ANON_EXCLUSIVE && flags_at(t, t->hugetlb + t->page, &tail))
			kernel_set(&t->ret, KERNEL_FLAG_TAIL, tail & KPF_ANON_EXCLUSIVE);
	}
}

static void try_zero_and_scan(struct trial *t)
{
	char *untouched = map_pages(2 * t->page, 0);
	uint64_t page = (uintptr_t)untouched / t->page, a, b, next;
	struct page_range range;

	if (!untouched)
		return;
	(void)((volatile char *)untouched)[0];
	(void)((volatile char *)untouched)[t->page];
	a = entry_at(t, untouched);
	b = entry_at(t, untouched + t->page);
	if (kernel_has(&t->ret, KERNEL_FRAMES))
		kernel_set(&t->ret, KERNEL_ZERO_PAGE, a & PM_PRESENT && entry_same_frame(a, b));
	if (t->map >= 0) {
		kernel_set(&t->ret, KERNEL_SCAN,
			   pagemap_populated(t->map, page, page + 1, &range, 1, &next) == 1);
		kernel_set(&t->ret, KERNEL_SCAN_ZERO,
			   pagemap_zero(t->map, page, page + 1, &range, 1, &next) == 1);
	}
	munmap(untouched, 2 * t->page);
}

static void child(const struct trial *t, int go, int done)
{
	char c;

	((volatile char *)t->small)[0]++;
	if (t->area)
		((volatile char *)t->area)[0]++;
	if (write(done, "", 1) == 1 && read(go, &c, 1) > 0)
		_exit(0);
	_exit(1);
}

/*
 * A child of raw clone(2) without a signal at its end: nobody's SIGCHLD handler and no waitpid(-1) of
 * the program around gets to see it. It writes and waits.
 */
static bool start_child(struct trial *t)
{
	int go[2], done[2];
	char c;

	if (pipe2(go, O_CLOEXEC))
		return false;
	if (pipe2(done, O_CLOEXEC)) {
		close(go[0]);
		close(go[1]);
		return false;
	}
	t->child = (pid_t)syscall(SYS_clone, 0UL, 0UL, 0UL, 0UL, 0UL);
	if (t->child == 0) {
		close(go[1]);
		child(t, go[0], done[1]);
	}
	close(go[0]);
	close(done[1]);
	t->go = go[1];
	t->done = done[0];
	if (t->child < 0)
		return false;
	t->child_map = procfs_file(t->fs, t->child, "pagemap");
	return read(t->done, &c, 1) == 1;
}

static void end_child(struct trial *t)
{
	if (t->go >= 0)
		close(t->go);
	if (t->done >= 0)
		close(t->done);
	if (t->child_map >= 0)
		close(t->child_map);
	if (t->child > 0)
		while (waitpid(t->child, NULL, __WALL) < 0 && errno == EINTR)
			;
}

/* Page 0 was written by the child, page 1 is shared with it. */
static void try_shared(struct trial *t)
{
	const char *copied = t->small, *shared = t->small + t->page;
	uint64_t flags, count;

	if (t->map >= 0)
		kernel_set(&t->ret, KERNEL_EXCLUSIVE_BIT,
			   entry_exclusive(entry_at(t, copied)) && !entry_exclusive(entry_at(t, shared)));
	if (kernel_has(&t->ret, KERNEL_FLAG) && flags_at(t, shared, &flags))
		kernel_set(&t->ret, KERNEL_FLAG, !(flags & KPF_ANON_EXCLUSIVE));
	if (count_at(t, shared, &count))
		kernel_set(&t->ret, KERNEL_MAP_COUNT, count == 2);
}

/* The same within a huge page, of which the child wrote the first small one. */
static void try_shared_huge(struct trial *t)
{
	const char *first = t->area, *other = t->area + t->huge / 2;
	uint64_t of_child, count_first, count_other;

	if (!t->area)
		return;
	of_child = entry_of(t, t->child_map, other);
	if (entry_frame(of_child))
		kernel_set(&t->ret, KERNEL_HUGE_COPY_ONE, entry_same_frame(of_child, entry_at(t, other)));
	else if (of_child & PM_PRESENT) /* a page that the child has alone is a copy */
		kernel_set(&t->ret, KERNEL_HUGE_COPY_ONE, !entry_exclusive(of_child));
	if (kernel_lacks(&t->ret, KERNEL_HUGE_COPY_ONE))
		return; /* nothing of it is shared any more */
	kernel_set(&t->ret, KERNEL_EXCLUSIVE_EACH,
		   entry_exclusive(entry_at(t, first)) && !entry_exclusive(entry_at(t, other)));
	if (count_at(t, first, &count_first) && count_at(t, other, &count_other))
		kernel_set(&t->ret, KERNEL_MAP_COUNT_EACH, count_first == 1 && count_other == 2);
}

/* The child has ended: its pages have one owner again, who writes them. */
static void try_reuse(struct trial *t)
{
	uint64_t before[REUSED];
	bool same = true;

	if (!kernel_has(&t->ret, KERNEL_FRAMES))
		return;
	for (size_t i = 0; i < REUSED; i++)
		before[i] = entry_at(t, t->small + (SMALL - REUSED + i) * t->page);
	write_small(t);
	for (size_t i = 0; i < REUSED; i++)
		same &= entry_same_frame(before[i], entry_at(t, t->small + (SMALL - REUSED + i) * t->page));
	kernel_set(&t->ret, KERNEL_REUSE, same);
}

static int open_frames(const struct procfs *fs, const char *name)
{
	return openat(fs->fd, name, O_RDONLY | O_CLOEXEC);
}

static struct kernel_facts try_all(const struct procfs *fs)
{
	struct trial t = { .fs = fs, .page = (size_t)sysconf(_SC_PAGESIZE), .child = -1, .child_map = -1,
			   .go = -1, .done = -1 };
	cleanup_close int map = procfs_file(fs, getpid(), "pagemap");
	cleanup_close int flags = open_frames(fs, "kpageflags"), counts = open_frames(fs, "kpagecount");
	char *whole;
	bool started;

	t.map = map;
	t.flags = flags;
	t.counts = counts;
	t.small = map_pages(SMALL * t.page, 0);
	if (!t.small)
		return t.ret;
	madvise(t.small, SMALL * t.page, MADV_NOHUGEPAGE);
	write_small(&t);
	whole = get_huge(&t);
	t.hugetlb = map_pages(t.huge ? t.huge : 2u << 20, MAP_HUGETLB);
	if (t.hugetlb)
		t.hugetlb[0] = 1;
	if (map >= 0)
		kernel_set(&t.ret, KERNEL_FRAMES, entry_frame(entry_at(&t, t.small)));
	try_flags(&t);
	try_zero_and_scan(&t);
	started = start_child(&t);
	if (started) {
		try_shared(&t);
		try_shared_huge(&t);
	}
	end_child(&t);
	if (started)
		try_reuse(&t);
	unmap(t.small, SMALL * t.page);
	unmap(whole, 2 * t.huge);
	unmap(t.hugetlb, t.huge ? t.huge : 2u << 20);
	return t.ret;
}

static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;

struct kernel_facts kernel_try(const struct procfs *fs)
{
	static struct kernel_facts tried;
	static bool known;
	struct kernel_facts ret;

	pthread_mutex_lock(&once);
	if (!known)
		tried = try_all(fs);
	known = true;
	ret = tried;
	pthread_mutex_unlock(&once);
	return ret;
}
