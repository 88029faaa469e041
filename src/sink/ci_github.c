#include "sink/ci_github.h"

#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"

/* What a workflow command ends at is escaped; in a property also what parts properties. */
static void add_escaped(struct buf *out, const char *foreign, const char *special)
{
	cleanup(buf_release) struct buf clean = { 0 };

	text_clean(&clean, foreign, strlen(foreign));
	for (size_t i = 0; i < clean.len; i++) {
		if (strchr(special, clean.data[i]))
			buf_printf(out, "%%%02X", (unsigned char)clean.data[i]);
		else
			buf_addc(out, clean.data[i]);
	}
}

static void add_annotation(struct buf *out, const struct judged_line *line)
{
	cleanup(buf_release) struct buf title = { 0 };

	buf_printf(&title, "cowtop: %s: %s", line->pool->name, line->check->name);
	buf_adds(out, "::error title=");
	add_escaped(out, title.data, "%:,\r\n");
	buf_adds(out, "::");
	add_escaped(out, line->check->text, "%\r\n");
	buf_addc(out, '\n');
}

/* The last one says how many others there are. */
static void add_rest(struct buf *out, size_t n)
{
	buf_printf(out, "::error title=cowtop::and %zu others: see the output of this step\n", n);
}

void github_annotations(struct buf *out, const struct judged *j)
{
	cleanup_free struct judged_line *lines = NULL;
	size_t n = judged_count(j, JUDGED_FAILED) + judged_count(j, JUDGED_ERROR);
	size_t shown = n > GITHUB_ANNOTATIONS ? GITHUB_ANNOTATIONS - 1 : n;

	judged_worst_first(j, &lines);
	for (size_t i = 0; i < shown; i++)
		add_annotation(out, &lines[i]);
	if (shown < n)
		add_rest(out, n - shown);
}
