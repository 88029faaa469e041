#include "cmd/record_progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/units.h"

enum { COLUMNS_DEFAULT = 80, LINE_MOST = 120 };

void progress_begin(struct progress *p, int64_t now_ns)
{
	*p = (struct progress){
		.on = isatty(STDERR_FILENO),
		.begin_ns = now_ns,
		.workers = UNKNOWN,
		.copied = UNKNOWN,
		.ratio = UNKNOWN,
	};
}

void progress_take(struct progress *p, const struct snapshot *snap)
{
	p->workers = snap->pool.workers;
	p->copied = snap->pool.copied_bytes;
	p->ratio = snap->pool.copied_ratio;
}

/* One that is as long as the screen is wide would begin a second line. */
static size_t columns(void)
{
	struct winsize size = {0};

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 2)
		return COLUMNS_DEFAULT - 1;
	return size.ws_col - 1u;
}

static size_t describe(const struct progress *p, char line[static LINE_MOST], int64_t now_ns,
		       uint64_t samples, uint64_t bytes)
{
	char age[16], size[16], copied[16], copies[48] = "cow-broken -";
	int n;

	if (known(p->copied))
		snprintf(copies, sizeof(copies), "cow-broken %s",
			 units_format_size(copied, p->copied));
	n = snprintf(line, LINE_MOST, "%s  %llu sample%s  %s  %.0f workers  %s",
		     units_format_age(age, (double)(now_ns - p->begin_ns) / 1e9),
		     (unsigned long long)samples, samples == 1 ? "" : "s",
		     units_format_size(size, (double)bytes), p->workers, copies);
	if (known(p->ratio) && n < LINE_MOST)
		n += snprintf(line + n, (size_t)(LINE_MOST - n), " (%.1f %%)", p->ratio * 100);
	return n < LINE_MOST ? (size_t)n : LINE_MOST - 1;
}

/* `len` columns of `line`, and blanks over what is left of the line before. */
static void put(struct progress *p, const char *line, size_t len)
{
	char out[2 * LINE_MOST + 8];
	int blanks = p->shown > len ? (int)(p->shown - len) : 0;
	int n = snprintf(out, sizeof(out), "\r%.*s%*s%s", (int)len, line, blanks, "",
			 len ? "" : "\r");

	/* A terminal that is gone is no failed recording. */
	if (n > 0 && write(STDERR_FILENO, out, (size_t)n) < 0)
		p->on = false;
	p->shown = len;
}

void progress_show(struct progress *p, int64_t now_ns, uint64_t samples, uint64_t bytes)
{
	char line[LINE_MOST];
	size_t len, most = columns();

	if (!p->on)
		return;
	len = describe(p, line, now_ns, samples, bytes);
	put(p, line, len < most ? len : most);
}

void progress_wipe(struct progress *p)
{
	if (p->on && p->shown)
		put(p, "", 0);
}
