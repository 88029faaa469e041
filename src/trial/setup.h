#ifndef COWTOP_TRIAL_SETUP_H
#define COWTOP_TRIAL_SETUP_H

/*
 * A variant made ready: the words and the environment that a command is started with, and a private folder (0700) with
 * what an interpreter loads at its start. Nothing of the user's environment is lost: what has a value already is
 * added to where it is a list, and chained to where it is a program.
 *
 *	cleanup(setup_release) struct setup setup = { 0 };
 *	if (setup_make(variant, command, &setup, err) < 0)
 *		return -1;
 *	command_start(..., setup.argv, setup.env, ...);
 */
#include "base/err.h"
#include "trial/variant.h"

struct setup {
	const struct variant *variant; /* borrowed */
	char **argv;                   /* NULL-terminated */
	char **env;                    /* all of the environment, NULL-terminated */
	/* prctl(PR_SET_THP_DISABLE, thp_disable, thp_flags, 0, 0) before exec, which is inherited; -1: not called. */
	int thp_disable;
	unsigned long thp_flags;
	char *folder; /* of the shim, which setup_remove() removes; NULL: none */
};

/* `variant` NULL: the command as it is. STATUS_FAILED: a library is not there (the message has the package's name), or
 * the folder cannot be made; STATUS_USAGE: it cannot be had for this command (the message says what to put where). */
int setup_make(const struct variant *variant, char *const command[], struct setup *ret, struct err *err);
/* With its folder, as far as that can be removed. */
void setup_release(struct setup *s);
/* The folder is not needed any more: 0, or -errno, and it is still there. */
int setup_remove(struct setup *s);

#endif
