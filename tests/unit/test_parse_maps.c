#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "parse/maps.h"

/* One line with these permissions, inode and name. */
static struct vma one(const char *perms, const char *inode, const char *name)
{
	cleanup(vma_list_release) struct vma_list list = { 0 };
	char line[512];
	int n;

	n = snprintf(line, sizeof(line), "7f0000000000-7f0000004000 %s 00000000 fe:00 %s %s\n", perms, inode,
		     name);
	assert_int_equal(parse_maps(line, n, &list), 0);
	assert_int_equal(list.n, 1);
	return list.items[0];
}

static enum vma_kind kind_of(const char *perms, const char *inode, const char *name)
{
	return one(perms, inode, name).kind;
}

static void test_maps__reads_every_column(void **state)
{
	static const char text[] =
		"55dfc1e6e000-55dfc1e70000 r--p 00002000 fe:0a 247134                     "
		"/usr/bin/a b (deleted)\n"
		"55dfc1e79000-55dfc1e7a000 rw-s 00000000 103:1f 18446744073709551615 /x\n"
		"7ff1190cc000-7ff1190ee000 rw-p 00000000 00:00 0 \n"
		"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0         [vsyscall]\n";
	cleanup(vma_list_release) struct vma_list list = { 0 };
	const struct vma *v;

	assert_int_equal(parse_maps(text, sizeof(text) - 1, &list), 0);
	assert_int_equal(list.n, 4);
	v = &list.items[0];
	assert_true(v->start == 0x55dfc1e6e000 && v->end == 0x55dfc1e70000);
	assert_int_equal(v->kind, VMA_FILE_PRIVATE);
	assert_false(v->writable);
	assert_int_equal(v->offset, 0x2000);
	assert_int_equal(v->dev_major, 0xfe);
	assert_int_equal(v->dev_minor, 0x0a);
	assert_int_equal(v->inode, 247134);
	assert_int_equal(v->name_len, strlen("/usr/bin/a b (deleted)"));
	assert_memory_equal(text + v->name_at, "/usr/bin/a b (deleted)", v->name_len);
	v = &list.items[1];
	assert_true(v->writable);
	assert_int_equal(v->kind, VMA_SHARED);
	assert_int_equal(v->dev_major, 0x103);
	assert_true(v->inode == UINT64_MAX);
	assert_int_equal(list.items[2].kind, VMA_ANON);
	assert_int_equal(list.items[2].name_len, 0);
	assert_true(list.items[3].start == 0xffffffffff600000);
	assert_int_equal(list.items[3].kind, VMA_NONE);
}

static void test_maps__anonymous(void **state)
{
	assert_int_equal(kind_of("rw-p", "0", ""), VMA_ANON);
	assert_int_equal(kind_of("---p", "0", ""), VMA_ANON);
	assert_int_equal(kind_of("rw-p", "0", "[heap]"), VMA_ANON);
	assert_int_equal(kind_of("rw-p", "0", "[stack]"), VMA_ANON);
	assert_int_equal(kind_of("rw-p", "0", "[stack:1234]"), VMA_ANON);
	assert_int_equal(kind_of("rw-p", "0", "[anon:glibc: malloc arena]"), VMA_ANON);
	assert_int_equal(kind_of("rw-p", "0", "[anon:vvar]"), VMA_ANON);
	assert_int_equal(kind_of("rw-p", "5", "/dev/zero"), VMA_ANON);
}

static void test_maps__special(void **state)
{
	assert_int_equal(kind_of("r--p", "0", "[vvar]"), VMA_SHARED);
	assert_int_equal(kind_of("r--p", "0", "[vvar_vclock]"), VMA_SHARED);
	assert_int_equal(kind_of("--xp", "0", "[vsyscall]"), VMA_NONE);
	assert_int_equal(kind_of("r-xp", "0", "[vdso]"), VMA_SHARED);
}

static void test_maps__files(void **state)
{
	assert_int_equal(kind_of("rw-p", "9", "/usr/lib/libc.so.6"), VMA_FILE_PRIVATE);
	assert_int_equal(kind_of("rw-p", "9", "/memfd:x (deleted)"), VMA_FILE_PRIVATE);
	assert_int_equal(kind_of("rw-p", "9", "/tmp/[heap]"), VMA_FILE_PRIVATE);
	assert_int_equal(kind_of("rw-p", "9", "/tmp/dev/zero"), VMA_FILE_PRIVATE);
	assert_int_equal(kind_of("rw-p", "9", ""), VMA_FILE_PRIVATE);
	assert_int_equal(kind_of("rw-s", "9", "/usr/lib/libc.so.6"), VMA_SHARED);
	assert_int_equal(kind_of("rw-s", "9", "/dev/zero (deleted)"), VMA_SHARED);
	assert_int_equal(kind_of("rw-s", "9", "/SYSV00000000 (deleted)"), VMA_SHARED);
	assert_int_equal(kind_of("rw-s", "9", "[anon_shmem:pool]"), VMA_SHARED);
	assert_int_equal(kind_of("rw-p", "9", "[anon_shmem:pool]"), VMA_SHARED);
	assert_int_equal(kind_of("rw-s", "0", ""), VMA_SHARED);
}

static void test_maps__hugetlb(void **state)
{
	struct vma v = one("rw-p", "9", "/anon_hugepage (deleted)");

	assert_true(v.hugetlb);
	assert_int_equal(v.kind, VMA_ANON);
	v = one("rw-s", "9", "/anon_hugepage (deleted)");
	assert_true(v.hugetlb);
	assert_int_equal(v.kind, VMA_SHARED);
	v = one("rw-p", "9", "/dev/hugepages/heap");
	assert_true(v.hugetlb);
	assert_int_equal(v.kind, VMA_FILE_PRIVATE);
	assert_false(one("rw-p", "0", "").hugetlb);
	assert_false(one("rw-p", "9", "/tmp/anon_hugepage").hugetlb);
}

static void test_maps__stack_and_heap(void **state)
{
	assert_true(one("rw-p", "0", "[heap]").heap);
	assert_false(one("rw-p", "0", "[stack]").heap);
	assert_false(one("rw-p", "9", "/tmp/[heap]").heap);
	assert_true(one("rw-p", "0", "[stack]").stack);
	assert_false(one("rw-p", "0", "[stack:1234]").stack); /* another thread's, before 4.5 */
	assert_false(one("rw-p", "0", "[heap]").stack);
	assert_false(one("rw-p", "9", "/tmp/[stack]").stack);
}

static void test_maps__malformed_keeps_the_lines_before(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"x\n",
		"2000-3000 rw-p 00000000 00:00 0",
		"2000-3000 rw-p 00000000 00:00 0 name",
		"2000-3000 rw-p 00000000 00:00\n",
		"2000-3000 rw-p 00000000 00:00 0x\n",
		"2000-3000 rw-q 00000000 00:00 0 \n",
		"2000-3000 rwp 00000000 00:00 0 \n",
		"2000-3000 rw-p zz 00:00 0 \n",
		"2000-3000 rw-p 00000000 000 0 \n",
		"2000-3000 rw-p 00000000 100000000:00 0 \n",
		"2000-2000 rw-p 00000000 00:00 0 \n",
		"3000-2000 rw-p 00000000 00:00 0 \n",
		"2001-3000 rw-p 00000000 00:00 0 \n",
		"2000-3001 rw-p 00000000 00:00 0 \n",
		"1000-2000 rw-p 00000000 00:00 0 \n",
		"1000-3000 rw-p 00000000 00:00 0 \n",
		"0-1000 rw-p 00000000 00:00 0 \n",
		"2000-10000000000003000 rw-p 00000000 00:00 0 \n",
	};
	char text[256];
	size_t i;
	int n;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		cleanup(vma_list_release) struct vma_list list = { 0 };

		n = snprintf(text, sizeof(text), "1000-2000 rw-p 00000000 00:00 0 \n%s", bad[i]);
		if (parse_maps(text, n, &list) != (*bad[i] ? -1 : 0))
			fail_msg("wrong about: %s", bad[i]);
		assert_int_equal(list.n, 1);
		assert_int_equal(list.items[0].start, 0x1000);
	}
}

static void test_maps__list_is_reused(void **state)
{
	static const char text[] = "1000-2000 rw-p 00000000 00:00 0 \n"
				   "2000-3000 rw-p 00000000 00:00 0\n";
	cleanup(vma_list_release) struct vma_list list = { 0 };
	struct vma *items;

	assert_int_equal(parse_maps("", 0, &list), 0);
	assert_int_equal(list.n, 0);
	assert_int_equal(parse_maps(text, sizeof(text) - 1, &list), 0);
	items = list.items;
	list.n = 0;
	assert_int_equal(parse_maps(text, sizeof(text) - 1, &list), 0);
	assert_ptr_equal(list.items, items);
	assert_int_equal(list.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maps__reads_every_column),
		cmocka_unit_test(test_maps__anonymous),
		cmocka_unit_test(test_maps__special),
		cmocka_unit_test(test_maps__files),
		cmocka_unit_test(test_maps__hugetlb),
		cmocka_unit_test(test_maps__stack_and_heap),
		cmocka_unit_test(test_maps__malformed_keeps_the_lines_before),
		cmocka_unit_test(test_maps__list_is_reused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
