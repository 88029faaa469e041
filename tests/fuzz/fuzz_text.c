/*
 * text_clean: valid UTF-8 without anything that a terminal obeys, unchanged by a second pass.
 * text_fit: what it takes fits. The first byte of the input is the buffer's ceiling (0: none).
 */
#include <stdbool.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "base/utf8.h"
#include "fuzz.h"

/* Written apart from the table of text.c. */
static bool harmless(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
		return false;
	if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e))
		return false;
	if ((c >= 0x2060 && c <= 0x206f) || c == 0x061c || c == 0xfeff)
		return false;
	return (c & 0xffff) < 0xfffe && !(c >= 0xfdd0 && c <= 0xfdef);
}

static void check_clean(const char *s, size_t len)
{
	size_t at, n;
	uint32_t c;

	for (at = 0; at < len; at += n) {
		n = utf8_decode(s + at, len - at, &c);
		must(n > 0);
		must(harmless(c));
	}
}

static void check_fit(const char *s, size_t len)
{
	size_t width = text_width(s, len), columns, fit, before = 0;

	must(width <= 2 * len);
	must(text_fit(s, len, width) == len);
	for (columns = 0; columns < width && columns < 20; columns++) {
		fit = text_fit(s, len, columns);
		must(fit >= before && fit < len);
		must(text_width(s, fit) <= columns);
		check_clean(s, fit);
		before = fit;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_release) struct buf out = { 0 }, again = { 0 };
	const char *text = (const char *)data + 1;

	if (!size)
		return 0;
	out.limit = data[0];
	text_clean(&out, text, size - 1);
	must(!out.limit || out.len <= out.limit);
	must(out.len >= size - 1 || out.cut);
	if (!out.len)
		return 0;
	check_clean(out.data, out.len);
	check_fit(out.data, out.len);

	text_clean(&again, out.data, out.len);
	must(again.len == out.len && !memcmp(again.data, out.data, out.len));

	/* Bytes that are not clean have no meaning there, and do no harm. */
	must(text_width(text, size - 1) <= 2 * size);
	must(text_fit(text, size - 1, 10) <= size - 1);
	return 0;
}
