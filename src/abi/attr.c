/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing but proofs: our layout is the UAPI's, as far as the header goes. */
#include "abi/attr.h"

#include "abi/uapi.h"

#define SAME_PLACE(ours, theirs)                                                                   \
	_Static_assert(offsetof(union alv_attr, ours) == offsetof(union bpf_attr, theirs),         \
		       "union alv_attr differs from the UAPI at " #ours)

SAME_PLACE(map_create.map_extra, map_extra);
SAME_PLACE(map_create.btf_vmlinux_value_type_id, btf_vmlinux_value_type_id);
SAME_PLACE(elem.flags, flags);
SAME_PLACE(batch.flags, batch.flags);
SAME_PLACE(obj.file_flags, file_flags);
SAME_PLACE(id.open_flags, open_flags);
SAME_PLACE(info.info, info.info);
SAME_PLACE(btf_load.btf_log_level, btf_log_level);
SAME_PLACE(enable_stats.type, enable_stats.type);
SAME_PLACE(test_run.batch_size, test.batch_size);
SAME_PLACE(bind_map.flags, prog_bind_map.flags);
SAME_PLACE(prog_load.prog_name, prog_name);
SAME_PLACE(prog_load.line_info_cnt, line_info_cnt);
SAME_PLACE(prog_load.core_relo_rec_size, core_relo_rec_size);

_Static_assert(sizeof(struct alv_attr_prog_load) == ALV_ATTR_SIZE, "PROG_LOAD in Linux 6.18");
_Static_assert(sizeof(union alv_attr) == ALV_ATTR_SIZE,
	       "size of union bpf_attr in Linux 6.18");
_Static_assert(offsetof(struct alv_map_info, map_extra) ==
		       offsetof(struct bpf_map_info, map_extra),
	       "struct bpf_map_info");
_Static_assert(sizeof(struct alv_btf_info) == sizeof(struct bpf_btf_info),
	       "struct bpf_btf_info");
