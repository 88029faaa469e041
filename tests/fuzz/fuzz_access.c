/*
 * Where cowtop runs (probe/access_host.h), by files of its own process, in which users have a say: paths and names of what
 * they mounted, names of cgroups. An input is pieces (fuzz.h): the contents of these files, and what a process and its
 * user are called. What is found of all that fits, and can be shown: as text without escapes, and as one line of JSON.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "probe/access_host.h"
#include "sink/doctor.h"
#include "sink/json_access.h"
#include "tree.h"

/* Their order is that of the corpus. */
static const char *const names[] = { "mounts", "cgroup", "status" };

#define FILES (sizeof(names) / sizeof(*names))

static struct {
	struct procfs fs;
	int fds[FILES];
} w = { .fs = { .fd = -1 } };

static void make_tree(void)
{
	char path[128];

	tree_begin("fuzz_access");
	for (size_t i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "proc/%d/%s", (int)getpid(), names[i]);
		w.fds[i] = tree_file(path);
	}
	snprintf(path, sizeof(path), "%s/proc", tree_root);
	must(procfs_open(&w.fs, path) == 0);
}

static void check_setting(const struct access_setting *s)
{
	must(*s->name && memchr(s->value, '\0', sizeof(s->value)) &&
	     memchr(s->means, '\0', sizeof(s->means)));
}

static void check_shown(const struct access *a)
{
	cleanup(buf_release) struct buf text = { 0 }, json = { 0 };

	text_access(&text, a);
	for (size_t i = 0; i < text.len; i++)
		must((unsigned char)text.data[i] >= ' ' || text.data[i] == '\n');
	json_access(&json, a, false);
	for (size_t i = 0; i + 1 < json.len; i++)
		must((unsigned char)json.data[i] >= ' ');
	must(json.len && json.data[json.len - 1] == '\n');
}

/* Of a process on which nothing is to be had. */
static void look(char *user, char *comm)
{
	struct access_row closed = { .what = "pagemap", .error = EACCES, .gives = "pages", .needs = "root" };
	struct access a = { .nsubjects = 1 };
	struct access_place place;

	a.subjects[0] = (struct access_subject){
		.pid = 9, .why = "the master", .user = user, .comm = comm, .rows = &closed, .nrows = 1
	};
	access_read_place(&w.fs, &place, &a);
	must(a.nsettings <= sizeof(a.settings) / sizeof(*a.settings));
	for (size_t i = 0; i < a.nsettings; i++)
		check_setting(&a.settings[i]);
	access_add_fixes(&place, 9, &a);
	must(a.nfixes && a.nfixes <= sizeof(a.fixes) / sizeof(*a.fixes));
	check_shown(&a);
	a.nsubjects = 0; /* is none of its own */
	access_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pieces p = { .data = data, .size = size };
	cleanup_free char *user = NULL, *comm = NULL;

	if (w.fs.fd < 0)
		make_tree();
	for (size_t i = 0; i < FILES; i++) {
		bool is = next_piece(&p);

		tree_set(w.fds[i], is ? (const void *)p.piece : "", is ? p.len : 0);
	}
	user = next_piece(&p) ? xmemdupz(p.piece, p.len) : xstrdup("");
	comm = next_piece(&p) ? xmemdupz(p.piece, p.len) : xstrdup("");
	look(user, comm);
	return 0;
}
