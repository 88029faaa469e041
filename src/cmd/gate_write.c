#include "cmd/gate_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "cmd/output.h"
#include "sink/ci_figures.h"
#include "sink/ci_github.h"
#include "sink/judged_markdown.h"
#include "sink/junit.h"

/* GitHub refuses a summary from here on. */
#define SUMMARY_LIMIT ((off_t)1024 * 1024)

static const struct {
	void (*render)(struct buf *out, const struct judged *j);
	bool figures; /* nothing without them */
} forms[GATE_FILES] = {
	[GATE_JUNIT] = { junit_judged, false },
	[GATE_MARKDOWN] = { judged_markdown, false },
	[GATE_METRICS] = { ci_metrics, true },
	[GATE_BENCHMARK] = { ci_benchmark, true },
};

static int write_files(const struct gate_settings *set, struct atomic_file files[GATE_FILES],
		       const struct judged *j, struct err *err)
{
	for (size_t i = 0; i < GATE_FILES; i++) {
		cleanup(buf_release) struct buf out = { 0 };

		if (!set->files[i] || (forms[i].figures && !j->nseries))
			continue;
		forms[i].render(&out, j);
		if (atomic_file_write(&files[i], &out, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- GitHub Actions */

static bool on_github(void)
{
	return strcmp(getenv("GITHUB_ACTIONS") ?: "", "true") == 0;
}

static void annotate(const struct judged *j)
{
	cleanup(buf_release) struct buf out = { 0 };

	github_annotations(&out, j);
	if (out.len)
		output_all(STDERR_FILENO, out.data, out.len);
}

/* 0 or -errno; what would go beyond the limit is -EFBIG. */
static int append(const char *path, const struct buf *text)
{
	cleanup_close int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size + (off_t)text->len >= SUMMARY_LIMIT)
		return -EFBIG;
	return output_all(fd, text->data, text->len);
}

/* Nobody has asked for it with an option: that it cannot be had is no failure of the run. */
static void summarize(const struct judged *j, const struct buf *above)
{
	const char *path = getenv("GITHUB_STEP_SUMMARY") ?: "";
	cleanup(buf_release) struct buf text = { 0 };
	int r;

	if (!*path)
		return;
	if (above->len)
		buf_printf(&text, "%s\n", above->data);
	judged_markdown(&text, j);
	buf_addc(&text, '\n');
	r = append(path, &text);
	if (r < 0)
		say("no summary in %s: %s", path, strerror(-r));
}

/* Has anybody asked for a judgement? */
static bool has_rules(const struct judged *j)
{
	for (size_t i = 0; i < j->n; i++) {
		if (j->pools[i].n > 1)
			return true;
	}
	return false;
}

int gate_write(const struct gate_settings *set, struct atomic_file files[GATE_FILES], const struct judged *j,
	       const struct buf *above, struct err *err)
{
	if (on_github() && (has_rules(j) || gate_is_wanted(set))) {
		annotate(j);
		summarize(j, above);
	}
	return write_files(set, files, j, err);
}
