#include "sys/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "parse/cursor.h"
#include "sys/pace.h"

/* "/4194304/smaps_rollup" and every other name that is asked for fits. */
struct path {
	char name[64];
};

static struct path path_of(pid_t pid, const char *name)
{
	struct path p;

	snprintf(p.name, sizeof(p.name), "%d/%s", (int)pid, name);
	return p;
}

int procfs_open(struct procfs *fs, const char *root)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*fs = (struct procfs){ fd, strcmp(root, "/proc") != 0 };
	return 0;
}

void procfs_release(struct procfs *fs)
{
	cleanup_closep(&fs->fd);
	fs->fd = -1;
}

int procfs_file(const struct procfs *fs, pid_t pid, const char *name)
{
	int fd = openat(fs->fd, path_of(pid, name).name, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* io_read_whole() with breaths: each read holds the lock of the address space that the file tells of. */
static int read_paced(int fd, struct buf *out)
{
	struct pace pace = { 0 };
	ssize_t n;

	do {
		if (pace_is_due(&pace, clock_now()))
			pace_pause();
		n = io_read_on(fd, out);
		pace_left(&pace, clock_now());
	} while (n > 0);
	return (int)n;
}

fact proc_read_number(int fd)
{
	char text[64];
	ssize_t n = fd < 0 ? fd : io_read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return ABSENT;
	text[n] = '\0';
	return strtoll(text, NULL, 10);
}

int procfs_read(const struct procfs *fs, pid_t pid, const char *name, struct buf *out)
{
	cleanup_close int fd = procfs_file(fs, pid, name);

	buf_reset(out);
	if (fd < 0)
		return fd;
	return read_paced(fd, out);
}

int procfs_link(const struct procfs *fs, pid_t pid, const char *name, struct buf *out)
{
	ssize_t n;

	buf_reset(out);
	if (!buf_room(out, 4096))
		return -ENAMETOOLONG;
	n = readlinkat(fs->fd, path_of(pid, name).name, out->data, out->cap - 1);
	if (n < 0)
		return -errno;
	out->len = n;
	out->data[n] = '\0';
	return 0;
}

int procfs_exe(const struct procfs *fs, pid_t pid, uint64_t *ret_dev, uint64_t *ret_ino)
{
	struct stat st;

	if (fstatat(fs->fd, path_of(pid, "exe").name, &st, 0) < 0)
		return -errno;
	*ret_dev = st.st_dev;
	*ret_ino = st.st_ino;
	return 0;
}

uint64_t procfs_auxv(const struct procfs *fs, pid_t pid, uint64_t type)
{
	cleanup(buf_release) struct buf text = { .limit = 4096 };
	uint64_t pair[2];

	if (procfs_read(fs, pid, "auxv", &text) < 0)
		return 0;
	for (size_t at = 0; at + sizeof(pair) <= text.len; at += sizeof(pair)) {
		memcpy(pair, text.data + at, sizeof(pair));
		if (pair[0] == type)
			return pair[1];
	}
	return 0;
}

static void close_dirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

ssize_t procfs_threads(const struct procfs *fs, pid_t pid, pid_t *ret, size_t max)
{
	int fd = openat(fs->fd, path_of(pid, "task").name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup(close_dirp) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t n = 0;

	if (!dir)
		return -errno;
	while (n < max && (entry = readdir(dir))) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (tid > 0)
			ret[n++] = tid;
	}
	return (ssize_t)n;
}

/* A small file from its beginning, in one read. */
static ssize_t read_line(int fd, char *line, size_t size)
{
	return io_read_at(fd, line, size, 0);
}

int proc_stat(int fd, struct proc_stat *ret)
{
	char line[2048]; /* 52 numbers and a name of at most 64 bytes */
	ssize_t n = read_line(fd, line, sizeof(line));

	if (n <= 0)
		return n < 0 ? (int)n : -ESRCH;
	return parse_stat(line, (size_t)n, ret) < 0 ? -EBADMSG : 0;
}

pid_t procfs_newest(const struct procfs *fs, struct buf *scratch)
{
	const char *blank;
	struct cursor c;
	uint64_t newest;

	buf_reset(scratch);
	if (io_read_file(fs->fd, "loadavg", scratch) < 0 || !scratch->len)
		return 0;
	blank = memrchr(scratch->data, ' ', scratch->len);
	if (!blank)
		return 0;
	c = (struct cursor){ blank + 1, scratch->data + scratch->len };
	return cursor_u64(&c, &newest) && newest <= INT32_MAX ? (pid_t)newest : 0;
}

int procfs_stat(const struct procfs *fs, pid_t pid, struct proc_stat *ret)
{
	cleanup_close int fd = procfs_file(fs, pid, "stat");

	return fd < 0 ? fd : proc_stat(fd, ret);
}

/* fs/proc/base.c, proc_pid_schedstat() (Linux 6.18): "0 0 0" where nothing is counted. */
int proc_schedstat(int fd, uint64_t *ret_ns, uint64_t *ret_times)
{
	uint64_t waited;
	char line[80];
	ssize_t n = read_line(fd, line, sizeof(line));
	struct cursor c = { line, line + (n > 0 ? n : 0) };

	if (n <= 0)
		return n < 0 ? (int)n : -ESRCH;
	if (!cursor_u64(&c, ret_ns) || !cursor_blanks(&c) || !cursor_u64(&c, &waited) || !cursor_blanks(&c) ||
	    !cursor_u64(&c, ret_times))
		return -EBADMSG;
	return 0;
}

static int read_totals(const struct procfs *fs, pid_t pid, const char *name, struct smaps_totals *ret)
{
	cleanup(buf_release) struct buf text = { 0 };
	int r = procfs_read(fs, pid, name, &text);

	if (r < 0)
		return r;
	if (!text.len)
		return -ESRCH; /* a zombie or a kernel thread: no memory */
	return text.cut ? -EFBIG : parse_smaps(text.data, text.len, ret) < 0 ? -EBADMSG : 0;
}

int procfs_rollup(const struct procfs *fs, pid_t pid, struct smaps_totals *ret)
{
	int r = read_totals(fs, pid, "smaps_rollup", ret);

	return r == -ENOENT ? read_totals(fs, pid, "smaps", ret) : r;
}

int procfs_resident(const struct procfs *fs, pid_t pid, uint64_t *ret_pages)
{
	cleanup_close int fd = procfs_file(fs, pid, "statm");
	char text[160] = "", *second;
	ssize_t n;

	if (fd < 0)
		return fd;
	n = io_read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return (int)n;
	second = strchr(text, ' ');
	if (!second)
		return n ? -EBADMSG : -ESRCH;
	if (!strtoull(text, NULL, 10))
		return -ESRCH;
	*ret_pages = strtoull(second, NULL, 10);
	return 0;
}

fact procfs_hugetlb(const struct procfs *fs, pid_t pid, struct buf *scratch)
{
	static const char key[] = "\nHugetlbPages:";
	const char *at;

	if (procfs_read(fs, pid, "status", scratch) < 0)
		return ABSENT;
	buf_addc(scratch, '\0');
	at = strstr(scratch->data, key);
	return at ? (fact)(strtoull(at + sizeof(key) - 1, NULL, 10) * 1024) : ABSENT;
}

bool procfs_one_fault_each(const struct procfs *fs, pid_t pid, struct buf *scratch)
{
	struct smaps_totals totals;
	struct proc_stat st;

	if (procfs_stat(fs, pid, &st) < 0 || st.flags & STAT_FORKED_ONLY ||
	    procfs_read(fs, pid, "smaps", scratch) < 0 || scratch->cut)
		return false;
	return parse_smaps(scratch->data, scratch->len, &totals) == 0 && totals.anon_huge == 0 &&
	       totals.shared_hugetlb == 0 && totals.private_hugetlb == 0 &&
	       !smaps_may_be_huge(scratch->data, scratch->len);
}

int procfs_maps(const struct procfs *fs, pid_t pid, struct buf *scratch, struct vma_list *maps)
{
	int r;

	maps->n = 0;
	r = procfs_read(fs, pid, "maps", scratch);
	if (r < 0)
		return r;
	if (scratch->cut)
		return -EFBIG;
	return parse_maps(scratch->data, scratch->len, maps) < 0 ? -EBADMSG : 0;
}

static bool read_own_flags(void)
{
	cleanup(procfs_release) struct procfs fs = { .fd = -1 };
	struct proc_stat st;

	if (procfs_open(&fs, "/proc") < 0 || procfs_stat(&fs, getpid(), &st) < 0)
		return true;
	return st.flags || personality(0xffffffff) & ADDR_NO_RANDOMIZE;
}

bool proc_flags_told(void)
{
	static int told = -1;

	if (told < 0)
		told = read_own_flags();
	return told;
}

bool procfs_is_gone(const struct procfs *fs, pid_t pid, int r)
{
	struct stat folder;

	return r == -ESRCH || (r == -ENOENT && fstatat(fs->fd, path_of(pid, "").name, &folder, 0) < 0);
}

bool procfs_exists(const struct procfs *fs, pid_t pid)
{
	struct stat folder;

	if (pid <= 0)
		return false;
	if (fs->captured)
		return fstatat(fs->fd, path_of(pid, "").name, &folder, 0) == 0;
	return kill(pid, 0) == 0 || errno == EPERM;
}

int procfs_same_mm(const struct procfs *fs, pid_t a, pid_t b)
{
	long r;

	if (fs->captured)
		return -ENOSYS;
	r = syscall(SYS_kcmp, a, b, KCMP_VM, 0UL, 0UL);

	return r < 0 ? -errno : r == 0;
}
