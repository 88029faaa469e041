#include "unwind/unwind_jit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "parse/cursor.h"
#include "sys/arch.h"
#include "sys/mem.h"
#include "sys/patience.h"

#define MAP_MAX (64 << 20)
/* A map that grows all the time is not read more often than that. */
#define LOOK_NS (200 * MILLISECOND)

/* The last number of "NSpid:" is the pid in the innermost namespace (Linux 4.1). */
static pid_t inner_pid(const struct procfs *fs, pid_t pid)
{
	cleanup(buf_release) struct buf text = { .limit = 65536 };
	uint64_t inner = (uint64_t)pid, n;
	struct cursor c;
	const char *line;

	if (procfs_read(fs, pid, "status", &text) || !text.len)
		return pid;
	line = strstr(text.data, "\nNSpid:");
	if (!line)
		return pid;
	c = (struct cursor){ line + 7, text.data + text.len };
	while (cursor_blanks(&c) && cursor_u64(&c, &n) && n && n <= INT32_MAX)
		inner = n;
	return (pid_t)inner;
}

struct unwind_jit *unwind_jit_open(const struct procfs *fs, pid_t pid)
{
	struct unwind_jit *j;
	char path[32];
	struct stat st;
	int root;

	snprintf(path, sizeof(path), "%d", (int)pid);
	if (fstatat(fs->fd, path, &st, 0) < 0)
		return NULL;
	root = openat(fs->fd, procfs_path(fs, pid, "root").name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return NULL;
	j = xcalloc(1, sizeof(*j));
	j->root = root;
	j->pid = pid;
	j->inner = inner_pid(fs, pid);
	j->uid = st.st_uid;
	j->kind = mounts_below_root(fs, pid, "/tmp", &j->system);
	return j;
}

void unwind_jit_free(struct unwind_jit *j)
{
	if (!j)
		return;
	close(j->root);
	perf_map_release(&j->map);
	free(j->text);
	free(j);
}

/* The file, where it is looked for and what is in it: for a thread of its own (sys/patience.h) where that is needed. */
struct map_file {
	int root;
	pid_t inner;
	uid_t uid;
	size_t known; /* of this size it is not read again */
	char *text;   /* NULL: there is none, or nothing new */
	size_t len;
};

/*
 * Everybody may write to /tmp: the file counts when it is a plain one and belongs to the process's user
 * or to root. No link on the way is followed, not even that of /tmp, which could lead out of a
 * container.
 */
static int open_map(const struct map_file *j, struct stat *st)
{
	cleanup_close int tmp = openat(j->root, "tmp", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int handle = -1;
	char path[48];

	snprintf(path, sizeof(path), "perf-%d.map", (int)j->inner);
	if (tmp >= 0)
		handle = openat(tmp, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	/* A link is not followed but opened itself. */
	if (handle < 0 || fstat(handle, st) < 0 || !S_ISREG(st->st_mode) ||
	    (st->st_uid != j->uid && st->st_uid))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", handle);
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static void map_file_read(void *job)
{
	struct map_file *m = job;
	struct stat st;
	cleanup_close int fd = open_map(m, &st);
	ssize_t have;
	size_t size;

	if (fd < 0 || st.st_size <= 0 || (size_t)st.st_size == m->known)
		return;
	size = st.st_size < MAP_MAX ? (size_t)st.st_size : MAP_MAX;
	m->text = xcalloc(size, 1);
	have = io_read_all_at(fd, m->text, size, 0);
	m->len = have < 0 ? 0 : (size_t)have;
}

static void map_file_free(void *job)
{
	struct map_file *m = job;

	cleanup_closep(&m->root);
	free(m->text);
	free(m);
}

static const struct patience_work reading = { map_file_read, map_file_free };

static void read_map(struct unwind_jit *j)
{
	struct map_file *m;
	char name[48];

	if (j->kind == MOUNTS_FUSE)
		return;
	m = xcalloc(1, sizeof(*m));
	*m = (struct map_file){ fcntl(j->root, F_DUPFD_CLOEXEC, 3), j->inner, j->uid, j->len, NULL, 0 };
	snprintf(name, sizeof(name), "/tmp/perf-%d.map", (int)j->inner);
	if (j->kind == MOUNTS_LOCAL)
		map_file_read(m);
	else if (!patience_do(j->system, name, &reading, m))
		return;
	if (m->text) {
		free(j->text);
		j->text = m->text;
		j->len = m->len;
		m->text = NULL;
		perf_map_parse(&j->map, j->text, j->len);
	}
	map_file_free(m);
}

const struct perf_symbol *unwind_jit_find(struct unwind_jit *j, uint64_t address)
{
	const struct perf_symbol *s = perf_map_find(&j->map, address);
	int64_t now;

	if (s)
		return s;
	now = clock_ns(CLOCK_MONOTONIC_COARSE);
	if (j->looked_ns && now - j->looked_ns < LOOK_NS)
		return NULL;
	j->looked_ns = now;
	read_map(j);
	return perf_map_find(&j->map, address);
}

/* The code around an address, as far as its neighbours can be read; where the address is in it. */
static bool read_code(const struct reader *r, uint64_t address, uint8_t ret[2 * TRAMPOLINE_MAX],
		      size_t *ret_at, size_t *ret_len)
{
	size_t in_page = address % MEM_PAGE, left = MEM_PAGE - in_page;

	*ret_at = TRAMPOLINE_MAX;
	*ret_len = 2 * TRAMPOLINE_MAX;
	if (address >= TRAMPOLINE_MAX && reader_read(r, address - *ret_at, ret, *ret_len))
		return true;
	*ret_at = in_page < TRAMPOLINE_MAX ? in_page : TRAMPOLINE_MAX;
	*ret_len = *ret_at + (left < TRAMPOLINE_MAX ? left : TRAMPOLINE_MAX);
	return reader_read(r, address - *ret_at, ret, *ret_len);
}

bool unwind_jit_trampoline(const struct procfs *fs, pid_t pid, uint64_t address,
			   struct unwind_trampoline *ret)
{
	cleanup_close int fd = procfs_file(fs, pid, "mem");
	cleanup_close int pagemap = procfs_file(fs, pid, "pagemap");
	cleanup(mem_release) struct mem m = { 0 };
	uint8_t code[2 * TRAMPOLINE_MAX];
	const struct isa_shape *shape;
	size_t start, at, have;
	struct reader r;

	if (fd < 0 || pagemap < 0)
		return false;
	mem_init(&m, pagemap, fd, 2, 4);
	r = mem_reader(&m);
	shape = read_code(&r, address, code, &at, &have) ? trampoline_find(arch.isa, code, have, at, &start) :
							   NULL;
	if (!shape)
		return false;
	ret->start = address - at + start;
	ret->end = ret->start + shape->len;
	ret->table_at = ret->start & ~7ULL;
	trampoline_table(arch.isa, shape, ret->start, ret->table);
	return true;
}
