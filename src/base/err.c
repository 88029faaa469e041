#include "base/err.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/errname.h"

/*
 * The text is made aside and then copied: `err_set(err, ..., "%s: %s", what, err->msg)`, which adds
 * to the message it replaces, is allowed.
 */
static void fill(struct err *err, enum status status, const char *reason, const char *fmt, va_list args)
	__attribute__((format(printf, 4, 0)));

static void fill(struct err *err, enum status status, const char *reason, const char *fmt, va_list args)
{
	char msg[sizeof(err->msg)];
	size_t len;
	int n;

	if (!err)
		return;

	n = vsnprintf(msg, sizeof(msg), fmt, args);
	len = n < 0 ? 0 : (size_t)n;
	if (len >= sizeof(msg))
		len = sizeof(msg) - 1;
	msg[len] = '\0';
	if (reason)
		snprintf(msg + len, sizeof(msg) - len, ": %s", reason);

	err->status = status;
	memcpy(err->msg, msg, sizeof(msg));
}

int err_set(struct err *err, enum status status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fill(err, status, NULL, fmt, args);
	va_end(args);
	return -1;
}

/* Not strerror(3): that one speaks the language of the locale. */
static void describe(int errnum, char *ret, size_t size)
{
	locale_t plain = err_name(errnum) ? newlocale(LC_ALL_MASK, "C", (locale_t)0) : (locale_t)0;

	if (!plain) {
		snprintf(ret, size, "error %d", errnum);
		return;
	}
	snprintf(ret, size, "%s", strerror_l(errnum, plain));
	freelocale(plain);
}

int err_errno(struct err *err, enum status status, int errnum, const char *fmt, ...)
{
	char reason[128];
	va_list args;

	describe(errnum, reason, sizeof(reason));
	va_start(args, fmt);
	fill(err, status, reason, fmt, args);
	va_end(args);
	return -1;
}
