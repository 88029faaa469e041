#include "sys/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "model/page_entry.h"
#include "sys/hugepages.h"
#include "sys/kernel_child.h"
#include "sys/pagemap.h"

#define SMALL 2      /* small pages: the child writes the first */
#define NEW_PAGES 64 /* more than a processor's list of them holds, twice */
#define MOST_HUGE (64u << 20) /* a huge page of 512 MiB (arm64 with 64 KiB pages) is not tried */

struct trial {
	const struct procfs *fs;
	size_t page, huge;         /* sizes; huge 0: no transparent huge pages */
	char *small, *area;        /* NULL: not there. `area`: the huge page, in a larger mapping */
	int map, flags, counts;    /* own pagemap, kpageflags, kpagecount; -1: not readable */
	struct kernel_child child;
	struct kernel_facts ret;
	struct zero_frames zero;   /* the huge one */
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

typedef bool read_fn(int fd, const uint64_t *frames, size_t n, uint64_t *ret);

/* The word of kpageflags or kpagecount for the frame behind an address of one's own. Compaction may move
 * the page in between, and the frame is somebody else's then. False: not known. */
static bool word_at(const struct trial *t, read_fn *words, int file, const char *at, uint64_t *ret)
{
	for (int tries = 0; tries < 10; tries++) {
		uint64_t entry = entry_at(t, at), frame = entry_frame(entry);

		if (!(entry & PM_PRESENT) || !frame || !words(file, &frame, 1, ret))
			return false;
		if (entry_same_frame(entry, entry_at(t, at)))
			return true;
	}
	return false;
}

static bool flags_at(const struct trial *t, const char *at, uint64_t *ret)
{
	return word_at(t, kpageflags_read, t->flags, at, ret);
}

static bool count_at(const struct trial *t, const char *at, uint64_t *ret)
{
	return word_at(t, kpagecount_read, t->counts, at, ret);
}

static char *map_pages(size_t bytes, int more)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | more, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* Pages that stay small, whatever the mapping next to them wants. */
static char *map_small(size_t bytes)
{
	char *at = map_pages(bytes, 0);

	if (at)
		madvise(at, bytes, MADV_NOHUGEPAGE);
	return at;
}

static void unmap(char *at, size_t bytes)
{
	if (at)
		munmap(at, bytes);
}

static fact huge_bytes(const struct trial *t)
{
	struct smaps_totals totals;

	return procfs_rollup(t->fs, getpid(), &totals) < 0 ? ABSENT : totals.anon_huge;
}

/* One huge page, or none. Returns the mapping around it, twice as large. */
static char *get_huge(struct trial *t)
{
	fact before = huge_bytes(t), size = hugepages_size();
	char *whole;

	t->huge = size == ABSENT || size > MOST_HUGE ? 0 : (size_t)size;
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

/* Bit 34, before anything is shared: set for whoever may write. */
static void try_flags(struct trial *t)
{
	uint64_t flags, tail;

	if (flags_at(t, t->small, &flags)) {
		kernel_set(&t->ret, KERNEL_FLAG, flags & KPF_ANON_EXCLUSIVE);
		kernel_set(&t->ret, KERNEL_KSM, !(flags & KPF_KSM));
	}
	if (t->area && flags_at(t, t->area, &flags)) {
		kernel_set(&t->ret, KERNEL_FLAG_HEAD, flags & KPF_ANON_EXCLUSIVE);
		if (flags & KPF_ANON_EXCLUSIVE && flags_at(t, t->area + t->huge / 2, &tail))
			kernel_set(&t->ret, KERNEL_FLAG_TAIL, tail & KPF_ANON_EXCLUSIVE);
	}
}

/*
 * Hugetlb pages are set aside for somebody: one is taken for a moment, never the last one. The kernel
 * writes it, as a read into it: where a control group refuses the page that is an error and no SIGBUS.
 */
static void try_hugetlb(struct trial *t)
{
	size_t size = t->huge ? t->huge : 2u << 20;
	uint64_t flags, tail;
	char *at;

	if (t->flags < 0 || hugepages_free(size) < 2)
		return;
	at = map_pages(size, MAP_HUGETLB | __builtin_ctzl(size) << MAP_HUGE_SHIFT);
	if (at && !pagemap_read(t->map, 0, (uint64_t *)(void *)at, 1) && flags_at(t, at, &flags)) {
		kernel_set(&t->ret, KERNEL_FLAG_HUGETLB, flags & KPF_ANON_EXCLUSIVE);
		if (flags & KPF_ANON_EXCLUSIVE && flags_at(t, at + t->page, &tail))
			kernel_set(&t->ret, KERNEL_FLAG_TAIL, tail & KPF_ANON_EXCLUSIVE);
	}
	unmap(at, size);
}

/* The first and the third of three pages are there. `n`: ranges found in them, or an error: one that no
 * kernel without the call gives is a filter's, and says nothing. */
static void set_scan(struct trial *t, enum kernel_property p, int n, const struct page_range *found,
		     uint64_t page)
{
	if (n < 0 && n != -ENOTTY && n != -EINVAL)
		return;
	kernel_set(&t->ret, p, n == 2 && found[0].start == page && found[0].end == page + 1 &&
			       found[1].start == page + 2 && found[1].end == page + 3);
}

/* Three pages, of which two are read and none is written. */
static void try_zero_and_scan(struct trial *t)
{
	char *at = map_small(3 * t->page);
	uint64_t page = (uintptr_t)at / t->page, a, b, next;
	struct page_range found[3];
	int n;

	if (!at)
		return;
	(void)((volatile char *)at)[0];
	(void)((volatile char *)at)[2 * t->page];
	a = entry_at(t, at);
	b = entry_at(t, at + 2 * t->page);
	if (kernel_has(&t->ret, KERNEL_FRAMES))
		kernel_set(&t->ret, KERNEL_ZERO_PAGE, a & PM_PRESENT && entry_same_frame(a, b));
	if (t->map >= 0) {
		n = pagemap_populated(t->map, page, page + 3, found, 3, &next);
		set_scan(t, KERNEL_SCAN, n, found, page);
		n = pagemap_zero(t->map, page, page + 3, found, 3, &next);
		set_scan(t, KERNEL_SCAN_ZERO, n, found, page);
	}
	munmap(at, 3 * t->page);
}

/* A huge page that is read and not written is the huge zero page, where there is one. */
static void find_huge_zero(struct trial *t)
{
	char *whole = t->huge ? map_pages(2 * t->huge, 0) : NULL, *at;
	uint64_t frame, pages = t->huge / t->page;

	if (!whole)
		return;
	at = (char *)(((uintptr_t)whole + t->huge - 1) / t->huge * t->huge);
	if (!madvise(at, t->huge, MADV_HUGEPAGE)) {
		(void)((volatile char *)at)[0];
		frame = entry_frame(entry_at(t, at));
		if (frame && entry_frame(entry_at(t, at + t->huge - t->page)) == frame + pages - 1)
			t->zero = (struct zero_frames){ .huge = frame, .huge_pages = pages };
	}
	munmap(whole, 2 * t->huge);
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
	uint64_t of_child, mine, count_first, count_other;

	if (!t->area)
		return;
	of_child = entry_of(t, t->child.map, other);
	mine = entry_at(t, other);
	if (!(of_child & mine & PM_PRESENT))
		return;
	if (entry_frame(mine))
		kernel_set(&t->ret, KERNEL_HUGE_COPY_ONE, entry_same_frame(of_child, mine));
	else if (kernel_has(&t->ret, KERNEL_EXCLUSIVE_BIT))
		kernel_set(&t->ret, KERNEL_HUGE_COPY_ONE, !entry_exclusive(of_child));
	if (!kernel_has(&t->ret, KERNEL_HUGE_COPY_ONE))
		return; /* nothing of it is shared any more */
	kernel_set(&t->ret, KERNEL_EXCLUSIVE_EACH,
		   entry_exclusive(entry_at(t, first)) && !entry_exclusive(entry_at(t, other)));
	if (count_at(t, first, &count_first) && count_at(t, other, &count_other))
		kernel_set(&t->ret, KERNEL_MAP_COUNT_EACH, count_first == 1 && count_other == 2);
}

/*
 * The processor's list of new pages: up to 15 or 31 that are on no LRU list yet (mm/swap.c, PAGEVEC_SIZE),
 * each with a reference. When pages come until it is emptied, the next one stays on it for long enough.
 * NULL: that did not come about.
 */
static char *touch_until_listed(const struct trial *t, char *pages, size_t n)
{
	uint64_t flags;

	for (size_t i = 0; i + 1 < n; i++) {
		pages[i * t->page] = 1;
		if (!flags_at(t, pages + i * t->page, &flags))
			return NULL;
		if (flags & KPF_LRU) {
			pages[(i + 1) * t->page] = 1;
			return pages + (i + 1) * t->page;
		}
	}
	return NULL;
}

/*
 * A child copies a page that is on that list, and this process, its last owner, writes it. From Linux 5.9
 * on it is copied once more, for the list's reference (mm/memory.c, do_wp_page(), 5.10), until kernels
 * learned to empty the list of this processor first (5.18); those before 5.9 do not ask. On another
 * processor than before it is not told.
 */
static enum kernel_answer write_alone(const struct trial *t)
{
	char *pages = map_small(NEW_PAGES * t->page), *at;
	enum kernel_answer ret = KERNEL_UNKNOWN;
	int cpu = sched_getcpu();
	struct kernel_child c;
	uint64_t entry;

	at = pages ? touch_until_listed(t, pages, NEW_PAGES) : NULL;
	if (at) {
		if (kernel_child_start(&c, t->fs, at, NULL) && sched_getcpu() == cpu &&
		    entry_exclusive(entry = entry_at(t, at))) {
			((volatile char *)at)[0]++;
			ret = entry_same_frame(entry, entry_at(t, at)) ? KERNEL_YES : KERNEL_NO;
		}
		kernel_child_end(&c);
	}
	unmap(pages, NEW_PAGES * t->page);
	return ret;
}

/* Now and then something else empties the list just then: one copy tells more than a few times none.
 * This thread stays on one processor meanwhile. */
static void try_reuse(struct trial *t)
{
	enum kernel_answer answer = KERNEL_UNKNOWN, one;
	cpu_set_t before, here;

	if (t->flags < 0 || !kernel_has(&t->ret, KERNEL_FRAMES) ||
	    !kernel_has(&t->ret, KERNEL_EXCLUSIVE_BIT) ||
	    sched_getaffinity(0, sizeof(before), &before))
		return;
	CPU_ZERO(&here);
	CPU_SET((size_t)sched_getcpu(), &here);
	if (sched_setaffinity(0, sizeof(here), &here))
		return;
	for (int tries = 0; tries < 5 && answer != KERNEL_NO; tries++) {
		one = write_alone(t);
		answer = one != KERNEL_UNKNOWN ? one : answer;
	}
	sched_setaffinity(0, sizeof(before), &before);
	if (answer != KERNEL_UNKNOWN)
		kernel_set(&t->ret, KERNEL_REUSE, answer == KERNEL_YES);
}

static int open_frames(const struct procfs *fs, const char *name)
{
	return openat(fs->fd, name, O_RDONLY | O_CLOEXEC);
}

static struct trial try_all(const struct procfs *fs)
{
	struct trial t = { .fs = fs, .page = (size_t)sysconf(_SC_PAGESIZE) };
	cleanup_close int map = procfs_file(fs, getpid(), "pagemap");
	cleanup_close int flags = open_frames(fs, "kpageflags"), counts = open_frames(fs, "kpagecount");
	char *whole;

	t.map = map;
	t.flags = flags;
	t.counts = counts;
	t.small = map_small(SMALL * t.page);
	if (!t.small)
		return t;
	t.small[0] = t.small[t.page] = 1;
	whole = get_huge(&t);
	if (map >= 0)
		kernel_set(&t.ret, KERNEL_FRAMES, entry_frame(entry_at(&t, t.small)));
	try_flags(&t);
	try_hugetlb(&t);
	try_zero_and_scan(&t);
	find_huge_zero(&t);
	if (kernel_child_start(&t.child, fs, t.small, t.area)) {
		try_shared(&t);
		try_shared_huge(&t);
	}
	kernel_child_end(&t.child);
	try_reuse(&t);
	unmap(t.small, SMALL * t.page);
	unmap(whole, 2 * t.huge);
	return t;
}

static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;

struct kernel_facts kernel_try(const struct procfs *fs, struct zero_frames *ret_zero)
{
	static struct kernel_facts tried;
	static struct zero_frames zero;
	static bool known;
	struct kernel_facts ret;

	pthread_mutex_lock(&once);
	if (!known) {
		struct trial t = try_all(fs);

		tried = t.ret;
		zero = t.zero;
		known = true;
	}
	ret = tried;
	if (ret_zero)
		*ret_zero = zero;
	pthread_mutex_unlock(&once);
	return ret;
}
