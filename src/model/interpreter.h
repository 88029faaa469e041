#ifndef COWTOP_MODEL_INTERPRETER_H
#define COWTOP_MODEL_INTERPRETER_H

/*
 * Programs that run others' programs, in one table: how they and their libraries are called, which runtime they
 * are, and where in their arguments stands what they run. Whoever looks for a pool by name (find/names.h), names
 * one (model/command.h) or asks which collector it has (runtime/gc_runtime.h) goes by it. Pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include "model/gc.h"

struct interpreter {
	const char *name;     /* of the program's file, before a version */
	enum runtime runtime; /* RUNTIME_NONE: none with a collector that is known */
	const char
		*library; /* what the name of its library begins with, before a version; NULL: it has none */
	const char
		*valued; /* letters of options whose value follows, in the same argument or as the next one */
	const char
		*code; /* letters of options behind which there is code instead of a script; NULL: it is not
			       * told by its arguments what it runs */
	char module;   /* the option whose value is a module; 0: none */
	const char *file; /* the one whose value, behind a '=', is the script; NULL: none */
	bool shell;
};

/* The last one has no name. Where several are loaded into one process the first one is its runtime. */
extern const struct interpreter interpreters[];

/* A version behind a name: 8.2 of php-fpm8.2, -2.0.0 of resque-2.0.0. Nothing is one as well. */
bool interpreter_version(const char *rest, size_t len);
/* The one of a program, by the name of its file, that is told by its arguments what it runs; or NULL. */
const struct interpreter *interpreter_of(const char *program, size_t len);

/* What an argument of an interpreter is; the first one that is no option is the script. */
enum interpreter_argument {
	ARGUMENT_OPTION,
	ARGUMENT_VALUED, /* an option; the next argument is its value */
	ARGUMENT_MODULE, /* the next argument is the module that is run */
	ARGUMENT_LAST,   /* the next argument is the script, whatever it looks like */
	ARGUMENT_CODE,   /* the next argument is the code that is run, or that comes from elsewhere */
	ARGUMENT_SCRIPT, /* this is it, from *ret_at on */
};

enum interpreter_argument interpreter_argument(const struct interpreter *in, const char *argument, size_t len,
					       size_t *ret_at);
/* What code is known as: "forkserver" for Python's multiprocessing.forkserver. NULL: it has no name. */
const char *interpreter_code_name(const char *code, size_t len);

#endif
