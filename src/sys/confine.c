#include "sys/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/syscalls.h"
#include "sys/priv.h"

/* Of linux/landlock.h, which came with Linux 5.13. */
#define ASK_VERSION 1UL
#define PATH_BENEATH 1UL
#define WRITE_FILE (UINT64_C(1) << 1)
#define READ_FILE (UINT64_C(1) << 2)
#define READ_DIR (UINT64_C(1) << 3)
#define REMOVE_FILE (UINT64_C(1) << 5)
#define MAKE_REG (UINT64_C(1) << 8)
#define TRUNCATE (UINT64_C(1) << 14)
#define FS_FIRST ((UINT64_C(1) << 13) - 1)
#define FS_REFER (UINT64_C(1) << 13)
/* Binding and connecting; abstract sockets and signals to others. */
#define NET_TCP UINT64_C(3)
#define SCOPED UINT64_C(3)

#define READ (READ_FILE | READ_DIR)
#define WRITE (WRITE_FILE | REMOVE_FILE | MAKE_REG | TRUNCATE)
/* Descriptors of a terminal, if any. */
#define STANDARD 3

#define PLACES 16

/* A sanitizer's runs write reports where they like, and run programs that name functions. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED false
#endif

struct ruleset {
	uint64_t fs, net, scoped;
};

struct rule {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

static struct {
	struct {
		char *path;
		enum confine_place place;
	} places[PLACES];
	size_t n;
	bool never, done;
} asked;

void confine_allow(const char *path, enum confine_place place)
{
	if (asked.n == PLACES)
		asked.never = true;
	if (asked.never)
		return;
	asked.places[asked.n].path = xstrdup(path);
	asked.places[asked.n++].place = place;
}

void confine_never(void)
{
	asked.never = true;
}

/* What this kernel knows of it; nothing where it has none. Rights of ioctl(2) are left: the terminal's. */
static struct ruleset handled(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, ASK_VERSION);

	if (version < 1)
		return (struct ruleset){ 0 };
	return (struct ruleset){
		.fs = FS_FIRST | (version >= 2 ? FS_REFER : 0) | (version >= 3 ? TRUNCATE : 0),
		.net = version >= 4 ? NET_TCP : 0,
		.scoped = version >= 6 ? SCOPED : 0,
	};
}

static size_t size_of(const struct ruleset *r)
{
	return r->scoped ? sizeof(*r) :
	       r->net    ? offsetof(struct ruleset, scoped) :
			   offsetof(struct ruleset, net);
}

/* 0 or -1; the descriptor, which it takes, may be -1. */
static int allow_open(int ruleset, const struct ruleset *r, int opened, uint64_t rights)
{
	cleanup_close int fd = opened;
	struct rule rule = { .allowed = rights & r->fs, .parent = fd };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISDIR(st.st_mode))
		rule.allowed &= READ_FILE | WRITE_FILE | TRUNCATE;
	return syscall(SYS_landlock_add_rule, (long)ruleset, PATH_BENEATH, &rule, 0UL) < 0 ? -1 : 0;
}

/* 0 or -1. A path that is not there, or not for this user, is left out. */
static int allow(int ruleset, const struct ruleset *r, const char *path, uint64_t rights)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ENXIO))
		return 0;
	return allow_open(ruleset, r, fd, rights);
}

/* What was begun there has to be renamed or removed: without the folder there is no confining. */
static int allow_beside(int ruleset, const struct ruleset *r, const char *path)
{
	cleanup(buf_release) struct buf folder = { 0 };
	const char *slash = strrchr(path, '/');

	if (slash)
		buf_add(&folder, path, (size_t)(slash - path) + 1);
	else
		buf_adds(&folder, ".");
	return allow_open(ruleset, r, open(folder.data, O_PATH | O_CLOEXEC), WRITE);
}

static int allow_asked(int ruleset, const struct ruleset *r)
{
	/* a folder that only the user's own rights lead to */
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);
	int e = 0;

	for (size_t i = 0; i < asked.n && e == 0; i++) {
		const char *path = asked.places[i].path;

		if (asked.places[i].place == CONFINE_BESIDE)
			e = allow_beside(ruleset, r, path);
		else
			e = allow(ruleset, r, path, READ | WRITE);
	}
	return e;
}

/* What libraries read when they need it: how a terminal is described, a time zone, a locale, a library; and of /proc
 * this process's own. The terminal is opened once more. */
static int allow_system(int ruleset, const struct ruleset *r)
{
	static const char *const read[] = { "/usr",           "/lib",
					    "/lib64",         "/etc/terminfo",
					    "/etc/localtime", "/etc/ld.so.cache",
					    "/nix/store",     "/gnu/store",
					    "/proc",          "/sys/devices/system" };
	char terminal[] = "/proc/self/fd/N";
	int e = allow(ruleset, r, "/dev/tty", READ | WRITE_FILE);

	for (size_t i = 0; i < sizeof(read) / sizeof(*read) && e == 0; i++)
		e = allow(ruleset, r, read[i], READ);
	for (int fd = 0; fd < STANDARD && e == 0; fd++) {
		terminal[sizeof(terminal) - 2] = (char)('0' + fd);
		e = isatty(fd) ? allow(ruleset, r, terminal, READ | WRITE_FILE) : 0;
	}
	return e;
}

/* Of the environment, which is the user's here: others were taken out of it (priv_begin()). */
static int allow_terminfo(int ruleset, const struct ruleset *r)
{
	cleanup(buf_release) struct buf own = { 0 }, dirs = { 0 };
	char *rest, *dir;
	int e = 0;

	buf_printf(&own, "%s/.terminfo", getenv("HOME") ?: "");
	buf_printf(&dirs, "%s:%s:%s", own.data, getenv("TERMINFO") ?: "", getenv("TERMINFO_DIRS") ?: "");
	rest = dirs.data;
	while (e == 0 && (dir = strsep(&rest, ":")))
		e = allow(ruleset, r, dir, READ);
	return e;
}

void confine(void)
{
	cleanup_close int ruleset = -1;
	struct ruleset r;

	if (asked.never || asked.done || SANITIZED)
		return;
	asked.done = true;
	r = handled();
	if (!r.fs)
		return;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &r, size_of(&r), 0UL);
	if (ruleset < 0 || allow_asked(ruleset, &r) < 0 || allow_system(ruleset, &r) < 0 ||
	    allow_terminfo(ruleset, &r) < 0)
		return;
	syscall(SYS_landlock_restrict_self, (long)ruleset, 0UL);
}
