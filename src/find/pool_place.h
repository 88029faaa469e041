#ifndef COWTOP_FIND_POOL_PLACE_H
#define COWTOP_FIND_POOL_PLACE_H

/* Where a pool runs, by the cgroup of who leads it. */
#include "find/target.h"
#include "parse/cgroup.h"

struct pool_place {
	char cgroup[256]; /* its path, "/system.slice/web.service"; foreign, cut; "": none, or not known */
	char unit[128];   /* of systemd, "web.service": the last of such a name in the path; "": none */
	char container[CGROUP_CONTAINER_LEN + 1]; /* its id; "": none */
};

void pool_place(const struct procfs *fs, const struct target *t, struct pool_place *ret);

#endif
