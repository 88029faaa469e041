/*
 * One table says which program is which runtime, and what an interpreter runs: so a pool is called (command_of())
 * what it is found by (name_match()), and its runtime is told by the same name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "model/command.h"
#include "find/names.h"
#include "runtime/gc_runtime.h"

static const struct {
	const char *arguments; /* with '|' for the NUL behind each */
	const char *runs;
	const char * not ; /* an argument that it is not known by; NULL: none */
	enum runtime runtime;
} cases[] = {
	{ "python3.11|-B|-W|ignore|/srv/app.py|8000", "app.py", "ignore", RUNTIME_CPYTHON },
	{ "python3|-Ic|import app|app.py", "python3", "app.py", RUNTIME_CPYTHON },
	{ "python3|-um|celery|-A|shop", "celery", "shop", RUNTIME_CPYTHON },
	{ "python3|-|app.py", "python3", "app.py", RUNTIME_CPYTHON },
	{ "python3|--|-odd.py|x", "-odd.py", "x", RUNTIME_CPYTHON },
	{ "python3|-c|from multiprocessing.forkserver import main; main(3)", "forkserver", NULL,
	  RUNTIME_CPYTHON },
	{ "pypy3|-X|dev|app.py", "app.py", "dev", RUNTIME_NONE },
	{ "ruby3.1|-C|/srv|-rbundler/setup|serve.rb", "serve.rb", "srv", RUNTIME_RUBY },
	{ "ruby|-E|UTF-8|serve.rb", "serve.rb", "UTF-8", RUNTIME_RUBY },
	{ "php8.2|-c|/etc/php.ini|-d|memory_limit=1G|artisan|queue:work", "artisan", "php.ini", RUNTIME_PHP },
	{ "php|-r|fork();|x.php", "php", "x.php", RUNTIME_PHP },
	{ "node|-r|dotenv/config|cluster.js", "cluster.js", "config", RUNTIME_NODE },
	{ "node|-p|1|cluster.js", "node", "cluster.js", RUNTIME_NODE },
	{ "nodejs|server.js", "server.js", NULL, RUNTIME_NODE },
	{ "perl|-I|lib|/usr/bin/starman|app.psgi", "starman", "app.psgi", RUNTIME_PERL },
	{ "perl|-E|fork|x.pl", "perl", "x.pl", RUNTIME_PERL },
	{ "lua5.4|-l|posix|pool.lua", "pool.lua", "posix", RUNTIME_NONE },
	{ "tclsh8.6|pool.tcl|x", "pool.tcl", "x", RUNTIME_NONE },
	{ "/usr/lib/R/bin/exec/R|--no-echo|--file=/srv/fit.R|--args|x", "fit.R", "x", RUNTIME_NONE },
	{ "bash|-o|pipefail|/srv/run.sh|arg", "run.sh", "pipefail", RUNTIME_NONE },
	{ "sh|-c|exec gunicorn|gunicorn", "sh", "gunicorn", RUNTIME_NONE },
	{ "/bin/zsh|run.zsh", "run.zsh", NULL, RUNTIME_NONE },
	{ "java|-cp|app.jar|Main", "java", "Main", RUNTIME_JAVA },
	{ "php-fpm8.2", "php-fpm8.2", NULL, RUNTIME_PHP },
	{ "vim|app.py", "vim", "app.py", RUNTIME_NONE },
	{ "pythonista|app.py", "pythonista", "app.py", RUNTIME_NONE },
};

#define CASES (sizeof(cases) / sizeof(*cases))

struct line {
	char text[256], program[64];
	size_t len;
};

static struct line line_of(const char *arguments, char behind)
{
	struct line l = { .len = strlen(arguments) };
	const char *slash;

	snprintf(l.text, sizeof(l.text), "%s", arguments);
	for (char *at = l.text; *at; at++)
		if (*at == '|')
			*at = behind;
	snprintf(l.program, sizeof(l.program), "%.*s", (int)strcspn(arguments, "|"), arguments);
	slash = strrchr(l.program, '/');
	if (slash)
		memmove(l.program, slash + 1, strlen(slash));
	return l;
}

static void test_interpreter__a_pool_is_called_by_what_it_runs(void **state)
{
	for (size_t i = 0; i < CASES; i++) {
		struct line l = line_of(cases[i].arguments, ' ');
		struct proc_sample p;
		unsigned int blanks = 0;
		char got[64];

		proc_sample_init(&p);
		p.comm = l.program;
		p.cmdline = l.text;
		for (const char *at = cases[i].arguments; *at; at++)
			if (*at == ' ' || *at == '|')
				p.inner_blanks |= (uint64_t)(*at == ' ') << blanks++;
		command_of(&p, got, sizeof(got));
		if (strcmp(got, cases[i].runs))
			fail_msg("%s: called %s", cases[i].arguments, got);
	}
}

static void test_interpreter__and_found_by_it(void **state)
{
	for (size_t i = 0; i < CASES; i++) {
		struct line l = line_of(cases[i].arguments, '\0');
		const struct proc_names p = {
			.comm = "?",
			.exe = NULL,
			.cmdline = l.text,
			.cmdline_len = l.len + 1,
		};

		if (name_match(cases[i].runs, &p) != NAME_EXACT)
			fail_msg("%s: not found as %s", cases[i].arguments, cases[i].runs);
		if (cases[i].not &&name_match(cases[i].not, &p) != NAME_OTHER)
			fail_msg("%s: found as %s", cases[i].arguments, cases[i].not );
	}
}

static void test_interpreter__its_runtime_is_told_by_its_program(void **state)
{
	for (size_t i = 0; i < CASES; i++) {
		struct line l = line_of(cases[i].arguments, ' ');
		const struct image_object exe = { .name = l.program, .name_len = strlen(l.program) };

		if (gc_runtime(&exe, 1, 0) != cases[i].runtime)
			fail_msg("%s: runtime %d", l.program, (int)gc_runtime(&exe, 1, 0));
	}
}

static void test_interpreter__shells(void **state)
{
	static const char *const shells[] = {
		"/bin/sh",      "/usr/bin/dash", "/bin/bash",     "/bin/zsh",
		"/usr/bin/ksh", "/bin/mksh",     "/usr/bin/fish", "/bin/busybox"
	};

	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++)
		assert_true(name_is_shell(shells[i]));
	assert_false(name_is_shell("/usr/bin/python3"));
	assert_false(name_is_shell("/usr/bin/shutdown"));
	assert_false(name_is_shell(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interpreter__a_pool_is_called_by_what_it_runs),
		cmocka_unit_test(test_interpreter__and_found_by_it),
		cmocka_unit_test(test_interpreter__its_runtime_is_told_by_its_program),
		cmocka_unit_test(test_interpreter__shells),
	};

	return cmocka_run_group_tests_name("interpreter", tests, NULL, NULL);
}
