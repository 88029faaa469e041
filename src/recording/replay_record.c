/* Records as they lie in the file: headers, payloads, and the way on from damaged bytes. */
#include <string.h>
#include "base/cleanup.h"
#include "codec/crc.h"
#include "codec/zip.h"
#include "recording/replay_map.h"

int replay_record_at(struct replay_file *f, uint64_t at, struct record *ret, struct err *err)
{
	char bytes[RECORD_SIZE];
	ssize_t n = replay_file_read(f, at, bytes, sizeof(bytes), err);

	if (n < 0)
		return -1;
	return n == sizeof(bytes) && record_take(bytes, ret);
}

int replay_record_after(struct replay_file *f, uint64_t at, uint64_t end, uint64_t *ret, struct err *err)
{
	char bytes[65536];
	struct record r;

	for (at++; at < end && end - at >= RECORD_SIZE;) {
		size_t len = end - at < sizeof(bytes) ? (size_t)(end - at) : sizeof(bytes);
		ssize_t n = replay_file_read(f, at, bytes, len, err);
		const char *from = bytes, *found;

		if (n < 0)
			return -1;
		if (n < RECORD_SIZE)
			return 0;
		while ((found = memmem(from, (size_t)(bytes + n - from), RECORD_MARKER,
				       RECORD_MARKER_SIZE))) {
			if (bytes + n - found >= RECORD_SIZE && record_take(found, &r)) {
				*ret = at + (uint64_t)(found - bytes);
				return 1;
			}
			from = found + 1;
		}
		/* A header may lie across the end of these bytes. */
		at += (uint64_t)n - RECORD_SIZE + 1;
	}
	return 0;
}

int replay_payload(struct replay_file *f, uint64_t at, const struct record *r, struct buf *to,
		   struct err *err)
{
	ssize_t n;

	buf_reset(to);
	if (buf_room(to, r->payload) < r->payload)
		return 0;
	n = replay_file_read(f, at + r->header, to->data, r->payload, err);
	if (n < 0)
		return -1;
	to->len = (size_t)n;
	to->data[n] = '\0';
	return to->len == r->payload && crc32c(to->data, to->len) == r->crc;
}

int replay_unpack(struct replay_file *f, uint64_t at, const struct record *r, struct buf *to, struct err *err)
{
	/* One byte more than is allowed: see unzip_add(). */
	cleanup(buf_release) struct buf payload = { .limit = RECORD_PAYLOAD_MAX + 1 };
	struct unzip *unzip;
	int got;

	if (!(r->flags & RECORD_ZSTD))
		return replay_payload(f, at, r, to, err);
	buf_reset(to);
	to->limit = RECORD_PAYLOAD_MAX + 1;
	got = replay_payload(f, at, r, &payload, err);
	if (got <= 0)
		return got;
	unzip = unzip_new();
	got = unzip_add(unzip, payload.data, payload.len, to);
	unzip_free(unzip);
	return got;
}
