/*
 * What reading alone costs: `bare PID...` preads the pagemap bytes of every mapping of the processes
 * into one buffer and does nothing with them. Prints how many entries that were.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uint64_t entries[32768];

static uint64_t read_range(int fd, uint64_t at, uint64_t end)
{
	uint64_t got = 0;

	while (at < end) {
		size_t want = (end - at) * sizeof(*entries);
		ssize_t n = pread(fd, entries, want < sizeof(entries) ? want : sizeof(entries),
				  (off_t)(at * sizeof(*entries)));

		if (n <= 0)
			break;
		at += (uint64_t)n / sizeof(*entries);
		got += (uint64_t)n / sizeof(*entries);
	}
	return got;
}

static uint64_t read_process(const char *pid)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), start, end, got = 0;
	char path[64], line[8192];
	FILE *maps;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	maps = fopen(path, "re");
	snprintf(path, sizeof(path), "/proc/%s/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!maps || fd < 0) {
		perror(path);
		exit(1);
	}
	while (fgets(line, sizeof(line), maps))
		/* The [vsyscall] page is above what pagemap has. */
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2 && start < 1ULL << 63)
			got += read_range(fd, start / page, end / page);
	fclose(maps);
	close(fd);
	return got;
}

int main(int argc, char **argv)
{
	uint64_t got = 0;

	for (int i = 1; i < argc; i++)
		got += read_process(argv[i]);
	printf("%" PRIu64 "\n", got);
	return 0;
}
