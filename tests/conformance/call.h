/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One call of bpf(2), written to the transcript: attributes, result, and what
 * came back. Results are 0, a descriptor, or -errno.
 */
#ifndef CONFORM_CALL_H
#define CONFORM_CALL_H

#include "attr.h"

#include <stddef.h>

/* The call itself; nothing is printed. */
long bpf_raw(int command, const void *attr, unsigned int size);

/* With the size of Linux 6.18's attributes. */
long call(int command, union attr *attr);
long call_sized(int command, union attr *attr, unsigned int size);

/* With attributes at an address that must be refused. */
long call_at(int command, uint64_t address, unsigned int size);

/* The name of a command, and where its known attributes end. */
const char *call_name(int command);
unsigned int call_attr_end(int command);

/* The commands of the suite. */
extern const int call_commands[];
extern const unsigned int call_command_count;

/* The offset of the field that holds the object's descriptor; -1: none. */
int call_descriptor_offset(int command);

#endif
