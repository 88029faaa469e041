#include "cmd/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "cmd/output.h"

enum { COLUMNS_DEFAULT = 80 };

void progress_begin(struct progress *p)
{
	*p = (struct progress){ .on = isatty(STDERR_FILENO) };
}

/* A line that is as long as the screen is wide would begin a second one. */
static size_t columns(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 2)
		return COLUMNS_DEFAULT - 1;
	return size.ws_col - 1u;
}

/* `len` columns of `line`, and blanks over what is left of the line before. */
static void put(struct progress *p, const char *line, size_t len)
{
	cleanup(buf_release) struct buf out = { 0 };
	int blanks = p->shown > len ? (int)(p->shown - len) : 0;

	buf_printf(&out, "\r%.*s%*s%s", (int)len, line, blanks, "", len ? "" : "\r");
	/* A terminal that is gone is no failed run. */
	if (output_all(STDERR_FILENO, out.data, out.len) < 0)
		p->on = false;
	p->shown = len;
}

void progress_show(struct progress *p, const struct buf *line)
{
	size_t most = columns();

	if (p->on)
		put(p, line->data, line->len < most ? line->len : most);
}

void progress_wipe(struct progress *p)
{
	if (p->on && p->shown)
		put(p, "", 0);
}
