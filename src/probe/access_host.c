#include "probe/access_host.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/io.h"
#include "sys/arch.h"
#include "sys/priv.h"

static struct access_setting *add(struct access *a, const char *name)
{
	struct access_setting *s = &a->settings[a->nsettings++];

	s->name = name;
	return s;
}

static void set_value(struct access_setting *s, const char *value)
{
	snprintf(s->value, sizeof(s->value), "%s", value);
}

static void set_means(struct access_setting *s, const char *means)
{
	snprintf(s->means, sizeof(s->means), "%s", means);
}

/* The first line of a small file of the system, or false. */
static bool read_line(const char *path, char *line, size_t size)
{
	if (io_read_text(AT_FDCWD, path, line, size) < 0)
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static void add_user(struct access *a, struct access_place *place)
{
	struct access_setting *s = add(a, "user");

	place->root = geteuid() == 0;
	snprintf(s->value, sizeof(s->value), "uid %u%s", (unsigned)geteuid(), place->root ? " (root)" : "");
}

static void add_capabilities(struct access *a, struct access_place *place)
{
	struct access_setting *s = add(a, "capabilities");
	unsigned missing, bit;
	size_t len = 0;

	place->priv = priv_effective();
	missing = PRIV_EXACT & ~place->priv;
	if (place->priv & PRIV_DAC_OVERRIDE)
		missing &= ~PRIV_DAC_READ_SEARCH;
	if (!missing) {
		set_value(s, "all that cowtop uses");
		return;
	}
	for (bit = 1; bit <= missing; bit <<= 1)
		if (missing & bit)
			len += snprintf(s->value + len, sizeof(s->value) - len, "%s%s",
					len ? ", " : "missing: ", priv_name(bit));
	if (!(priv_bounding() & missing))
		set_means(s, "outside the bounding set: file capabilities cannot give them");
}

/* "0 0 4294967295": every id is itself. */
static void add_user_namespace(struct access *a, struct access_place *place)
{
	struct access_setting *s = add(a, "user namespace");
	unsigned long inside, outside, count;
	char line[96];

	if (!read_line("/proc/self/uid_map", line, sizeof(line)) ||
	    sscanf(line, "%lu %lu %lu", &inside, &outside, &count) != 3) {
		set_value(s, "unknown");
		return;
	}
	place->user_namespace = inside || outside || count != UINT32_MAX;
	set_value(s, place->user_namespace ? "a nested one" : "the initial one");
	if (place->user_namespace)
		set_means(s, "no frame numbers in it, whatever the capabilities");
}

static enum container container_from_cgroup(const struct procfs *fs)
{
	static const struct {
		const char *part;
		enum container container;
	} known[] = {
		{ "kubepods", CONTAINER_KUBERNETES }, { "docker", CONTAINER_DOCKER },
		{ "libpod", CONTAINER_PODMAN },       { "containerd", CONTAINER_OTHER },
		{ "lxc.payload", CONTAINER_OTHER },
	};
	cleanup(buf_release) struct buf text = { .limit = 65536 };
	size_t i;

	if (procfs_read(fs, getpid(), "cgroup", &text) < 0 || !text.len)
		return CONTAINER_NONE;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(text.data, known[i].part))
			return known[i].container;
	return CONTAINER_NONE;
}

static enum container find_container(const struct procfs *fs)
{
	if (getenv("KUBERNETES_SERVICE_HOST"))
		return CONTAINER_KUBERNETES;
	if (access("/run/.containerenv", F_OK) == 0)
		return CONTAINER_PODMAN;
	if (access("/.dockerenv", F_OK) == 0)
		return CONTAINER_DOCKER;
	return container_from_cgroup(fs);
}

static void add_container(const struct procfs *fs, struct access *a, struct access_place *place)
{
	static const char *const names[] = {
		[CONTAINER_NONE] = "no sign of one",     [CONTAINER_DOCKER] = "Docker",
		[CONTAINER_PODMAN] = "Podman",           [CONTAINER_KUBERNETES] = "Kubernetes",
		[CONTAINER_OTHER] = "yes, of some kind",
	};
	struct access_setting *s = add(a, "container");

	place->container = find_container(fs);
	set_value(s, names[place->container]);
}

static void add_seccomp(const struct procfs *fs, struct access *a)
{
	cleanup(buf_release) struct buf status = { 0 };
	struct access_setting *s = add(a, "seccomp");
	const char *line = NULL;

	if (procfs_read(fs, getpid(), "status", &status) == 0 && status.len)
		line = strstr(status.data, "\nSeccomp:");
	if (!line) {
		set_value(s, "unknown");
		return;
	}
	line += strlen("\nSeccomp:") + strspn(line + strlen("\nSeccomp:"), "\t ");
	set_value(s, *line == '0' ? "no filter" : *line == '2' ? "a filter" : "strict");
	if (*line != '0')
		set_means(s, "it may refuse kcmp(2), which tells vfork'ed children from workers, "
			     "and perf_event_open(2), which cowtop stacks needs");
}

/* The options of the last mount at /proc, and behind them a comma; false: not known. */
static bool read_mount(const struct procfs *fs, struct buf *ret)
{
	cleanup(buf_release) struct buf mounts = { .limit = 1 << 20 };
	char *line, *next = NULL;

	if (procfs_read(fs, getpid(), "mounts", &mounts) < 0 || !mounts.len)
		return false;
	for (line = strtok_r(mounts.data, "\n", &next); line; line = strtok_r(NULL, "\n", &next)) {
		line = strstr(line, " /proc proc ");
		if (!line)
			continue;
		line += strlen(" /proc proc ");
		buf_reset(ret);
		buf_add(ret, line, strcspn(line, " "));
		buf_addc(ret, ',');
	}
	return ret->len > 0;
}

/* hidepid=0 1 2 4, or off noaccess invisible ptraceable. */
static const char *hidepid_means(const char *option)
{
	if (!strcmp(option, "4") || !strcmp(option, "ptraceable"))
		return "other users' processes are hidden from all who may not trace them: CAP_SYS_PTRACE opens them";
	if (!strcmp(option, "1") || !strcmp(option, "noaccess"))
		return "other users' processes are closed to all but root and the mount's gid=";
	return "other users' processes are hidden from all but root and the mount's gid=";
}

/* fs/proc/base.c, has_pid_permissions() (Linux 6.18): the mount's group, root's where it names none, sees all, unless
 * only who may trace a process sees it. */
static bool sees_all(const char *options, const char *hidepid)
{
	const char *option = strstr(options, "gid=");
	gid_t gid = option ? (gid_t)strtoul(option + strlen("gid="), NULL, 10) : 0;

	return strcmp(hidepid, "4") && strcmp(hidepid, "ptraceable") && group_member(gid);
}

static void add_hidepid(struct access *a, struct access_place *place, const char *options)
{
	struct access_setting *s = add(a, "hidepid of /proc");
	const char *option = strstr(options, "hidepid=");

	set_value(s, "off");
	if (!option)
		return;
	option += strlen("hidepid=");
	snprintf(s->value, sizeof(s->value), "%.*s", (int)strcspn(option, ","), option);
	place->hidepid = strcmp(s->value, "0") && strcmp(s->value, "off");
	if (place->hidepid)
		set_means(s, hidepid_means(s->value));
	place->hidepid = place->hidepid && !sees_all(options, s->value);
}

/* Only where it is set: as systemd's ProcSubset=pid does it for a service. */
static void add_subset(struct access *a, struct access_place *place, const char *options)
{
	struct access_setting *s;

	place->subset = strstr(options, "subset=pid,") != NULL;
	if (!place->subset)
		return;
	s = add(a, "subset of /proc");
	set_value(s, "pid");
	set_means(
		s,
		"processes are all that it shows: no meminfo, kpageflags, kpagecount, pressure, kallsyms, sys");
}

static void add_mount(const struct procfs *fs, struct access *a, struct access_place *place)
{
	cleanup(buf_release) struct buf options = { 0 };
	bool known = read_mount(fs, &options);

	add_hidepid(a, place, known ? options.data : "");
	add_subset(a, place, known ? options.data : "");
}

static void add_perf(struct access *a)
{
	struct access_setting *s = add(a, "perf_event_paranoid");

	if (!read_line("/proc/sys/kernel/perf_event_paranoid", s->value, sizeof(s->value)))
		set_value(s, "unknown");
	set_means(s, "only stacks depend on it: without CAP_PERFMON, at 2 or less faults of one's own "
		     "processes, at 1 or less copies as well");
}

/* Yama limits attaching. Opening /proc/PID/mem counts as attaching (fs/proc/base.c, mem_open). */
static void add_yama(struct access *a)
{
	struct access_setting *s = add(a, "ptrace_scope");

	if (!read_line("/proc/sys/kernel/yama/ptrace_scope", s->value, sizeof(s->value))) {
		if (access("/proc/sys/kernel", F_OK) < 0) {
			set_value(s, "unknown");
			return;
		}
		set_value(s, "absent");
		set_means(s, "nothing is restricted by Yama");
		return;
	}
	if (!strcmp(s->value, "3"))
		set_means(s, "closes /proc/PID/mem to everybody; nothing else that cowtop reads");
	else if (strcmp(s->value, "0"))
		set_means(s, "/proc/PID/mem needs CAP_SYS_PTRACE; nothing else that cowtop reads");
}

/* The one that cowtop was built for, and the kernel's choice of page. */
static void add_processor(struct access *a)
{
	struct access_setting *s = add(a, "processor");

	snprintf(s->value, sizeof(s->value), "%s, pages of %ld KiB", arch.isa->name,
		 sysconf(_SC_PAGESIZE) / 1024);
	if (arch.lacks)
		set_means(s, arch.lacks);
}

void access_read_place(const struct procfs *fs, struct access_place *place, struct access *ret)
{
	struct access_setting *kernel;
	struct utsname name;

	*place = (struct access_place){ 0 };
	add_user(ret, place);
	add_capabilities(ret, place);
	if (uname(&name) == 0) {
		kernel = add(ret, "kernel");
		snprintf(kernel->value, sizeof(kernel->value), "%s", name.release);
	}
	add_processor(ret);
	add_user_namespace(ret, place);
	add_container(fs, ret, place);
	add_seccomp(fs, ret);
	add_mount(fs, ret, place);
	add_yama(ret);
	add_perf(ret);
}
