/* SPDX-License-Identifier: BSD-2-Clause */
/* The program that a command starts: who makes its system calls? */
#ifndef ALV_SUPERVISOR_EXECUTABLE_H
#define ALV_SUPERVISOR_EXECUTABLE_H

#include <stdbool.h>

/*
 * True if a preloaded library stands between the program and its opens: it has a
 * dynamic loader, and is none of Go, whose programs make their calls themselves.
 * For a script its interpreter is asked. What can't be read is taken for dynamic.
 */
bool alv_executable_takes_preload(const char *command);

#endif
