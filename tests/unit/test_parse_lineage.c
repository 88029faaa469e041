/* parse/lineage: forked or exec'ed, from the words of two stat lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "parse/lineage.h"

static const struct image_facts parent = {
	.start_code = 0x400000,
	.end_code = 0x500000,
	.start_stack = 0x7ffc0000,
	.start_brk = 0x1c3f000,
	.arg_start = 0x7ffc1111,
	.exe_dev = 8,
	.exe_ino = 4711,
};

static void same_words_are_forked(void **state)
{
	assert_int_equal(lineage_of(&parent, &parent), LINEAGE_FORKED);
}

static void each_word_alone_decides(void **state)
{
	struct image_facts child;

#define DIFFERS(member) \
	do { \
		child = parent; \
		child.member += 16; \
		assert_int_equal(lineage_of(&child, &parent), LINEAGE_EXECED); \
		assert_int_equal(lineage_of(&parent, &child), LINEAGE_EXECED); \
	} while (0)
	DIFFERS(start_code);
	DIFFERS(end_code);
	DIFFERS(start_stack);
	DIFFERS(start_brk);
	DIFFERS(arg_start);
	DIFFERS(exe_dev);
	DIFFERS(exe_ino);
#undef DIFFERS
}

/* do_task_stat() prints start_code 1 and start_stack 0 for a reader without access. */
static void hidden_words_are_unknown(void **state)
{
	struct image_facts hidden = { .start_code = 1, .end_code = 1 };

	assert_int_equal(lineage_of(&hidden, &parent), LINEAGE_UNKNOWN);
	assert_int_equal(lineage_of(&parent, &hidden), LINEAGE_UNKNOWN);
	/* Two that are hidden look equal: that says nothing. */
	assert_int_equal(lineage_of(&hidden, &hidden), LINEAGE_UNKNOWN);
}

static void a_missing_exe_leaves_it_to_the_words(void **state)
{
	struct image_facts child = parent;

	child.exe_dev = child.exe_ino = 0;
	assert_int_equal(lineage_of(&child, &parent), LINEAGE_FORKED);
	assert_int_equal(lineage_of(&parent, &child), LINEAGE_FORKED);
	child.start_brk++;
	assert_int_equal(lineage_of(&child, &parent), LINEAGE_EXECED);
}

/* PF_FORKNOEXEC known: what the words say of a child that set a title of its own, or that has no parent left. */
static void a_mark_tells_more_than_the_words(void **state)
{
	struct image_facts forked = parent, execed = parent;

	forked.marks = IMAGE_MARKED | IMAGE_FORKED | IMAGE_RANDOM;
	execed.marks = IMAGE_MARKED;
	assert_int_equal(lineage_of(&forked, &parent), LINEAGE_FORKED);
	/* the same program, run again with the same arguments and without ASLR */
	assert_int_equal(lineage_of(&execed, &parent), LINEAGE_EXECED);
	forked.arg_start += 4096;
	assert_int_equal(lineage_of(&forked, &parent), LINEAGE_FORKED);
	forked.start_stack += 4096;
	assert_int_equal(lineage_of(&forked, &parent), LINEAGE_ADOPTED);
	forked = (struct image_facts){ .start_code = 1, .end_code = 1, .marks = forked.marks };
	assert_int_equal(lineage_of(&forked, &parent), LINEAGE_UNKNOWN);
}

/* One address that was drawn by chance and is left of a parent's tells; none of what may be equal by chance does. */
static void one_address_is_enough(void **state)
{
	const struct image_facts drawn = {
		.start_code = 0x555555554000,
		.end_code = 0x555555560000,
		.start_stack = 0x7ffc00001000,
		.start_brk = 0x555555600000,
		.exe_ino = 4711,
		.marks = IMAGE_MARKED | IMAGE_FORKED | IMAGE_RANDOM,
	};
	struct image_facts child;

#define LEFT(member, lineage) \
	do { \
		child = (struct image_facts){ .start_code = 0x7000000, \
					      .end_code = drawn.end_code, \
					      .start_stack = 0x7000, \
					      .start_brk = 0x7000, \
					      .exe_ino = 4711, \
					      .marks = drawn.marks }; \
		child.member = drawn.member; \
		assert_int_equal(lineage_of(&child, &drawn), lineage); \
		assert_int_equal(lineage_of(&drawn, &child), lineage); \
	} while (0)
	LEFT(start_code, LINEAGE_FORKED);
	LEFT(start_stack, LINEAGE_FORKED);
	LEFT(start_brk, LINEAGE_FORKED);
	LEFT(end_code, LINEAGE_ADOPTED);
	LEFT(exe_ino, LINEAGE_ADOPTED);
#undef LEFT
	child = drawn;
	child.start_brk++;
	assert_int_equal(lineage_of(&child, &drawn), LINEAGE_FORKED);
	/* another program, or no chance that drew them */
	child.exe_ino++;
	assert_int_equal(lineage_of(&child, &drawn), LINEAGE_ADOPTED);
	child.exe_ino--;
	child.marks &= ~(uint64_t)IMAGE_RANDOM;
	assert_int_equal(lineage_of(&child, &drawn), LINEAGE_ADOPTED);
	/* low ones are those of a program that is not position-independent: every run of it has them */
	child = parent;
	child.marks = drawn.marks;
	child.start_brk += 4096;
	assert_int_equal(lineage_of(&child, &parent), LINEAGE_ADOPTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_words_are_forked),
		cmocka_unit_test(each_word_alone_decides),
		cmocka_unit_test(hidden_words_are_unknown),
		cmocka_unit_test(a_missing_exe_leaves_it_to_the_words),
		cmocka_unit_test(a_mark_tells_more_than_the_words),
		cmocka_unit_test(one_address_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
