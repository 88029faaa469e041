#include "pool/walk_parts.h"

#include "base/clock.h"
#include "find/children.h"
#include "find/proctree.h"
#include "ledger/likeness.h"
#include "parse/lineage.h"
#include "pool/member_files.h"
#include "sys/pace.h"
#include "sys/pagemap.h"

/* Of the children of a process that is gone so many are read to find one whose page is alike. */
#define ABSENT_LOOKS 3

/*
 * So often a walk waits for pages on their way, at first for a breath (60 ms in all), then for LONG_NS: a second, as who
 * moves them may be without a CPU for a while. What did not come in all that time may be no page on its way, but one
 * of a device, or a broken one: the walks after that wait for no more than the breaths.
 */
#define WAITS_SHORT 512
#define WAITS_MAX 1024
#define LONG_NS 2000000

static bool wait_moving(struct walk *w)
{
	if (w->waits >= (w->io->in_vain ? WAITS_SHORT : WAITS_MAX)) {
		w->io->in_vain = true;
		return false;
	}
	if (w->waits++ < WAITS_SHORT)
		pace_pause();
	else
		pace_rest(LONG_NS);
	return true;
}

static bool read_flags(const struct walk *w, const uint64_t *frames, size_t n, uint64_t *ret)
{
	if (!kpageflags_read(w->io->kpageflags, frames, n, ret))
		return false;
	/* not known: no huge page could be tried */
	if (kernel_has(w->io->kernel, KERNEL_FLAG) && !kernel_has(w->io->kernel, KERNEL_FLAG_TAIL))
		kpageflags_from_heads(w->io->kpageflags, frames, n, ret);
	return true;
}

/* One entry of its pagemap. 0 or -errno. */
static int read_entry(const struct walk *w, const struct walker *k, uint64_t page, uint64_t *ret)
{
	int fd = member_pagemap(k->member, w->io->fs), r = fd < 0 ? fd : pagemap_read(fd, page, ret, 1);

	member_done(k->member, fd);
	return r;
}

/* Who has this frame in the block that was read last, and at which page. */
static const struct walker *holder_of(const struct walk *w, uint64_t frame, uint64_t *ret_page)
{
	for (size_t k = 0; k < w->n; k++) {
		const struct walker *h = &w->walkers[k];

		for (size_t i = 0; i < BLOCK_PAGES && h->reading; i++)
			if (h->entries[i] & PM_PRESENT && entry_frame(h->entries[i]) == frame) {
				*ret_page = (h->block << BLOCK_SHIFT) + i;
				return h;
			}
	}
	return NULL;
}

/* The flags of a page whose frame has no mapper any more, of the frame where it is now. */
static void follow(struct walk *w, uint64_t frame, uint64_t *flags)
{
	uint64_t page, entry;
	const struct walker *h = holder_of(w, frame, &page);

	while (h && !read_entry(w, h, page, &entry)) {
		uint64_t now = entry_frame(entry);

		if (!(entry & PM_PRESENT) && !entry_is_moving(entry))
			return; /* freed, or swapped out meanwhile */
		if (entry & PM_PRESENT) {
			/* what stays where it is and has no mapper is no page of memory: a device's */
			if (!read_flags(w, &now, 1, flags) || *flags & KPF_MMAP || now == frame)
				return;
			frame = now;
		}
		if (!wait_moving(w))
			return;
	}
}

/* Where frames of the block that was read last are, from one to the next. */
struct place {
	size_t proc, page;
	size_t read;                   /* whose entries are ... */
	uint64_t entries[BLOCK_PAGES]; /* ... what they are now */
};

/* The next place with this frame from there on, all around; false: there is none. */
static bool find_frame(const struct walk *w, uint64_t frame, struct place *at)
{
	for (size_t tried = 0; tried <= w->n; tried++) {
		const struct walker *k = &w->walkers[at->proc];

		for (size_t i = at->page; i < BLOCK_PAGES && k->reading; i++)
			if (k->entries[i] & PM_PRESENT && entry_frame(k->entries[i]) == frame) {
				at->page = i;
				return true;
			}
		at->page = 0;
		at->proc = (at->proc + 1) % w->n;
	}
	return false;
}

/* Is the page there still in that frame? True as well of a process that is gone. */
static bool is_still_there(const struct walk *w, uint64_t frame, struct place *at)
{
	const struct walker *k = &w->walkers[at->proc];
	int fd, r = 0;

	if (at->read != at->proc) {
		r = fd = member_pagemap(k->member, w->io->fs);
		if (fd >= 0)
			r = pagemap_read(fd, k->block << BLOCK_SHIFT, at->entries, BLOCK_PAGES);
		member_done(k->member, fd);
	}
	at->read = r ? SIZE_MAX : at->proc;
	return r || (at->entries[at->page] & PM_PRESENT && entry_frame(at->entries[at->page]) == frame);
}

/* Flags of frames that have got other pages since, of those where their pages are now. */
static void follow_moved(struct walk *w, const uint64_t *frames, size_t n, uint64_t *flags)
{
	struct place at = { .proc = w->asked_of, .read = SIZE_MAX };

	for (size_t j = 0; j < n; j++)
		if (find_frame(w, frames[j], &at)) {
			w->asked_of = at.proc;
			if (!is_still_there(w, frames[j], &at))
				follow(w, frames[j], &flags[j]);
		}
}

static bool oracle_flags(void *ctx, const uint64_t *frames, size_t n, uint64_t *ret)
{
	struct walk *w = ctx;

	if (!read_flags(w, frames, n, ret))
		return false;
	for (size_t j = 0; j < n; j++)
		if (!(ret[j] & KPF_MMAP))
			follow(w, frames[j], &ret[j]);
	if (w->io->careful)
		follow_moved(w, frames, n, ret);
	return true;
}

static bool oracle_mappers(void *ctx, const uint64_t *frames, size_t n, uint64_t *ret, uint64_t *ret_flags)
{
	const struct walk *w = ctx;

	if (!kpagecount_read(w->io->kpagecount, frames, n, ret))
		return false;
	if (!ret_flags)
		return true;
	if (!kpageflags_read(w->io->kpageflags, frames, n, ret_flags))
		return false;
	if (!kernel_has(w->io->kernel, KERNEL_FLAG_TAIL))
		kpageflags_from_heads(w->io->kpageflags, frames, n, ret_flags);
	return true;
}

static bool read_page(struct walk *w, size_t proc, uint64_t page, char *out)
{
	struct walker *k = &w->walkers[proc];
	int fd = member_mem(k->member, w->io->fs);
	bool ok;

	if (fd < 0)
		return false;
	if (pace_is_due(&k->pace, clock_now()))
		pace_pause();
	ok = mem_read_page(fd, page, out, w->io->page_size) == 0;
	pace_left(&k->pace, clock_now());
	member_done(k->member, fd);
	return ok;
}

/* NULL: it cannot be read. */
static const char *original_of(struct walk *w, size_t proc, uint64_t page)
{
	struct walk_original *o;

	for (o = w->kept; o < w->kept + WALK_KEPT; o++)
		if (o->page == page && o->of == proc)
			return o->bytes;
	o = &w->kept[w->oldest++ % WALK_KEPT];
	o->page = UINT64_MAX;
	if (!read_page(w, proc, page, o->bytes))
		return NULL;
	o->of = proc;
	o->page = page;
	return o->bytes;
}

static int likeness(struct walk *w, size_t a, size_t b, uint64_t page)
{
	const char *original = original_of(w, b, page);

	if (!original || !read_page(w, a, page, w->page))
		return -1;
	return page_likeness(w->page, original, w->io->page_size);
}

static int oracle_huge(void *ctx, size_t proc, uint64_t block)
{
	const struct walk *w = ctx;

	struct member_proc *m = w->walkers[proc].member;
	int fd = member_pagemap(m, w->io->fs),
	    huge = fd < 0 ? -1 : pagemap_is_huge(fd, block << BLOCK_SHIFT, BLOCK_PAGES);

	member_done(m, fd);
	return huge;
}

/* Has it an anonymous page there, in the block that was read last, and is of those that show what `absent` had? */
static bool shows(const struct walk *w, size_t proc, size_t absent, uint64_t page)
{
	const struct walker *k = &w->walkers[proc];

	return (k->member->base == (int)absent || (int)proc == w->walkers[absent].member->base) &&
	       k->block == page >> BLOCK_SHIFT && entry_anon(k->entries[page % BLOCK_PAGES]);
}

/* Of a process that is gone another one of its children, or its base, shows the page: one that shares it with others, or else
 * the most alike of some. */
static int likeness_to_absent(struct walk *w, size_t a, size_t absent, uint64_t page)
{
	int most = -1, looks = 0;

	for (size_t k = 0; k < w->n; k++)
		if (k != a && shows(w, k, absent, page) &&
		    !entry_exclusive(w->walkers[k].entries[page % BLOCK_PAGES]))
			return likeness(w, a, k, page);
	for (size_t k = 0; k < w->n && looks < ABSENT_LOOKS && most < LIKENESS_COPY; k++) {
		int one;

		if (k == a || !shows(w, k, absent, page))
			continue;
		one = likeness(w, a, k, page);
		most = one > most ? one : most;
		looks++;
	}
	return most;
}

static int oracle_likeness(void *ctx, size_t a, size_t b, uint64_t page)
{
	struct walk *w = ctx;

	return w->walkers[b].member->gone ? likeness_to_absent(w, a, b, page) : likeness(w, a, b, page);
}

static bool oracle_one_fault_each(void *ctx)
{
	struct walk *w = ctx;
	const struct member_proc *master = w->walkers[0].member;

	if (w->one_fault_each < 0)
		w->one_fault_each = procfs_one_fault_each(w->io->fs, master->pid, &w->io->text);
	return w->one_fault_each;
}

/* Whose children are looked at. */
struct newborn {
	const struct walk *w;
	const struct member_proc *parent;
};

static bool is_in_walk(const struct walk *w, pid_t pid)
{
	for (size_t i = 0; i < w->n; i++)
		if (!w->walkers[i].member->gone && w->walkers[i].member->pid == pid)
			return true;
	return false;
}

/* Forked, and still in its parent's image, but not in its memory (vfork). */
static bool is_newborn(void *ctx, pid_t child)
{
	const struct newborn *b = ctx;
	const struct procfs *fs = b->w->io->fs;
	struct image_facts image;
	struct proc_stat st;

	if (is_in_walk(b->w, child) || procfs_stat(fs, child, &st) < 0 || st.ppid != b->parent->pid ||
	    st.state == 'Z' || st.state == 'X')
		return false;
	image_from_stat(&st, &image);
	procfs_exe(fs, child, &image.exe_dev, &image.exe_ino);
	return lineage_of(&image, &b->parent->facts.image) == LINEAGE_FORKED &&
	       procfs_same_mm(fs, child, b->parent->pid) != 1;
}

static bool oracle_newborn(void *ctx, size_t proc)
{
	struct walk *w = ctx;
	struct walker *k = &w->walkers[proc];
	struct newborn b = { .w = w, .parent = k->member };
	pid_t newest = procfs_newest(w->io->fs, &w->io->text);

	if (newest && newest == k->childless)
		return false;
	if (children_any(w->io->fs, b.parent->pid, is_newborn, &b, &w->io->text))
		return true;
	k->childless = newest;
	return false;
}

static bool any_swapped(const uint64_t entries[static BLOCK_PAGES])
{
	uint64_t even = 0, odd = 0;

	/* two chains, so that neither waits for the other */
	for (size_t i = 0; i < BLOCK_PAGES; i += 8) {
		even |= entries[i] | entries[i + 2] | entries[i + 4] | entries[i + 6];
		odd |= entries[i + 1] | entries[i + 3] | entries[i + 5] | entries[i + 7];
	}
	return (even | odd) & PM_SWAP;
}

/* Pages of its block that are on their way, and the first one. */
static size_t count_moving(const struct walker *k, uint64_t *ret_page)
{
	size_t n = 0;

	if (!any_swapped(k->entries))
		return 0;
	for (size_t i = BLOCK_PAGES; i-- > 0;)
		if (entry_is_moving(k->entries[i])) {
			*ret_page = (k->block << BLOCK_SHIFT) + i;
			n++;
		}
	return n;
}

static bool arrives(struct walk *w, const struct walker *k, uint64_t page)
{
	uint64_t entry;

	while (wait_moving(w))
		if (read_entry(w, k, page, &entry) || !entry_is_moving(entry))
			return true;
	return false;
}

bool walk_is_outdated(struct walk *w)
{
	uint64_t page;

	w->on_their_way = 0;
	for (size_t i = 0; i < w->n; i++) {
		size_t moving = w->walkers[i].reading ? count_moving(&w->walkers[i], &page) : 0;

		if (moving && arrives(w, &w->walkers[i], page)) {
			w->io->met_moving = true;
			return true;
		}
		w->on_their_way += moving;
	}
	return false;
}

struct ledger_oracle walk_oracle(struct walk *w)
{
	return (struct ledger_oracle){
		.ctx = w,
		.kernel = w->io->kernel,
		.flags = w->io->kpageflags >= 0 ? oracle_flags : NULL,
		.mappers = w->io->kpagecount >= 0 && w->io->kpageflags >= 0 ? oracle_mappers : NULL,
		.likeness = oracle_likeness,
		.huge = oracle_huge,
		.one_fault_each = oracle_one_fault_each,
		.newborn = oracle_newborn,
	};
}
