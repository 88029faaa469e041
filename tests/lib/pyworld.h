#ifndef COWTOP_TESTS_PYWORLD_H
#define COWTOP_TESTS_PYWORLD_H

/*
 * The memory of an invented CPython: a _PyRuntime, its interpreters and their collectors, as a version
 * lays them out. The numbers are those of CPython's headers, written here a second time.
 */
#include "lib/memory.h"
#include "parse/cpython.h"

struct pyshape {
	const char *name;
	uint32_t version;
	/* in the state */
	int enabled, gens, stride, threshold, gen0, perm, stats, collecting, size;
	int visited; /* 0: none */
	/* to the state */
	int head, next, id, gc;       /* gc of 3.7 and 3.8: in _PyRuntime */
	int offsets_gc, offsets_size; /* words of _Py_DebugOffsets; 0: it has none */
};

/* clang-format off */
static const struct pyshape pyshapes[] = {
	{ "3.7.2", 0x030702f0, 12, 24, 32, 24, 120, 128, 160, 232, 272, 0, 0x18, 0, 0x10, 0x140, 0, 0 },
	{ "3.7.16", 0x030710f0, 12, 32, 48, 32, 176, 192, 240, 312, 352, 0, 0x18, 0, 0x10, 0x140, 0, 0 },
	{ "3.8.18", 0x030812f0, 12, 24, 24, 16, 96, 104, 128, 200, 240, 0, 0x20, 0, 0x10, 0x158, 0, 0 },
	{ "3.9.2", 0x030902f0, 12, 24, 24, 16, 96, 104, 128, 200, 240, 0, 0x20, 0, 0x18, 0x268, 0, 0 },
	{ "3.10.13", 0x030a0df0, 12, 24, 24, 16, 96, 104, 128, 200, 240, 0, 0x20, 0, 0x18, 0x268, 0, 0 },
	{ "3.11.2", 0x030b02f0, 12, 24, 24, 16, 96, 104, 128, 200, 240, 0, 0x28, 0, 0x30, 0x288, 0, 0 },
	{ "3.12.1", 0x030c01f0, 12, 24, 24, 16, 96, 104, 128, 200, 240, 0, 0x28, 0, 0x08, 0x70, 0, 0 },
	{ "3.13.0", 0x030d00f0, 12, 24, 24, 16, 96, 104, 128, 200, 240, 0, 0x278, 0x60, 0x68, 0x1ce8, 10, 71 },
	{ "3.13.5 of Debian", 0x030d05f0, 12, 20, 24, 16, 96, 104, 128, 200, 240, 0, 0x278, 0x60, 0x68, 0x1ce8, 10, 71 },
	{ "3.14.0 of Debian", 0x030e00f0, 12, 20, 24, 16, 0, 92, 120, 192, 240, 232, 0x328, 0x68, 0x70, 0x1cf0, 11, 81 },
	{ "3.14.4", 0x030e04f0, 12, 24, 24, 16, 0, 96, 120, 192, 240, 232, 0x328, 0x68, 0x70, 0x1cf0, 11, 81 },
	{ "3.14.7", 0x030e07f0, 12, 24, 24, 16, 256, 96, 120, 192, 264, 0, 0x328, 0x68, 0x70, 0x1cf0, 11, 81 },
	{ "3.15.0", 0x030f00f0, 0, 8, 24, 16, 168, 80, 104, 112, 176, 0, 0x3a8, 0x60, 0x68, 0x1ce8, 11, 94 },
};
/* clang-format on */
#define PYSHAPES (sizeof(pyshapes) / sizeof(*pyshapes))

#define PY_RUNTIME (MEMORY_BASE + 0x1000)
#define PY_INTERPRETERS (MEMORY_BASE + 0x2000) /* one in every 0x3000 bytes */
#define PY_INTERPRETER(i) (PY_INTERPRETERS + (uint64_t)(i)*0x3000)
#define PY_STATS (MEMORY_BASE + 0x0)     /* 3.15's rings */
#define PY_OBJECTS (MEMORY_BASE + 0x800) /* frozen ones, 32 bytes each */
#define PY_WORLD 0xc000

static inline bool py_shares_one(const struct pyshape *s)
{
	return s->version < 0x03090000;
}

static inline uint64_t py_state(const struct pyshape *s, int interpreter)
{
	return (py_shares_one(s) ? PY_RUNTIME : PY_INTERPRETER(interpreter)) + (uint64_t)s->gc;
}

static inline void py_ring(struct memory *m, uint64_t head)
{
	put64(m, head, head);
	put64(m, head + 8, head);
}

static inline void py_stats(struct memory *m, const struct pyshape *s, uint64_t state)
{
	static const struct {
		int at, index, current;
	} rings[3] = { { 0, 704, 10 }, { 712, 904, 2 }, { 912, 1104, 0 } };

	for (int g = 0; g < 3; g++) {
		uint64_t at = state + (uint64_t)s->stats + 24ULL * (uint64_t)g;

		if (s->version >= 0x030f0000) {
			put64(m, state + (uint64_t)s->stats, PY_STATS);
			at = PY_STATS + (uint64_t)(rings[g].at + rings[g].current * 64 + 16);
			m->bytes[PY_STATS + (uint64_t)rings[g].index - MEMORY_BASE] = (unsigned char)rings[g]
											      .current;
		}
		for (int i = 0; i < 3; i++)
			put64(m, at + 8ULL * (uint64_t)i, (uint64_t)(100 * (i + 1) + g));
	}
}

/* enabled, thresholds 700 10 11, counts 1 2 3, collections 100.., collected 200.., uncollectable 300.. */
static inline void py_put_state(struct memory *m, const struct pyshape *s, uint64_t state)
{
	static const uint32_t thresholds[3] = { 700, 10, 11 };

	put32(m, state + (uint64_t)s->enabled, 1);
	for (int g = 0; g < 3; g++) {
		uint64_t at = state + (uint64_t)(s->gens + g * s->stride);

		py_ring(m, at);
		put32(m, at + (uint64_t)s->threshold, thresholds[g]);
		put32(m, at + (uint64_t)s->threshold + 4, (uint32_t)g + 1);
	}
	if (s->gen0)
		put64(m, state + (uint64_t)s->gen0, state + (uint64_t)s->gens);
	if (s->visited)
		put32(m, state + (uint64_t)s->visited, 1);
	if (s->perm)
		py_ring(m, state + (uint64_t)s->perm);
	py_stats(m, s, state);
}

/* `bytes` holds PY_WORLD zeros. The last interpreter of the list is the main one, with id 0. */
static inline void py_world(struct memory *m, unsigned char *bytes, const struct pyshape *s, int n)
{
	*m = (struct memory){ bytes, PY_WORLD, 0 };
	if (s->offsets_gc) {
		memcpy(bytes + (PY_RUNTIME - MEMORY_BASE), "xdebugpy", 8);
		put64(m, PY_RUNTIME + 8, s->version);
		put64(m, PY_RUNTIME + 5 * 8, (uint64_t)s->head);
		put64(m, PY_RUNTIME + 7 * 8, (uint64_t)s->id);
		put64(m, PY_RUNTIME + 8 * 8, (uint64_t)s->next);
		put64(m, PY_RUNTIME + (uint64_t)s->offsets_gc * 8, (uint64_t)s->gc);
		put64(m, PY_RUNTIME + (uint64_t)s->offsets_size * 8, (uint64_t)s->size);
	}
	put64(m, PY_RUNTIME + (uint64_t)s->head, PY_INTERPRETER(n - 1));
	put64(m, PY_RUNTIME + (uint64_t)s->head + 8, PY_INTERPRETER(0));
	for (int i = 0; i < n; i++) {
		put64(m, PY_INTERPRETER(i) + (uint64_t)s->next, i ? PY_INTERPRETER(i - 1) : 0);
		put64(m, PY_INTERPRETER(i) + (uint64_t)s->id, (uint64_t)i);
		py_put_state(m, s, py_state(s, i));
	}
}

/* 3.15.2: the set of lazy imports of interpreter 0, with so many names; their place is said. */
#define PY_IMPORTS 0x2800
#define PY_SET (MEMORY_BASE + 0x600)

static inline void py_put_lazy(struct memory *m, uint64_t names, uint64_t fill, uint64_t mask)
{
	uint64_t at = PY_INTERPRETER(0) + PY_IMPORTS;

	put64(m, PY_RUNTIME + 12 * 8, PY_IMPORTS);
	put64(m, at, PY_OBJECTS);      /* modules */
	put64(m, at + 16, PY_OBJECTS); /* importlib */
	put64(m, at + 48, PY_OBJECTS); /* lazy_import_func */
	put32(m, at + 56, 1);          /* lazy_imports_mode */
	put64(m, at + 72, PY_SET);     /* lazy_modules */
	put64(m, PY_SET + 8, PY_OBJECTS);
	put64(m, PY_SET + 16, fill);
	put64(m, PY_SET + 24, names);
	put64(m, PY_SET + 32, mask);
	put64(m, PY_SET + 40, PY_OBJECTS);
}

/* 3.15: a record of the ring of the oldest generation. */
static inline void py_put_full(struct memory *m, int slot, uint64_t number, uint64_t start, uint64_t stop,
			       uint64_t candidates)
{
	uint64_t at = PY_STATS + 912 + 64ULL * (uint64_t)slot;

	put64(m, at, start);
	put64(m, at + 8, stop);
	put64(m, at + 16, number);
	put64(m, at + 24, 2 * number);
	put64(m, at + 32, 3 * number);
	put64(m, at + 40, candidates);
}

/* Free-threaded builds: no lists, no pointer that identifies the state; a flag says that gc.freeze() was called. */
struct pyfree {
	struct pyshape shape;
	int freeze; /* 0: none */
};

/* clang-format off */
static const struct pyfree pyfrees[] = {
	{ { "3.13.0t", 0x030d00f0, 12, 24, 24, 16, 0, 104, 128, 200, 248, 0, 0x278, 0x60, 0x68, 0x1ce8, 10, 71 }, 0 },
	{ { "3.14.7t", 0x030e07f0, 12, 24, 24, 16, 0, 96, 120, 192, 288, 0, 0x328, 0x68, 0x70, 0x1cf0, 11, 81 }, 256 },
	{ { "3.15.0t", 0x030f00f0, 0, 8, 24, 16, 0, 80, 104, 112, 176, 0, 0x3a8, 0x60, 0x68, 0x1ce8, 11, 94 }, 168 },
};
/* clang-format on */
#define PYFREES (sizeof(pyfrees) / sizeof(*pyfrees))

/* As py_world(); `leads`: the heads of the lists lead to themselves, else they are zeros. */
static inline void py_world_free(struct memory *m, unsigned char *bytes, const struct pyfree *f, bool leads)
{
	const struct pyshape *s = &f->shape;
	uint64_t state = py_state(s, 0);

	py_world(m, bytes, s, 1);
	put64(m, PY_RUNTIME + 16, 1);
	put64(m, PY_RUNTIME + (uint64_t)s->offsets_size * 8 + 8, (uint64_t)s->collecting);
	for (int i = 0; i < 4 && !leads; i++) {
		uint64_t head = state + (uint64_t)(i < 3 ? s->gens + i * s->stride : s->perm);

		put64(m, head, 0);
		put64(m, head + 8, 0);
	}
	if (s->version < 0x030f0000)
		return;
	for (int g = 0; g < 3; g++) { /* rings of one */
		uint64_t at = PY_STATS + (uint64_t)g * 72;

		for (int i = 0; i < 3; i++)
			put64(m, at + 16 + 8ULL * (uint64_t)i, (uint64_t)(100 * (i + 1) + g));
		m->bytes[at + 64 - MEMORY_BASE] = 0;
	}
}

/* Put n objects of this reference count, from number `first` on, into the list with this head. */
static inline void py_list(struct memory *m, uint64_t head, int first, int n, uint32_t references)
{
	uint64_t from = head;

	for (int i = first; i < first + n; i++) {
		uint64_t at = PY_OBJECTS + 32ULL * (uint64_t)i;

		put64(m, from, at);
		put64(m, at + 8, from | 1); /* the collector's flags */
		put32(m, at + 16, references);
		from = at;
	}
	put64(m, from, head);
	put64(m, head + 8, from);
}

/* ... into the list of frozen ones. */
static inline void py_freeze(struct memory *m, const struct pyshape *s, int n, uint32_t references)
{
	py_list(m, py_state(s, 0) + (uint64_t)s->perm, 0, n, references);
}

#endif
