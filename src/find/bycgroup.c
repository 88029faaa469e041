#include "find/bycgroup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "find/found.h"
#include "parse/cgroup.h"

#define UNIT_MAX 256 /* of systemd's names: UNIT_NAME_MAX, src/basic/unit-def.h */

bool bycgroup_is_url(const char *text, const char **ret)
{
	const char *id = strstr(text, "://");

	if (!id || id == text || !cgroup_is_container_id(id + strlen("://")))
		return false;
	*ret = id + strlen("://");
	return true;
}

/* ---- who is in it */

/* What a unit is called: the word, or with ".service" behind it where it names no kind of unit. */
static const char *unit_name(const char *word, char out[static UNIT_MAX])
{
	static const char *const kinds[] = { ".service", ".scope", ".slice", ".socket", ".mount", ".swap" };
	const char *dot = strrchr(word, '.');

	for (size_t i = 0; dot && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(dot, kinds[i]))
			return word;
	snprintf(out, UNIT_MAX, "%s.service", word);
	return out;
}

static bool is_in(const struct buf *text, enum cgroup_kind kind, const char *name)
{
	switch (kind) {
	case CGROUP_PATH:
		return cgroup_has_path(text->data, text->len, name);
	case CGROUP_UNIT:
		return cgroup_has_name(text->data, text->len, name);
	case CGROUP_CONTAINER:
		break;
	}
	return cgroup_has_container(text->data, text->len, name);
}

/* cowtop never counts, nor does the pool that it was started from: what is asked for is beside them. */
static bool is_ours(const struct proctree *f, struct tree_node *n)
{
	struct tree_node *self = proctree_find(f, getpid());

	return n == self || (self && proctree_below(self, n));
}

static void collect(const struct procfs *fs, const struct proctree *f, enum cgroup_kind kind,
		    const char *name, struct found *ret)
{
	cleanup(buf_release) struct buf text = { .limit = 65536 };

	for (size_t i = 0; i < f->n; i++) {
		struct tree_node *n = &f->nodes[i];

		if (n->alive && !is_ours(f, n) && procfs_cgroup(fs, n->entry->pid, &text) == 0 && text.len &&
		    is_in(&text, kind, name))
			found_add(ret, n, NAME_EXACT);
	}
}

/* ---- one, or none */

static const char *const fits[] = {
	[CGROUP_PATH] = "are in cgroup",
	[CGROUP_UNIT] = "are in unit",
	[CGROUP_CONTAINER] = "are in container",
};

/* Only what is below the root of this cgroup namespace has its whole path here; the initial one's inode is fixed
 * (include/linux/proc_ns.h, PROC_CGROUP_INIT_INO). */
const char *bycgroup_limits(const struct procfs *fs)
{
	cleanup(buf_release) struct buf link = { 0 };

	if (fs->captured || procfs_link(fs, getpid(), "ns/cgroup", &link) < 0 ||
	    !strcmp(link.data, "cgroup:[4026531835]"))
		return "";
	return "; this cgroup namespace hides the names above its root: run cowtop outside of it";
}

static int nobody(const struct procfs *fs, enum cgroup_kind kind, const char *name, struct err *err)
{
	return err_set(err, STATUS_NO_TARGET, "no processes %s '%.200s' (of those that this user can see%s)",
		       fits[kind], name, bycgroup_limits(fs));
}

/* Subshells of a script are forked as well, and meant only when nobody else is there. */
static void drop_shells(const struct procfs *fs, struct choices *pools)
{
	size_t kept = 0, i;

	for (i = 0; i < pools->n; i++) {
		cleanup(buf_release) struct buf exe = { 0 };

		if (procfs_link(fs, pools->items[i].node->entry->pid, "exe", &exe) < 0 ||
		    !name_is_shell(exe.data))
			pools->items[kept++] = pools->items[i];
	}
	if (kept)
		pools->n = kept;
}

int bycgroup_find(const struct procfs *fs, const struct proctree *f, enum cgroup_kind kind, const char *text,
		  struct tree_node **ret, struct buf *note, struct err *err)
{
	cleanup(found_release) struct found d = { .each = true };
	char unit[UNIT_MAX];
	const char *name = kind == CGROUP_UNIT ? unit_name(text, unit) : text;

	d.word = name;
	snprintf(d.fit, sizeof(d.fit), "%s '%.70s'", fits[kind], name);
	collect(fs, f, kind, name, &d);
	found_pass_supervisors(f, &d);
	if (d.pools.n > 1)
		drop_shells(fs, &d.pools);
	if (d.pools.n > 1)
		return found_several(fs, f, &d, ret, note, err);
	if (d.pools.n == 1) {
		*ret = d.pools.items[0].node;
		return 0;
	}
	if (!d.others.n)
		return nobody(fs, kind, name, err);
	return found_no_pool(fs, f, &d, ret, err);
}
