#ifndef COWTOP_BASE_ERR_H
#define COWTOP_BASE_ERR_H

/*
 * Errors are values. A function that can fail takes `struct err *err` last, returns 0 (or a count)
 * when it worked and -1 when it did not, and then has filled `err`; on success `err` is untouched
 * and so are its outputs (ret, ret_NAME) on failure. `err` may be NULL. Only cmd/ prints an error.
 *
 * The message is one line: what, which pid or file, why, and what to do. It may carry bytes of a
 * target process: cmd/ cleans it when it prints it.
 */
#include <stdbool.h>

/* The exit status of cowtop (cowtop(1), EXIT STATUS). */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_RULE_HELD = 3,
	STATUS_DENIED = 4,
	STATUS_NO_TARGET = 5,
	STATUS_NOT_A_POOL = 6,
};

struct err {
	enum status status;
	char msg[768];
};

/* Fill `err` (if there is one) and return -1, so that a caller can `return err_set(...)`. */
int err_set(struct err *err, enum status status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same with ": REASON" of errno value `errnum` appended. */
int err_errno(struct err *err, enum status status, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
