#ifndef COWTOP_PROBE_ACCESS_HOST_H
#define COWTOP_PROBE_ACCESS_HOST_H

/*
 * Where cowtop runs: the settings that decide what it may read, and the ways out that apply here.
 */
#include "model/access.h"
#include "sys/proc.h"

enum container {
	CONTAINER_NONE,
	CONTAINER_DOCKER,
	CONTAINER_PODMAN,
	CONTAINER_KUBERNETES,
	CONTAINER_OTHER,
};

struct access_place {
	enum container container;
	bool user_namespace; /* another one than the initial */
	bool hidepid;        /* /proc is mounted so that it hides other users' processes */
	bool subset;         /* ... with subset=pid: the folders of processes are all that is in it */
	bool root;           /* effective uid 0 */
	unsigned priv;       /* enum priv, effective */
};

/* Fill `place`, and append what was found to ret->settings. */
void access_read_place(const struct procfs *fs, struct access_place *place, struct access *ret);
/* Append the fixes that apply to ret->fixes, none when everything is readable. `pid` 0: no target. */
void access_add_fixes(const struct access_place *place, pid_t pid, struct access *ret);

#endif
