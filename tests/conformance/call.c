/* SPDX-License-Identifier: BSD-2-Clause */
#include "call.h"

#include "descriptor.h"
#include "field.h"
#include "map_type.h"
#include "memory.h"
#include "transcript.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEPT_MAX 65536

const int call_commands[] = {
	BPF_MAP_CREATE,
	BPF_MAP_LOOKUP_ELEM,
	BPF_MAP_UPDATE_ELEM,
	BPF_MAP_DELETE_ELEM,
	BPF_MAP_GET_NEXT_KEY,
	BPF_OBJ_PIN,
	BPF_OBJ_GET,
	BPF_PROG_GET_NEXT_ID,
	BPF_MAP_GET_NEXT_ID,
	BPF_MAP_GET_FD_BY_ID,
	BPF_OBJ_GET_INFO_BY_FD,
	BPF_BTF_LOAD,
	BPF_BTF_GET_FD_BY_ID,
	BPF_MAP_LOOKUP_AND_DELETE_ELEM,
	BPF_MAP_FREEZE,
	BPF_BTF_GET_NEXT_ID,
	BPF_MAP_LOOKUP_BATCH,
	BPF_MAP_LOOKUP_AND_DELETE_BATCH,
	BPF_MAP_UPDATE_BATCH,
	BPF_MAP_DELETE_BATCH,
	BPF_ENABLE_STATS,
	BPF_PROG_LOAD,
	BPF_PROG_TEST_RUN,
	BPF_PROG_GET_FD_BY_ID,
	BPF_PROG_BIND_MAP,
};
const unsigned int call_command_count = sizeof(call_commands) / sizeof(call_commands[0]);

/* What the client's buffer held before the call: a refused call leaves it alone. */
static u8 kept[KEPT_MAX];

long bpf_raw(int command, const void *attr, unsigned int size)
{
	long result = syscall(SYS_bpf, command, attr, size);

	return result < 0 ? -errno : result;
}

const char *call_name(int command)
{
	const struct command *c = field_command(command);

	return c ? c->name : "UNKNOWN";
}

unsigned int call_attr_end(int command)
{
	const struct command *c = field_command(command);

	return c ? c->end : 0;
}

int call_descriptor_offset(int command)
{
	const struct field *field = field_command(command)->fields;

	for (; field->name; field++)
		if (field->kind == FIELD_OBJECT)
			return field->offset;
	return -1;
}

static int returns_descriptor(int command)
{
	return command == BPF_MAP_CREATE || command == BPF_OBJ_GET ||
	       command == BPF_MAP_GET_FD_BY_ID || command == BPF_BTF_GET_FD_BY_ID ||
	       command == BPF_BTF_LOAD || command == BPF_ENABLE_STATS ||
	       command == BPF_PROG_LOAD || command == BPF_PROG_GET_FD_BY_ID;
}

static const struct descriptor *object_of(int command, const union attr *attr)
{
	int offset = call_descriptor_offset(command), fd;

	if (offset < 0)
		return NULL;
	memcpy(&fd, attr->bytes + offset, sizeof(fd));
	return descriptor_find(fd);
}

/* Where and how much the command may write into the client, beside the attributes. */
static size_t output_of(int command, const union attr *attr, const struct descriptor *d,
			u64 *ret_address)
{
	switch (command) {
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
		*ret_address = attr->elem.value;
		return d ? descriptor_value_size(d) : 0;
	case BPF_MAP_GET_NEXT_KEY:
		*ret_address = attr->elem.value;
		return d ? d->key_size : 0;
	case BPF_OBJ_GET_INFO_BY_FD:
		*ret_address = attr->info.info;
		return attr->info.info_len;
	case BPF_PROG_TEST_RUN:
		*ret_address = attr->run.data_out;
		return attr->run.data_size_out;
	default:
		return 0;
	}
}

static void print_map_info(const struct map_info *info)
{
	transcript_add(" type=%s id=", map_type_name(info->type));
	field_print_id(info->id);
	transcript_add(" key=%u value=%u max=%u flags=0x%x name=%.16s", info->key_size,
		       info->value_size, info->max_entries, info->map_flags, info->name);
	transcript_add(" extra=0x%llx vmlinux_type=%u hash_size=%u",
		       (unsigned long long)info->map_extra,
		       info->btf_vmlinux_value_type_id, info->hash_size);
	transcript_add(" ifindex=%u netns=%llu/%llu btf=", info->ifindex,
		       (unsigned long long)info->netns_dev,
		       (unsigned long long)info->netns_ino);
	field_print_btf_id(info->btf_id);
	transcript_add(" key_type=%u value_type=%u vmlinux=%u", info->btf_key_type_id,
		       info->btf_value_type_id, info->btf_vmlinux_id);
}

/* Native code is not the same everywhere, and times never are. */
static void print_prog_info(const struct prog_info *info)
{
	transcript_add(" type=%u id=", info->type);
	field_print_id(info->id);
	transcript_add(" tag=");
	transcript_bytes(info->tag, sizeof(info->tag));
	transcript_add(" xlated=%u loaded=%s uid=%s maps=%u name=%.16s gpl=%u",
		       info->xlated_prog_len, info->load_time ? "yes" : "no",
		       info->created_by_uid == getuid() ? "mine" : "another's",
		       info->nr_map_ids, info->name,
		       info->gpl_compatible);
	transcript_add(" ifindex=%u netns=%llu/%llu btf=", info->ifindex,
		       (unsigned long long)info->netns_dev,
		       (unsigned long long)info->netns_ino);
	field_print_btf_id(info->btf_id);
	transcript_add(" func=%u*%u line=%u*%u runs=%llu%s missed=%llu verified=%u",
		       info->nr_func_info, info->func_info_rec_size, info->nr_line_info,
		       info->line_info_rec_size,
		       (unsigned long long)info->run_cnt, info->run_time_ns ? " timed" : "",
		       (unsigned long long)info->recursion_misses, info->verified_insns);
	transcript_add(" attach_btf=%u/%u", info->attach_btf_obj_id, info->attach_btf_id);
}

static void print_info(const union attr *attr)
{
	union {
		struct map_info map;
		struct prog_info prog;
		struct btf_info btf;
	} info = {};
	u32 len = attr->info.info_len;

	memcpy(&info, (void *)(uintptr_t)attr->info.info,
	       len < sizeof(info) ? len : sizeof(info));
	transcript_add(" len=%u", len);
	if (descriptor_kind(attr->info.bpf_fd) == 'm') {
		print_map_info(&info.map);
		return;
	}
	if (descriptor_kind(attr->info.bpf_fd) == 'p') {
		print_prog_info(&info.prog);
		return;
	}
	transcript_add(" size=%u id=", info.btf.btf_size);
	field_print_btf_id(info.btf.id);
	transcript_add(" name_len=%u kernel=%u", info.btf.name_len, info.btf.kernel_btf);
}

static int compare_lines(const void *a, const void *b)
{
	return memcmp(*(u8 *const *)a, *(u8 *const *)b, sizeof(u32));
}

/* Elements of a lookup in batch, in order of their keys (which are unique). */
static void print_batch(const union attr *attr, const struct descriptor *d)
{
	const u8 *keys = (void *)(uintptr_t)attr->batch.keys;
	const u8 *values = (void *)(uintptr_t)attr->batch.values;
	const struct map_type *t = map_type_find(d->type);
	const u8 *sorted[64];
	u32 i, id, count = attr->batch.count;

	if (count > 64 || d->key_size < sizeof(u32))
		return;
	for (i = 0; i < count; i++)
		sorted[i] = keys + (size_t)i * d->key_size;
	qsort(sorted, count, sizeof(sorted[0]), compare_lines);
	for (i = 0; i < count; i++) {
		const u8 *value = values + (sorted[i] - keys) / d->key_size *
						   descriptor_value_size(d);

		transcript_add(" ");
		transcript_bytes(sorted[i], d->key_size);
		transcript_add("=>");
		memcpy(&id, value, sizeof(id));
		if (t && t->traits & MAP_FD_VALUE)
			field_print_id(id);
		else
			field_print_value(d, value);
	}
}

static void print_element(const union attr *attr, const struct descriptor *d)
{
	const struct map_type *t = map_type_find(d->type);
	const void *value = (void *)(uintptr_t)attr->elem.value;
	u32 id;

	transcript_add(" value=");
	if (t && t->traits & MAP_FD_VALUE) {
		memcpy(&id, value, sizeof(id));
		field_print_id(id);
	} else {
		field_print_value(d, value);
	}
}

/* How long it took is told, and never the same. */
static void print_run(const union attr *attr)
{
	transcript_add(" retval=%d size=%u", (s32)attr->run.retval, attr->run.data_size_out);
	if (attr->run.data_out && attr->run.data_size_out) {
		transcript_add(" data=");
		transcript_bytes((void *)(uintptr_t)attr->run.data_out,
				 attr->run.data_size_out);
	}
	transcript_add(" ctx_size=%u", attr->run.ctx_size_out);
	if (attr->run.ctx_out && attr->run.ctx_size_out) {
		transcript_add(" ctx=");
		transcript_bytes((void *)(uintptr_t)attr->run.ctx_out,
				 attr->run.ctx_size_out);
	}
}

static void print_success(int command, const union attr *attr, const struct descriptor *d)
{
	switch (command) {
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
		if (d)
			print_element(attr, d);
		break;
	case BPF_MAP_GET_NEXT_KEY:
		transcript_add(" next=");
		if (d)
			transcript_bytes((void *)(uintptr_t)attr->elem.value,
					 d->key_size);
		break;
	case BPF_OBJ_GET_INFO_BY_FD:
		print_info(attr);
		break;
	case BPF_PROG_TEST_RUN:
		print_run(attr);
		break;
	default:
		break;
	}
}

static int is_batch(int command)
{
	return command >= BPF_MAP_LOOKUP_BATCH && command <= BPF_MAP_DELETE_BATCH;
}

/* Batches say how far they came even when they fail. */
static void print_back(int command, const union attr *before, const union attr *attr,
		       const struct descriptor *d, long result)
{
	if (is_batch(command)) {
		transcript_add(" count=%u", attr->batch.count);
		if (d && attr->batch.count && (!result || result == -ENOENT) &&
		    command <= BPF_MAP_LOOKUP_AND_DELETE_BATCH)
			print_batch(attr, d);
	} else if (!result) {
		print_success(command, attr, d);
	} else if (command == BPF_OBJ_GET_INFO_BY_FD &&
		   before->info.info_len != attr->info.info_len) {
		transcript_add(" len=%u", attr->info.info_len);
	}
	if (command == BPF_BTF_LOAD &&
	    before->btf.log_true_size != attr->btf.log_true_size)
		transcript_add(" true_size=%u", attr->btf.log_true_size);
	if (command == BPF_PROG_LOAD &&
	    before->load.log_true_size != attr->load.log_true_size)
		transcript_add(" true_size=%u", attr->load.log_true_size);
	/* A packet that did not fit is told all the same. */
	if (command == BPF_PROG_TEST_RUN && result == -ENOSPC)
		transcript_add(" retval=%d size=%u ctx_size=%u", (s32)attr->run.retval,
			       attr->run.data_size_out, attr->run.ctx_size_out);
}

static void print_result(int command, long result)
{
	if (result < 0) {
		transcript_add(" -> %s", transcript_errno(result));
	} else if (returns_descriptor(command)) {
		descriptor_add(result);
		transcript_add(" -> %s", descriptor_name(result));
	} else {
		transcript_add(" -> %ld", result);
	}
}

static void print_head(int command, const union attr *attr, const struct descriptor *d,
		       unsigned int size)
{
	u32 type = command == BPF_MAP_CREATE ? attr->create.map_type : d ? d->type : 0;

	transcript_add("%s %s", call_name(command), map_type_name(type));
	field_print_all(field_command(command), attr, d);
	if (size != ATTR_SIZE)
		transcript_add(" attr_size=%u", size);
}

long call_sized(int command, union attr *attr, unsigned int size)
{
	static union attr before;
	const struct descriptor *d = object_of(command, attr);
	u64 output = 0;
	size_t written = output_of(command, attr, d, &output);
	long result;

	if (written > KEPT_MAX || !memory_readable(output, written))
		written = 0;
	memcpy(kept, (void *)(uintptr_t)output, written);
	memcpy(&before, attr, ATTR_SIZE);
	print_head(command, attr, d, size);
	result = bpf_raw(command, attr, size);
	print_result(command, result);
	print_back(command, &before, attr, d, result);
	if (result < 0 && written && memcmp(kept, (void *)(uintptr_t)output, written))
		transcript_add(" (buffer written)");
	transcript_end();
	return result;
}

long call(int command, union attr *attr)
{
	return call_sized(command, attr, ATTR_SIZE);
}

long call_at(int command, uint64_t address, unsigned int size)
{
	long result;

	transcript_add("%s - attr=%s", call_name(command),
		       memory_name(address) ? memory_name(address) : "edge");
	if (size != ATTR_SIZE)
		transcript_add(" attr_size=%u", size);
	result = bpf_raw(command, (void *)(uintptr_t)address, size);
	print_result(command, result);
	transcript_end();
	return result;
}
