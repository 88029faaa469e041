#ifndef COWTOP_CMD_RECORD_FOLDER_H
#define COWTOP_CMD_RECORD_FOLDER_H

/*
 * The folder of record --all: who records into it, and what of its files is kept. Only files with a name that a
 * recorder gives (NAME-PID.ct, NAME-PID-INSTANT.ct) and with a recording in them are touched.
 */
#include "base/buf.h"
#include "base/err.h"
#include "cmd/record_rotate.h"
#include "model/snapshot.h"

struct record_folder {
	const char *path; /* borrowed */
	int fd;           /* locked as long as it is open */
};

#define RECORD_FOLDER_NONE \
	{ \
		.fd = -1 \
	}

/* Makes it if need be, and locks it. What a recorder that was killed has left is moved aside. */
int record_folder_open(struct record_folder *f, const char *path, struct err *err);
void record_folder_close(struct record_folder *f);
/* PATH/NAME-PID.ct, of the pool's command: 40 characters at most, and none that a shell or a terminal minds. */
void record_folder_name(const struct record_folder *f, const struct snapshot *s, struct buf *ret);
/* Delete the oldest of those that were moved aside, until those that are left are to be kept and take no more than
 * `most` bytes. Says a line about one that cannot be deleted. */
void record_folder_prune(const struct record_folder *f, const struct rotate_keep *keep, uint64_t most);

#endif
