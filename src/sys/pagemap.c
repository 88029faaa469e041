#include "sys/pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include "base/cleanup.h"
#include "base/io.h"
#include "model/page_entry.h"

/* include/uapi/linux/fs.h of Linux 6.7; Debian 12's headers (6.1) do not have it yet. */
struct scan_region {
	__u64 start, end, categories;
};

struct scan_arg {
	__u64 size, flags, start, end, walk_end;
	__u64 vec, vec_len, max_pages;
	__u64 category_inverted, category_mask, category_anyof_mask, return_mask;
};

#define SCAN_IOCTL _IOWR('f', 16, struct scan_arg)
#define SCAN_PRESENT (1 << 3)
#define SCAN_SWAPPED (1 << 4)
#define SCAN_ZERO (1 << 5)
#define SCAN_HUGE (1 << 6)

int pagemap_read(int fd, uint64_t page, uint64_t *entries, size_t n)
{
	size_t want = n * sizeof(*entries);
	ssize_t have = io_read_all_at(fd, entries, want, page * sizeof(*entries));

	if (have <= 0)
		return have ? (int)have : -ESRCH;
	memset((char *)entries + have, 0, want - (size_t)have);
	return 0;
}

bool pagemap_frames(const struct procfs *fs, uint64_t *ret_zero_frame)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *pages = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	cleanup_close int fd = fs->captured ? -1 : procfs_file(fs, getpid(), "pagemap");
	uint64_t entries[2] = { 0 };

	*ret_zero_frame = 0;
	if (pages == MAP_FAILED)
		return false;
	/* A read of untouched memory maps the zero page, where there is one; where huge pages are the rule and a
	 * mapping next to it was joined with it, the huge one. */
	madvise((void *)pages, 2 * size, MADV_NOHUGEPAGE);
	(void)pages[0];
	(void)pages[size];
	if (fd < 0 || pagemap_read(fd, (uintptr_t)pages / size, entries, 2))
		entries[0] = 0;
	munmap((void *)pages, 2 * size);
	*ret_zero_frame = entry_same_frame(entries[0], entries[1]) ? entry_frame(entries[0]) : 0;
	return entry_frame(entries[0]) != 0;
}

static int scan_ioctl(int fd, struct scan_arg *arg)
{
	int n;

	do
		n = ioctl(fd, SCAN_IOCTL, arg);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/*
 * Where ranges may end: the kernel refuses those that reach the end of the address space or beyond, which
 * lies elsewhere with each processor, its page size and the length of its page tables. Found bit by bit,
 * with ranges of one page. UINT64_MAX: not known.
 */
static uint64_t scan_end(int fd, uint64_t size)
{
	static _Atomic uint64_t known;
	uint64_t end = known;

	for (uint64_t bit = end ? 0 : 1ULL << 62; bit >= size; bit >>= 1) {
		struct scan_region region;
		struct scan_arg arg = {
			.size = sizeof(arg),
			.start = (end | bit) - size,
			.end = end | bit,
			.vec = (uintptr_t)&region,
			.vec_len = 1,
			.max_pages = 1,
			.category_anyof_mask = SCAN_PRESENT,
			.return_mask = SCAN_PRESENT,
		};
		int r = scan_ioctl(fd, &arg);

		if (r < 0 && r != -EFAULT)
			return UINT64_MAX;
		if (r >= 0)
			end |= bit;
	}
	known = end;
	return end;
}

static int scan(int fd, uint64_t start, uint64_t end, uint64_t anyof, struct page_range *ranges, size_t max,
		uint64_t *ret_next)
{
	uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE);
	struct scan_region regions[256];
	struct scan_arg arg = {
		.size = sizeof(arg),
		.start = start * size,
		.end = end * size,
		.vec = (uintptr_t)regions,
		.vec_len = max < 256 ? max : 256,
		.max_pages = SCAN_PAGES_MAX,
		.category_anyof_mask = anyof,
		.return_mask = anyof,
	};
	int n;

	*ret_next = end;
	if (arg.start >= arg.end)
		return 0;
	/* Set by the kernel, which valgrind does not know. */
	memset(regions, 0, arg.vec_len * sizeof(*regions));
	n = scan_ioctl(fd, &arg);
	if (n == -EFAULT && arg.end > scan_end(fd, size)) {
		arg.end = scan_end(fd, size);
		n = arg.start < arg.end ? scan_ioctl(fd, &arg) : 0;
	}
	if (n < 0)
		return n;
	for (int i = 0; i < n; i++)
		ranges[i] = (struct page_range){ regions[i].start / size, regions[i].end / size };
	if (arg.walk_end < arg.end)
		*ret_next = arg.walk_end / size;
	return n;
}

int pagemap_populated(int fd, uint64_t start, uint64_t end, struct page_range *ranges, size_t max,
		      uint64_t *ret_next)
{
	return scan(fd, start, end, SCAN_PRESENT | SCAN_SWAPPED, ranges, max, ret_next);
}

int pagemap_zero(int fd, uint64_t start, uint64_t end, struct page_range *ranges, size_t max,
		 uint64_t *ret_next)
{
	return scan(fd, start, end, SCAN_ZERO, ranges, max, ret_next);
}

int pagemap_is_huge(int fd, uint64_t page, size_t n)
{
	struct page_range range;
	uint64_t next;
	int r = scan(fd, page, page + n, SCAN_HUGE, &range, 1, &next);

	if (r < 0)
		return -1;
	return r == 1 && range.start == page && range.end == page + n;
}

#define RUN_MAX 512

/* Frames from i on that lie within a window of RUN_MAX: a copying process gets them in rows, up or
 * down, and reading a word too many costs less than a system call. Returns how many; the window. */
static size_t run_of(const uint64_t *frames, size_t n, uint64_t *ret_low, uint64_t *ret_high)
{
	uint64_t low = frames[0], high = frames[0];
	size_t k = 1;

	for (; k < n; k++) {
		uint64_t l = frames[k] < low ? frames[k] : low;
		uint64_t h = frames[k] > high ? frames[k] : high;

		/* at most 4 words for each one wanted */
		if (h - l >= RUN_MAX || h - l >= (k + 1) * 4)
			break;
		low = l;
		high = h;
	}
	*ret_low = low;
	*ret_high = high;
	return k;
}

/* The words of frames from `low` on. Behind the end of memory, where a device's frames may be, they are 0.
 * Returns how many bytes there were, or -errno. */
static ssize_t read_window(int fd, uint64_t low, uint64_t *window, size_t n)
{
	size_t want = n * sizeof(*window);
	ssize_t have = io_read_all_at(fd, window, want, low * sizeof(*window));

	if (have >= 0)
		memset((char *)window + have, 0, want - (size_t)have);
	return have;
}

/* The words of kpageflags or kpagecount. */
static bool read_words(int fd, const uint64_t *frames, size_t n, uint64_t *ret)
{
	uint64_t window[RUN_MAX], low, high;

	if (fd < 0)
		return false;
	for (size_t at = 0; at < n;) {
		size_t k = run_of(frames + at, n - at, &low, &high);

		if (read_window(fd, low, window, high - low + 1) < 0)
			return false;
		for (size_t i = at; i < at + k; i++)
			ret[i] = window[frames[i] - low];
		at += k;
	}
	return true;
}

bool kpageflags_read(int fd, const uint64_t *frames, size_t n, uint64_t *ret)
{
	return read_words(fd, frames, n, ret);
}

bool kpagecount_read(int fd, const uint64_t *frames, size_t n, uint64_t *ret)
{
	return read_words(fd, frames, n, ret);
}

/* The largest folio: a hugetlb page of 1 GiB in pages of 4 KiB. */
#define FOLIO_ORDER_MAX 18

/*
 * The head of the folio that a tail page belongs to: the nearest page before it at a place where a folio
 * of that order can begin and that is no tail itself. False: none is found.
 */
static bool head_of(int fd, uint64_t frame, uint64_t *ret_head, uint64_t *ret_flags)
{
	for (int order = 1; order <= FOLIO_ORDER_MAX; order++) {
		uint64_t at = frame & ~((1ULL << order) - 1);

		if (at == frame)
			continue;
		if (!kpageflags_read(fd, &at, 1, ret_flags))
			return false;
		*ret_head = at;
		if (!(*ret_flags & KPF_COMPOUND_TAIL))
			return *ret_flags & KPF_COMPOUND_HEAD;
	}
	return false;
}

void kpageflags_from_heads(int fd, const uint64_t *frames, size_t n, uint64_t *flags)
{
	uint64_t head = 0, of_head = 0, last = 0;

	for (size_t i = 0; i < n; i++) {
		if (!(flags[i] & KPF_COMPOUND_TAIL))
			continue;
		/* the next one of the folio of the page before */
		if ((!last || frames[i] != last + 1) && !head_of(fd, frames[i], &head, &of_head))
			continue;
		last = frames[i];
		flags[i] |= of_head & (KPF_ANON_EXCLUSIVE | KPF_DIRTY | KPF_SWAPBACKED);
	}
}

/* With the word of `frame` for a trial: it is one of memory, so a file that has none is another one. */
static int open_words(const struct procfs *fs, const char *name, uint64_t frame)
{
	int fd = openat(fs->fd, name, O_RDONLY | O_CLOEXEC);
	uint64_t word;

	if (fd < 0)
		return -errno;
	if (read_window(fd, frame, &word, 1) == sizeof(word))
		return fd;
	close(fd);
	return -EIO;
}

int kpageflags_open(const struct procfs *fs, uint64_t frame)
{
	return open_words(fs, "kpageflags", frame);
}

int kpagecount_open(const struct procfs *fs, uint64_t frame)
{
	return open_words(fs, "kpagecount", frame);
}

ssize_t mem_read_bytes(int fd, uint64_t address, void *out, size_t len)
{
	return io_read_at(fd, out, len, address);
}

int mem_read_page(int fd, uint64_t page, void *out, size_t page_size)
{
	ssize_t r = mem_read_bytes(fd, page * page_size, out, page_size);

	if (r < 0)
		return (int)r;
	return (size_t)r == page_size ? 0 : -EIO;
}
