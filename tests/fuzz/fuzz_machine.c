/*
 * The files of /proc and /sys, read as those of a captured machine (tests/README.md), of which some were changed: what a
 * word means there, and two samples of that pool. An input is pieces (fuzz.h): the word, and contents of files, each
 * behind a byte that says of which. Whatever is in them, there is a sample that can be shown, or an error that says why
 * there is none.
 */
#include <string.h>
#include "analysis/analysis.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "find/target.h"
#include "fuzz.h"
#include "pool/live.h"
#include "sink/json.h"
#include "tree.h"

#define ORIGINAL "tests/proc/cgroup-v2/"

/* Those that were not captured there are empty. Their order is that of the corpus. */
static const char *const names[] = {
	"pid_file", /* what it means, when the word is "f" */
	"proc/9/stat",
	"proc/9/statm",
	"proc/9/maps",
	"proc/9/smaps_rollup",
	"proc/9/cmdline",
	"proc/9/cgroup",
	"proc/9/status",
	"proc/9/mountinfo",
	"proc/9/environ",
	"proc/9/auxv",
	"proc/9/smaps",
	"proc/9/net/tcp",
	"proc/10/stat",
	"proc/10/statm",
	"proc/10/maps",
	"proc/10/smaps_rollup",
	"proc/10/cmdline",
	"proc/10/cgroup",
	"proc/10/status",
	"proc/11/stat",
	"proc/11/maps",
	"proc/11/smaps_rollup",
	"proc/11/cmdline",
	"proc/11/cgroup",
	"proc/meminfo",
	"proc/stat",
	"proc/vmstat",
	"proc/loadavg",
	"proc/mounts",
	"proc/pressure/memory",
	"proc/sys/kernel/hostname",
	"proc/sys/kernel/osrelease",
	"sys/fs/cgroup/group1/group2/memory.current",
	"sys/fs/cgroup/group1/group2/memory.max",
	"sys/fs/cgroup/group1/memory.current",
	"sys/fs/cgroup/group1/memory.max",
	"sys/kernel/mm/transparent_hugepage/enabled",
	"sys/kernel/mm/ksm/pages_shared",
	"programs/pool",
};

#define FILES (sizeof(names) / sizeof(*names))

static struct {
	struct {
		int fd;
		struct buf was;
		bool changed;
	} files[FILES];
	struct procfs fs;
} tree = { .fs = { .fd = -1 } };

static void make_file(size_t i)
{
	struct buf *was = &tree.files[i].was;
	char path[256];

	snprintf(path, sizeof(path), ORIGINAL "%s", names[i]);
	(void)io_read_file(AT_FDCWD, path, was);
	tree.files[i].fd = tree_file(names[i]);
	tree_set(tree.files[i].fd, was->data ?: "", was->len);
}

static void make_tree(void)
{
	char path[256];

	tree_begin("fuzz_machine");
	for (size_t i = 0; i < FILES; i++)
		make_file(i);
	for (pid_t pid = 9; pid < 12; pid++) {
		snprintf(path, sizeof(path), "proc/%d/exe", (int)pid);
		tree_link(path, "../../programs/pool");
	}
	snprintf(path, sizeof(path), "%s/proc", tree_root);
	must(procfs_open(&tree.fs, path) == 0);
}

static void show(struct analysis *a, const struct sample *s)
{
	cleanup(snapshot_release) struct snapshot snap = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	must(s->nprocs > 0 && s->nprocs <= 3);
	for (size_t i = 0; i < s->nprocs; i++)
		must(s->procs[i].pid > 0 && s->procs[i].comm && s->procs[i].memory.rss >= ABSENT);
	analysis_next(a, s, &snap);
	json_snapshot(&out, &snap, false);
	for (size_t i = 0; i < out.len; i++)
		must((unsigned char)out.data[i] >= ' ' || out.data[i] == '\n');
}

static void said(const struct err *err)
{
	must(err->status >= STATUS_FAILED && err->status <= STATUS_NOT_A_POOL && *err->msg);
}

/* NULL: the one pool that there is. */
static void look(const char *word)
{
	cleanup(target_release) struct target target = { 0 };
	struct analysis *a = analysis_new();
	struct live *live = NULL;
	struct err err = { 0 };

	if (target_find(&tree.fs, word, &target, &err) < 0 || live_open(&tree.fs, &target, &live, &err) < 0)
		said(&err);
	for (int i = 0; live && i < 2; i++) {
		cleanup(sample_release) struct sample s;
		int r;

		sample_init(&s);
		r = live_sample(live, &s, &err);
		if (r < 0)
			said(&err);
		else if (r > 0)
			show(a, &s);
	}
	live_close(live);
	analysis_free(a);
}

/* The word of the first piece, or our pid file: one with a slash could name a file of this machine. */
static char *word_of(const struct pieces *p)
{
	char *word = xmemdupz(p->piece, p->len);
	bool ours = !strchr(word, '/') && strcmp(word, "f") != 0;
	char path[128];

	if (ours)
		return word;
	free(word);
	snprintf(path, sizeof(path), "%s/pid_file", tree_root);
	return xstrdup(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pieces p = { .data = data, .size = size };
	cleanup_free char *word = NULL;

	if (tree.fs.fd < 0)
		make_tree();
	if (!next_piece(&p))
		return 0;
	word = word_of(&p);
	while (next_piece(&p)) {
		size_t i = p.len ? *p.piece % FILES : 0;

		if (!p.len)
			continue;
		tree_set(tree.files[i].fd, p.piece + 1, p.len - 1);
		tree.files[i].changed = true;
	}
	look(*word ? word : NULL);
	for (size_t i = 0; i < FILES; i++)
		if (tree.files[i].changed) {
			tree_set(tree.files[i].fd, tree.files[i].was.data ?: "", tree.files[i].was.len);
			tree.files[i].changed = false;
		}
	return 0;
}
