/* SPDX-License-Identifier: BSD-2-Clause */
#include "victim.h"

#include "path.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static const char *const type_names[VICTIM_MAPS] = {
	"HASH", "ARRAY", "ARRAY", "LPM_TRIE", "QUEUE", "RINGBUF",
};

static union attr attr;

const char *victim_pin(void)
{
	return path_below("victim");
}

static long element(int command, int fd, const void *key, const void *value)
{
	memset(&attr, 0, ATTR_SIZE);
	attr.elem.map_fd = fd;
	attr.elem.key = PTR(key);
	attr.elem.value = PTR(value);
	return bpf_raw(command, &attr, ATTR_SIZE);
}

static const struct map_type *type_of(enum victim_map which)
{
	return client_type(type_names[which]);
}

void victim_init(struct victim *v)
{
	unsigned int i;

	for (i = 0; i < VICTIM_MAPS; i++) {
		const struct map_type *t = type_of(i);

		v->fds[i] = client_map_with(t, i == VICTIM_MAPPED ? BPF_F_MMAPABLE : 0);
		v->ids[i] = client_id(v->fds[i]);
		if (v->fds[i] < 0)
			abort();
		if (i != VICTIM_RINGBUF &&
		    element(BPF_MAP_UPDATE_ELEM, v->fds[i], client_key(t, 1),
			    client_value(t, 0x41)))
			abort();
	}
	v->mapped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 v->fds[VICTIM_MAPPED], 0);
	v->ring =
		mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, v->fds[VICTIM_RINGBUF], PAGE);
	if (v->mapped == MAP_FAILED || v->ring == MAP_FAILED)
		abort();
	unlink(victim_pin());
	memset(&attr, 0, ATTR_SIZE);
	attr.obj.pathname = PTR(victim_pin());
	attr.obj.bpf_fd = v->fds[VICTIM_HASH];
	if (bpf_raw(BPF_OBJ_PIN, &attr, ATTR_SIZE))
		abort();
}

static const char *check_values(struct victim *v)
{
	static const u8 expected[8] = { 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41 };
	unsigned int i;
	u8 value[8];

	for (i = 0; i < VICTIM_RINGBUF; i++) {
		memset(value, 0, sizeof(value));
		if (element(BPF_MAP_LOOKUP_ELEM, v->fds[i], client_key(type_of(i), 1),
			    value))
			return "a lookup fails";
		if (memcmp(value, expected, sizeof(value)))
			return "a value is not what it was";
	}
	return NULL;
}

static const char *check_mappings(struct victim *v)
{
	const struct map_type *t = type_of(VICTIM_MAPPED);
	u8 value[8] = {};

	if (v->mapped[8] != 0x41)
		return "mapped memory is not what it was";
	v->mapped[16] = 0x55;
	if (element(BPF_MAP_LOOKUP_ELEM, v->fds[VICTIM_MAPPED], client_key(t, 2),
		    value) ||
	    value[0] != 0x55)
		return "what is written to mapped memory does not arrive";
	v->mapped[16] = 0;
	if (*(volatile u64 *)v->ring)
		return "the ring buffer's producer has moved";
	return NULL;
}

/* New objects, their ids and pins. */
static const char *check_service(void)
{
	static union attr create;
	int fd, again;
	u32 id;

	client_create_attr(client_type("HASH"), &create);
	fd = bpf_raw(BPF_MAP_CREATE, &create, ATTR_SIZE);
	if (fd < 0)
		return "no map can be created";
	memset(&attr, 0, ATTR_SIZE);
	attr.info.bpf_fd = fd;
	id = client_id(fd);
	memset(&attr, 0, ATTR_SIZE);
	attr.id.id = id;
	again = bpf_raw(BPF_MAP_GET_FD_BY_ID, &attr, ATTR_SIZE);
	close(fd);
	if (again < 0)
		return "a new map can't be opened by its id";
	close(again);
	return NULL;
}

static const char *check_pin(struct victim *v)
{
	u32 id;
	int fd;

	memset(&attr, 0, ATTR_SIZE);
	attr.obj.pathname = PTR(victim_pin());
	fd = bpf_raw(BPF_OBJ_GET, &attr, ATTR_SIZE);
	if (fd < 0)
		return "the pin can't be opened";
	id = client_id(fd);
	close(fd);
	return id == v->ids[VICTIM_HASH] ? NULL : "the pin is another map";
}

const char *victim_check(struct victim *v)
{
	const char *wrong = check_values(v);

	if (!wrong)
		wrong = check_mappings(v);
	if (!wrong)
		wrong = check_service();
	return wrong ? wrong : check_pin(v);
}
