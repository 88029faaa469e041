#include "probe/access_host.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "sys/needs.h"
#include "sys/priv.h"

static void add(struct access *a, const char *title, const char *lines)
{
	a->fixes[a->nfixes++] = (struct access_fix){ .title = title, .lines = xstrdup(lines) };
}

/* The path of this program in single quotes: it may hold blanks, or worse. */
static void quote_self(struct buf *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._-+";
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	ssize_t i;

	if (n <= 0) {
		buf_adds(out, "\"$(command -v cowtop)\"");
		return;
	}
	path[n] = '\0';
	if (strspn(path, plain) == (size_t)n) {
		buf_adds(out, path);
		return;
	}
	buf_addc(out, '\'');
	for (i = 0; i < n; i++) {
		if (path[i] == '\'')
			buf_adds(out, "'\\''");
		else
			buf_addc(out, path[i]);
	}
	buf_addc(out, '\'');
}

/* A copy that the members of a group may execute, and nobody else: who may use the capabilities of the copy has them.
 * What setcap(8) takes are exactly those of PRIV_EXACT. chown(2) clears a file's capabilities: install(1) first. */
static void fix_group(const char *target, struct access *a)
{
	static const char copy[] = "/usr/local/bin/cowtop-exact";
	cleanup(buf_release) struct buf lines = { 0 };

	buf_adds(&lines, "sudo groupadd --force cowtop\nsudo install -g cowtop -m 750 ");
	quote_self(&lines);
	buf_printf(&lines,
		   " %s\n"
		   "sudo setcap cap_sys_ptrace,cap_dac_read_search,cap_sys_admin+ep \\\n"
		   "    %s\n"
		   "sudo usermod --append --groups cowtop \"$USER\"\n"
		   "cowtop-exact %s\n",
		   copy, copy, target);
	add(a,
	    "Or once, for the members of a group, who log in anew after it. They can then read the memory of "
	    "every process and every file, and through that become root: who may not be root is no member.",
	    lines.data);
}

static void fix_host(const char *target, struct access *a)
{
	cleanup(buf_release) struct buf root = { 0 };

	buf_printf(&root, "sudo cowtop %s\n", target);
	add(a, "As root:", root.data);

	fix_group(target, a);
}

static void fix_docker(const char *program, const char *target, struct access *a)
{
	cleanup(buf_release) struct buf lines = { 0 };

	buf_printf(&lines,
		   "%s run --rm -it --user 0 --pid=container:NAME \\\n"
		   "    --cap-add SYS_PTRACE --cap-add DAC_READ_SEARCH \\\n"
		   "    --cap-add SYS_ADMIN IMAGE cowtop %s\n",
		   program, target);
	add(a, "From a container of its own (NAME: the pool's; IMAGE: one with cowtop):", lines.data);
	add(a, "Or on the host, where the container's processes have other pids:", "sudo cowtop pools\n");
}

static void fix_kubernetes(const char *target, struct access *a)
{
	cleanup(buf_release) struct buf lines = { 0 };

	buf_printf(&lines,
		   "kubectl debug -it POD --image=IMAGE --target=CONTAINER \\\n"
		   "    --profile=sysadmin -- cowtop %s\n",
		   target);
	add(a, "From an ephemeral container (IMAGE: one with cowtop):", lines.data);
	add(a, "Or from a sidecar, in the pod's spec:",
	    "shareProcessNamespace: true\n"
	    "containers:\n"
	    "- name: cowtop\n"
	    "  securityContext:\n"
	    "    runAsUser: 0\n"
	    "    capabilities:\n"
	    "      add: [\"SYS_PTRACE\", \"DAC_READ_SEARCH\", \"SYS_ADMIN\"]\n");
}

/* Is any interface closed that a privilege would open? An old kernel is not mended by one, nor is a file that is
 * not there. */
static bool something_closed(const struct access *a)
{
	size_t i, j;

	for (i = 0; i < a->nsubjects; i++)
		for (j = 0; j < a->subjects[i].nrows; j++) {
			const struct access_row *row = &a->subjects[i].rows[j];

			if (!row->readable && (!row->error || is_refusal(row->error)) &&
			    strncmp(row->needs, "Linux", 5))
				return true;
		}
	return false;
}

/* Another /proc, which has everything, for this command alone. */
static void fix_subset(const char *target, struct access *a)
{
	cleanup(buf_release) struct buf lines = { 0 };

	buf_adds(&lines, "sudo unshare --mount sh -c 'mount -t proc proc /proc && exec \"$@\"' sh \\\n    ");
	quote_self(&lines);
	buf_printf(&lines, " %s\n", target);
	add(a, "With all of /proc (for a service of systemd: ProcSubset=all):", lines.data);
}

static void fix_privilege(const struct access_place *place, const char *target, struct access *ret)
{
	if (place->user_namespace)
		add(ret, "Outside of this user namespace, as root of the host:", "sudo cowtop pools\n");
	else if (!place->root && !(PRIV_EXACT & ~priv_bounding()))
		fix_host(target, ret); /* also in a container, when its root was given everything */
	else if (place->container == CONTAINER_KUBERNETES)
		fix_kubernetes(target, ret);
	else if (place->container == CONTAINER_PODMAN)
		fix_docker("podman", target, ret);
	else if (place->container == CONTAINER_DOCKER)
		fix_docker("docker", target, ret);
	else
		add(ret, "As root with these capabilities, which something here took away:",
		    "cap_sys_ptrace,cap_dac_read_search,cap_sys_admin\n");
}

void access_add_fixes(const struct access_place *place, pid_t pid, struct access *ret)
{
	bool hidden = place->hidepid && !place->root;
	char target[16] = "TARGET";

	if (pid)
		snprintf(target, sizeof(target), "%d", (int)pid);
	if (something_closed(ret) || hidden)
		fix_privilege(place, target, ret);
	if (hidden)
		add(ret,
		    "To see other users' processes as this user:", "sudo mount -o remount,hidepid=0 /proc\n");
	if (place->subset)
		fix_subset(target, ret);
}
