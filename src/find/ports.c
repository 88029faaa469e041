#include "find/ports.h"

#include <poll.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "find/serving.h"
#include "find/spawn.h"
#include "sys/table.h"

#define POLL_MS 20

void ports_release(struct ports *p)
{
	sockets_release(&p->before);
	sockets_release(&p->own);
}

void ports_begin(struct ports *p, const struct procfs *fs)
{
	serving_all(fs, getpid(), &p->before);
}

void ports_add(struct ports *p, const struct procfs *fs, pid_t pid)
{
	cleanup(sockets_release) struct sockets held = { 0 };

	if (serving_sockets(fs, pid, &held) < 0)
		return;
	for (size_t i = 0; i < held.n; i++) {
		if (sockets_have(&p->before, held.items[i]) || sockets_have(&p->own, held.items[i]))
			continue;
		vec_room(&p->own.items, p->own.n, &p->own.cap);
		p->own.items[p->own.n++] = held.items[i];
	}
}

static bool still_listens(const struct ports *p, const struct procfs *fs)
{
	cleanup(sockets_release) struct sockets all = { 0 };

	serving_all(fs, getpid(), &all);
	for (size_t i = 0; i < p->own.n; i++)
		if (sockets_have(&all, p->own.items[i]))
			return true;
	return false;
}

/* Who has one of them? */
static int tell_holder(const struct ports *p, const struct procfs *fs, struct err *err)
{
	cleanup(table_release) struct table table = { 0 };

	if (table_read(fs, &table, err) < 0)
		return -1;
	for (size_t i = 0; i < table.n; i++)
		if (serving_any(fs, table.items[i].pid, &p->own) == 1)
			return err_set(
				err, STATUS_FAILED,
				"the pool was stopped, but its port is still in use: process %d (%s) has it",
				(int)table.items[i].pid, table.items[i].comm ?: "");
	return err_set(err, STATUS_FAILED,
		       "the pool was stopped, but its port is still in use, by whom cannot be seen");
}

int ports_wait_free(const struct ports *p, const struct procfs *fs, int64_t timeout_ns, struct err *err)
{
	int64_t until = clock_now() + timeout_ns;

	while (p->own.n && still_listens(p, fs)) {
		if (clock_now() >= until)
			return tell_holder(p, fs, err);
		if (spawn_interrupted())
			return err_set(err, STATUS_FAILED, "interrupted while a port was still in use");
		poll(NULL, 0, POLL_MS);
	}
	return 0;
}
