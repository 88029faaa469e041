#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>
#include "tui/terminal_frame.h"

/* Standard output is a pipe that keeps writes apart (pipe(2), O_DIRECT): what is read at once was written at once. */
struct out {
	int was, reads;
	FILE *to;
};

static struct out begin(void)
{
	struct out o;
	int ends[2];

	fflush(stdout);
	o.was = dup(STDOUT_FILENO);
	assert_int_equal(pipe2(ends, O_DIRECT | O_NONBLOCK | O_CLOEXEC), 0);
	assert_int_equal(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
	close(ends[1]);
	o.reads = ends[0];
	o.to = frame_open();
	return o;
}

/* What was written first of what was not read yet; "": nothing. */
static const char *next_write(const struct out *o, char text[static 4096])
{
	ssize_t n = read(o->reads, text, 4095);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void end(struct out *o)
{
	frame_close();
	fflush(stdout);
	dup2(o->was, STDOUT_FILENO);
	close(o->was);
	close(o->reads);
}

static void print(FILE *to, const char *text)
{
	fputs(text, to);
	fflush(to);
}

static void test_frame__is_one_write(void **state)
{
	char first[4096], second[4096], third[4096];
	struct out o = begin();

	for (int i = 0; i < 2; i++) {
		frame_begin();
		print(o.to, "a ");
		print(o.to, i ? "second" : "frame");
		frame_end();
	}
	next_write(&o, first);
	next_write(&o, second);
	next_write(&o, third);
	end(&o);
	assert_string_equal(first, "a frame");
	assert_string_equal(second, "a second");
	assert_string_equal(third, "");
}

static void test_frame__what_is_outside_of_one_goes_out_at_once(void **state)
{
	char first[4096], second[4096];
	struct out o = begin();

	print(o.to, "mode");
	frame_begin();
	frame_end();
	print(o.to, "s");
	next_write(&o, first);
	next_write(&o, second);
	end(&o);
	assert_string_equal(first, "mode");
	assert_string_equal(second, "s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame__is_one_write),
		cmocka_unit_test(test_frame__what_is_outside_of_one_goes_out_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
