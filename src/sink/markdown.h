#ifndef COWTOP_SINK_MARKDOWN_H
#define COWTOP_SINK_MARKDOWN_H

/*
 * Markdown as GitHub and GitLab show it in comments and summaries of jobs: text and tables. Foreign text comes out as
 * it reads, whatever is in it: no markup, no HTML, no line of its own, and nobody is mentioned, no issue is
 * referred to, nothing becomes a link. Pure text of ours is added with buf_adds().
 *
 *	markdown_table(out, (const char *const[]){ "<Variant", "Copied", NULL });
 *	markdown_name(out, variant->name);
 *	markdown_cell(out, "60.2 MiB");
 *	markdown_row_end(out);		// once for each row; a blank line ends the table
 */
#include <stdbool.h>
#include "base/buf.h"

#define MARKDOWN_COMMENT ((size_t)65536) /* bytes: GitHub takes no longer comment */
#define MARKDOWN_NAME 120                /* characters of a name that are shown, the others become "..." */
#define MARKDOWN_TEXT 1000               /* the same of a text */

/* A sentence, or a part of one, in whose middle foreign words may stand. Fits into a cell. */
void markdown_text(struct buf *out, const char *foreign);
/* The same in the letters of code: names, commands, paths. Nothing for an empty one. */
void markdown_code(struct buf *out, const char *foreign);

/* Cells of a table; `heads`: literals, NULL-terminated, flush left with '<' in front, the others flush right. A table
 * stands behind a blank line, which is the caller's. */
void markdown_table(struct buf *out, const char *const *heads);
void markdown_cell(struct buf *out, const char *foreign); /* as markdown_text() */
void markdown_name(struct buf *out, const char *foreign); /* as markdown_code() */
void markdown_row_end(struct buf *out);

/* Append a whole part, if `out` is no longer than MARKDOWN_COMMENT less `spare` with it; else nothing, and false. */
bool markdown_add(struct buf *out, const struct buf *part, size_t spare);

#endif
