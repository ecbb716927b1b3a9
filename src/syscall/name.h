/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of maps and programs, as clients write them. */
#ifndef ALV_SYSCALL_NAME_H
#define ALV_SYSCALL_NAME_H

#include "abi/attr.h"

/*
 * The name up to its NUL, and NULs from there. -EINVAL: there is no NUL, or a character
 * that is neither '_', '.', a digit nor a letter (of Latin-1, as the kernel knows them).
 */
int alv_name_copy(char name[ALV_NAME_LEN], const char from[ALV_NAME_LEN]);

#endif
