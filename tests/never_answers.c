/* Loaded before a program: a file or folder whose name ends with ".stuck", or that has a neighbour of its name and ".gone",
   is opened or asked about and does not answer, as one on a disk or a server that went away. Without the neighbour it
   answers again. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int answers(const char *path) {
    char gone[PATH_MAX];
    const char *end = strrchr(path, '.');
    if (end && strcmp(end, ".stuck") == 0) return 0;
    return snprintf(gone, sizeof gone, "%s.gone", path) >= (int)sizeof gone || access(gone, F_OK) != 0;
}

static void wait_for(const char *path) {
    while (path && !answers(path)) usleep(100000); /* statx is called without one to see whether the system has it */
}

static mode_t mode_of(int flags, va_list rest) {
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

#define OPENS(NAME)                                                              \
    int NAME(const char *path, int flags, ...) {                                 \
        va_list rest;                                                            \
        va_start(rest, flags);                                                   \
        mode_t mode = mode_of(flags, rest);                                      \
        va_end(rest);                                                            \
        wait_for(path);                                                          \
        int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #NAME);           \
        return real(path, flags, mode);                                          \
    }

OPENS(open)
OPENS(open64)

DIR *opendir(const char *path) {
    wait_for(path);
    DIR *(*real)(const char *) = dlsym(RTLD_NEXT, "opendir");
    return real(path);
}

int statx(int folder, const char *path, int flags, unsigned mask, struct statx *found) {
    if (!(flags & AT_SYMLINK_NOFOLLOW)) wait_for(path);
    int (*real)(int, const char *, int, unsigned, struct statx *) = dlsym(RTLD_NEXT, "statx");
    return real(folder, path, flags, mask, found);
}

char *realpath(const char *path, char *room) {
    wait_for(path);
    char *(*real)(const char *, char *) = dlsym(RTLD_NEXT, "realpath");
    return real(path, room);
}
