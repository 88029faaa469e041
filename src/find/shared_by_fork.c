#include "find/shared_by_fork.h"

#include <string.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "model/page_entry.h"
#include "sys/ksm.h"
#include "sys/pagemap.h"

/* Pages of one mapping, and in all, that are looked at. */
#define MAPPING_PAGES 1024
#define ALL_PAGES 65536

struct look {
	int a, b, flags; /* pagemaps; kpageflags, asked only of who may have merged pages, else -1 */
	bool merged;
	uint64_t zero;
	size_t left;
};

/* Is the frame one that KSM has merged, or not known to be none? */
static bool may_be_merged(const struct look *l, uint64_t frame)
{
	uint64_t flags;

	return l->merged &&
	       (l->flags < 0 || !kpageflags_read(l->flags, &frame, 1, &flags) || flags & KPF_KSM);
}

static int look_at(struct look *l, uint64_t page, size_t n)
{
	uint64_t a[BLOCK_PAGES], b[BLOCK_PAGES];
	int unsure = 0;

	if (pagemap_read(l->a, page, a, n) || pagemap_read(l->b, page, b, n))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (!entry_anon(a[i]) || !entry_same_frame(a[i], b[i]) || !entry_frame(a[i]) ||
		    entry_frame(a[i]) == l->zero)
			continue;
		if (!may_be_merged(l, entry_frame(a[i])))
			return 1;
		unsure = -1;
	}
	return unsure;
}

/* 1 as soon as a page is shared; else -1 when something could not be told, or 0. */
static int look_at_all(struct look *l, const struct vma_list *maps, size_t page_size)
{
	int all = 0;

	for (size_t i = 0; i < maps->n && l->left; i++) {
		const struct vma *v = &maps->items[i];
		uint64_t page = v->start / page_size, end = v->end / page_size;

		if (v->kind != VMA_ANON && v->kind != VMA_FILE_PRIVATE)
			continue;
		if (end - page > MAPPING_PAGES)
			end = page + MAPPING_PAGES;
		for (size_t n; page < end && l->left; page += n) {
			int r;

			n = end - page < BLOCK_PAGES ? end - page : BLOCK_PAGES;
			n = n < l->left ? n : l->left;
			l->left -= n;
			r = look_at(l, page, n);
			if (r > 0)
				return 1;
			all = r ? r : all;
		}
	}
	return all;
}

int shared_by_fork(const struct procfs *fs, pid_t a, pid_t b)
{
	cleanup(buf_release) struct buf text = { 0 };
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	cleanup_close int fd_a = -1, fd_b = -1, flags = -1;
	struct look l = { .left = ALL_PAGES };

	if (!pagemap_frames(fs, &l.zero) || procfs_maps(fs, a, &text, &maps) < 0)
		return -1;
	l.a = fd_a = procfs_file(fs, a, "pagemap");
	l.b = fd_b = procfs_file(fs, b, "pagemap");
	if (fd_a < 0 || fd_b < 0)
		return -1;
	l.merged = ksm_may_have_merged(fs, a);
	l.flags = flags = l.merged ? kpageflags_open(fs, l.zero) : -1;
	return look_at_all(&l, &maps, (size_t)sysconf(_SC_PAGESIZE));
}

/* Where its [vdso] begins; 0: it is not known, or as low as no chance puts it. */
static uint64_t vdso_of(const struct procfs *fs, pid_t pid)
{
	static const char name[] = "[vdso]";
	cleanup(buf_release) struct buf text = { 0 };
	cleanup(vma_list_release) struct vma_list maps = { 0 };

	if (procfs_maps(fs, pid, &text, &maps) < 0)
		return 0;
	for (size_t i = 0; i < maps.n; i++) {
		const struct vma *v = &maps.items[i];

		if (!v->inode && v->name_len == strlen(name) &&
		    !memcmp(text.data + v->name_at, name, v->name_len))
			return v->start > UINT32_MAX ? v->start : 0;
	}
	return 0;
}

bool forked_from(const struct procfs *fs, pid_t parent, pid_t child, bool random)
{
	int shared = shared_by_fork(fs, parent, child);
	uint64_t vdso = shared < 0 && random ? vdso_of(fs, parent) : 0;

	return shared > 0 || (vdso && vdso == vdso_of(fs, child));
}
