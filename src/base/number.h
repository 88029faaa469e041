#ifndef COWTOP_BASE_NUMBER_H
#define COWTOP_BASE_NUMBER_H

/* Numbers as programs read them, the same in JSON and CSV. LC_NUMERIC is that of the C locale. */

#define NUMBER_LEN 32

/* Into `out`, returned: "" for what is no number, without an exponent where it is whole, otherwise 15
 * digits, or 17 where 15 are not enough. */
char *number_format(char out[static NUMBER_LEN], double value);

#endif
