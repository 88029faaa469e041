#include "sys/proc.h"

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
#include <sys/sysmacros.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "parse/cursor.h"
#include "sys/pace.h"
#include "sys/proc_path.h"

struct proc_path procfs_path(const struct procfs *fs, pid_t pid, const char *name)
{
	struct proc_path p = proc_path(pid, name);

	proc_path_next(fs->fd, pid, name, &p);
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

/* Where nobody has memory at its end: above all of a process (and no tag on arm64, where bit 55 is the sign). */
#define NOWHERE (1ULL << 55)

/* Older kernels (before 6.16) open the memory of a thread that ended, and nothing is in it. */
static bool is_empty(int fd, const char *name)
{
	uint64_t entry;

	if (!strcmp(name, "pagemap"))
		return io_read_at(fd, &entry, sizeof(entry), 0) == 0;
	return !strcmp(name, "mem") && io_read_at(fd, &entry, 1, NOWHERE) == 0;
}

/* The file with something in it, or -errno. */
static int open_path(const struct procfs *fs, const struct proc_path *path, const char *name)
{
	int fd = openat(fs->fd, path->name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (!is_empty(fd, name))
		return fd;
	close(fd);
	return -ESRCH;
}

int procfs_file(const struct procfs *fs, pid_t pid, const char *name)
{
	struct proc_path path = proc_path(pid, name);
	int fd = open_path(fs, &path, name);

	while (fd < 0 && proc_path_nothing(-fd) && proc_path_next(fs->fd, pid, name, &path))
		fd = open_path(fs, &path, name);
	return fd;
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

static int read_path(const struct procfs *fs, const struct proc_path *path, struct buf *out)
{
	cleanup_close int fd = openat(fs->fd, path->name, O_RDONLY | O_CLOEXEC);

	buf_reset(out);
	return fd < 0 ? -errno : read_paced(fd, out);
}

int procfs_read(const struct procfs *fs, pid_t pid, const char *name, struct buf *out)
{
	struct proc_path path = proc_path(pid, name);
	int r = read_path(fs, &path, out);

	while ((r < 0 ? proc_path_nothing(-r) : !out->len) && proc_path_next(fs->fd, pid, name, &path))
		r = read_path(fs, &path, out);
	return r;
}

int procfs_cgroup(const struct procfs *fs, pid_t pid, struct buf *out)
{
	struct proc_path path = procfs_path(fs, pid, "cgroup");

	return read_path(fs, &path, out);
}

pid_t procfs_thread(const struct procfs *fs, pid_t pid)
{
	pid_t other = proc_living(fs->fd, pid);

	return other ? other : pid;
}

static ssize_t link_of(const struct procfs *fs, const struct proc_path *path, struct buf *out)
{
	ssize_t n = readlinkat(fs->fd, path->name, out->data, out->cap - 1);

	return n < 0 ? -errno : n;
}

int procfs_link(const struct procfs *fs, pid_t pid, const char *name, struct buf *out)
{
	struct proc_path path = proc_path(pid, name);
	ssize_t n;

	buf_reset(out);
	if (!buf_room(out, 4096))
		return -ENAMETOOLONG;
	n = link_of(fs, &path, out);
	while (n < 0 && proc_path_nothing((int)-n) && proc_path_next(fs->fd, pid, name, &path))
		n = link_of(fs, &path, out);
	if (n < 0)
		return (int)n;
	out->len = (size_t)n;
	out->data[n] = '\0';
	return 0;
}

/* By what the kernel holds of the file: its file system is not asked, whose server may have stopped to answer. */
static int file_of(const struct procfs *fs, const struct proc_path *path, uint64_t *ret_dev,
		   uint64_t *ret_ino)
{
	struct statx held;
	struct stat st;

	if (statx(fs->fd, path->name, AT_STATX_DONT_SYNC, STATX_INO, &held) == 0) {
		*ret_dev = makedev(held.stx_dev_major, held.stx_dev_minor);
		*ret_ino = held.stx_ino;
		return 0;
	}
	/* before Linux 4.11, or a filter that does not know it */
	if ((errno != ENOSYS && errno != EPERM) || fstatat(fs->fd, path->name, &st, 0) < 0)
		return -errno;
	*ret_dev = st.st_dev;
	*ret_ino = st.st_ino;
	return 0;
}

bool procfs_other_time(const struct procfs *fs, pid_t pid)
{
	struct stat its, ours;

	return !fs->captured && !fstatat(fs->fd, proc_path(pid, "ns/time").name, &its, 0) &&
	       !fstatat(fs->fd, "self/ns/time", &ours, 0) && its.st_ino != ours.st_ino;
}

int procfs_exe(const struct procfs *fs, pid_t pid, uint64_t *ret_dev, uint64_t *ret_ino)
{
	struct proc_path path = proc_path(pid, "exe");
	int r = file_of(fs, &path, ret_dev, ret_ino);

	while (r < 0 && proc_path_nothing(-r) && proc_path_next(fs->fd, pid, "exe", &path))
		r = file_of(fs, &path, ret_dev, ret_ino);
	return r;
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

bool procfs_covered(const struct procfs *fs, const char *name, dev_t *ret_system)
{
	struct statx file, root;

	if (fs->captured || statx(fs->fd, name, AT_STATX_DONT_SYNC, STATX_INO, &file) < 0 ||
	    statx(fs->fd, "", AT_STATX_DONT_SYNC | AT_EMPTY_PATH, STATX_INO, &root) < 0)
		return false;
	*ret_system = makedev(file.stx_dev_major, file.stx_dev_minor);
	return file.stx_dev_major != root.stx_dev_major || file.stx_dev_minor != root.stx_dev_minor;
}

pid_t procfs_newest(const struct procfs *fs, struct buf *scratch)
{
	dev_t system;
	const char *blank;
	struct cursor c;
	uint64_t newest;

	buf_reset(scratch);
	if (procfs_covered(fs, "loadavg", &system) || io_read_file(fs->fd, "loadavg", scratch) < 0 ||
	    !scratch->len)
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

	int r = fd < 0 ? fd : proc_stat_said(fd, ret);

	if (r == 0)
		proc_stat_complete(fs->fd, ret);
	return r;
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

/* The second number of statm, if the first is not 0. */
static int read_statm(const struct procfs *fs, const struct proc_path *path, uint64_t *ret_pages)
{
	cleanup_close int fd = openat(fs->fd, path->name, O_RDONLY | O_CLOEXEC);
	char text[160] = "", *second;
	ssize_t n;

	if (fd < 0)
		return -errno;
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

int procfs_resident(const struct procfs *fs, pid_t pid, uint64_t *ret_pages)
{
	struct proc_path path = proc_path(pid, "statm");
	int r = read_statm(fs, &path, ret_pages);

	while ((r == -ESRCH || r == -ENOENT) && proc_path_next(fs->fd, pid, "statm", &path))
		r = read_statm(fs, &path, ret_pages);
	return r;
}

/* The number behind the key of a line of a status, which begins with a newline; ABSENT: there is no such line. */
static fact status_number_of(const struct procfs *fs, const struct proc_path *path, const char *key,
			     struct buf *scratch)
{
	const char *at;

	if (read_path(fs, path, scratch) < 0)
		return ABSENT;
	buf_addc(scratch, '\0');
	at = strstr(scratch->data, key);
	return at ? fact_of(strtoull(at + strlen(key), NULL, 10)) : ABSENT;
}

static fact status_number(const struct procfs *fs, pid_t pid, const char *key, struct buf *scratch)
{
	struct proc_path path = proc_path(pid, "status");
	fact n = status_number_of(fs, &path, key, scratch);

	while (n == ABSENT && proc_path_next(fs->fd, pid, "status", &path))
		n = status_number_of(fs, &path, key, scratch);
	return n;
}

fact procfs_hugetlb(const struct procfs *fs, pid_t pid, struct buf *scratch)
{
	fact kib = status_number(fs, pid, "\nHugetlbPages:", scratch);

	return kib == ABSENT ? ABSENT : fact_times((uint64_t)kib, 1024);
}

fact procfs_switches(const struct procfs *fs, pid_t pid, struct buf *scratch)
{
	return status_number(fs, pid, "\nvoluntary_ctxt_switches:", scratch);
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

	return r == -ESRCH || (r == -ENOENT && fstatat(fs->fd, proc_path(pid, "").name, &folder, 0) < 0);
}

bool procfs_exists(const struct procfs *fs, pid_t pid)
{
	struct stat folder;

	if (pid <= 0)
		return false;
	if (fs->captured)
		return fstatat(fs->fd, proc_path(pid, "").name, &folder, 0) == 0;
	return kill(pid, 0) == 0 || errno == EPERM;
}

int procfs_same_mm(const struct procfs *fs, pid_t a, pid_t b)
{
	long r;

	if (fs->captured)
		return -ENOSYS;
	r = syscall(SYS_kcmp, a, b, KCMP_VM, 0UL, 0UL);
	/* Two that have none have the same. */
	if (r == 0)
		r = syscall(SYS_kcmp, procfs_thread(fs, a), procfs_thread(fs, b), KCMP_VM, 0UL, 0UL);
	return r < 0 ? -errno : r == 0;
}
