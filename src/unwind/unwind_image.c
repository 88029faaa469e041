#include "unwind/unwind_image.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/search.h"

/* A process may have 65530 mappings; those that are code are some hundreds at most. */
#define MAPPINGS_MAX 4096

static void image_free(struct unwind_images *images, struct unwind_image *im)
{
	for (size_t i = 0; i < im->n; i++)
		if (im->mappings[i].object)
			unwind_object_put(&images->objects, im->mappings[i].object);
	unwind_space_free(im->space);
	free(im->mappings);
	free(im);
}

void unwind_images_release(struct unwind_images *images)
{
	for (size_t i = 0; i < images->n; i++)
		image_free(images, images->items[i]);
	free(images->items);
	unwind_objects_release(&images->objects);
	buf_release(&images->text);
	vma_list_release(&images->maps);
	*images = (struct unwind_images){ 0 };
}

void unwind_image_put(struct unwind_images *images, struct unwind_image *im)
{
	if (!im || --im->refs)
		return;
	for (size_t i = 0; i < images->n; i++)
		if (images->items[i] == im) {
			images->items[i] = images->items[--images->n];
			image_free(images, im);
			return;
		}
}

static bool same_mapping(const struct unwind_mapping *m, const struct unwind_owner *of, const struct vma *v,
			 const char *text)
{
	return m->start == v->start && m->end == v->end && m->offset == v->offset && m->inode == v->inode &&
	       m->dev_major == v->dev_major && m->dev_minor == v->dev_minor &&
	       (!v->inode || unwind_object_is(m->object, of, v, text));
}

static bool same_image(const struct unwind_image *im, const struct unwind_owner *of,
		       const struct vma_list *code, const char *text)
{
	if (im->n != code->n)
		return false;
	for (size_t i = 0; i < code->n; i++)
		if (!same_mapping(&im->mappings[i], of, &code->items[i], text))
			return false;
	return true;
}

static bool is_vdso(const struct vma *v, const char *text)
{
	static const char name[] = "[vdso]";

	return v->name_len == sizeof(name) - 1 && !memcmp(text + v->name_at, name, v->name_len);
}

static void add_mapping(struct unwind_images *images, struct unwind_image *im, const struct unwind_owner *of,
			const struct vma *v)
{
	const char *text = images->text.data;
	struct unwind_mapping m = {
		v->start, v->end, v->offset, v->inode, v->dev_major, v->dev_minor, 0, NULL
	};

	if (v->inode)
		m.object = unwind_object_of(&images->objects, of, v, text);
	else if (is_vdso(v, text))
		m.object = unwind_object_vdso(&images->objects);
	/* What is not an ELF file has only offsets. */
	if (m.object &&
	    !elf_load_bias(&m.object->load, v->start, v->offset, (uint64_t)sysconf(_SC_PAGESIZE), &m.bias))
		m.bias = v->start - v->offset;
	if (!m.object)
		im->generates = true;
	vec_room(&im->mappings, im->n, &im->cap);
	im->mappings[im->n++] = m;
}

/* Only what can be executed is left. [vsyscall] is nobody's own. */
static void keep_code(struct vma_list *maps)
{
	size_t n = 0;

	for (size_t i = 0; i < maps->n && n < MAPPINGS_MAX; i++)
		if (maps->items[i].executable && maps->items[i].start <= INT64_MAX)
			maps->items[n++] = maps->items[i];
	maps->n = n;
}

struct unwind_image *unwind_image_read(struct unwind_images *images, pid_t pid)
{
	struct unwind_owner of = unwind_owner_of(images->fs, pid);
	struct unwind_image *im;

	if (procfs_maps(images->fs, pid, &images->text, &images->maps) || !images->maps.n)
		return NULL;
	keep_code(&images->maps);
	for (size_t i = 0; i < images->n; i++)
		if (same_image(images->items[i], &of, &images->maps, images->text.data)) {
			images->items[i]->refs++;
			return images->items[i];
		}
	im = xcalloc(1, sizeof(*im));
	im->id = ++images->last_id;
	im->refs = 1;
	im->space = unwind_space_new();
	for (size_t i = 0; i < images->maps.n; i++)
		add_mapping(images, im, &of, &images->maps.items[i]);
	vec_room(&images->items, images->n, &images->cap);
	images->items[images->n++] = im;
	return im;
}

const struct unwind_mapping *unwind_image_at(const struct unwind_image *im, uint64_t address)
{
	size_t i = search(at, im->n, im->mappings[at].end <= address);

	return i < im->n && im->mappings[i].start <= address ? &im->mappings[i] : NULL;
}
