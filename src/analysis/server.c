#include "analysis/server.h"

#include <string.h>
#include <strings.h>

/*
 * A name matches what begins with it: "php-fpm8.2". Options as they stand in the manuals of gunicorn 20 to
 * 23, uWSGI 2.0, Celery 5, Puma 5 to 7, Unicorn 6, Pitchfork, Passenger 6, PHP 7.4 to 8.5 and Starman; those
 * of databases and web servers load no application in their workers.
 */
/* clang-format off */
#define WHEN_READY "gunicorn, with preload_app = True, in its configuration: def when_ready(server): "
#define IN_UWSGI "uWSGI, in the application: import gc, uwsgi; uwsgi.post_fork_hook = "
#define IN_CELERY "Celery, in the application's modules: import gc, os; os.register_at_fork("
#define END_OF_MODULE "uWSGI, at the end of the application's module: "
#define COMPACT "3.times { GC.start }; GC.compact"

static const struct server servers[] = {
	{ "gunicorn", "gunicorn: --preload, or preload_app = True", "--preload",
	  WHEN_READY "import gc; gc.freeze()",
	  .collect = WHEN_READY "import gc; gc.collect(); gc.freeze()",
	  .off = "gunicorn, in its configuration: def post_fork(server, worker): import gc; gc.disable()",
	  .warm = WHEN_READY "call server.app.wsgi() with a typical request",
	  .recycle = "gunicorn: --max-requests N --max-requests-jitter N" },
	{ "uwsgi", "uWSGI: without lazy-apps and lazy", NULL, IN_UWSGI "gc.freeze",
	  .collect = END_OF_MODULE "import gc; gc.collect()",
	  .off = IN_UWSGI "gc.disable",
	  .warm = END_OF_MODULE "call application() with a typical request",
	  .recycle = "uWSGI: max-requests = N, or max-worker-lifetime = SECONDS" },
	{ "celery", "Celery: import it in the application's modules or a handler of worker_init, not of "
		    "worker_process_init", NULL, IN_CELERY "before=gc.freeze)",
	  .collect = "Celery, in a handler of worker_init: import gc; gc.collect(); gc.freeze()",
	  .off = IN_CELERY "after_in_child=gc.disable)",
	  .warm = "Celery, in a handler of worker_init: call the tasks' code once",
	  .recycle = "Celery: worker_max_tasks_per_child = N, or worker_max_memory_per_child = KIB" },
	{ "puma", "Puma: preload_app!", "--preload", NULL,
	  .warm = "Puma, in config/puma.rb, with preload_app!: before_fork { a typical request to the application }",
	  .recycle = "Puma: fork_worker, and a refork; or the gem puma_worker_killer",
	  .compact = "Puma, in config/puma.rb, with preload_app!: before_fork { " COMPACT " }" },
	{ "unicorn", "Unicorn: preload_app true", NULL, NULL,
	  .warm = "Unicorn, with preload_app true, at the end of config.ru: a typical request to the application",
	  .recycle = "Unicorn: the gem unicorn-worker-killer",
	  .compact = "Unicorn, with preload_app true, at the end of config.ru: " COMPACT },
	{ "pitchfork", "Pitchfork: load it in the mold, or refork_after", NULL, NULL,
	  .recycle = "Pitchfork: refork_after",
	  .compact = "Pitchfork: after_mold_fork { " COMPACT " }" },
	{ "Passenger", "Passenger: passenger_spawn_method smart", NULL, NULL,
	  .recycle = "Passenger: passenger_max_requests N" },
	{ "php-fpm", "PHP: opcache.preload, for code", NULL, NULL,
	  .recycle = "PHP-FPM, in the pool: pm.max_requests = N" },
	{ "starman", "Starman: --preload-app", "--preload-app", NULL, .recycle = "Starman: --max-requests N" },
	{ "forkserver", "multiprocessing: set_forkserver_preload()", NULL,
	  "multiprocessing, in a module named in set_forkserver_preload(): import gc, os; "
	  "os.register_at_fork(before=gc.freeze)",
	  .recycle = "multiprocessing: Pool(maxtasksperchild=N), ProcessPoolExecutor(max_tasks_per_child=N)" },
	{ .name = "resque", .preload = "Resque: eager_load in the parent" },
	{ .name = "apache2", .recycle = "Apache: MaxConnectionsPerChild N" },
	{ .name = "httpd", .recycle = "Apache: MaxConnectionsPerChild N" },
	{ .name = "nginx", .load = "nginx, with Lua: init_by_lua_block", .recycle = "nginx -s reload" },
	{ .name = "postgres", .load = "PostgreSQL: shared_preload_libraries",
	  .recycle = "PostgreSQL: connections that end, as by server_lifetime of PgBouncer" },
	{ .name = "postmaster", .load = "PostgreSQL: shared_preload_libraries",
	  .recycle = "PostgreSQL: connections that end, as by server_lifetime of PgBouncer" },
	{ .name = "redis-" },
	{ .name = "valkey-" },
	{ .name = "sshd" },
};

/* CPython's own, by how many threads the master has (CPython 3.11, Lib/multiprocessing/pool.py: three beside the main
 * one; Lib/concurrent/futures/process.py: its manager's, and that which feeds its queue). */
static const struct {
	fact threads;
	struct server server;
} pools[] = {
	{ 4, { "multiprocessing", "multiprocessing, with fork: load it before Pool()", NULL,
	       "multiprocessing, before Pool(): import gc; gc.freeze()",
	       .collect = "multiprocessing, before Pool(): import gc; gc.collect(); gc.freeze()",
	       .off = "multiprocessing: Pool(initializer=gc.disable)",
	       .warm = "multiprocessing, before Pool(): call what the tasks call once",
	       .recycle = "multiprocessing: Pool(maxtasksperchild=N)" } },
	{ 3, { "ProcessPoolExecutor", "ProcessPoolExecutor, with fork: load it before the first submit()", NULL,
	       "ProcessPoolExecutor, before the first submit(): import gc; gc.freeze()",
	       .collect = "ProcessPoolExecutor, before the first submit(): import gc; gc.collect(); gc.freeze()",
	       .off = "ProcessPoolExecutor(initializer=gc.disable)",
	       .warm = "ProcessPoolExecutor, before the first submit(): call what the tasks call once",
	       .recycle = "ProcessPoolExecutor(max_tasks_per_child=N, mp_context=get_context(\"forkserver\"))" } },
};
/* clang-format on */

static const struct server other = { .name = "", .preload = "load it before the workers are forked" };

const struct server *server_of(const struct snapshot *snap)
{
	size_t i;

	for (i = 0; i < sizeof(servers) / sizeof(*servers); i++) {
		if (!strncasecmp(snap->command, servers[i].name, strlen(servers[i].name)))
			return &servers[i];
	}
	return &other;
}

static bool has_loaded(const struct address_space *space, const char *what)
{
	for (size_t i = 0; i < space->nregions; i++)
		if (strstr(space->regions[i].name, what))
			return true;
	return false;
}

const struct server *server_within(const struct snapshot *snap, const struct address_space *space)
{
	const struct server *server = server_of(snap);
	const struct proc_sample *master = sample_find(snap->facts, snap->facts->master_pid);

	if (server != &other || !space || !master || !has_loaded(space, "/_multiprocessing."))
		return server;
	for (size_t i = 0; i < sizeof(pools) / sizeof(*pools); i++)
		if (master->threads == pools[i].threads)
			return &pools[i].server;
	return server;
}

bool server_preloads(const struct server *server, const struct snapshot *snap)
{
	const struct proc_sample *master = sample_find(snap->facts, snap->facts->master_pid);

	return server->said && master && master->cmdline && strstr(master->cmdline, server->said);
}

const char *server_freeze(const struct server *server)
{
	return server->freeze ?: "when all is loaded: import gc, os; os.register_at_fork(before=gc.freeze)";
}

const char *server_load(const struct server *server)
{
	return server->load ?: server->preload ?: other.preload;
}

const char *server_collect(const struct server *server)
{
	return server->collect ?:
		       "when all is loaded, before the first fork: import gc; gc.collect(); gc.freeze()";
}

const char *server_off(const struct server *server)
{
	return server->off ?: "import gc, os; os.register_at_fork(after_in_child=gc.disable)";
}

const char *server_warm(const struct server *server)
{
	return server->warm ?: "before the first fork: do once what a typical request does";
}

const char *server_recycle(const struct server *server)
{
	return server->recycle ?: "let a worker end after N requests or minutes, and fork another one";
}

const char *server_compact(const struct server *server, bool warmup)
{
	if (warmup)
		return "when all is loaded, before the first fork: Process.warmup";
	return server->compact ?: "when all is loaded, before the first fork: " COMPACT;
}
