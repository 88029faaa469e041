#include "sink/gzip.h"

#include <stdint.h>
#include <zlib.h>

#define WINDOW_GZIP (15 + 16) /* deflateInit2(): the largest window, a gzip header */
#define MEMORY 8
#define PIECE ((size_t)1 << 30) /* zlib counts with 32 bits */

static bool deflate_all(z_stream *z, struct buf *out, const struct buf *in)
{
	size_t at = 0, room;
	int r;

	do {
		if (!z->avail_in && at < in->len) {
			z->next_in = (Bytef *)in->data + at;
			z->avail_in = (uInt)(in->len - at < PIECE ? in->len - at : PIECE);
			at += z->avail_in;
		}
		room = buf_room(out, 1 << 16);
		if (!room)
			return false;
		z->next_out = (Bytef *)out->data + out->len;
		z->avail_out = (uInt)(room < PIECE ? room : PIECE);
		room = z->avail_out;
		r = deflate(z, at < in->len ? Z_NO_FLUSH : Z_FINISH);
		out->len += room - z->avail_out;
		out->data[out->len] = '\0';
	} while (r == Z_OK || r == Z_BUF_ERROR);
	return r == Z_STREAM_END;
}

bool gzip_add(struct buf *out, const struct buf *in)
{
	z_stream z = { 0 };
	bool done;

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_GZIP, MEMORY, Z_DEFAULT_STRATEGY) !=
	    Z_OK)
		return false;
	done = deflate_all(&z, out, in);
	deflateEnd(&z);
	return done;
}
