#include "parse/maps.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "parse/cursor.h"

/* The smallest page of any machine; a larger one is aligned to it as well. */
#define PAGE_MASK 4095u

static bool starts(const char *name, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return len >= n && !memcmp(name, prefix, n);
}

static bool is(const char *name, size_t len, const char *wanted)
{
	return len == strlen(wanted) && !memcmp(name, wanted, len);
}

/*
 * Names in brackets are the kernel's own. What special_mapping_fault() serves (mm/mmap.c) counts as file pages
 * in RSS. Those of [vvar] and [vvar_vclock] are bare frame numbers, which the page map does not show
 * (VM_PFNMAP), but for the pages of memory that Linux 7.2 maps there, and 6.18 does not (lib/vdso/datastore.c).
 * [vsyscall] is in no process's page table at all.
 */
static enum vma_kind bracket_kind(const char *name, size_t len)
{
	if (is(name, len, "[vsyscall]"))
		return VMA_NONE;
	if (starts(name, len, "[vv") || is(name, len, "[vdso]") || is(name, len, "[uprobes]") ||
	    is(name, len, "[sigpage]"))
		return VMA_SHARED;
	if (starts(name, len, "[anon_shmem:"))
		return VMA_SHARED;
	return VMA_ANON; /* [heap], [stack], [anon:NAME] */
}

/*
 * A private mapping of /dev/zero is anonymous memory that kept its file's name (drivers/char/mem.c
 * mmap_zero), and so is private hugetlb memory without a file.
 */
static enum vma_kind private_kind(const struct vma *v, const char *name, size_t len)
{
	if (!len)
		return v->inode ? VMA_FILE_PRIVATE : VMA_ANON;
	if (name[0] == '[')
		return bracket_kind(name, len);
	if (starts(name, len, "/anon_hugepage"))
		return VMA_ANON;
	if (is(name, len, "/dev/zero") || is(name, len, "/dev/zero (deleted)"))
		return VMA_ANON;
	return VMA_FILE_PRIVATE;
}

static bool is_hugetlb(const char *name, size_t len)
{
	return starts(name, len, "/anon_hugepage") || starts(name, len, "/dev/hugepages/");
}

/* "rwxp": the third and the fourth are checked for what they may be, like the others. */
static bool take_perms(struct cursor *c, struct vma *v, bool *ret_shared)
{
	const char *p = c->at;

	if (c->end - p < 4)
		return false;
	if ((p[0] != 'r' && p[0] != '-') || (p[1] != 'w' && p[1] != '-') || (p[2] != 'x' && p[2] != '-') ||
	    (p[3] != 'p' && p[3] != 's'))
		return false;

	v->writable = p[1] == 'w';
	v->executable = p[2] == 'x';
	*ret_shared = p[3] == 's';
	c->at += 4;
	return true;
}

/* "MAJOR:MINOR" in hexadecimal. */
static bool take_dev(struct cursor *c, struct vma *v)
{
	uint64_t major, minor;

	if (!cursor_hex(c, &major) || !cursor_char(c, ':') || !cursor_hex(c, &minor))
		return false;
	if (major > UINT32_MAX || minor > UINT32_MAX)
		return false;
	v->dev_major = (uint32_t)major;
	v->dev_minor = (uint32_t)minor;
	return true;
}

static bool take_range(struct cursor *c, struct vma *v)
{
	return cursor_hex(c, &v->start) && cursor_char(c, '-') && cursor_hex(c, &v->end) &&
	       v->start < v->end && !((v->start | v->end) & PAGE_MASK);
}

/* One line with its newline; a line that was cut off is malformed. */
static bool take_line(struct cursor *c, const char *text, struct vma *v)
{
	const char *name, *newline;
	bool shared;
	size_t len;

	if (!take_range(c, v) || !cursor_char(c, ' '))
		return false;
	if (!take_perms(c, v, &shared) || !cursor_char(c, ' '))
		return false;
	if (!cursor_hex(c, &v->offset) || !cursor_char(c, ' '))
		return false;
	if (!take_dev(c, v) || !cursor_char(c, ' ') || !cursor_u64(c, &v->inode))
		return false;
	if (!cursor_blanks(c) && c->at < c->end && *c->at != '\n')
		return false;

	newline = c->at < c->end ? memchr(c->at, '\n', c->end - c->at) : NULL;
	if (!newline)
		return false;
	name = c->at;
	len = newline - name;
	c->at = newline + 1;

	v->name_at = (uint32_t)(name - text);
	v->name_len = (uint32_t)len;
	v->hugetlb = is_hugetlb(name, len);
	v->stack = is(name, len, "[stack]");
	v->heap = is(name, len, "[heap]");
	v->kind = shared ? VMA_SHARED : private_kind(v, name, len);
	return true;
}

int parse_maps(const char *text, size_t len, struct vma_list *list)
{
	struct cursor c = { text, text + len };
	uint64_t last_end = 0;
	struct vma *v;

	if (len > UINT32_MAX)
		return -1;

	while (c.at < c.end) {
		vec_room(&list->items, list->n, &list->cap);
		v = &list->items[list->n];
		if (!take_line(&c, text, v) || v->start < last_end)
			return -1;
		last_end = v->end;
		list->n++;
	}
	return 0;
}

void vma_list_release(struct vma_list *list)
{
	free(list->items);
	*list = (struct vma_list){ 0 };
}
