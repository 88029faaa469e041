#include "kind.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PATH_ROOM 4096
#define NAMED_MOST 16

static struct {
	const char *name, *prefix;
} named[NAMED_MOST];
static size_t nnamed;

void kind_add(const char *name, const char *prefix)
{
	if (nnamed < NAMED_MOST) {
		named[nnamed].name = name;
		named[nnamed++].prefix = prefix;
	}
}

static bool begins(const char *path, const char *with)
{
	return strncmp(path, with, strlen(with)) == 0;
}

/* Every row of digits as an N: another pid, processor, descriptor or address is no other kind. */
static void without_numbers(const char *path, char *kind, size_t room)
{
	size_t n = 0;

	while (*path && n + 1 < room) {
		if (isdigit((unsigned char)*path)) {
			kind[n++] = 'N';
			path += strspn(path, "0123456789");
		} else {
			kind[n++] = *path++;
		}
	}
	kind[n] = '\0';
}

/* A path of /proc of a process, from its pid on. */
static void of_process(pid_t self, const char *path, char *kind, pid_t *ret_pid)
{
	char *end;
	pid_t pid = begins(path, "self") ? self : (pid_t)strtol(path, &end, 10);
	const char *rest = path + strcspn(path, "/");
	char more[KIND_ROOM - 16];

	*ret_pid = pid;
	without_numbers(begins(rest, "/map_files/") ? "/map_files/RANGE" : rest, more, sizeof(more));
	snprintf(kind, KIND_ROOM, "/proc/%s%s", pid == self ? "SELF" : "PID", more);
}

/* A file of a cgroup or of a tracing event is of a kind wherever it stands. */
static bool by_its_name(const char *path, char *kind)
{
	const char *name = strrchr(path, '/');

	if (!name)
		return false;
	if (begins(path, "/sys/fs/cgroup"))
		snprintf(kind, KIND_ROOM, "/sys/fs/cgroup%s", path[14] ? name : "");
	else if (strstr(path, "/events/") && begins(name, "/format"))
		snprintf(kind, KIND_ROOM, "tracefs/format");
	else if (strstr(path, "/zoneinfo"))
		snprintf(kind, KIND_ROOM, "zoneinfo");
	else if (strstr(path, "/terminfo"))
		snprintf(kind, KIND_ROOM, "terminfo");
	else if (strcmp(path, "/usr") == 0 || strcmp(path, "/lib64") == 0 ||
		 strcmp(path, "/nix/store") == 0 || strcmp(path, "/gnu/store") == 0 ||
		 strcmp(path, "/sys/devices/system") == 0)
		snprintf(kind, KIND_ROOM, "system folder");
	else if (strstr(path, ".so") || begins(path, "/etc/ld.so") || strstr(path, "/glibc-hwcaps"))
		snprintf(kind, KIND_ROOM, "library");
	else
		return false;
	return true;
}

static void of_path(pid_t self, const char *path, char *kind, pid_t *ret_pid)
{
	for (size_t i = 0; i < nnamed; i++) {
		if (begins(path, named[i].prefix)) {
			snprintf(kind, KIND_ROOM, "%s", named[i].name);
			return;
		}
	}
	if (begins(path, "/proc/") && (isdigit((unsigned char)path[6]) || begins(path + 6, "self")))
		of_process(self, path + 6, kind, ret_pid);
	else if (begins(path, "/proc") || begins(path, "/dev") || !by_its_name(path, kind))
		without_numbers(path, kind, KIND_ROOM);
}

/* "pipe:[123]" and "anon_inode:[perf_event]" have no path. */
static bool of_no_path(const char *link, char *kind)
{
	const char *colon = strchr(link, ':');

	if (*link == '/' || !colon)
		return false;
	if (begins(link, "anon_inode:"))
		snprintf(kind, KIND_ROOM, "%.*s", (int)strcspn(colon + 1 + (colon[1] == '['), "]"),
			 colon + 1 + (colon[1] == '['));
	else
		snprintf(kind, KIND_ROOM, "%.*s", (int)(colon - link), link);
	return true;
}

static bool link_of(pid_t thread, int fd, char *to)
{
	char name[64];
	ssize_t n;

	snprintf(name, sizeof(name), fd == AT_FDCWD ? "/proc/%d/cwd" : "/proc/%d/fd/%d", (int)thread, fd);
	n = readlink(name, to, PATH_ROOM - 1);
	to[n > 0 ? n : 0] = '\0';
	return n > 0;
}

void kind_of_fd(pid_t self, pid_t thread, int fd, char *kind, pid_t *ret_pid)
{
	char path[PATH_ROOM];

	*kind = '\0';
	if (fd >= 0 && fd <= 2)
		snprintf(kind, KIND_ROOM, "%s", fd == 0 ? "stdin" : fd == 1 ? "stdout" : "stderr");
	else if (link_of(thread, fd, path) && !of_no_path(path, kind))
		of_path(self, path, kind, ret_pid);
}

/* The text that a thread has at an address, page by page: what lies behind it may not be there. */
static void text_of(pid_t thread, uint64_t at, char *to)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = 0;

	while (n + 1 < PATH_ROOM) {
		size_t piece = page - (size_t)((at + n) % page);
		struct iovec here = { to + n, piece < PATH_ROOM - 1 - n ? piece : PATH_ROOM - 1 - n };
		struct iovec there = { (void *)(uintptr_t)(at + n), here.iov_len }; /* NOLINT */
		ssize_t got = process_vm_readv(thread, &here, 1, &there, 1, 0);

		if (got <= 0)
			break;
		if (memchr(to + n, '\0', (size_t)got))
			return;
		n += (size_t)got;
	}
	to[n] = '\0';
}

static void of_folder(pid_t self, pid_t thread, int folder, uint64_t at, char *kind, pid_t *ret_pid)
{
	char name[PATH_ROOM], path[2 * PATH_ROOM] = "";

	text_of(thread, at, name);
	if (*name == '/' || folder == AT_FDCWD) {
		of_path(self, name, kind, ret_pid);
		return;
	}
	link_of(thread, folder, path);
	if (*name && strcmp(name, ".") != 0)
		strcat(strcat(path, "/"), name);
	of_path(self, path, kind, ret_pid);
}

void kind_of_call(pid_t self, pid_t thread, const struct call *call, const uint64_t *arguments, char *kind,
		  pid_t *ret_pid)
{
	*kind = '\0';
	*ret_pid = 0;
	switch (call->about) {
	case ABOUT_NOTHING:
		break;
	case ABOUT_FD:
		kind_of_fd(self, thread, (int)arguments[0], kind, ret_pid);
		break;
	case ABOUT_PATH:
		of_folder(self, thread, AT_FDCWD, arguments[0], kind, ret_pid);
		break;
	case ABOUT_AT:
		of_folder(self, thread, (int)arguments[0], arguments[1], kind, ret_pid);
		break;
	case ABOUT_MAPPED:
		if ((int)arguments[4] >= 0)
			kind_of_fd(self, thread, (int)arguments[4], kind, ret_pid);
		break;
	case ABOUT_PROCESS:
		snprintf(kind, KIND_ROOM, "process");
		break;
	case ABOUT_EVENT:
		snprintf(kind, KIND_ROOM, "perf_event");
		break;
	}
}
