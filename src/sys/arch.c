#include "sys/arch.h"

const char *arch_call_name(int number)
{
	for (size_t i = 0; i < arch.ncalls; i++)
		if (arch.calls[i].number == number)
			return arch.calls[i].name;
	return "syscall";
}
