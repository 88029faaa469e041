#include "sys/khugepaged.h"

#include <fcntl.h>
#include "base/cleanup.h"
#include "sys/proc.h"

fact khugepaged_collapsed(void)
{
	cleanup_close int fd = open("/sys/kernel/mm/transparent_hugepage/khugepaged/pages_collapsed",
				    O_RDONLY | O_CLOEXEC);

	return proc_read_number(fd);
}
