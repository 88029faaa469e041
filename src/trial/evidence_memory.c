#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/io.h"
#include "heap/allocator.h"
#include "sys/image_file.h"
#include "sys/patience.h"
#include "trial/evidence_parts.h"
#include "trial/library.h"

#define LOADER_MAX (4U << 20)
#define PYMALLOC_PAGES (1U << 18) /* enough to meet an arena: there are some from the first object on */

/* The C library that has malloc(3) where no other allocator is loaded. */
static bool is_glibc(const char *file)
{
	return !strcmp(file, "libc.so.6") || !strncmp(file, "libc-2.", strlen("libc-2."));
}

struct mapped {
	bool kinds[ALLOCATOR_KINDS];
	char file[256]; /* of the last kind that was found */
};

static bool read_mapped(const struct look *l, const struct proc_sample *p, struct mapped *ret)
{
	cleanup(buf_release) struct buf text = { 0 };
	cleanup(vma_list_release) struct vma_list maps = { 0 };

	*ret = (struct mapped){ 0 };
	if (!evidence_maps(l, p, &text, &maps))
		return false;
	for (size_t i = 0; i < maps.n; i++) {
		enum allocator_kind kind;
		char file[256];

		evidence_file(&maps.items[i], text.data, file);
		kind = library_of(file);
		if (kind != ALLOCATOR_KINDS) {
			ret->kinds[kind] = true;
			memcpy(ret->file, file, sizeof(file));
		} else if (is_glibc(file)) {
			ret->kinds[ALLOCATOR_GLIBC] = true;
		}
	}
	return true;
}

static bool has_other(const struct mapped *m)
{
	return m->kinds[ALLOCATOR_JEMALLOC] || m->kinds[ALLOCATOR_TCMALLOC] || m->kinds[ALLOCATOR_MIMALLOC];
}

/* In how many processes is this allocator the one that malloc(3) has, by what is mapped? */
static struct shown by_maps(const struct look *l, enum allocator_kind kind, char file[256])
{
	struct shown n = { 0 };
	struct mapped m;

	*file = '\0';
	for (size_t i = 0; i < l->s->nprocs; i++) {
		if (!evidence_member(&l->s->procs[i]))
			continue;
		if (!read_mapped(l, &l->s->procs[i], &m)) {
			n.untold++;
			continue;
		}
		if (m.kinds[kind] && (kind != ALLOCATOR_GLIBC || !has_other(&m)))
			n.yes++;
		else
			n.no++;
		if (*m.file)
			memcpy(file, m.file, sizeof(m.file));
	}
	return n;
}

enum trial_applied evidence_malloc(const struct look *l, const struct variant_part *part, struct buf *text)
{
	bool glibc = !strcmp(part->value, "glibc");
	char file[256];
	struct shown n = by_maps(l, glibc ? ALLOCATOR_GLIBC : library_kind(part->value), file);
	enum trial_applied applied = evidence_judge(&n);

	if (applied == TRIAL_UNKNOWN)
		buf_adds(text, "what is mapped in the processes cannot be read");
	else if (glibc)
		buf_printf(text, "no other allocator than glibc's is mapped in %zu of %zu processes%s%s",
			   n.yes, n.yes + n.no, n.no && *file ? ": there is " : "", n.no ? file : "");
	else
		buf_printf(text, "%s is mapped in %zu of %zu processes", n.yes && *file ? file : part->value,
			   n.yes, n.yes + n.no);
	return applied;
}

/* Does the loader of the pool's C library know this name? Its names stand in its file. True as well where that cannot be
 * read. */
static bool is_known_tunable(const struct look *l, const char *name)
{
	cleanup(buf_release) struct buf text = { 0 }, loader = { .limit = LOADER_MAX };
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	const struct proc_sample *p = sample_find(l->s, sample_leader(l->s));
	bool knows = true;

	if (!p || !evidence_maps(l, p, &text, &maps))
		return true;
	for (size_t i = 0; i < maps.n; i++) {
		const struct vma *v = &maps.items[i];
		char file[256];
		ssize_t n;
		int fd;

		evidence_file(v, text.data, file);
		if (strncmp(file, "ld-linux", strlen("ld-linux")) != 0 &&
		    strncmp(file, "ld-2.", strlen("ld-2.")) != 0)
			continue;
		fd = image_file_open(l->fs, p->pid, v, text.data + v->name_at);
		if (fd < 0)
			return true;
		buf_room(&loader, LOADER_MAX);
		n = loader.data ? patience_read_at(fd, loader.data, LOADER_MAX - 1, 0) : -1;
		patience_close(fd);
		knows = n <= 0 || memmem(loader.data, (size_t)n, name, strlen(name) + 1);
		break;
	}
	return knows;
}

static void variable_of(const struct variant_part *part, const char **name, char value[24])
{
	snprintf(value, 24, "%llu", (unsigned long long)part->numbers[0]);
	*name = part->kind == PART_ARENAS ? "MALLOC_ARENA_MAX" :
		part->kind == PART_MMAP   ? "MALLOC_MMAP_THRESHOLD_" :
					    "MALLOC_TRIM_THRESHOLD_";
}

/* The whole list that the processes were started with: what other parts put there stands in it, too. */
static const char *tunables(const struct look *l)
{
	for (size_t i = 0; l->setup->env[i]; i++)
		if (!strncmp(l->setup->env[i], "GLIBC_TUNABLES=", strlen("GLIBC_TUNABLES=")))
			return l->setup->env[i] + strlen("GLIBC_TUNABLES=");
	return "";
}

enum trial_applied evidence_setting(const struct look *l, const struct variant_part *part, struct buf *text)
{
	char number[24], file[256];
	const char *name = "GLIBC_TUNABLES", *value = number;
	struct shown variable, glibc = by_maps(l, ALLOCATOR_GLIBC, file);

	if (part->kind == PART_TUNABLE)
		value = tunables(l);
	else
		variable_of(part, &name, number);
	if (evidence_judge(&glibc) == TRIAL_NOT_APPLIED) {
		buf_printf(text, "%s is a setting of glibc's allocator, and the processes have %s",
			   part->text, *file ? file : "another C library");
		return TRIAL_NOT_APPLIED;
	}
	if (part->kind == PART_TUNABLE && !is_known_tunable(l, part->name)) {
		buf_printf(text, "the glibc of the processes has no tunable %s", part->name);
		return TRIAL_NOT_APPLIED;
	}
	variable = evidence_variable(l, name, value);
	if (evidence_judge(&glibc) != TRIAL_UNKNOWN && evidence_judge(&variable) != TRIAL_UNKNOWN) {
		buf_printf(text, "%s=%s is set in %zu of %zu processes, whose allocator is glibc's", name,
			   value, variable.yes, variable.yes + variable.no + variable.untold);
		return evidence_judge(&variable);
	}
	if (evidence_judge(&glibc) != TRIAL_UNKNOWN && evidence_kept(l, name, value)) {
		buf_printf(
			text,
			"process %d, whose allocator is glibc's and whose title stands over its environment, keeps "
			"%s=%s elsewhere",
			(int)sample_leader(l->s), name, value);
		return TRIAL_APPLIED;
	}
	if (evidence_judge(&glibc) != TRIAL_UNKNOWN && evidence_started(l)) {
		buf_printf(
			text,
			"process %d, whose allocator is glibc's, is what was started with %s=%s, and its title stands "
			"there now",
			(int)sample_leader(l->s), name, value);
		return TRIAL_APPLIED;
	}
	buf_printf(
		text,
		"the environment or the mappings of the processes cannot be read: whether %s holds is not known",
		name);
	return TRIAL_UNKNOWN;
}

/* Bytes that pymalloc has got; ABSENT: not known. */
static fact pymalloc_held(const struct look *l, const struct proc_sample *p)
{
	cleanup(buf_release) struct buf text = { 0 };
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	cleanup(allocator_inventory_release) struct allocator_inventory found = { 0 };
	cleanup_close int pagemap = procfs_file(l->fs, p->pid, "pagemap"),
			  mem = procfs_file(l->fs, p->pid, "mem");
	struct allocator_target t = { .fs = l->fs,
				      .pid = p->pid,
				      .pagemap = pagemap,
				      .mem = mem,
				      .maps = &maps,
				      .exe_ino = p->image.exe_ino,
				      .pages_max = PYMALLOC_PAGES };

	if (pagemap < 0 || mem < 0 || !evidence_maps(l, p, &text, &maps))
		return ABSENT;
	t.maps_text = text.data;
	allocator_read(&t, &found);
	for (size_t i = 0; i < found.nitems; i++)
		if (found.items[i].kind == ALLOCATOR_PYMALLOC)
			return found.items[i].held;
	return 0;
}

enum trial_applied evidence_pymalloc(const struct look *l, const struct variant_part *part, struct buf *text)
{
	const struct proc_sample *p = sample_find(l->s, sample_leader(l->s));
	fact held = p ? pymalloc_held(l, p) : ABSENT;
	struct shown n = evidence_variable(l, "PYTHONMALLOC", "malloc");

	if (held != ABSENT && held > 0) {
		buf_printf(text, "pymalloc still has memory in process %d", (int)p->pid);
		return TRIAL_NOT_APPLIED;
	}
	if (evidence_judge(&n) == TRIAL_UNKNOWN && held == ABSENT) {
		buf_adds(text, "neither the environment nor the memory of the processes can be read");
		return TRIAL_UNKNOWN;
	}
	if (evidence_judge(&n) == TRIAL_NOT_APPLIED) {
		buf_printf(text, "PYTHONMALLOC=malloc is set in %zu of %zu processes", n.yes, n.yes + n.no);
		return TRIAL_NOT_APPLIED;
	}
	if (p && p->gc.runtime != RUNTIME_CPYTHON && p->gc.runtime != RUNTIME_NONE) {
		buf_printf(text, "process %d is no CPython", (int)p->pid);
		return TRIAL_NOT_APPLIED;
	}
	if (held == 0)
		buf_printf(text, "pymalloc has no memory in process %d", (int)p->pid);
	else
		buf_printf(text, "PYTHONMALLOC=malloc is set in %zu of %zu processes", n.yes, n.yes + n.no);
	return TRIAL_APPLIED;
}
