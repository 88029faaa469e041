#ifndef COWTOP_PROBE_ACCESS_H
#define COWTOP_PROBE_ACCESS_H

/*
 * cowtop doctor: what this user may read here, found by trying, and what to grant for more.
 */
#include "base/buf.h"
#include "base/err.h"
#include "find/target.h"
#include "model/access.h"

/* Try what this kernel tells about pages, probe every kernel interface on `pid` (0: on cowtop itself and on a process
 * of another user if there is one) and fill `ret`, which the caller releases. STATUS_NO_TARGET: no such process. */
int access_probe(const struct procfs *fs, pid_t pid, struct access *ret, struct err *err);

#endif
