/*
 * Stacks of a process all of whose files are hostile (unwind/unwinder.h): what it maps, its program, the memory that it
 * shows, the map of the code that it generates. An input is pieces (fuzz.h), each a step: a byte says which, what follows
 * is the new content of a file, a page with its number of two bytes in front, or a snapshot, registers of four bytes each
 * and the stack. Whatever they say, a trace is one of functions that there are, the same snapshot has the same trace, and
 * all of it can be recorded.
 */
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "codec/stacks.h"
#include "fuzz.h"
#include "pages.h"
#include "sys/arch.h"
#include "tree.h"
#include "unwind/unwinder.h"

#define PID 9
#define CHILD 10
#define PAGES 0x160 /* those that can be there: the last one ends with the stack */
#define MAPS \
	"00010000-00110000 r-xp 00000000 %02x:%02x %lu /programs/python3.11\n" \
	"00120000-00130000 rwxp 00000000 00:00 0 \n" \
	"00140000-00160000 rw-p 00000000 00:00 0 [stack]\n" \
	"%.*s"

enum { STEP_PROGRAM, STEP_NAMES, STEP_STATUS, STEP_MAPS, STEP_PAGE, STEP_SNAPSHOT, STEP_LIFE, STEPS };

static struct {
	struct procfs fs;
	int program, names, status, maps;
	struct pages memory;
	struct stat st;
} t = { .fs = { .fd = -1 } };

static void make_tree(void)
{
	char text[128];

	tree_begin("fuzz_unwinder");
	t.program = tree_file("programs/python3.11");
	t.names = tree_file("tmp/perf-9.map");
	t.status = tree_file("proc/9/status");
	t.maps = tree_file("proc/9/maps");
	t.memory.mem = tree_file("proc/9/mem");
	t.memory.pagemap = tree_file("proc/9/pagemap");
	tree_link("proc/9/exe", "../../programs/python3.11");
	tree_link("proc/9/root", "../..");
	must(fstat(t.program, &t.st) == 0);
	snprintf(text, sizeof(text), "28 1 %u:%u / / rw - ext4 x rw\n", major(t.st.st_dev),
		 minor(t.st.st_dev));
	tree_set(tree_file("proc/9/mountinfo"), text, strlen(text));
	snprintf(text, sizeof(text), "%s/proc", tree_root);
	must(procfs_open(&t.fs, text) == 0);
}

static void set_maps(const void *more, size_t len)
{
	char text[8192];
	int n;

	len = len < 4096 ? len : 4096;
	n = snprintf(text, sizeof(text), MAPS, major(t.st.st_dev), minor(t.st.st_dev),
		     (unsigned long)t.st.st_ino, (int)len, (const char *)more);
	tree_set(t.maps, text, (size_t)n);
}

static void set_page(const uint8_t *bytes, size_t len)
{
	uint64_t page;

	if (len < 2)
		return;
	page = (bytes[0] | (uint64_t)bytes[1] << 8) % PAGES;
	len = len - 2 < PAGES_SIZE ? len - 2 : PAGES_SIZE;
	pages_put(&t.memory, page * PAGES_SIZE, bytes + 2, len);
}

static void begin(void)
{
	if (t.fs.fd < 0)
		make_tree();
	tree_set(t.program, "", 0);
	tree_set(t.names, "", 0);
	tree_set(t.status, "", 0);
	set_maps("", 0);
	pages_begin(&t.memory, PAGES * PAGES_SIZE);
}

static void check_trace(const struct stacks *all, uint32_t trace)
{
	must(trace < all->ntraces && all->traces[trace].nframes > 0);
	for (uint32_t i = 0; i < all->traces[trace].nframes; i++)
		must(all->traces[trace].frames[i] < all->nfunctions);
}

static void look(struct unwinder *u, const struct stacks *all, const uint8_t *bytes, size_t len)
{
	uint64_t registers[ARCH_REGISTERS] = { 0 };
	struct unwind_snapshot s = { .pid = PID, .tid = PID, .registers = registers };
	uint32_t trace, again;
	size_t head = 1 + 4 * (size_t)arch.registers;

	if (len < head)
		return;
	s.kernel = bytes[0] & 1;
	s.truncated_stack = bytes[0] & 2;
	s.pid = bytes[0] & 4 ? CHILD : PID;
	for (size_t i = 0; i < arch.registers; i++)
		for (size_t k = 0; k < 4; k++)
			registers[i] |= (uint64_t)bytes[1 + 4 * i + k] << 8 * k;
	s.stack = bytes + head;
	s.stack_bytes = len - head;
	trace = unwinder_trace(u, &s);
	check_trace(all, trace);
	if (unwinder_known(u, &s, &again))
		must(again == trace && unwinder_trace(u, &s) == trace);
}

static void live(struct unwinder *u, uint8_t how)
{
	pid_t pid = how & 1 ? CHILD : PID;

	if (how & 2)
		unwinder_gone(u, pid);
	if (how & 4)
		unwinder_process(u, pid, how & 8 ? PID : 0);
	if (how & 16)
		unwinder_refresh(u, pid);
	if (how & 32)
		unwinder_name(u);
}

static void take_step(struct unwinder *u, const struct stacks *all, const struct pieces *p)
{
	const uint8_t *bytes = p->piece + 1;
	size_t len = p->len - 1;

	switch (*p->piece % STEPS) {
	case STEP_PROGRAM:
		tree_set(t.program, bytes, len);
		break;
	case STEP_NAMES:
		tree_set(t.names, bytes, len);
		break;
	case STEP_STATUS:
		tree_set(t.status, bytes, len);
		break;
	case STEP_MAPS:
		set_maps(bytes, len);
		break;
	case STEP_PAGE:
		set_page(bytes, len);
		break;
	case STEP_SNAPSHOT:
		look(u, all, bytes, len);
		break;
	case STEP_LIFE:
		live(u, len ? *bytes : 0);
		break;
	}
}

static void check_functions(const struct stacks *all)
{
	cleanup(stacks_release) struct stacks back = { 0 };
	cleanup(buf_release) struct buf b = { 0 };

	for (size_t i = 0; i < all->nfunctions; i++) {
		must(all->functions[i].object);
		must(!all->functions[i].name || *all->functions[i].name);
	}
	must(stacks_put(all, &b) && stacks_take(b.data, b.len, &back));
	must(back.nfunctions == all->nfunctions && back.ntraces == all->ntraces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(stacks_release) struct stacks all = { .period = 1, .page_size = 4096 };
	struct pieces p = { .data = data, .size = size };
	struct unwinder *u;

	begin();
	u = unwinder_new(&t.fs, &all);
	while (next_piece(&p))
		if (p.len)
			take_step(u, &all, &p);
	unwinder_name(u);
	check_functions(&all);
	unwinder_free(u);
	return 0;
}
