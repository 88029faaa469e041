#include "codec/frame.h"

#include <string.h>
#include "base/cleanup.h"
#include "codec/crc.h"

#define MAGIC_SIZE (sizeof(RECORDING_MAGIC) - 1)

enum {
	SECTION_TIME = 1,
	SECTION_INTERVAL = 2,
	SECTION_CREATOR = 3,
	SECTION_TARGET = 4,
};

static void put_number(struct buf *out, unsigned int tag, int64_t v)
{
	cleanup(buf_release) struct buf body = { 0 };

	put_signed(&body, v);
	put_section(out, tag, &body);
}

static void put_text(struct buf *out, unsigned int tag, const char *s)
{
	cleanup(buf_release) struct buf body = { 0 };

	buf_adds(&body, s);
	put_section(out, tag, &body);
}

void recording_head_put(struct buf *out, const struct recording_head *h)
{
	cleanup(buf_release) struct buf sections = { 0 };
	size_t at = out->len;

	put_number(&sections, SECTION_TIME, h->time_ns);
	put_number(&sections, SECTION_INTERVAL, h->interval_ns);
	put_text(&sections, SECTION_CREATOR, h->creator);
	put_text(&sections, SECTION_TARGET, h->target);

	buf_add(out, RECORDING_MAGIC, MAGIC_SIZE);
	put_fixed(out, RECORDING_VERSION, 2);
	put_fixed(out, RECORDING_VERSION, 2);
	put_fixed(out, 0, 4);
	put_fixed(out, h->page_size, 4);
	put_fixed(out, sections.len, 4);
	put_fixed(out, crc32c(sections.data, sections.len), 4);
	put_fixed(out, crc32c(out->data + at, out->len - at), 4);
	buf_add(out, sections.data, sections.len);
}

int recording_head_take(const void *bytes, size_t len, struct recording_head *ret, struct err *err)
{
	struct intake in = intake_of(bytes, len);
	struct recording_head h = { 0 };

	if (!len)
		return err_set(err, STATUS_FAILED, "it is empty, not a recording");
	if (memcmp(bytes, RECORDING_MAGIC, len < MAGIC_SIZE ? len : MAGIC_SIZE) != 0)
		return err_set(err, STATUS_FAILED, "it is not a recording of cowtop");
	if (len < HEAD_SIZE)
		return err_set(err, STATUS_FAILED, "it is cut off in its head: nothing was recorded");

	in.at += MAGIC_SIZE;
	h.version = (uint16_t)take_fixed(&in, 2);
	h.minimum = (uint16_t)take_fixed(&in, 2);
	h.features = (uint32_t)take_fixed(&in, 4);
	h.page_size = (uint32_t)take_fixed(&in, 4);
	h.sections = (uint32_t)take_fixed(&in, 4);
	h.crc = (uint32_t)take_fixed(&in, 4);
	if (take_fixed(&in, 4) != crc32c(bytes, HEAD_SIZE - 4) || !h.version ||
	    h.sections > HEAD_SECTIONS_MAX) {
		*ret = (struct recording_head){ 0 };
		return 0;
	}
	if (h.minimum > RECORDING_VERSION || h.features & ~(uint32_t)RECORDING_FEATURES)
		return err_set(err, STATUS_FAILED,
			       "it needs a newer cowtop: written in version %u "
			       "of the format, readable from version %u on, features %#x; this one "
			       "reads version %u",
			       h.version, h.minimum, h.features, RECORDING_VERSION);
	*ret = h;
	return 0;
}

static void take_rest(struct intake *in, char *to, size_t size)
{
	size_t len = intake_left(in);

	len = len < size ? len : size - 1;
	len = strnlen((const char *)in->at, len);
	memcpy(to, in->at, len);
	to[len] = '\0';
}

bool recording_head_take_sections(const void *bytes, size_t len, struct recording_head *h)
{
	struct intake in = intake_of(bytes, len), body;
	uint64_t tag;

	if (len != h->sections || crc32c(bytes, len) != h->crc)
		return false;
	while (take_section(&in, &tag, &body)) {
		if (tag == SECTION_TIME)
			h->time_ns = take_signed(&body);
		else if (tag == SECTION_INTERVAL)
			h->interval_ns = take_signed(&body);
		else if (tag == SECTION_CREATOR)
			take_rest(&body, h->creator, sizeof(h->creator));
		else if (tag == SECTION_TARGET)
			take_rest(&body, h->target, sizeof(h->target));
	}
	return !in.bad;
}

void record_put(struct buf *out, const struct record *r, const struct buf *payload)
{
	size_t at = out->len;

	buf_add(out, RECORD_MARKER, RECORD_MARKER_SIZE);
	put_fixed(out, r->type, 1);
	put_fixed(out, r->flags, 1);
	put_fixed(out, RECORD_SIZE, 2);
	put_fixed(out, payload->len, 4);
	put_fixed(out, crc32c(payload->data, payload->len), 4);
	put_fixed(out, (uint64_t)r->time_ns, 8);
	put_fixed(out, r->index, 8);
	put_fixed(out, r->number, 4);
	put_fixed(out, crc32c(out->data + at, out->len - at), 4);
	buf_add(out, payload->data, payload->len);
}

bool record_take(const void *bytes, struct record *ret)
{
	struct intake in = intake_of(bytes, RECORD_SIZE);
	struct record r;

	if (memcmp(bytes, RECORD_MARKER, RECORD_MARKER_SIZE) != 0)
		return false;
	in.at += RECORD_MARKER_SIZE;
	r.type = (uint8_t)take_fixed(&in, 1);
	r.flags = (uint8_t)take_fixed(&in, 1);
	r.header = (uint16_t)take_fixed(&in, 2);
	r.payload = (uint32_t)take_fixed(&in, 4);
	r.crc = (uint32_t)take_fixed(&in, 4);
	r.time_ns = (int64_t)take_fixed(&in, 8);
	r.index = take_fixed(&in, 8);
	r.number = (uint32_t)take_fixed(&in, 4);
	if (take_fixed(&in, 4) != crc32c(bytes, RECORD_SIZE - 4) || r.header < RECORD_SIZE ||
	    r.payload > RECORD_PAYLOAD_MAX)
		return false;
	*ret = r;
	return true;
}
