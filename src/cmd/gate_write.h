#ifndef COWTOP_CMD_GATE_WRITE_H
#define COWTOP_CMD_GATE_WRITE_H

/* What a gate has judged, to where it was asked for, and where the system that builds looks for it. */
#include "cmd/atomic_file.h"
#include "cmd/gate_options.h"
#include "model/judged.h"

/* Each file that was opened, annotations and the summary under GitHub Actions. Of a run without figures there are
 * neither metrics nor a benchmark. `above` stands on top of the summary. */
int gate_write(const struct gate_settings *set, struct atomic_file files[GATE_FILES], const struct judged *j,
	       const struct buf *above, struct err *err);

#endif
