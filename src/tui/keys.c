#include "tui/keys.h"

#include <stdio.h>
#include <string.h>

#define F(n) (KEY_CODE_F1 + (n) - 1)
#define CTRL(letter) ((letter) & 31)

/* The order of the help. atop's keys where atop has them, htop's where fingers expect them. */
const struct key keys[] = {
	{{'m', 'w'}, ACTION_WORKERS, KEYS_PANES, KEYS_BOTH, "", "processes and their memory"},
	{{'g', F(2)}, ACTION_GROUPS, KEYS_PANES, KEYS_BOTH, "groups",
	 "workers by GC setting, what follows"},
	{{'v', F(5)}, ACTION_REGIONS, KEYS_PANES, KEYS_BOTH, "regions",
	 "regions of the selected process"},
	{{'p', F(7)}, ACTION_MAP, KEYS_PANES, KEYS_BOTH, "map", "page map of the selected process"},
	{{'f', F(8)}, ACTION_FAULTS, KEYS_PANES, KEYS_BOTH, "faults",
	 "faults and copies over time"},
	{{'l', F(9)}, ACTION_EVENTS, KEYS_PANES, KEYS_BOTH, "log", "log of events"},
	{{KEY_CODE_ENTER}, ACTION_DETAILS, KEYS_PANES, KEYS_BOTH, "",
	 "all about the selected process; unfold the selected stack"},
	{{'s'}, ACTION_STACKS, KEYS_PANES, KEYS_LIVE, "stacks",
	 "call stacks that copy pages; once more: off"},
	{{'s'}, ACTION_STACKS, KEYS_PANES, KEYS_REPLAY, "",
	 "call stacks as recorded up to here; once more: back"},
	{{'o'}, ACTION_STACKS_OF_ONE, KEYS_PANES, KEYS_BOTH, "",
	 "stacks of the pool, or of the selected process"},
	{{'0'}, ACTION_STACKS_AGAIN, KEYS_PANES, KEYS_LIVE, "",
	 "stacks: begin again, forget those so far"},
	{{'?', 'h', F(1)}, ACTION_HELP, KEYS_PANES, KEYS_BOTH, "help", "this help"},
	{{'\t'}, ACTION_NEXT_PANE, KEYS_PANES, KEYS_BOTH, "", "next pane"},
	{{KEY_CODE_BACK_TAB}, ACTION_PREVIOUS_PANE, KEYS_PANES, KEYS_BOTH, "", "previous pane"},
	{{KEY_CODE_ESCAPE, KEY_CODE_BACKSPACE}, ACTION_BACK, KEYS_PANES, KEYS_BOTH, "",
	 "back; drop the search"},

	{{KEY_CODE_UP, 'k'}, ACTION_UP, KEYS_MOVING, KEYS_BOTH, "", "row up"},
	{{KEY_CODE_DOWN, 'j'}, ACTION_DOWN, KEYS_MOVING, KEYS_BOTH, "", "row down"},
	{{KEY_CODE_PAGE_UP, CTRL('b')}, ACTION_PAGE_UP, KEYS_MOVING, KEYS_BOTH, "", "page up"},
	{{KEY_CODE_PAGE_DOWN, CTRL('f')}, ACTION_PAGE_DOWN, KEYS_MOVING, KEYS_BOTH, "",
	 "page down"},
	{{KEY_CODE_HOME}, ACTION_HOME, KEYS_MOVING, KEYS_BOTH, "", "first row"},
	{{KEY_CODE_END}, ACTION_END, KEYS_MOVING, KEYS_BOTH, "", "last row"},
	{{KEY_CODE_LEFT}, ACTION_LEFT, KEYS_MOVING, KEYS_BOTH, "", "commands from further left"},
	{{KEY_CODE_RIGHT}, ACTION_RIGHT, KEYS_MOVING, KEYS_BOTH, "", "commands from further right"},
	{{'+', '='}, ACTION_ZOOM_IN, KEYS_MOVING, KEYS_BOTH, "",
	 "zoom in: page map; else shorter trends"},
	{{'-'}, ACTION_ZOOM_OUT, KEYS_MOVING, KEYS_BOTH, "",
	 "zoom out: page map; else longer trends"},

	{{'t'}, ACTION_NOW, KEYS_TIME, KEYS_LIVE, "", "sample now; in the past: one instant later"},
	{{'T'}, ACTION_EARLIER, KEYS_TIME, KEYS_LIVE, "", "one instant earlier; measuring goes on"},
	{{'b'}, ACTION_BRANCH, KEYS_TIME, KEYS_LIVE, "", "go to a time, 09:00 or -5m"},
	{{'r'}, ACTION_OLDEST, KEYS_TIME, KEYS_LIVE, "", "go to the oldest instant there is"},
	{{'Z'}, ACTION_LIVE, KEYS_TIME, KEYS_LIVE, "", "back to now"},
	{{'z'}, ACTION_PAUSE, KEYS_TIME, KEYS_LIVE, "pause",
	 "pause, and on again; measuring goes on"},
	{{'i'}, ACTION_INTERVAL, KEYS_TIME, KEYS_LIVE, "", "change the interval"},

	{{' ', 'z'}, ACTION_PLAY, KEYS_TIME, KEYS_REPLAY, "play", "play, and pause"},
	{{'t'}, ACTION_PLAY_NEXT, KEYS_TIME, KEYS_REPLAY, "next", "the next sample"},
	{{'T'}, ACTION_PLAY_BEFORE, KEYS_TIME, KEYS_REPLAY, "", "the sample before"},
	{{'b'}, ACTION_PLAY_TIME, KEYS_TIME, KEYS_REPLAY, "time",
	 "go to a time, 09:00 or +10m or -5m"},
	{{'r'}, ACTION_PLAY_FIRST, KEYS_TIME, KEYS_REPLAY, "", "back to the beginning"},
	{{'Z'}, ACTION_PLAY_LAST, KEYS_TIME, KEYS_REPLAY, "",
	 "to the end; follow what is still recorded"},
	{{']'}, ACTION_PLAY_FASTER, KEYS_TIME, KEYS_REPLAY, "faster",
	 "twice as fast, up to 1024 times"},
	{{'['}, ACTION_PLAY_SLOWER, KEYS_TIME, KEYS_REPLAY, "", "half as fast, down to an eighth"},
	{{'}'}, ACTION_PLAY_MARK, KEYS_TIME, KEYS_REPLAY, "mark", "go to the next mark"},
	{{'{'}, ACTION_PLAY_MARK_BEFORE, KEYS_TIME, KEYS_REPLAY, "", "go to the mark before"},

	{{'C'}, ACTION_SORT_COW, KEYS_TABLE, KEYS_BOTH, "", "sort by copied memory"},
	{{'M'}, ACTION_SORT_MEMORY, KEYS_TABLE, KEYS_BOTH, "", "sort by resident memory"},
	{{'D'}, ACTION_SORT_RATE, KEYS_TABLE, KEYS_BOTH, "", "sort by copies per second"},
	{{'N'}, ACTION_SORT_FAULTS, KEYS_TABLE, KEYS_BOTH, "", "sort by minor faults per second"},
	{{'P'}, ACTION_SORT_PID, KEYS_TABLE, KEYS_BOTH, "", "sort by pid"},
	{{'>', F(6)}, ACTION_SORT_NEXT, KEYS_TABLE, KEYS_BOTH, "sort", "sort by the next column"},
	{{'<'}, ACTION_SORT_PREVIOUS, KEYS_TABLE, KEYS_BOTH, "", "sort by the column before"},
	{{'I'}, ACTION_INVERT, KEYS_TABLE, KEYS_BOTH, "", "turn the order round"},
	{{'a'}, ACTION_ALL, KEYS_TABLE, KEYS_BOTH, "", "all processes, or only active ones"},
	{{'H'}, ACTION_HIDE_COLUMN, KEYS_TABLE, KEYS_BOTH, "", "hide the column that is sorted by"},
	{{'*'}, ACTION_ALL_COLUMNS, KEYS_TABLE, KEYS_BOTH, "", "all columns again"},

	{{'/', F(3)}, ACTION_SEARCH, KEYS_FINDING, KEYS_BOTH, "search", "search a command or pid"},
	{{'n'}, ACTION_SEARCH_NEXT, KEYS_FINDING, KEYS_BOTH, "", "next one found"},
	{{'B'}, ACTION_SEARCH_PREVIOUS, KEYS_FINDING, KEYS_BOTH, "", "one found before"},
	{{'\\', F(4)}, ACTION_FILTER, KEYS_FINDING, KEYS_BOTH, "filter", "show only what matches"},
	{{'F'}, ACTION_FOLLOW, KEYS_FINDING, KEYS_BOTH, "", "keep the selected process in sight"},
	{{' ', 'u'}, ACTION_TAG, KEYS_FINDING, KEYS_LIVE, "", "tag; the tagged are summed up"},
	{{'u'}, ACTION_TAG, KEYS_FINDING, KEYS_REPLAY, "", "tag; the tagged are summed up"},
	{{'U'}, ACTION_UNTAG, KEYS_FINDING, KEYS_BOTH, "", "take all tags back"},

	{{'x'}, ACTION_COLOR, KEYS_PROGRAM, KEYS_BOTH, "", "colours off and on"},
	{{'W'}, ACTION_SAVE, KEYS_PROGRAM, KEYS_BOTH, "", "remember sort, columns and interval"},
	{{CTRL('l')}, ACTION_REPAINT, KEYS_PROGRAM, KEYS_BOTH, "", "draw the screen anew"},
	{{CTRL('z')}, ACTION_SUSPEND, KEYS_PROGRAM, KEYS_BOTH, "", "suspend"},
	{{'q', F(10)}, ACTION_QUIT, KEYS_PROGRAM, KEYS_BOTH, "quit", "leave"},
};
const size_t nkeys = sizeof(keys) / sizeof(*keys);

bool key_applies(const struct key *key, enum key_view view)
{
	return key->view == KEYS_BOTH || key->view == view;
}

enum action key_action(int code, enum key_view view)
{
	size_t i, k;

	for (i = 0; code && i < nkeys; i++) {
		for (k = 0; k < KEYS_PER_ACTION && key_applies(&keys[i], view); k++) {
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
