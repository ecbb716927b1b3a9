# SPDX-License-Identifier: BSD-2-Clause
"""How a path is resolved: a root's client whose transcript is the kernel's.

    resolve.py MOUNTED

Users, changed roots, links. MOUNTED=1: the bpf filesystem is a mount, so it can be
bound elsewhere.
"""
import ctypes
import errno
import os
import struct
import subprocess
import sys

ROOT = "/sys/fs/bpf"
OUT = os.environ["SCRATCH"]
libc = ctypes.CDLL(None, use_errno=True)


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result


def bpf(command, attr):
    memory = ctypes.create_string_buffer(attr.ljust(128, b"\0"))
    return checked(libc.syscall(321, command, memory, 128))


def by_path(command, path, fd=0):
    memory = ctypes.create_string_buffer(os.fsencode(path))
    return bpf(command, struct.pack("=QII", ctypes.addressof(memory), fd, 0))


FD = bpf(0, struct.pack("5I", 2, 4, 4, 1, 0))


def pin(path):
    return by_path(6, path, FD)


def get(path):
    os.close(by_path(7, path))


def statfs(path):
    memory = ctypes.create_string_buffer(120)
    checked(libc.statfs(path.encode(), memory))
    return hex(struct.unpack("q", memory.raw[:8])[0])


def owner(path):
    st = os.lstat(path)
    return f"{st.st_uid} {st.st_gid} {st.st_mode:o}"


def step(text, action):
    try:
        result = action()
    except OSError as error:
        result = errno.errorcode.get(error.errno, error.errno)
    print(f"{text}: {'done' if result in (None, 0) else result}", flush=True)


def child(action):
    pid = os.fork()
    if not pid:
        try:
            action()
        except OSError as error:
            print(error, flush=True)
        os._exit(0)
    os.waitpid(pid, 0)


def become(uid, gid, groups=()):
    os.setgroups(groups)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def ordinary():
    """Who gave up its privileges pins only where it may."""
    become(65534, 65534)
    os.umask(0o077)
    step("pin in root's directory", lambda: pin(ROOT + "/private/x"))
    step("pin in a readable one", lambda: pin(ROOT + "/readable/x"))
    step("dot in root's directory", lambda: pin(ROOT + "/private/a.b"))
    step("pin", lambda: pin(ROOT + "/mine"))
    step("owner", lambda: owner(ROOT + "/mine"))
    step("mkdir", lambda: os.mkdir(ROOT + "/own"))
    step("owner of the directory", lambda: owner(ROOT + "/own"))
    step("pin below", lambda: pin(ROOT + "/own/x"))
    step("get root's", lambda: get(ROOT + "/roots"))
    step("get one's own", lambda: get(ROOT + "/mine"))
    step("unlink root's", lambda: os.unlink(ROOT + "/roots"))
    step("rename root's", lambda: os.rename(ROOT + "/roots", ROOT + "/stolen"))
    step("mkdir in root's", lambda: os.mkdir(ROOT + "/readable/d"))
    step("through a closed directory", lambda: pin(OUT + "/closed/bpf/x"))
    step("get through a closed directory", lambda: get(OUT + "/closed/bpf/roots"))


def groups():
    become(65534, 65534, [4321])
    step("get by the group", lambda: get(ROOT + "/groups"))
    step("pin by the group", lambda: pin(ROOT + "/shared/x"))
    os.unlink(ROOT + "/shared/x")


def file_user():
    """Only the file system's user changed."""
    libc.setfsuid(65534)
    step("as another file-system user", lambda: pin(ROOT + "/private/y"))
    libc.setfsuid(0)
    step("and back", lambda: pin(ROOT + "/private/y"))


def users():
    os.umask(0o022)
    os.mkdir(ROOT + "/private", 0o700)
    os.mkdir(ROOT + "/readable", 0o755)
    os.mkdir(ROOT + "/shared", 0o770)
    os.chown(ROOT + "/shared", 0, 4321)
    os.chmod(ROOT + "/shared", 0o770)
    pin(ROOT + "/roots")
    pin(ROOT + "/groups")
    os.chown(ROOT + "/groups", 0, 4321)
    os.chmod(ROOT + "/groups", 0o660)
    os.mkdir(OUT + "/closed", 0o700)
    os.symlink(ROOT, OUT + "/closed/bpf")
    child(ordinary)
    child(groups)
    child(file_user)
    step("root goes on", lambda: pin(ROOT + "/private/z"))


def links():
    os.symlink(ROOT, OUT + "/abs")
    os.symlink("../.." + ROOT, OUT + "/rel")
    os.symlink("abs", OUT + "/twice")
    os.symlink("loop", OUT + "/loop")
    os.symlink(ROOT + "/", OUT + "/slash")
    os.chdir(OUT)
    for name in ("abs", "rel", "twice", "slash", "abs/../bpf", "loop", "file"):
        step(f"pin by {name}", lambda name=name: pin(f"{name}/by-{name.replace('.', '_')[:3]}"))
        step(f"mkdir by {name}", lambda name=name: os.mkdir(f"{name}/d-{name[:3]}"))
    for name in ("abs", "rel", "twice"):
        step(f"dot by {name}", lambda name=name: os.mkdir(f"{name}/a.b"))
        step(f"statfs by {name}", lambda name=name: statfs(name))
    step("get by links", lambda: get("twice/by-abs"))
    step("by proc's root", lambda: pin("/proc/self/root/sys/fs/bpf/proc"))
    step("by the thread's", lambda: get("/proc/thread-self/root/sys/fs/bpf/proc"))
    back = os.open(".", os.O_RDONLY)
    os.chdir(ROOT)
    step("by the directory's link", lambda: get("/proc/self/cwd/proc"))
    step("dots", lambda: get("./private/.././proc"))
    step("above the root", lambda: get("../../../../../../sys/fs/bpf/proc"))
    os.fchdir(back)
    directory = os.open(ROOT, os.O_RDONLY)
    step("by a descriptor's link", lambda: get(f"/proc/self/fd/{directory}/proc"))
    os.close(directory)
    step("long name", lambda: pin(ROOT + "/" + "x" * 256))
    step("long path", lambda: pin(ROOT + "/x" * 2048))
    step("empty path", lambda: pin(""))


def changed_root():
    """A root that has a bpf filesystem only by what was opened before."""
    os.makedirs(OUT + "/jail/sys/fs/bpf")
    os.symlink("/sys/fs/bpf", OUT + "/jail/abs")
    os.symlink("/jail", OUT + "/jail/out")
    os.chdir(ROOT)
    os.chroot(OUT + "/jail")
    step("jail: another bpf directory", lambda: pin("/sys/fs/bpf/x"))
    step("jail: an absolute link", lambda: pin("/abs/x"))
    step("jail: a link that leads out", lambda: pin("/out/x"))
    step("jail: what is outside", lambda: pin(OUT + "/x"))
    step("jail: relative", lambda: pin("from-jail"))
    step("jail: get relative", lambda: get("private/../from-jail"))
    step("jail: mkdir relative", lambda: os.mkdir("jailed"))
    step("jail: dots stop at the root", lambda: pin("/../../../sys/fs/bpf/x"))


def bound_root():
    """A root with the bpf filesystem bound into it; then the same by pivot_root."""
    jail = OUT + "/bound"
    os.makedirs(jail + "/bpf")
    os.symlink("/bpf", jail + "/abs")
    os.symlink("bpf", jail + "/rel")
    os.symlink("../../bpf", jail + "/up")
    os.symlink("/sys/fs/bpf", jail + "/real")
    # Nobody else holds what is mounted.
    for _ in range(20):
        subprocess.run(["mount", "-t", "tmpfs", "none", jail + "/bpf"], check=True)
        subprocess.run(["umount", jail + "/bpf"], check=True)
    subprocess.run(["mount", "--bind", ROOT, jail + "/bpf"], check=True)
    os.chroot(jail)
    os.chdir("/")
    for name in ("bpf", "abs", "rel", "up", "real", "../bpf"):
        step(f"bound: by {name}", lambda name=name: pin(f"/{name}/b-{name[-3:]}"))
        step(f"bound: relative {name}", lambda name=name: get(f"{name}/b-{name[-3:]}"))
    step("bound: a.b", lambda: os.mkdir("/bpf/a.b"))
    step("bound: mkdir", lambda: os.mkdir("/bpf/bound"))
    step("bound: rmdir", lambda: os.rmdir("/abs/bound"))


def pivoted():
    root = OUT + "/pivot"
    os.makedirs(root)
    for words in (["mount", "-t", "tmpfs", "none", root],
                  ["mkdir", root + "/bpf", root + "/old"],
                  ["ln", "-s", "/bpf", root + "/abs"],
                  ["mount", "--bind", ROOT, root + "/bpf"]):
        subprocess.run(words, check=True)
    os.chdir(root)
    checked(libc.syscall(155, b".", b"old"))
    os.chdir("/")
    checked(libc.umount2(b"old", 2))
    step("pivot: pin", lambda: pin("/bpf/pivot"))
    step("pivot: by a link", lambda: get("/abs/pivot"))
    step("pivot: what was", lambda: pin("/sys/fs/bpf/x"))
    step("pivot: a.b", lambda: pin("/abs/a.b"))


def main():
    os.umask(0o022)
    with open(OUT + "/file", "w", encoding="ascii"):
        pass
    os.chmod(OUT, 0o755)
    users()
    links()
    child(changed_root)
    if sys.argv[1] == "1":
        checked(libc.unshare(0x20000))
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        child(bound_root)
        child(pivoted)


main()
