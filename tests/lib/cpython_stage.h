#ifndef COWTOP_TESTS_CPYTHON_STAGE_H
#define COWTOP_TESTS_CPYTHON_STAGE_H

/*
 * An invented CPython (lib/pyworld.h) whose collectors are found and read. Included behind cmocka.h.
 */
#include "lib/pyworld.h"

static unsigned char bytes[PY_WORLD];
static struct memory world;
static struct cpython where;
static struct cpython_frozen frozen[CPYTHON_INTERPRETERS];
static struct gc_state states[CPYTHON_INTERPRETERS];
static const char *why;

static inline const struct pyshape *shape(const char *name)
{
	for (size_t i = 0; i < PYSHAPES; i++)
		if (!strcmp(pyshapes[i].name, name))
			return &pyshapes[i];
	fail_msg("no shape %s", name);
	return NULL;
}

static inline void begin(const struct pyshape *s, int interpreters)
{
	memset(bytes, 0, sizeof(bytes));
	memset(frozen, 0, sizeof(frozen));
	why = NULL;
	py_world(&world, bytes, s, interpreters);
}

static inline enum cpython_found locate(uint32_t version)
{
	struct cpython_clues clues = { .version = version, .runtime = PY_RUNTIME };
	struct reader r = memory_reader(&world);

	return cpython_locate(&r, &clues, &where, &why);
}

static inline int read_states(bool count)
{
	struct reader r = memory_reader(&world);

	return cpython_read(&r, &where, count, frozen, states);
}

static inline void assert_facts(const fact got[3], fact a, fact b, fact c)
{
	assert_int_equal(got[0], a);
	assert_int_equal(got[1], b);
	assert_int_equal(got[2], c);
}

#endif
