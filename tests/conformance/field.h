/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fields of each command's attributes: what is printed before the arrow.
 */
#ifndef CONFORM_FIELD_H
#define CONFORM_FIELD_H

#include "attr.h"
#include "descriptor.h"

#include <stddef.h>

enum field_kind {
	FIELD_OBJECT, /* the descriptor that the command works on */
	FIELD_FD,     /* another descriptor, printed when not 0 */
	FIELD_NUMBER,
	FIELD_HEX,
	FIELD_ID, /* of a map or a program */
	FIELD_BTF_ID,
	FIELD_TYPE,
	FIELD_NAME,
	FIELD_KEY, /* pointers: what lies there is printed */
	FIELD_VALUE,
	FIELD_PATH,
	FIELD_OUT,   /* ... only an odd address is */
	FIELD_INPUT, /* ... "set" */
};

struct field {
	const char *name;
	unsigned short offset, size;
	enum field_kind kind;
};

struct command {
	const char *name;
	unsigned int end; /* behind the last field the kernel knows */
	const struct field *fields;
};

/* NULL when the suite does not cover the command. */
const struct command *field_command(int number);

u64 field_get(const struct field *field, const union attr *attr);

/* Prints the attributes; d is the object's descriptor or NULL. */
void field_print_all(const struct command *command, const union attr *attr,
		     const struct descriptor *d);

/* Prints a key or a value as the map's type has it. */
void field_print_value(const struct descriptor *d, const void *value);
void field_print_id(u32 id);
void field_print_btf_id(u32 id);

#endif
