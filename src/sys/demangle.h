#ifndef COWTOP_SYS_DEMANGLE_H
#define COWTOP_SYS_DEMANGLE_H

#include <stddef.h>

/*
 * What a C++ or Rust function is called in its source, as a debugger prints it, or NULL: it is neither.
 * The caller frees it. Hostile: a short name can stand for gigabytes, so nothing longer than some
 * kilobytes is made. The one door to libiberty: a build without it (the Makefile finds it) knows no name.
 */
char *demangle(const char *name);

#endif
