/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each pointer of each command at each address that must be refused, for each
 * map type.
 */
#include "field.h"
#include "sample.h"

#include <string.h>
#include <unistd.h>

static union attr attr;

/* What was taken but could not be delivered: is it still there? */
static int takes(int command)
{
	return command == BPF_MAP_LOOKUP_AND_DELETE_ELEM ||
	       command == BPF_MAP_LOOKUP_AND_DELETE_BATCH;
}

static void spoil(int command, const struct map_type *t, const struct field *field)
{
	unsigned int i;
	u64 bad;
	int fd;

	for (i = 0; i < BAD_COUNT; i++) {
		transcript_mute(1);
		descriptor_close_all();
		fd = sample_map(t);
		sample_attr(command, t, fd, &attr);
		transcript_mute(0);
		bad = memory_bad(i);
		/* Only the last key has no successor to be written there. */
		if (command == BPF_MAP_GET_NEXT_KEY && field->kind == FIELD_OUT)
			attr.elem.key = 0;
		memcpy(attr.bytes + field->offset, &bad, sizeof(bad));
		call(command, &attr);
		if (takes(command) && t->traits & MAP_HASHED)
			client_keys(fd);
	}
}

static void each_pointer(int command, const struct map_type *t)
{
	const struct field *field = field_command(command)->fields;

	client_case("%s %s", call_name(command), t->name);
	for (; field->name; field++)
		if (field->kind >= FIELD_KEY)
			spoil(command, t, field);
}

/* A key or a value that ends where the memory ends is read or written whole. */
static void at_the_edge(const struct map_type *t)
{
	void *edge;
	int fd;

	client_case("%s: at the end of memory", t->name);
	fd = sample_map(t);
	if (t->key_size) {
		edge = memory_edge(t->key_size);
		memcpy(edge, client_key(t, 1), t->key_size);
		client_lookup(fd, edge, 0);
		client_next(fd, edge);
		client_update(fd, edge, client_value(t, 3), 0);
		client_delete(fd, edge);
	}
	if (!t->value_size)
		return;
	sample_attr(BPF_MAP_LOOKUP_ELEM, t, fd, &attr);
	attr.elem.value = PTR(memory_edge(descriptor_value_size(descriptor_find(fd))));
	call(BPF_MAP_LOOKUP_ELEM, &attr);
	edge = memory_edge(descriptor_value_size(descriptor_find(fd)));
	memcpy(edge, client_value(t, 4), descriptor_value_size(descriptor_find(fd)));
	client_update(fd, client_key(t, 1), edge, 0);
}

int main(void)
{
	static const int on_maps[] = {
		SAMPLE_MAP_COMMANDS,
	};
	const struct map_type *t;
	unsigned int i;

	client_start();
	for_each_map_type(t)
	{
		for (i = 0; i < ARRAY_SIZE(on_maps); i++)
			each_pointer(on_maps[i], t);
		at_the_edge(t);
	}
	each_pointer(BPF_OBJ_PIN, client_type("ARRAY"));
	each_pointer(BPF_OBJ_GET, client_type("ARRAY"));
	each_pointer(BPF_BTF_LOAD, client_type("ARRAY"));
	unlink(sample_path());
	return 0;
}
