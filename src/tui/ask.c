#include "tui/ask.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "base/utf8.h"

#define NS_PER_S 1000000000LL
#define NS_PER_DAY (86400 * NS_PER_S)

const char *ask_prompt(enum ask what)
{
	switch (what) {
	case ASK_SEARCH:
		return "search: ";
	case ASK_FILTER:
		return "show only: ";
	case ASK_INTERVAL:
		return "interval (1, 500ms, 1m): ";
	case ASK_TIME:
		return "time (09:00, 09:00:30, -5m): ";
	case ASK_PLAY_TIME:
		return "time (09:00, 2026-11-21 09:00, +10m, -5m): ";
	case ASK_NONE:
		break;
	}
	return "";
}

/* A search begins anew, a filter is edited, of the others nothing is worth keeping. */
void ask_begin(struct ui *ui, enum ask what)
{
	ui->ask = what;
	*ui->line = '\0';
	if (what == ASK_FILTER)
		memcpy(ui->line, ui->filter, sizeof(ui->line));
}

/* What text_clean() would change is not typed. */
static void type(struct ui *ui, int code)
{
	cleanup(buf_release) struct buf clean = {0};
	size_t has = strlen(ui->line), len;
	char bytes[4];

	if (code < ' ' || code > 0x10ffff)
		return;
	len = utf8_encode(bytes, (uint32_t)code);
	text_clean(&clean, bytes, len);
	if (has + len >= sizeof(ui->line) || clean.len != len || memcmp(clean.data, bytes, len))
		return;
	memcpy(ui->line + has, bytes, len);
	ui->line[has + len] = '\0';
}

static void rub_out(struct ui *ui)
{
	size_t n = strlen(ui->line);

	while (n && ((unsigned char)ui->line[--n] & 0xc0) == 0x80)
		;
	ui->line[n] = '\0';
}

static int two_digits(const char **s, int64_t most, int64_t *ret)
{
	const char *p = *s;

	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return -1;
	*ret = (p[0] - '0') * 10 + (p[1] - '0');
	*s += 2;
	return *ret > most ? -1 : 0;
}

static int parse_clock(const char *line, int64_t *ret_ns)
{
	int64_t h, m, s = 0;

	if (two_digits(&line, 23, &h) < 0 || *line++ != ':' || two_digits(&line, 59, &m) < 0)
		return -1;
	if (*line == ':') {
		line++;
		if (two_digits(&line, 59, &s) < 0)
			return -1;
	}
	if (*line)
		return -1;
	*ret_ns = (h * 3600 + m * 60 + s) * NS_PER_S;
	return 0;
}

int ask_parse_time(const char *line, int64_t latest_ns, int64_t *ret_ns)
{
	int64_t ns, day = latest_ns / NS_PER_DAY * NS_PER_DAY;

	if (*line == '-') {
		if (units_parse_time(line + 1, &ns) < 0)
			return -1;
		*ret_ns = latest_ns - ns;
		return 0;
	}
	if (parse_clock(line, &ns) < 0)
		return -1;
	/* The end of that second: instants have fractions. */
	ns += day + NS_PER_S - 1;
	*ret_ns = ns - NS_PER_S >= latest_ns ? ns - NS_PER_DAY : ns;
	return 0;
}

static enum ui_effect take_interval(struct ui *ui)
{
	int64_t ns;

	if (units_parse_time(ui->line, &ns) < 0 || (double)ns < UI_INTERVAL_MIN * NS_PER_S ||
	    (double)ns > UI_INTERVAL_MAX * NS_PER_S) {
		snprintf(ui->message, sizeof(ui->message), "no interval from 100ms to 1h: %s",
			 ui->line);
		return EFFECT_NONE;
	}
	ui->interval_s = (double)ns / NS_PER_S;
	return EFFECT_INTERVAL;
}

static void take_time(struct ui *ui, const struct ui_model *m)
{
	const struct instant *latest = timeline_at(m->timeline, timeline_last(m->timeline));
	int64_t ns;

	if (!latest || ask_parse_time(ui->line, latest->time_ns, &ns) < 0) {
		snprintf(ui->message, sizeof(ui->message), "no time: %s", ui->line);
		return;
	}
	ui->at = timeline_find(m->timeline, ns);
	ui->paused = false;
}

static enum ui_effect take(struct ui *ui, const struct ui_model *m)
{
	enum ask what = ui->ask;

	ui->ask = ASK_NONE;
	switch (what) {
	case ASK_SEARCH:
		memcpy(ui->search, ui->line, sizeof(ui->search));
		return *ui->search ? ui_act(ui, m, ACTION_SEARCH_NEXT) : EFFECT_NONE;
	case ASK_FILTER:
		memcpy(ui->filter, ui->line, sizeof(ui->filter));
		ui->reveal = true;
		return EFFECT_NONE;
	case ASK_INTERVAL:
		return *ui->line ? take_interval(ui) : EFFECT_NONE;
	case ASK_TIME:
		if (*ui->line)
			take_time(ui, m);
		return EFFECT_NONE;
	case ASK_PLAY_TIME:
		return *ui->line ? EFFECT_PLAY_TIME : EFFECT_NONE;
	case ASK_NONE:
		break;
	}
	return EFFECT_NONE;
}

enum ui_effect ask_key(struct ui *ui, const struct ui_model *m, int code)
{
	*ui->message = '\0';
	switch (code) {
	case KEY_CODE_ENTER:
	case '\n':
		return take(ui, m);
	case KEY_CODE_ESCAPE:
		ui->ask = ASK_NONE;
		return EFFECT_NONE;
	case KEY_CODE_BACKSPACE:
	case '\b':
		rub_out(ui);
		return EFFECT_NONE;
	default:
		type(ui, code);
		return EFFECT_NONE;
	}
}
