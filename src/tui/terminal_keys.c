#include "tui/terminal_keys.h"

#include <string.h>
#include "base/utf8.h"
#include "tui/key_code.h"
#include "tui/terminal.h"
#include "tui/terminal_mouse.h"
#include "tui/terminal_rescue.h"
/* Behind our own headers, and without what would be in their way. */
#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
#undef columns
#undef lines

/* What ncurses is told of the beginnings of the terminal's reports of the mouse: none of its own keys. */
#define KEY_MOUSE_SGR (KEY_MAX + 1)
#define KEY_MOUSE_X10 (KEY_MAX + 2)

/* Only of a terminal that says how it reports the mouse: xterm's ways, which all others of today have. */
bool terminal_keys_mouse(void)
{
	const char *reports = tigetstr("kmous");

	if (!reports || reports == (char *)-1 ||
	    (strcmp(reports, "\033[M") != 0 && strcmp(reports, "\033[<") != 0))
		return false;
	define_key(reports, 0);
	define_key("\033[<", KEY_MOUSE_SGR);
	define_key("\033[M", KEY_MOUSE_X10);
	rescue_add(TERMINAL_MOUSE_OFF);
	return true;
}

/* ncurses' keys and ours. */
static const struct {
	int theirs, ours;
} translation[] = {
	{ KEY_ENTER, KEY_CODE_ENTER },   { KEY_BACKSPACE, KEY_CODE_BACKSPACE }, { KEY_UP, KEY_CODE_UP },
	{ KEY_DOWN, KEY_CODE_DOWN },     { KEY_LEFT, KEY_CODE_LEFT },           { KEY_RIGHT, KEY_CODE_RIGHT },
	{ KEY_PPAGE, KEY_CODE_PAGE_UP }, { KEY_NPAGE, KEY_CODE_PAGE_DOWN },     { KEY_HOME, KEY_CODE_HOME },
	{ KEY_END, KEY_CODE_END },       { KEY_BTAB, KEY_CODE_BACK_TAB },
};

static int translate_special(int key)
{
	if (key >= KEY_F(1) && key <= KEY_F(10))
		return KEY_CODE_F1 + (key - KEY_F(1));
	for (size_t i = 0; i < sizeof(translation) / sizeof(*translation); i++)
		if (translation[i].theirs == key)
			return translation[i].ours;
	return 0;
}

/*
 * The rest of a character whose first byte is not ASCII, or 0: broken UTF-8 is dropped byte by byte.
 * get_wch(3) would swallow up to 15 keys behind a broken byte.
 */
static int rest_of_character(int first)
{
	char bytes[4] = { (char)first };
	size_t n = 1;
	uint32_t c;
	int key;

	while (!utf8_decode(bytes, n, &c)) {
		key = n < sizeof(bytes) ? getch() : ERR;
		if (key == ERR)
			return 0;
		if (key > 0xff || (key & 0xc0) != 0x80) {
			ungetch(key);
			return 0;
		}
		bytes[n++] = (char)key;
	}
	return (int)c;
}

static int translate_character(int key)
{
	if (key == '\n')
		return KEY_CODE_ENTER;
	if (key == '\b')
		return KEY_CODE_BACKSPACE;
	return key < 0x80 ? key : rest_of_character(key);
}

/* The next byte of a report, or -1: it is as little to be had as the rest of a long key. */
static int next_byte(void)
{
	int key;

	timeout(TERMINAL_ESCAPE_WAIT);
	key = getch();
	nodelay(stdscr, TRUE);
	return key == ERR || key > 0xff ? -1 : key;
}

static struct {
	int row, column;
} pointer;

static int read_mouse(int key)
{
	return terminal_mouse(key == KEY_MOUSE_SGR, next_byte, &pointer.row, &pointer.column);
}

struct spot terminal_clicked(const struct cells *c)
{
	const struct spot *spot = cells_spot_at(c, pointer.row, pointer.column);

	return spot ? *spot : (struct spot){ .kind = SPOT_NONE };
}

int terminal_key(void)
{
	int key, code;

	/* A key that cowtop has no name for is not the end of the keys. */
	while ((key = getch()) != ERR) {
		code = key == KEY_MOUSE_SGR || key == KEY_MOUSE_X10 ? read_mouse(key) :
		       key > 0xff                                   ? translate_special(key) :
								      translate_character(key);
		if (code)
			return code;
	}
	return 0;
}
