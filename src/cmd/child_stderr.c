#include "cmd/child_stderr.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"

struct child_stderr {
	pthread_t thread;
	int in, out; /* the pipe */
	int end[2];  /* closing end[1] ends the thread */
	int own;     /* our stderr, while it is lent */
	pthread_mutex_t lock;
	bool hold; /* under the lock, as what follows */
	char kept[CHILD_STDERR_KEPT];
	size_t n;
	bool dropped;
};

static void pass_on(const char *bytes, size_t len)
{
	ssize_t n;

	/* There is nowhere left to tell when stderr is closed. */
	while (len && ((n = write(STDERR_FILENO, bytes, len)) > 0 || errno == EINTR)) {
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
}

/* Add `bytes` to the kept ones; of both the last CHILD_STDERR_KEPT stay. `len` is at most CHILD_STDERR_KEPT. */
static void keep(struct child_stderr *t, const char *bytes, size_t len)
{
	size_t over = t->n + len > CHILD_STDERR_KEPT ? t->n + len - CHILD_STDERR_KEPT : 0;

	if (over) {
		t->dropped = true;
		memmove(t->kept, t->kept + over, t->n - over);
		t->n -= over;
	}
	memcpy(t->kept + t->n, bytes, len);
	t->n += len;
}

static void release_kept(struct child_stderr *t)
{
	static const char note[] = "cowtop: the pool said more than this; what follows is the end\n";
	const char *from = t->kept, *line;

	if (t->dropped) {
		pass_on(note, sizeof(note) - 1);
		line = memchr(t->kept, '\n', t->n);
		from = line ? line + 1 : from;
	}
	pass_on(from, t->n - (size_t)(from - t->kept));
	t->n = 0;
	t->dropped = false;
}

static void *listen_to_pool(void *data)
{
	struct child_stderr *t = data;
	char bytes[4096];

	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = t->in, .events = POLLIN },
			{ .fd = t->end[0], .events = POLLIN },
		};
		ssize_t n;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return NULL;
		n = read(t->in, bytes, sizeof(bytes));
		if (n <= 0 && (n == 0 || fds[1].revents))
			return NULL;
		if (n <= 0)
			continue;
		pthread_mutex_lock(&t->lock);
		if (t->hold)
			keep(t, bytes, (size_t)n);
		else
			pass_on(bytes, (size_t)n);
		pthread_mutex_unlock(&t->lock);
	}
}

static void close_pair(int a, int b)
{
	close(a);
	close(b);
}

int child_stderr_start(struct child_stderr **ret, struct err *err)
{
	struct child_stderr *t;
	int pair[2], end[2], e;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_errno(err, STATUS_FAILED, errno, "cannot open a pipe");
	if (pipe2(end, O_CLOEXEC) < 0) {
		e = errno;
		close_pair(pair[0], pair[1]);
		return err_errno(err, STATUS_FAILED, e, "cannot open a pipe");
	}
	t = xcalloc(1, sizeof(*t));
	t->in = pair[0];
	t->out = pair[1];
	memcpy(t->end, end, sizeof(end));
	/* The reading end alone: whether the pool's writes wait is the pool's business. */
	fcntl(t->in, F_SETFL, O_NONBLOCK);
	pthread_mutex_init(&t->lock, NULL);
	e = pthread_create(&t->thread, NULL, listen_to_pool, t);
	if (e) {
		close_pair(pair[0], pair[1]);
		close_pair(end[0], end[1]);
		free(t);
		return err_errno(err, STATUS_FAILED, e, "cannot start a thread");
	}
	*ret = t;
	return 0;
}

void child_stderr_lend(struct child_stderr *t)
{
	/* Not while the thread writes there. */
	pthread_mutex_lock(&t->lock);
	t->own = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (t->own >= 0)
		dup2(t->out, STDERR_FILENO);
}

void child_stderr_lend_end(struct child_stderr *t)
{
	if (t->own >= 0) {
		dup2(t->own, STDERR_FILENO);
		close(t->own);
	}
	/* Else our end would keep the pipe open when the pool has gone. */
	close(t->out);
	pthread_mutex_unlock(&t->lock);
}

void child_stderr_hold(struct child_stderr *t, bool hold)
{
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	if (!hold)
		release_kept(t);
	t->hold = hold;
	pthread_mutex_unlock(&t->lock);
}

void child_stderr_stop(struct child_stderr *t)
{
	if (!t)
		return;
	close(t->end[1]);
	pthread_join(t->thread, NULL);
	release_kept(t);
	pthread_mutex_destroy(&t->lock);
	close_pair(t->in, t->end[0]);
	free(t);
}
