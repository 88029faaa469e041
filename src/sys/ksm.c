#include "sys/ksm.h"

#include <fcntl.h>
#include "base/cleanup.h"

bool ksm_is_at_work(void)
{
	cleanup_close int machine = open("/sys/kernel/mm/ksm/pages_shared", O_RDONLY | O_CLOEXEC);

	return proc_read_number(machine) > 0;
}

bool ksm_may_have_merged(const struct procfs *fs, pid_t pid)
{
	cleanup_close int own = procfs_file(fs, pid, "ksm_merging_pages");
	fact pages = proc_read_number(own);

	if (pages != ABSENT)
		return pages > 0;
	return ksm_is_at_work();
}
