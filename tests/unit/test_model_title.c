#include <stdio.h>
#include "lib/fixture.h"
#include "model/title.h"

#define MOST 8

struct who {
	enum role role;
	const char *calls_itself;
	const char *shown;
	bool execed;
};

static void check(const char *pool, const struct who *who)
{
	struct proc_sample facts[MOST];
	struct proc_snapshot procs[MOST] = { 0 };
	struct snapshot s = { .procs = procs };
	struct titles titles;
	size_t i;

	snprintf(s.command, sizeof(s.command), "%s", pool);
	for (i = 0; i < MOST && who[i].calls_itself; i++) {
		proc_sample_init(&facts[i]);
		facts[i].cmdline = (char *)who[i].calls_itself;
		facts[i].forked = !who[i].execed;
		procs[i].facts = &facts[i];
		procs[i].role = who[i].role;
	}
	s.nprocs = i;
	titles_of(&s, &titles);
	for (i = 0; i < s.nprocs; i++) {
		struct title t = title_of(&titles, &facts[i]);
		char got[128];

		snprintf(got, sizeof(got), "%.*s", (int)t.len, t.at);
		assert_string_equal(got, who[i].shown);
	}
}

#define MASTER(...) \
	{ \
		ROLE_MASTER, __VA_ARGS__, false \
	}
#define WORKER(...) \
	{ \
		ROLE_WORKER, __VA_ARGS__, false \
	}
#define EXECED(...) \
	{ \
		ROLE_HELPER, __VA_ARGS__, true \
	}
#define HELPER(...) \
	{ \
		ROLE_HELPER, __VA_ARGS__, false \
	}
#define CHECK(pool, ...) check(pool, (const struct who[MOST + 1]){ __VA_ARGS__ })

static void test_title__roles_and_slots_of_servers(void **state)
{
	CHECK("gunicorn", MASTER("gunicorn: master [app]", "master [app]"),
	      WORKER("gunicorn: worker [app]", "worker [app]"),
	      WORKER("gunicorn: worker [app]", "worker [app]"));
	CHECK("gunicorn", MASTER("gunicorn: master [a]", "master [a]"),
	      WORKER("gunicorn: worker [a]", "worker [a]"), WORKER("gunicorn: worker [b]", "worker [b]"));
	CHECK("puma", MASTER("puma 6.1 (tcp://0.0.0.0:80) [app]", "6.1 (tcp://0.0.0.0:80) [app]"),
	      WORKER("puma: cluster worker 0: 123 [app]", "worker 0: 123 [app]"),
	      WORKER("puma: cluster worker 1: 123 [app]", "worker 1: 123 [app]"),
	      WORKER("puma: cluster worker 10: 123 [app]", "worker 10: 123 [app]"));
	CHECK("puma", MASTER("puma 6.1 (tcp://0.0.0.0:80) [app]", "6.1 (tcp://0.0.0.0:80) [app]"),
	      WORKER("puma: cluster worker 0: 123 [app]", "cluster worker 0: 123 [app]"));
	CHECK("php-fpm",
	      MASTER("php-fpm: master process (/etc/php-fpm.conf)", "master process (/etc/php-fpm.conf)"),
	      WORKER("php-fpm: pool www", "pool www"), WORKER("php-fpm: pool www", "pool www"));
	CHECK("php-fpm",
	      MASTER("php-fpm: master process (/etc/php-fpm.conf)", "master process (/etc/php-fpm.conf)"),
	      WORKER("php-fpm: pool www", "pool www"), WORKER("php-fpm: pool api", "pool api"));
	CHECK("uWSGI", MASTER("uWSGI master", "master"), WORKER("uWSGI worker 1", "worker 1"),
	      WORKER("uWSGI worker 2", "worker 2"), HELPER("uWSGI spooler", "spooler"));
	CHECK("nginx", MASTER("nginx: master process /usr/sbin/nginx", "master process /usr/sbin/nginx"),
	      WORKER("nginx: worker process", "worker process"),
	      HELPER("nginx: cache manager process", "cache manager process"));
	CHECK("unicorn", MASTER("unicorn master -c u.rb", "master -c u.rb"),
	      WORKER("unicorn worker[0] -c u.rb", "worker[0] -c u.rb"),
	      WORKER("unicorn worker[1] -c u.rb", "worker[1] -c u.rb"));
	CHECK("resque", MASTER("resque-2.0.0: Waiting for *", "Waiting for *"),
	      WORKER("resque-2.0.0: Processing mail since 17", "Processing mail since 17"));
}

static void test_title__celery(void **state)
{
	CHECK("celeryd",
	      MASTER("[celeryd: celery@host:MainProcess] -active- (-A app)",
		     "MainProcess] -active- (-A app)"),
	      WORKER("[celeryd: celery@host:ForkPoolWorker-1]", "ForkPoolWorker-1"),
	      WORKER("[celeryd: celery@host:ForkPoolWorker-3]", "ForkPoolWorker-3"),
	      HELPER("[celery beat]", "[celery beat]"));
	CHECK("celeryd", MASTER("[celeryd: celery@host:MainProcess] -active-", "MainProcess] -active-"),
	      WORKER("[celeryd: celery@host:ForkPoolWorker-1]", "ForkPoolWorker-1"));
}

/* Its master has a path, its helpers are forked ones. */
static void test_title__postgres(void **state)
{
	const char *master = "/usr/lib/postgresql/15/bin/postgres -D /data";

	CHECK("postgres", MASTER(master, "postgres -D /data"),
	      HELPER("postgres: checkpointer ", "checkpointer "),
	      WORKER("postgres: app db [local] idle", "[local] idle"),
	      WORKER("postgres: app db [local] SELECT", "[local] SELECT"));
	CHECK("postgres", MASTER(master, "postgres -D /data"),
	      HELPER("postgres: 15/main: checkpointer ", "checkpointer "),
	      HELPER("postgres: 15/main: walwriter ", "walwriter "));
	CHECK("postgres", MASTER(master, "postgres -D /data"),
	      WORKER("postgres: app db [local] idle", "app db [local] idle"));
}

/* Nothing differs: at least it begins with what the pool is called. */
static void test_title__all_the_same(void **state)
{
	CHECK("apache2", MASTER("/usr/sbin/apache2 -k start", "apache2 -k start"),
	      WORKER("/usr/sbin/apache2 -k start", "apache2 -k start"));
	CHECK("app.py", MASTER("/usr/bin/python3 -u /srv/app.py 8000", "app.py 8000"),
	      WORKER("/usr/bin/python3 -u /srv/app.py 8000", "app.py 8000"),
	      WORKER("/usr/bin/python3 -u /srv/app.py 8000", "app.py 8000"));
	CHECK("celery", WORKER("/usr/bin/python3 -m celery -A app worker", "celery -A app worker"));
	CHECK("python3", MASTER("/usr/bin/python3 -c import os", "python3 -c import os"),
	      EXECED("/bin/sh -c sleep 9", "/bin/sh -c sleep 9"));
}

/* One that differs from the others in another way takes nothing from them but the word that all have. */
static void test_title__an_odd_one(void **state)
{
	CHECK("gunicorn", MASTER("gunicorn: master [app]", "master [app]"),
	      WORKER("gunicorn: worker [app]", "worker [app]"), WORKER("idle", "idle"));
	CHECK("shop", MASTER("shop", "shop"), WORKER("shop worker", "worker"), WORKER("shop", "shop"));
	CHECK("", WORKER("", ""), WORKER("", ""));
	CHECK(":", MASTER(": :", ": :"), WORKER(": :", ": :"));
	CHECK("x", MASTER("[", "["), WORKER("[]", "[]"), WORKER("]", "]"));
}

/* Cut between characters, whatever the bytes are; what is shown is cleaned elsewhere. */
static void test_title__hostile_bytes(void **state)
{
	CHECK("shop", MASTER("shop: m\xc3\xa4ster", "m\xc3\xa4ster"),
	      WORKER("shop: w\xc3\xb6rker-\xc3\xa4", "w\xc3\xb6rker-\xc3\xa4"),
	      WORKER("shop: w\xc3\xb6rker-\xc3\xb6", "w\xc3\xb6rker-\xc3\xb6"));
	CHECK("shop", WORKER("shop: \xff\xfe 1", "\xff\xfe 1"), WORKER("shop: \xff\xfe 2", "\xff\xfe 2"));
	CHECK("shop", WORKER("shop: \x1b[31m1", "\x1b[31m1"), WORKER("shop: \x1b[31m2", "\x1b[31m2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_title__roles_and_slots_of_servers),
		cmocka_unit_test(test_title__celery),
		cmocka_unit_test(test_title__postgres),
		cmocka_unit_test(test_title__all_the_same),
		cmocka_unit_test(test_title__an_odd_one),
		cmocka_unit_test(test_title__hostile_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
