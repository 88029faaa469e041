#include "tui/terminal_mouse.h"

#include "tui/key_code.h"

/* Bits of a button's number: others are which keys were held. */
#define BUTTON_MOVED 32
#define BUTTON_WHEEL 64
#define BUTTON_WHICH 3

#define POSITION_MOST 10000

struct report {
	int button, column, row; /* positions from 1 */
	bool released;
};

/* Digits up to another byte, which is returned; -1: there is none. */
static int read_number(int (*next)(void), int *ret)
{
	int byte, digits = 0;

	*ret = 0;
	while ((byte = next()) >= '0' && byte <= '9' && digits++ < 5)
		*ret = *ret * 10 + (byte - '0');
	return digits ? byte : -1;
}

static bool read_sgr(int (*next)(void), struct report *r)
{
	int end;

	if (read_number(next, &r->button) != ';' || read_number(next, &r->column) != ';')
		return false;
	end = read_number(next, &r->row);
	r->released = end == 'm';
	return end == 'M' || end == 'm';
}

/* Each with 32 added; a release does not say of which button. */
static bool read_x10(int (*next)(void), struct report *r)
{
	r->button = next() - ' ';
	r->column = next() - ' ';
	r->row = next() - ' ';
	r->released = (r->button & BUTTON_WHICH) == BUTTON_WHICH && !(r->button & BUTTON_WHEEL);
	return r->button >= 0;
}

int terminal_mouse(bool sgr, int (*next)(void), int *ret_row, int *ret_column)
{
	struct report r;

	if (!(sgr ? read_sgr(next, &r) : read_x10(next, &r)))
		return 0;
	if (r.released || r.button & BUTTON_MOVED || r.row < 1 || r.column < 1 || r.row > POSITION_MOST ||
	    r.column > POSITION_MOST)
		return 0;
	*ret_row = r.row - 1;
	*ret_column = r.column - 1;
	if (r.button >= 2 * BUTTON_WHEEL)
		return 0;
	if (r.button & BUTTON_WHEEL)
		return (r.button & BUTTON_WHICH) == 0 ? KEY_CODE_WHEEL_UP :
		       (r.button & BUTTON_WHICH) == 1 ? KEY_CODE_WHEEL_DOWN :
							0;
	return (r.button & BUTTON_WHICH) == 0 ? KEY_CODE_CLICK : 0;
}
