/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/btf_object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "object/host.h"

/* No kernel's BTF comes near it. */
#define MAX_KERNEL_BTF (256 << 20)

static void btf_object_free(struct alv_object *obj)
{
	struct alv_btf_object *btf_obj = alv_btf_object_of(obj);

	alv_btf_free(btf_obj->btf);
	free(btf_obj);
}

static const struct alv_object_ops btf_object_ops = {
	.kind = ALV_KIND_BTF,
	.access = ALV_MAY_READ,
	.name = "btf",
	.free = btf_object_free,
};

int alv_btf_object_new(struct alv_host *host, struct alv_btf *btf, const char *name,
		       struct alv_btf_object **ret_obj)
{
	struct alv_btf_object *obj = calloc(1, sizeof(*obj));
	int err;

	if (!obj) {
		alv_btf_free(btf);
		return -ENOMEM;
	}
	obj->btf = btf;
	obj->name = name;
	err = alv_object_init(&obj->obj, host, &btf_object_ops, 0);
	if (err) {
		alv_btf_free(btf);
		free(obj);
		return err;
	}
	err = alv_object_publish(&obj->obj);
	if (err) {
		alv_btf_object_put(obj);
		return err;
	}
	*ret_obj = obj;
	return 0;
}

static int read_all(int fd, u8 *data, size_t size)
{
	while (size) {
		ssize_t n = read(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static int read_file(int fd, struct alv_buf *ret_buf)
{
	ALV_AUTO(buf) struct alv_buf buf = {};
	struct stat st;
	int err;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > MAX_KERNEL_BTF)
		return -EBADMSG;
	err = alv_buf_init(&buf, (size_t)st.st_size);
	if (err)
		return err;
	err = read_all(fd, buf.data, buf.size);
	if (err)
		return err;
	*ret_buf = buf;
	buf = (struct alv_buf){};
	return 0;
}

int alv_host_open_btf(struct alv_host *host, const char *path)
{
	ALV_AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct btf_header header;

	if (fd < 0)
		return -errno;
	if (pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
	    header.magic != BTF_MAGIC)
		return -EBADMSG;
	host->vmlinux_fd = alv_steal_fd(&fd);
	return 0;
}

static int load_vmlinux(struct alv_host *host, int fd)
{
	const struct alv_btf_rules rules = { .version = V6_18, .kernel = true };
	struct alv_btf_object *obj;
	struct alv_buf raw = {};
	struct alv_btf *btf;
	int err;

	err = read_file(fd, &raw);
	if (err)
		return err;
	err = alv_btf_parse(&raw, &rules, NULL, &btf);
	if (err)
		return err;
	err = alv_btf_object_new(host, btf, "vmlinux", &obj);
	if (err)
		return err;
	alv_store_release(&host->vmlinux, obj);
	return 0;
}

struct alv_btf_object *alv_host_vmlinux(struct alv_host *host)
{
	int err = 0;

	if (alv_load_acquire(&host->vmlinux) || alv_load_acquire(&host->vmlinux_fd) < 0)
		return alv_load_acquire(&host->vmlinux);
	pthread_mutex_lock(&host->vmlinux_loading);
	if (host->vmlinux_fd >= 0) {
		err = load_vmlinux(host, host->vmlinux_fd);
		close(host->vmlinux_fd);
		alv_store_release(&host->vmlinux_fd, -1);
	}
	pthread_mutex_unlock(&host->vmlinux_loading);
	if (err)
		alv_log(&host->log, ALV_LOG_ERROR, "cannot read the kernel BTF: error %d",
			-err);
	return alv_load_acquire(&host->vmlinux);
}

void alv_host_btf_rules(struct alv_host *host, struct alv_btf_rules *ret_rules)
{
	struct alv_btf_object *vmlinux = alv_host_vmlinux(host);

	*ret_rules = (struct alv_btf_rules){
		.version = host->kernel,
		.vmlinux = vmlinux ? vmlinux->btf : NULL,
	};
}
