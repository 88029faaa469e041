#include "sink/stacks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "sink/stacks_label.h"

struct line {
	char *text;
	uint64_t pages;
};

/* What separates frames must not stand in one. */
static void add_frame(struct buf *out, const char *label)
{
	for (; *label; label++) {
		if (*label == ';')
			buf_adds(out, "\\x3b");
		else
			buf_addc(out, *label);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->text, ((const struct line *)b)->text);
}

static void print(struct buf *out, struct line *lines, size_t n)
{
	uint64_t pages = 0;

	qsort(lines, n, sizeof(*lines), by_text);
	for (size_t i = 0; i < n; i++) {
		pages += lines[i].pages;
		if (i + 1 < n && !by_text(&lines[i], &lines[i + 1]))
			continue;
		buf_printf(out, "%s %" PRIu64 "\n", lines[i].text, pages);
		pages = 0;
	}
}

void stacks_folded(struct buf *out, const struct stack_report *r)
{
	cleanup(labels_release) struct labels labels = { 0 };
	cleanup_free const char **frames = xcalloc(labels_most(r->facts), sizeof(*frames));
	cleanup_free struct line *lines = xcalloc(r->nrows + 1, sizeof(*lines));
	size_t n = 0, i, k, depth;

	labels_make(r->facts, &labels);
	for (i = 0; i < r->nrows; i++) {
		cleanup(buf_release) struct buf line = { 0 };

		if (!r->rows[i].sum.pages[PAGE_EVENT_COPIED])
			continue;
		depth = labels_of(&labels, &r->rows[i], frames);
		for (k = 0; k < depth; k++) {
			buf_adds(&line, k ? ";" : "");
			add_frame(&line, frames[k]);
		}
		lines[n].pages = r->rows[i].sum.pages[PAGE_EVENT_COPIED];
		lines[n++].text = xmemdupz(depth ? line.data : "[unknown]", depth ? line.len : 9);
	}
	if (r->pool.unattributed > 0)
		lines[n++] = (struct line){ xstrdup(LABEL_UNATTRIBUTED), (uint64_t)r->pool.unattributed };
	print(out, lines, n);
	for (i = 0; i < n; i++)
		free(lines[i].text);
}
