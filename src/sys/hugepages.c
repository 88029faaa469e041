#include "sys/hugepages.h"

#include <dirent.h>
#include <errno.h>
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

static void close_dirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

bool hugepages_set_aside(void)
{
	cleanup(close_dirp) DIR *dir = opendir("/sys/kernel/mm/hugepages");
	const struct dirent *entry;
	char path[320];

	if (!dir)
		return errno != ENOENT;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/%s/nr_hugepages", entry->d_name);
		if (number_in(path) != 0)
			return true;
	}
	return false;
}

fact hugepages_collapsed(void)
{
	return number_in("/sys/kernel/mm/transparent_hugepage/khugepaged/pages_collapsed");
}
