/*
 * Allocates and says what malloc itself counts: the truth for the tests of allocators.
 *
 *	mallocs SEED THREADS BLOCKS SIZE [KEEP-OF-10 [LARGE]]
 *
 * Each thread allocates BLOCKS of up to SIZE bytes, of which KEEP of 10 stay, and LARGE blocks of a mapping of their own;
 * then it waits. A line on standard input is a request: "info" prints malloc_info(3) on one line; "trim" calls
 * malloc_trim(3) and prints by how many bytes the resident set has shrunk; "live" prints the bytes of all chunks that it
 * has, but for those with a mapping of their own; "foreign" moves the break behind malloc's
 * back and allocates on; "wall" sees to it that it cannot be moved any more, and allocates on; "below" does so where the
 * next mappings come to lie right below the heap of the last thread; "fork" goes on in a child, which prints its pid;
 * "churn" begins to allocate and free without end.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned int blocks, most, keep = 7, large;
static pthread_barrier_t ready;
static size_t live;     /* chunks, with their headers */
static void *of_thread; /* the last one's first block */

static unsigned int draw(uint64_t *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(*state >> 33);
}

/* The second last bit of the size in front of it (malloc/malloc.c, IS_MMAPPED). */
static int has_own_mapping(const void *block)
{
	return ((const uint64_t *)block)[-1] & 2;
}

static void allocate(uint64_t seed)
{
	void **held = calloc(blocks, sizeof(*held));
	uint64_t state = seed;
	size_t mine = 0;

	for (unsigned int i = 0; i < blocks; i++) {
		size_t size = 1 + draw(&state) % most;

		/* most are small, as in most programs */
		if (draw(&state) % 8)
			size = 1 + size % 200;
		held[i] = malloc(size);
		memset(held[i], (int)i, size);
	}
	for (unsigned int i = 0; i < large; i++) {
		size_t size = (140U << 10) + draw(&state) % (1U << 20);

		memset(malloc(size), 1, size);
	}
	/* all that goes goes in runs now and then, so that whole pages become free */
	for (unsigned int i = 0; i < blocks; i++)
		if ((draw(&state) & 1 ? i / 64 * 7 : draw(&state)) % 10 >= keep) {
			free(held[i]);
			held[i] = NULL;
		}
	for (unsigned int i = 0; i < blocks; i++)
		mine += held[i] ? malloc_usable_size(held[i]) + 8 : 0;
	if (!has_own_mapping(held))
		mine += malloc_usable_size(held) + 8;
	__atomic_add_fetch(&live, mine, __ATOMIC_SEQ_CST);
}

static void *work(void *arg)
{
	of_thread = malloc(1);
	allocate((uintptr_t)arg);
	pthread_barrier_wait(&ready);
	for (;;)
		pause();
	return NULL;
}

static void *churn(void *arg)
{
	void *held[512] = { 0 };
	uint64_t state = 1;

	for (;;) {
		unsigned int i = draw(&state) % 512;

		free(held[i]);
		held[i] = malloc(1 + draw(&state) % 2000);
	}
	return NULL;
}

/* statm is no more exact than 32 pages a processor (include/linux/percpu_counter.h). */
static long resident(void)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	long kib = 0;

	while (f && fgets(line, sizeof(line), f) && sscanf(line, "Rss: %ld", &kib) != 1)
		;
	if (f)
		fclose(f);
	return kib * 1024;
}

static char text[1U << 20];
static FILE *to_text;

/* To say it must not change it: the file is open since before the first block. */
static void info(void)
{
	memset(text, 0, sizeof(text));
	rewind(to_text);
	malloc_info(0, to_text);
	fflush(to_text);
	for (char *at = text; *at; at++)
		if (*at == '\n')
			*at = ' ';
	puts(text);
}

/* The break cannot be moved any more. */
static void wall(void)
{
	mmap(sbrk(0), 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	allocate(98);
	allocate(97);
}

/* Mappings come from the top down: all that is above the thread's heap, which begins at a multiple of its size, is taken.
 */
static void take_room(void)
{
	uintptr_t heap = (uintptr_t)of_thread & ~((64UL << 20) - 1);

	for (size_t size = 64UL << 20; size >= 4096; size /= 2) {
		char *at;

		do
			at = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		while (at != MAP_FAILED && (uintptr_t)at > heap);
		if (at != MAP_FAILED)
			munmap(at, size);
	}
}

static void command(const char *line)
{
	if (!strncmp(line, "info", 4)) {
		info();
	} else if (!strncmp(line, "trim", 4)) {
		long before = resident();

		malloc_trim(0);
		printf("%ld\n", before - resident());
	} else if (!strncmp(line, "live", 4)) {
		printf("%zu\n", live);
	} else if (!strncmp(line, "foreign", 7)) {
		char *mine = sbrk(100000);

		memset(mine, 0xa5, 100000);
		allocate(99);
		puts("ok");
	} else if (!strncmp(line, "wall", 4)) {
		wall();
		puts("ok");
	} else if (!strncmp(line, "below", 5)) {
		take_room();
		wall();
		puts("ok");
	} else if (!strncmp(line, "fork", 4)) {
		if (fork())
			_exit(wait(NULL) < 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		printf("%d\n", (int)getpid());
	} else if (!strncmp(line, "churn", 5)) {
		pthread_t thread;

		pthread_create(&thread, NULL, churn, NULL);
		puts("ok");
	}
}

int main(int argc, char **argv)
{
	uintptr_t seed = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	unsigned int threads = argc > 2 ? (unsigned int)atoi(argv[2]) : 0;
	static char out[1 << 16], buffer[1 << 16];
	char line[64];

	blocks = argc > 3 ? (unsigned int)atoi(argv[3]) : 1000;
	most = argc > 4 ? (unsigned int)atoi(argv[4]) : 200;
	keep = argc > 5 ? (unsigned int)atoi(argv[5]) : 7;
	large = argc > 6 ? (unsigned int)atoi(argv[6]) : 0;
	to_text = fmemopen(text, sizeof(text), "w");
	setvbuf(to_text, buffer, _IOFBF, sizeof(buffer));
	setvbuf(stdout, out, _IOLBF, sizeof(out));
	setvbuf(stdin, NULL, _IONBF, 0);
	pthread_barrier_init(&ready, NULL, threads + 1);
	for (uintptr_t i = 0; i < threads; i++) {
		pthread_t thread;

		pthread_create(&thread, NULL, work, (void *)(seed + i + 1));
	}
	allocate(seed);
	pthread_barrier_wait(&ready);
	puts("ready");
	while (fgets(line, sizeof(line), stdin))
		command(line);
	return 0;
}
