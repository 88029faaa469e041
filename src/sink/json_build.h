#ifndef COWTOP_SINK_JSON_BUILD_H
#define COWTOP_SINK_JSON_BUILD_H

/*
 * JSON values from ours. Strings are cleaned, numbers are whole where they are whole, what is
 * not known is null. Private to the json_*.c files.
 */
#include <cjson/cJSON.h>
#include "base/buf.h"
#include "model/field.h"

/* A new object; from here on cJSON's memory does not run out (base/alloc.h). */
cJSON *json_begin(void);
/* Print `root` as one document with a newline, and free it. */
void json_end(struct buf *out, cJSON *root, bool pretty);

/*
 * A document whose last members are long arrays: each element is printed and freed before the next one is made.
 *
 *	json_open(&d, out, root, pretty);	// prints `root` but for its end, and frees it
 *	json_open_array(&d, "key");
 *	json_print_element(&d, object);		// frees it; once for each
 *	json_close_array(&d);
 *	json_close(&d);
 */
struct json_document {
	struct buf *out;
	bool pretty;
	size_t n; /* elements of the array so far */
};

void json_open(struct json_document *d, struct buf *out, cJSON *root, bool pretty);
void json_open_array(struct json_document *d, const char *key);
void json_print_element(struct json_document *d, cJSON *object);
void json_close_array(struct json_document *d);
void json_close(struct json_document *d);

/* Keys are literals. */
cJSON *json_object(cJSON *to, const char *key);
cJSON *json_array(cJSON *to, const char *key);
cJSON *json_element(cJSON *array); /* a new object at the end */
void json_null(cJSON *to, const char *key);
void json_bool(cJSON *to, const char *key, bool value);
void json_figure(cJSON *to, const char *key, figure value);
void json_fact(cJSON *to, const char *key, fact value);
void json_text(cJSON *to, const char *key, const char *foreign); /* NULL: null */
void json_pid(cJSON *to, const char *key, pid_t pid);            /* 0: null */
void json_time(cJSON *to, const char *key, int64_t ns);

void json_answer(cJSON *to, const char *key, enum kernel_answer answer); /* unknown: null */
/* An object with the answer for each property. */
void json_kernel(cJSON *to, const char *key, const struct kernel_facts *k);

/* All fields of a process, or of the pool, at their dotted keys; those of "gc" are json_gc()'s. With "bounds" of
 * those that are not exact, by their keys. */
void json_process_figures(cJSON *to, const struct proc_snapshot *p);
void json_pool_figures(cJSON *to, const struct snapshot *s);

/* Label and bounds at a key of `bounds`; nothing for what is exact or not known. An estimate has no bounds. */
void json_measure(cJSON *bounds, const char *key, struct measure m);

#endif
