#ifndef COWTOP_TRIAL_PROGRAM_H
#define COWTOP_TRIAL_PROGRAM_H

/*
 * What does a command run, as far as its words and the file of its program tell? An interpreter by its name or by the
 * first line of a script, through env(1); a server that is known to be of a language by its own name. What a shell or a
 * wrapper runs is not known: then everything is tried.
 */
#include <stdbool.h>
#include "model/gc.h"
#include "trial/environment.h"

struct program {
	enum runtime runtime;  /* RUNTIME_NONE: not known */
	unsigned major, minor; /* of the interpreter, by the name of its file or folder; 0.0: not known */
	bool uwsgi;            /* which forks without Python's knowing */
	/* The word of the command, or of the script's first line, because of which ... ; "": there is none */
	char no_environment[32]; /* ... CPython does not look at its variables (-E, -I) */
	char no_site[32];        /* ... CPython does not load sitecustomize (-S, -I, uWSGI's --no-site) */
	char other_user[32];     /* ... what follows runs as another user (sudo, su, setpriv) */
	char lazy[32];           /* ... each worker of uWSGI loads the application itself */
};

/* `env`: what it will be started with; its PATH. */
void program_look(char *const command[], const struct environment *env, struct program *ret);

#endif
