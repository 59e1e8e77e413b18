/*
 * Faults by LD_PRELOAD (SECURITY F1–F3): counts a program's file-system calls below one folder, over all
 * threads, and acts at the n-th. Built and driven by faults.ts, which also says what the variables mean.
 *
 * Strongroom names files through open folders (/proc/self/fd/N/name): such paths are resolved first. Each
 * call writes two lines to the log, "B n call path[\tpath]" before and "E n result" after, so that an order
 * between threads can be proven: what ended before something else began.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PATH_SIZE (PATH_MAX + 64)

enum act { NOTHING, KILL, TORN, SHORT, STOP, SIGNAL, FAIL, LIE };

static const char *dir, *calls, *only;
static size_t dir_length;
static enum act act;
static int act_number;
static long first, last;
static int log_fd = -1;
static atomic_long counter;

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
  const char *what = getenv("FAULT_ACT"), *at = getenv("FAULT_AT"), *number = getenv("FAULT_NUMBER");
  const char *log = getenv("FAULT_LOG");
  dir = getenv("FAULT_DIR");
  dir_length = dir ? strlen(dir) : 0;
  calls = getenv("FAULT_CALLS");
  only = getenv("FAULT_ONLY");
  act_number = number ? atoi(number) : 0;
  first = at ? atol(at) : 0;
  last = at && strchr(at, '+') ? LONG_MAX : first;
  if (what) {
    static const char *names[] = {"nothing", "kill", "torn", "short", "stop", "signal", "fail", "lie"};
    for (int i = 0; i < 8; i++)
      if (!strcmp(what, names[i])) act = (enum act)i;
  }
  if (log) log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_below(const char *path) {
  return dir && !strncmp(path, dir, dir_length) && (path[dir_length] == '/' || path[dir_length] == 0);
}

static void path_of_fd(int fd, char *out) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, out, PATH_MAX);
  out[length < 0 ? 0 : length] = 0;
}

static void resolve(const char *path, char *out) {
  static const char open_folder[] = "/proc/self/fd/";
  char *rest;
  if (!strncmp(path, open_folder, sizeof open_folder - 1)) {
    long fd = strtol(path + sizeof open_folder - 1, &rest, 10);
    path_of_fd((int)fd, out);
    size_t length = strlen(out);
    snprintf(out + length, PATH_SIZE - length, "%s", !strcmp(rest, "/.") ? "" : rest);
  } else if (path[0] == '/') {
    snprintf(out, PATH_SIZE, "%s", path);
  } else {
    if (!getcwd(out, PATH_MAX)) out[0] = 0;
    size_t length = strlen(out);
    snprintf(out + length, PATH_SIZE - length, "/%s", path);
  }
}

static int is_chosen(const char *call) {
  const char *found = calls;
  size_t length = strlen(call);
  while (found && (found = strstr(found, call))) {
    if ((found == calls || found[-1] == ',') && (found[length] == ',' || found[length] == 0)) return 1;
    found += length;
  }
  return 0;
}

static void say(const char *format, ...) {
  char line[2 * PATH_SIZE + 64];
  va_list arguments;
  if (log_fd < 0) return;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line - 1, format, arguments);
  va_end(arguments);
  for (int i = 0; i < length; i++)
    if (line[i] == '\n') line[i] = '?';
  line[length++] = '\n';
  syscall(SYS_write, log_fd, line, (size_t)length);
}

/* Counts a call. Returns its number, 0 if it is none of those counted; *now says whether to act at it. */
static long count(const char *call, const char *path, const char *second, int *now) {
  *now = 0;
  if (!is_chosen(call)) return 0;
  if (!is_below(path) && !(second && is_below(second))) return 0;
  if (only && !strstr(path, only) && !(second && strstr(second, only))) return 0;
  long n = atomic_fetch_add(&counter, 1) + 1;
  say(second ? "B %ld %s %s\t%s" : "B %ld %s %s", n, call, path, second);
  *now = act != NOTHING && n >= first && n <= last;
  return n;
}

/* What is done before the call. Returns whether the call fails instead of being made. */
static int before(void) {
  switch (act) {
    case KILL:
      kill(getpid(), SIGKILL);
      for (;;) pause();
    case STOP: /* to this very thread, which so can't go on before the process has stopped */
      syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), SIGSTOP);
      return 0;
    case SIGNAL: { /* a moment for the main thread to see it */
      struct timespec moment = {0, 3000000};
      kill(getpid(), act_number);
      nanosleep(&moment, NULL);
      return 0;
    }
    case FAIL:
      errno = act_number;
      return 1;
    default:
      return 0;
  }
}

#define END(n, result)                                                   \
  do {                                                                   \
    int kept = errno;                                                    \
    if (n) say("E %ld %ld", n, (long)(result) < 0 ? -(long)kept : 0L);   \
    errno = kept;                                                        \
  } while (0)

#define CALL(type, n, now, real_call)                \
  do {                                               \
    type result = now && before() ? -1 : (real_call);\
    END(n, result);                                  \
    return result;                                   \
  } while (0)

static int open_at(const char *path, int flags, mode_t mode, const char *name) {
  int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))next(name);
  char where[PATH_SIZE];
  int now;
  resolve(path, where);
  long n = count(flags & O_CREAT ? "create" : "open", where, NULL, &now);
  CALL(int, n, now, real(path, flags, mode));
}

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open_at(path, flags, mode, "open");
}

int open64(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open_at(path, flags, mode, "open64");
}

static long count_fd(const char *call, int fd, int *now) {
  char where[PATH_SIZE];
  *now = 0;
  if (!is_chosen(call)) return 0;
  path_of_fd(fd, where);
  return count(call, where, NULL, now);
}

/* A write may also be cut: half of it reaches the file, and then it returns, or the program dies. */
static size_t cut(size_t size, int now) {
  return now && (act == SHORT || act == TORN) && size > 1 ? size / 2 : size;
}

ssize_t write(int fd, const void *bytes, size_t size) {
  ssize_t (*real)(int, const void *, size_t) = (ssize_t (*)(int, const void *, size_t))next("write");
  int now;
  long n = count_fd("write", fd, &now);
  if (now && before()) {
    END(n, -1);
    return -1;
  }
  ssize_t done = real(fd, bytes, cut(size, now));
  if (now && act == TORN) kill(getpid(), SIGKILL);
  END(n, done);
  return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
  ssize_t (*real)(int, const void *, size_t, off64_t) =
      (ssize_t (*)(int, const void *, size_t, off64_t))next("pwrite64");
  int now;
  long n = count_fd("write", fd, &now);
  if (now && before()) {
    END(n, -1);
    return -1;
  }
  ssize_t done = real(fd, bytes, cut(size, now), offset);
  if (now && act == TORN) kill(getpid(), SIGKILL);
  END(n, done);
  return done;
}

ssize_t read(int fd, void *bytes, size_t size) {
  ssize_t (*real)(int, void *, size_t) = (ssize_t (*)(int, void *, size_t))next("read");
  int now;
  long n = count_fd("read", fd, &now);
  CALL(ssize_t, n, now, real(fd, bytes, size));
}

ssize_t pread64(int fd, void *bytes, size_t size, off64_t offset) {
  ssize_t (*real)(int, void *, size_t, off64_t) = (ssize_t (*)(int, void *, size_t, off64_t))next("pread64");
  int now;
  long n = count_fd("read", fd, &now);
  CALL(ssize_t, n, now, real(fd, bytes, size, offset));
}

#define BY_FD(function, call, parameters, arguments)                     \
  int function parameters {                                              \
    int(*real) parameters = (int(*) parameters)next(#function);          \
    int now;                                                             \
    long n = count_fd(call, fd, &now);                                   \
    CALL(int, n, now, now && act == LIE ? 0 : real arguments);           \
  }

BY_FD(fsync, "fsync", (int fd), (fd))
BY_FD(fdatasync, "fdatasync", (int fd), (fd))
BY_FD(fchmod, "fchmod", (int fd, mode_t mode), (fd, mode))
BY_FD(futimens, "utime", (int fd, const struct timespec times[2]), (fd, times))
BY_FD(ftruncate64, "truncate", (int fd, off64_t size), (fd, size))

#define BY_PATH(function, call, parameters, arguments)                   \
  int function parameters {                                              \
    int(*real) parameters = (int(*) parameters)next(#function);          \
    char where[PATH_SIZE];                                               \
    int now;                                                             \
    resolve(path, where);                                                \
    long n = count(call, where, NULL, &now);                             \
    CALL(int, n, now, real arguments);                                   \
  }

BY_PATH(unlink, "unlink", (const char *path), (path))
BY_PATH(remove, "unlink", (const char *path), (path))
BY_PATH(rmdir, "rmdir", (const char *path), (path))
BY_PATH(mkdir, "mkdir", (const char *path, mode_t mode), (path, mode))
BY_PATH(chmod, "chmod", (const char *path, mode_t mode), (path, mode))
BY_PATH(truncate, "truncate", (const char *path, off_t size), (path, size))

/* Removing a whole tree goes by open folders. */
int unlinkat(int at, const char *path, int flags) {
  int (*real)(int, const char *, int) = (int (*)(int, const char *, int))next("unlinkat");
  char where[PATH_SIZE];
  int now;
  if (at == AT_FDCWD || path[0] == '/') {
    resolve(path, where);
  } else {
    path_of_fd(at, where);
    size_t length = strlen(where);
    snprintf(where + length, PATH_SIZE - length, "/%s", path);
  }
  long n = count(flags & AT_REMOVEDIR ? "rmdir" : "unlink", where, NULL, &now);
  CALL(int, n, now, real(at, path, flags));
}

int utimensat(int at, const char *path, const struct timespec times[2], int flags) {
  int (*real)(int, const char *, const struct timespec *, int) =
      (int (*)(int, const char *, const struct timespec *, int))next("utimensat");
  char where[PATH_SIZE];
  int now;
  resolve(path, where);
  long n = count("utime", where, NULL, &now);
  CALL(int, n, now, real(at, path, times, flags));
}

#define BY_TWO_PATHS(function, call)                                     \
  int function(const char *from, const char *to) {                       \
    int (*real)(const char *, const char *) = (int (*)(const char *, const char *))next(#function); \
    char one[PATH_SIZE], two[PATH_SIZE];                                 \
    int now;                                                             \
    resolve(from, one);                                                  \
    resolve(to, two);                                                    \
    long n = count(call, one, two, &now);                                \
    CALL(int, n, now, real(from, to));                                   \
  }

BY_TWO_PATHS(rename, "rename")
BY_TWO_PATHS(link, "link")
