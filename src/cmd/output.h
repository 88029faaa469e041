#ifndef COWTOP_CMD_OUTPUT_H
#define COWTOP_CMD_OUTPUT_H

/* Data goes to stdout, talk goes to stderr, and a failed write is a failed run; of a reader that went away nothing is
 * said. */
#include "base/buf.h"
#include "base/err.h"

/* All of `out` to stdout, at once. Where its reader has gone the message is empty, and the run ends as by SIGPIPE. */
int output_write(const struct buf *out, struct err *err);
/* write(2) until everything is out, however slowly it is read; 0 or -errno. */
int output_all(int fd, const char *bytes, size_t len);
/* Wait until more can be written. When cowtop is to stop (cmd/ticks.h) a reader that does not read is
 * given up: -EINTR. */
int output_wait(int fd);
/* Close stdout: some file systems report a full disk only here. */
int output_close(struct err *err);
/* The end of a run: say why it failed, if there is a message, and close stdout. The exit status; does not return when
 * the reader of stdout has gone. */
int output_end(const struct err *err);
/* The same and the end of the process, where a thread does not come back whose memory must not be given back; `err`
 * NULL: the run has not failed. */
_Noreturn void output_leave(const struct err *err);
/* One line to stderr: "cowtop: " and the message, cleaned. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* One line to stderr as it is, cleaned: what begins with a word of its own. */
void say_plain(const char *text);
/* How wide a table may be: $COLUMNS, the terminal, or 80; never less than 80. */
size_t output_columns(void);

#endif
