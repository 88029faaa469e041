#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "parse/mountinfo.h"

static struct cursor text_of(const char *text)
{
	return (struct cursor){ text, text + strlen(text) };
}

static void assert_mount(struct cursor *text, unsigned int major, unsigned int minor, const char *at,
			 const char *type)
{
	struct mount m;

	assert_true(mountinfo_next(text, &m));
	assert_int_equal(m.dev_major, major);
	assert_int_equal(m.dev_minor, minor);
	assert_true(mount_is_at(&m, at));
	assert_true(mount_is_of(&m, type));
}

static void assert_end(struct cursor *text)
{
	struct mount m;

	assert_false(mountinfo_next(text, &m));
	assert_ptr_equal(text->at, text->end);
}

static void test_mountinfo__is_read_with_and_without_tags(void **state)
{
	struct cursor text = text_of(
		"28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
		"36 35 98:0 /mnt1 /mnt2 rw master:1 propagate_from:2 - ext3 /dev/root rw\n"
		"40 28 0:35 / /with\\040blank rw - fuse.sshfs user@host:/ rw");

	assert_mount(&text, 8, 1, "/", "ext4");
	assert_mount(&text, 98, 0, "/mnt2", "ext3");
	assert_mount(&text, 0, 35, "/with\\040blank", "fuse.sshfs");
	assert_end(&text);
}

/* A name that begins like another one is another one. */
static void test_mountinfo__names_are_whole(void **state)
{
	struct cursor text = text_of("1 1 0:1 / /proc rw - ext4 x rw\n");
	struct mount m;

	assert_true(mountinfo_next(&text, &m));
	assert_false(mount_is_at(&m, "/pro"));
	assert_false(mount_is_at(&m, "/proc/1"));
	assert_false(mount_is_of(&m, "ext"));
	assert_false(mount_is_of(&m, "ext4 x"));
}

static void test_mountinfo__what_is_no_mount_is_left_out(void **state)
{
	struct cursor text = text_of("\n"
				     "28 1 8 / / rw - ext4 x rw\n"
				     "28 1 4294967296:1 / / rw - ext4 x rw\n"
				     "28 1 8:1 / / rw shared:1\n"
				     "28 1 8:1 / / rw -\n"
				     "28 1 8:1 / / rw - \n"
				     "28 1 8:1 /\n"
				     "29 1 8:2 / /last rw - xfs x rw");

	assert_mount(&text, 8, 2, "/last", "xfs");
	assert_end(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mountinfo__is_read_with_and_without_tags),
		cmocka_unit_test(test_mountinfo__names_are_whole),
		cmocka_unit_test(test_mountinfo__what_is_no_mount_is_left_out),
	};

	return cmocka_run_group_tests_name("mountinfo", tests, NULL, NULL);
}
