#include "sys/ksm.h"

#include "base/cleanup.h"
#include "sys/machine.h"

bool ksm_is_at_work(const struct procfs *fs)
{
	return machine_number(fs, "/sys/kernel/mm/ksm/pages_shared") > 0;
}

bool ksm_may_have_merged(const struct procfs *fs, pid_t pid)
{
	cleanup_close int own = procfs_file(fs, pid, "ksm_merging_pages");
	fact pages = proc_read_number(own);

	if (pages != ABSENT)
		return pages > 0;
	return ksm_is_at_work(fs);
}
