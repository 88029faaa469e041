#include "find/word.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "base/cleanup.h"
#include "base/units.h"
#include "find/bycgroup.h"
#include "find/byname.h"
#include "find/bypid.h"
#include "find/pidfile.h"
#include "find/unread.h"
#include "parse/cgroup.h"

#define DIGITS_MOST 11 /* of a pid; so many and more may be the id of a container */

bool word_is_pid(const char *text)
{
	size_t n = strlen(text);

	return n && n <= DIGITS_MOST && strspn(text, "0123456789") == n;
}

/* What the kinds of a search had to say. */
struct answer {
	int r;
	struct tree_node *node;
	struct err err;
};

static bool is_pool(const struct answer *a)
{
	return a->r == 0 && proctree_forked(proctree_master(a->node));
}

/* Is anybody there at all? */
static bool is_there(const struct answer *a)
{
	return a->r == 0 || a->err.status != STATUS_NO_TARGET;
}

static int give(const struct answer *a, struct tree_node **ret, struct err *err)
{
	if (a->r < 0) {
		if (err)
			*err = a->err;
		return -1;
	}
	*ret = a->node;
	return 0;
}

static struct answer ask_cgroup(const struct procfs *fs, const struct proctree *f, enum cgroup_kind kind,
				const char *text, struct buf *note)
{
	struct answer a = { 0 };

	a.r = bycgroup_find(fs, f, kind, text, &a.node, note, &a.err);
	return a;
}

/* ---- a path */

static int find_path(const struct procfs *fs, const struct proctree *f, const char *path,
		     struct tree_node **ret, struct buf *note, struct err *err)
{
	static const char mount[] = "/sys/fs/cgroup/";
	struct answer a;
	struct stat st = { 0 };
	bool is_none = stat(path, &st) < 0 && errno == ENOENT;

	if (!is_none && S_ISREG(st.st_mode))
		return pidfile_find(fs, f, path, ret, note, err);
	a = ask_cgroup(fs, f, CGROUP_PATH, path, note);
	if (is_there(&a) || !strncmp(path, mount, strlen(mount)))
		return give(&a, ret, err);
	if (is_none)
		return err_set(err, STATUS_NO_TARGET,
			       "%.300s: No such file, and no processes are in a cgroup of that path", path);
	return pidfile_find(fs, f, path, ret, note, err);
}

/* ---- a name, or the name of something around processes */

/* A container of that id, where a name means `by` or nobody. */
static int find_container(const struct procfs *fs, const struct proctree *f, const char *id,
			  const struct answer *by, struct tree_node **ret, struct buf *note, struct err *err)
{
	struct answer a = ask_cgroup(fs, f, CGROUP_CONTAINER, id, note);

	if (!is_there(&a) && is_there(by))
		return give(by, ret, err);
	if (is_pool(by) && proctree_master(a.node) != proctree_master(by->node))
		return err_set(err, STATUS_USAGE,
			       "'%.64s' is the name of the pool %d and the id of a container: give one pid",
			       id, (int)proctree_master(by->node)->entry->pid);
	return give(&a, ret, err);
}

static int nobody(const struct procfs *fs, const struct proctree *f, const char *text, struct err *err)
{
	if (unread_any(f, err) < 0)
		return -1;
	return err_set(
		err, STATUS_NO_TARGET,
		"no process is called '%.150s', and none is in a unit of that name (of those that this user can "
		"see; cowtop pools lists the pools%s)",
		text, bycgroup_limits(fs));
}

static int find_name(const struct procfs *fs, const struct proctree *f, const char *text,
		     struct tree_node **ret, struct buf *note, struct err *err)
{
	struct answer name = { 0 }, unit;

	name.r = byname_find(fs, f, text, &name.node, note, &name.err);
	if (cgroup_is_container_id(text))
		return find_container(fs, f, text, &name, ret, note, err);
	if (is_pool(&name) || (is_there(&name) && name.r < 0 && name.err.status != STATUS_NOT_A_POOL))
		return give(&name, ret, err);
	unit = ask_cgroup(fs, f, CGROUP_UNIT, text, note);
	if (!is_there(&name))
		return is_there(&unit) ? give(&unit, ret, err) : nobody(fs, f, text, err);
	if (!is_pool(&unit))
		return give(&name, ret, err);
	buf_printf(note, "%sno pool goes by '%.50s'; taking that of the unit", note->len ? "; " : "", text);
	return give(&unit, ret, err);
}

int word_find(const struct procfs *fs, const struct proctree *f, const char *text, struct tree_node **ret,
	      struct buf *note, struct err *err)
{
	const char *id;
	int64_t pid;

	if (word_is_pid(text)) {
		if (units_parse_int(text, 1, INT32_MAX, &pid) < 0)
			return err_set(err, STATUS_NO_TARGET, "%.40s: no such process", text);
		return bypid_find(fs, f, (pid_t)pid, ret, err);
	}
	if (!*text)
		return err_set(err, STATUS_USAGE,
			       "an empty TARGET: give a pid, a name, a unit, a container or a pid file");
	if (bycgroup_is_url(text, &id))
		return bycgroup_find(fs, f, CGROUP_CONTAINER, id, ret, note, err);
	if (strchr(text, '/'))
		return find_path(fs, f, text, ret, note, err);
	if (pidfile_is(text))
		return pidfile_find(fs, f, text, ret, note, err);
	return find_name(fs, f, text, ret, note, err);
}
