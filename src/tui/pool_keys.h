#ifndef COWTOP_TUI_POOL_KEYS_H
#define COWTOP_TUI_POOL_KEYS_H

/* The keys of the list of pools: those of the view of one pool (tui/keys.h), where they mean something here. */
#include "tui/key.h"

extern const struct key pool_keys[];
extern const size_t npool_keys;

/* What the user typed is in ui->line: `what` was asked. */
enum ui_effect pool_answer(struct ui *ui, const struct ui_model *m, enum ask what);

#endif
