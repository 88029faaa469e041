#include "analysis/roles.h"

#include <string.h>

/*
 * Titles of forked processes that are no workers. '*' stands for any bytes; blanks at the end of a
 * title do not count. To teach another server: its titles here, and a case in
 * tests/unit/test_roles.c.
 */
static const char *const helper_titles[] = {
	"[celery beat]*",
	"nginx: cache manager process",
	"nginx: cache loader process",
	NULL,
};

/* uWSGI with auto-procname, from its name on; procname-prefix stands in front. */
/* clang-format off */
static const char *const uwsgi_titles[] = {
	"uWSGI spooler*",
	"uWSGI mule*",
	"uWSGI http*",
	"uWSGI router*",
	"uWSGI fastrouter*",
	"uWSGI rawrouter*",
	"uWSGI sslrouter*",
	NULL,
};
/* clang-format on */

/*
 * PostgreSQL, behind "postgres: " and a cluster_name: with and without " process" (before 11). What
 * may follow is the activity, spelled out so that a user of that name stays a backend.
 */
/* clang-format off */
static const char *const postgres_titles[] = {
	"checkpointer", "checkpointer process",
	"background writer", "writer process",
	"walwriter", "wal writer process",
	"autovacuum launcher", "autovacuum launcher process",
	"logical replication launcher", "bgworker: logical replication launcher",
	"archiver", "archiver last was *", "archiver archiving *", "archiver failed on *",
	"archiver process*",
	"stats collector", "stats collector process",
	"logger", "logger process",
	"startup", "startup recovering *", "startup waiting *", "startup process*",
	"walsender *", "wal sender process*",
	"walreceiver", "walreceiver streaming *", "wal receiver process*",
	"walsummarizer",
	"io worker *",
	"slotsync worker",
	NULL,
};
/* clang-format on */

/* Does `pattern` match all `len` bytes? Linear but for the last '*': it goes back there only. */
static bool matches(const char *pattern, const char *s, size_t len)
{
	const char *end = s + len, *star = NULL, *resume = NULL;

	while (s < end) {
		if (*pattern == '*') {
			star = pattern++;
			resume = s;
		} else if (*pattern == *s) {
			pattern++;
			s++;
		} else if (star) {
			pattern = star + 1;
			s = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool matches_any(const char *const *patterns, const char *s, size_t len)
{
	for (; *patterns; patterns++) {
		if (matches(*patterns, s, len))
			return true;
	}
	return false;
}

static bool is_uwsgi_helper(const char *title, size_t len)
{
	const char *end = title + len, *at = title;

	/* The rarest of its letters. */
	while ((at = memchr(at, 'W', (size_t)(end - at)))) {
		if (at > title && matches_any(uwsgi_titles, at - 1, (size_t)(end - at) + 1))
			return true;
		at++;
	}
	return false;
}

static bool is_postgres_helper(const char *title, size_t len)
{
	static const char prefix[] = "postgres: ";
	const size_t skip = sizeof(prefix) - 1;
	const char *cluster_end;

	if (len < skip || memcmp(title, prefix, skip))
		return false;
	title += skip;
	len -= skip;
	if (matches_any(postgres_titles, title, len))
		return true;

	cluster_end = memmem(title, len, ": ", 2);
	if (!cluster_end)
		return false;
	len -= cluster_end + 2 - title;
	return matches_any(postgres_titles, cluster_end + 2, len);
}

static bool is_titled_helper(const char *title)
{
	size_t len;

	/* Those above begin so, or have a capital W; and each sample asks this of each process. */
	if (*title != '[' && *title != 'n' && *title != 'p' && !strchr(title, 'W'))
		return false;
	len = strlen(title);
	while (len && title[len - 1] == ' ')
		len--;
	return matches_any(helper_titles, title, len) || is_uwsgi_helper(title, len) ||
	       is_postgres_helper(title, len);
}

enum role role_of(const struct proc_sample *p, pid_t master_pid)
{
	if (p->pid == master_pid)
		return ROLE_MASTER;
	/* A zombie holds no page and serves nobody; a vfork'ed child is about to exec. */
	if (!p->forked || p->same_mm_pid || p->state == 'Z' || p->state == 'X')
		return ROLE_HELPER;
	return p->cmdline && is_titled_helper(p->cmdline) ? ROLE_HELPER : ROLE_WORKER;
}

static struct proc_snapshot *worker_of(struct snapshot *snap, pid_t pid)
{
	for (size_t i = 0; pid && i < snap->nprocs; i++)
		if (snap->procs[i].role == ROLE_WORKER && snap->procs[i].facts->pid == pid)
			return &snap->procs[i];
	return NULL;
}

void arbiters_of(struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nprocs; i++) {
		struct proc_snapshot *p = &snap->procs[i], *base;

		if (p->role != ROLE_WORKER || p->facts->base_pid == snap->facts->master_pid)
			continue;
		base = worker_of(snap, p->facts->base_pid);
		if (!base)
			continue;
		p->arbiter_pid = base->facts->pid;
		base->arbiter = true;
	}
}
