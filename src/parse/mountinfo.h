#ifndef COWTOP_PARSE_MOUNTINFO_H
#define COWTOP_PARSE_MOUNTINFO_H

/*
 * /proc/PID/mountinfo (proc_pid_mountinfo(5)), a line a mount. Texts lie in that of the file, blanks in them as the
 * kernel writes them ("\040").
 */
#include <stdbool.h>
#include <stddef.h>
#include "parse/cursor.h"

struct mount {
	unsigned int dev_major, dev_minor;
	const char *at, *type; /* where; of which kind of file system */
	size_t at_len, type_len;
};

/* The next mount of the text, which the cursor is moved behind; what is no mount is left out. False: there is no more. */
bool mountinfo_next(struct cursor *text, struct mount *ret);
bool mount_is_at(const struct mount *m, const char *folder);
bool mount_is_of(const struct mount *m, const char *type);

#endif
