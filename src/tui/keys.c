#include "tui/keys.h"

#include "tui/act.h"
#include "tui/pane.h"

#define F(n) (KEY_CODE_F1 + (n)-1)
#define CTRL(letter) ((letter)&31)
#define FAR 1000000 /* beyond either end of everything: ui_settle() stops there */

/* The order of the help. atop's keys where atop has them, htop's where fingers expect them. */
/* clang-format off */
const struct key keys[] = {
	{{'m', 'w'}, act_open, {.pane = &pane_workers}, KEYS_PANES, KEYS_BOTH, "",
	 "processes and their memory"},
	{{'g', F(2)}, act_open, {.pane = &pane_groups}, KEYS_PANES, KEYS_BOTH, "groups",
	 "workers by GC setting, what follows"},
	{{'v', F(5)}, act_open, {.pane = &pane_regions}, KEYS_PANES, KEYS_BOTH, "regions",
	 "regions of the selected process"},
	{{'p', F(7)}, act_open, {.pane = &pane_map}, KEYS_PANES, KEYS_BOTH, "map",
	 "page map of the selected process"},
	{{'f', F(8)}, act_open, {.pane = &pane_faults}, KEYS_PANES, KEYS_BOTH, "faults",
	 "faults and copies over time"},
	{{'l', F(9)}, act_open, {.pane = &pane_events}, KEYS_PANES, KEYS_BOTH, "log", "log of events"},
	{{KEY_CODE_ENTER}, act_enter, {.pane = &pane_details}, KEYS_PANES, KEYS_BOTH, "",
	 "all about the selected process; unfold the selected stack"},
	{{'s'}, act_stacks, {.pane = &pane_stacks}, KEYS_PANES, KEYS_LIVE, "stacks",
	 "call stacks that copy pages; once more: off"},
	{{'s'}, act_stacks, {.pane = &pane_stacks}, KEYS_PANES, KEYS_REPLAY, "",
	 "call stacks as recorded up to here; once more: back"},
	{{'o'}, act_stacks_of_one, {0}, KEYS_PANES, KEYS_BOTH, "",
	 "stacks of the pool, or of the selected process"},
	{{'0'}, act_stacks_again, {0}, KEYS_PANES, KEYS_LIVE, "", "stacks: begin again, forget those so far"},
	{{'?', 'h', F(1)}, act_help, {.pane = &pane_help}, KEYS_PANES, KEYS_BOTH, "help", "this help"},
	{{'\t'}, act_next_pane, {.by = 1}, KEYS_PANES, KEYS_BOTH, "", "next pane"},
	{{KEY_CODE_BACK_TAB}, act_next_pane, {.by = -1}, KEYS_PANES, KEYS_BOTH, "", "previous pane"},
	{{KEY_CODE_ESCAPE, KEY_CODE_BACKSPACE}, act_back, {0}, KEYS_PANES, KEYS_BOTH, "",
	 "back; drop the search"},

	{{KEY_CODE_UP, 'k'}, act_move, {.by = -1}, KEYS_MOVING, KEYS_BOTH, "", "row up"},
	{{KEY_CODE_DOWN, 'j'}, act_move, {.by = 1}, KEYS_MOVING, KEYS_BOTH, "", "row down"},
	{{KEY_CODE_PAGE_UP, CTRL('b')}, act_page, {.by = -1}, KEYS_MOVING, KEYS_BOTH, "", "page up"},
	{{KEY_CODE_PAGE_DOWN, CTRL('f')}, act_page, {.by = 1}, KEYS_MOVING, KEYS_BOTH, "", "page down"},
	{{KEY_CODE_HOME}, act_move, {.by = -FAR}, KEYS_MOVING, KEYS_BOTH, "", "first row"},
	{{KEY_CODE_END}, act_move, {.by = FAR}, KEYS_MOVING, KEYS_BOTH, "", "last row"},
	{{KEY_CODE_LEFT}, act_aside, {.by = -8}, KEYS_MOVING, KEYS_BOTH, "", "commands from further left"},
	{{KEY_CODE_RIGHT}, act_aside, {.by = 8}, KEYS_MOVING, KEYS_BOTH, "", "commands from further right"},
	{{'+', '='}, act_zoom, {.by = 1}, KEYS_MOVING, KEYS_BOTH, "",
	 "zoom in: page map; else shorter trends"},
	{{'-'}, act_zoom, {.by = -1}, KEYS_MOVING, KEYS_BOTH, "", "zoom out: page map; else longer trends"},

	{{'t'}, act_now, {0}, KEYS_TIME, KEYS_LIVE, "", "sample now; in the past: one instant later"},
	{{'T'}, act_earlier, {0}, KEYS_TIME, KEYS_LIVE, "", "one instant earlier; measuring goes on"},
	{{'b'}, act_ask, {.ask = ASK_TIME}, KEYS_TIME, KEYS_LIVE, "", "go to a time, 09:00 or -5m"},
	{{'r'}, act_oldest, {0}, KEYS_TIME, KEYS_LIVE, "", "go to the oldest instant there is"},
	{{'Z'}, act_live, {0}, KEYS_TIME, KEYS_LIVE, "", "back to now"},
	{{'z'}, act_pause, {0}, KEYS_TIME, KEYS_LIVE, "pause", "pause, and on again; measuring goes on"},
	{{'i'}, act_ask, {.ask = ASK_INTERVAL}, KEYS_TIME, KEYS_LIVE, "", "change the interval"},

	{{' ', 'z'}, act_effect, {.effect = EFFECT_PLAY}, KEYS_TIME, KEYS_REPLAY, "play", "play, and pause"},
	{{'t'}, act_effect, {.effect = EFFECT_PLAY_NEXT}, KEYS_TIME, KEYS_REPLAY, "next", "the next sample"},
	{{'T'}, act_effect, {.effect = EFFECT_PLAY_BEFORE}, KEYS_TIME, KEYS_REPLAY, "", "the sample before"},
	{{'b'}, act_ask, {.ask = ASK_PLAY_TIME}, KEYS_TIME, KEYS_REPLAY, "time",
	 "go to a time, 09:00 or +10m or -5m"},
	{{'r'}, act_effect, {.effect = EFFECT_PLAY_FIRST}, KEYS_TIME, KEYS_REPLAY, "",
	 "back to the beginning"},
	{{'Z'}, act_effect, {.effect = EFFECT_PLAY_LAST}, KEYS_TIME, KEYS_REPLAY, "",
	 "to the end; follow what is still recorded"},
	{{']'}, act_effect, {.effect = EFFECT_PLAY_FASTER}, KEYS_TIME, KEYS_REPLAY, "faster",
	 "twice as fast, up to 1024 times"},
	{{'['}, act_effect, {.effect = EFFECT_PLAY_SLOWER}, KEYS_TIME, KEYS_REPLAY, "",
	 "half as fast, down to an eighth"},
	{{'}'}, act_effect, {.effect = EFFECT_PLAY_MARK}, KEYS_TIME, KEYS_REPLAY, "mark",
	 "go to the next mark"},
	{{'{'}, act_effect, {.effect = EFFECT_PLAY_MARK_BEFORE}, KEYS_TIME, KEYS_REPLAY, "",
	 "go to the mark before"},

	{{'C'}, act_sort, {.column = "cow"}, KEYS_TABLE, KEYS_BOTH, "", "sort by copied memory"},
	{{'M'}, act_sort, {.column = "rss"}, KEYS_TABLE, KEYS_BOTH, "", "sort by resident memory"},
	{{'D'}, act_sort, {.column = "+cow/s"}, KEYS_TABLE, KEYS_BOTH, "", "sort by copies per second"},
	{{'N'}, act_sort, {.column = "minflt/s"}, KEYS_TABLE, KEYS_BOTH, "",
	 "sort by minor faults per second"},
	{{'P'}, act_sort, {.column = "pid"}, KEYS_TABLE, KEYS_BOTH, "", "sort by pid"},
	{{'>', F(6)}, act_sort_next, {.by = 1}, KEYS_TABLE, KEYS_BOTH, "sort", "sort by the next column"},
	{{'<'}, act_sort_next, {.by = -1}, KEYS_TABLE, KEYS_BOTH, "", "sort by the column before"},
	{{'I'}, act_invert, {0}, KEYS_TABLE, KEYS_BOTH, "", "turn the order round"},
	{{'V'}, act_tree, {0}, KEYS_TABLE, KEYS_BOTH, "", "tree of who forked whom, or one list"},
	{{'a'}, act_active, {0}, KEYS_TABLE, KEYS_BOTH, "", "all processes, or only active ones"},
	{{'H'}, act_hide_column, {0}, KEYS_TABLE, KEYS_BOTH, "", "hide the column that is sorted by"},
	{{'*'}, act_all_columns, {0}, KEYS_TABLE, KEYS_BOTH, "", "all columns again"},

	{{'/', F(3)}, act_ask, {.ask = ASK_SEARCH}, KEYS_FINDING, KEYS_BOTH, "search",
	 "search a command or pid"},
	{{'n'}, act_find, {.by = 1}, KEYS_FINDING, KEYS_BOTH, "", "next one found"},
	{{'B'}, act_find, {.by = -1}, KEYS_FINDING, KEYS_BOTH, "", "one found before"},
	{{'\\', F(4)}, act_ask, {.ask = ASK_FILTER}, KEYS_FINDING, KEYS_BOTH, "filter",
	 "show only what matches"},
	{{'F'}, act_follow, {0}, KEYS_FINDING, KEYS_BOTH, "", "keep the selected process in sight"},
	{{' ', 'u'}, act_tag, {0}, KEYS_FINDING, KEYS_LIVE, "", "tag; the tagged are summed up"},
	{{'u'}, act_tag, {0}, KEYS_FINDING, KEYS_REPLAY, "", "tag; the tagged are summed up"},
	{{'U'}, act_untag, {0}, KEYS_FINDING, KEYS_BOTH, "", "take all tags back"},

	{{'x'}, act_color, {0}, KEYS_PROGRAM, KEYS_BOTH, "", "colours off and on"},
	{{'W'}, act_effect, {.effect = EFFECT_SAVE}, KEYS_PROGRAM, KEYS_BOTH, "",
	 "remember sort, columns, tree and interval"},
	{{'R'}, act_reset, {0}, KEYS_PROGRAM, KEYS_BOTH, "",
	 "sort, columns, tree and interval as without settings"},
	{{CTRL('l')}, act_effect, {.effect = EFFECT_REPAINT}, KEYS_PROGRAM, KEYS_BOTH, "",
	 "draw the screen anew"},
	{{CTRL('z')}, act_effect, {.effect = EFFECT_SUSPEND}, KEYS_PROGRAM, KEYS_BOTH, "", "suspend"},
	{{'q', F(10)}, act_effect, {.effect = EFFECT_QUIT}, KEYS_PROGRAM, KEYS_BOTH, "quit", "leave"},
};
/* clang-format on */
const size_t nkeys = sizeof(keys) / sizeof(*keys);

const struct key *key_find(int code, enum key_view view)
{
	size_t i, k;

	for (i = 0; code && i < nkeys; i++) {
		for (k = 0; k < KEYS_PER_ROW && key_applies(&keys[i], view); k++) {
			if (keys[i].codes[k] == code)
				return &keys[i];
		}
	}
	return NULL;
}
