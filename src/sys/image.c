#include "sys/image.h"

#include <string.h>
#include <unistd.h>
#include "base/io.h"
#include "base/search.h"
#include "sys/image_file.h"

static const struct vma *vma_at(const struct vma_list *maps, uint64_t address)
{
	size_t i = search(at, maps->n, maps->items[at].end <= address);

	return i < maps->n && maps->items[i].start <= address ? &maps->items[i] : NULL;
}

static bool read_file(void *ctx, uint64_t offset, void *out, size_t len)
{
	return io_read_all_at(*(const int *)ctx, out, len, offset) == (ssize_t)len;
}

struct reader image_file_reader(const int *fd)
{
	return (struct reader){ read_file, NULL, (void *)fd };
}

/* A page that the process never touched. Behind the end of a file there is nothing to be read. */
static bool fill(void *ctx, uint64_t address, void *page)
{
	struct image *im = ctx;
	const struct vma *v = vma_at(im->maps, address);
	uint64_t offset;
	ssize_t n;
	int fd;

	if (!v)
		return false;
	if (v->kind == VMA_ANON) {
		memset(page, 0, MEM_PAGE);
		return true;
	}
	if (v->kind != VMA_FILE_PRIVATE || im->no_files)
		return false;
	fd = image_file(im, v);
	offset = v->offset + (address - v->start);
	n = fd < 0 ? fd : io_read_at(fd, page, MEM_PAGE, offset);
	if (n <= 0)
		return false;
	memset((char *)page + n, 0, MEM_PAGE - (size_t)n);
	return true;
}

void image_init(struct image *im, const struct procfs *fs, pid_t pid, const struct vma_list *maps,
		const char *text, int pagemap, int fd, size_t nslots, uint64_t budget)
{
	*im = (struct image){ .fs = fs, .pid = pid, .maps = maps, .text = text };
	mem_init(&im->mem, pagemap, fd, nslots, budget);
	im->mem.fill = fill;
	im->mem.fill_ctx = im;
}

void image_release(struct image *im)
{
	for (size_t i = 0; i < im->nfiles; i++)
		if (im->files[i].fd >= 0)
			close(im->files[i].fd);
	mem_release(&im->mem);
}

static bool same_file(const struct image_file *f, const struct vma *v)
{
	return f->inode == v->inode && f->dev_major == v->dev_major && f->dev_minor == v->dev_minor;
}

int image_file(struct image *im, const struct vma *v)
{
	struct image_file *f;

	for (size_t i = 0; i < im->nfiles; i++)
		if (same_file(&im->files[i], v))
			return im->files[i].fd;
	if (im->nfiles < IMAGE_FILES) {
		f = &im->files[im->nfiles++];
	} else {
		f = &im->files[im->next_file++ % IMAGE_FILES];
		if (f->fd >= 0)
			close(f->fd);
	}
	*f = (struct image_file){ v->inode, v->dev_major, v->dev_minor,
				  image_file_open(im->fs, im->pid, v,
						  im->text ? im->text + v->name_at : NULL) };
	return f->fd;
}

static bool is_object(const struct vma *v)
{
	return v->kind == VMA_FILE_PRIVATE && !v->offset && v->inode;
}

static void name_object(const struct vma *v, const char *text, struct image_object *o)
{
	static const char deleted[] = " (deleted)";
	const size_t tail = sizeof(deleted) - 1;
	const char *slash;

	o->vma = v;
	o->name = text ? text + v->name_at : "";
	o->name_len = text ? v->name_len : 0;
	slash = memrchr(o->name, '/', o->name_len);
	if (slash) {
		o->name_len -= (size_t)(slash + 1 - o->name);
		o->name = slash + 1;
	}
	if (o->name_len > tail && !memcmp(o->name + o->name_len - tail, deleted, tail))
		o->name_len -= tail;
}

size_t image_objects(const struct vma_list *maps, const char *text,
		     struct image_object ret[IMAGE_OBJECTS])
{
	size_t n = 0;

	for (size_t i = 0; i < maps->n && n < IMAGE_OBJECTS; i++) {
		const struct vma *v = &maps->items[i];
		bool known = !is_object(v);

		for (size_t k = 0; k < n && !known; k++)
			known = ret[k].vma->inode == v->inode &&
				ret[k].vma->dev_major == v->dev_major &&
				ret[k].vma->dev_minor == v->dev_minor;
		if (!known)
			name_object(v, text, &ret[n++]);
	}
	return n;
}

bool image_object_named(const struct image_object *o, const char *part)
{
	return memmem(o->name, o->name_len, part, strlen(part)) != NULL;
}

uint64_t image_signature(const struct vma_list *maps)
{
	uint64_t h = 14695981039346656037ULL; /* FNV-1a over words */

	for (size_t i = 0; i < maps->n; i++)
		if (is_object(&maps->items[i])) {
			h = (h ^ maps->items[i].inode) * 1099511628211ULL;
			h = (h ^ maps->items[i].start) * 1099511628211ULL;
		}
	return h;
}
