#include "source/unwind_frames.h"

#include <string.h>
#include <sys/syscall.h>
#include "parse/leaf.h"

#define FRAMES_MAX (UNWIND_FRAMES + 1) /* and the system call */

/* System calls that write to memory that a program hands them; others break single pages. */
static const struct {
	int number;
	const char *name;
} calls[] = {
	{ SYS_read, "read" },           { SYS_pread64, "pread64" },
	{ SYS_readv, "readv" },         { SYS_preadv, "preadv" },
	{ SYS_preadv2, "preadv2" },     { SYS_recvfrom, "recvfrom" },
	{ SYS_recvmsg, "recvmsg" },     { SYS_recvmmsg, "recvmmsg" },
	{ SYS_accept, "accept" },       { SYS_accept4, "accept4" },
	{ SYS_getrandom, "getrandom" }, { SYS_getdents64, "getdents64" },
	{ SYS_poll, "poll" },           { SYS_ppoll, "ppoll" },
	{ SYS_select, "select" },       { SYS_pselect6, "pselect6" },
	{ SYS_epoll_wait, "epoll_wait" }, { SYS_epoll_pwait, "epoll_pwait" },
	{ SYS_io_uring_enter, "io_uring_enter" }, { SYS_io_getevents, "io_getevents" },
	{ SYS_stat, "stat" },           { SYS_fstat, "fstat" },
	{ SYS_lstat, "lstat" },         { SYS_newfstatat, "newfstatat" },
	{ SYS_statx, "statx" },         { SYS_getcwd, "getcwd" },
	{ SYS_readlink, "readlink" },   { SYS_readlinkat, "readlinkat" },
	{ SYS_ioctl, "ioctl" },         { SYS_futex, "futex" },
	{ SYS_clone, "clone" },         { SYS_clone3, "clone3" },
	{ SYS_fork, "fork" },           { SYS_vfork, "vfork" },
	{ SYS_wait4, "wait4" },         { SYS_waitid, "waitid" },
	{ SYS_rt_sigaction, "rt_sigaction" }, { SYS_rt_sigprocmask, "rt_sigprocmask" },
	{ SYS_getsockname, "getsockname" }, { SYS_getsockopt, "getsockopt" },
	{ SYS_nanosleep, "nanosleep" }, { SYS_clock_nanosleep, "clock_nanosleep" },
	{ SYS_pipe2, "pipe2" },         { SYS_uname, "uname" },
};

static const char *call_name(int number)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (calls[i].number == number)
			return calls[i].name;
	return "syscall";
}

/* The code around the leaf, the leaf's first byte at LEAF_BEFORE. */
static bool leaf_code(const struct unwind_frame *f, uint8_t ret[LEAF_BEFORE + LEAF_BYTES])
{
	return f->mapping && f->mapping->object &&
	       unwind_object_read(f->mapping->object, f->address - f->mapping->bias - LEAF_BEFORE, ret,
				  LEAF_BEFORE + LEAF_BYTES);
}

static enum leaf_kind leaf_of(const struct unwind_frame *f)
{
	uint8_t code[LEAF_BEFORE + LEAF_BYTES];

	if (!leaf_code(f, code))
		return LEAF_OTHER;
	if (leaf_is_refcount(code, sizeof(code), LEAF_BEFORE))
		return LEAF_REFCOUNT;
	if (leaf_is_perl_count(code, sizeof(code), LEAF_BEFORE))
		return LEAF_PERL_COUNT;
	return leaf_is_gc_head(code, sizeof(code), LEAF_BEFORE) ? LEAF_GC_HEAD : LEAF_OTHER;
}

/* The kernel also writes without being called: a signal's frame, a new program's stack. */
static uint32_t kernel_function(struct unwind_table *t, const struct unwind_frame *f)
{
	uint8_t code[LEAF_BEFORE + LEAF_BYTES];
	struct unwind_key key = { .kind = FRAME_KERNEL };
	int number;

	key.name = "kernel";
	if (leaf_code(f, code) && leaf_syscall(code, sizeof(code), LEAF_BEFORE, &number))
		key.name = call_name(number);
	key.name_len = strlen(key.name);
	return unwind_table_function(t, &key, "[kernel]", 0);
}

bool unwind_frames_generated(const struct unwind_maps *maps, uint64_t address, struct unwind_key *ret,
			     const char **ret_object)
{
	const struct perf_symbol *s = NULL;
	struct perf_python python;
	size_t i;

	for (i = 0; i < maps->n && !s; i++)
		s = unwind_jit_find(maps->items[i], address);
	if (!s)
		return false;
	*ret = (struct unwind_key){ .kind = FRAME_JIT, .name = maps->items[i - 1]->text + s->name_at,
				    .name_len = s->name_len };
	*ret_object = "[jit]";
	if (!perf_map_python(ret->name, ret->name_len, &python))
		return true;
	*ret = (struct unwind_key){ .kind = FRAME_PYTHON, .name = python.name, .file = python.file,
				    .name_len = python.name_len, .file_len = python.file_len };
	*ret_object = "[python]";
	return true;
}

/* Generated code that no map names yet is told apart only where a map may name it later. */
static uint32_t generated_function(struct unwind_table *t, const struct unwind_maps *maps,
				   uint64_t address)
{
	struct unwind_key key = { .kind = FRAME_UNKNOWN };
	const char *object = "[anon]";

	if (!unwind_frames_generated(maps, address, &key, &object)) {
		for (size_t i = 0; i < maps->n; i++)
			if (maps->items[i]->map.n)
				key = (struct unwind_key){ .kind = FRAME_JIT, .pid = maps->pid,
							   .start = address };
	}
	return unwind_table_function(t, &key, object, address);
}

static uint32_t function_of(struct unwind_table *t, const struct unwind_maps *maps,
			    const struct unwind_frame *f)
{
	struct unwind_key key = { .kind = FRAME_NATIVE };
	uint64_t address;

	if (!f->mapping) {
		key.kind = FRAME_UNKNOWN;
		return unwind_table_function(t, &key, "[anon]", 0);
	}
	if (!f->mapping->object)
		return generated_function(t, maps, f->address);
	address = f->address - f->mapping->bias;
	key.object = f->mapping->object;
	key.start = f->known ? f->function.start : address;
	if (f->known && f->function.signal) {
		key.name = "<signal handler called>"; /* as gdb(1) has it */
		key.name_len = strlen(key.name);
	}
	return unwind_table_function(t, &key, NULL, address);
}

uint32_t unwind_frames_trace(struct unwind_table *t, const struct unwind_maps *maps,
			     const struct unwind_snapshot *s, const struct unwind_frames *frames)
{
	uint32_t functions[FRAMES_MAX];
	struct stack_trace trace = { .frames = functions, .kernel = s->kernel,
				     .truncated = !frames->whole };

	if (s->kernel)
		functions[trace.nframes++] = kernel_function(t, &frames->items[0]);
	else
		trace.leaf = leaf_of(&frames->items[0]);
	for (size_t i = 0; i < frames->n; i++)
		functions[trace.nframes++] = function_of(t, maps, &frames->items[i]);
	return unwind_table_trace(t, &trace);
}

uint32_t unwind_frames_nothing(struct unwind_table *t, const struct unwind_snapshot *s)
{
	struct unwind_frames *none = &(struct unwind_frames){ .n = 1 };

	return unwind_frames_trace(t, &(struct unwind_maps){ .pid = s->pid }, s, none);
}
