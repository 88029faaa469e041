#include "sys/table.h"

#include <unistd.h>
#include "sys/machine.h"
#ifdef COWTOP_LIBPROC2
#include "sys/table_libproc2.h"
#endif
#include "sys/table_proc.h"

#ifdef COWTOP_LIBPROC2

int table_read(const struct procfs *fs, struct table *t, struct err *err)
{
	return fs->captured ? table_read_proc(fs, t, err) : table_read_libproc2(t, err);
}

static int read_memory(const struct procfs *fs, struct host_sample *ret, struct err *err)
{
	return fs->captured ? host_memory_proc(fs, ret, err) : host_memory_libproc2(ret, err);
}

#else

int table_read(const struct procfs *fs, struct table *t, struct err *err)
{
	return table_read_proc(fs, t, err);
}

static int read_memory(const struct procfs *fs, struct host_sample *ret, struct err *err)
{
	return host_memory_proc(fs, ret, err);
}

#endif

int host_read(const struct procfs *fs, struct host_sample *ret, struct err *err)
{
	struct host_sample h = {0};
	int r;

	if (read_memory(fs, &h, err) < 0)
		return -1;
	r = machine_names(fs, &h);
	if (r < 0)
		return err_errno(err, STATUS_FAILED, -r, "uname");
	h.page_size = sysconf(_SC_PAGESIZE);
	*ret = h;
	return 0;
}
