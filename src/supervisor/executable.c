/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/executable.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/types.h"

#define MAX_SCRIPTS 4
#define MAX_HEADERS 64
#define GO_BUILD_ID 4 /* note type, of the owner "Go" */

/* As execvp(3) finds it. False: nowhere. */
static bool find(const char *command, char path[PATH_MAX])
{
	const char *list = getenv("PATH");
	size_t len;

	if (strchr(command, '/'))
		return snprintf(path, PATH_MAX, "%s", command) < PATH_MAX;
	for (list = list ? list : "/bin:/usr/bin"; *list; list += len + !!list[len]) {
		int n;

		len = strcspn(list, ":");
		n = snprintf(path, PATH_MAX, "%.*s%s%s", (int)len, list, len ? "/" : "", command);
		if (n < PATH_MAX && !access(path, X_OK))
			return true;
	}
	return false;
}

/* "#!interpreter ..." at the start of a file. */
static bool script_interpreter(const char *start, ssize_t size, char path[PATH_MAX])
{
	size_t len;

	if (size < 3 || start[0] != '#' || start[1] != '!')
		return false;
	start += 2;
	start += strspn(start, " \t");
	len = strcspn(start, " \t\r\n");
	if (!len || len >= PATH_MAX)
		return false;
	memcpy(path, start, len);
	path[len] = '\0';
	return true;
}

static bool is_go_note(int fd, const Elf64_Phdr *header)
{
	struct {
		Elf64_Nhdr note;
		char owner[4];
	} first;

	return header->p_type == PT_NOTE &&
	       pread(fd, &first, sizeof(first), (off_t)header->p_offset) == sizeof(first) &&
	       first.note.n_type == GO_BUILD_ID && first.note.n_namesz == sizeof(first.owner) &&
	       !memcmp(first.owner, "Go\0", sizeof(first.owner));
}

static bool elf_takes_preload(int fd, const Elf64_Ehdr *elf)
{
	Elf64_Phdr headers[MAX_HEADERS];
	size_t count = elf->e_phnum < MAX_HEADERS ? elf->e_phnum : MAX_HEADERS;
	bool loader = false;

	if (elf->e_phentsize != sizeof(*headers) ||
	    pread(fd, headers, count * sizeof(*headers), (off_t)elf->e_phoff) !=
		    (ssize_t)(count * sizeof(*headers)))
		return true;
	for (size_t i = 0; i < count; i++) {
		if (is_go_note(fd, &headers[i]))
			return false;
		loader = loader || headers[i].p_type == PT_INTERP;
	}
	return loader;
}

bool alv_executable_takes_preload(const char *command)
{
	union {
		Elf64_Ehdr elf;
		char text[PATH_MAX];
	} start;
	char path[PATH_MAX];

	if (!find(command, path))
		return true;
	for (int i = 0; i < MAX_SCRIPTS; i++) {
		ALV_AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t size = fd < 0 ? -1 : pread(fd, &start, sizeof(start) - 1, 0);

		if (size < 0)
			return true;
		start.text[size] = '\0';
		if (script_interpreter(start.text, size, path))
			continue;
		if (size < (ssize_t)sizeof(start.elf) ||
		    memcmp(start.elf.e_ident, ELFMAG, SELFMAG) ||
		    start.elf.e_ident[EI_CLASS] != ELFCLASS64)
			return true;
		return elf_takes_preload(fd, &start.elf);
	}
	return true;
}
