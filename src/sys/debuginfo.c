#include "sys/debuginfo.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/cleanup.h"

int debuginfo_open(const uint8_t *id, size_t len)
{
	cleanup(buf_release) struct buf path = { 0 };
	struct stat st;
	int fd;

	if (len < 2)
		return -1;
	buf_printf(&path, "/usr/lib/debug/.build-id/%02x/", id[0]);
	for (size_t i = 1; i < len; i++)
		buf_printf(&path, "%02x", id[i]);
	buf_adds(&path, ".debug");
	fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}
