#include "sys/image.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/hash.h"
#include "base/search.h"
#include "sys/image_file.h"
#include "sys/patience.h"

static const struct vma *vma_at(const struct vma_list *maps, uint64_t address)
{
	size_t i = search(at, maps->n, maps->items[at].end <= address);

	return i < maps->n && maps->items[i].start <= address ? &maps->items[i] : NULL;
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
	n = fd < 0 ? fd : patience_read_at(fd, page, MEM_PAGE, offset);
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
			patience_close(im->files[i].fd);
	mem_release(&im->mem);
}

bool image_same_file(const struct vma *a, const struct vma *b, const char *text)
{
	return a->inode == b->inode && a->dev_major == b->dev_major && a->dev_minor == b->dev_minor &&
	       (!text ||
		(a->name_len == b->name_len && !memcmp(text + a->name_at, text + b->name_at, a->name_len)));
}

int image_file(struct image *im, const struct vma *v)
{
	struct image_file *f;

	for (size_t i = 0; i < im->nfiles; i++)
		if (image_same_file(&im->files[i].vma, v, im->text))
			return im->files[i].fd;
	if (im->nfiles < IMAGE_FILES) {
		f = &im->files[im->nfiles++];
	} else {
		f = &im->files[im->next_file++ % IMAGE_FILES];
		if (f->fd >= 0)
			patience_close(f->fd);
	}
	*f = (struct image_file){ *v, image_file_open(im->fs, im->pid, v,
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

/* Which of a file's mappings with offset 0 is it? */
struct tally {
	const struct vma *at; /* the last one that was met */
	unsigned int score, best;
};

struct objects {
	const struct vma_list *maps;
	const char *text;
	struct image_object *items;
	struct tally tallies[IMAGE_OBJECTS];
	size_t n;
};

/* Its place among the objects, or n. */
static size_t find_object(const struct objects *o, const struct vma *v)
{
	size_t i = 0;

	while (i < o->n && !image_same_file(o->items[i].vma, v, o->text))
		i++;
	return i;
}

/* Files that have code come first: a process may map any number of others. */
static void add_files(struct objects *o, bool code)
{
	for (size_t i = 0; i < o->maps->n && o->n < IMAGE_OBJECTS; i++) {
		const struct vma *v = &o->maps->items[i];

		if ((code ? v->executable && v->kind == VMA_FILE_PRIVATE && v->inode : is_object(v)) &&
		    find_object(o, v) == o->n)
			o->items[o->n++] = (struct image_object){ .vma = v };
	}
}

/* What of a mapping speaks for it being a part of a loaded object. */
static unsigned int weight(const struct vma *v)
{
	return 1 + 2 * v->executable + 2 * v->writable;
}

static void begin_tally(struct tally *t, struct image_object *object, const struct vma *v)
{
	t->at = v;
	t->score = 0;
	if (!t->best)
		object->vma = v;
}

/*
 * A loader maps an object in one piece, the first part lowest: of several mappings with offset 0 the loaded one has
 * the code and the data behind it. One that was made to read the file stands alone.
 */
static void choose(struct objects *o)
{
	for (size_t i = 0; i < o->maps->n; i++) {
		const struct vma *v = &o->maps->items[i];
		size_t k = v->kind == VMA_FILE_PRIVATE && v->inode ? find_object(o, v) : o->n;
		struct tally *t = &o->tallies[k];

		if (k == o->n)
			continue;
		if (is_object(v))
			begin_tally(t, &o->items[k], v);
		if (!t->at)
			continue;
		t->score += weight(v);
		if (t->score > t->best) {
			t->best = t->score;
			o->items[k].vma = t->at;
		}
	}
}

static int by_address(const void *a, const void *b)
{
	const struct image_object *x = a, *y = b;

	return (x->vma->start > y->vma->start) - (x->vma->start < y->vma->start);
}

size_t image_objects(const struct vma_list *maps, const char *text, struct image_object ret[IMAGE_OBJECTS])
{
	struct objects o = { .maps = maps, .text = text, .items = ret };
	size_t n = 0;

	add_files(&o, true);
	add_files(&o, false);
	choose(&o);
	for (size_t i = 0; i < o.n; i++)
		if (o.tallies[i].at)
			name_object(ret[i].vma, text, &ret[n++]);
	qsort(ret, n, sizeof(*ret), by_address);
	return n;
}

bool image_object_named(const struct image_object *o, const char *part)
{
	return memmem(o->name, o->name_len, part, strlen(part)) != NULL;
}

uint64_t image_signature(const struct vma_list *maps)
{
	uint64_t h = 0;

	for (size_t i = 0; i < maps->n; i++)
		if (is_object(&maps->items[i])) {
			h = hash_mix(hash_mix(h, maps->items[i].inode), maps->items[i].start);
		}
	return h;
}
