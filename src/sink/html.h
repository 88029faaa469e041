#ifndef COWTOP_SINK_HTML_H
#define COWTOP_SINK_HTML_H

/*
 * Building blocks of a self-contained HTML page: one style for light and dark, no script, nothing
 * that is fetched. A Content-Security-Policy in the page forbids both. Private to the html and plot
 * files of this layer.
 */
#include <stdint.h>
#include "base/buf.h"

/* Foreign text made harmless: cleaned, and & < > " ' as entities. The only way of foreign bytes into
 * a page, for text and for quoted attributes. */
void html_text(struct buf *out, const char *foreign);

/* An instant as `text`, which is ours, with its UTC for programs and under the pointer. */
void html_time(struct buf *out, int64_t ns, const char *text);

/* Up to <main>; `title` is foreign. */
void html_begin(struct buf *out, const char *title);
/* With what is added to the style sheet: a literal. */
void html_begin_styled(struct buf *out, const char *title, const char *style);
void html_end(struct buf *out);
void html_section(struct buf *out, const char *title); /* a literal */
void html_section_end(struct buf *out);

/* A number with its name and a note, in a row of such. Literals and numbers, no foreign text. */
void html_tile(struct buf *out, const char *name, const char *value, const char *note);

/* Cells of a table; `heads`: literals, NULL-terminated, flush left with '<' in front. */
void html_table(struct buf *out, const char *const *heads);
void html_cell(struct buf *out, const char *text);    /* right-aligned number or dash */
void html_name(struct buf *out, const char *foreign); /* flush left */
void html_table_end(struct buf *out);

#endif
