/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index of names: a hash table of the named types of one BTF (not of its
 * base), made by the first who looks a name up. Private to btf/.
 */
#ifndef ALV_BTF_INDEX_H
#define ALV_BTF_INDEX_H

#include "btf/btf.h"

void alv_btf_index_free(struct alv_btf_index *index); /* NULL is fine */

#endif
