/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/message.h"

const struct alv_message_row alv_messages[ALV_N_MESSAGES] = {
#define MESSAGE(ID, text_, meaning_, advice_)                                                      \
	[ALV_MSG_##ID] = {                                                                         \
		.name = #ID,                                                                       \
		.text = alv_text_##ID,                                                             \
		.meaning = meaning_,                                                               \
		.advice = advice_,                                                                 \
	},
#include "verifier/messages.def"
#undef MESSAGE
};
