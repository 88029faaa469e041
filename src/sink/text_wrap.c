#include "sink/text_wrap.h"

#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"

void text_wrap(struct buf *out, const char *foreign, size_t indent, size_t columns)
{
	cleanup(buf_release) struct buf clean = { 0 };
	size_t column = indent, word, width;
	const char *text;

	text_clean(&clean, foreign, strlen(foreign));
	text = clean.data ? clean.data : "";
	while (*text) {
		word = strcspn(text, " ");
		width = text_width(text, word);
		if (column > indent && column + 1 + width > columns) {
			buf_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			buf_addc(out, ' ');
			column++;
		}
		buf_add(out, text, word);
		column += width;
		text += word + strspn(text + word, " ");
	}
	buf_addc(out, '\n');
}
