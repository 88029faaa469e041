#ifndef COWTOP_TUI_KEYS_H
#define COWTOP_TUI_KEYS_H

/*
 * The one table of keys: key -> action -> help text. It drives the input, the help pane and the
 * manual. To add a key: a row in keys.c, and its action in act.c when that is new.
 */
#include <stdbool.h>
#include <stddef.h>

/* A key: a Unicode character, or one of these, which are none. The terminal translates. */
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
};

enum action {
	ACTION_NONE,
	/* panes */
	ACTION_WORKERS, ACTION_GROUPS, ACTION_REGIONS, ACTION_MAP, ACTION_FAULTS, ACTION_EVENTS,
	ACTION_HELP, ACTION_DETAILS, ACTION_STACKS, ACTION_STACKS_OF_ONE, ACTION_STACKS_AGAIN,
	ACTION_NEXT_PANE, ACTION_PREVIOUS_PANE, ACTION_BACK,
	/* moving */
	ACTION_UP, ACTION_DOWN, ACTION_PAGE_UP, ACTION_PAGE_DOWN, ACTION_HOME, ACTION_END,
	ACTION_LEFT, ACTION_RIGHT, ACTION_ZOOM_IN, ACTION_ZOOM_OUT,
	/* time */
	ACTION_NOW, ACTION_EARLIER, ACTION_BRANCH, ACTION_OLDEST, ACTION_LIVE, ACTION_PAUSE,
	ACTION_INTERVAL,
	/* time, of a recording; as in enum ui_effect (tui/act.h) */
	ACTION_PLAY, ACTION_PLAY_NEXT, ACTION_PLAY_BEFORE, ACTION_PLAY_FIRST, ACTION_PLAY_LAST,
	ACTION_PLAY_FASTER, ACTION_PLAY_SLOWER, ACTION_PLAY_MARK, ACTION_PLAY_MARK_BEFORE,
	ACTION_PLAY_TIME,
	/* rows and columns */
	ACTION_ALL, ACTION_SORT_COW, ACTION_SORT_MEMORY, ACTION_SORT_RATE, ACTION_SORT_FAULTS,
	ACTION_SORT_PID, ACTION_SORT_NEXT, ACTION_SORT_PREVIOUS, ACTION_INVERT, ACTION_HIDE_COLUMN,
	ACTION_ALL_COLUMNS,
	/* finding */
	ACTION_SEARCH, ACTION_SEARCH_NEXT, ACTION_SEARCH_PREVIOUS, ACTION_FILTER, ACTION_FOLLOW,
	ACTION_TAG, ACTION_UNTAG,
	/* the program */
	ACTION_COLOR, ACTION_REPAINT, ACTION_SAVE, ACTION_SUSPEND, ACTION_QUIT,
	ACTIONS,
};

enum key_group {
	KEYS_PANES,
	KEYS_MOVING,
	KEYS_TIME,
	KEYS_TABLE,
	KEYS_FINDING,
	KEYS_PROGRAM,
	KEY_GROUPS,
};

/* A pool and a recording are looked at with the same keys, but for those of time. */
enum key_view {
	KEYS_BOTH,
	KEYS_LIVE,
	KEYS_REPLAY,
};

#define KEYS_PER_ACTION 3

struct key {
	int codes[KEYS_PER_ACTION]; /* 0: none */
	enum action action;
	enum key_group group;
	enum key_view view;
	const char *hint; /* one word for the bottom line, "" when it is not there */
	const char *help; /* one line, no full stop */
};

extern const struct key keys[];
extern const size_t nkeys;

/* Does it do something there? `view` is not KEYS_BOTH. */
bool key_applies(const struct key *key, enum key_view view);
/* What a key does there; ACTION_NONE for one that does nothing. */
enum action key_action(int code, enum key_view view);
/* "q", "F10", "Space", "Ctrl-Z", "PgUp" into `out`, returned. */
char *key_label(char out[static 16], int code);
/* The names of all keys of a row, "q F10". */
char *key_names(char out[static 48], const struct key *key);
const char *key_group_name(enum key_group group);

#endif
