/* SPDX-License-Identifier: BSD-2-Clause */
/* The served program types, one for each row of type.def. */
#ifndef ALV_PROGRAM_TYPES_H
#define ALV_PROGRAM_TYPES_H

#include "abi/uapi.h"
#include "program/type.h"

#define PROG_TYPE(NAME, NUMBER) extern const struct alv_prog_type alv_prog_type_##NAME;
#define PROG_TYPE_ABSENT(NAME, NUMBER)
#include "program/type.def"
#undef PROG_TYPE
#undef PROG_TYPE_ABSENT

#endif
