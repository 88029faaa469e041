#include "sys/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "model/page_entry.h"
#include "sys/hugepages.h"
#include "sys/kernel_reuse.h"
#include "sys/pagemap.h"

#define SMALL 2               /* small pages: the child writes the first */
#define MOST_HUGE (64u << 20) /* a huge page of 512 MiB (arm64 with 64 KiB pages) is not tried */

static fact huge_bytes(const struct trial *t)
{
	struct smaps_totals totals;

	return procfs_rollup(t->fs, getpid(), &totals) < 0 ? ABSENT : totals.anon_huge;
}

/* Where PAGEMAP_SCAN does not tell it, so much more memory than `before` is in huge pages. */
static bool area_is_huge(const struct trial *t, fact before)
{
	int told = t->map < 0 ? -1 : pagemap_is_huge(t->map, (uintptr_t)t->area / t->page, t->huge / t->page);

	return told >= 0 ? told : before != ABSENT && huge_bytes(t) - before >= (fact)t->huge;
}

/* One huge page, or none. Returns the mapping around it, twice as large. */
static char *get_huge(struct trial *t)
{
	fact size = hugepages_size(t->fs), before;
	char *whole;

	t->huge = size == ABSENT || size > MOST_HUGE ? 0 : (size_t)size;
	whole = t->huge ? trial_map(2 * t->huge, 0) : NULL;
	if (!whole)
		return NULL;
	t->area = (char *)(((uintptr_t)whole + t->huge - 1) / t->huge * t->huge);
	before = t->map >= 0 && pagemap_is_huge(t->map, (uintptr_t)t->area / t->page, 1) >= 0 ? ABSENT :
												huge_bytes(t);
	if (!madvise(t->area, t->huge, MADV_HUGEPAGE))
		t->area[0] = 1;
	if (!area_is_huge(t, before))
		t->area = NULL;
	return whole;
}

/* Bit 34, before anything is shared: set for whoever may write. */
static void try_flags(struct trial *t)
{
	uint64_t flags, tail;

	if (trial_flags(t, t->small, &flags)) {
		kernel_set(&t->ret, KERNEL_FLAG, flags & KPF_ANON_EXCLUSIVE);
		kernel_set(&t->ret, KERNEL_KSM, !(flags & KPF_KSM));
	}
	if (t->area && trial_flags(t, t->area, &flags)) {
		kernel_set(&t->ret, KERNEL_FLAG_HEAD, flags & KPF_ANON_EXCLUSIVE);
		if (flags & KPF_ANON_EXCLUSIVE && trial_flags(t, t->area + t->huge / 2, &tail))
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

	if (t->flags < 0 || hugepages_free(t->fs, size) < 2)
		return;
	at = trial_map(size, MAP_HUGETLB | __builtin_ctzl(size) << MAP_HUGE_SHIFT);
	if (at && !pagemap_read(t->map, 0, (uint64_t *)(void *)at, 1) && trial_flags(t, at, &flags)) {
		kernel_set(&t->ret, KERNEL_FLAG_HUGETLB, flags & KPF_ANON_EXCLUSIVE);
		if (flags & KPF_ANON_EXCLUSIVE && trial_flags(t, at + t->page, &tail))
			kernel_set(&t->ret, KERNEL_FLAG_TAIL, tail & KPF_ANON_EXCLUSIVE);
	}
	trial_unmap(at, size);
}

/* The first and the third of three pages are there. `n`: ranges found in them, or an error: one that no
 * kernel without the call gives is a filter's, and says nothing. */
static void set_scan(struct trial *t, enum kernel_property p, int n, const struct page_range *found,
		     uint64_t page)
{
	if (n < 0 && n != -ENOTTY && n != -EINVAL)
		return;
	kernel_set(&t->ret, p,
		   n == 2 && found[0].start == page && found[0].end == page + 1 &&
			   found[1].start == page + 2 && found[1].end == page + 3);
}

/* Three pages, of which two are read and none is written. */
static void try_zero_and_scan(struct trial *t)
{
	char *at = trial_map_small(3 * t->page);
	uint64_t page = (uintptr_t)at / t->page, a, b, next;
	struct page_range found[3];
	int n;

	if (!at)
		return;
	(void)((volatile char *)at)[0];
	(void)((volatile char *)at)[2 * t->page];
	a = trial_entry(t, at);
	b = trial_entry(t, at + 2 * t->page);
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

/* The frame of a whole huge page that begins there, once it is read; 0: it is none. */
static uint64_t read_huge(const struct trial *t, const char *at)
{
	uint64_t frame;

	(void)((const volatile char *)at)[0];
	frame = entry_frame(trial_entry(t, at));
	if (entry_frame(trial_entry(t, at + t->huge - t->page)) != frame + t->huge / t->page - 1)
		return 0;
	return frame;
}

/* Huge pages that are read and not written are one and the same, the huge zero page, where there is one. */
static void find_huge_zero(struct trial *t)
{
	char *whole = t->huge ? trial_map(3 * t->huge, 0) : NULL, *at;
	uint64_t frame;

	if (!whole)
		return;
	at = (char *)(((uintptr_t)whole + t->huge - 1) / t->huge * t->huge);
	if (!madvise(at, 2 * t->huge, MADV_HUGEPAGE)) {
		frame = read_huge(t, at);
		if (frame && read_huge(t, at + t->huge) == frame)
			t->zero = (struct zero_frames){ .huge = frame, .huge_pages = t->huge / t->page };
	}
	munmap(whole, 3 * t->huge);
}

/* Page 0 was written by the child, page 1 is shared with it. */
static void try_shared(struct trial *t)
{
	const char *copied = t->small, *shared = t->small + t->page;
	uint64_t flags, count;

	if (t->map >= 0)
		kernel_set(&t->ret, KERNEL_EXCLUSIVE_BIT,
			   entry_exclusive(trial_entry(t, copied)) &&
				   !entry_exclusive(trial_entry(t, shared)));
	if (kernel_has(&t->ret, KERNEL_FLAG) && trial_flags(t, shared, &flags))
		kernel_set(&t->ret, KERNEL_FLAG, !(flags & KPF_ANON_EXCLUSIVE));
	if (trial_count(t, shared, &count))
		kernel_set(&t->ret, KERNEL_MAP_COUNT, count == 2);
}

/* The same within a huge page, of which the child wrote the first small one. */
static void try_shared_huge(struct trial *t)
{
	const char *first = t->area, *other = t->area + t->huge / 2;
	uint64_t of_child, mine, count_first, count_other;

	if (!t->area)
		return;
	of_child = trial_entry_of(t, t->child.map, other);
	mine = trial_entry(t, other);
	if (!(of_child & mine & PM_PRESENT))
		return;
	if (entry_frame(mine))
		kernel_set(&t->ret, KERNEL_HUGE_COPY_ONE, entry_same_frame(of_child, mine));
	else if (kernel_has(&t->ret, KERNEL_EXCLUSIVE_BIT))
		kernel_set(&t->ret, KERNEL_HUGE_COPY_ONE, !entry_exclusive(of_child));
	if (!kernel_has(&t->ret, KERNEL_HUGE_COPY_ONE))
		return; /* nothing of it is shared any more */
	kernel_set(&t->ret, KERNEL_EXCLUSIVE_EACH,
		   entry_exclusive(trial_entry(t, first)) && !entry_exclusive(trial_entry(t, other)));
	if (trial_count(t, first, &count_first) && trial_count(t, other, &count_other))
		kernel_set(&t->ret, KERNEL_MAP_COUNT_EACH, count_first == 1 && count_other == 2);
}

static int open_frames(const struct procfs *fs, const char *name)
{
	return openat(fs->fd, name, O_RDONLY | O_CLOEXEC);
}

/* All that takes a second process that maps the same pages. */
static void try_with_child(struct trial *t)
{
	struct reuse reuse;

	reuse_begin(t, &reuse);
	if (kernel_child_start(&t->child, t->fs, (char *[]){ t->small, t->area, reuse.page })) {
		reuse_look(t, &reuse);
		try_shared(t);
		try_shared_huge(t);
	}
	kernel_child_end(&t->child);
	reuse_end(t, &reuse);
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
	t.small = trial_map_small(SMALL * t.page);
	if (!t.small)
		return t;
	t.small[0] = t.small[t.page] = 1;
	whole = get_huge(&t);
	if (map >= 0)
		kernel_set(&t.ret, KERNEL_FRAMES, entry_frame(trial_entry(&t, t.small)));
	try_flags(&t);
	try_hugetlb(&t);
	try_zero_and_scan(&t);
	find_huge_zero(&t);
	try_with_child(&t);
	trial_unmap(t.small, SMALL * t.page);
	trial_unmap(whole, 2 * t.huge);
	return t;
}

static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;

struct kernel_facts kernel_try(const struct procfs *fs, struct zero_frames *ret_zero)
{
	static struct kernel_facts tried;
	static struct zero_frames zero;
	static bool known;
	struct kernel_facts ret;

	if (fs->captured) {
		if (ret_zero)
			*ret_zero = (struct zero_frames){ 0 };
		return (struct kernel_facts){ 0 };
	}
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
