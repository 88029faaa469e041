#include "cmd/record_rotate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "cmd/output.h"
#include "cmd/record_file.h"
#include "cmd/recording.h"
#include "recording/replay.h"
#include "sink/when.h"
#include "sys/priv.h"

/* "20261121T090000.123Z" */
#define STAMP_LEN 20

/* Where the last part of a path begins, and its suffix: at its last dot, or at its end. */
static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *record_suffix(const char *path)
{
	const char *base = base_of(path), *dot = strrchr(base, '.');

	return dot && dot > base ? dot : base + strlen(base);
}

/* The instant in the shortest form of ISO 8601 that sorts. */
static void stamp(char out[static 32], int64_t ns)
{
	char *to = out;

	when_ms(out, ns);
	for (const char *from = out; *from; from++)
		if (*from != '-' && *from != ':')
			*to++ = *from;
	*to = '\0';
}

static bool is_stamp(const char *s)
{
	static const char shape[] = "dddddddd"
				    "Tdddddd.dddZ";

	for (size_t i = 0; i < STAMP_LEN; i++) {
		if (shape[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != shape[i])
			return false;
	}
	return true;
}

static void stamped_name(struct buf *out, const char *path, int64_t ns)
{
	char text[32];
	const char *suffix = record_suffix(path);

	stamp(text, ns);
	buf_reset(out);
	buf_printf(out, "%.*s-%s%s", (int)(suffix - path), path, text, suffix);
}

const char *rotate_stamp(const char *name)
{
	size_t len = (size_t)(record_suffix(name) - name);
	const char *at = name + len - STAMP_LEN;

	return len > STAMP_LEN && at[-1] == '-' && is_stamp(at) ? at : NULL;
}

/* Is this the name of a file that was moved aside from `path`? */
static bool is_older(const char *name, const char *path)
{
	const char *base = base_of(path), *suffix = record_suffix(path);
	size_t stem = (size_t)(suffix - base);

	return strlen(name) == stem + 1 + STAMP_LEN + strlen(suffix) && strncmp(name, base, stem) == 0 &&
	       name[stem] == '-' && is_stamp(name + stem + 1) &&
	       strcmp(name + stem + 1 + STAMP_LEN, suffix) == 0;
}

int rotate_aside(const char *path, int64_t began_ns, struct err *err)
{
	cleanup(buf_release) struct buf name = { 0 };
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);
	struct stat st;

	/* Of two files that began in the same millisecond the later one is not the older. */
	do
		stamped_name(&name, path, began_ns);
	while (lstat(name.data, &st) == 0 && (began_ns += MILLISECOND));
	if (rename(path, name.data) < 0)
		return err_errno(err, STATUS_FAILED, errno, "cannot rename %s to %s", path, name.data);
	return 0;
}

static int open_former(const char *path)
{
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);

	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* When a recording began; INT64_MIN when it cannot be read: whoever has put it there. */
static int64_t began_at(const char *path, struct err *err)
{
	cleanup(recording_input_release) struct recording_input in = RECORDING_INPUT_NONE;
	cleanup(priv_return) struct priv_lent plain = priv_lend(PRIV_PLAIN);
	struct replay *r = NULL;
	int64_t began;
	int fd;

	if (recording_input_open(&in, path, err) < 0)
		return INT64_MIN;
	fd = in.fd;
	in.fd = -1;
	if (replay_open_input(fd, path, &r, err) < 0)
		return INT64_MIN;
	began = replay_info(r)->first_ns;
	replay_close(r);
	return began;
}

int rotate_former(const char *path, struct err *err)
{
	cleanup_close int fd = open_former(path);
	int error = fd < 0 ? errno : 0;
	struct stat st = { 0 };
	int64_t began;

	/* Better refused now than when the first file is full. */
	if (strlen(base_of(path)) + 1 + STAMP_LEN > NAME_MAX)
		return err_errno(err, STATUS_FAILED, ENAMETOOLONG, "%s", path);
	if (error == ENOENT)
		return 0;
	/* of others it is said below what is wrong with it as a recording */
	if (error && error != EACCES && error != EPERM && error != ELOOP)
		return err_errno(err, STATUS_FAILED, error, "cannot read %s", path);
	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)))
		return err_set(err, STATUS_FAILED, "%s is not a regular file: it is not moved aside", path);
	if (fd >= 0 && !record_lock(fd))
		return err_set(err, STATUS_FAILED, "%s: another cowtop is recording into it", path);
	began = began_at(path, err);
	if (began == INT64_MIN)
		return -1;
	/* A recording without a sample has no time of its own. */
	return rotate_aside(path, began ?: st.st_mtim.tv_sec * SECOND, err);
}

/* Is it a recording, and no link to one? */
static bool is_recording(const char *path, struct stat *st)
{
	return lstat(path, st) == 0 && S_ISREG(st->st_mode) && recording_is_at(path);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the files that were moved aside, the oldest first; the caller frees them. */
static char **list_older(const char *path, size_t *ret_n)
{
	cleanup(buf_release) struct buf folder = { 0 };
	size_t cap = 0, n = 0;
	char **names = NULL;
	struct dirent *entry;
	DIR *d;

	buf_add(&folder, path, (size_t)(base_of(path) - path));
	d = opendir(folder.len ? folder.data : ".");
	while (d && (entry = readdir(d))) {
		if (!is_older(entry->d_name, path))
			continue;
		vec_room(&names, n, &cap);
		names[n++] = xstrdup(entry->d_name);
	}
	if (d)
		closedir(d);
	if (n)
		qsort(names, n, sizeof(*names), by_name);
	*ret_n = n;
	return names;
}

bool rotate_is_old(const struct stat *st, const struct rotate_keep *keep)
{
	int64_t written = st->st_mtim.tv_sec * SECOND + st->st_mtim.tv_nsec;

	return keep->age_ns && clock_ns(CLOCK_REALTIME) - written > keep->age_ns;
}

void rotate_prune(const char *path, const struct rotate_keep *keep)
{
	cleanup(buf_release) struct buf full = { 0 };
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);
	int64_t left = keep->files ?: INT64_MAX;
	struct stat st;
	char **names;
	size_t n;

	if (!keep->files && !keep->age_ns)
		return;
	names = list_older(path, &n);
	while (n--) {
		buf_reset(&full);
		buf_printf(&full, "%.*s%s", (int)(base_of(path) - path), path, names[n]);
		free(names[n]);
		if (is_recording(full.data, &st) && (left-- <= 0 || rotate_is_old(&st, keep)) &&
		    unlink(full.data) < 0)
			say("cannot delete %s: %s", full.data, strerror(errno));
	}
	free(names);
}
