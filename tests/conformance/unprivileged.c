/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client without capabilities on a system that keeps bpf(2) from it: which
 * commands refuse at once, and which still judge their arguments.
 */
#include "sample.h"

#include <linux/capability.h>
#include <string.h>

static union attr attr;

/* Each command with attributes that would do, as far as there are any objects. */
static void every_command(void)
{
	unsigned int i;

	client_case("each command");
	for (i = 0; i < call_command_count; i++) {
		if (call_commands[i] == BPF_MAP_CREATE)
			continue;
		sample_attr(call_commands[i], client_type("ARRAY"), -1, &attr);
		call(call_commands[i], &attr);
	}
}

static void every_type(void)
{
	const struct map_type *t;
	unsigned int bit;

	client_case("maps");
	for_each_map_type(t)
	{
		client_create_attr(t, &attr);
		call(BPF_MAP_CREATE, &attr);
	}
	for (bit = 0; bit < 32; bit++) {
		client_create_attr(client_type("ARRAY"), &attr);
		attr.create.map_flags = 1u << bit;
		call(BPF_MAP_CREATE, &attr);
	}
}

/* What is looked at before the capabilities are. */
static void wrong_arguments(void)
{
	unsigned int i;

	client_case("an unknown byte is set");
	for (i = 0; i < call_command_count; i++) {
		sample_attr(call_commands[i], client_type("ARRAY"), -1, &attr);
		attr.bytes[call_attr_end(call_commands[i])] = 1;
		call(call_commands[i], &attr);
	}
	client_case("bad attributes");
	for (i = 0; i < call_command_count; i++)
		call_at(call_commands[i], memory_bad(BAD_UNMAPPED), ATTR_SIZE);
	client_case("a bad name");
	client_create_attr(client_type("ARRAY"), &attr);
	attr.create.map_name[0] = '/';
	call(BPF_MAP_CREATE, &attr);
	client_case("a type that no kernel has");
	client_create_attr(client_type("ARRAY"), &attr);
	attr.create.map_type = 99;
	call(BPF_MAP_CREATE, &attr);
	client_case("descriptors that are none");
	for (i = 0; i < WRONG_COUNT; i++) {
		sample_attr(BPF_MAP_LOOKUP_ELEM, client_type("ARRAY"),
			    descriptor_wrong(i), &attr);
		call(BPF_MAP_LOOKUP_ELEM, &attr);
	}
}

int main(void)
{
	client_start();
	client_drop_capabilities(UINT64_MAX);
	every_command();
	every_type();
	wrong_arguments();
	return 0;
}
