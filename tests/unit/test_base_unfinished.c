/*
 * What is begun and not finished is gone when the process ends for want of memory, and nothing else is.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/alloc.h"
#include "base/unfinished.h"

static char *below(const char *folder, const char *name)
{
	char *path = NULL;

	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	return path;
}

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static int setup(void **state)
{
	char template[] = "/tmp/cowtop-unit.XXXXXX";

	*state = mkdtemp(template) ? xstrdup(template) : NULL;
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	int r = rmdir(*state);

	free(*state);
	return r;
}

static void test_end__files_and_folders_go(void **state)
{
	char *file = below(*state, "file"), *folder = below(*state, "folder"), *deep = below(folder, "deep"),
	     *in_it = below(deep, "a"), *kept = below(*state, "kept");
	int status;
	pid_t pid;

	make_file(file);
	assert_int_equal(mkdir(folder, 0700) | mkdir(deep, 0700), 0);
	make_file(in_it);
	make_file(kept);
	unfinished_add(file);
	unfinished_add(kept);
	unfinished_add(NULL);
	unfinished_add(folder);
	unfinished_forget(kept);
	pid = fork();
	if (pid == 0) {
		close(STDERR_FILENO);
		out_of_memory();
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_int_equal(access(file, F_OK), -1);
	assert_int_equal(access(folder, F_OK), -1);
	assert_int_equal(unlink(kept), 0);
	unfinished_forget(file);
	unfinished_forget(folder);
	free(file);
	free(folder);
	free(deep);
	free(in_it);
	free(kept);
}

/* A link to a folder is removed, not what it leads to. */
static void test_end__links_are_not_followed(void **state)
{
	char *folder = below(*state, "folder"), *file = below(folder, "file"), *link = below(*state, "link");

	assert_int_equal(mkdir(folder, 0700), 0);
	make_file(file);
	assert_int_equal(symlink(folder, link), 0);
	unfinished_add(link);
	unfinished_remove();
	unfinished_forget(link);
	assert_int_equal(access(link, F_OK), -1);
	assert_int_equal(unlink(file) | rmdir(folder), 0);
	free(folder);
	free(file);
	free(link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_end__files_and_folders_go, setup, teardown),
		cmocka_unit_test_setup_teardown(test_end__links_are_not_followed, setup, teardown),
	};

	return cmocka_run_group_tests_name("base_unfinished", tests, NULL, NULL);
}
