#define _GNU_SOURCE
#include "chost.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

const char *const chost_parent_variable = "TESTNET_PARENT";
const char *const chost_program_variable = "TESTNET_PROGRAM";

int64_t chost_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    // Some systems refuse the hard limit itself; what was in force is then still true.
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return (int64_t)before;
    return (int64_t)limit.rlim_cur;
}

#ifdef __linux__

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

__attribute__((constructor)) static void end_with_parent(int argc, char **argv) {
    (void)argc;
    const char *parent = getenv(chost_parent_variable);
    if (parent == NULL) return;
    // Started through /proc/self/exe, it would be listed as "exe".
    const char *slash = argv[0] == NULL ? NULL : strrchr(argv[0], '/');
    if (argv[0] != NULL) prctl(PR_SET_NAME, slash == NULL ? argv[0] : slash + 1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The parent may have ended before the line above, and then nobody sends the signal.
    if (getppid() != atoi(parent)) _exit(9);
    const char *named = getenv(chost_program_variable);
    if (named == NULL) return;
    // The wish outlives the change of programs; the variables must not, or that program's own children would obey them.
    char *program = strdup(named);
    unsetenv(chost_parent_variable);
    unsetenv(chost_program_variable);
    if (program != NULL) execv(program, argv);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", program == NULL ? "a program" : program, strerror(errno));
    _exit(127);
}

int chost_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int chost_epoll_add(int epoll, int fd, uint64_t id) {
    struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = id}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int chost_epoll_add_edge(int epoll, int fd, uint64_t id) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data = {.u64 = id}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int chost_epoll_remove(int epoll, int fd) {
    struct epoll_event event = {0};
    return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event);
}

int chost_epoll_wait(int epoll, uint64_t *ids, int capacity, int timeout_milliseconds) {
    struct epoll_event events[256];
    if (capacity > 256) capacity = 256;
    int count = epoll_wait(epoll, events, capacity, timeout_milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -1;
    for (int i = 0; i < count; i++) ids[i] = events[i].data.u64;
    return count;
}

int chost_is_connected(int fd, uint16_t local_port) {
    struct sockaddr_in local;
    socklen_t size = sizeof local;
    if (getsockname(fd, (struct sockaddr *)&local, &size) != 0 || local.sin_family != AF_INET) return 0;
    struct tcp_info info;
    size = sizeof info;
    if (ntohs(local.sin_port) != local_port || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
    return info.tcpi_state == TCP_ESTABLISHED;
}

int chost_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int chost_eventfd_signal(int fd) {
    uint64_t one = 1;
    return write(fd, &one, sizeof one) == sizeof one ? 0 : -1;
}

int chost_eventfd_clear(int fd) {
    uint64_t count;
    return read(fd, &count, sizeof count) == sizeof count ? 0 : -1;
}

int chost_pidfd_open(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int chost_spawn_close_from(void *actions, int first) {
    int error = posix_spawn_file_actions_addclosefrom_np(actions, first);
    if (error == 0) return 0;
    errno = error;
    return -1;
}

int chost_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int chost_reap(int pidfd, int *by_signal, int *status) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) != 0) return -1;
    if (info.si_pid == 0) return 0;
    *by_signal = info.si_code != CLD_EXITED;
    *status = info.si_status;
    return 1;
}

int64_t chost_process_start_milliseconds(void) {
    FILE *file = fopen("/proc/self/stat", "re");
    if (file == NULL) return -1;
    char line[1024];
    size_t length = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[length] = 0;
    // The second field is the program's name in brackets and may hold anything; the start time is the 22nd.
    char *field = strrchr(line, ')');
    for (int i = 2; field != NULL && i < 22; i++) field = strchr(field + 1, ' ');
    if (field == NULL) {
        errno = EINVAL;
        return -1;
    }
    int64_t ticks = strtoll(field + 1, NULL, 10);
    struct timespec wall, since_boot;
    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_BOOTTIME, &since_boot);
    int64_t boot = (wall.tv_sec - since_boot.tv_sec) * 1000 + (wall.tv_nsec - since_boot.tv_nsec) / 1000000;
    return boot + ticks * 1000 / sysconf(_SC_CLK_TCK);
}

#else

static int unsupported(void) {
    errno = ENOSYS;
    return -1;
}

int chost_epoll_create(void) { return unsupported(); }
int chost_epoll_add(int epoll, int fd, uint64_t id) { return unsupported(); }
int chost_epoll_add_edge(int epoll, int fd, uint64_t id) { return unsupported(); }
int chost_epoll_remove(int epoll, int fd) { return unsupported(); }
int chost_is_connected(int fd, uint16_t local_port) { return 0; }
int chost_epoll_wait(int epoll, uint64_t *ids, int capacity, int timeout_milliseconds) { return unsupported(); }
int chost_eventfd(void) { return unsupported(); }
int chost_eventfd_signal(int fd) { return unsupported(); }
int chost_eventfd_clear(int fd) { return unsupported(); }
int chost_pidfd_open(int pid) { return unsupported(); }
int chost_spawn_close_from(void *actions, int first) { return unsupported(); }
int chost_pidfd_send_signal(int pidfd, int signal) { return unsupported(); }
int chost_reap(int pidfd, int *by_signal, int *status) { return unsupported(); }
int64_t chost_process_start_milliseconds(void) { return unsupported(); }

#endif

#ifdef __linux__
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/un.h>

int chost_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
int chost_watch_removal(const char *directory, const char *parent) {
    int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch < 0) return -1;
    uint32_t removal = IN_DELETE | IN_DELETE_SELF | IN_MOVED_FROM | IN_MOVE_SELF;
    if (inotify_add_watch(watch, directory, removal) >= 0 && inotify_add_watch(watch, parent, removal) >= 0) return watch;
    int error = errno;
    close(watch);
    errno = error;
    return -1;
}

// An address without a file: the kernel lets go of it when the last descriptor is closed.
static socklen_t name_address(const char *name, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    size_t length = strlen(name);
    if (length > sizeof address->sun_path - 1) length = sizeof address->sun_path - 1;
    memcpy(address->sun_path + 1, name, length);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
}

int chost_hold_name(const char *name) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    struct sockaddr_un address;
    socklen_t size = name_address(name, &address);
    // Those who ask wait in the queue for ever; the kernel tells them who listens all the same.
    if (bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, 4096) == 0) return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int chost_name_holder(const char *name) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return 0;
    struct sockaddr_un address;
    socklen_t size = name_address(name, &address);
    struct ucred holder = {0};
    socklen_t length = sizeof holder;
    int known = connect(fd, (struct sockaddr *)&address, size) == 0
        && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &holder, &length) == 0;
    close(fd);
    return known ? holder.pid : 0;
}
#else
int chost_watch_removal(const char *directory, const char *parent) { errno = ENOSYS; return -1; }
int chost_hold_name(const char *name) { errno = ENOSYS; return -1; }
int chost_name_holder(const char *name) { return 0; }
int chost_pipe(int ends[2]) { errno = ENOSYS; return -1; }
#endif

#include <pthread.h>

struct thread_start {
    void (*run)(void *);
    void *argument;
};

static void *thread_main(void *start) {
    struct thread_start copy = *(struct thread_start *)start;
    free(start);
    copy.run(copy.argument);
    return NULL;
}

int chost_start_thread(size_t stack_bytes, void (*run)(void *), void *argument) {
    struct thread_start *start = malloc(sizeof *start);
    if (start == NULL) return ENOMEM;
    start->run = run;
    start->argument = argument;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    int result = pthread_create(&thread, &attributes, thread_main, start);
    pthread_attr_destroy(&attributes);
    if (result != 0) free(start);
    return result;
}

static _Thread_local uintptr_t thread_word = 0;

uintptr_t chost_thread_word(void) { return thread_word; }

void chost_set_thread_word(uintptr_t word) { thread_word = word; }

extern void *swift_task_enqueueGlobal_hook;

void *chost_enqueue_hook(void) { return &swift_task_enqueueGlobal_hook; }

#ifdef __GLIBC__
#include <malloc.h>

void chost_map_large_blocks(size_t bytes) { mallopt(M_MMAP_THRESHOLD, (int)bytes); }

void chost_return_memory(void) { malloc_trim(0); }
#else
void chost_map_large_blocks(size_t bytes) { (void)bytes; }

void chost_return_memory(void) {}
#endif
