/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The attributes as such: each size, each byte that a command does not know,
 * addresses that can't be read. Runs of sizes with one answer are one line.
 */
#include "sample.h"

#include <string.h>
#include <unistd.h>

static union attr attr;

/* Equal answers of consecutive sizes or offsets. */
static struct run {
	unsigned int first, last;
	long result;
	int any;
} run;

static void run_flush(int command, const char *what)
{
	if (run.any)
		transcript_line("%s - %s %u..%u -> %s", call_name(command), what,
				run.first, run.last, transcript_errno(run.result));
	run.any = 0;
}

static void run_add(int command, const char *what, unsigned int at, long result)
{
	if (result > 0) {
		close(result);
		result = 0;
	}
	if (!run.any || run.result != result) {
		run_flush(command, what);
		run = (struct run){ at, at, result, 1 };
	}
	run.last = at;
}

/* BTF objects by id start from one; all others work on an array. */
static int object_for(int command)
{
	int btf = command == BPF_BTF_GET_FD_BY_ID || command == BPF_BTF_GET_NEXT_ID;
	int fd;

	transcript_mute(1);
	descriptor_close_all();
	fd = btf ? sample_btf_load() : sample_map(client_type("ARRAY"));
	transcript_mute(0);
	return fd;
}

static void sample(int command)
{
	int fd = object_for(command);

	memset(&attr, 0, sizeof(attr));
	sample_attr(command, client_type("ARRAY"), fd, &attr);
}

static void each_size(int command)
{
	int by_id = command == BPF_MAP_GET_FD_BY_ID || command == BPF_BTF_GET_FD_BY_ID ||
		    command == BPF_PROG_GET_NEXT_ID || command == BPF_PROG_GET_FD_BY_ID;
	unsigned int size;

	client_case("%s: each size", call_name(command));
	for (size = 0; size <= ATTR_SIZE + 8; size++) {
		/* Half an id is an id, perhaps of somebody else's object. */
		if (by_id && size < sizeof(attr.id.id))
			continue;
		sample(command);
		run_add(command, "size", size, bpf_raw(command, &attr, size));
	}
	run_flush(command, "size");
	for (size = 4090; size <= 4100; size++) {
		sample(command);
		run_add(command, "size", size, bpf_raw(command, &attr, size));
	}
	run_flush(command, "size");
	sample(command);
	run_add(command, "size", 8192, bpf_raw(command, &attr, 8192));
	run_flush(command, "size");
	sample(command);
	run_add(command, "size", UINT32_MAX, bpf_raw(command, &attr, UINT32_MAX));
	run_flush(command, "size");
}

static void each_unknown_byte(int command)
{
	unsigned int at;

	client_case("%s: each unknown byte set", call_name(command));
	for (at = call_attr_end(command); at < ATTR_SIZE; at++) {
		sample(command);
		attr.bytes[at] = 1;
		run_add(command, "byte", at, bpf_raw(command, &attr, ATTR_SIZE));
	}
	run_flush(command, "byte");
	for (at = ATTR_SIZE; at < ATTR_SIZE + 8; at++) {
		sample(command);
		attr.bytes[at] = 1;
		run_add(command, "tail byte", at, bpf_raw(command, &attr, ATTR_SIZE + 8));
	}
	run_flush(command, "tail byte");
	for (at = 4088; at < 4104; at++) {
		sample(command);
		attr.bytes[at] = 1;
		run_add(command, "tail byte of 4096,", at, bpf_raw(command, &attr, 4096));
	}
	run_flush(command, "tail byte of 4096,");
}

static void addresses(int command)
{
	unsigned int i;
	u8 *end;

	client_case("%s: addresses of the attributes", call_name(command));
	for (i = 0; i < BAD_COUNT; i++)
		if (i != BAD_READONLY)
			call_at(command, memory_bad(i), ATTR_SIZE);
	sample(command);
	end = memory_edge(call_attr_end(command));
	memcpy(end, &attr, call_attr_end(command));
	run_add(command, "at the end of a page, size", call_attr_end(command),
		bpf_raw(command, end, call_attr_end(command)));
	run_flush(command, "at the end of a page, size");
	sample(command);
	memcpy(end, &attr, call_attr_end(command));
	run_add(command, "beyond the end of a page, size", ATTR_SIZE + 8,
		bpf_raw(command, end, ATTR_SIZE + 8));
	run_flush(command, "beyond the end of a page, size");
}

static void unknown_commands(void)
{
	static const int numbers[] = { 39, 40, 64, 1000, 0x7fffffff, -1, -2147483647 };
	unsigned int i, size;

	client_case("unknown commands");
	memset(&attr, 0, sizeof(attr));
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		for (size = 0; size <= ATTR_SIZE; size += ATTR_SIZE / 2)
			transcript_line(
				"command %d size %u -> %s", numbers[i], size,
				transcript_errno(bpf_raw(numbers[i], &attr, size)));
}

int main(void)
{
	unsigned int i;

	client_start();
	unknown_commands();
	for (i = 0; i < call_command_count; i++) {
		each_size(call_commands[i]);
		each_unknown_byte(call_commands[i]);
		addresses(call_commands[i]);
	}
	unlink(sample_path());
	return 0;
}
