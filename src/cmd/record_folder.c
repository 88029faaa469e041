#include "cmd/record_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cmd/output.h"
#include "cmd/record_rotate.h"
#include "cmd/recording.h"
#include "cmd/stranger.h"
#include "sys/priv.h"

#define SUFFIX ".ct"
#define NAME_MOST 40

/* ---- names */

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       c == '.' || c == '+' || c == '-';
}

void record_folder_name(const struct record_folder *f, const struct snapshot *s, struct buf *ret)
{
	const char *command = s->command;
	size_t n = 0;

	buf_reset(ret);
	buf_printf(ret, "%s/", f->path);
	for (; *command && n < NAME_MOST; command++, n++)
		/* neither hidden nor an option */
		buf_printf(ret, "%c",
			   is_plain(*command) && (n || (*command != '.' && *command != '-')) ? *command :
											       '_');
	buf_printf(ret, "%s-%d" SUFFIX, n ? "" : "pool", (int)sample_leader(s->facts));
}

/* "NAME-PID" of so many characters? */
static bool is_stem(const char *name, size_t len)
{
	size_t digits = 0;

	while (digits < len && name[len - 1 - digits] >= '0' && name[len - 1 - digits] <= '9')
		digits++;
	return digits && digits + 1 < len && name[len - 1 - digits] == '-';
}

/* A file that a recorder writes, or wrote when it was killed? */
static bool is_current(const char *name)
{
	const char *suffix = record_suffix(name);

	return strcmp(suffix, SUFFIX) == 0 && is_stem(name, (size_t)(suffix - name));
}

/* One that was moved aside? Then its instant. */
static const char *is_aside(const char *name)
{
	const char *stamp = rotate_stamp(name);

	return stamp && strcmp(record_suffix(name), SUFFIX) == 0 &&
			       is_stem(name, (size_t)(stamp - 1 - name)) ?
		       stamp :
		       NULL;
}

/* ---- what is there */

struct aside {
	char *name;
	struct stat st;
};

struct asides {
	struct aside *items;
	size_t n, cap;
};

static void asides_release(struct asides *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->items[i].name);
	free(a->items);
}

static int by_instant(const void *a, const void *b)
{
	const char *x = ((const struct aside *)a)->name, *y = ((const struct aside *)b)->name;

	return strcmp(rotate_stamp(x), rotate_stamp(y)) ?: strcmp(x, y);
}

static DIR *open_list(const struct record_folder *f)
{
	int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && fd >= 0)
		close(fd);
	return d;
}

/* The oldest first. */
static void list_asides(const struct record_folder *f, struct asides *ret)
{
	DIR *d = open_list(f);
	struct dirent *entry;
	struct stat st;

	while (d && (entry = readdir(d))) {
		if (!is_aside(entry->d_name) || fstatat(f->fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		vec_room(&ret->items, ret->n, &ret->cap);
		ret->items[ret->n++] = (struct aside){ xstrdup(entry->d_name), st };
	}
	if (d)
		closedir(d);
	if (ret->n)
		qsort(ret->items, ret->n, sizeof(*ret->items), by_instant);
}

static void delete (const struct record_folder *f, const char *name)
{
	cleanup(buf_release) struct buf path = { 0 };

	buf_printf(&path, "%s/%s", f->path, name);
	if (recording_is_at(path.data) && unlinkat(f->fd, name, 0) < 0)
		say("cannot delete %s: %s", path.data, strerror(errno));
}

void record_folder_prune(const struct record_folder *f, const struct rotate_keep *keep, uint64_t most)
{
	cleanup(asides_release) struct asides all = { 0 };
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);
	size_t files = keep->files ? (size_t)keep->files : SIZE_MAX;
	uint64_t bytes = 0;
	size_t i;

	list_asides(f, &all);
	for (i = 0; i < all.n; i++)
		bytes += (uint64_t)all.items[i].st.st_size;
	for (i = 0; i < all.n; i++) {
		if (bytes <= most && all.n - i <= files && !rotate_is_old(&all.items[i].st, keep))
			return;
		delete (f, all.items[i].name);
		bytes -= (uint64_t)all.items[i].st.st_size;
	}
}

/* ---- the folder */

/* What cannot be moved stays; a pool of that name says so then. */
static void move_left_over(const struct record_folder *f)
{
	cleanup(buf_release) struct buf path = { 0 };
	DIR *d = open_list(f);
	struct dirent *entry;
	struct err err;

	while (d && (entry = readdir(d))) {
		if (!is_current(entry->d_name) || is_aside(entry->d_name))
			continue;
		err = (struct err){ 0 };
		buf_reset(&path);
		buf_printf(&path, "%s/%s", f->path, entry->d_name);
		if (rotate_former(path.data, &err) < 0)
			say("%s", err.msg);
	}
	if (d)
		closedir(d);
}

int record_folder_open(struct record_folder *f, const char *path, struct err *err)
{
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);

	f->path = path;
	if (stranger_check(path, err) < 0)
		return -1;
	/* not for everybody: of pools of all users it has what they may not read of each other */
	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		return err_errno(err, STATUS_FAILED, errno, "cannot make the folder %s", path);
	f->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->fd < 0)
		return err_errno(err, STATUS_FAILED, errno, "cannot open the folder %s", path);
	if (flock(f->fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, STATUS_FAILED, "%s: another cowtop is recording into it", path);
	if (faccessat(f->fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return err_errno(err, STATUS_FAILED, errno, "cannot write into the folder %s", path);
	move_left_over(f);
	return 0;
}

void record_folder_close(struct record_folder *f)
{
	cleanup_closep(&f->fd);
	f->fd = -1;
}
