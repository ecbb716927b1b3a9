/* SPDX-License-Identifier: BSD-2-Clause */
#include "attack.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PAGE  4096
#define ROOM  65536
#define RW    (PROT_READ | PROT_WRITE)
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static char junk[ROOM];

static void spoil(void)
{
	memset(junk, 0x66, sizeof(junk));
}

/* What a call returns is of no interest: this says so to the compiler. */
static void whatever(long result)
{
	(void)result;
}

static void act_write(int fd)
{
	struct iovec iov = { junk, sizeof(junk) };

	spoil();
	whatever(write(fd, junk, sizeof(junk)));
	whatever(pwrite(fd, junk, sizeof(junk), 0));
	whatever(pwrite(fd, junk, sizeof(junk), 1l << 40));
	whatever(pwritev(fd, &iov, 1, PAGE));
}

static void act_read(int fd)
{
	whatever(read(fd, junk, sizeof(junk)));
	whatever(pread(fd, junk, sizeof(junk), 1l << 40));
	whatever(lseek(fd, 1l << 40, SEEK_SET));
	whatever(lseek(fd, 0, SEEK_END));
	whatever(lseek(fd, 0, SEEK_HOLE));
}

static void act_truncate(int fd)
{
	whatever(ftruncate(fd, 0));
	whatever(ftruncate(fd, 1));
	whatever(ftruncate(fd, 1l << 40));
	whatever(fallocate(fd, 0, 0, 1 << 20));
	whatever(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1 << 20));
	whatever(fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, 1 << 20));
}

static void act_seal(int fd)
{
	whatever(fcntl(fd, F_ADD_SEALS, SEALS));
	whatever(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
}

static void act_lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK };

	whatever(flock(fd, LOCK_UN));
	whatever(flock(fd, LOCK_EX | LOCK_NB));
	whatever(fcntl(fd, F_SETLK, &lock));
	whatever(fcntl(fd, F_OFD_SETLK, &lock));
	whatever(fcntl(fd, F_SETLEASE, F_WRLCK));
}

static void act_flags(int fd)
{
	signal(SIGIO, SIG_IGN);
	whatever(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_ASYNC));
	whatever(fcntl(fd, F_SETOWN, getpid()));
	whatever(fcntl(fd, F_SETSIG, SIGIO));
	whatever(fcntl(fd, F_NOTIFY, DN_MODIFY));
	whatever(fchmod(fd, 0));
	whatever(fchown(fd, 0, 0));
	whatever(fsetxattr(fd, "user.conform", "x", 1, 0));
	whatever(ioctl(fd, FIONREAD, junk));
}

/* Through /proc a file behind a descriptor can be opened anew, if it is one. */
static void act_reopen(int fd)
{
	static const int modes[] = {O_RDONLY, O_RDWR, O_WRONLY | O_TRUNC,
				    O_RDWR | O_APPEND};
	char path[48];
	unsigned int i;
	int again;
	void *bytes;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		again = open(path, modes[i] | O_CLOEXEC | O_NONBLOCK);
		if (again < 0)
			continue;
		act_truncate(again);
		act_write(again);
		act_lock(again);
		bytes = mmap(NULL, PAGE, RW, MAP_SHARED, again, 0);
		if (bytes != MAP_FAILED)
			munmap(bytes, PAGE);
		close(again);
	}
	whatever(truncate(path, 0));
	whatever(chmod(path, 0));
	whatever(unlink(path));
}

/* Every page of it, as far as there are any. */
static void act_map(int fd)
{
	static const int protections[] = { PROT_READ, RW, PROT_READ | PROT_EXEC };
	unsigned int i;
	off_t offset;
	char *bytes;

	for (i = 0; i < sizeof(protections) / sizeof(protections[0]); i++) {
		for (offset = 0; offset < 4 * PAGE; offset += PAGE) {
			bytes = mmap(NULL, 4 * PAGE, protections[i], MAP_SHARED, fd,
				     offset);
			if (bytes == MAP_FAILED)
				continue;
			madvise(bytes, 4 * PAGE, MADV_REMOVE);
			madvise(bytes, 4 * PAGE, MADV_DONTNEED);
			mprotect(bytes, 4 * PAGE, RW);
			whatever(
				(long)mremap(bytes, 4 * PAGE, 64 * PAGE, MREMAP_MAYMOVE));
			munmap(bytes, 4 * PAGE);
		}
	}
}

static void act_move_data(int fd)
{
	int ends[2], zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	loff_t at = 0;

	if (pipe(ends))
		return;
	whatever(write(ends[1], junk, PAGE));
	whatever(splice(ends[0], NULL, fd, &at, PAGE, SPLICE_F_NONBLOCK));
	whatever(sendfile(fd, zero, NULL, PAGE));
	whatever(copy_file_range(zero, NULL, fd, NULL, PAGE, 0));
	close(ends[0]);
	close(ends[1]);
	close(zero);
}

static void act_duplicate(int fd)
{
	int copies[200];
	unsigned int i;

	for (i = 0; i < 200; i++)
		copies[i] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	for (i = 0; i < 200; i++)
		if (copies[i] >= 0)
			close(copies[i]);
}

const struct attack attacks[] = {
	{ "reads and seeks", act_read },
	{ "writes", act_write },
	{ "truncates and punches", act_truncate },
	{ "seals", act_seal },
	{ "locks and unlocks", act_lock },
	{ "changes flags, mode and owner", act_flags },
	{ "maps and removes pages", act_map },
	{ "moves data into it", act_move_data },
	{ "duplicates it", act_duplicate },
	{ "opens it anew", act_reopen },
};
const unsigned int attack_count = sizeof(attacks) / sizeof(attacks[0]);
