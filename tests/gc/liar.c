/*
 * A process that exports CPython's symbols and lies behind them. Its argument is the lie; it prints a line
 * when it stands, and waits for the end of its input. Layout: CPython 3.11 (src/parse/cpython_layout.c).
 *
 *	signatures	every word of the interpreter looks like a state, none has a ring
 *	interpreters	a list of interpreters without end
 *	frozen		a list of frozen objects without end
 *	strewn		a list of frozen objects in which every step leads to another page
 *	loop		a list of frozen objects that never comes back to its head
 *	wild		pointers to where nothing is
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default"), used))
#define HEAD 0x28
#define GC 0x288
#define GENERATIONS 24
#define GENERATION0 96
#define PERMANENT 104
#define INTERPRETER (64 << 10)
#define MANY 4000000

EXPORT unsigned long Py_Version = 0x030b02f0;
EXPORT unsigned char _PyRuntime[1 << 16] = { 1 };

static unsigned char *put(unsigned char *at, const void *pointer)
{
	memcpy(at, &pointer, sizeof(pointer));
	return at;
}

static unsigned char *interpreter(void)
{
	unsigned char *i = calloc(1, INTERPRETER), *gc = i + GC;

	if (!i)
		exit(1);
	for (unsigned char *g = gc + GENERATIONS; g < gc + GENERATION0; g += 24)
		put(put(g, g) + 8, g);
	put(gc + GENERATION0, gc + GENERATIONS);
	put(put(gc + PERMANENT, gc + PERMANENT) + 8, gc + PERMANENT);
	return i;
}

/* The n-th object of the list; 7919 is prime, and a step leads 250 kB away. */
static unsigned char *object(unsigned char *objects, long n, int strewn)
{
	return objects + 32 * (strewn ? n * 7919 % MANY : n);
}

static void freeze(unsigned char *head, int loop, int strewn)
{
	unsigned char *objects = calloc(MANY, 32), *from = head;

	if (!objects)
		exit(1);
	for (long n = 0; n < MANY; n++) {
		unsigned char *at = object(objects, n, strewn);

		put(from, at);
		put(at + 8, from);
		from = at;
	}
	put(from, strewn ? head : loop ? objects + 32L * 1000 : objects + 32L * MANY);
	put(head + 8, from);
}

int main(int argc, char **argv)
{
	const char *lie = argc > 1 ? argv[1] : "";
	unsigned char *main_one = interpreter(), *gc = main_one + GC, *i = main_one;
	char byte;

	if (!strcmp(lie, "signatures")) {
		for (unsigned char *at = main_one; at < main_one + INTERPRETER - 256; at += 8)
			put(at + GENERATION0, at + GENERATIONS);
	} else if (!strcmp(lie, "interpreters")) {
		for (int64_t n = 1; n < 1000; n++, i = main_one) {
			main_one = interpreter();
			memcpy(main_one + 0x30, &n, sizeof(n));
			put(main_one, i);
		}
	} else if (!strcmp(lie, "frozen") || !strcmp(lie, "loop") || !strcmp(lie, "strewn")) {
		freeze(gc + PERMANENT, !strcmp(lie, "loop"), !strcmp(lie, "strewn"));
	} else if (!strcmp(lie, "wild")) {
		memset(gc + PERMANENT, 0x41, 16);
		main_one = (unsigned char *)0xdead00000008;
	}
	put(put(_PyRuntime + HEAD, main_one) + 8, main_one);
	printf("%s\n", lie);
	fflush(stdout);
	return read(0, &byte, 1) < 0;
}
