/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes records of what the verifier thinks: record.h has what is in them. */
#ifndef ALV_TESTS_ORACLE_RECORDER_H
#define ALV_TESTS_ORACLE_RECORDER_H

#include "verifier/verifier.h"

struct record;

/* At most `limit` states; more end the check with -E2BIG. -ENOMEM. */
int record_new(u32 n_insns, u32 limit, struct record **ret_record);
void record_free(struct record *record);
bool record_overflowed(const struct record *record);
/* What fills it. */
void record_observer(struct record *record, bool precise,
		     struct alv_verifier_observer *ret_observer);

#endif
