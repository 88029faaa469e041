#include "sink/plot.h"

#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/units.h"

#define LINES 4 /* ruled ones below the top */
#define TIMES 6 /* labels below */

/* The smallest of 1, 2, 2.5, 5 times a power of ten at or above. */
static figure round_up(figure x)
{
	static const figure steps[] = { 1, 2, 2.5, 5, 10 };
	figure scale = pow(10, floor(log10(x)));
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		if (steps[i] * scale >= x * (1 - 1e-9))
			return steps[i] * scale;
	}
	return 10 * scale;
}

/* In the unit that units_format_size() will choose. */
figure plot_step(figure top, bool bytes)
{
	figure unit = 1;

	while (bytes && top / unit >= 1024)
		unit *= 1024;
	return round_up(top / LINES / unit) * unit;
}

figure plot_top(figure highest, bool bytes)
{
	figure step;

	if (!(highest > 0))
		return bytes ? 1048576 : 1;
	step = plot_step(highest, bytes);
	return ceil(highest / step * (1 - 1e-9)) * step;
}

static int across(const struct plot *p, figure at_s)
{
	figure part = p->elapsed_s > 0 ? at_s / p->elapsed_s : 0;

	return (int)lround(fmin(fmax(part, 0), 1) * PLOT_WIDTH);
}

static int down(const struct plot *p, figure value)
{
	return (int)lround((1 - fmin(fmax(value / p->top, 0), 1)) * PLOT_HEIGHT);
}

/* Hundredths of a percent, written without the locale's decimal point. */
static void add_percent(struct buf *out, figure part)
{
	int hundredths = (int)lround(fmin(fmax(part, 0), 1) * 10000);

	buf_printf(out, "%d.%02d%%", hundredths / 100, hundredths % 100);
}

static figure part_of(const struct plot *p, figure at_s)
{
	return p->elapsed_s > 0 ? at_s / p->elapsed_s : 0;
}

void plot_begin(const struct plot *p, const char *label, unsigned int height)
{
	buf_printf(p->out,
		   "<figure class=\"plot\"><svg role=\"img\" aria-label=\"%s\" viewBox=\"0 0 %d %d\" "
		   "height=\"%u\" preserveAspectRatio=\"none\">\n",
		   label, PLOT_WIDTH, PLOT_HEIGHT, height);
}

void plot_grid(const struct plot *p)
{
	figure step = plot_step(p->top, p->bytes), value;

	buf_adds(p->out, "<path class=\"grid\" d=\"");
	for (value = 0; value <= p->top * (1 + 1e-9); value += step)
		buf_printf(p->out, "M0 %dH%d", down(p, value), PLOT_WIDTH);
	buf_adds(p->out, "\"/>\n");
}

/* The end of the run of known points that begins at `from`. */
static size_t run_end(const figure *a, const figure *b, size_t from, size_t n)
{
	while (from < n && known(a[from] + b[from]))
		from++;
	return from;
}

/* There along the upper edge, back along the lower one. A lone point is as wide as a hair. */
void plot_band(const struct plot *p, const char *class, const figure *x, const figure *low,
	       const figure *high, size_t n)
{
	size_t i, k, end;

	buf_printf(p->out, "<path class=\"%s\" d=\"", class);
	for (i = 0; i < n; i = end + 1) {
		end = run_end(low, high, i, n);
		if (end == i)
			continue;
		buf_printf(p->out, "M%d %d", across(p, x[i]), down(p, high[i]));
		for (k = i + 1; k < end; k++)
			buf_printf(p->out, "L%d %d", across(p, x[k]), down(p, high[k]));
		if (end == i + 1)
			buf_adds(p->out, "h12");
		for (k = end; k-- > i;)
			buf_printf(p->out, "L%d %d", across(p, x[k]) + (end == i + 1 ? 12 : 0),
				   down(p, low[k]));
		buf_addc(p->out, 'z');
	}
	buf_adds(p->out, "\"/>\n");
}

/* The end of the run of known steps without a hole that begins at `i`. */
static size_t steps_end(const figure *from, const figure *to, const figure *low, const figure *high, size_t i,
			size_t n)
{
	size_t begin = i;

	while (i < n && known(low[i] + high[i]) && (i == begin || from[i] <= to[i - 1]))
		i++;
	return i;
}

void plot_steps(const struct plot *p, const char *class, const figure *from, const figure *to,
		const figure *low, const figure *high, size_t n)
{
	size_t i, k, end;

	buf_printf(p->out, "<path class=\"%s\" d=\"", class);
	for (i = 0; i<n; i = end> i ? end : i + 1) {
		end = steps_end(from, to, low, high, i, n);
		if (end == i)
			continue;
		buf_printf(p->out, "M%d %d", across(p, from[i]), down(p, high[i]));
		for (k = i; k < end; k++)
			buf_printf(p->out, "V%dH%d", down(p, high[k]), across(p, to[k]));
		for (k = end; k-- > i;)
			buf_printf(p->out, "V%dH%d", down(p, low[k]), across(p, from[k]));
		buf_addc(p->out, 'z');
	}
	buf_adds(p->out, "\"/>\n");
}

void plot_line(const struct plot *p, const char *class, const figure *x, const figure *y, size_t n)
{
	bool pen = false;
	size_t i;

	buf_printf(p->out, "<path class=\"%s\" d=\"", class);
	for (i = 0; i < n; i++) {
		if (known(y[i]))
			buf_printf(p->out, "%c%d %d", pen ? 'L' : 'M', across(p, x[i]), down(p, y[i]));
		pen = known(y[i]);
	}
	buf_adds(p->out, "\"/>\n");
}

void plot_rule(const struct plot *p, const char *class, figure at_s, figure low, figure high)
{
	buf_printf(p->out, "<path class=\"%s\" d=\"M%d %dV%d\"/>\n", class, across(p, at_s), down(p, high),
		   down(p, low));
}

void plot_box(const struct plot *p, const char *class, figure from_s, figure to_s, figure low, figure high)
{
	int left = across(p, from_s), right = across(p, to_s);

	buf_printf(p->out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", class, left,
		   down(p, high), right - left > 12 ? right - left : 12, down(p, low) - down(p, high));
}

void plot_label(const struct plot *p, figure value, const char *text)
{
	buf_adds(p->out, "<span style=\"top:");
	add_percent(p->out, 1 - value / p->top);
	buf_printf(p->out, "\">%s</span>", text);
}

static void add_values(const struct plot *p)
{
	figure step = plot_step(p->top, p->bytes), value;
	char text[16];

	buf_adds(p->out, "<div class=\"y\">");
	for (value = 0; value <= p->top * (1 + 1e-9); value += step) {
		if (!p->bytes)
			units_format_count(text, value);
		else if (value > 0)
			units_format_size(text, value);
		else
			strcpy(text, "0");
		/* "200.0 MiB" is "200 MiB" here. */
		if (strstr(text, ".0 "))
			memmove(strstr(text, ".0 "), strstr(text, ".0 ") + 2,
				strlen(strstr(text, ".0 ") + 2) + 1);
		plot_label(p, value, text);
	}
	buf_adds(p->out, "</div>\n");
}

/* The step between labels, in seconds: the smallest that leaves no more than TIMES. */
static int64_t time_step(figure elapsed_s)
{
	static const int64_t steps[] = {
		1,    2,    5,    10,    15,    30,    60,    120,    300,    600,     900,
		1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000,
	};
	size_t i;

	for (i = 0; i + 1 < sizeof(steps) / sizeof(*steps); i++) {
		if (elapsed_s / (figure)steps[i] < TIMES)
			break;
	}
	return steps[i];
}

/* A day, or hours and minutes, with seconds where they tell something; the zone where it begins to be that. */
static void add_clock(const struct plot *p, int64_t ns, int64_t step, struct zone_offset *before)
{
	char text[ZONE_TEXT];
	struct zone_offset zone;

	zone_date(text, p->zone, ns);
	if (step >= 86400)
		buf_add(p->out, text + 5, 5);
	else
		buf_add(p->out, text + 11, step < 60 ? 8 : 5);
	zone_at(p->zone, ns / SECOND, &zone);
	if (p->begin_ns && step < 86400 && strcmp(zone.name, before->name) != 0)
		buf_printf(p->out, " %s", zone.name);
	*before = zone;
}

/* The first ruled instant not before the beginning: a round one of the wall clock. */
static int64_t first_time(const struct plot *p, int64_t step)
{
	int64_t begin_s = p->begin_ns / SECOND;
	struct zone_offset zone;

	zone_at(p->zone, begin_s, &zone);
	return (begin_s + zone.ahead_s + step - 1) / step * step - zone.ahead_s;
}

static void add_times(const struct plot *p)
{
	int64_t step = time_step(p->elapsed_s), first = first_time(p, step), i;
	struct zone_offset zone = { 0 };
	figure at_s;

	buf_adds(p->out, "<div class=\"x\">");
	for (i = 0; i <= 2 * TIMES; i++) {
		at_s = (figure)(first + i * step) - (figure)p->begin_ns / SECOND;
		if (at_s < 0)
			continue;
		if (at_s > p->elapsed_s)
			break;
		buf_adds(p->out, "<span style=\"left:");
		add_percent(p->out, part_of(p, at_s));
		buf_adds(p->out, "\">");
		add_clock(p, (first + i * step) * SECOND, step, &zone);
		buf_adds(p->out, "</span>");
	}
	buf_adds(p->out, "</div>\n");
}

void plot_axes(const struct plot *p, bool values)
{
	buf_adds(p->out, "</svg>\n");
	if (values)
		add_values(p);
	add_times(p);
}

void plot_badge(const struct plot *p, figure at_s, unsigned int number)
{
	buf_adds(p->out, "<span class=\"badge\" style=\"left:");
	add_percent(p->out, part_of(p, at_s));
	buf_printf(p->out, "\">%u</span>\n", number);
}

/* Nearly: the last sample may be a rounding before the edge. */
bool plot_hit_due(const struct plot *p, figure from_s, figure at_s)
{
	return at_s > from_s &&
	       (at_s - from_s >= p->elapsed_s / PLOT_HITS * (1 - 1e-9) || at_s >= p->elapsed_s * (1 - 1e-9));
}

void plot_hit(const struct plot *p, figure from_s, figure to_s, const char *html)
{
	buf_printf(p->out, "<i%s style=\"left:", part_of(p, from_s) > 0.55 ? " class=\"r\"" : "");
	add_percent(p->out, part_of(p, from_s));
	buf_adds(p->out, ";width:");
	add_percent(p->out, part_of(p, to_s - from_s));
	buf_printf(p->out, "\"><b>%s</b></i>\n", html);
}

void plot_end(const struct plot *p)
{
	buf_adds(p->out, "</figure>\n");
}

void plot_legend(struct buf *out, const char *kind, const char *colour, const char *text)
{
	buf_printf(out, "<li%s%s%s style=\"--c:var(--%s)\">%s</li>", *kind ? " class=\"" : "", kind,
		   *kind ? "\"" : "", colour, text);
}
