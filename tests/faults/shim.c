/* Faults on demand, for tests: preload it and arm it, and the Nth change under a folder goes wrong.
 *
 * A change is one call that makes, writes, flushes or renames a file below the folder. What is
 * armed is inherited by children; the count lies in memory that they share with the parent.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum action { COUNT, DISK_FULL, DISK_ERROR, SHORT_WRITE, KILL };

static char folder[PATH_MAX];
static size_t folder_length;
static enum action armed = COUNT;
static long fail_at;
static long *seen;
static long clock_offset; /* seconds that the wall clock is wrong by */

void faults_arm(const char *below, int action, long at) {
    if (!seen)
        seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    strncpy(folder, below, sizeof folder - 1);
    folder_length = strlen(folder);
    armed = action;
    fail_at = at;
    *seen = 0;
}

long faults_seen(void) { return seen ? *seen : 0; }

void faults_set_clock(long offset) { clock_offset = offset; }

/* The next function of that name. */
#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int below(const char *path) {
    char whole[PATH_MAX * 2];
    if (!folder_length || !path) return 0;
    if (path[0] != '/') {
        if (!getcwd(whole, PATH_MAX)) return 0;
        strcat(whole, "/");
        strncat(whole, path, PATH_MAX - 1);
        path = whole;
    }
    return strncmp(path, folder, folder_length) == 0;
}

static int below_fd(int fd) {
    char link[64], path[PATH_MAX];
    if (!folder_length) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

/* Whether this change goes wrong; sets errno. A full disk stays full. */
static int fails(int counts) {
    if (!counts) return 0;
    long number = __atomic_add_fetch(seen, 1, __ATOMIC_SEQ_CST);
    switch (armed) {
    case DISK_FULL:
        errno = ENOSPC;
        return number >= fail_at;
    case DISK_ERROR:
        errno = EIO;
        return number == fail_at;
    case KILL:
        if (number == fail_at) raise(SIGKILL);
        return 0;
    default:
        return 0;
    }
}

/* Bytes to write instead of `count`: half of them where a short write, or a kill, is due. */
static size_t shortened(size_t count) {
    int due = *seen + 1 == fail_at && count > 1;
    return due && (armed == SHORT_WRITE || (armed == KILL && fail_at % 2)) ? count / 2 : count;
}

ssize_t write(int fd, const void *data, size_t count) {
    REAL(write);
    if (!below_fd(fd)) return real(fd, data, count);
    size_t part = shortened(count);
    if (part < count && armed == KILL) real(fd, data, part);
    return fails(1) ? -1 : real(fd, data, part);
}

ssize_t pwrite64(int fd, const void *data, size_t count, off64_t at) {
    REAL(pwrite64);
    if (!below_fd(fd)) return real(fd, data, count, at);
    size_t part = shortened(count);
    return fails(1) ? -1 : real(fd, data, part, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    return fails(below_fd(fd)) ? -1 : real(fd, parts, count);
}

size_t fwrite(const void *data, size_t size, size_t count, FILE *file) {
    REAL(fwrite);
    if (!below_fd(fileno(file))) return real(data, size, count, file);
    return fails(1) ? 0 : real(data, size, count, file);
}

int fsync(int fd) {
    REAL(fsync);
    return fails(below_fd(fd)) ? -1 : real(fd);
}

int ftruncate64(int fd, off64_t length) {
    REAL(ftruncate64);
    return fails(below_fd(fd)) ? -1 : real(fd, length);
}

static int mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0;
}

int open64(const char *path, int flags, ...) {
    REAL(open64);
    va_list rest;
    va_start(rest, flags);
    int mode = mode_of(flags, rest);
    va_end(rest);
    return fails(flags & O_CREAT && below(path)) ? -1 : real(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    REAL(open);
    va_list rest;
    va_start(rest, flags);
    int mode = mode_of(flags, rest);
    va_end(rest);
    return fails(flags & O_CREAT && below(path)) ? -1 : real(path, flags, mode);
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    return fails(below(path)) ? -1 : real(path, mode);
}

int rename(const char *from, const char *to) {
    REAL(rename);
    return fails(below(to)) ? -1 : real(from, to);
}

int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    REAL(renameat2);
    return fails(below(to)) ? -1 : real(from_at, from, to_at, to, flags);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(clock_gettime);
    int result = real(clock, now);
    if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += clock_offset;
    return result;
}
