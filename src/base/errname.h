#ifndef COWTOP_BASE_ERRNAME_H
#define COWTOP_BASE_ERRNAME_H

/*
 * "EACCES" for EACCES, or NULL: no error of Linux has this number. strerrorname_np(3) says the same, but
 * came with glibc 2.32 and is not in musl.
 */
const char *err_name(int errnum);

#endif
