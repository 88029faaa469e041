#ifndef COWTOP_TUI_ACT_H
#define COWTOP_TUI_ACT_H

/*
 * What a key does: a pure change of what the user looks at, and the effect that the event loop has
 * to bring about. Follow it by ui_settle() and view_draw(), whatever it returns.
 */
#include "tui/keys.h"
#include "tui/ui.h"

enum ui_effect {
	EFFECT_NONE,
	EFFECT_SAMPLE,   /* take a sample now */
	EFFECT_INTERVAL, /* ui->interval_s has changed */
	EFFECT_SAVE,     /* write sort, hidden columns and interval to the settings */
	EFFECT_REPAINT,  /* the terminal may be garbled: draw everything anew */
	EFFECT_SUSPEND,  /* Ctrl-Z */
	/* of a replay, in the order of its actions */
	EFFECT_PLAY,     /* play or pause */
	EFFECT_PLAY_NEXT, EFFECT_PLAY_BEFORE, EFFECT_PLAY_FIRST, EFFECT_PLAY_LAST,
	EFFECT_PLAY_FASTER, EFFECT_PLAY_SLOWER, EFFECT_PLAY_MARK, EFFECT_PLAY_MARK_BEFORE,
	EFFECT_PLAY_TIME, /* go to the time in ui->line */
	EFFECT_QUIT,
};

/* A key as the terminal gave it: looked up in the table, or typed into the line being asked for. */
enum ui_effect ui_key(struct ui *ui, const struct ui_model *m, int code);

/* One action. */
enum ui_effect ui_act(struct ui *ui, const struct ui_model *m, enum action action);

/* The shortest and longest interval that can be typed, in seconds. */
#define UI_INTERVAL_MIN 0.1
#define UI_INTERVAL_MAX 3600.0

#endif
