/* Loaded before a program: a file or folder whose name ends with ".stuck", or that has a neighbour of its name and ".gone",
   does not answer, as one on a disk or a server that went away; nor does anything below it. Without the neighbour it
   answers again. Calls by a whole path are held. With NEVER_RENAMES in the environment a rename that must replace nothing
   never comes back, whoever asks for it: that is the last step of a file that is restored. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_gone(const char *path) {
    char gone[PATH_MAX];
    const char *end = strrchr(path, '.');
    if (end && strcmp(end, ".stuck") == 0) return 1;
    return snprintf(gone, sizeof gone, "%s.gone", path) < (int)sizeof gone && access(gone, F_OK) == 0;
}

/* The path itself, and every folder above it. */
static int answers(const char *path, int itself) {
    char above[PATH_MAX];
    if (itself && is_gone(path)) return 0;
    if (snprintf(above, sizeof above, "%s", path) >= (int)sizeof above) return 1;
    for (char *end; (end = strrchr(above, '/')) && end != above;) {
        *end = 0;
        if (is_gone(above)) return 0;
    }
    return 1;
}

/* statx is called without a path to see whether the system has it. */
static void wait_for(const char *path, int itself) {
    while (path && !answers(path, itself)) usleep(100000);
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
        wait_for(path, 1);                                                       \
        int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #NAME);           \
        return real(path, flags, mode);                                          \
    }

OPENS(open)
OPENS(open64)

DIR *opendir(const char *path) {
    wait_for(path, 1);
    DIR *(*real)(const char *) = dlsym(RTLD_NEXT, "opendir");
    return real(path);
}

int mkdir(const char *path, mode_t mode) {
    wait_for(path, 0);
    int (*real)(const char *, mode_t) = dlsym(RTLD_NEXT, "mkdir");
    return real(path, mode);
}

int statx(int folder, const char *path, int flags, unsigned mask, struct statx *found) {
    wait_for(path, !(flags & AT_SYMLINK_NOFOLLOW));
    int (*real)(int, const char *, int, unsigned, struct statx *) = dlsym(RTLD_NEXT, "statx");
    return real(folder, path, flags, mask, found);
}

char *realpath(const char *path, char *room) {
    wait_for(path, 1);
    char *(*real)(const char *, char *) = dlsym(RTLD_NEXT, "realpath");
    return real(path, room);
}

static void hold(int signal) {
    (void)signal;
    for (;;) pause();
}

__attribute__((constructor)) static void hold_renames(void) {
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof steps / sizeof *steps, .filter = steps};
    struct sigaction action = {.sa_handler = hold};
    if (!getenv("NEVER_RENAMES")) return;
    if (sigaction(SIGSYS, &action, NULL) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) abort();
}
