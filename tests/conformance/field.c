/* SPDX-License-Identifier: BSD-2-Clause */
#include "field.h"

#include "client.h"

#include <stdlib.h>
#include <string.h>

#define FIELD(part, member, label, kind)                             \
	{                                                            \
		label, offsetof(union attr, part.member),            \
			sizeof(((union attr *)0)->part.member), kind \
	}
#define FIELDS_END                       \
	{                                \
		NULL, 0, 0, FIELD_NUMBER \
	}

static const struct field create_fields[] = {
	FIELD(create, map_type, "type", FIELD_TYPE),
	FIELD(create, key_size, "key", FIELD_NUMBER),
	FIELD(create, value_size, "value", FIELD_NUMBER),
	FIELD(create, max_entries, "max", FIELD_NUMBER),
	FIELD(create, map_flags, "flags", FIELD_HEX),
	FIELD(create, inner_map_fd, "inner", FIELD_FD),
	FIELD(create, numa_node, "node", FIELD_HEX),
	FIELD(create, map_name, "name", FIELD_NAME),
	FIELD(create, map_ifindex, "ifindex", FIELD_NUMBER),
	FIELD(create, btf_fd, "btf", FIELD_FD),
	FIELD(create, btf_key_type_id, "key_type", FIELD_NUMBER),
	FIELD(create, btf_value_type_id, "value_type", FIELD_NUMBER),
	FIELD(create, btf_vmlinux_value_type_id, "vmlinux_type", FIELD_NUMBER),
	FIELD(create, map_extra, "extra", FIELD_HEX),
	FIELD(create, value_type_btf_obj_fd, "type_btf", FIELD_FD),
	FIELD(create, map_token_fd, "token", FIELD_FD),
	FIELD(create, excl_prog_hash, "hash", FIELD_INPUT),
	FIELD(create, excl_prog_hash_size, "hash_size", FIELD_NUMBER),
	FIELDS_END,
};

static const struct field lookup_fields[] = {
	FIELD(elem, map_fd, "map", FIELD_OBJECT),
	FIELD(elem, key, "key", FIELD_KEY),
	FIELD(elem, value, "value", FIELD_OUT),
	FIELD(elem, flags, "flags", FIELD_HEX),
	FIELDS_END,
};

static const struct field update_fields[] = {
	FIELD(elem, map_fd, "map", FIELD_OBJECT),
	FIELD(elem, key, "key", FIELD_KEY),
	FIELD(elem, value, "value", FIELD_VALUE),
	FIELD(elem, flags, "flags", FIELD_HEX),
	FIELDS_END,
};

static const struct field delete_fields[] = {
	FIELD(elem, map_fd, "map", FIELD_OBJECT),
	FIELD(elem, key, "key", FIELD_KEY),
	FIELDS_END,
};

static const struct field freeze_fields[] = {
	FIELD(elem, map_fd, "map", FIELD_OBJECT),
	FIELDS_END,
};

static const struct field batch_fields[] = {
	FIELD(batch, map_fd, "map", FIELD_OBJECT),
	FIELD(batch, in_batch, "in", FIELD_INPUT),
	FIELD(batch, out_batch, "out", FIELD_OUT),
	FIELD(batch, keys, "keys", FIELD_OUT),
	FIELD(batch, values, "values", FIELD_OUT),
	FIELD(batch, count, "count", FIELD_NUMBER),
	FIELD(batch, elem_flags, "elem_flags", FIELD_HEX),
	FIELD(batch, flags, "flags", FIELD_HEX),
	FIELDS_END,
};

static const struct field obj_fields[] = {
	FIELD(obj, pathname, "path", FIELD_PATH),
	FIELD(obj, bpf_fd, "fd", FIELD_OBJECT),
	FIELD(obj, file_flags, "flags", FIELD_HEX),
	FIELD(obj, path_fd, "at", FIELD_FD),
	FIELDS_END,
};

static const struct field get_fields[] = {
	FIELD(obj, pathname, "path", FIELD_PATH),
	FIELD(obj, bpf_fd, "fd", FIELD_FD),
	FIELD(obj, file_flags, "flags", FIELD_HEX),
	FIELD(obj, path_fd, "at", FIELD_FD),
	FIELDS_END,
};

static const struct field next_fields[] = {
	FIELD(id, id, "start", FIELD_ID),
	FIELD(id, open_flags, "open", FIELD_HEX),
	FIELDS_END,
};

static const struct field by_id_fields[] = {
	FIELD(id, id, "id", FIELD_ID),
	FIELD(id, next_id, "next", FIELD_NUMBER),
	FIELD(id, open_flags, "open", FIELD_HEX),
	FIELD(id, token_fd, "token", FIELD_FD),
	FIELDS_END,
};

static const struct field btf_next_fields[] = {
	FIELD(id, id, "start", FIELD_BTF_ID),
	FIELD(id, open_flags, "open", FIELD_HEX),
	FIELDS_END,
};

static const struct field btf_by_id_fields[] = {
	FIELD(id, id, "id", FIELD_BTF_ID),
	FIELD(id, next_id, "next", FIELD_NUMBER),
	FIELD(id, open_flags, "open", FIELD_HEX),
	FIELD(id, token_fd, "token", FIELD_FD),
	FIELDS_END,
};

static const struct field info_fields[] = {
	FIELD(info, bpf_fd, "fd", FIELD_OBJECT),
	FIELD(info, info_len, "len", FIELD_NUMBER),
	FIELD(info, info, "info", FIELD_OUT),
	FIELDS_END,
};

static const struct field btf_fields[] = {
	FIELD(btf, btf, "btf", FIELD_INPUT),
	FIELD(btf, size, "size", FIELD_NUMBER),
	FIELD(btf, log_buf, "log", FIELD_INPUT),
	FIELD(btf, log_size, "log_size", FIELD_NUMBER),
	FIELD(btf, log_level, "level", FIELD_HEX),
	FIELD(btf, log_true_size, "true_size", FIELD_NUMBER),
	FIELD(btf, flags, "flags", FIELD_HEX),
	FIELD(btf, token_fd, "token", FIELD_FD),
	FIELDS_END,
};

static const struct field load_fields[] = {
	FIELD(load, prog_type, "type", FIELD_NUMBER),
	FIELD(load, insns, "insns", FIELD_INPUT),
	FIELD(load, insn_cnt, "count", FIELD_NUMBER),
	FIELD(load, license, "license", FIELD_INPUT),
	FIELD(load, log_level, "level", FIELD_HEX),
	FIELD(load, log_size, "log_size", FIELD_NUMBER),
	FIELD(load, log_buf, "log", FIELD_INPUT),
	FIELD(load, kern_version, "version", FIELD_HEX),
	FIELD(load, prog_flags, "flags", FIELD_HEX),
	FIELD(load, prog_name, "name", FIELD_NAME),
	FIELD(load, prog_ifindex, "ifindex", FIELD_NUMBER),
	FIELD(load, expected_attach_type, "attach", FIELD_NUMBER),
	FIELD(load, prog_btf_fd, "btf", FIELD_FD),
	FIELD(load, func_info_rec_size, "func_size", FIELD_NUMBER),
	FIELD(load, func_info, "func", FIELD_INPUT),
	FIELD(load, func_info_cnt, "func_count", FIELD_NUMBER),
	FIELD(load, line_info_rec_size, "line_size", FIELD_NUMBER),
	FIELD(load, line_info, "line", FIELD_INPUT),
	FIELD(load, line_info_cnt, "line_count", FIELD_NUMBER),
	FIELD(load, attach_btf_id, "attach_btf_id", FIELD_NUMBER),
	FIELD(load, attach_prog_fd, "attach_prog", FIELD_FD),
	FIELD(load, core_relo_cnt, "relo_count", FIELD_NUMBER),
	FIELD(load, fd_array, "fd_array", FIELD_INPUT),
	FIELD(load, core_relos, "relos", FIELD_INPUT),
	FIELD(load, core_relo_rec_size, "relo_size", FIELD_NUMBER),
	FIELD(load, log_true_size, "true_size", FIELD_NUMBER),
	FIELD(load, prog_token_fd, "token", FIELD_FD),
	FIELD(load, fd_array_cnt, "fd_count", FIELD_NUMBER),
	FIELD(load, signature, "signature", FIELD_INPUT),
	FIELD(load, signature_size, "signature_size", FIELD_NUMBER),
	FIELD(load, keyring_id, "keyring", FIELD_NUMBER),
	FIELDS_END,
};

static const struct field run_fields[] = {
	FIELD(run, prog_fd, "prog", FIELD_OBJECT),
	FIELD(run, retval, "retval", FIELD_NUMBER),
	FIELD(run, data_in, "in", FIELD_INPUT),
	FIELD(run, data_size_in, "in_size", FIELD_NUMBER),
	FIELD(run, data_out, "out", FIELD_OUT),
	FIELD(run, data_size_out, "out_size", FIELD_NUMBER),
	FIELD(run, repeat, "repeat", FIELD_NUMBER),
	FIELD(run, duration, "duration", FIELD_NUMBER),
	FIELD(run, ctx_in, "ctx_in", FIELD_INPUT),
	FIELD(run, ctx_size_in, "ctx_in_size", FIELD_NUMBER),
	FIELD(run, ctx_out, "ctx_out", FIELD_OUT),
	FIELD(run, ctx_size_out, "ctx_out_size", FIELD_NUMBER),
	FIELD(run, flags, "flags", FIELD_HEX),
	FIELD(run, cpu, "cpu", FIELD_NUMBER),
	FIELD(run, batch_size, "batch", FIELD_NUMBER),
	FIELDS_END,
};

static const struct field bind_fields[] = {
	FIELD(bind, prog_fd, "prog", FIELD_OBJECT),
	FIELD(bind, map_fd, "map", FIELD_FD),
	FIELD(bind, flags, "flags", FIELD_HEX),
	FIELDS_END,
};

static const struct field stats_fields[] = {
	FIELD(stats, type, "type", FIELD_NUMBER),
	FIELDS_END,
};

#define END(part, member) \
	(offsetof(union attr, part.member) + sizeof(((union attr *)0)->part.member))
#define ROW(name, fields, part, member) [BPF_##name] = { #name, END(part, member), fields }

static const struct command commands[] = {
	ROW(MAP_CREATE, create_fields, create, excl_prog_hash_size),
	ROW(MAP_LOOKUP_ELEM, lookup_fields, elem, flags),
	ROW(MAP_UPDATE_ELEM, update_fields, elem, flags),
	ROW(MAP_DELETE_ELEM, delete_fields, elem, key),
	ROW(MAP_GET_NEXT_KEY, lookup_fields, elem, value),
	ROW(PROG_LOAD, load_fields, load, keyring_id),
	ROW(OBJ_PIN, obj_fields, obj, path_fd),
	ROW(OBJ_GET, get_fields, obj, path_fd),
	ROW(PROG_TEST_RUN, run_fields, run, batch_size),
	ROW(PROG_GET_NEXT_ID, next_fields, id, next_id),
	ROW(MAP_GET_NEXT_ID, next_fields, id, next_id),
	ROW(PROG_GET_FD_BY_ID, by_id_fields, id, open_flags),
	ROW(MAP_GET_FD_BY_ID, by_id_fields, id, open_flags),
	ROW(OBJ_GET_INFO_BY_FD, info_fields, info, info),
	ROW(BTF_LOAD, btf_fields, btf, token_fd),
	ROW(BTF_GET_FD_BY_ID, btf_by_id_fields, id, token_fd),
	ROW(MAP_LOOKUP_AND_DELETE_ELEM, lookup_fields, elem, flags),
	ROW(MAP_FREEZE, freeze_fields, elem, map_fd),
	ROW(BTF_GET_NEXT_ID, btf_next_fields, id, next_id),
	ROW(MAP_LOOKUP_BATCH, batch_fields, batch, flags),
	ROW(MAP_LOOKUP_AND_DELETE_BATCH, batch_fields, batch, flags),
	ROW(MAP_UPDATE_BATCH, batch_fields, batch, flags),
	ROW(MAP_DELETE_BATCH, batch_fields, batch, flags),
	ROW(ENABLE_STATS, stats_fields, stats, type),
	ROW(PROG_BIND_MAP, bind_fields, bind, flags),
};

const struct command *field_command(int number)
{
	if (number < 0 || (size_t)number >= sizeof(commands) / sizeof(commands[0]))
		return NULL;
	return commands[number].name ? &commands[number] : NULL;
}

u64 field_get(const struct field *field, const union attr *attr)
{
	u64 value = 0;

	memcpy(&value, attr->bytes + field->offset, field->size > 8 ? 8 : field->size);
	return value;
}

/* Small numbers and all ones are themselves; the others are symbols. */
static void print_id(const char *kind, u32 id)
{
	if (!id || id >= UINT32_MAX - 1)
		transcript_add("%d", (s32)id);
	else
		transcript_add("%s", transcript_symbol(kind, id));
}

void field_print_id(u32 id)
{
	print_id("id", id);
}

void field_print_btf_id(u32 id)
{
	print_id("btf", id);
}

void field_print_value(const struct descriptor *d, const void *value)
{
	const struct map_type *t = map_type_find(d->type);
	const char *bytes = value;
	unsigned int cpu, stride = (d->value_size + 7) & ~7u;

	if (!t || !(t->traits & MAP_PER_CPU)) {
		transcript_bytes(value, d->value_size);
		return;
	}
	for (cpu = 0; cpu < map_type_cpus(); cpu++) {
		transcript_add("%s", cpu ? "|" : "");
		transcript_bytes(bytes + cpu * stride, stride);
	}
}

static void print_name(const char *name)
{
	int i;

	for (i = 0; i < 16 && name[i]; i++) {
		if (name[i] > ' ' && name[i] < 127)
			transcript_add("%c", name[i]);
		else
			transcript_add("\\x%02x", (unsigned char)name[i]);
	}
	transcript_add("%s", i == 16 ? "(no end)" : "");
}

static void print_content(const struct field *field, const struct descriptor *d,
			  u64 address)
{
	size_t size;
	int fd;

	if (!d || field->kind == FIELD_OUT || field->kind == FIELD_INPUT) {
		transcript_add("set");
		return;
	}
	size = field->kind == FIELD_KEY ? d->key_size : descriptor_value_size(d);
	if (!memory_readable(address, size)) {
		transcript_add("straddle");
	} else if (field->kind == FIELD_KEY) {
		transcript_bytes((void *)(uintptr_t)address, size);
	} else if (map_type_find(d->type) &&
		   map_type_find(d->type)->traits & MAP_FD_VALUE) {
		memcpy(&fd, (void *)(uintptr_t)address, sizeof(fd));
		transcript_add("%s", descriptor_name(fd));
	} else {
		field_print_value(d, (void *)(uintptr_t)address);
	}
}

/* The bpf filesystem is somewhere else each time. */
static void print_path(const char *path)
{
	size_t prefix = strlen(client_bpffs());

	if (!memory_readable(PTR(path), 80))
		transcript_add("unterminated");
	else if (strncmp(path, client_bpffs(), prefix))
		transcript_add("%.80s", path);
	else
		transcript_add("BPFFS%.80s", path + prefix);
}

static void print_pointer(const struct field *field, const struct descriptor *d,
			  u64 address)
{
	const char *name = memory_name(address);

	if (!name && field->kind == FIELD_OUT)
		return;
	if (!address && (field->kind == FIELD_INPUT || (d && !d->key_size)))
		return;
	transcript_add(" %s=", field->name);
	if (name)
		transcript_add("%s", name);
	else if (field->kind == FIELD_PATH && memory_readable(address, 1))
		print_path((const char *)(uintptr_t)address);
	else
		print_content(field, d, address);
}

static void print_field(const struct field *field, const union attr *attr,
			const struct descriptor *d)
{
	u64 value = field_get(field, attr);

	if (field->kind >= FIELD_KEY) {
		print_pointer(field, d, value);
		return;
	}
	if (field->kind == FIELD_TYPE)
		return;
	if (!value && field->kind != FIELD_OBJECT && field->kind != FIELD_ID &&
	    field->kind != FIELD_BTF_ID)
		return;
	transcript_add(" %s=", field->name);
	switch (field->kind) {
	case FIELD_OBJECT:
	case FIELD_FD:
		transcript_add("%s", descriptor_name((int)value));
		break;
	case FIELD_ID:
		field_print_id(value);
		break;
	case FIELD_BTF_ID:
		field_print_btf_id(value);
		break;
	case FIELD_NAME:
		print_name((const char *)attr->bytes + field->offset);
		break;
	case FIELD_HEX:
		transcript_add("0x%llx", (unsigned long long)value);
		break;
	default:
		transcript_add("%llu", (unsigned long long)value);
		break;
	}
}

void field_print_all(const struct command *command, const union attr *attr,
		     const struct descriptor *d)
{
	const struct field *field;

	for (field = command->fields; field->name; field++)
		print_field(field, attr, d);
}
