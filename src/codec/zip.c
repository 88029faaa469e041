#include "codec/zip.h"

#include <zstd.h>
#include <zstd_errors.h>
#include "base/alloc.h"

/* Measured on samples of 64 workers: a higher level or a larger window gains less than a percent. */
#define ZIP_LEVEL 3
#define ZIP_WINDOW_LOG 18
/* What a hostile stream may ask for: 8 MiB. */
#define UNZIP_WINDOW_LOG 23

/* Is it an error? To be out of memory is none of the bytes. */
static bool failed(size_t r)
{
	if (ZSTD_getErrorCode(r) == ZSTD_error_memory_allocation)
		out_of_memory();
	return ZSTD_isError(r);
}

/* Our struct is theirs: an opaque name, so that nobody else needs the header. */
static ZSTD_CCtx *compressor(struct zip *z)
{
	return (ZSTD_CCtx *)z;
}

static ZSTD_DCtx *decompressor(struct unzip *u)
{
	return (ZSTD_DCtx *)u;
}

struct zip *zip_new(void)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();

	if (!c)
		out_of_memory();
	ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, ZIP_LEVEL);
	ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, ZIP_WINDOW_LOG);
	return (struct zip *)c;
}

void zip_restart(struct zip *z)
{
	ZSTD_CCtx_reset(compressor(z), ZSTD_reset_session_only);
}

bool zip_add(struct zip *z, const struct buf *piece, struct buf *out)
{
	ZSTD_inBuffer in = { piece->data, piece->len, 0 };
	size_t more;

	do {
		size_t room = buf_room(out, 4096);
		ZSTD_outBuffer to = { out->data + out->len, room, 0 };

		if (!room)
			return false;
		more = ZSTD_compressStream2(compressor(z), &to, &in, ZSTD_e_flush);
		if (failed(more))
			return false;
		out->len += to.pos;
		out->data[out->len] = '\0';
	} while (more || in.pos < in.size);
	return true;
}

void zip_free(struct zip *z)
{
	ZSTD_freeCCtx(compressor(z));
}

struct unzip *unzip_new(void)
{
	ZSTD_DCtx *d = ZSTD_createDCtx();

	if (!d)
		out_of_memory();
	ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, UNZIP_WINDOW_LOG);
	return (struct unzip *)d;
}

void unzip_restart(struct unzip *u)
{
	ZSTD_DCtx_reset(decompressor(u), ZSTD_reset_session_only);
}

/* Done when a call leaves room: whatever the bytes so far hold has then come out. */
bool unzip_add(struct unzip *u, const void *piece, size_t len, struct buf *out)
{
	ZSTD_inBuffer in = { piece, len, 0 };

	for (;;) {
		size_t room = buf_room(out, len > 2048 ? 4 * len : 8192), r;
		ZSTD_outBuffer to = { out->data + out->len, room, 0 };

		if (!room)
			return false;
		r = ZSTD_decompressStream(decompressor(u), &to, &in);
		if (failed(r))
			return false;
		out->len += to.pos;
		out->data[out->len] = '\0';
		if (in.pos == in.size && to.pos < room)
			return true;
	}
}

void unzip_free(struct unzip *u)
{
	ZSTD_freeDCtx(decompressor(u));
}
