/* SPDX-License-Identifier: BSD-2-Clause */
#include "syscall/name.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define MULTIPLICATION 0xd7 /* signs among the letters */
#define DIVISION       0xf7
#define FIRST_LETTER   0xc0 /* above ASCII */

static bool may_stand(u8 c)
{
	if (c >= FIRST_LETTER)
		return c != MULTIPLICATION && c != DIVISION;
	return (c < 0x80 && isalnum(c)) || c == '_' || c == '.';
}

int alv_name_copy(char name[ALV_NAME_LEN], const char from[ALV_NAME_LEN])
{
	size_t size = strnlen(from, ALV_NAME_LEN);

	if (size == ALV_NAME_LEN)
		return -EINVAL;
	for (size_t i = 0; i < size; i++)
		if (!may_stand((u8)from[i]))
			return -EINVAL;
	memset(name, 0, ALV_NAME_LEN);
	memcpy(name, from, size);
	return 0;
}
