#include <stdio.h>
#include "lib/fixture.h"
#include "model/command.h"
#include "analysis/roles.h"

static enum role role_with_title(const char *title)
{
	struct proc_sample p;

	proc_sample_init(&p);
	p.pid = 101;
	p.forked = true;
	p.state = 'S';
	p.cmdline = (char *)title;
	return role_of(&p, 100);
}

static void assert_role(const char *title, enum role want)
{
	if (role_with_title(title) != want)
		fail_msg("'%s' is no %s", title, role_name(want));
}

static void test_role__forked_child_is_worker(void **state)
{
	static const char *const titles[] = {
		"uwsgi --ini shop.ini",
		"uWSGI worker 3",
		"shop uWSGI worker 12",
		"gunicorn: worker [shop]",
		"[celeryd: cow@host:ForkPoolWorker-1]",
		"puma: cluster worker 0: 100",
		"unicorn worker[2] -E none",
		"php-fpm: pool www",
		"/usr/sbin/apache2 -k start",
		"postgres: shop shop [local] idle",
		"postgres: 15/main: shop shop 127.0.0.1(4711) SELECT",
		"postgres: parallel worker for PID 4711 ",
		"postgres: autovacuum worker shop",
		"nginx: worker process",
		"",
	};
	size_t i;

	for (i = 0; i < sizeof(titles) / sizeof(*titles); i++)
		assert_role(titles[i], ROLE_WORKER);
}

static void test_role__title_names_helper(void **state)
{
	static const char *const titles[] = {
		"postgres: checkpointer ",
		"postgres: checkpointer process   ",
		"postgres: 15/main: checkpointer ",
		"postgres: background writer ",
		"postgres: writer process",
		"postgres: walwriter ",
		"postgres: autovacuum launcher ",
		"postgres: logical replication launcher ",
		"postgres: bgworker: logical replication launcher",
		"postgres: stats collector ",
		"postgres: archiver last was 000000010000000000000003",
		"postgres: startup recovering 000000010000000000000003",
		"postgres: walsender replica 127.0.0.1(4711) streaming 0/3000060",
		"postgres: main: walreceiver streaming 0/3000060",
		"postgres: logger ",
		"postgres: io worker 0",
		"postgres: slotsync worker",
		"[celery beat]",
		"[celery beat] -A shop",
		"uWSGI spooler",
		"shop uWSGI mule 1",
		"uWSGI http 1",
		"nginx: cache manager process",
	};
	size_t i;

	for (i = 0; i < sizeof(titles) / sizeof(*titles); i++)
		assert_role(titles[i], ROLE_HELPER);
}

/* A backend shows its user first: one that is called like a helper is still a backend. */
static void test_role__user_called_like_a_helper_is_worker(void **state)
{
	assert_role("postgres: checkpointer shop [local] idle", ROLE_WORKER);
	assert_role("postgres: startup shop [local] idle", ROLE_WORKER);
	assert_role("postgres: archiver shop 127.0.0.1(4711) idle", ROLE_WORKER);
	assert_role("python3 app.py --name=[celery beat]", ROLE_WORKER);
}

static void test_role__facts_before_titles(void **state)
{
	struct proc_sample p;

	proc_sample_init(&p);
	p.pid = 100;
	p.cmdline = (char *)"[celery beat]";
	assert_int_equal(role_of(&p, 100), ROLE_MASTER);

	p.pid = 101;
	p.cmdline = (char *)"uwsgi";
	assert_int_equal(role_of(&p, 100), ROLE_HELPER);
	p.forked = true;
	assert_int_equal(role_of(&p, 100), ROLE_WORKER);
	p.same_mm_pid = 100;
	assert_int_equal(role_of(&p, 100), ROLE_HELPER);
	p.same_mm_pid = 0;
	p.state = 'Z';
	assert_int_equal(role_of(&p, 100), ROLE_HELPER);
	p.state = 'R';
	p.cmdline = NULL;
	assert_int_equal(role_of(&p, 100), ROLE_WORKER);
}

/* 4 KiB of what makes a naive matcher go back again and again. */
static void test_role__hostile_title_is_quick(void **state)
{
	char title[4097];

	memset(title, 'u', sizeof(title) - 1);
	title[4096] = '\0';
	assert_role(title, ROLE_WORKER);
	memcpy(title, "postgres: ", 10);
	memset(title + 10, ' ', 4086);
	assert_role(title, ROLE_WORKER);
}

static void assert_command(const char *comm, const char *cmdline, const char *want)
{
	struct proc_sample p;
	char got[64];

	proc_sample_init(&p);
	p.comm = (char *)comm;
	p.cmdline = (char *)cmdline;
	command_of(&p, got, sizeof(got));
	assert_string_equal(got, want);
}

static void test_command__what_the_operator_types(void **state)
{
	assert_command("gunicorn: maste", "gunicorn: master [shop]", "gunicorn");
	assert_command("[celeryd: cow@l", "[celeryd: cow@localhost:MainProcess] -A x", "celeryd");
	assert_command("uwsgi", "uwsgi --ini shop.ini", "uwsgi");
	assert_command("uwsgi", "uWSGI master", "uWSGI");
	assert_command("puma", "puma 5.6.5 (tcp://0.0.0.0:80) [shop]", "puma");
	assert_command("php-fpm8.2", "php-fpm: master process (/etc/php.conf)", "php-fpm");
	assert_command("apache2", "/usr/sbin/apache2 -k start", "apache2");
	assert_command("postgres", "/usr/lib/postgresql/15/bin/postgres -D /data", "postgres");
}

static void test_command__script_of_an_interpreter(void **state)
{
	assert_command("python3", "/usr/bin/python3 -u -W ignore /srv/app.py 8000", "app.py");
	assert_command("python3", "python3.11 /usr/bin/gunicorn --preload shop", "gunicorn");
	assert_command("python3", "python3 -m celery -A app worker", "celery");
	assert_command("ruby", "ruby3.1 -I lib bin/serve", "serve");
	assert_command("python3", "python3 -c import os; os.fork()", "python3");
	assert_command("python3", "python3 -c from multiprocessing.forkserver import main; main(3)",
		       "forkserver");
	assert_command("python3", "python3", "python3");
	assert_command("python3", "python3 -m", "python3");
	assert_command("pythonista", "pythonista serve", "pythonista");
}

/* `arguments` as /proc/PID/cmdline has them, with '|' for the NUL behind each. */
static void facts_of(const char *comm, const char *arguments, char line[256], struct proc_sample *ret)
{
	unsigned int blanks = 0;

	proc_sample_init(ret);
	snprintf(line, 256, "%s", arguments);
	for (char *at = line; *at; at++) {
		if (*at != ' ' && *at != '|')
			continue;
		ret->inner_blanks |= (uint64_t)(*at == ' ') << blanks++;
		*at = ' ';
	}
	ret->comm = (char *)comm;
	ret->cmdline = line;
}

static void assert_arguments(const char *comm, const char *arguments, const char *want)
{
	struct proc_sample p;
	char line[256], got[64];

	facts_of(comm, arguments, line, &p);
	command_of(&p, got, sizeof(got));
	assert_string_equal(got, want);
}

static void assert_whole(const char *comm, const char *arguments, const char *want)
{
	struct proc_sample p;
	char line[256], got[COMMAND_SIZE];

	facts_of(comm, arguments, line, &p);
	command_whole(&p, got, sizeof(got));
	assert_string_equal(got, want);
}

/* The kernel cuts a name to 15 bytes. */
static void test_command__of_a_process_whole(void **state)
{
	assert_whole("gunicorn: maste", "gunicorn: master [shop:app]", "gunicorn: master [shop:app]");
	assert_whole("postgres: 15/ma", "postgres: 15/main: checkpointer   ",
		     "postgres: 15/main: checkpointer");
	assert_whole("a-very-long-pro", "/opt/a-very-long-program-name|--port|80",
		     "a-very-long-program-name");
	assert_whole("a-very-long-pro", "/opt/My App/a-very-long-program-name|-v",
		     "a-very-long-program-name");
	assert_whole("a-very-long-scr", "/usr/bin/python3|/srv/a-very-long-script.py|8000",
		     "a-very-long-script.py");
	assert_whole("exactly15bytes_", "exactly15bytes_|-v", "exactly15bytes_");
	/* what an interpreter runs is what tells it apart */
	assert_whole("python3", "python3|-u|/srv/app.py|8000", "app.py");
	assert_whole("python3", "python3|-m|celery|worker", "celery");
	assert_whole("python3", "python3|-c|import os", "python3");
	/* a title in the place of an interpreter's arguments */
	assert_whole("python3", "myapp: worker 1", "myapp: worker 1");
	assert_whole("ruby", "puma: cluster worker 0: 12 [srv]", "puma: cluster worker 0: 12 [srv]");
	/* a name that is not cut stays, and so does one that no argument goes on with */
	assert_whole("uwsgi", "uWSGI worker 2", "uwsgi");
	assert_whole("nginx", "nginx: worker process", "nginx");
	assert_whole("a-thread-of-its", "/opt/server|--port|80", "a-thread-of-its");
	assert_whole("kworker/u4:1-ev", "", "kworker/u4:1-ev");
	assert_whole("my own name", "python3|/srv/app.py", "my own name");
	/* recordings of before do not tell which blanks are an argument's own */
	assert_whole("gunicorn: maste", "gunicorn:|master|[shop:app]", "gunicorn: master [shop:app]");
}

static void test_command__paths_with_blanks(void **state)
{
	assert_arguments("server", "/opt/My App/server|--port|80", "server");
	assert_arguments("server", "/opt/My App/server", "server");
	assert_arguments("My Server", "/opt/My Server", "My Server");
	assert_arguments("My Server", "My Server|-v", "My Server");
	assert_arguments("a longer name o", "./a longer name of a program", "a longer name of a program");
	assert_arguments("renamed itself", "/opt/My App/server|-v", "server");
	assert_arguments("python3", "/opt/My App/python3|-W|ignore|/srv/My App/run it.py|8000", "run it.py");
	assert_arguments("python3", "python3||/srv/My App/x|y", "x");
	assert_arguments("python3", "python3|-c|from multiprocessing.forkserver import main; main(3)",
			 "forkserver");
	assert_arguments("server (delete", "/opt/server (deleted)|-x", "server (deleted)");
}

/* A title has blanks as well, and nothing behind it. */
static void test_command__titles_are_no_paths(void **state)
{
	assert_arguments("gunicorn: maste", "gunicorn: master [shop]", "gunicorn");
	assert_arguments("puma 5.6.5 (tcp", "puma 5.6.5 (tcp://0.0.0.0:80) [shop]", "puma");
	assert_arguments("nginx", "nginx: master process /usr/sbin/nginx -g daemon on;", "nginx");
	assert_arguments("php-fpm8.2", "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)", "php-fpm");
	assert_arguments("/usr/bin/spamd ", "/usr/bin/spamd child", "spamd");
	assert_arguments("shop worker", "shop worker", "shop");
	assert_arguments("uwsgi", "uWSGI master", "uWSGI");
	assert_arguments("apache2", "(wsgi:shop)|-k|start", "(wsgi:shop)");
}

static void test_command__nothing_but_comm(void **state)
{
	char longest[200];

	assert_command("kid", "", "kid");
	assert_command("kid", "   ", "kid");
	assert_command(NULL, NULL, "");
	assert_command("kid", "/", "/");

	memset(longest, 'x', sizeof(longest) - 1);
	longest[199] = '\0';
	assert_command("x", longest, longest + 199 - 63);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_role__forked_child_is_worker),
		cmocka_unit_test(test_role__title_names_helper),
		cmocka_unit_test(test_role__user_called_like_a_helper_is_worker),
		cmocka_unit_test(test_role__facts_before_titles),
		cmocka_unit_test(test_role__hostile_title_is_quick),
		cmocka_unit_test(test_command__what_the_operator_types),
		cmocka_unit_test(test_command__script_of_an_interpreter),
		cmocka_unit_test(test_command__paths_with_blanks),
		cmocka_unit_test(test_command__of_a_process_whole),
		cmocka_unit_test(test_command__titles_are_no_paths),
		cmocka_unit_test(test_command__nothing_but_comm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
