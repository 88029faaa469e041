#include "cmd/try_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/unfinished.h"
#include "cmd/output.h"
#include "trial/folder.h"

/* What a file's name has of a variant's. */
#define NAME_MOST 80

/* ---- folders */

static int make_folder(const char *path, struct err *err)
{
	struct stat st;

	if (mkdir(path, 0777) == 0 || (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	return err_errno(err, STATUS_FAILED, errno, "cannot make the folder %s", path);
}

static int make_private(struct try_files *f, struct err *err)
{
	cleanup(buf_release) struct buf path = { 0 };
	const char *where = getenv("TMPDIR");

	buf_printf(&path, "%s/cowtop-try.XXXXXX", where && *where ? where : "/tmp");
	if (!mkdtemp(path.data))
		return err_errno(err, STATUS_FAILED, errno, "cannot make a folder %s", path.data);
	f->folder = path.data;
	path = (struct buf){ 0 };
	unfinished_add(f->folder);
	return 0;
}

int try_files_open(struct try_files *f, const char *recordings, const char *logs, struct err *err)
{
	f->recordings = recordings;
	f->logs = logs;
	if ((recordings && make_folder(recordings, err) < 0) || (logs && make_folder(logs, err) < 0))
		return -1;
	return recordings && logs ? 0 : make_private(f, err);
}

void try_files_left(const char *folder, int error)
{
	if (error < 0)
		say("%s is left: it cannot be removed: %s", folder, strerror(-error));
}

void try_files_close(struct try_files *f)
{
	if (!f->folder)
		return;
	try_files_left(f->folder, folder_remove(f->folder));
	free(f->folder);
	f->folder = NULL;
}

/* ---- files */

void try_files_path(const struct try_files *f, const char *name, int64_t run, struct buf *out)
{
	buf_reset(out);
	buf_printf(out, "%s/%s.%lld.ct", f->recordings ?: f->folder, name, (long long)run);
}

int try_files_check(const struct try_files *f, const char *name, int64_t runs, struct err *err)
{
	cleanup(buf_release) struct buf path = { 0 };
	struct stat st;

	for (int64_t run = 1; run <= runs; run++) {
		try_files_path(f, name, run, &path);
		if (lstat(path.data, &st) == 0)
			return err_set(err, STATUS_FAILED,
				       "%s is there already: take another folder, or move it away",
				       path.data);
	}
	return 0;
}

int try_files_log(const struct try_files *f, const char *name, int64_t run, bool load, struct buf *out,
		  struct err *err)
{
	int fd;

	buf_reset(out);
	buf_printf(out, "%s/%s.%lld%s.log", f->logs ?: f->folder, name, (long long)run, load ? ".load" : "");
	fd = open(out->data, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
	return fd < 0 ? err_errno(err, STATUS_FAILED, errno, "cannot write %s", out->data) : fd;
}

/* ---- names */

static bool is_taken(const char *name, char *const *taken, size_t n)
{
	while (n--)
		if (strcmp(taken[n], name) == 0)
			return true;
	return false;
}

char *try_file_name(const char *variant, char *const *taken, size_t n)
{
	static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+=-_";
	cleanup(buf_release) struct buf name = { 0 };
	size_t len, number = 1;

	/* no hidden file, and none that looks like an option */
	if (!*variant || *variant == '.' || *variant == '-')
		buf_addc(&name, '_');
	for (const char *at = variant; *at && name.len < NAME_MOST; at++)
		buf_addc(&name, strchr(fine, *at) ? *at : '_');
	len = name.len;
	while (is_taken(name.data, taken, n)) {
		name.len = len;
		buf_printf(&name, "-%zu", ++number);
	}
	return xstrdup(name.data);
}
