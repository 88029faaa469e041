#ifndef COWTOP_TUI_KEY_CODE_H
#define COWTOP_TUI_KEY_CODE_H

/* A key as the terminal gives it: a Unicode character, or one of these, which are none. */
enum key_code {
	KEY_CODE_ENTER = '\r',
	KEY_CODE_ESCAPE = 27,
	KEY_CODE_BACKSPACE = 127,
	KEY_CODE_UP = 0x110000,
	KEY_CODE_DOWN,
	KEY_CODE_LEFT,
	KEY_CODE_RIGHT,
	KEY_CODE_PAGE_UP,
	KEY_CODE_PAGE_DOWN,
	KEY_CODE_HOME,
	KEY_CODE_END,
	KEY_CODE_BACK_TAB,
	KEY_CODE_F1, /* to F10, in a row */
	KEY_CODE_F10 = KEY_CODE_F1 + 9,
	/* of the mouse: what it was on, terminal_clicked() says */
	KEY_CODE_CLICK,
	KEY_CODE_WHEEL_UP,
	KEY_CODE_WHEEL_DOWN,
};

#endif
