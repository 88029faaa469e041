#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/cleanup.h"
#include "sys/mem_run.h"
#include "trial/evidence_parts.h"

#define SHARED_PAGES (1U << 16) /* of opcache's memory, which has 128 MiB by itself */

static const char *hook_word(enum part_kind kind)
{
	return kind == PART_GC_START   ? "start" :
	       kind == PART_GC_COMPACT ? "compact" :
	       kind == PART_WARMUP     ? "warmup" :
					 "disable";
}

static const char *hook_title(enum part_kind kind)
{
	return kind == PART_GC_START   ? "GC.start" :
	       kind == PART_GC_COMPACT ? "GC.compact" :
	       kind == PART_WARMUP     ? "Process.warmup" :
					 "GC.disable";
}

/* Who of the pool has done it before it forked; 0: nobody has said so. */
static pid_t who_did(const struct look *l, const char *word)
{
	cleanup(buf_release) struct buf path = { 0 };
	struct stat st;

	for (size_t i = 0; l->setup->folder && i < l->s->nprocs; i++) {
		if (!evidence_member(&l->s->procs[i]))
			continue;
		buf_reset(&path);
		buf_printf(&path, "%s/done.%d.%s", l->setup->folder, (int)l->s->procs[i].pid, word);
		if (lstat(path.data, &st) == 0)
			return l->s->procs[i].pid;
	}
	return 0;
}

/* "3.1.2" of libruby-3.1.so.3.1.2, or of what it is a link to; false: not known. */
static bool ruby_version(const struct look *l, const struct proc_sample *p, unsigned *major, unsigned *minor)
{
	cleanup(buf_release) struct buf text = { 0 };
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	char file[256];

	if (!evidence_maps(l, p, &text, &maps))
		return false;
	for (size_t i = 0; i < maps.n; i++) {
		const char *so;

		evidence_file(&maps.items[i], text.data, file);
		so = strstr(file, ".so.");
		if (!strncmp(file, "libruby", strlen("libruby")) && so &&
		    sscanf(so, ".so.%u.%u", major, minor) == 2)
			return true;
	}
	return false;
}

enum trial_applied evidence_ruby(const struct look *l, const struct variant_part *part, struct buf *text)
{
	const struct proc_sample *p = sample_find(l->s, sample_leader(l->s));
	pid_t pid = who_did(l, hook_word(part->kind));
	unsigned major = 0, minor = 0, needs = part->kind == PART_WARMUP ? 3 : 1;
	struct stat st;

	if (pid && part->kind == PART_DISABLE) {
		buf_printf(text, "the collector was off in process %d when it first forked", (int)pid);
		return TRIAL_APPLIED;
	}
	if (pid) {
		buf_printf(text, "process %d ran %s before it first forked", (int)pid,
			   hook_title(part->kind));
		return TRIAL_APPLIED;
	}
	if (p && ruby_version(l, p, &major, &minor) && (major < 3 || (major == 3 && minor < needs))) {
		buf_printf(text, "Ruby %u.%u has no %s: 3.%u and later do", major, minor,
			   part->kind == PART_WARMUP ? "Process.warmup" :
						       "Process._fork to ask before a fork",
			   needs);
		return TRIAL_NOT_APPLIED;
	}
	if (p && l->setup->folder && stat(l->setup->folder, &st) == 0 && st.st_uid != p->uid && p->uid) {
		buf_printf(text, "process %d runs as another user, who cannot leave word of %s", (int)p->pid,
			   hook_title(part->kind));
		return TRIAL_UNKNOWN;
	}
	buf_printf(text, "no process of the pool has said that it ran %s before it forked",
		   hook_title(part->kind));
	return TRIAL_NOT_APPLIED;
}

static bool is_preloaded(const struct look *l, const struct proc_sample *p, const struct vma_list *maps)
{
	/* opcache keeps what is preloaded as one script of this name (ZendAccelerator.c, accel_preload()). */
	static const char script[] = "$PRELOAD$";
	cleanup_close int pagemap = procfs_file(l->fs, p->pid, "pagemap");
	cleanup_close int fd = procfs_file(l->fs, p->pid, "mem");
	cleanup(mem_run_release) struct mem_run mem = { 0 };
	bool found = false;

	if (pagemap < 0 || fd < 0)
		return false;
	mem_run_init(&mem, pagemap, fd, SHARED_PAGES);
	for (size_t i = 0; i < maps->n && !found; i++)
		if (maps->items[i].kind == VMA_SHARED && maps->items[i].writable)
			found = evidence_holds(&mem, &maps->items[i], script, sizeof(script) - 1);
	return found;
}

enum trial_applied evidence_preload(const struct look *l, const struct variant_part *part, struct buf *text)
{
	cleanup(buf_release) struct buf names = { 0 };
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	const struct proc_sample *p = sample_find(l->s, sample_leader(l->s));
	bool opcache = false;
	char file[256];

	if (!p || !evidence_maps(l, p, &names, &maps)) {
		buf_adds(text, "the mappings of the master cannot be read");
		return TRIAL_UNKNOWN;
	}
	for (size_t i = 0; i < maps.n; i++) {
		evidence_file(&maps.items[i], names.data, file);
		opcache = opcache || !strcmp(file, "opcache.so");
	}
	if (is_preloaded(l, p, &maps)) {
		buf_printf(text, "opcache of process %d has a preloaded script", (int)p->pid);
		return TRIAL_APPLIED;
	}
	buf_printf(text,
		   opcache ? "opcache of process %d shows no preloaded script" :
			     "process %d has not loaded opcache",
		   (int)p->pid);
	return opcache ? TRIAL_UNKNOWN : TRIAL_NOT_APPLIED;
}
