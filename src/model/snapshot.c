#include "model/snapshot.h"

#include <stdlib.h>

void snapshot_release(struct snapshot *s)
{
	free(s->procs);
	free(s->events);
	*s = (struct snapshot){0};
}

const char *role_name(enum role role)
{
	static const char *const names[] = {
		[ROLE_MASTER] = "master",
		[ROLE_WORKER] = "worker",
		[ROLE_HELPER] = "helper",
	};

	return names[role];
}

const char *event_type_name(enum event_type type)
{
	static const char *const names[] = {
		[EVENT_WORKER_STARTED] = "worker_started",
		[EVENT_WORKER_EXITED] = "worker_exited",
		[EVENT_MASTER_EXITED] = "master_exited",
	};

	return names[type];
}
