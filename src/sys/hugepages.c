#include "sys/hugepages.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include "base/cleanup.h"
#include "base/io.h"
#include "sys/machine.h"

fact hugepages_size(const struct procfs *fs)
{
	return machine_number(fs, "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
}

fact hugepages_free(const struct procfs *fs, size_t size)
{
	static const char folder[] = "/sys/kernel/mm/hugepages/hugepages-%zukB/%s_hugepages";
	char free[96], reserved[96];
	fact n, of;

	snprintf(free, sizeof(free), folder, size / 1024, "free");
	snprintf(reserved, sizeof(reserved), folder, size / 1024, "resv");
	n = machine_number(fs, free);
	of = machine_number(fs, reserved);
	if (n == ABSENT || of == ABSENT)
		return ABSENT;
	return n > of ? n - of : 0;
}

bool hugepages_set_aside(const struct procfs *fs)
{
	int fd = machine_file(fs, "/sys/kernel/mm/hugepages");
	cleanup(io_entries_end) DIR *dir = io_entries(fd);
	const struct dirent *entry;
	char path[320];

	if (!dir)
		return fd != -ENOENT;
	while (errno = 0, (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/%s/nr_hugepages", entry->d_name);
		if (machine_number(fs, path) != 0)
			return true;
	}
	return errno != 0;
}

fact hugepages_collapsed(const struct procfs *fs)
{
	return machine_number(fs, "/sys/kernel/mm/transparent_hugepage/khugepaged/pages_collapsed");
}
