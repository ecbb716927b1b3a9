/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the library tells its embedder: one callback, never a print. A message
 * is one line without its newline and says what happened to whom.
 */
#ifndef ALV_BASE_LOG_H
#define ALV_BASE_LOG_H

#include <alveary/alveary.h>

struct alv_log {
	alv_log_fn *fn; /* NULL: nobody listens */
	void *data;
};

void alv_log(const struct alv_log *log, enum alv_log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
