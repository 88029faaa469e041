#include "parse/isa.h"

const struct isa *isa_of(uint16_t machine)
{
	static const struct isa *const known[] = { &isa_x86, &isa_arm64 };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i]->machine == machine)
			return known[i];
	return NULL;
}
