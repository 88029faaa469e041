#ifndef COWTOP_SYS_IMAGE_H
#define COWTOP_SYS_IMAGE_H

/*
 * The image of a process: its memory (sys/mem.h), the programs and libraries mapped into it, and their
 * files. A page of a private file mapping that the process never touched is read from the file, where the
 * same bytes are; untouched anonymous memory is zeros. So the whole image can be looked at, and no page
 * of it is touched by that.
 */
#include <sys/types.h>
#include "parse/maps.h"
#include "parse/reader.h"
#include "sys/mem.h"
#include "sys/proc.h"

#define IMAGE_OBJECTS 256
#define IMAGE_FILES 4

/* A file that is mapped from its offset 0 on: what every loaded program and library is. */
struct image_object {
	const struct vma *vma; /* the mapping with offset 0; of several the one that was loaded */
	const char *name;      /* its last path component, as far as known; not NUL-terminated */
	size_t name_len;       /* without " (deleted)" */
};

struct image_file {
	struct vma vma; /* of it */
	int fd;         /* -1: cannot be opened */
};

struct image {
	const struct procfs *fs;
	pid_t pid;
	const struct vma_list *maps;
	const char *text; /* of the maps; NULL: nothing has a name */
	struct mem mem;
	struct image_file files[IMAGE_FILES];
	size_t nfiles, next_file;
	bool no_files; /* do not open files to fill pages in */
};

/* Everything is borrowed and `im` stays where it is. */
void image_init(struct image *im, const struct procfs *fs, pid_t pid, const struct vma_list *maps,
		const char *text, int pagemap, int fd, size_t nslots, uint64_t budget);
void image_release(struct image *im);

/*
 * Are two mappings of one process of one file? By its path as well: file systems of layers and of subvolumes have
 * one device and inode for two. `text`: of the maps; NULL: without names.
 */
bool image_same_file(const struct vma *a, const struct vma *b, const char *text);

/* Up to IMAGE_OBJECTS, by address, each file once; those that have code before others. */
size_t image_objects(const struct vma_list *maps, const char *text, struct image_object ret[IMAGE_OBJECTS]);
/* Does the name hold this text? */
bool image_object_named(const struct image_object *o, const char *part);

/* A value that changes when a file's first page is mapped or unmapped: other objects, maybe another
 * program. */
uint64_t image_signature(const struct vma_list *maps);

/*
 * The file behind a mapping, or -1; owned by `im`. In this order: /proc/PID/map_files (right for deleted
 * files and other mount namespaces, needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE), /proc/PID/exe,
 * /proc/PID/root + path, the path as printed (in a chroot it is the reader's). Only a regular file with
 * the inode of the mapping, and none of FUSE, where the target could keep the reader waiting; and by a path only
 * one on its device, or one whose bytes are those that the mapping shows.
 */
int image_file(struct image *im, const struct vma *v);

#endif
