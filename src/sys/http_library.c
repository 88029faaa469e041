#ifdef COWTOP_MICROHTTPD
#include "sys/http_library.h"

#include <dlfcn.h>

/* The interface since 0.9.50, of 2016, and of 1.0; microhttpd.h is the same for both. */
#define LIBRARY "libmicrohttpd.so.12"

static struct microhttpd loaded;

/* A function as the data that dlsym(3) gives. */
static bool find(void *library, const char *name, void *function)
{
	void *at = dlsym(library, name);

	*(void **)function = at;
	return at;
}

const struct microhttpd *microhttpd_load(struct err *err)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	bool whole = library;

#define FIND(name) whole = whole && find(library, "MHD_" #name, &loaded.name);
	MICROHTTPD_CALLS(FIND)
#undef FIND
	if (whole)
		return &loaded;
	err_set(err, STATUS_FAILED, "--listen needs libmicrohttpd (package libmicrohttpd12): %.200s",
		dlerror());
	return NULL;
}
#endif
