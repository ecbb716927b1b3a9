/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages by id. The texts are those of messages.def; the compiler checks their
 * arguments where they are said.
 */
#ifndef ALV_VERIFIER_MESSAGE_H
#define ALV_VERIFIER_MESSAGE_H

#include "base/types.h"

enum alv_message {
#define MESSAGE(ID, text, meaning, advice) ALV_MSG_##ID,
#include "verifier/messages.def"
#undef MESSAGE
	ALV_N_MESSAGES,
};

#define MESSAGE(ID, text, meaning, advice) static const char alv_text_##ID[] = text;
#include "verifier/messages.def"
#undef MESSAGE

struct alv_message_row {
	const char *name;
	const char *text;
	const char *meaning;
	const char *advice;
};

extern const struct alv_message_row alv_messages[ALV_N_MESSAGES];

#endif
