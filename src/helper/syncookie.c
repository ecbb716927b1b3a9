/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SYN cookies (RFC 4987): a server's first sequence number that says by itself, when it
 * comes back acknowledged, which connection it was made for, when, and for which
 * segment size. Eight bits count the minutes, 24 hold the index of the size, both added
 * to keyed hashes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <string.h>
#include <time.h>

#include "base/jhash.h"
#include "helper/call.h"

#define MINUTE_SHIFT 24
#define LOW_MASK     ((1u << MINUTE_SHIFT) - 1)
#define MINUTES      2 /* how long a cookie is good */
#define N_SIZES      4

#define OPTION_END 0
#define OPTION_NOP 1
#define OPTION_MSS 2
#define MSS_SIZE   4

/* Segment sizes that cookies can tell, and the one of a client that names none. */
struct sizes {
	u16 by_index[N_SIZES];
	u16 unnamed;
};

static const struct sizes sizes_ip4 = { { 536, 1300, 1440, 1460 }, 536 };
static const struct sizes sizes_ip6 = { { 1220, 1420, 1440, 8940 }, 1220 };

/* Who talks to whom. */
struct ends {
	u32 words[9]; /* addresses, ports */
	u32 n;
};

static u32 this_minute(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (u32)(now.tv_sec / 60);
}

static u32 keyed_hash(const struct alv_host *host, const struct ends *ends, u32 minute, u32 which)
{
	u32 words[ALV_COUNT(ends->words) + 2];

	memcpy(words, ends->words, ends->n * sizeof(u32));
	words[ends->n] = minute;
	words[ends->n + 1] = (u32)(host->secret >> 32);
	return alv_jhash(words, (ends->n + 2) * (u32)sizeof(u32), (u32)host->secret + which);
}

static u32 make_cookie(const struct alv_host *host, const struct ends *ends, u32 sequence, u32 index)
{
	u32 minute = this_minute();

	return keyed_hash(host, ends, 0, 0) + sequence + (minute << MINUTE_SHIFT) +
	       ((keyed_hash(host, ends, minute, 1) + index) & LOW_MASK);
}

static bool is_cookie(const struct alv_host *host, const struct ends *ends, u32 sequence, u32 cookie)
{
	u32 minute = this_minute(), age;

	cookie -= keyed_hash(host, ends, 0, 0) + sequence;
	age = (minute - (cookie >> MINUTE_SHIFT)) & (UINT32_MAX >> MINUTE_SHIFT);
	if (age >= MINUTES)
		return false;
	return ((cookie - keyed_hash(host, ends, minute - age, 1)) & LOW_MASK) < N_SIZES;
}

static struct ends ends_of(const void *source, const void *target, u32 size, const struct tcphdr *tcp)
{
	struct ends ends = { .n = 2 * size / sizeof(u32) + 1 };

	memcpy(ends.words, source, size);
	memcpy((u8 *)ends.words + size, target, size);
	memcpy((u8 *)ends.words + 2 * size, &tcp->source, sizeof(u32));
	return ends;
}

/* The segment size that a header names; 0: none. `size`: of the header and its options. */
static u16 named_size(const u8 *header, u32 size)
{
	u32 length;
	u16 value;

	for (u32 at = sizeof(struct tcphdr); at < size && header[at] != OPTION_END; at += length) {
		if (header[at] == OPTION_NOP) {
			length = 1;
			continue;
		}
		if (size - at < 2)
			return 0;
		length = header[at + 1];
		if (length < 2 || length > size - at)
			return 0;
		if (header[at] != OPTION_MSS || length != MSS_SIZE)
			continue;
		memcpy(&value, &header[at + 2], sizeof(value));
		return ntohs(value);
	}
	return 0;
}

/* The cookie, and the segment size that it stands for in the upper half. */
static u64 generate(struct alv_run *run, const struct ends *ends, const struct tcphdr *tcp,
		    u32 size, const struct sizes *sizes)
{
	u16 wanted = named_size((const u8 *)tcp, size);
	u32 index = N_SIZES - 1;

	if (!wanted)
		wanted = sizes->unnamed;
	while (index && sizes->by_index[index] > wanted)
		index--;
	return make_cookie(run->host, ends, ntohl(tcp->seq), index) |
	       (u64)sizes->by_index[index] << 32;
}

static bool has_header(const struct tcphdr *tcp, u32 size)
{
	return size >= sizeof(*tcp) && size == tcp->doff * sizeof(u32);
}

u64 alv_help_tcp_raw_gen_syncookie_ipv4(ALV_HELPER_PARAMS)
{
	const struct iphdr *ip = alv_helper_ptr(r1);
	const struct tcphdr *tcp = alv_helper_ptr(r2);
	struct ends ends;

	if (!has_header(tcp, (u32)r3))
		return alv_helper_errno(-EINVAL);
	ends = ends_of(&ip->saddr, &ip->daddr, sizeof(ip->saddr), tcp);
	return generate(run, &ends, tcp, (u32)r3, &sizes_ip4);
}

u64 alv_help_tcp_raw_gen_syncookie_ipv6(ALV_HELPER_PARAMS)
{
	const struct ipv6hdr *ip = alv_helper_ptr(r1);
	const struct tcphdr *tcp = alv_helper_ptr(r2);
	struct ends ends;

	if (!has_header(tcp, (u32)r3))
		return alv_helper_errno(-EINVAL);
	ends = ends_of(&ip->saddr, &ip->daddr, sizeof(ip->saddr), tcp);
	return generate(run, &ends, tcp, (u32)r3, &sizes_ip6);
}

static u64 check(struct alv_run *run, const struct ends *ends, const struct tcphdr *tcp)
{
	bool good = is_cookie(run->host, ends, ntohl(tcp->seq) - 1, ntohl(tcp->ack_seq) - 1);

	return alv_helper_errno(good ? 0 : -EACCES);
}

u64 alv_help_tcp_raw_check_syncookie_ipv4(ALV_HELPER_PARAMS)
{
	const struct iphdr *ip = alv_helper_ptr(r1);
	const struct tcphdr *tcp = alv_helper_ptr(r2);
	struct ends ends = ends_of(&ip->saddr, &ip->daddr, sizeof(ip->saddr), tcp);

	return check(run, &ends, tcp);
}

u64 alv_help_tcp_raw_check_syncookie_ipv6(ALV_HELPER_PARAMS)
{
	const struct ipv6hdr *ip = alv_helper_ptr(r1);
	const struct tcphdr *tcp = alv_helper_ptr(r2);
	struct ends ends = ends_of(&ip->saddr, &ip->daddr, sizeof(ip->saddr), tcp);

	return check(run, &ends, tcp);
}
