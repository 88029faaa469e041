/* source/names: what people type against what processes call themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "source/names.h"

/* The command line with '|' between the arguments; a NUL follows the last one, as in /proc. */
static bool matches(const char *name, const char *comm, const char *exe, const char *cmdline)
{
	char bytes[512];
	size_t len = strlen(cmdline), i;

	memcpy(bytes, cmdline, len);
	for (i = 0; i < len; i++)
		if (bytes[i] == '|')
			bytes[i] = '\0';
	bytes[len] = '\0';
	return name_matches(name, &(struct proc_names){
		.comm = comm, .exe = exe, .cmdline = bytes, .cmdline_len = len ? len + 1 : 0,
	});
}

#define PYTHON "/usr/bin/python3.11"

static void plain_names(void **state)
{
	assert_true(matches("nginx", "nginx", "/usr/sbin/nginx", "nginx: master process nginx"));
	assert_true(matches("apache2", "x", NULL, "/usr/sbin/apache2|-k|start"));
	assert_true(matches("redis-server", "x", "/usr/bin/redis-server (deleted)", ""));
	assert_true(matches("server", "x", "/opt/my app/server", ""));
	assert_false(matches("server", "x", "/opt/server/app", ""));
	assert_false(matches("ngin", "nginx", "/usr/sbin/nginx", "nginx"));
	assert_false(matches("", "nginx", "/usr/sbin/nginx", "nginx"));
}

static void titles(void **state)
{
	assert_true(matches("gunicorn", "gunicorn: maste", PYTHON, "gunicorn: master [app]"));
	assert_true(matches("postgres", "postgres", NULL, "postgres: 15/main: walwriter "));
	assert_true(matches("celery", "[celeryd: cow@l", PYTHON, "[celeryd: cow@host:MainProcess]"));
	assert_true(matches("celery", "x", PYTHON, "[celery beat]"));
	assert_true(matches("uwsgi", "x", NULL, "uWSGI master"));
	assert_true(matches("php-fpm", "php-fpm8.2", NULL, "php-fpm: master process (/etc/php.conf)"));
	assert_true(matches("php-fpm8.2", "php-fpm8.2", NULL, "php-fpm: pool www"));
	assert_true(matches("unicorn", "ruby", "/usr/bin/ruby3.1", "unicorn master -c /etc/x.rb"));
	assert_false(matches("x.rb", "unicorn", "/opt/app", "unicorn master -c /etc/x.rb"));
}

static void versions(void **state)
{
	assert_true(matches("php-fpm", "php-fpm8.2", NULL, ""));
	assert_true(matches("python", "python3.11", NULL, ""));
	assert_true(matches("python3", "python3.11", NULL, ""));
	assert_false(matches("web1", "web12", NULL, ""));
	assert_false(matches("python3.1", "python3.11", NULL, ""));
	assert_false(matches("php", "php-fpm8.2", NULL, ""));
	assert_false(matches("app", "app3.", NULL, ""));
}

static void scripts(void **state)
{
	assert_true(matches("gunicorn", "x", PYTHON, "/usr/bin/python3|/usr/bin/gunicorn|app:app"));
	assert_true(matches("app.py", "python3", PYTHON, "python3|-B|-W|ignore|/srv/app.py|app.py"));
	assert_true(matches("celery", "python3", PYTHON, "python3|-m|celery|-A|x"));
	assert_true(matches("gunicorn", "python3", PYTHON, "python3|-m|gunicorn.app.wsgiapp"));
	assert_true(matches("unicorn", "ruby", NULL, "ruby|-I|lib|/usr/bin/unicorn"));
	assert_true(matches("run.sh", "bash", NULL, "/bin/bash|./run.sh|arg"));

	assert_false(matches("arg", "python3", PYTHON, "python3|app.py|arg"));
	assert_false(matches("ignore", "python3", PYTHON, "python3|-W|ignore|app.py"));
	assert_false(matches("gunicorn", "sh", "/usr/bin/dash", "sh|-c|gunicorn"));
	assert_false(matches("gunicorn", "bash", "/usr/bin/bash", "bash|-lc|gunicorn"));
	assert_false(matches("app.py", "vim", "/usr/bin/vim", "vim|app.py"));
}

/* Nothing is read behind the end, whatever the process wrote over its arguments. */
static void odd_command_lines(void **state)
{
	struct proc_names p = {.comm = "x", .cmdline = "python3", .cmdline_len = 7};

	assert_false(name_matches("y", &p));
	p = (struct proc_names){.comm = "x", .cmdline = "python3\0-m", .cmdline_len = 10};
	assert_false(name_matches("m", &p));
	p = (struct proc_names){.comm = "x", .cmdline = "\0\0\0", .cmdline_len = 3};
	assert_false(name_matches("y", &p));
	p = (struct proc_names){.comm = "", .cmdline = NULL, .cmdline_len = 0};
	assert_false(name_matches("y", &p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_names),
		cmocka_unit_test(titles),
		cmocka_unit_test(versions),
		cmocka_unit_test(scripts),
		cmocka_unit_test(odd_command_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
