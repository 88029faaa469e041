#include "tui/keys.h"

#include <stdio.h>
#include <string.h>

#define F(n) (KEY_CODE_F1 + (n) - 1)
#define CTRL(letter) ((letter) & 31)

/* The order of the help. atop's keys where atop has them, htop's where fingers expect them. */
const struct key keys[] = {
	{{'m', 'w'}, ACTION_WORKERS, KEYS_PANES, "", "processes and their memory"},
	{{'g', F(2)}, ACTION_GROUPS, KEYS_PANES, "groups", "workers by GC setting, what follows"},
	{{'v', F(5)}, ACTION_REGIONS, KEYS_PANES, "regions", "regions of the selected process"},
	{{'p', F(7)}, ACTION_MAP, KEYS_PANES, "map", "page map of the selected process"},
	{{'f', F(8)}, ACTION_FAULTS, KEYS_PANES, "faults", "faults and copies over time"},
	{{'l', F(9)}, ACTION_EVENTS, KEYS_PANES, "log", "log of events"},
	{{KEY_CODE_ENTER}, ACTION_DETAILS, KEYS_PANES, "", "all about the selected process"},
	{{'?', 'h', F(1)}, ACTION_HELP, KEYS_PANES, "help", "this help"},
	{{'\t'}, ACTION_NEXT_PANE, KEYS_PANES, "", "next pane"},
	{{KEY_CODE_BACK_TAB}, ACTION_PREVIOUS_PANE, KEYS_PANES, "", "previous pane"},
	{{KEY_CODE_ESCAPE, KEY_CODE_BACKSPACE}, ACTION_BACK, KEYS_PANES, "",
	 "back; drop the search"},

	{{KEY_CODE_UP, 'k'}, ACTION_UP, KEYS_MOVING, "", "row up"},
	{{KEY_CODE_DOWN, 'j'}, ACTION_DOWN, KEYS_MOVING, "", "row down"},
	{{KEY_CODE_PAGE_UP, CTRL('b')}, ACTION_PAGE_UP, KEYS_MOVING, "", "page up"},
	{{KEY_CODE_PAGE_DOWN, CTRL('f')}, ACTION_PAGE_DOWN, KEYS_MOVING, "", "page down"},
	{{KEY_CODE_HOME}, ACTION_HOME, KEYS_MOVING, "", "first row"},
	{{KEY_CODE_END}, ACTION_END, KEYS_MOVING, "", "last row"},
	{{KEY_CODE_LEFT}, ACTION_LEFT, KEYS_MOVING, "", "commands from further left"},
	{{KEY_CODE_RIGHT}, ACTION_RIGHT, KEYS_MOVING, "", "commands from further right"},
	{{'+', '='}, ACTION_ZOOM_IN, KEYS_MOVING, "", "zoom in: page map; else shorter trends"},
	{{'-'}, ACTION_ZOOM_OUT, KEYS_MOVING, "", "zoom out: page map; else longer trends"},

	{{'t'}, ACTION_NOW, KEYS_TIME, "", "sample now; in the past: one instant later"},
	{{'T'}, ACTION_EARLIER, KEYS_TIME, "", "one instant earlier; measuring goes on"},
	{{'b'}, ACTION_BRANCH, KEYS_TIME, "", "go to a time, 09:00 or -5m"},
	{{'r'}, ACTION_OLDEST, KEYS_TIME, "", "go to the oldest instant there is"},
	{{'Z'}, ACTION_LIVE, KEYS_TIME, "", "back to now"},
	{{'z'}, ACTION_PAUSE, KEYS_TIME, "pause", "pause, and on again; measuring goes on"},
	{{'i'}, ACTION_INTERVAL, KEYS_TIME, "", "change the interval"},

	{{'C'}, ACTION_SORT_COW, KEYS_TABLE, "", "sort by copied memory"},
	{{'M'}, ACTION_SORT_MEMORY, KEYS_TABLE, "", "sort by resident memory"},
	{{'D'}, ACTION_SORT_RATE, KEYS_TABLE, "", "sort by copies per second"},
	{{'N'}, ACTION_SORT_FAULTS, KEYS_TABLE, "", "sort by minor faults per second"},
	{{'P'}, ACTION_SORT_PID, KEYS_TABLE, "", "sort by pid"},
	{{'>', F(6)}, ACTION_SORT_NEXT, KEYS_TABLE, "sort", "sort by the next column"},
	{{'<'}, ACTION_SORT_PREVIOUS, KEYS_TABLE, "", "sort by the column before"},
	{{'I'}, ACTION_INVERT, KEYS_TABLE, "", "turn the order round"},
	{{'a'}, ACTION_ALL, KEYS_TABLE, "", "all processes, or only active ones"},
	{{'H'}, ACTION_HIDE_COLUMN, KEYS_TABLE, "", "hide the column that is sorted by"},
	{{'*'}, ACTION_ALL_COLUMNS, KEYS_TABLE, "", "all columns again"},

	{{'/', F(3)}, ACTION_SEARCH, KEYS_FINDING, "search", "search a command or pid"},
	{{'n'}, ACTION_SEARCH_NEXT, KEYS_FINDING, "", "next one found"},
	{{'B'}, ACTION_SEARCH_PREVIOUS, KEYS_FINDING, "", "one found before"},
	{{'\\', F(4)}, ACTION_FILTER, KEYS_FINDING, "filter", "show only what matches"},
	{{'F'}, ACTION_FOLLOW, KEYS_FINDING, "", "keep the selected process in sight"},
	{{' '}, ACTION_TAG, KEYS_FINDING, "", "tag; the tagged are summed up"},
	{{'U'}, ACTION_UNTAG, KEYS_FINDING, "", "take all tags back"},

	{{'x'}, ACTION_COLOR, KEYS_PROGRAM, "", "colours off and on"},
	{{'W'}, ACTION_SAVE, KEYS_PROGRAM, "", "remember sort, columns and interval"},
	{{CTRL('l')}, ACTION_REPAINT, KEYS_PROGRAM, "", "draw the screen anew"},
	{{CTRL('z')}, ACTION_SUSPEND, KEYS_PROGRAM, "", "suspend"},
	{{'q', F(10)}, ACTION_QUIT, KEYS_PROGRAM, "quit", "leave"},
};
const size_t nkeys = sizeof(keys) / sizeof(*keys);

enum action key_action(int code)
{
	size_t i, k;

	for (i = 0; code && i < nkeys; i++) {
		for (k = 0; k < KEYS_PER_ACTION; k++) {
			if (keys[i].codes[k] == code)
				return keys[i].action;
		}
	}
	return ACTION_NONE;
}

char *key_label(char out[static 16], int code)
{
	static const struct {
		int code;
		const char *name;
	} named[] = {
		{KEY_CODE_ENTER, "Enter"}, {KEY_CODE_ESCAPE, "Esc"},
		{KEY_CODE_BACKSPACE, "Backspace"}, {'\t', "Tab"}, {' ', "Space"},
		{KEY_CODE_UP, "Up"}, {KEY_CODE_DOWN, "Down"}, {KEY_CODE_LEFT, "Left"},
		{KEY_CODE_RIGHT, "Right"}, {KEY_CODE_PAGE_UP, "PgUp"},
		{KEY_CODE_PAGE_DOWN, "PgDn"}, {KEY_CODE_HOME, "Home"}, {KEY_CODE_END, "End"},
		{KEY_CODE_BACK_TAB, "Shift-Tab"},
	};
	size_t i;

	for (i = 0; i < sizeof(named) / sizeof(*named); i++) {
		if (named[i].code == code) {
			strcpy(out, named[i].name);
			return out;
		}
	}
	if (code >= KEY_CODE_F1 && code <= KEY_CODE_F10)
		snprintf(out, 16, "F%d", code - KEY_CODE_F1 + 1);
	else if (code < ' ')
		snprintf(out, 16, "Ctrl-%c", code + 'A' - 1);
	else
		snprintf(out, 16, "%c", code);
	return out;
}

char *key_names(char out[static 48], const struct key *key)
{
	char one[16];
	size_t k, len = 0;

	*out = '\0';
	for (k = 0; k < KEYS_PER_ACTION && key->codes[k]; k++)
		len += (size_t)snprintf(out + len, 48 - len, "%s%s", k ? " " : "",
					key_label(one, key->codes[k]));
	return out;
}

const char *key_group_name(enum key_group group)
{
	static const char *const names[KEY_GROUPS] = {
		[KEYS_PANES] = "Panes",   [KEYS_MOVING] = "Moving",   [KEYS_TIME] = "Time",
		[KEYS_TABLE] = "Table",   [KEYS_FINDING] = "Finding", [KEYS_PROGRAM] = "Program",
	};

	return names[group];
}
