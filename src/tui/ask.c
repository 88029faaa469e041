#include "tui/ask.h"

#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "base/utf8.h"
#include "tui/key_code.h"

const char *ask_prompt(enum ask what)
{
	static const char *const prompts[] = {
		[ASK_NONE] = "",
		[ASK_SEARCH] = "search: ",
		[ASK_FILTER] = "show only: ",
		[ASK_INTERVAL] = "interval (1, 500ms, 1m): ",
		[ASK_TIME] = "time (09:00, 09:00:30, -5m): ",
		[ASK_PLAY_TIME] = "time (09:00, 2026-11-21 09:00, +10m, -5m): ",
	};

	return prompts[what];
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
	cleanup(buf_release) struct buf clean = { 0 };
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

enum ask ask_key(struct ui *ui, int code)
{
	enum ask asked = ui->ask;

	switch (code) {
	case KEY_CODE_ENTER:
	case '\n':
		ui->ask = ASK_NONE;
		return asked;
	case KEY_CODE_ESCAPE:
		ui->ask = ASK_NONE;
		break;
	case KEY_CODE_BACKSPACE:
	case '\b':
		rub_out(ui);
		break;
	default:
		type(ui, code);
	}
	return ASK_NONE;
}
