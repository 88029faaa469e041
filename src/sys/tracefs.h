#ifndef COWTOP_SYS_TRACEFS_H
#define COWTOP_SYS_TRACEFS_H

/*
 * The descriptions of the kernel's tracepoints. tracefs is read where it is mounted; where it is
 * not, through a mount that hangs nowhere and goes with its descriptor (fsopen(2), Linux 5.2, needs
 * CAP_SYS_ADMIN). Nothing in it is written.
 */
#include "base/buf.h"

/* A directory descriptor, or -errno: -EACCES is a mounted one that this user may not enter. */
int tracefs_open(void);
/* The whole of "events/EVENT/format" ("kmem/mm_page_alloc") into `out`, reset first. 0 or -errno; -EFBIG: it is larger than
 * `out` may get. */
int tracefs_format(int dir, const char *event, struct buf *out);

#endif
