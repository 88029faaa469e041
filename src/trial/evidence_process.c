#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "sys/mem_run.h"
#include "sys/pagemap.h"
#include "trial/evidence_parts.h"

#define ENVIRONMENT_MAX (1U << 20)
#define EXEC_PATH_PAGES 4
#define TEXT_MAX 2048         /* less than a page */
#define HEAP_PAGES (1U << 16) /* titles are written early: what was moved lies in front */
/* Mappings of more pages than that need PAGEMAP_SCAN: a reserved terabyte is no memory. */
#define UNSCANNED_MAX (1U << 20)

bool evidence_member(const struct proc_sample *p)
{
	return p->forked && p->state != 'Z' && p->state != 'X';
}

bool evidence_worker(const struct look *l, const struct proc_sample *p)
{
	return evidence_member(p) && p->pid != l->s->master_pid;
}

enum trial_applied evidence_judge(const struct shown *n)
{
	if (!n->yes && !n->no)
		return TRIAL_UNKNOWN;
	return n->yes >= n->no ? TRIAL_APPLIED : TRIAL_NOT_APPLIED;
}

bool evidence_maps(const struct look *l, const struct proc_sample *p, struct buf *text, struct vma_list *maps)
{
	return procfs_maps(l->fs, p->pid, text, maps) == 0 && maps->n;
}

void evidence_file(const struct vma *v, const char *text, char ret[256])
{
	const char *name = text + v->name_at, *slash = memrchr(name, '/', v->name_len);
	size_t len = v->name_len;

	if (slash) {
		len -= (size_t)(slash + 1 - name);
		name = slash + 1;
	}
	if (len > 255)
		len = 255;
	memcpy(ret, name, len);
	ret[len] = '\0';
}

/* The text behind "NAME=" in texts that end in NULs; NULL: there is none. */
static const char *find(const struct buf *environment, const char *name)
{
	const char *end = environment->data + environment->len;
	size_t n = strlen(name);

	for (const char *at = environment->data; at < end; at += strlen(at) + 1)
		if (!strncmp(at, name, n) && at[n] == '=')
			return at + n + 1;
	return NULL;
}

/* A server that writes its title does so over its environment: then nothing is left of what it was started with. */
static bool is_left(const struct look *l, const struct buf *environment)
{
	const char *end = environment->data + environment->len;

	for (const char *at = environment->data; at < end; at += strlen(at) + 1)
		for (size_t i = 0; l->setup->env[i]; i++)
			if (*at && !strcmp(at, l->setup->env[i]))
				return true;
	return false;
}

/* glibc ends each of its tunables with a NUL, in the environment that the kernel shows. */
static bool is_value(const struct buf *environment, const char *has, const char *value)
{
	size_t left = (size_t)(environment->data + environment->len - has), len = strlen(value);

	if (left < len || (left > len && has[len]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (has[i] != value[i] && (has[i] || value[i] != ':'))
			return false;
	return true;
}

struct shown evidence_variable(const struct look *l, const char *name, const char *value)
{
	cleanup(buf_release) struct buf environment = { .limit = ENVIRONMENT_MAX };
	struct shown n = { 0 };

	for (size_t i = 0; i < l->s->nprocs; i++) {
		const struct proc_sample *p = &l->s->procs[i];
		const char *has;

		if (!evidence_member(p))
			continue;
		if (procfs_read(l->fs, p->pid, "environ", &environment) < 0 || !environment.len) {
			n.untold++;
			continue;
		}
		has = find(&environment, name);
		if (value ? has && is_value(&environment, has, value) : !has && is_left(l, &environment))
			n.yes++;
		else if (has || is_left(l, &environment))
			n.no++;
		else
			n.untold++;
	}
	return n;
}

static bool read_exec_path(const struct look *l, pid_t pid, char ret[256])
{
	cleanup_close int pagemap = procfs_file(l->fs, pid, "pagemap"), fd = procfs_file(l->fs, pid, "mem");
	cleanup(mem_run_release) struct mem_run mem = { 0 };
	uint64_t at = procfs_auxv(l->fs, pid, AT_EXECFN);
	const unsigned char *bytes;
	size_t len;

	if (!at || pagemap < 0 || fd < 0)
		return false;
	mem_run_init(&mem, pagemap, fd, EXEC_PATH_PAGES);
	len = mem_run_read(&mem, at, at + 255, 255, &bytes);
	if (len > 255)
		len = 255;
	if (len)
		memcpy(ret, bytes, len);
	ret[len] = '\0';
	return len;
}

bool evidence_started(const struct look *l)
{
	const struct proc_sample *p = sample_find(l->s, sample_leader(l->s));
	const char *program = l->setup->argv[0], *slash;
	char path[256];

	if (!p || p->ppid != getpid() || !read_exec_path(l, p->pid, path))
		return false;
	slash = strrchr(path, '/');
	return !strcmp(strchr(program, '/') || !slash ? path : slash + 1, program);
}

/* The first address from `at` on, at a page's beginning, where anything may be; until `there->end` it may everywhere. */
static uint64_t behind_hole(const struct mem_run *mem, uint64_t at, uint64_t end, struct page_range *there)
{
	uint64_t page = at / mem->page_size, last = end / mem->page_size, next;

	while (page >= there->end && page < last) {
		int n = pagemap_populated(mem->pagemap, page, last, there, 1, &next);

		if (n < 0 && last - page <= UNSCANNED_MAX)
			*there = (struct page_range){ page, last };
		else if (n < 0 || next <= page)
			return end;
		page = n == 0 ? next : there->start;
	}
	return page * mem->page_size;
}

bool evidence_holds(struct mem_run *mem, const struct vma *v, const char *text, size_t wanted)
{
	struct page_range there = { 0 };
	uint64_t at = behind_hole(mem, v->start, v->end, &there);

	while (at < v->end && !mem->spent) {
		const unsigned char *bytes;
		size_t len = mem_run_read(mem, at, v->end, 1, &bytes);

		if (len && memmem(bytes, len, text, wanted))
			return true;
		/* It may lie across two reads. */
		if (len)
			at += len > mem->page_size ? len - wanted : len;
		else
			at = behind_hole(mem, (at / mem->page_size + 1) * mem->page_size, v->end, &there);
	}
	return false;
}

bool evidence_kept(const struct look *l, const char *name, const char *value)
{
	const struct proc_sample *p = sample_find(l->s, sample_leader(l->s));
	cleanup(buf_release) struct buf names = { 0 }, text = { 0 };
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	cleanup(mem_run_release) struct mem_run mem = { 0 };
	cleanup_close int pagemap = p ? procfs_file(l->fs, p->pid, "pagemap") : -1;
	cleanup_close int fd = p ? procfs_file(l->fs, p->pid, "mem") : -1;

	/* In front of it is the end of a block's size, or of another text: no longer name ends so. */
	buf_addc(&text, '\0');
	buf_printf(&text, "%s=%s", name, value);
	if (pagemap < 0 || fd < 0 || text.len + 1 >= TEXT_MAX || !evidence_maps(l, p, &names, &maps))
		return false;
	mem_run_init(&mem, pagemap, fd, HEAP_PAGES);
	for (size_t i = 0; i < maps.n; i++)
		if (maps.items[i].heap && evidence_holds(&mem, &maps.items[i], text.data, text.len + 1))
			return true;
	return false;
}
