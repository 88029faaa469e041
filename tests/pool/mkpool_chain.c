/*
 * Writes by named chains of calls, for tests of who wrote a page. Every function keeps a frame of its
 * own whatever the compiler is told: none is inlined or cloned, no call is the last thing, and no two
 * are the same code.
 */
#include <errno.h>
#include <unistd.h>
#include "mkpool.h"

#define STEP __attribute__((noinline, used))
#define STAY(name) __asm__ volatile("/* " name " */" ::: "memory")

static STEP void chain_leaf(volatile uint64_t *at, uint64_t word)
{
	*at = word;
	STAY("chain_leaf");
}

static STEP void chain_helper(volatile uint64_t *at, uint64_t word)
{
	chain_leaf(at, word);
	STAY("chain_helper");
}

static STEP void chain_a(volatile uint64_t *at, uint64_t word)
{
	chain_helper(at, word);
	STAY("chain_a");
}

static STEP void chain_b(volatile uint64_t *at, uint64_t word)
{
	chain_leaf(at, word);
	STAY("chain_b");
}

static STEP void chain_reuse(volatile uint64_t *at, uint64_t word)
{
	chain_helper(at, word);
	STAY("chain_reuse");
}

static STEP void chain_first(volatile uint64_t *at, uint64_t word)
{
	chain_helper(at, word);
	STAY("chain_first");
}

static STEP int chain_read(volatile uint64_t *at, int fd)
{
	ssize_t n = read(fd, (void *)at, sizeof(*at));

	STAY("chain_read");
	return n == sizeof(*at) ? 0 : errno;
}

int chain_write(enum how how, volatile uint64_t *at, uint64_t word, int fd)
{
	switch (how) {
	case HOW_CHAIN_A:
		chain_a(at, word);
		return 0;
	case HOW_CHAIN_B:
		chain_b(at, word);
		return 0;
	case HOW_CHAIN_REUSE:
		chain_reuse(at, word);
		return 0;
	case HOW_CHAIN_FIRST:
		chain_first(at, word);
		return 0;
	default:
		return chain_read(at, fd);
	}
}
