/*
 * A pool that holds still: `bigpool WORKERS MIB BROKEN_PERCENT SPARSE_GIB`.
 *
 * The master touches MIB of memory in small pages and forks; each worker then rewrites
 * BROKEN_PERCENT of them, spread evenly. SPARSE_GIB of PROT_NONE address space is mapped before the
 * fork. Prints "ready PID PID..." (the master first) and ends with its standard input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static char *map(size_t size, int prot)
{
	char *p = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

/* Rewrite `percent` of the pages, tell the master, hold still until it ends. */
static void worker(char *memory, size_t pages, size_t page, unsigned percent, int done, int alive)
{
	char byte = 0;

	for (size_t i = 0; i < pages; i++)
		if (i * percent / 100 != (i + 1) * percent / 100)
			memory[i * page]++;
	if (write(done, &byte, 1) != 1 || read(alive, &byte, 1) < 0)
		_exit(1);
	_exit(0);
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: bigpool WORKERS MIB BROKEN_PERCENT SPARSE_GIB\n");
		return 2;
	}
	int workers = atoi(argv[1]);
	size_t size = strtoul(argv[2], NULL, 10) << 20;
	size_t sparse = strtoul(argv[4], NULL, 10) << 30;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *memory = map(size, PROT_READ | PROT_WRITE), byte;
	pid_t *pids = calloc((size_t)workers, sizeof(*pids));
	int done[2], alive[2];

	if (!pids || pipe(done) || pipe(alive))
		die("start");
	if (sparse)
		map(sparse, PROT_NONE);
	madvise(memory, size, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < size; at += page)
		memset(memory + at, (int)(at / page) | 1, page);

	for (int i = 0; i < workers; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("fork");
		if (pids[i] == 0) {
			close(alive[1]);
			worker(memory, size / page, page, (unsigned)atoi(argv[3]), done[1], alive[0]);
		}
	}
	for (int i = 0; i < workers; i++)
		if (read(done[0], &byte, 1) != 1)
			die("worker");
	printf("ready %d", getpid());
	for (int i = 0; i < workers; i++)
		printf(" %d", pids[i]);
	printf("\n");
	fflush(stdout);

	if (read(STDIN_FILENO, &byte, 1) < 0)
		die("read");
	close(alive[1]);
	while (wait(NULL) > 0)
		;
	return 0;
}
