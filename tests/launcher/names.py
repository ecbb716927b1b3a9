# SPDX-License-Identifier: BSD-2-Clause
"""Names in a bpf filesystem: a client whose transcript is the same everywhere.

    names.py MOUNTED

An ordinary client: it makes a map, pins it below /sys/fs/bpf and does with names what
programs do. MOUNTED=1 leaves out what the launcher's mounts view does not answer.
"""
import ctypes
import errno
import os
import struct
import sys

ROOT = "/sys/fs/bpf"
OUT = os.environ["SCRATCH"]
MAP_CREATE, OBJ_PIN, OBJ_GET = 0, 6, 7
F_PATH_FD = 1 << 14
AT_FDCWD = -100
libc = ctypes.CDLL(None, use_errno=True)


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result


def bpf(command, attr):
    memory = ctypes.create_string_buffer(attr.ljust(128, b"\0"))
    return checked(libc.syscall(321, command, memory, 128))


def array():
    return bpf(MAP_CREATE, struct.pack("5I", 2, 4, 4, 1, 0))


def by_path(command, path, fd=0, flags=0, path_fd=0):
    memory = ctypes.create_string_buffer(os.fsencode(path))
    return bpf(command, struct.pack("=QIIi", ctypes.addressof(memory), fd, flags, path_fd))


def pin(path, **more):
    fd = array()
    try:
        return by_path(OBJ_PIN, path, fd, **more)
    finally:
        os.close(fd)


def get(path, **more):
    os.close(by_path(OBJ_GET, path, **more))
    return "a descriptor"


def renameat2(old, new, flags):
    return checked(libc.renameat2(AT_FDCWD, old.encode(), AT_FDCWD, new.encode(), flags))


def node(path, follow=True):
    st = os.stat(path, follow_symlinks=follow)
    size = f" {st.st_size}" if (st.st_mode & 0o170000) == 0o100000 else ""
    return f"{st.st_mode:o} {st.st_nlink if size else '-'}{size}"


def statfs(path):
    memory = ctypes.create_string_buffer(120)
    checked(libc.statfs(path.encode(), memory))
    words = struct.unpack("15q", memory.raw)
    return " ".join(hex(words[i]) for i in (0, 1, 2, 8, 9))


def opened(path, flags, **more):
    os.close(os.open(path, flags, **more))
    return "a descriptor"


def names(path="."):
    return sorted(name for name in os.listdir(path) if "." not in name)


def inside(path, action):
    """The action with another working directory."""
    back = os.open(".", os.O_RDONLY)
    os.chdir(path)
    try:
        return action()
    finally:
        os.fchdir(back)
        os.close(back)


def step(text, action):
    try:
        result = action()
    except OSError as error:
        result = errno.errorcode.get(error.errno, error.errno)
    print(f"{text}: {'done' if result in (None, 0) else result}")


def make():
    step("statfs", lambda: statfs("."))
    step("mkdir d", lambda: os.mkdir("d"))
    step("mkdir d again", lambda: os.mkdir("d"))
    step("mkdir d/ again", lambda: os.mkdir("d/"))
    step("mkdir slash/", lambda: os.mkdir("slash/"))
    step("mkdir a.b", lambda: os.mkdir("a.b"))
    step("mkdir .a", lambda: os.mkdir(".a"))
    step("mkdir below a.b", lambda: os.mkdir("d/a.b/c"))
    step("mkdir of the root", lambda: os.mkdir(ROOT))
    step("mkdir of the root/.", lambda: os.mkdir(ROOT + "/."))
    step("mkdir ..", lambda: os.mkdir(".."))
    step("mkdir nowhere", lambda: os.mkdir("nope/x"))
    step("mkdir 255", lambda: (os.mkdir("x" * 255), os.rmdir("x" * 255))[0])
    step("mkdir 256", lambda: os.mkdir("x" * 256))
    step("mode by the umask", lambda: (os.umask(0o027), os.mkdir("u", 0o7777), node("u"))[2])
    os.umask(0o022)
    for kind in (0, 0o100644, 0o010644, 0o140644, 0o040644, 0o050644):
        step(f"mknod {kind:o}", lambda kind=kind: os.mknod("n", kind))
        step(f"mknod {kind:o} d", lambda kind=kind: os.mknod("d", kind))
    step("mknod a.b", lambda: os.mknod("a.b", 0o100644))
    step("create", lambda: opened("new", os.O_CREAT | os.O_RDWR))
    step("create below d", lambda: opened("d/new", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    step("create a.b", lambda: opened("a.b", os.O_CREAT | os.O_RDWR))
    step("create d", lambda: opened("d", os.O_CREAT))
    step("create d exclusively", lambda: opened("d", os.O_CREAT | os.O_EXCL))
    step("symlink", lambda: os.symlink("d", "s"))
    step("symlink to a.b", lambda: os.symlink("a.b", "s2"))
    step("symlink named a.b", lambda: os.symlink("d", "a.b"))
    step("symlink again", lambda: os.symlink("d", "s"))
    step("symlink to nothing", lambda: os.symlink("", "s3"))
    step("symlink over the root", lambda: os.symlink("x", ROOT))
    step("readlink", lambda: os.readlink("s"))


def pins():
    step("pin", lambda: pin(ROOT + "/m"))
    step("pin relative", lambda: pin("d/m2"))
    step("pin again", lambda: pin("m"))
    step("pin slash", lambda: pin("m/"))
    step("pin new slash", lambda: pin("new/"))
    step("pin a.b", lambda: pin("a.b"))
    step("pin outside", lambda: pin(OUT + "/m"))
    step("pin nowhere", lambda: pin("nope/m"))
    step("pin through a link", lambda: pin("s/m3"))
    step("pin onto a link", lambda: pin("s"))
    step("pin onto a dangling link", lambda: pin("s2"))
    step("pin the root", lambda: pin(ROOT))
    step("get", lambda: get("m"))
    step("get through a link", lambda: get("s/m2"))
    step("get slash", lambda: get("m/"))
    step("get a directory", lambda: get("d"))
    step("get nothing", lambda: get("nope"))
    step("get a.b", lambda: get("a.b"))
    for path in ("/proc/self/exe", "/dev/null", "/proc/self/status", "/"):
        step(f"get {path}", lambda path=path: get(path))
    step("stat pin", lambda: node("m"))
    with_fd = os.open("d", os.O_RDONLY | os.O_DIRECTORY)
    step("pin at a descriptor", lambda: pin("at", flags=F_PATH_FD, path_fd=with_fd))
    step("get at a descriptor", lambda: get("at", flags=F_PATH_FD, path_fd=with_fd))
    step("get above a descriptor", lambda: get("../m", flags=F_PATH_FD, path_fd=with_fd))
    step("get at the working directory", lambda: get("m", flags=F_PATH_FD, path_fd=AT_FDCWD))
    step("get at no descriptor", lambda: get("m", flags=F_PATH_FD, path_fd=999))
    step("pin at without the flag", lambda: pin("x", path_fd=with_fd))
    step("list a descriptor", lambda: names(with_fd))
    step("mkdir at a descriptor", lambda: os.mkdir("atd", dir_fd=with_fd))
    step("mkdir a.b at a descriptor", lambda: os.mkdir("a.b", dir_fd=with_fd))
    step("stat at a descriptor", lambda: f"{os.stat('atd', dir_fd=with_fd).st_mode:o}")
    os.close(with_fd)


def move():
    step("link", lambda: os.link("m", "l"))
    step("stat link", lambda: node("l"))
    step("get link", lambda: get("l"))
    step("link a link", lambda: os.link("s", "sl", follow_symlinks=False))
    step("link a directory", lambda: os.link("d", "d2"))
    step("link a.b", lambda: os.link("m", "a.b"))
    step("link outside", lambda: os.link("m", OUT + "/m"))
    step("link the root", lambda: os.link(ROOT, ROOT + "/x"))
    step("rename", lambda: os.rename("m", "m3"))
    step("rename into", lambda: os.rename("m3", "d/m3"))
    step("rename back", lambda: os.rename("d/m3", "m"))
    step("get renamed", lambda: get("m"))
    step("rename to a.b", lambda: os.rename("m", "a.b"))
    step("rename nothing to a.b", lambda: os.rename("nope", "a.b"))
    step("link nothing as a.b", lambda: os.link("nope", "a.b"))
    step("rename from a.b", lambda: os.rename("a.b", "q"))
    step("rename outside", lambda: os.rename("m", OUT + "/m"))
    step("rename from outside", lambda: os.rename(OUT + "/file", "file"))
    step("rename pin to slash", lambda: os.rename("m", "m9/"))
    step("rename over itself", lambda: os.rename("m", "l"))
    step("rename directory", lambda: os.rename("u", "v"))
    step("rename directory over link", lambda: os.rename("v", "s"))
    step("rename pin over directory", lambda: os.rename("m", "v"))
    step("rename directory over pin", lambda: os.rename("v", "m"))
    step("rename over a full directory", lambda: os.rename("v", "d"))
    step("rename the root", lambda: os.rename(ROOT, OUT + "/root"))
    step("rename onto the root", lambda: os.rename("v", ROOT))
    step("rename noreplace", lambda: renameat2("m", "l", 1))
    step("rename noreplace free", lambda: renameat2("m", "new", 1))
    step("rename exchange", lambda: renameat2("new", "v", 2))
    step("exchanged", lambda: (node("new"), node("v")))
    step("exchange back", lambda: renameat2("new", "v", 2))
    step("rename whiteout", lambda: renameat2("new", "w", 4))
    step("rename with both", lambda: renameat2("new", "w", 3))
    step("rename with more", lambda: renameat2("new", "w", 8))


def remove():
    step("rmdir full", lambda: os.rmdir("d"))
    step("rmdir pin", lambda: os.rmdir("l"))
    step("rmdir .", lambda: os.rmdir("."))
    step("rmdir ..", lambda: os.rmdir(".."))
    step("rmdir the root", lambda: os.rmdir(ROOT))
    step("rmdir a.b", lambda: os.rmdir("a.b"))
    step("unlink directory", lambda: os.unlink("v"))
    step("unlink the root", lambda: os.unlink(ROOT))
    step("unlink a.b", lambda: os.unlink("a.b"))
    step("unlink nothing", lambda: os.unlink("nope"))
    step("unlink slash", lambda: os.unlink("l/"))
    step("unlink", lambda: os.unlink("l"))
    step("get unlinked", lambda: get("l"))
    step("get the other name", lambda: get("new"))
    step("rmdir", lambda: os.rmdir("v"))
    step("list", names)
    step("list d", lambda: names("d"))


def look():
    """What only the paths view answers: every call of a client."""
    step("stat the root", lambda: node("."))
    step("stat a.b", lambda: node("a.b"))
    step("lstat a.b", lambda: node("a.b", False))
    step("stat nothing", lambda: node("nope"))
    step("stat pin slash", lambda: node("new/"))
    step("stat below a pin", lambda: node("new/x"))
    step("stat link", lambda: node("s"))
    step("lstat link", lambda: node("s", False))
    step("stat above", lambda: os.path.samestat(os.stat(".."), os.stat("/sys/fs")))
    for name, flags in (("read", os.O_RDONLY), ("both", os.O_RDWR), ("trunc", os.O_TRUNC | 1),
                        ("create", os.O_CREAT), ("exclusive", os.O_CREAT | os.O_EXCL),
                        ("directory", os.O_DIRECTORY), ("path", os.O_PATH)):
        step(f"open pin {name}", lambda flags=flags: opened("new", flags))
        step(f"open directory {name}", lambda flags=flags: opened("d", flags))
    step("open temporary", lambda: opened(".", os.O_TMPFILE | os.O_RDWR))
    step("open a.b", lambda: opened("a.b", os.O_RDONLY))
    step("open link itself", lambda: opened("s", os.O_NOFOLLOW))
    step("access", lambda: [os.access("new", how) for how in (0, 1, 2, 4)])
    step("access directory", lambda: [os.access("d", how) for how in (0, 1, 2, 4)])
    step("access bad", lambda: checked(libc.access(b"new", 8)))
    step("getxattr", lambda: os.getxattr("new", "user.x"))
    step("setxattr", lambda: os.setxattr("new", "user.x", b"1"))
    step("listxattr", lambda: os.listxattr("new"))
    step("readlink pin", lambda: os.readlink("new"))
    step("chdir pin", lambda: os.chdir("new"))
    step("chdir", lambda: inside("d", os.getcwd))
    step("chdir through a link", lambda: inside("s", os.getcwd))
    step("chdir out", lambda: inside("..", os.getcwd))
    step("list after chdir", lambda: inside("d", names))
    step("pin after chdir", lambda: inside("d", lambda: pin("there")))
    step("get after chdir", lambda: inside("d", lambda: get("../new")))
    step("readlink of the working directory",
         lambda: inside("d", lambda: os.readlink("/proc/self/cwd")))
    step("truncate", lambda: (os.truncate("new", 5), node("new"))[1])
    step("truncate directory", lambda: os.truncate("d", 0))
    step("chmod", lambda: (os.chmod("new", 0o400), node("new"))[1])
    step("chmod directory", lambda: (os.chmod("d", 0o1750), node("d"))[1])
    step("chown", lambda: os.chown("new", os.getuid(), os.getgid()))
    step("chown to another", lambda: os.chown("new", 1, -1))
    step("utime", lambda: (os.utime("new", (1, 1)), os.stat("new").st_mtime)[1])
    step("read-only get", lambda: get("new"))
    step("closed directory", lambda: (os.mkdir("closed", 0o600), node("closed/x"))[1])
    step("closed directory, dot", lambda: node("closed/a.b"))
    step("full", lambda: (os.mkdir("ro", 0o500), os.mkdir("ro/x"))[1])
    step("full, dot", lambda: os.mkdir("ro/a.b"))
    step("full, create", lambda: opened("ro/x", os.O_CREAT))
    step("full, pin", lambda: pin("ro/x"))


def main():
    os.umask(0o022)
    os.chdir(OUT)
    with open("file", "w", encoding="ascii"):
        pass
    step("to the root", lambda: os.chdir(ROOT))
    step("where", os.getcwd)
    for part in [make, pins, move, remove] + [look] * (sys.argv[1] != "1"):
        part()


main()
