#ifndef COWTOP_BASE_IO_H
#define COWTOP_BASE_IO_H

/*
 * Reading, again where a signal came in between. All return how many bytes there were, 0 at the end, or -errno;
 * those of a file by its path leave it closed.
 */
#include <dirent.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"

/* One read(2), one pread(2). An `at` that no file reaches (above INT64_MAX) is -EINVAL. */
ssize_t io_read(int fd, void *to, size_t len);
ssize_t io_read_at(int fd, void *to, size_t len, uint64_t at);
/* As many as it takes for `len` bytes; fewer are the last ones. */
ssize_t io_read_all_at(int fd, void *to, size_t len, uint64_t at);

/* One read(2) of about a page behind what is in `out`; 0 as well where that is full, which is then `cut`. */
ssize_t io_read_on(int fd, struct buf *out);
/* To the end, or until `out` is full and `cut`: all that comes is added. 0 or -errno. */
int io_read_whole(int fd, struct buf *out);
/* The same of a file below an open folder, or AT_FDCWD. */
int io_read_file(int folder, const char *path, struct buf *out);
/* The first `size` - 1 bytes at most, in one read, and a NUL behind them: of files that the kernel makes, which come
 * whole if they are that short. `text` is "" where nothing was read. */
ssize_t io_read_text(int folder, const char *path, char *text, size_t size);

/* The entries of an open folder, whose descriptor is theirs from now on; where there are none (NULL, and errno) it is
 * closed. `fd` below 0 is none. */
DIR *io_entries(int fd);
void io_entries_end(DIR **entries);

#endif
