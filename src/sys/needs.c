#include "sys/needs.h"

#include <errno.h>

bool is_refusal(int error)
{
	return error == EACCES || error == EPERM;
}

const char *proc_needs(int error, const char *permission)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return permission;
	case ENOENT:
		return "a /proc that has it (not with subset=pid)";
	case EMFILE:
		return "a higher ulimit -n";
	case ENFILE:
		return "a higher fs.file-max";
	case ENOMEM:
		return "more memory that is free";
	case ETIMEDOUT:
		return "its file system to answer";
	case ESRCH:
		return "that it lives";
	default:
		return "a /proc in which nothing hides it";
	}
}
