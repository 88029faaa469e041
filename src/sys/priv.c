#include "sys/priv.h"

#include <cap-ng.h>

static const struct {
	unsigned bit, capability;
	const char *name;
} known[] = {
	{ PRIV_SYS_PTRACE, CAP_SYS_PTRACE, "cap_sys_ptrace" },
	{ PRIV_DAC_READ_SEARCH, CAP_DAC_READ_SEARCH, "cap_dac_read_search" },
	{ PRIV_SYS_ADMIN, CAP_SYS_ADMIN, "cap_sys_admin" },
	{ PRIV_DAC_OVERRIDE, CAP_DAC_OVERRIDE, "cap_dac_override" },
};

#define NKNOWN (sizeof(known) / sizeof(known[0]))

static unsigned in_set(capng_type_t set)
{
	unsigned found = 0;
	size_t i;

	if (capng_get_caps_process() < 0)
		return 0;
	for (i = 0; i < NKNOWN; i++)
		if (capng_have_capability(set, known[i].capability))
			found |= known[i].bit;
	return found;
}

unsigned priv_effective(void)
{
	return in_set(CAPNG_EFFECTIVE);
}

unsigned priv_bounding(void)
{
	return in_set(CAPNG_BOUNDING_SET);
}

const char *priv_name(unsigned bit)
{
	size_t i;

	for (i = 0; i < NKNOWN; i++)
		if (known[i].bit == bit)
			return known[i].name;
	return NULL;
}
