/* Loaded before a program: a file or folder whose name ends with ".stuck" is opened and never answers, as one on a disk
   or a server that went away does. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void wait_for_ever(const char *path) {
    const char *end = strrchr(path, '.');
    while (end && strcmp(end, ".stuck") == 0) pause();
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
        wait_for_ever(path);                                                     \
        int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #NAME);           \
        return real(path, flags, mode);                                          \
    }

OPENS(open)
OPENS(open64)

DIR *opendir(const char *path) {
    wait_for_ever(path);
    DIR *(*real)(const char *) = dlsym(RTLD_NEXT, "opendir");
    return real(path);
}
