/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "pass_fd.h"

/* A message of one byte, with room for a descriptor. It points into itself. */
struct message {
	char byte;
	struct iovec data;
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr head;
};

static void message_init(struct message *message)
{
	memset(message, 0, sizeof(*message));
	message->data = (struct iovec){ .iov_base = &message->byte, .iov_len = 1 };
	message->head = (struct msghdr){
		.msg_iov = &message->data,
		.msg_iovlen = 1,
		.msg_control = &message->control,
		.msg_controllen = sizeof(message->control),
	};
}

int pass_fd_send(int channel, int fd)
{
	struct message message;
	struct cmsghdr *head;
	ssize_t sent;

	message_init(&message);
	head = CMSG_FIRSTHDR(&message.head);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	do
		sent = sendmsg(channel, &message.head, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == 1 ? 0 : -1;
}

int pass_fd_receive(int channel)
{
	struct message message;
	struct cmsghdr *head;
	ssize_t received;
	int fd;

	message_init(&message);
	do
		received = recvmsg(channel, &message.head, MSG_CMSG_CLOEXEC);
	while (received < 0 && errno == EINTR);
	if (received != 1)
		return -1;
	head = CMSG_FIRSTHDR(&message.head);
	if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}
