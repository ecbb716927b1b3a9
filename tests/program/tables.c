/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks the tables; their answers must be what a kernel's recorded ones are. */
#include <stdlib.h>
#include <string.h>

#include <alveary/alveary.h>

#include "program/socket.h"
#include "program/type.h"
#include "questions.h"

static const char *const base_names[] = {
#define X(NAME, text) text,
	ALV_REG_BASES(X)
#undef X
};

static struct alv_prog_traits traits_of(const struct subject *subject)
{
	struct alv_prog_traits traits = {
		.type = alv_prog_type(V6_18, subject->type),
		.expected_attach_type = subject->attach_type,
		.kernel = V6_18,
		.gpl = true,
	};

	traits.authority.caps = subject->without_perfmon ? ALV_CAP_BPF | ALV_CAP_NET_ADMIN
							 : ALV_CAP_ALL;
	if (!traits.type) {
		fprintf(stderr, "type %u is not served\n", subject->type);
		exit(1);
	}
	traits.sleepable = traits.type->must_sleep;
	return traits;
}

static int may_call(const struct subject *subject, uint32_t id)
{
	struct alv_prog_traits traits = traits_of(subject);
	const struct alv_helper *helper;

	if (alv_prog_type_attach(traits.type, V6_18, &traits.expected_attach_type))
		return 1;
	helper = traits.type->helper(&traits, id);
	if (!helper)
		return 0;
	return helper->flags & ALV_HELPER_REFUSED ? 2 : 1;
}

static bool may_access(const struct subject *subject, int how, int offset, int size,
		       char *ret_type)
{
	struct alv_prog_traits traits = traits_of(subject);
	struct alv_ctx_access access;

	*ret_type = 0;
	if (alv_prog_type_attach(traits.type, V6_18, &traits.expected_attach_type))
		return true;
	if (alv_ctx_access(&traits, offset, size, how == STORE, how == LOAD_SIGNED,
			   &access))
		return false;
	if (how != STORE && access.type.base != ALV_REG_SCALAR)
		snprintf(ret_type, 32, "%s%s", base_names[access.type.base],
			 access.type.flags & ALV_MAYBE_NULL ? "_or_null" : "");
	return true;
}

static bool may_look(int kind, int offset, int size)
{
	static const u8 bases[] = { ALV_REG_SOCK_COMMON, ALV_REG_SOCKET, ALV_REG_TCP_SOCK,
				    ALV_REG_XDP_SOCK };

	return alv_socket_field(bases[kind], V6_18, offset, size);
}

static void returns(const struct subject *subject, char *ret_range)
{
	struct alv_prog_traits traits = traits_of(subject);
	struct alv_ret_range range = { .checked = false };

	if (alv_prog_type_attach(traits.type, V6_18, &traits.expected_attach_type)) {
		snprintf(ret_range, 32, "EINVAL");
		return;
	}
	if (traits.type->returns)
		range = traits.type->returns(&traits);
	if (range.checked)
		snprintf(ret_range, 32, "[%d, %d]", range.min, range.max);
	else
		snprintf(ret_range, 32, "any");
}

int main(int argc, char **argv)
{
	static const struct answers answers = { may_call, may_access, may_look, returns };

	if (argc != 2) {
		fprintf(stderr, "usage: %s RECORDED\n", argv[0]);
		return 2;
	}
	return compare(&answers, argv[1]) ? 1 : 0;
}
