#include "tui/terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "base/alloc.h"
#include "tui/paint.h"
#include "tui/terminal_frame.h"
#include "tui/terminal_glyph.h"
#include "tui/terminal_keys.h"
#include "tui/terminal_mouse.h"
#include "tui/terminal_rescue.h"
#include "tui/terminal_wait.h"
/* Behind our own headers, and without what would be in their way. */
#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
#undef columns
#undef lines

_Static_assert(TERMINAL_GLYPH <= CCHARW_MAX, "ncurses keeps as many characters in a cell");

static struct {
	SCREEN *screen; /* NULL: not open */
	bool utf8;
	enum paint_depth depth;
	bool mouse, mouse_on; /* it is wanted and can be; it is told to the terminal */
	/* What is shown now, to leave alone the rows that stay; no cells: nothing. */
	struct cells shown;
	bool shown_mono;
} term;

/* ---- open and close */

int terminal_check(struct err *err)
{
	const char *name = getenv("TERM");
	int problem;

	if (!name || !*name || strcmp(name, "dumb") == 0)
		return err_set(err, STATUS_FAILED, "TERM is %s", name && *name ? "dumb" : "not set");
	if (setupterm(NULL, STDOUT_FILENO, &problem) != OK)
		return err_set(err, STATUS_FAILED, "TERM '%.60s': %s", name,
			       problem < 0 ? "no terminfo database is installed" :
					     "terminfo does not know this terminal");
	if (!tigetstr("cup") || !tigetstr("clear")) {
		del_curterm(cur_term);
		return err_set(err, STATUS_FAILED, "TERM '%.60s': it cannot place its cursor", name);
	}
	del_curterm(cur_term);
	return 0;
}

static enum paint_depth open_colors(void)
{
	enum paint_depth depth;
	int n = -1;

	if (has_colors() && start_color() == OK)
		n = COLORS;
	depth = n >= 256 ? PAINT_256 : n >= 16 ? PAINT_16 : n >= 8 ? PAINT_8 : PAINT_MONO;
	if (depth == PAINT_MONO)
		return depth;
	/* Colours on the background that the user has chosen. */
	use_default_colors();
	for (int i = 0; i < PAINTS; i++)
		init_pair((short)(i + 1), (short)paint_color(i, depth), -1);
	return depth;
}

static void switch_mouse(bool on)
{
	if (!term.mouse || term.mouse_on == on)
		return;
	/* putp(3) goes through stdio, what ncurses draws does not. */
	putp(on ? TERMINAL_MOUSE_ON : TERMINAL_MOUSE_OFF);
	fflush(stdout);
	term.mouse_on = on;
}

static void leave_alone(int sig)
{
	(void)sig;
}

/*
 * Signals are events of the loop (the caller's), and none of ncurses' handlers stays. Where it finds SIGTSTP
 * at its default it would have it ignored while it draws, which discards one that waits to be taken; where it
 * finds a handler it never touches it again (_nc_signal_handler(), lib_tstp.c, ncurses 6.4).
 */
static SCREEN *new_screen(void)
{
	static const int theirs[] = { SIGTSTP, SIGWINCH, SIGINT, SIGTERM };
	struct sigaction before[4], own = { .sa_handler = leave_alone };
	SCREEN *screen;

	for (size_t i = 0; i < 4; i++)
		sigaction(theirs[i], NULL, &before[i]);
	sigaction(SIGTSTP, &own, NULL);
	screen = newterm(NULL, frame_open(), stdin);
	for (size_t i = 0; i < 4; i++)
		sigaction(theirs[i], &before[i], NULL);
	return screen;
}

/* What ends the process otherwise than by terminal_close(). */
static void prepare_rescue(const struct termios *modes)
{
	static const char *const capabilities[] = { "sgr0", "op", "rmkx", "rmcup", "cnorm" };
	static bool at_exit;

	rescue_begin(modes);
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(*capabilities); i++)
		rescue_add(tigetstr(capabilities[i]));
	rescue_arm(true);
	if (!at_exit)
		atexit(terminal_close);
	at_exit = true;
	/* what ncurses does at the end takes memory */
	alloc_before_exit = rescue_now;
}

void terminal_rescue(void)
{
	rescue_now();
}

int terminal_open(bool mouse, struct err *err)
{
	struct termios modes;

	if (terminal_check(err) < 0)
		return -1;
	if (tcgetattr(STDIN_FILENO, &modes) < 0)
		return err_errno(err, STATUS_FAILED, errno, "cannot read the modes of the terminal");
	setlocale(LC_CTYPE, "");
	term.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	/* The size is the terminal's: $LINES and $COLUMNS do not follow when it changes. */
	use_env(FALSE);
	use_tioctl(TRUE);
	set_escdelay(TERMINAL_ESCAPE_WAIT);
	terminal_wait();
	term.screen = new_screen();
	if (!term.screen) {
		frame_close();
		terminal_wait_over();
		return err_set(err, STATUS_FAILED,
			       "this terminal cannot show a live view; use --json, or "
			       "| cat for a plain table");
	}
	prepare_rescue(&modes);
	term.depth = open_colors();
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	term.mouse = mouse && terminal_keys_mouse();
	curs_set(0);
	return 0;
}

void terminal_close(void)
{
	if (!term.screen)
		return;
	/* Where the screen cannot be given back (vt100), the shell's prompt follows on a clean line. */
	if (!tigetstr("rmcup")) {
		move(LINES - 1, 0);
		clrtoeol();
		refresh();
	}
	switch_mouse(false);
	endwin();
	rescue_end();
	delscreen(term.screen);
	term.screen = NULL;
	frame_close();
	terminal_wait_over();
	cells_release(&term.shown);
}

bool terminal_utf8(void)
{
	return term.utf8;
}

void terminal_size(int *ret_rows, int *ret_columns)
{
	struct winsize size = { 0 };

	/* 0 by 0: a serial line that was never told; terminfo's guess stands. */
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col &&
	    is_term_resized(size.ws_row, size.ws_col)) {
		resizeterm(size.ws_row, size.ws_col);
		cells_release(&term.shown);
	}
	*ret_rows = LINES;
	*ret_columns = COLS;
}

/* ---- cells out */

static attr_t attributes(const struct cell *cell, enum paint_depth depth)
{
	unsigned int weight = paint_weight(cell->paint, depth);

	return ((weight & PAINT_BOLD) ? A_BOLD : 0) | ((weight & PAINT_FAINT) ? A_DIM : 0) |
	       ((weight & PAINT_UNDERLINE) ? A_UNDERLINE : 0) |
	       /* reversed twice is as it was: a selected head stays visible */
	       (!(weight & PAINT_REVERSE) != !(cell->attr & ATTR_REVERSE) ? A_REVERSE : 0);
}

/* `wide`: it has the cell to the right as well. */
static void draw_cell(const struct cell *cell, int row, int column, bool wide, enum paint_depth depth)
{
	short pair = depth == PAINT_MONO ? 0 : (short)(cell->paint + 1);
	wchar_t text[TERMINAL_GLYPH + 1];
	cchar_t cc;

	terminal_widen(cell, wide, text);
	if (setcchar(&cc, text, attributes(cell, depth), pair, NULL) == OK)
		mvadd_wch(row, column, &cc);
}

/* What differs from `old`, the row as it is shown; NULL: all of it. */
static void draw_row(const struct cell *cells, const struct cell *old, int row, int columns,
		     enum paint_depth depth)
{
	for (int i = 0; i < columns; i++) {
		bool wide = i + 1 < columns && !cells[i + 1].glyph[0];

		/* The right half of a wide character changes only together with its left one. */
		if (cells[i].glyph[0] && (!old || memcmp(&cells[i], &old[i], sizeof(*cells)) != 0 ||
					  (wide && old[i + 1].glyph[0])))
			draw_cell(&cells[i], row, i, wide, depth);
	}
}

static void remember(const struct cells *c, bool mono)
{
	if (term.shown.rows != c->rows || term.shown.columns != c->columns || !term.shown.cells)
		cells_resize(&term.shown, c->rows, c->columns);
	memcpy(term.shown.cells, c->cells, (size_t)c->rows * (size_t)c->columns * sizeof(*c->cells));
	term.shown_mono = mono;
}

void terminal_draw(const struct cells *c, bool mono)
{
	bool same = term.shown.cells && term.shown.rows == c->rows && term.shown.columns == c->columns &&
		    term.shown_mono == mono;
	/* A screen that has shrunk since the cells were made shows a part of them. */
	int rows = c->rows < LINES ? c->rows : LINES, columns = c->columns < COLS ? c->columns : COLS;

	if (!term.screen)
		return;
	if (!same)
		erase();
	for (int row = 0; row < rows; row++)
		draw_row(cells_at(c, row, 0), same ? cells_at(&term.shown, row, 0) : NULL, row, columns,
			 mono ? PAINT_MONO : term.depth);
	remember(c, mono);
	if (!isendwin())
		frame_begin();
	curs_set(c->cursor_row >= 0);
	if (c->cursor_row >= 0)
		move(c->cursor_row, c->cursor_column);
	else
		/* Where a hidden cursor is in the corner, all of the frame has arrived. */
		move(LINES - 1, COLS - 1);
	rescue_arm(true);
	switch_mouse(true);
	refresh();
	frame_end();
}

void terminal_repaint(void)
{
	if (term.screen)
		clearok(curscr, TRUE);
}

void terminal_pause(void)
{
	if (!term.screen)
		return;
	switch_mouse(false);
	endwin();
	rescue_arm(false);
	clearok(curscr, TRUE);
}
