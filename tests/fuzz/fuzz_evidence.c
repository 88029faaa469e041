/*
 * Did a variant take (trial/evidence.h), asked of processes all of whose files are hostile. An input is flags (a byte), and
 * pieces (fuzz.h): the variant first, then contents of files, each behind a byte that says of which, and pages of the
 * master with their number. Whatever is in them, it is said what was seen, the same when it is asked again, and what took
 * was there to be seen.
 */
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "pages.h"
#include "tree.h"
#include "trial/evidence.h"
#include "trial/variant_parts.h"

#define PROCESSES 3
#define PAGES 32
#define LOADER "programs/ld-linux-x86-64.so.2"

enum { FLAG_ADVISED = 1, FLAG_ZOMBIE = 2, FLAG_RUBY = 4, FLAG_GC = 8 };

/* Of the master, its workers, and the loader that it maps. Their order is that of the corpus. */
static const char *const names[] = {
	"proc/9/environ", "proc/9/cmdline",  "proc/9/status",  "proc/9/smaps",  "proc/9/maps",
	"proc/9/auxv",    "proc/10/environ", "proc/10/status", "proc/10/smaps", "proc/10/maps",
	LOADER,           "proc/11/environ", "proc/11/status", "proc/11/smaps", "proc/11/maps",
};

#define FILES (sizeof(names) / sizeof(*names))

static struct {
	struct procfs fs;
	int fds[FILES];
	struct buf texts[FILES];
	struct pages memory;
	char loader[128]; /* its line of maps */
	struct sample s;
	struct gc_state states[PROCESSES];
} w = { .fs = { .fd = -1 } };

static void make_tree(void)
{
	char text[128];
	struct stat st;

	tree_begin("fuzz_evidence");
	for (size_t i = 0; i < FILES; i++)
		w.fds[i] = tree_file(names[i]);
	w.memory.mem = tree_file("proc/9/mem");
	w.memory.pagemap = tree_file("proc/9/pagemap");
	tree_link("proc/9/root", "../..");
	snprintf(text, sizeof(text), "%s/" LOADER, tree_root);
	must(stat(text, &st) == 0);
	snprintf(w.loader, sizeof(w.loader), "00010000-00020000 r-xp 00000000 %02x:%02x %lu /" LOADER "\n",
		 major(st.st_dev), minor(st.st_dev), (unsigned long)st.st_ino);
	snprintf(text, sizeof(text), "28 1 %u:%u / / rw - ext4 x rw\n", major(st.st_dev), minor(st.st_dev));
	tree_set(tree_file("proc/9/mountinfo"), text, strlen(text));
	snprintf(text, sizeof(text), "%s/proc", tree_root);
	must(procfs_open(&w.fs, text) == 0);
	sample_init(&w.s);
	w.s.nprocs = PROCESSES;
	w.s.procs = xcalloc(PROCESSES, sizeof(*w.s.procs));
	w.s.master_pid = w.s.leader_pid = 9;
}

static void set_process(size_t i, uint8_t flags)
{
	struct proc_sample *p = &w.s.procs[i];

	proc_sample_init(p);
	gc_state_init(&w.states[i]);
	p->pid = 9 + (pid_t)i;
	p->ppid = i ? 9 : getpid();
	p->forked = true;
	p->state = flags & FLAG_ZOMBIE && i == 1 ? 'Z' : 'S';
	p->gc.runtime = flags & FLAG_RUBY ? RUNTIME_RUBY : RUNTIME_CPYTHON;
	strcpy(p->gc.version, "3.11.2");
	p->gc.interpreters = &w.states[i];
	p->gc.ninterpreters = 1;
	if (flags & FLAG_GC)
		w.states[i].enabled = w.states[i].any_frozen = i != 1;
}

static void begin(uint8_t flags)
{
	if (w.fs.fd < 0)
		make_tree();
	for (size_t i = 0; i < FILES; i++) {
		tree_set(w.fds[i], "", 0);
		buf_reset(&w.texts[i]);
	}
	pages_begin(&w.memory, PAGES * PAGES_SIZE);
	for (size_t i = 0; i < PROCESSES; i++)
		set_process(i, flags);
}

/* The first byte says of what. */
static void put(const uint8_t *bytes, size_t len)
{
	size_t i = *bytes % (FILES + 1);
	bool maps = i < FILES && !strcmp(names[i], "proc/9/maps");

	bytes++;
	len--;
	if (i == FILES && len > 1) {
		pages_put(&w.memory, *bytes % PAGES * PAGES_SIZE, bytes + 1, len - 1);
	} else if (i < FILES) {
		buf_adds(&w.texts[i], maps ? w.loader : "");
		buf_add(&w.texts[i], (const char *)bytes, len);
		tree_set(w.fds[i], w.texts[i].data ?: "", w.texts[i].len);
	}
}

/* NULs are like colons: glibc makes ones of the others in its tunables. */
static bool holds(const char *bytes, size_t len, const char *text)
{
	cleanup_free char *copy = xmemdupz(bytes, len);

	for (size_t i = 0; i < len; i++)
		copy[i] = copy[i] ? copy[i] : ':';
	return memmem(copy, len, text, strlen(text)) != NULL;
}

static bool in_memory(const char *text)
{
	static char bytes[PAGES * PAGES_SIZE];

	must(pread(w.memory.mem, bytes, sizeof(bytes), 0) == sizeof(bytes));
	return holds(bytes, sizeof(bytes), text);
}

static bool is_anywhere(const char *text)
{
	bool is = in_memory(text);

	for (size_t i = 0; i < FILES; i++)
		is = is || holds(w.texts[i].data ?: "", w.texts[i].len, text);
	return is;
}

/* A part that took was seen by something that has its value, or by the program that was started with it. */
static void check_seen(const struct variant_part *part, const char *program)
{
	cleanup(buf_release) struct buf text = { 0 };

	if (part->kind == PART_ENV && part->value)
		buf_printf(&text, "%s=%s", part->name, part->value);
	else if (part->kind == PART_MALLOC && strcmp(part->value, "glibc") != 0)
		buf_adds(&text, part->value);
	else
		return;
	must(is_anywhere(text.data) || (part->kind == PART_ENV && in_memory(program)));
}

static void look(const struct setup *setup)
{
	cleanup(buf_release) struct buf text = { 0 }, again = { 0 };
	enum trial_applied applied = evidence_look(setup, &w.fs, &w.s, &text);

	must(applied <= TRIAL_NOT_APPLIED);
	must(evidence_look(setup, &w.fs, &w.s, &again) == applied);
	must(text.len == again.len && (!text.len || !memcmp(text.data, again.data, text.len)));
	must(text.len || variant_part(setup->variant, PART_WARM));
	must(!text.len || strlen(text.data) == text.len);
	for (size_t i = 0; applied == TRIAL_APPLIED && i < setup->variant->n; i++)
		check_seen(&setup->variant->parts[i], setup->argv[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char program[] = "python3", script[] = "x.py", more[] = "--more", own[] = "OWN=1",
		    tunables[] = "GLIBC_TUNABLES=glibc.malloc.check=1", path[] = "PYTHONPATH=/folder";
	char *argv[] = { program, script, more, NULL }, *env[] = { own, tunables, path, NULL };
	struct setup setup = { .argv = argv, .env = env, .thp_disable = -1 };
	cleanup_free char *text = NULL;
	struct variant *v = NULL;
	struct pieces p;

	if (!size)
		return 0;
	p = (struct pieces){ .data = data + 1, .size = size - 1 };
	if (!next_piece(&p))
		return 0;
	text = xmemdupz(p.piece, p.len);
	if (variant_parse(text, &v, NULL) < 0)
		return 0;
	begin(*data);
	while (next_piece(&p))
		if (p.len)
			put(p.piece, p.len);
	setup.folder = tree_root;
	setup.thp_flags = *data & FLAG_ADVISED ? 2 : 0;
	setup.variant = v;
	look(&setup);
	variant_free(v);
	return 0;
}
