#include "sys/table_proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "parse/meminfo.h"
#include "sys/table_unread.h"

/* What getpwuid_r(3) may need for one user. */
#define PASSWD_BYTES 16384
#define MEMINFO_MAX 65536

/* Names of users, each looked up once a table; a machine with pools has a handful. */
struct user {
	uint32_t uid;
	char *name;
};

struct users {
	struct user *items;
	size_t n, cap;
};

static void users_release(struct users *u)
{
	size_t i;

	for (i = 0; i < u->n; i++)
		free(u->items[i].name);
	free(u->items);
}

static char *look_up(uint32_t uid)
{
	cleanup_free char *space = xcalloc(1, PASSWD_BYTES);
	struct passwd entry, *found = NULL;
	char number[16];

	if (getpwuid_r(uid, &entry, space, PASSWD_BYTES, &found) == 0 && found && *found->pw_name)
		return xstrdup(found->pw_name);
	snprintf(number, sizeof(number), "%u", (unsigned int)uid);
	return xstrdup(number);
}

static const char *name_of(struct users *u, uint32_t uid)
{
	size_t i;

	for (i = 0; i < u->n; i++) {
		if (u->items[i].uid == uid)
			return u->items[i].name;
	}
	vec_room(&u->items, u->n, &u->cap);
	u->items[u->n] = (struct user){ uid, look_up(uid) };
	return u->items[u->n++].name;
}

/* The pid that a folder is named by, or 0. */
static pid_t pid_of(const char *name)
{
	char *end;
	long n;

	if (*name < '1' || *name > '9')
		return 0;
	n = strtol(name, &end, 10);
	return *end || n > INT32_MAX ? 0 : (pid_t)n;
}

static struct table_entry *add_entry(struct table *t, pid_t pid, const struct stat *folder,
				     struct users *users, const char *comm)
{
	struct table_entry *e;

	vec_room(&t->items, t->n, &t->cap);
	e = &t->items[t->n++];
	*e = (struct table_entry){
		.pid = pid,
		.uid = folder->st_uid,
		.user = xstrdup(name_of(users, folder->st_uid)),
		.comm = xstrdup(comm),
	};
	return e;
}

/* Who ends meanwhile, is hidden (hidepid) or no process is in none of the two tables. */
static void add_process(const struct procfs *fs, pid_t pid, struct users *users, struct table *t,
			struct table *unread)
{
	struct table_entry *e;
	struct proc_stat st;
	struct stat folder;
	char path[16];
	int r;

	snprintf(path, sizeof(path), "%d", (int)pid);
	if (fstatat(fs->fd, path, &folder, 0) < 0)
		return;
	r = procfs_stat(fs, pid, &st);
	if (r == -ENOENT || r == -ESRCH || r == -EBADMSG)
		return;
	if (r < 0) {
		add_entry(unread, pid, &folder, users, "?")->error = -r;
		return;
	}
	e = add_entry(t, pid, &folder, users, st.comm);
	e->ppid = st.ppid;
	e->start_ticks = st.start_ticks;
	e->start_code = st.start_code;
	e->end_code = st.end_code;
	e->start_stack = st.start_stack;
	e->flags = st.flags;
	e->minflt = st.minflt;
	e->state = st.state;
	e->threads = (int)st.threads;
}

/* All whose folders are there, but for those that are in the table already. */
static int add_others(const struct procfs *fs, struct table *t, struct err *err)
{
	/* A handle of its own: reading moves its place. */
	int fd = openat(fs->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup(io_entries_end) DIR *dir = io_entries(fd);
	cleanup(users_release) struct users users = { 0 };
	cleanup(table_release) struct table unread = { 0 };
	const struct dirent *entry;
	size_t known = t->n;

	if (!dir)
		return err_errno(err, STATUS_FAILED, errno, "/proc: cannot open the process table");
	while (errno = 0, (entry = readdir(dir))) {
		const struct table sorted = { .items = t->items, .n = known };
		pid_t pid = pid_of(entry->d_name);

		if (pid && !table_find(&sorted, pid))
			add_process(fs, pid, &users, t, &unread);
	}
	if (errno)
		return err_errno(err, STATUS_FAILED, errno, "/proc: cannot read the process table");
	table_sort(&unread);
	table_place_unread(fs, t, &unread);
	table_sort(t);
	return 0;
}

int table_read_proc(const struct procfs *fs, struct table *t, struct err *err)
{
	table_release(t);
	return add_others(fs, t, err);
}

int table_add_proc(const struct procfs *fs, struct table *t, struct err *err)
{
	return add_others(fs, t, err);
}

int host_memory_proc(const struct procfs *fs, struct host_sample *ret)
{
	cleanup(buf_release) struct buf text = { .limit = MEMINFO_MAX };
	int r = io_read_file(fs->fd, "meminfo", &text);
	struct meminfo m;

	if (r < 0)
		return r;
	if (!text.len)
		return -EIO;
	parse_meminfo(text.data ?: "", text.len, &m);
	ret->memory_bytes = m.total;
	ret->available_bytes = m.available;
	ret->cached_bytes = m.cached;
	ret->swap_used_bytes = m.swap_used;
	return 0;
}
