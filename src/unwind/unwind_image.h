#ifndef COWTOP_UNWIND_UNWIND_IMAGE_H
#define COWTOP_UNWIND_UNWIND_IMAGE_H

/*
 * What a process can run: its executable mappings. Forked processes have the same ones, so they share
 * an image, and with it everything that was learned about its functions.
 */
#include "parse/python_frames.h"
#include "sys/unwind.h"
#include "unwind/unwind_object.h"

struct unwind_mapping {
	uint64_t start, end, offset, inode;
	uint32_t dev_major, dev_minor;
	uint64_t bias;                /* address in the process - address in the object */
	struct unwind_object *object; /* NULL: memory without a file, so generated code */
};

struct unwind_image {
	uint64_t id;                     /* never used again */
	unsigned int refs;               /* processes */
	struct unwind_mapping *mappings; /* by address */
	size_t n, cap;
	bool generates; /* has executable memory without a file */
	struct unwind_space *space;
	struct python_offsets python; /* .list: 0 unless its Python's frames can be read */
	uint8_t python_tries;         /* how often that was looked for */
};

struct unwind_images {
	const struct procfs *fs;
	struct unwind_objects objects;
	struct unwind_image **items;
	size_t n, cap;
	uint64_t last_id;
	struct buf text;
	struct vma_list maps;
};

void unwind_images_release(struct unwind_images *images);

/* The image of a process as it is now, or NULL: gone, or not for us. Adds a reference. */
struct unwind_image *unwind_image_read(struct unwind_images *images, pid_t pid);
void unwind_image_put(struct unwind_images *images, struct unwind_image *im); /* NULL is fine */

/* The mapping around an address, or NULL. */
const struct unwind_mapping *unwind_image_at(const struct unwind_image *im, uint64_t address);

#endif
