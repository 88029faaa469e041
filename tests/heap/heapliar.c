/*
 * A program whose malloc lies about itself: usage: heapliar LIE. It says "ready" and waits for the end of its input. What
 * it damages is its own heap, so it allocates nothing more.
 *
 *	sizes	half of all words of its heap are of no chunk
 *	broken	every tenth chunk is none
 *	fences	its heap ends again and again
 *	system	it has more memory than there is
 *	ring	its arenas do not come back to the first
 *	heaps	a heap is in front of itself
 *	caches	all is caches of threads, whose lists are circles
 */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCKS 100000
#define SIZE 640U
#define HEAP_MAX (64ULL << 20)

static void *blocks[BLOCKS];
static uint64_t *others; /* a block of another arena */
static pthread_barrier_t ready;

static void *work(void *arg)
{
	others = malloc(100);
	pthread_barrier_wait(&ready);
	for (;;)
		pause();
	return NULL;
}

/* heap_info, whose first word leads to the arena. */
static uint64_t *heap_of_others(void)
{
	return (uint64_t *)((uintptr_t)others & ~(HEAP_MAX - 1));
}

/* next, and 24 bytes behind it system_mem: behind the 254 words of bins and 16 bytes of their map. */
static uint64_t *next_of(uint64_t *arena)
{
	for (uint64_t *at = arena; at < arena + 64; at++)
		if (at[0] == (uintptr_t)(at - 2) && at[1] == at[0])
			return at + 254 + 2;
	return NULL;
}

static uint64_t *size_of(int i)
{
	return (uint64_t *)blocks[i] - 1;
}

static void lie(const char *what)
{
	uint64_t *heap = heap_of_others(), *arena = (uint64_t *)heap[0], *next = next_of(arena), state = 1;

	if (!strcmp(what, "sizes")) {
		for (uint64_t *at = size_of(0); at < (uint64_t *)blocks[BLOCKS - 1]; at += 2)
			*at = state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	} else if (!strcmp(what, "broken")) {
		for (int i = 0; i < BLOCKS; i += 10)
			*size_of(i) = 0x1234567;
	} else if (!strcmp(what, "fences")) {
		for (int i = 0; i < BLOCKS; i += 3)
			*size_of(i) = 0x11;
	} else if (!strcmp(what, "system")) {
		next[3] = next[4] = 1ULL << 50;
	} else if (!strcmp(what, "ring")) {
		next[0] = (uintptr_t)arena;
	} else if (!strcmp(what, "heaps")) {
		heap[1] = (uintptr_t)heap;
	} else if (!strcmp(what, "caches")) {
		for (int i = 0; i < BLOCKS; i++) {
			uint64_t *words = blocks[i], to = (uintptr_t)blocks[i];

			/* counts of 60000, and lists that lead back here */
			for (int k = 0; k < 16; k++)
				words[k] = 0xea60ea60ea60ea60;
			for (int k = 16; k < 80; k++)
				words[k] = to;
		}
	}
}

int main(int argc, char **argv)
{
	static const char said[] = "ready\n";
	pthread_t thread;
	char c;

	pthread_barrier_init(&ready, NULL, 2);
	for (int i = 0; i < BLOCKS; i++)
		blocks[i] = memset(malloc(SIZE), 0, SIZE);
	pthread_create(&thread, NULL, work, NULL);
	pthread_barrier_wait(&ready);
	lie(argc > 1 ? argv[1] : "");
	if (write(1, said, sizeof(said) - 1) < 0)
		return 1;
	while (read(0, &c, 1) > 0)
		;
	_exit(0);
}
