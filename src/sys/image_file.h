#ifndef COWTOP_SYS_IMAGE_FILE_H
#define COWTOP_SYS_IMAGE_FILE_H

#include "parse/maps.h"
#include "parse/reader.h"
#include "sys/proc.h"

/* Open the file behind a mapping, as sys/image.h says; `name` is v->name_len bytes of path, or NULL.
 * The descriptor, which patience_close() closes, or -1. */
int image_file_open(const struct procfs *fs, pid_t pid, const struct vma *v, const char *name);
/* Reads from a file; the reader holds no state, the address is the offset. */
struct reader image_file_reader(const int *fd);

#endif
