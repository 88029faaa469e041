#include "tui/page.h"

#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"

/* Bytes of the first line of `s`: up to the last blank that fits, or as much as fits. */
static size_t first_line(const char *s, size_t len, size_t columns)
{
	size_t fits = text_fit(s, len, columns), at = fits;

	if (fits >= len)
		return len;
	while (at && s[at] != ' ')
		at--;
	return at ? at : fits ? fits : len;
}

void page_wrap(struct page *p, int indent, enum paint paint, const char *foreign)
{
	cleanup(buf_release) struct buf clean = {0};
	int width = p->columns - indent;
	size_t at = 0, n;

	text_clean(&clean, foreign, strlen(foreign));
	while (at < clean.len && width > 0) {
		cleanup(buf_release) struct buf line = {0};

		n = first_line(clean.data + at, clean.len - at, (size_t)width);
		buf_add(&line, clean.data + at, n);
		cells_print(p->cells, page_line(p), p->left + indent, width, paint, line.data);
		for (at += n; at < clean.len && clean.data[at] == ' '; at++)
			;
	}
}

void page_entry(struct page *p, int indent, enum paint name_paint, const char *name,
		enum paint paint, const char *foreign)
{
	struct page same = *p;

	cells_print(p->cells, page_line(&same), p->left + 2, indent - 3, name_paint, name);
	page_wrap(p, indent, paint, foreign);
	if (p->lines < same.lines)
		p->lines = same.lines;
}

void page_say(struct page *p, enum paint paint, const char *text)
{
	cells_print(p->cells, page_line(p), p->left, p->columns, paint, text);
}
