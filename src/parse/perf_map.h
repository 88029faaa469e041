#ifndef COWTOP_PARSE_PERF_MAP_H
#define COWTOP_PARSE_PERF_MAP_H

/*
 * /tmp/perf-PID.map, which runtimes that generate code write for profilers: a line "START SIZE NAME" a
 * function, numbers in hexadecimal, in the order in which they were made (linux,
 * tools/perf/Documentation/jit-interface.txt). Code that takes the place of other code is a later line.
 * The process wrote it: hostile.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct perf_symbol {
	uint64_t start, size;
	uint32_t name_at, name_len; /* in the text; not NUL-terminated, foreign bytes */
};

struct perf_map {
	struct perf_symbol *items; /* by start; at one start the later ones behind */
	size_t n, cap;
};

/* A zeroed one is empty; `map` is overwritten. What is no such line is passed over, and so is a last
 * line without its end. */
void perf_map_parse(struct perf_map *map, const char *text, size_t len);
void perf_map_release(struct perf_map *map);
/* The latest function around an address, or NULL. */
const struct perf_symbol *perf_map_find(const struct perf_map *map, uint64_t address);

/*
 * CPython's names (3.12 and later, -X perf): "py::NAME:FILE", without a line. False: not one of them.
 */
struct perf_python {
	const char *name, *file; /* slices of the name */
	size_t name_len, file_len;
};
bool perf_map_python(const char *name, size_t len, struct perf_python *ret);

#endif
