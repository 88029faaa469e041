#ifndef COWTOP_MODEL_COMMAND_H
#define COWTOP_MODEL_COMMAND_H

/*
 * What to call a pool, by the word that its operator types, command_of():
 *
 *	gunicorn: master [app]			gunicorn
 *	[celeryd: cow@host:MainProcess]		celeryd
 *	/usr/sbin/apache2 -k start		apache2
 *	/usr/bin/python3 -u /srv/app.py 8000	app.py
 *	python3 -m celery -A app worker		celery
 *	"/opt/My App/server" --port 80		server
 *	python3 "/opt/My App/run it.py"		run it.py
 *	python3 -c from multiprocessing.forkserver import ...	forkserver
 *	python3 -c ...				python3
 *
 * What to call one of its processes, command_whole(): its name as the kernel has it, which is cut to 15 bytes, but
 * whole where the command line has it whole, as a title or a program's name; and what an interpreter runs instead
 * of the interpreter:
 *
 *	gunicorn: maste		gunicorn: master [app]
 *	python3			app.py
 *	python3			myapp: worker 1		(all that is left of its arguments)
 *	uwsgi			uwsgi			(with the title "uWSGI worker 2" too)
 */
#include <stddef.h>
#include "model/sample.h"

/* At most size - 1 foreign bytes, NUL-terminated. */
void command_of(const struct proc_sample *master, char *ret, size_t size);
void command_whole(const struct proc_sample *p, char *ret, size_t size);

#define COMMAND_SIZE 256 /* of a process, with its end */

#endif
