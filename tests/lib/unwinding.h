#ifndef COWTOP_TESTS_UNWINDING_H
#define COWTOP_TESTS_UNWINDING_H

/*
 * An unwinder of the test's own process, and what it makes of the fault in lib/snapshot.h.
 */
#include "lib/snapshot.h"

#define END() __asm__ volatile("" ::: "memory") /* what was called last is not jumped to */
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static struct procfs fs;
static struct stacks stacks;
static struct unwinder *unwinder;

static inline int begin(void **state)
{
	if (!snapshot.page)
		snapshot_begin();
	snapshot.want = SNAPSHOT_BYTES;
	stacks = (struct stacks){ 0 };
	assert_int_equal(procfs_open(&fs, "/proc"), 0);
	unwinder = unwinder_new(&fs, &stacks);
	unwinder_process(unwinder, getpid(), 0);
	return 0;
}

static inline int end(void **state)
{
	unwinder_free(unwinder);
	stacks_release(&stacks);
	procfs_release(&fs);
	return 0;
}

static inline const struct stack_trace *unwind_this(const struct unwind_snapshot *s)
{
	uint32_t trace = unwinder_trace(unwinder, s);

	unwinder_name(unwinder);
	return &stacks.traces[trace];
}

static inline const struct stack_trace *unwind(void)
{
	struct unwind_snapshot s = snapshot_get();

	return unwind_this(&s);
}

static inline const struct stack_function *frame(const struct stack_trace *t, uint32_t i)
{
	assert_true(i < t->nframes);
	assert_true(t->frames[i] < stacks.nfunctions);
	return &stacks.functions[t->frames[i]];
}

static inline void assert_frame(const struct stack_trace *t, uint32_t i, const char *name)
{
	const struct stack_function *f = frame(t, i);

	if (!f->name)
		fail_msg("frame %u: %s!fn_%lx instead of %s", i, f->object, f->offset, name);
	assert_string_equal(f->name, name);
}

#endif
