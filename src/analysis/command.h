#ifndef COWTOP_ANALYSIS_COMMAND_H
#define COWTOP_ANALYSIS_COMMAND_H

/*
 * What to call a pool, by the word that its operator types:
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
 */
#include <stddef.h>
#include "model/sample.h"

/* At most size - 1 foreign bytes, NUL-terminated. */
void command_of(const struct proc_sample *master, char *ret, size_t size);

#endif
