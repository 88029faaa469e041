#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cmd/options.h"
#include "cmd/record_file.h"
#include "cmd/recording.h"
#include "cmd/stranger.h"
#include "sys/priv.h"

static const struct option_row mark_options[] = {
	{ 0 },
};

static int open_to_append(const char *path)
{
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);

	return open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* The file at `path`, to be appended to, if it is a recording; -1 with `err`. */
static int open_recording(const char *path, struct err *err)
{
	cleanup(recording_input_release) struct recording_input in = RECORDING_INPUT_NONE;
	cleanup_close int fd = open_to_append(path);
	enum status status = errno == ENOENT || errno == ENOTDIR ? STATUS_NO_TARGET :
			     errno == EACCES || errno == EPERM   ? STATUS_DENIED :
								   STATUS_FAILED;
	struct replay *replay = NULL;
	struct stat st;
	int ret = fd, r;

	if (fd < 0)
		return err_errno(err, status, errno, "%.300s", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, STATUS_FAILED, "%.300s: it is not a file", path);
	if (recording_input_open(&in, path, err) < 0 || recording_alone(err) < 0)
		return -1;
	r = replay_open_input(in.fd, path, &replay, err);
	in.fd = -1;
	if (r < 0)
		return -1;
	replay_close(replay);
	fd = -1;
	return ret;
}

/* `text` as a mark may hold it: clean, in one line, cut between characters. */
static void clean_text(struct buf *out, const char *text)
{
	size_t len;

	text_clean(out, text, strlen(text));
	if (out->len <= RECORD_MARK_MAX)
		return;
	for (len = RECORD_MARK_MAX; len && (out->data[len] & 0xc0) == 0x80; len--)
		continue;
	out->data[len] = '\0';
}

static int append_mark(const char *path, const char *text, struct err *err)
{
	cleanup_close int fd = stranger_check(path, err) < 0 ? -1 : open_recording(path, err);
	cleanup(buf_release) struct buf clean = { 0 }, record = { 0 };
	int r;

	if (fd < 0)
		return -1;
	clean_text(&clean, text);
	record_mark(clock_ns(CLOCK_REALTIME), clean.data, &record);
	/* A file that may not grow is a failed write, not a death. */
	signal(SIGXFSZ, SIG_IGN);
	r = record_append(fd, &record);
	return r < 0 ? err_errno(err, STATUS_FAILED, -r, "cannot write %.300s", path) : 0;
}

static int mark_run(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	struct operands rest;
	int r = options_parse(verb, argc, argv, NULL, &rest, err);

	if (r != 0)
		return r;
	if (!rest.target || !rest.second)
		return usage_error(verb, err, "a recording and a text are needed: FILE TEXT");
	if (!*rest.second)
		return usage_error(verb, err, "the text is empty");
	return append_mark(rest.target, rest.second, err);
}

const struct verb verb_mark = {
	.name = "mark",
	.summary = "put a mark into a recording, also while it is made",
	.synopsis = "FILE TEXT",
	.about = "Appends a line of text with the time of now: a deploy, 3000 requests. Reports\n"
		 "tell what happened between marks.",
	.exits = "0 done, 1 failed, 2 usage, 4 no permission, 5 no such file",
	.options = mark_options,
	.two_words = true,
	.lends = PRIV_DAC_READ_SEARCH | PRIV_DAC_OVERRIDE,
	.run = mark_run,
};
