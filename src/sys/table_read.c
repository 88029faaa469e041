#include "sys/table.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "base/cleanup.h"
#ifdef COWTOP_LIBPROC2
#include "sys/table_libproc2.h"
#else
#include "sys/table_proc.h"
#endif

#ifdef COWTOP_LIBPROC2

int table_read(struct table *t, struct err *err)
{
	return table_read_libproc2(t, err);
}

static int read_memory(struct host_sample *ret, struct err *err)
{
	return host_memory_libproc2(ret, err);
}

#else

static int open_proc(struct procfs *fs, struct err *err)
{
	int r = procfs_open(fs, "/proc");

	return r < 0 ? err_errno(err, STATUS_FAILED, -r, "/proc: cannot open") : 0;
}

int table_read(struct table *t, struct err *err)
{
	cleanup(procfs_release) struct procfs fs = {.fd = -1};

	return open_proc(&fs, err) < 0 ? -1 : table_read_proc(&fs, t, err);
}

static int read_memory(struct host_sample *ret, struct err *err)
{
	cleanup(procfs_release) struct procfs fs = {.fd = -1};

	return open_proc(&fs, err) < 0 ? -1 : host_memory_proc(&fs, ret, err);
}

#endif

int host_read(struct host_sample *ret, struct err *err)
{
	struct host_sample h = {0};
	struct utsname name;

	if (read_memory(&h, err) < 0)
		return -1;
	if (uname(&name) < 0)
		return err_errno(err, STATUS_FAILED, errno, "uname");

	memcpy(h.name, name.nodename, sizeof(h.name));
	memcpy(h.kernel, name.release, sizeof(h.kernel));
	h.page_size = sysconf(_SC_PAGESIZE);
	*ret = h;
	return 0;
}
