# SPDX-License-Identifier: BSD-2-Clause
"""The cases: (program type, packet, context, steps)."""
import struct

from program import CTX, SOCK, STACKS, Call, Field, Maker, With, area, room

h = Maker()
CASES = []


def case(kind, packet, *steps, ctx=b''):
    CASES.append((kind, packet, ctx, steps))


ETH = bytes(12)
TCP = bytes.fromhex('1234005000000001000000005002ffff00000000')
UDP = bytes.fromhex('1234003500100000') + bytes(8)
PACKETS = {
    'ip4': ETH + bytes.fromhex('0800'
                               '450000280001000040060000' '0a000001' '0a000002') + TCP,
    'udp4': ETH + bytes.fromhex('0800' '450000240001000040110000' '0a000001' '0a000002') + UDP,
    'ip6': ETH + bytes.fromhex('86dd' '6000000000140640') + bytes(15) + b'\1' + bytes(15)
           + b'\2' + TCP,
    'vlan': ETH + bytes.fromhex('81002005' '0800' '450000280001000040060000'
                                '0a000001' '0a000002') + TCP,
    'short': bytes(14),
    'arp': ETH + bytes.fromhex('0806') + bytes(28),
    '': b'',
}

SKB = ('sched_cls', 'ip4')

for flags in (0, 1, 2, 8):
    for device in (0, 1, 77):
        case(*SKB, h.redirect(device, flags))
case('xdp', 'ip4', h.redirect(1, 0))
case('xdp', 'ip4', h.redirect(77, 0))
case('xdp', 'ip4', h.redirect(1, 1))
case(*SKB, h.redirect_peer(1, 0))
case(*SKB, h.redirect_peer(77, 0))
case(*SKB, h.redirect_peer(1, 1))
case(*SKB, h.redirect_neigh(1, 0, 0, 0))
case(*SKB, h.redirect_neigh(77, 0, 0, 0))
case(*SKB, h.redirect_neigh(1, 0, 0, 1))
case(*SKB, h.redirect_neigh(1, area(2, 0, 0, 0, size=20), 20, 0))
case(*SKB, h.redirect_neigh(1, area(2, 0, 0, 0, size=16), 16, 0))

# Clones go out of a device that is down.
for device, flags in ((1, 0), (1, 1), (1, 2), (77, 0), (0, 0)):
    case(*SKB, h.clone_redirect(CTX, device, flags))
    case('sched_act', 'short', h.clone_redirect(CTX, device, flags))


def fib_area(family, device=1, length=0):
    return area(struct.pack('<BBHHHII', family, 6, 1, 2, length, device, 0), size=64)


for kind in ('sched_cls', 'xdp'):
    for family in (2, 10, 1):
        for flags in (0, 1, 2, 4, 8, 16, 32, 64):
            case(kind, 'ip4', h.fib_lookup(CTX, fib_area(family), 64, flags))
    case(kind, 'ip4', h.fib_lookup(CTX, fib_area(2, device=77), 64, 0))
    case(kind, 'ip4', h.fib_lookup(CTX, fib_area(2, device=0), 64, 0))
    case(kind, 'ip4', h.fib_lookup(CTX, fib_area(10, device=77), 64, 0))
    case(kind, 'ip4', h.fib_lookup(CTX, fib_area(2, length=100), 64, 0))
    case(kind, 'ip4', h.fib_lookup(CTX, fib_area(10, length=65535), 64, 0))
    case(kind, 'ip4', h.fib_lookup(CTX, area(2, size=63), 63, 0))
    case(kind, 'ip4', h.fib_lookup(CTX, fib_area(2), 64, 0x100))

for kind, packet in (('sched_cls', 'ip4'), ('socket_filter', 'ip4'), ('cgroup_skb', 'ip4')):
    case(kind, packet, h.get_socket_cookie(CTX, show='sign'))
    case(kind, packet, h.get_socket_uid(CTX))
    case(kind, packet, h.get_netns_cookie(CTX, show='sign'), h.get_netns_cookie(0, show='sign'))
case('sched_cls', 'short', h.get_socket_cookie(CTX, show='sign'))
case('xdp', 'ip4', h.get_socket_cookie(CTX))

case(*SKB, h.get_cgroup_classid(CTX))
case('xdp', 'ip4', h.get_cgroup_classid())
case(*SKB, h.skb_cgroup_classid(CTX))
case(*SKB, h.get_route_realm(CTX))
case(*SKB, h.get_hash_recalc(CTX, show='sign'), Field('hash', show='sign'))
case('sched_cls', 'short', h.get_hash_recalc(CTX, show='sign'), Field('hash', show='sign'))
case(*SKB, h.set_hash(CTX, 77), h.get_hash_recalc(CTX), Field('hash'))
case(*SKB, h.set_hash(CTX, 0x1122334455), h.get_hash_recalc(CTX), Field('hash'))
case(*SKB, h.set_hash(CTX, 77), h.set_hash_invalid(CTX), Field('hash'),
     h.get_hash_recalc(CTX, show='sign'))
case(*SKB, h.set_hash(CTX, 77), h.skb_store_bytes(CTX, 40, area(1, 2, 3, 4), 4, 2),
     Field('hash'))
case(*SKB, h.set_hash(CTX, 77), h.skb_vlan_push(CTX, 0, 5), Field('hash'))
case(*SKB, h.set_hash(CTX, 77), h.skb_change_proto(CTX, 0xdd86, 0), Field('hash'))

for level in range(5):
    case(*SKB, h.csum_level(CTX, level), h.csum_level(CTX, 0))

QINQ, Q = 0xa888, 0x0081  # as in the packet
VLAN = (Field('vlan_present'), Field('vlan_tci'), Field('vlan_proto'), Field('protocol'),
        Field('len'))
for packet in ('ip4', 'vlan', 'ip6', 'short'):
    case('sched_cls', packet, *VLAN)
    case('sched_cls', packet, h.skb_vlan_pop(CTX), *VLAN)
    case('sched_cls', packet, h.skb_vlan_push(CTX, Q, 0x2005), *VLAN)
    case('sched_cls', packet, h.skb_vlan_push(CTX, 0, 0x2005), *VLAN)
    case('sched_cls', packet, h.skb_vlan_push(CTX, QINQ, 0x1005), *VLAN,
         h.skb_vlan_push(CTX, Q, 6), *VLAN, h.skb_vlan_pop(CTX), *VLAN, h.skb_vlan_pop(CTX),
         *VLAN, h.skb_vlan_pop(CTX), *VLAN)
case(*SKB, h.skb_vlan_push(CTX, Q, 0xffff), *VLAN)
case(*SKB, h.skb_vlan_push(CTX, Q, 0x10005), *VLAN)
case('sched_act', 'vlan', h.skb_vlan_pop(CTX), *VLAN)

for packet in ('ip4', 'ip6', 'udp4', 'short', 'arp', 'vlan'):
    for protocol in (0x0008, 0xdd86, 0x0608):
        case('sched_cls', packet, h.skb_change_proto(CTX, protocol, 0), Field('protocol'),
             Field('len'))
case(*SKB, h.skb_change_proto(CTX, 0xdd86, 1))
case('sched_cls', 'ip4', h.skb_change_proto(CTX, 0xdd86, 0), h.skb_change_proto(CTX, 0x0008, 0))

ENCAP = [0, 2, 4, 2 | 8, 4 | 8, 2 | 16, 4 | 16, 2 | 8 | 16, 6, 24, 1, 32, 64, 2 | 64, 128, 256,
         512, 2 | (14 << 56), 14 << 56]
for packet in ('ip4', 'ip6', 'arp', 'udp4'):
    for mode in (0, 1):
        for diff in (0, 8, 20, -8, -20, 40):
            case('sched_cls', packet, h.skb_adjust_room(CTX, diff, mode, 0), Field('len'))
    for flags in ENCAP:
        for mode in (0, 1):
            case('sched_cls', packet, h.skb_adjust_room(CTX, 20, mode, flags), Field('len'),
                 Field('protocol'))
            case('sched_cls', packet, h.skb_adjust_room(CTX, -8, mode, flags), Field('len'),
                 Field('protocol'))
case(*SKB, h.skb_adjust_room(CTX, 4096, 0, 0))
case(*SKB, h.skb_adjust_room(CTX, 4095, 0, 0))
case(*SKB, h.skb_adjust_room(CTX, 4080, 1, 0))
case(*SKB, h.skb_adjust_room(CTX, -26, 1, 0))
case(*SKB, h.skb_adjust_room(CTX, 8, 2, 0))

for size in (64, 44, 43, 40, 36, 28, 24, 20, 10, 4, 1):
    case(*SKB, h.skb_get_tunnel_key(CTX, room(size), size, 0))
    case(*SKB, h.skb_set_tunnel_key(CTX, area(1, size=size), size, 0))
for flags in (1, 2, 4, 8, 16, 32, 64):
    case(*SKB, h.skb_get_tunnel_key(CTX, room(44), 44, flags))
    case(*SKB, h.skb_set_tunnel_key(CTX, area(1, 0, 0, 0, 1, 2, 3, 4, size=44), 44, flags),
         h.skb_get_tunnel_key(CTX, room(44), 44, 0), h.skb_get_tunnel_key(CTX, room(44), 44, 1))
case(*SKB, h.skb_set_tunnel_key(CTX, area(*range(64), size=64), 64, 0))
KEY = bytes(range(1, 21)) + b'\5\7\0\0' + struct.pack('<I', 0xfffff) + bytes(range(30, 46))
case(*SKB, h.skb_set_tunnel_key(CTX, area(KEY), 44, 0), h.skb_get_tunnel_key(CTX, room(44), 44, 0))
case(*SKB, h.skb_set_tunnel_key(CTX, area(KEY), 44, 1), h.skb_get_tunnel_key(CTX, room(44), 44, 1),
     h.skb_get_tunnel_key(CTX, room(44), 44, 0))
case(*SKB, h.skb_get_tunnel_opt(CTX, room(8), 8))
case(*SKB, h.skb_set_tunnel_opt(CTX, area(1, 2, 3, 4), 4))
case(*SKB, h.skb_set_tunnel_key(CTX, area(1, size=44), 44, 0),
     h.skb_set_tunnel_opt(CTX, area(1, 2, 3, 4), 4), h.skb_get_tunnel_opt(CTX, room(8), 8),
     h.skb_get_tunnel_opt(CTX, room(2), 2))
case(*SKB, h.skb_set_tunnel_key(CTX, area(1, size=44), 44, 0),
     h.skb_set_tunnel_opt(CTX, area(1, 2, 3), 3))
case(*SKB, h.skb_set_tunnel_key(CTX, area(1, size=44), 44, 0),
     h.skb_set_tunnel_opt(CTX, area(size=256), 256))
case(*SKB, h.skb_get_xfrm_state(CTX, 0, room(28), 28, 0))
case(*SKB, h.skb_get_xfrm_state(CTX, 0, room(28), 28, 1))

for packet in PACKETS:
    if packet:
        case('sched_cls', packet, h.skb_ecn_set_ce(CTX))
        case('cgroup_skb', packet, h.skb_ecn_set_ce(CTX))
for tos in (0, 1, 2, 3):
    case(*SKB, h.skb_store_bytes(CTX, 15, area(tos), 1, 0), h.skb_ecn_set_ce(CTX))
    case('sched_cls', 'ip6', h.skb_store_bytes(CTX, 14, area(0x60, tos << 4), 2, 0),
         h.skb_ecn_set_ce(CTX))
for kind, stamp in ((0, 0), (0, 5), (1, 0), (1, 5), (2, 5), (3, 5), (4, 0)):
    case(*SKB, h.skb_set_tstamp(CTX, stamp, kind), Field('tstamp'), Field('tstamp_type'))
    case('sched_cls', 'arp', h.skb_set_tstamp(CTX, stamp, kind), Field('tstamp'),
         Field('tstamp_type'))

case(*SKB, h.skb_cgroup_id(CTX))
case(*SKB, *(h.skb_ancestor_cgroup_id(CTX, level) for level in (0, 1, 50, -1)))
case('cgroup_skb', 'ip4', h.skb_cgroup_id(CTX), h.skb_ancestor_cgroup_id(CTX, 0),
     h.skb_ancestor_cgroup_id(CTX, 1))

for kind in ('sched_cls', 'xdp'):
    for args in ((0, 0, 0), (0, 4, 0), (0, -60, 0), (0, 65482, 0), (1, 0, 0), (77, 0, 0),
                 (0, 0, 1), (0, 0, 2), (0, -100, 0), (0, 1500, 0), (0, 70000, 0)):
        for length in (0, 100, 2000, 70000):
            case(kind, 'ip4', h.check_mtu(CTX, args[0], area(struct.pack('<I', length)), *args[1:]))

# Sockets: the packet's own, which is no TCP socket, and those that nobody has opened.
SK = Field('sk', show='pointer')
for kind in ('sched_cls', 'cgroup_skb', 'socket_filter'):
    case(kind, 'ip4', SK)
for kind in ('sched_cls', 'cgroup_skb'):
    for name in ('sk_fullsock', 'tcp_sock', 'get_listener_sock'):
        case(kind, 'ip4', With(SK, Call(name, (SOCK,), 'pointer')))
case('cgroup_skb', 'ip4', With(SK, With(h.sk_fullsock(SOCK, show='pointer'),
                                        h.sk_cgroup_id(SOCK), h.sk_ancestor_cgroup_id(SOCK, 0),
                                        h.sk_ancestor_cgroup_id(SOCK, 1))))
for flags in (0, 1):
    case(*SKB, With(SK, h.sk_assign(CTX, SOCK, flags)))
case(*SKB, h.sk_assign(CTX, 0, 0))
IP4_HEADER, IP6_HEADER = PACKETS['ip4'][14:34], PACKETS['ip6'][14:54]


def tcp(flags, offset=5):
    return area(TCP[:12] + bytes([offset << 4, flags]) + TCP[14:], size=60)


for name in ('tcp_check_syncookie', 'tcp_gen_syncookie'):
    for flags in (0x02, 0x10, 0x12):
        for header in (IP4_HEADER, IP6_HEADER):
            case(*SKB, With(SK, Call(name, (SOCK, area(header), len(header), tcp(flags), 20))))
    case(*SKB, With(SK, Call(name, (SOCK, area(IP4_HEADER), 20, tcp(2), 19))))
    case(*SKB, With(SK, Call(name, (SOCK, area(IP4_HEADER), 19, tcp(2), 20))))
for kind in ('sched_cls', 'xdp'):
    for name in ('sk_lookup_tcp', 'sk_lookup_udp', 'skc_lookup_tcp'):
        for size in (12, 36, 11, 0):
            for netns in (-1, 0, 5):
                case(kind, 'ip4', With(Call(name, (CTX, area(size=36), size, netns, 0), 'pointer'),
                                       h.sk_release(SOCK)))
        case(kind, 'ip4', With(Call(name, (CTX, area(size=36), 12, -1, 1), 'pointer'),
                               h.sk_release(SOCK)))
    for size in (20, 24, 16, 60, 61):
        for flags in (0x02, 0x10):
            case(kind, 'ip4',
                 h.tcp_raw_gen_syncookie_ipv4(area(IP4_HEADER, shows=False),
                                              tcp(flags, size // 4 % 16), size, show='sign'))
            case(kind, 'ip4',
                 h.tcp_raw_gen_syncookie_ipv6(area(IP6_HEADER, shows=False),
                                              tcp(flags, size // 4 % 16), size, show='sign'))
    for mss in (0, 100, 536, 1000, 1300, 1439, 1440, 1460, 9000):
        header = TCP[:12] + bytes([7 << 4, 2]) + TCP[14:] + b'\1\2\4' + mss.to_bytes(2, 'big') + b'\0\0\0'
        case(kind, 'ip4', h.tcp_raw_gen_syncookie_ipv4(area(IP4_HEADER), area(header), 28, show='high'),
             h.tcp_raw_gen_syncookie_ipv6(area(IP6_HEADER), area(header), 28, show='high'))
    case(kind, 'ip4', h.tcp_raw_gen_syncookie_ipv4(area(IP4_HEADER), tcp(2), 20, show='high'),
         h.tcp_raw_gen_syncookie_ipv6(area(IP6_HEADER), tcp(2), 20, show='high'))
    case(kind, 'ip4', h.tcp_raw_check_syncookie_ipv4(area(IP4_HEADER), tcp(0x10)))
    case(kind, 'ip4', h.tcp_raw_check_syncookie_ipv6(area(IP6_HEADER), tcp(0x10)))

# Where nothing happened but the call of BPF_PROG_TEST_RUN.
USER_STACK, FAST, REUSE, BUILD_ID = 1 << 8, 1 << 9, 1 << 10, 1 << 11
TRACED = ('raw_tracepoint', 'syscall')
for kind in TRACED:
    for flags in (0, 3, 255, USER_STACK, USER_STACK | 255, USER_STACK | FAST | REUSE, BUILD_ID, 1 << 12):
        case(kind, '', h.get_stackid(CTX, STACKS, flags, show='stack'), ctx=bytes(96))
        case(kind, '', h.get_stack(CTX, room(64, shows=False), 64, flags, show='stack'), ctx=bytes(96))
    for size in (0, 7, 8, 12, 64):
        case(kind, '', h.get_stack(CTX, room(64, shows=False), size, USER_STACK, show='stack'),
             ctx=bytes(96))
    case(kind, '', h.get_attach_cookie(CTX), ctx=bytes(96))
    case(kind, '', h.get_current_ancestor_cgroup_id(0), h.get_current_ancestor_cgroup_id(-1),
         h.get_current_ancestor_cgroup_id(50), ctx=bytes(96))
    case(kind, '', h.get_ns_current_pid_tgid(0, 0, room(8), 8), ctx=bytes(96))
    case(kind, '', h.get_ns_current_pid_tgid(0, 0, room(7), 7), ctx=bytes(96))
    case(kind, '', h.get_cgroup_classid(), ctx=bytes(96))
    for signal in (0, 65, 200, -1):
        case(kind, '', h.send_signal(signal), h.send_signal_thread(signal), ctx=bytes(96))
    for flags in (0, 1):
        case(kind, '', h.get_branch_snapshot(room(48), 48, flags), ctx=bytes(96))
    case(kind, '', h.copy_from_user(room(8), 8, 0), h.copy_from_user(room(8), 0, 0), ctx=bytes(96))
    case(kind, '', h.probe_write_user(0, area(1, size=8), 8), ctx=bytes(96))
    case(kind, '', h.override_return(CTX, 0), ctx=bytes(96))
    case(kind, '', h.probe_read_kernel(room(8), 8, 0), h.probe_read_user(room(8), 8, 0),
         h.probe_read_user_str(room(8), 8, 0), ctx=bytes(96))


def text(string):
    return area(string.encode() + b'\0')


for name in ('bpf_nothing_has_this_name', ''):
    for flags in (0, 1):
        case('syscall', '', h.kallsyms_lookup_name(text(name), len(name) + 1, flags,
                                                   room(8, shows=False), show='sign'), ctx=bytes(8))
case('syscall', '', h.kallsyms_lookup_name(area(65, 65), 2, 0, room(8)), ctx=bytes(8))
case('syscall', '', h.kallsyms_lookup_name(area(0), 1, 0, room(8)), ctx=bytes(8))
for name, kind, flags in (('task_struct', 4, 0), ('task_struct', 4, 1), ('task_struct', 1, 0),
                          ('no_such_type_here', 4, 0), ('task_struct', 40, 0)):
    case('syscall', '', h.btf_find_by_name_kind(text(name), len(name) + 1, kind, flags, show='sign'),
         ctx=bytes(8))
case('syscall', '', h.btf_find_by_name_kind(area(65, 65), 2, 4, 0), ctx=bytes(8))
case('syscall', '', h.btf_find_by_name_kind(area(0), 1, 4, 0), ctx=bytes(8))
