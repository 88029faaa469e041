#ifndef COWTOP_CODEC_ZIP_H
#define COWTOP_CODEC_ZIP_H

/*
 * zstd behind its one door. A stream is compressed piece by piece; each piece can be decompressed as
 * soon as it and those before it are there (ZSTD_e_flush), and is the smaller for those before it.
 * Restarting begins a new stream, which is decompressed without the old one.
 */
#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"

struct zip;
struct unzip;

struct zip *zip_new(void);
void zip_restart(struct zip *z);
/* Appends the piece to `out`; false when `out` is at its ceiling. */
bool zip_add(struct zip *z, const struct buf *piece, struct buf *out);
void zip_free(struct zip *z); /* NULL is fine */

struct unzip *unzip_new(void);
void unzip_restart(struct unzip *u);
/* Appends what the piece holds, up to the ceiling of `out`; false when that is too low, or when the
 * bytes are no zstd, or want a window above 8 MiB. After false: restart. */
bool unzip_add(struct unzip *u, const void *piece, size_t len, struct buf *out);
void unzip_free(struct unzip *u); /* NULL is fine */

#endif
