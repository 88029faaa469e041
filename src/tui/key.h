#ifndef COWTOP_TUI_KEY_H
#define COWTOP_TUI_KEY_H

/*
 * A row of the table of keys (tui/keys.h): the keys themselves, the function that they call with what it is
 * told, and their line in the help. Input, help pane and bottom line are all driven by these rows.
 */
#include "tui/key_code.h"
#include "tui/ui.h"

enum key_group {
	KEYS_PANES,
	KEYS_MOVING,
	KEYS_TIME,
	KEYS_TABLE,
	KEYS_FINDING,
	KEYS_MOUSE,
	KEYS_PROGRAM,
	KEY_GROUPS,
};

/* A pool and a recording are looked at with the same keys, but for those of time. */
enum key_view {
	KEYS_BOTH,
	KEYS_LIVE,
	KEYS_REPLAY,
};

struct key;

/* What a key does (tui/act.h): a change of `ui`, and the effect that the event loop has to bring about. */
typedef enum ui_effect key_fn(struct ui *ui, const struct ui_model *m, const struct key *key);

#define KEYS_PER_ROW 3

struct key {
	int codes[KEYS_PER_ROW]; /* 0: none */
	key_fn *act;
	/* What `act` is told: it says which of these it reads. */
	struct {
		const struct pane *pane; /* that is opened; NULL: none */
		int by;                  /* how far, and which way */
		const char *column;      /* its name (tui/column.h) */
		enum ask ask;
		enum ui_effect effect;
	} with;
	enum key_group group;
	enum key_view view;
	const char *hint; /* one word for the bottom line, "" when it is not there */
	const char *help; /* one line, no full stop */
};

/* The keys of which view there are: never KEYS_BOTH. */
static inline enum key_view key_view_of(const struct ui_model *m)
{
	return m->playback ? KEYS_REPLAY : KEYS_LIVE;
}

/* Does it do something there? `view` is not KEYS_BOTH. */
bool key_applies(const struct key *key, enum key_view view);
/* The row of a key among those that `ui` has, in this view, which is not KEYS_BOTH; NULL: the key does nothing there. */
const struct key *key_find(const struct ui *ui, int code, enum key_view view);
/* "q", "F10", "Space", "Ctrl-Z", "PgUp" into `out`, returned. */
char *key_label(char out[static 16], int code);
/* The names of all keys of a row, "q F10", into `out`, returned. */
char *key_names(char out[static 48], const struct key *key);
const char *key_group_name(enum key_group group);

#endif
