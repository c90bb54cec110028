// A library for LD_PRELOAD that makes happen, at the call it is told, what else happens once in a thousand nights.
//
//   FAULT=kill@7      SIGKILL instead of the 7th writing call; half@7: after half of it, if it is a write
//   FAULT=term@7      SIGTERM within the call, which a write has done half; stop@7: SIGSTOP before it
//   FAULT=ENOSPC@7    this and all later calls fail; EIO@7: this one alone (what removes files never fails)
//   FAULT_LOG=FILE    a line for each writing call: its name and file (for "how many are there", and for looking)
//   FAULT_LACKS=tmpfile,link   a file system without O_TMPFILE, without hard links
//   FAULT_VANISHES="A B"       when a file whose name ends in A is opened, file B becomes B.gone
//   FAULT_CLOCK=1     the time of day jumps by a day with every question, ahead and back
//   FAULT_HEAP=FILE   a line for each writing call: the bytes of the heap that are in use, and the call's file
//   FAULT_THREADS=FILE  the most threads that lived at once: all, the first one among them, and those of each library
//
// Writing calls make, fill, name or remove files of a disk; pipes and terminals are left alone. fsync() does nothing.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

enum action { none, kill_it, half, term, stop, no_space, io_error };
static enum action action;
static long wanted;
static atomic_long calls;
static int lacks_tmpfile, lacks_link, clock_jumps;
static int log_fd = -1, heap_fd = -1, threads_fd = -1;

static int to_append(const char* variable, int flags) {
  const char* const file = getenv(variable);
  if (!file) return -1;
  return (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
}

__attribute__((constructor)) static void begin(void) {
  static const char* const names[] = {"none", "kill", "half", "term", "stop", "ENOSPC", "EIO"};
  const char* const fault = getenv("FAULT");
  const char* const at = fault ? strchr(fault, '@') : NULL;
  for (int i = 1; at && i < 7; ++i) {
    if (strlen(names[i]) == (size_t)(at - fault) && strncmp(fault, names[i], strlen(names[i])) == 0)
      action = (enum action)i;
  }
  if (fault && action == none) {
    fprintf(stderr, "FAULT=%s is unknown\n", fault);
    _exit(99);
  }
  if (at) wanted = atol(at + 1);
  const char* const lacks = getenv("FAULT_LACKS");
  lacks_tmpfile = lacks && strstr(lacks, "tmpfile");
  lacks_link = lacks && strstr(lacks, "link");
  clock_jumps = getenv("FAULT_CLOCK") != NULL;
  log_fd = to_append("FAULT_LOG", O_APPEND);
  heap_fd = to_append("FAULT_HEAP", O_APPEND);
  threads_fd = to_append("FAULT_THREADS", O_TRUNC);
}

static void write_log(const char* call, const char* path, int fd) {
  if (log_fd < 0 && heap_fd < 0) return;
  char target[4096] = "", line[5000];
  if (!path) {
    char link_name[64];
    snprintf(link_name, sizeof link_name, "/proc/self/fd/%d", fd);
    if (readlink(link_name, target, sizeof target - 1) < 0) target[0] = '\0';
    path = target;
  }
  if (log_fd >= 0) {
    const int length = snprintf(line, sizeof line, "%s %s\n", call, path);
    (void)!syscall(SYS_write, log_fd, line, (size_t)length);
  }
  if (heap_fd >= 0) {
    const struct mallinfo2 heap = mallinfo2();
    const int length = snprintf(line, sizeof line, "%zu %s\n", heap.uordblks + heap.hblkhd, path);
    (void)!syscall(SYS_write, heap_fd, line, (size_t)length);
  }
}

// Counts the call. 0: go on; else the number of the error to fail with; -1: do half of it, then afterwards().
static int meets_fault(const char* call, const char* path, int fd, int can_fail, int is_write) {
  write_log(call, path, fd);
  const long n = ++calls;
  if (action == no_space && n >= wanted && can_fail) return ENOSPC;
  if (n != wanted || action == none) return 0;
  if (action == io_error) return can_fail ? EIO : 0;
  if (is_write && (action == half || action == term)) return -1;
  if (action == kill_it || action == half) kill(getpid(), SIGKILL);
  if (action == term) kill(getpid(), SIGTERM);
  if (action == stop) kill(getpid(), SIGSTOP);
  return 0;
}
static void afterwards(void) { kill(getpid(), action == half ? SIGKILL : SIGTERM); }

static int of_a_disk(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && fd != log_fd && fd != heap_fd;
}

#define FAIL_OR_GO_ON(fault) \
  if ((fault) > 0) {         \
    errno = (fault);         \
    return -1;               \
  }

ssize_t write(int fd, const void* bytes, size_t size) {
  const int fault = of_a_disk(fd) ? meets_fault("write", NULL, fd, 1, 1) : 0;
  FAIL_OR_GO_ON(fault)
  const ssize_t done = syscall(SYS_write, fd, bytes, fault < 0 ? (size + 1) / 2 : size);
  if (fault < 0) afterwards();
  return done;
}

ssize_t writev(int fd, const struct iovec* pieces, int count) {
  const int fault = of_a_disk(fd) ? meets_fault("writev", NULL, fd, 1, 1) : 0;
  FAIL_OR_GO_ON(fault)
  const ssize_t done = syscall(SYS_writev, fd, pieces, fault < 0 ? (count + 1) / 2 : count);
  if (fault < 0) afterwards();
  return done;
}

static void vanish_when(const char* path) {
  static atomic_flag done = ATOMIC_FLAG_INIT;
  const char* const told = getenv("FAULT_VANISHES");
  const char* const space = told ? strchr(told, ' ') : NULL;
  if (!space) return;
  const size_t length = (size_t)(space - told), all = strlen(path);
  if (all < length || strncmp(path + all - length, told, length) != 0 || atomic_flag_test_and_set(&done)) return;
  char gone[4096];
  snprintf(gone, sizeof gone, "%s.gone", space + 1);
  syscall(SYS_renameat, AT_FDCWD, space + 1, AT_FDCWD, gone);
}

static int open_file(const char* path, int flags, mode_t mode) {
  vanish_when(path);
  const int unnamed = (flags & O_TMPFILE) == O_TMPFILE;
  if (unnamed && lacks_tmpfile) {
    errno = EOPNOTSUPP;
    return -1;
  }
  struct stat status;
  // What is opened for writing and is there already (/dev/null) is not made.
  const int makes = unnamed || ((flags & O_CREAT) && stat(path, &status) != 0);
  const int fault = makes ? meets_fault("open", path, -1, 1, 0) : 0;
  FAIL_OR_GO_ON(fault)
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

#define OPEN(name)                             \
  int name(const char* path, int flags, ...) { \
    va_list rest;                              \
    va_start(rest, flags);                     \
    const mode_t mode = va_arg(rest, mode_t);  \
    va_end(rest);                              \
    return open_file(path, flags, mode);       \
  }
OPEN(open)
OPEN(open64)

int mkostemps(char* name, int suffix, int flags) {
  const int fault = meets_fault("mkostemps", name, -1, 1, 0);
  FAIL_OR_GO_ON(fault)
  return NEXT(mkostemps)(name, suffix, flags);
}

// Nothing is sent to the disk: no fault here loses what the kernel holds, and waiting is most of a test's time.
int fsync(int fd) {
  const int fault = meets_fault("fsync", NULL, fd, 1, 0);
  FAIL_OR_GO_ON(fault)
  return 0;
}

int fdatasync(int fd) {
  const int fault = meets_fault("fdatasync", NULL, fd, 1, 0);
  FAIL_OR_GO_ON(fault)
  return 0;
}

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  if (lacks_link) {
    errno = EPERM;
    return -1;
  }
  const int fault = meets_fault("linkat", to, -1, 1, 0);
  FAIL_OR_GO_ON(fault)
  return (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
}

int link(const char* from, const char* to) {
  if (lacks_link) {
    errno = EPERM;
    return -1;
  }
  const int fault = meets_fault("link", to, -1, 1, 0);
  FAIL_OR_GO_ON(fault)
  return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int rename(const char* from, const char* to) {
  const int fault = meets_fault("rename", to, -1, 1, 0);
  FAIL_OR_GO_ON(fault)
  return (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
}

int mkdir(const char* path, mode_t mode) {
  struct stat status;
  const int fault = stat(path, &status) != 0 ? meets_fault("mkdir", path, -1, 1, 0) : 0;
  FAIL_OR_GO_ON(fault)
  return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int unlink(const char* path) {
  (void)meets_fault("unlink", path, -1, 0, 0);
  return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int rmdir(const char* path) {
  (void)meets_fault("rmdir", path, -1, 0, 0);
  return (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

int remove(const char* path) {
  struct stat status;
  if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode)) return rmdir(path);
  return unlink(path);
}

// The monotonic clock does not jump: the kernel promises that.
static time_t jump(void) {
  static atomic_int questions;
  return (++questions % 3 - 1) * 86400;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  const int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (clock_jumps && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += jump();
  return result;
}

int gettimeofday(struct timeval* now, void* zone) {
  const int result = (int)syscall(SYS_gettimeofday, now, zone);
  if (clock_jumps) now->tv_sec += jump();
  return result;
}

time_t time(time_t* now) {
  struct timespec spec;
  clock_gettime(CLOCK_REALTIME, &spec);
  if (now) *now = spec.tv_sec;
  return spec.tv_sec;
}

// Threads.
struct job {
  void* (*start)(void*);
  void* with;
  int pool;
};
struct pool {
  char name[64];  // the library whose function the threads run; "all" is the process
  int alive, most;
};
static struct pool pools[16] = {{"all", 1, 0}};
static pthread_mutex_t pools_lock = PTHREAD_MUTEX_INITIALIZER;

static int pool_of(void* (*start)(void*)) {
  Dl_info info;
  union {
    void* (*function)(void*);
    void* address;
  } where = {start};
  const char* const file = dladdr(where.address, &info) && info.dli_fname ? info.dli_fname : "unknown";
  const char* const slash = strrchr(file, '/');
  const char* const name = slash ? slash + 1 : file;
  int i = 1;
  while (i < 15 && pools[i].name[0] && strncmp(pools[i].name, name, sizeof pools[i].name - 1) != 0) ++i;
  strncpy(pools[i].name, name, sizeof pools[i].name - 1);
  return i;
}

// Told with each new number: a program may end without its destructors.
static void count_threads(int pool, int change) {
  int more = 0;
  for (int i = 0; i <= pool; i += pool > 0 ? pool : 1) {
    pools[i].alive += change;
    if (pools[i].alive <= pools[i].most) continue;
    pools[i].most = pools[i].alive;
    more = 1;
  }
  if (!more || threads_fd < 0) return;
  char text[16 * 80] = "";
  size_t length = 0;
  for (int i = 0; i < 16 && pools[i].name[0]; ++i)
    length += (size_t)snprintf(text + length, sizeof text - length, "%s %d\n", pools[i].name, pools[i].most);
  (void)!syscall(SYS_pwrite64, threads_fd, text, length, 0L);
}
__attribute__((constructor)) static void first_thread(void) { count_threads(0, 0); }

static void gone(void* pool) {
  pthread_mutex_lock(&pools_lock);
  count_threads(*(int*)pool, -1);
  pthread_mutex_unlock(&pools_lock);
}

static void* run(void* argument) {
  struct job job = *(struct job*)argument;
  free(argument);
  void* result = NULL;
  pthread_cleanup_push(gone, &job.pool);
  result = job.start(job.with);
  pthread_cleanup_pop(1);
  return result;
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*), void* with) {
  struct job* const job = malloc(sizeof *job);
  if (!job) return EAGAIN;
  job->start = start;
  job->with = with;
  // By the one that starts it: it counts from here on.
  pthread_mutex_lock(&pools_lock);
  job->pool = pool_of(start);
  count_threads(job->pool, 1);
  pthread_mutex_unlock(&pools_lock);
  int pool = job->pool;
  const int result = NEXT(pthread_create)(thread, attributes, run, job);
  if (result != 0) {
    gone(&pool);
    free(job);
  }
  return result;
}
