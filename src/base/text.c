#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include "base/utf8.h"

static const struct range {
	uint32_t first, last;
} unsafe[] = {
	{ 0x0000, 0x001f },   { 0x007f, 0x009f }, /* C0, DEL, C1 */
	{ 0x00ad, 0x00ad },                       /* soft hyphen */
	{ 0x061c, 0x061c },                       /* Arabic letter mark */
	{ 0x180e, 0x180e },                       /* Mongolian vowel separator */
	{ 0x200b, 0x200f },                       /* zero-width space, joiners, direction marks */
	{ 0x2028, 0x202e },                       /* line separators, embeddings, overrides */
	{ 0x2060, 0x206f },                       /* word joiner, invisible operators, isolates */
	{ 0xfdd0, 0xfdef },                       /* non-characters; the others end in fffe, ffff */
	{ 0xfeff, 0xfeff },                       /* byte order mark */
	{ 0xfff9, 0xfffb },                       /* interlinear annotation */
	{ 0x13430, 0x1343f },                     /* hieroglyph joiners */
	{ 0x1bca0, 0x1bca3 },                     /* shorthand format controls */
	{ 0x1d173, 0x1d17a },                     /* musical format controls */
	{ 0xe0000, 0xe00ff },                     /* tags: invisible copies of ASCII */
};

static bool is_unsafe(uint32_t c)
{
	size_t i;

	if (c >= 0x20 && c < 0x7f)
		return false;
	if ((c & 0xfffe) == 0xfffe)
		return true;
	for (i = 0; i < sizeof(unsafe) / sizeof(*unsafe) && c >= unsafe[i].first; i++) {
		if (c <= unsafe[i].last)
			return true;
	}
	return false;
}

/* All of it or, at the ceiling, nothing: a character or an escape is never cut in two. */
static bool add_whole(struct buf *out, const char *bytes, size_t len)
{
	if (buf_room(out, len) < len) {
		out->cut = true;
		return false;
	}
	buf_add(out, bytes, len);
	return true;
}

static bool add_escaped(struct buf *out, const char *bytes, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	size_t i;

	if (*bytes == '\n')
		return add_whole(out, "\\n", 2);
	if (*bytes == '\t')
		return add_whole(out, "\\t", 2);
	if (*bytes == '\r')
		return add_whole(out, "\\r", 2);

	for (i = 0; i < len; i++) {
		unsigned char byte = bytes[i];
		char escape[4] = { '\\', 'x', hex[byte >> 4], hex[byte & 15] };

		if (!add_whole(out, escape, sizeof(escape)))
			return false;
	}
	return true;
}

void text_clean(struct buf *out, const char *bytes, size_t len)
{
	size_t at = 0, n;
	uint32_t c;
	bool fits = true;

	while (at < len && fits) {
		n = utf8_decode(bytes + at, len - at, &c);
		if (n && !is_unsafe(c)) {
			fits = add_whole(out, bytes + at, n);
		} else {
			n = n ? n : 1;
			fits = add_escaped(out, bytes + at, n);
		}
		at += n;
	}
}
