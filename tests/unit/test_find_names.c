/* find/names: what people type against what processes call themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "find/names.h"

/* The command line with '|' between the arguments; a NUL follows the last one, as in /proc. */
static enum name_match match(const char *name, const char *comm, const char *exe, const char *cmdline)
{
	char bytes[512];
	size_t len = strlen(cmdline), i;

	memcpy(bytes, cmdline, len);
	for (i = 0; i < len; i++)
		if (bytes[i] == '|')
			bytes[i] = '\0';
	bytes[len] = '\0';
	return name_match(name, &(struct proc_names){
					.comm = comm,
					.exe = exe,
					.cmdline = bytes,
					.cmdline_len = len ? len + 1 : 0,
				});
}

static bool matches(const char *name, const char *comm, const char *exe, const char *cmdline)
{
	return match(name, comm, exe, cmdline) == NAME_EXACT;
}

static bool almost(const char *name, const char *comm, const char *exe, const char *cmdline)
{
	return match(name, comm, exe, cmdline) == NAME_ALMOST;
}

static bool other(const char *name, const char *comm, const char *exe, const char *cmdline)
{
	return match(name, comm, exe, cmdline) == NAME_OTHER;
}

#define PYTHON "/usr/bin/python3.11"

static void plain_names(void **state)
{
	assert_true(matches("nginx", "nginx", "/usr/sbin/nginx", "nginx: master process nginx"));
	assert_true(matches("apache2", "x", NULL, "/usr/sbin/apache2|-k|start"));
	assert_true(matches("redis-server", "x", "/usr/bin/redis-server (deleted)", ""));
	assert_true(matches("server", "x", "/opt/my app/server", ""));
	assert_true(other("server", "x", "/opt/server/app", ""));
	assert_true(other("ngin", "nginx", "/usr/sbin/nginx", "nginx"));
	assert_true(other("", "nginx", "/usr/sbin/nginx", "nginx"));
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
	assert_true(other("x.rb", "unicorn", "/opt/app", "unicorn master -c /etc/x.rb"));
}

static void versions(void **state)
{
	assert_true(matches("php-fpm", "php-fpm8.2", NULL, ""));
	assert_true(matches("python", "python3.11", NULL, ""));
	assert_true(matches("python3", "python3.11", NULL, ""));
	assert_true(other("web1", "web12", NULL, ""));
	assert_true(other("python3.1", "python3.11", NULL, ""));
	assert_true(other("app", "app3.", NULL, ""));
}

/* A version, a bracket, a comma, a colon or a parenthesis ends what a title begins with. */
static void title_ends(void **state)
{
	assert_true(matches("resque", "ruby", NULL, "resque-2.0.0: Forked 5108 at 1293311340"));
	assert_true(
		matches("resque-pool-master", "ruby", NULL, "resque-pool-master[app]: managing [12, 13]"));
	assert_true(matches("sidekiqswarm", "ruby", NULL, "sidekiqswarm, managing 2 processes"));
	assert_true(matches("sidekiq", "ruby", NULL, "sidekiq 6.5.1 app [0 of 10 busy]"));
	assert_true(matches("rq", "rq:worker:abc: ", PYTHON, "rq:worker:abc: Listening on default"));
	assert_true(matches("wsgi", "apache2", NULL, "(wsgi:shop)        -k start"));
	assert_true(matches("unicorn_rails", "ruby", NULL, "unicorn_rails master -c u.rb"));
	assert_true(matches("amavisd-new", "perl", NULL, "amavisd-new (master)"));
	assert_true(matches("puma", "ruby", NULL, "puma: cluster worker 0: 12 [app]"));
	assert_true(matches("nginx", "x", NULL, "nginx: master process /usr/sbin/nginx -g daemon off;"));
	assert_true(matches("Web Content", "Web Content", NULL, ""));
	assert_true(other("12", "ruby", NULL, "resque-pool-master[app]: managing [12, 13]"));
	assert_true(other("worker", "rq:worker:abc: ", PYTHON, "rq:worker:abc: Listening on default"));
}

/* Upper and lower case, and what follows a joint. */
static void almost_names(void **state)
{
	assert_true(almost("passenger", "ruby", NULL, "Passenger AppPreloader: /srv/app"));
	assert_true(matches("Passenger", "ruby", NULL, "Passenger AppPreloader: /srv/app"));
	assert_true(almost("resque-pool", "ruby", NULL, "resque-pool-master[app]: managing [12, 13]"));
	assert_true(almost("unicorn", "ruby", NULL, "unicorn_rails master -c u.rb"));
	assert_true(almost("redis", "redis-server", "/usr/bin/redis-server", "redis-server *:6379"));
	assert_true(almost("uwsgi", "uwsgi-core", "/usr/bin/uwsgi-core", "/usr/bin/uwsgi-core|--ini|a.ini"));
	assert_true(almost("run", "python3", PYTHON, "python3|/srv/app/run.py"));
	assert_true(almost("php", "php-fpm8.2", NULL, ""));
	assert_true(other("red", "redis-server", "/usr/bin/redis-server", "redis-server *:6379"));
	assert_true(other("sidekiqs", "ruby", NULL, "sidekiqswarm, managing 2 processes"));
	assert_true(other("web1", "web12-a", NULL, ""));
}

static void scripts(void **state)
{
	assert_true(matches("gunicorn", "x", PYTHON, "/usr/bin/python3|/usr/bin/gunicorn|app:app"));
	assert_true(matches("app.py", "python3", PYTHON, "python3|-B|-W|ignore|/srv/app.py|app.py"));
	assert_true(matches("celery", "python3", PYTHON, "python3|-m|celery|-A|x"));
	assert_true(matches("gunicorn", "python3", PYTHON, "python3|-m|gunicorn.app.wsgiapp"));
	assert_true(matches("unicorn", "ruby", NULL, "ruby|-I|lib|/usr/bin/unicorn"));
	assert_true(matches("starman", "perl", NULL, "/usr/bin/perl|-T|/usr/bin/starman|app.psgi"));
	assert_true(matches("cluster.js", "node", "/usr/bin/node", "node|--inspect|cluster.js"));
	assert_true(matches("artisan", "php8.2", NULL, "php|artisan|queue:work"));
	assert_true(matches("fit.R", "R", "/usr/lib/R/bin/exec/R",
			    "/usr/lib/R/bin/exec/R|--no-echo|--no-restore|--file=/srv/fit.R|--args|x"));
	assert_true(matches("run.sh", "bash", NULL, "/bin/bash|./run.sh|arg"));

	assert_true(other("arg", "python3", PYTHON, "python3|app.py|arg"));
	assert_true(other("ignore", "python3", PYTHON, "python3|-W|ignore|app.py"));
	assert_true(other("gunicorn", "sh", "/usr/bin/dash", "sh|-c|gunicorn"));
	assert_true(other("gunicorn", "bash", "/usr/bin/bash", "bash|-lc|gunicorn"));
	assert_true(other("app.py", "vim", "/usr/bin/vim", "vim|app.py"));
}

/* Nothing is read behind the end, whatever the process wrote over its arguments. */
static void odd_command_lines(void **state)
{
	struct proc_names p = { .comm = "x", .cmdline = "python3", .cmdline_len = 7 };

	assert_int_equal(name_match("y", &p), NAME_OTHER);
	p = (struct proc_names){ .comm = "x", .cmdline = "python3\0-m", .cmdline_len = 10 };
	assert_int_equal(name_match("m", &p), NAME_OTHER);
	p = (struct proc_names){ .comm = "x", .cmdline = "\0\0\0", .cmdline_len = 3 };
	assert_int_equal(name_match("y", &p), NAME_OTHER);
	p = (struct proc_names){ .comm = "", .cmdline = NULL, .cmdline_len = 0 };
	assert_int_equal(name_match("y", &p), NAME_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_names),       cmocka_unit_test(titles),
		cmocka_unit_test(versions),          cmocka_unit_test(title_ends),
		cmocka_unit_test(almost_names),      cmocka_unit_test(scripts),
		cmocka_unit_test(odd_command_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
