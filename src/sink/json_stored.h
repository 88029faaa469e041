#ifndef COWTOP_SINK_JSON_STORED_H
#define COWTOP_SINK_JSON_STORED_H

/*
 * How a pool stood, of a JSON document that was kept: a sample (cowtop.sample/1; of several, one behind the other, the
 * last one counts), or what `cowtop try` found (cowtop.try/1), of which it is one variant. What sink/json.h and
 * sink/trial.h write is read here again.
 *
 * The bytes are foreign: a document has so many bytes and values at most, what should be a number that a figure can be,
 * a text or an object is checked to be one, and what is missing is an error where the figures hang on it, and otherwise
 * not told.
 */
#include <stddef.h>
#include "base/err.h"
#include "model/standing.h"

#define JSON_STORED_SIZE ((size_t)32 << 20)  /* bytes, at most */
#define JSON_STORED_VALUES ((size_t)1 << 20) /* numbers, texts, objects in all of it */

/* bytes[len] is a NUL. `variant`: which of a trial; NULL: its baseline. STATUS_FAILED: it is no such document; the message
 * says what is wrong with it, and the caller of which file. */
int json_stored(const char *bytes, size_t len, const char *variant, struct standing *ret, struct err *err);

#endif
