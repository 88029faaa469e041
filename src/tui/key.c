#include "tui/key.h"

#include <stdio.h>
#include <string.h>

bool key_applies(const struct key *key, enum key_view view)
{
	return key->view == KEYS_BOTH || key->view == view;
}

const struct key *key_find(const struct ui *ui, int code, enum key_view view)
{
	size_t i, k;

	for (i = 0; code && i < ui->nkeys; i++) {
		for (k = 0; k < KEYS_PER_ROW && key_applies(&ui->keys[i], view); k++) {
			if (ui->keys[i].codes[k] == code)
				return &ui->keys[i];
		}
	}
	return NULL;
}

char *key_label(char out[static 16], int code)
{
	static const struct {
		int code;
		const char *name;
	} named[] = {
		{ KEY_CODE_ENTER, "Enter" },
		{ KEY_CODE_ESCAPE, "Esc" },
		{ KEY_CODE_BACKSPACE, "Backspace" },
		{ '\t', "Tab" },
		{ ' ', "Space" },
		{ KEY_CODE_UP, "Up" },
		{ KEY_CODE_DOWN, "Down" },
		{ KEY_CODE_LEFT, "Left" },
		{ KEY_CODE_RIGHT, "Right" },
		{ KEY_CODE_PAGE_UP, "PgUp" },
		{ KEY_CODE_PAGE_DOWN, "PgDn" },
		{ KEY_CODE_HOME, "Home" },
		{ KEY_CODE_END, "End" },
		{ KEY_CODE_BACK_TAB, "Shift-Tab" },
		{ KEY_CODE_CLICK, "Click" },
		{ KEY_CODE_WHEEL_UP, "Wheel-Up" },
		{ KEY_CODE_WHEEL_DOWN, "Wheel-Down" },
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
	for (k = 0; k < KEYS_PER_ROW && key->codes[k]; k++)
		len += (size_t)snprintf(out + len, 48 - len, "%s%s", k ? " " : "",
					key_label(one, key->codes[k]));
	return out;
}

const char *key_group_name(enum key_group group)
{
	static const char *const names[KEY_GROUPS] = {
		[KEYS_PANES] = "Panes",     [KEYS_MOVING] = "Moving",   [KEYS_TIME] = "Time",
		[KEYS_TABLE] = "Table",     [KEYS_FINDING] = "Finding", [KEYS_MOUSE] = "Mouse",
		[KEYS_PROGRAM] = "Program",
	};

	return names[group];
}
