#ifndef COWTOP_TESTS_PYFRAMES_H
#define COWTOP_TESTS_PYFRAMES_H

/*
 * The frames of an invented CPython: one thread in <module>, which calls a(), which calls map(), which
 * calls b(). The offsets are those of CPython's headers, written here a second time.
 */
#include "lib/memory.h"
#include "parse/python_frames.h"

struct frameshape {
	const char *name;
	uint32_t version;
	int head, next, threads;
	int holder; /* in what the thread points to; -1: it points to the frame */
	int thread_frame;
	int previous, code, owner, entry; /* entry -1: frames of calls from C stand in between */
	int line, bytecode, ascii, compact;
	const uint8_t *words; /* of _Py_DebugOffsets, in the order below */
};

/* next, threads, thread's next, interpreter, frame; frame's previous, code, instruction, owner;
 * code's file, qualname, line, bytecode; type, type_name, state, length, ascii */
static const uint8_t words_313[] = { 8, 9, 21, 22, 23, 29, 30, 31, 33, 35, 37, 39, 43, 45, 47, 68, 69, 70 };
static const uint8_t words_314[] = { 8, 9, 24, 25, 26, 32, 33, 34, 36, 40, 42, 44, 48, 51, 53, 78, 79, 80 };

static const struct frameshape frameshapes[] = {
	{ "3.11.2", 0x030b02f0, 0x28, 0, 16, 8, 56, 48, 32, 69, 68, 72, 184, 48, 72, NULL },
	{ "3.12.1", 0x030c01f0, 0x28, 0, 72, 0, 56, 8, 0, 70, -1, 68, 192, 40, 56, NULL },
	{ "3.13.0", 0x030d00f0, 0x278, 0x60, 0x70, -1, 72, 8, 0, 70, -1, 68, 200, 40, 56, words_313 },
	{ "3.14.0", 0x030e00f0, 0x328, 0x60, 0x70, -1, 72, 8, 0, 74, -1, 68, 208, 40, 56, words_314 },
};
#define FRAMESHAPES (sizeof(frameshapes) / sizeof(*frameshapes))

#define FP_RUNTIME (MEMORY_BASE + 0x400)
#define FP_INTERPRETER (MEMORY_BASE + 0x900)
#define FP_THREAD (MEMORY_BASE + 0xa00)
#define FP_HOLDER (MEMORY_BASE + 0xb00)
#define FP_TYPES (MEMORY_BASE + 0xc00)
#define FP_FRAME(i) (MEMORY_BASE + 0x1000 + 0x80 * (uint64_t)(i)) /* 0: the innermost, b's */
#define FP_CODE(i) (MEMORY_BASE + 0x2000 + 0x200 * (uint64_t)(i))
#define FP_TEXT(i) (MEMORY_BASE + 0x3000 + 0x100 * (uint64_t)(i))
#define FP_FILE FP_TEXT(8)
#define FP_WORLD 0x4000

static inline void fp_text(struct memory *m, const struct frameshape *s, uint64_t at, uint32_t kind,
			   const void *units, size_t length)
{
	bool ascii = kind == 0;

	put64(m, at + 8, FP_TYPES + 0x40);
	put64(m, at + 16, length);
	put32(m, at + 32, (ascii ? 1 : kind) << 2 | 1 << 5 | (uint32_t)ascii << 6);
	memcpy(m->bytes + (at + (uint64_t)(ascii ? s->ascii : s->compact) - MEMORY_BASE), units,
	       length * (ascii ? 1 : kind));
}

static inline void fp_frame(struct memory *m, const struct frameshape *s, int i, uint8_t owner)
{
	uint64_t at = FP_FRAME(i);

	m->bytes[at + (uint64_t)s->owner - MEMORY_BASE] = owner;
	put64(m, at + (uint64_t)s->previous, FP_FRAME(i + 1));
	if (owner > 2)
		return;
	put64(m, at + (uint64_t)s->code, FP_CODE(i) | (s->version >= 0x030e0000));
	put64(m, at + 56, FP_CODE(i) + (uint64_t)s->bytecode + 4);
	put64(m, FP_CODE(i) + 8, FP_TYPES);
	put64(m, FP_CODE(i) + 16, 10);
	put64(m, FP_CODE(i) + 112, FP_FILE);
	put64(m, FP_CODE(i) + 128, FP_TEXT(i));
	put32(m, FP_CODE(i) + (uint64_t)s->line, 10 * (uint32_t)(i + 1));
}

static inline void fp_offsets(struct memory *m, const struct frameshape *s)
{
	const int values[] = { s->next, s->threads, 8,   16,      s->thread_frame, s->previous, s->code,
			       56,      s->owner,   112, 128,     s->line,         s->bytecode, 8,
			       24,      32,         16,  s->ascii };

	memcpy(m->bytes + (FP_RUNTIME - MEMORY_BASE), "xdebugpy", 8);
	put64(m, FP_RUNTIME + 8, s->version);
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		put64(m, FP_RUNTIME + 8 * (uint64_t)s->words[i], (uint64_t)values[i]);
}

/* `bytes` holds FP_WORLD zeros. */
static inline struct cpython fp_world(struct memory *m, unsigned char *bytes, const struct frameshape *s)
{
	bool shims = s->entry < 0;
	int n = 0, b, a, module;

	*m = (struct memory){ bytes, FP_WORLD, 0 };
	if (s->words)
		fp_offsets(m, s);
	put64(m, FP_RUNTIME + (uint64_t)s->head, FP_INTERPRETER);
	put64(m, FP_INTERPRETER + (uint64_t)s->threads, FP_THREAD);
	put64(m, FP_THREAD + 16, FP_INTERPRETER);
	put64(m, FP_THREAD + (uint64_t)s->thread_frame, s->holder < 0 ? FP_FRAME(0) : FP_HOLDER);
	if (s->holder >= 0)
		put64(m, FP_HOLDER + (uint64_t)s->holder, FP_FRAME(0));
	put64(m, FP_TYPES + 24, FP_TYPES + 0x80);
	memcpy(bytes + (FP_TYPES + 0x80 - MEMORY_BASE), "code", 5);
	put64(m, FP_TYPES + 0x40 + 24, FP_TYPES + 0x90);
	memcpy(bytes + (FP_TYPES + 0x90 - MEMORY_BASE), "str", 4);

	fp_frame(m, s, b = n++, 0);
	if (shims)
		fp_frame(m, s, n++, 3);
	fp_frame(m, s, a = n++, 1);
	fp_frame(m, s, module = n++, 0);
	if (shims)
		fp_frame(m, s, n++, 3);
	put64(m, FP_FRAME(n - 1) + (uint64_t)s->previous, 0);
	if (!shims)
		bytes[FP_FRAME(b) + (uint64_t)s->entry - MEMORY_BASE] =
			bytes[FP_FRAME(module) + (uint64_t)s->entry - MEMORY_BASE] = 1;
	fp_text(m, s, FP_TEXT(b), 0, "b", 1);
	fp_text(m, s, FP_TEXT(a), 2, u"K.\u00e4\u20ac", 4);
	fp_text(m, s, FP_TEXT(module), 0, "<module>", 8);
	fp_text(m, s, FP_FILE, 1, "/\xe9.py", 5);
	return (struct cpython){ .version = s->version,
				 .runtime = FP_RUNTIME,
				 .gc = 0x20,
				 .layout = cpython_layout_next(s->version >> 16, 0, false, NULL),
				 .list = FP_RUNTIME + (uint64_t)s->head };
}

#endif
