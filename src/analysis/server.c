#include "analysis/server.h"

#include <string.h>
#include <strings.h>

/*
 * A name matches what begins with it: "php-fpm8.2". Options as they stand in the manuals of gunicorn 20 to
 * 23, uWSGI 2.0, Celery 5, Puma 5 to 7, Unicorn 6, Pitchfork, Passenger 6, PHP 7.4 to 8.5 and Starman; those
 * of databases and web servers load no application in their workers.
 */
/* clang-format off */
static const struct server servers[] = {
	{"gunicorn", "gunicorn: --preload, or preload_app = True", "--preload",
	 "gunicorn, with preload_app = True, in its configuration: def when_ready(server): import gc; gc.freeze()"},
	{"uwsgi", "uWSGI: without lazy-apps and lazy", NULL,
	 "uWSGI, in the application: import gc, uwsgi; uwsgi.post_fork_hook = gc.freeze"},
	{"celery", "Celery: import it in the application's modules or a handler of worker_init, not of "
		   "worker_process_init", NULL,
	 "Celery, in the application's modules: import gc, os; os.register_at_fork(before=gc.freeze)"},
	{"puma", "Puma: preload_app!", "--preload", NULL},
	{"unicorn", "Unicorn: preload_app true", NULL, NULL},
	{"pitchfork", "Pitchfork: load it in the mold, or refork_after", NULL, NULL},
	{"Passenger", "Passenger: passenger_spawn_method smart", NULL, NULL},
	{"php-fpm", "PHP: opcache.preload, for code", NULL, NULL},
	{"starman", "Starman: --preload-app", "--preload-app", NULL},
	{"forkserver", "multiprocessing: set_forkserver_preload()", NULL, NULL},
	{"resque", "Resque: eager_load in the parent", NULL, NULL},
	{"apache2", NULL, NULL, NULL},
	{"httpd", NULL, NULL, NULL},
	{"nginx", NULL, NULL, NULL},
	{"postgres", NULL, NULL, NULL},
	{"postmaster", NULL, NULL, NULL},
	{"redis-", NULL, NULL, NULL},
	{"valkey-", NULL, NULL, NULL},
	{"sshd", NULL, NULL, NULL},
};
/* clang-format on */

static const struct server other = { "", "load it before the workers are forked", NULL, NULL };

const struct server *server_of(const struct snapshot *snap)
{
	size_t i;

	for (i = 0; i < sizeof(servers) / sizeof(*servers); i++) {
		if (!strncasecmp(snap->command, servers[i].name, strlen(servers[i].name)))
			return &servers[i];
	}
	return &other;
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
