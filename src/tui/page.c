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

/* The bytes of the line that begins at `at`, and where the next one begins: behind the blanks between. */
static size_t line_at(const struct buf *clean, size_t at, size_t columns, size_t *ret_next)
{
	size_t n = first_line(clean->data + at, clean->len - at, columns);

	for (*ret_next = at + n; *ret_next < clean->len && clean->data[*ret_next] == ' '; ++*ret_next)
		;
	return n;
}

void page_wrap(struct page *p, int indent, enum paint paint, const char *foreign)
{
	cleanup(buf_release) struct buf clean = { 0 };
	int width = p->columns - indent;
	size_t at, next, n;

	text_clean(&clean, foreign, strlen(foreign));
	for (at = 0; at < clean.len && width > 0; at = next) {
		cleanup(buf_release) struct buf line = { 0 };

		n = line_at(&clean, at, (size_t)width, &next);
		buf_add(&line, clean.data + at, n);
		cells_print(p->cells, page_line(p), p->left + indent, width, paint, line.data);
	}
}

int page_wrap_lines(const struct page *p, int indent, const char *foreign)
{
	cleanup(buf_release) struct buf clean = { 0 };
	int width = p->columns - indent, lines = 0;
	size_t at;

	text_clean(&clean, foreign, strlen(foreign));
	for (at = 0; at < clean.len && width > 0; lines++)
		line_at(&clean, at, (size_t)width, &at);
	return lines;
}

void page_entry(struct page *p, int indent, enum paint name_paint, const char *name, enum paint paint,
		const char *foreign)
{
	struct page same = *p;

	cells_print(p->cells, page_line(&same), p->left + 2, indent - 3, name_paint, name);
	page_wrap(p, indent, paint, foreign);
	if (p->lines < same.lines)
		p->lines = same.lines;
}

int page_entry_lines(const struct page *p, int indent, const char *foreign)
{
	int lines = page_wrap_lines(p, indent, foreign);

	return lines ? lines : 1;
}

void page_say(struct page *p, enum paint paint, const char *text)
{
	cells_print(p->cells, page_line(p), p->left, p->columns, paint, text);
}
