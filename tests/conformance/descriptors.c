/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each command on descriptors that are none, and on those of other kinds.
 */
#include "sample.h"

#include <string.h>
#include <unistd.h>

static union attr attr;

static void with_descriptor(int command, int offset, int fd)
{
	int map;

	transcript_mute(1);
	map = sample_map(client_type("ARRAY"));
	sample_attr(command, client_type("ARRAY"), map, &attr);
	transcript_mute(0);
	memcpy(attr.bytes + offset, &fd, sizeof(fd));
	call(command, &attr);
}

/* The element commands of a BTF object; info and pins work on it. */
static void on_btf(int command, int offset)
{
	int fd = sample_btf_load();

	with_descriptor(command, offset, fd);
}

int main(void)
{
	unsigned int i, k;
	int offset, command;

	client_start();
	for (i = 0; i < call_command_count; i++) {
		command = call_commands[i];
		offset = call_descriptor_offset(command);
		if (offset < 0)
			continue;
		client_case("%s", call_name(command));
		for (k = 0; k < WRONG_COUNT; k++)
			with_descriptor(command, offset, descriptor_wrong(k));
		on_btf(command, offset);
		unlink(sample_path());
	}
	return 0;
}
