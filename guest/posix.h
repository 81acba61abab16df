/*
 * posix.h: what posix.c has beyond wasi-libc, whose headers leave it out. For programs that expect it of unistd.h.
 */
#ifndef GUEST_POSIX_H
#define GUEST_POSIX_H

int dup(int fd);
int dup2(int fd, int to);
int dup3(int fd, int to, int flags);

#endif
