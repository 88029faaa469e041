#ifndef COWTOP_CMD_OUTPUT_H
#define COWTOP_CMD_OUTPUT_H

/* Data goes to stdout, talk goes to stderr, and a failed write is a failed run. */
#include "base/buf.h"
#include "base/err.h"

/* All of `out` to stdout, at once. */
int output_write(const struct buf *out, struct err *err);
/* write(2) until everything is out; 0 or -errno. */
int output_all(int fd, const char *bytes, size_t len);
/* Close stdout: some file systems report a full disk only here. */
int output_close(struct err *err);
/* One line to stderr: "cowtop: " and the message, cleaned. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* How wide a table may be: $COLUMNS, the terminal, or 80; never less than 80. */
size_t output_columns(void);

#endif
