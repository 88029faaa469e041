#include "sink/html.h"

#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "sink/html_style.h"
#include "sink/when.h"

void html_text(struct buf *out, const char *foreign)
{
	cleanup(buf_release) struct buf clean = { 0 };
	size_t i;

	text_clean(&clean, foreign, strlen(foreign));
	for (i = 0; i < clean.len; i++) {
		switch (clean.data[i]) {
		case '&':
			buf_adds(out, "&amp;");
			break;
		case '<':
			buf_adds(out, "&lt;");
			break;
		case '>':
			buf_adds(out, "&gt;");
			break;
		case '"':
			buf_adds(out, "&quot;");
			break;
		case '\'':
			buf_adds(out, "&#39;");
			break;
		default:
			buf_addc(out, clean.data[i]);
		}
	}
}

void html_time(struct buf *out, int64_t ns, const char *text)
{
	char utc[32];

	when_s(utc, ns);
	buf_printf(out, "<time datetime=\"%s\" title=\"%s\">%s</time>", utc, utc, text);
}

void html_begin(struct buf *out, const char *title)
{
	html_begin_styled(out, title, "");
}

void html_begin_styled(struct buf *out, const char *title, const char *style)
{
	buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		      "style-src 'unsafe-inline'\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	html_text(out, title);
	buf_adds(out, "</title>\n<style>\n");
	buf_adds(out, html_style);
	buf_adds(out, style);
	buf_adds(out, "</style>\n</head>\n<body>\n<main>\n");
}

void html_end(struct buf *out)
{
	buf_adds(out, "</main>\n</body>\n</html>\n");
}

void html_section(struct buf *out, const char *title)
{
	buf_printf(out, "<section>\n<h2>%s</h2>\n", title);
}

void html_section_end(struct buf *out)
{
	buf_adds(out, "</section>\n");
}

void html_tile(struct buf *out, const char *name, const char *value, const char *note)
{
	buf_printf(out, "<div class=\"tile\"><span>%s</span><strong>%s</strong><small>%s</small></div>\n",
		   name, strcmp(value, "-") ? value : "&ndash;", note);
}

void html_table(struct buf *out, const char *const *heads)
{
	buf_adds(out, "<div class=\"scroll\"><table>\n<thead><tr>");
	for (; *heads; heads++)
		buf_printf(out, "<th%s>%s</th>", **heads == '<' ? " class=\"name\"" : "",
			   *heads + (**heads == '<'));
	buf_adds(out, "</tr></thead>\n<tbody>\n");
}

void html_cell(struct buf *out, const char *text)
{
	buf_adds(out, "<td>");
	html_text(out, text);
	buf_adds(out, "</td>");
}

void html_name(struct buf *out, const char *foreign)
{
	buf_adds(out, "<td class=\"name\">");
	html_text(out, foreign);
	buf_adds(out, "</td>");
}

void html_table_end(struct buf *out)
{
	buf_adds(out, "</tbody>\n</table></div>\n");
}
