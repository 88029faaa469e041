#include "sys/hugepages.h"

#include <fcntl.h>
#include <stdio.h>
#include "base/cleanup.h"
#include "sys/proc.h"

static fact number_in(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	return proc_read_number(fd);
}

fact hugepages_size(void)
{
	return number_in("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
}

fact hugepages_free(size_t size)
{
	static const char folder[] = "/sys/kernel/mm/hugepages/hugepages-%zukB/%s_hugepages";
	char free[96], reserved[96];
	fact n, of;

	snprintf(free, sizeof(free), folder, size / 1024, "free");
	snprintf(reserved, sizeof(reserved), folder, size / 1024, "resv");
	n = number_in(free);
	of = number_in(reserved);
	if (n == ABSENT || of == ABSENT)
		return ABSENT;
	return n > of ? n - of : 0;
}

fact hugepages_collapsed(void)
{
	return number_in("/sys/kernel/mm/transparent_hugepage/khugepaged/pages_collapsed");
}
