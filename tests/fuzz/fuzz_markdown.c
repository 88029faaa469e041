/*
 * sink/markdown.h: foreign words in text, code and cells. Of what has a meaning in Markdown, of HTML and of addresses
 * nothing is left but our own entities; a row stays one line with as many cells. The first byte says where words are parted.
 */
#include <ctype.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "shown.h"
#include "sink/markdown.h"

static size_t count(const struct buf *b, const char *part)
{
	size_t n = 0;

	for (const char *at = b->data; at && (at = strstr(at, part)); at++)
		n++;
	return n;
}

/* "&#42;" */
static size_t entity(const char *at)
{
	size_t n = 2;

	if (at[0] != '&' || at[1] != '#')
		return 0;
	while (isdigit((unsigned char)at[n]))
		n++;
	return n > 2 && at[n] == ';' ? n + 1 : 0;
}

static void must_be_plain(const struct buf *b)
{
	for (size_t at = 0; at < b->len;) {
		size_t n = entity(b->data + at);

		must(n || !strchr("<>|`*_[\\\n&~", b->data[at]));
		at += n ? n : 1;
	}
	must(!count(b, "://"));
}

static void check_text(const char *word)
{
	cleanup(buf_release) struct buf b = { 0 };

	markdown_text(&b, word);
	must_be_clean(&b);
	must_be_plain(&b);
	buf_reset(&b);
	markdown_code(&b, word);
	must_be_clean(&b);
	must(!b.len || !strncmp(b.data, "<code>", 6));
	must(!b.len || !strcmp(b.data + b.len - 7, "</code>"));
	/* beside that element only comments, which part what could be an address */
	must(count(&b, "<") == (b.len ? 2 : 0) + count(&b, "<!-- -->") && !count(&b, "\n"));
}

static void check_row(const char *a, const char *b)
{
	static const char *const heads[] = { "<Name", "Text", NULL };
	cleanup(buf_release) struct buf ours = { 0 }, out = { 0 };

	markdown_table(&ours, heads);
	markdown_name(&ours, "a");
	markdown_cell(&ours, "b");
	markdown_row_end(&ours);
	markdown_table(&out, heads);
	markdown_name(&out, a);
	markdown_cell(&out, b);
	markdown_row_end(&out);
	must_be_clean(&out);
	must(count(&out, "|") == count(&ours, "|") && count(&out, "\n") == count(&ours, "\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *a = NULL, *b = NULL;
	size_t at;

	if (!size)
		return 0;
	at = *data % size;
	a = xmemdupz(data + 1, at);
	b = xmemdupz(data + 1 + at, size - 1 - at);
	check_text(a);
	check_text(b);
	check_row(a, b);
	return 0;
}
