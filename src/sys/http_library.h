#ifndef COWTOP_SYS_HTTP_LIBRARY_H
#define COWTOP_SYS_HTTP_LIBRARY_H

/*
 * libmicrohttpd's functions, from a library that is loaded when somebody listens: it brings GnuTLS along, and a
 * dozen libraries more, which every start of cowtop would pay for with as much time as all the others take. Private to
 * http.c, and nothing where the build has no libmicrohttpd.
 */
#ifdef COWTOP_MICROHTTPD
#include <microhttpd.h>
#include "base/err.h"

#define MICROHTTPD_CALLS(X) \
	X(add_response_header) \
	X(create_response_from_buffer) \
	X(destroy_response) \
	X(get_connection_info) \
	X(lookup_connection_value) \
	X(queue_response) \
	X(quiesce_daemon) \
	X(start_daemon) \
	X(stop_daemon)

struct microhttpd {
#define MICROHTTPD_CALL(name) __typeof__(MHD_##name) *(name);
	MICROHTTPD_CALLS(MICROHTTPD_CALL)
#undef MICROHTTPD_CALL
};

/* NULL and STATUS_FAILED: it cannot be loaded. It stays until the process ends. */
const struct microhttpd *microhttpd_load(struct err *err);
#endif

#endif
