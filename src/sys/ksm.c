#include "sys/ksm.h"

#include <fcntl.h>
#include <stdlib.h>
#include "base/cleanup.h"

/* The number that a small file holds; ABSENT when there is no such file. */
static fact read_number(int fd)
{
	cleanup(buf_release) struct buf text = { .limit = 64 };

	if (fd < 0 || proc_read_whole(fd, &text) < 0 || !text.len)
		return ABSENT;
	return strtoll(text.data, NULL, 10);
}

bool ksm_may_have_merged(const struct procfs *fs, pid_t pid)
{
	cleanup_close int own = procfs_file(fs, pid, "ksm_merging_pages");
	cleanup_close int machine = -1;
	fact pages = read_number(own);

	if (pages != ABSENT)
		return pages > 0;
	machine = open("/sys/kernel/mm/ksm/pages_shared", O_RDONLY | O_CLOEXEC);
	return read_number(machine) > 0;
}
