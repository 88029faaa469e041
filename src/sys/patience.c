#include "sys/patience.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/clock.h"
#include "base/io.h"

#define WAIT_NS SECOND
#define NAME_MAX_LATE 96
#define SYSTEMS 64

struct late {
	dev_t system;
	char name[NAME_MAX_LATE];
};

struct kept {
	int fd;
	dev_t system;
	char *name;
};

/* All threads': under the lock. */
static struct {
	pthread_mutex_t lock;
	struct late late[SYSTEMS];
	size_t nlate;
	struct kept *kept;
	size_t nkept, cap;
} all = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* The last of two sides that leaves frees it. */
struct call {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool done, left;
	const struct patience_work *how;
	void *job;
};

static bool was_late(dev_t system)
{
	bool was;

	pthread_mutex_lock(&all.lock);
	was = all.nlate == SYSTEMS;
	for (size_t i = 0; i < all.nlate; i++)
		was |= all.late[i].system == system;
	pthread_mutex_unlock(&all.lock);
	return was;
}

static void note_late(dev_t system, const char *name)
{
	if (was_late(system))
		return;
	pthread_mutex_lock(&all.lock);
	if (all.nlate < SYSTEMS) {
		struct late *l = &all.late[all.nlate++];

		l->system = system;
		snprintf(l->name, sizeof(l->name), "%s", name);
	}
	pthread_mutex_unlock(&all.lock);
}

bool patience_late(size_t i, struct gap *ret)
{
	const char *name;
	bool is;

	pthread_mutex_lock(&all.lock);
	is = i < all.nlate;
	if (is) {
		name = strrchr(all.late[i].name, '/');
		*ret = (struct gap){ .error = ETIMEDOUT, .needs = "its file system to answer" };
		snprintf(ret->what, sizeof(ret->what), "file %s", name ? name + 1 : all.late[i].name);
	}
	pthread_mutex_unlock(&all.lock);
	return is;
}

/* ---- a thread for a call */

static void call_free(struct call *c)
{
	pthread_cond_destroy(&c->change);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static void *ask(void *data)
{
	struct call *c = data;
	bool left;

	c->how->work(c->job);
	pthread_mutex_lock(&c->lock);
	c->done = true;
	left = c->left;
	pthread_cond_signal(&c->change);
	pthread_mutex_unlock(&c->lock);
	if (left) {
		c->how->drop(c->job);
		call_free(c);
	}
	return NULL;
}

static struct call *call_new(const struct patience_work *how, void *job)
{
	struct call *c = xcalloc(1, sizeof(*c));
	pthread_condattr_t monotonic;

	c->how = how;
	c->job = job;
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&c->change, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return c;
}

static bool start(struct call *c)
{
	pthread_attr_t detached;
	sigset_t signals, before;
	pthread_t thread;
	bool started;

	/* signals are for who waits */
	sigfillset(&signals);
	pthread_sigmask(SIG_SETMASK, &signals, &before);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	started = pthread_create(&thread, &detached, ask, c) == 0;
	pthread_attr_destroy(&detached);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

static bool wait_for(struct call *c)
{
	struct timespec until = clock_timespec(clock_now() + WAIT_NS);
	bool done;

	pthread_mutex_lock(&c->lock);
	while (!c->done && pthread_cond_timedwait(&c->change, &c->lock, &until) != ETIMEDOUT)
		continue;
	done = c->done;
	c->left = !done;
	pthread_mutex_unlock(&c->lock);
	return done;
}

bool patience_do(dev_t system, const char *name, const struct patience_work *how, void *job)
{
	struct call *c;

	if (was_late(system)) {
		how->drop(job);
		return false;
	}
	c = call_new(how, job);
	if (!start(c)) {
		call_free(c);
		how->drop(job);
		return false;
	}
	if (!wait_for(c)) {
		note_late(system, name);
		return false;
	}
	call_free(c);
	return true;
}

/* ---- descriptors */

void patience_keep(int fd, dev_t system, const char *name)
{
	pthread_mutex_lock(&all.lock);
	vec_room(&all.kept, all.nkept, &all.cap);
	all.kept[all.nkept++] = (struct kept){ fd, system, xstrdup(name) };
	pthread_mutex_unlock(&all.lock);
}

/* Its place among those that are kept, or nkept. */
static size_t find(int fd)
{
	size_t i = 0;

	while (i < all.nkept && all.kept[i].fd != fd)
		i++;
	return i;
}

bool patience_needed(int fd)
{
	bool is;

	pthread_mutex_lock(&all.lock);
	is = find(fd) < all.nkept;
	pthread_mutex_unlock(&all.lock);
	return is;
}

static void forget(int fd)
{
	size_t i;

	pthread_mutex_lock(&all.lock);
	i = find(fd);
	if (i < all.nkept) {
		free(all.kept[i].name);
		all.kept[i] = all.kept[--all.nkept];
	}
	pthread_mutex_unlock(&all.lock);
}

void patience_close(int fd)
{
	forget(fd);
	close(fd);
}

struct reading {
	int fd; /* its own: the caller's may be closed meanwhile */
	uint64_t at;
	size_t len;
	ssize_t got;
	char bytes[];
};

static void reading_do(void *job)
{
	struct reading *r = job;

	r->got = io_read_all_at(r->fd, r->bytes, r->len, r->at);
}

static void reading_drop(void *job)
{
	struct reading *r = job;

	close(r->fd);
	free(r);
}

static const struct patience_work reading = { reading_do, reading_drop };

static ssize_t read_patiently(int fd, dev_t system, const char *name, void *to, size_t len, uint64_t at)
{
	struct reading *r = xcalloc(1, sizeof(*r) + len);
	ssize_t got;

	r->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (r->fd < 0) {
		got = -errno;
		free(r);
		return got;
	}
	r->at = at;
	r->len = len;
	if (!patience_do(system, name, &reading, r))
		return -ETIMEDOUT;
	got = r->got;
	if (got > 0)
		memcpy(to, r->bytes, (size_t)got);
	reading_drop(r);
	return got;
}

ssize_t patience_read_at(int fd, void *to, size_t len, uint64_t at)
{
	char name[NAME_MAX_LATE] = "";
	dev_t system = 0;
	size_t i;
	bool kept;

	pthread_mutex_lock(&all.lock);
	i = find(fd);
	kept = i < all.nkept;
	if (kept) {
		system = all.kept[i].system;
		snprintf(name, sizeof(name), "%s", all.kept[i].name);
	}
	pthread_mutex_unlock(&all.lock);
	return kept ? read_patiently(fd, system, name, to, len, at) : io_read_all_at(fd, to, len, at);
}
