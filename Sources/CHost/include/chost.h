#pragma once
#include <stddef.h>
#include <stdint.h>

// What the Swift overlay of the C library leaves out. Every function that can fail returns -1 and sets errno.
// Linux only; elsewhere everything fails with ENOSYS.

// --- Waiting for many descriptors ---

int chost_epoll_create(void);
/// Watches `fd` for input; `chost_epoll_wait` reports it as `id`. Level-triggered.
int chost_epoll_add(int epoll, int fd, uint64_t id);
/// As `chost_epoll_add`, but reports input once each time more of it comes in.
int chost_epoll_add_edge(int epoll, int fd, uint64_t id);
int chost_epoll_remove(int epoll, int fd);
/// Fills `ids` with up to `capacity` ready ones. A negative time-out waits for ever. An interrupted wait gives 0.
int chost_epoll_wait(int epoll, uint64_t *ids, int capacity, int timeout_milliseconds);

/// Whether `fd` is a TCP connection through the local port that neither side has ended: 1 or 0.
int chost_is_connected(int fd, uint16_t local_port);

/// A pipe, reading end first; neither end is inherited by children.
int chost_pipe(int ends[2]);

/// A descriptor another thread can make readable.
int chost_eventfd(void);
int chost_eventfd_signal(int fd);
int chost_eventfd_clear(int fd);

// --- Processes ---

/// A descriptor for a process: readable once it has ended, and never mistaken for a later process of the same id.
int chost_pidfd_open(int pid);
/// Has a child that is spawned with these `posix_spawn_file_actions_t` close every descriptor from `first` on.
int chost_spawn_close_from(void *actions, int first);
int chost_pidfd_send_signal(int pidfd, int signal);
/// Reaps the child behind `pidfd` if it has ended.
/// Returns 1 when it has (then `*by_signal` tells whether a signal ended it, and `*status` is that signal or the exit
/// code), 0 when it still runs.
int chost_reap(int pidfd, int *by_signal, int *status);
/// The environment variable that makes a process end with its parent: the parent's process id in decimal.
/// It is obeyed before `main`, while only the first thread exists, because the kernel ties the wish to one thread.
extern const char *const chost_parent_variable;
/// The environment variable, beside that one, that makes this executable become another program with the same
/// arguments: its path. So a program that knows nothing of such wishes ends with the parent too.
extern const char *const chost_program_variable;

/// When this process was started, as the kernel tells it: milliseconds since the Unix epoch, in steps of 10.
int64_t chost_process_start_milliseconds(void);

// --- Limits ---

/// Raises the soft limit of open descriptors to the hard one, and returns what is in force then.
int64_t chost_raise_descriptor_limit(void);

// --- Files ---

/// A descriptor that can be read from once something in `directory`, or the directory or its `parent` itself, is moved or
/// removed. Reads from it never wait.
int chost_watch_removal(const char *directory, const char *parent);

// --- Names that processes hold ---

/// Holds a name for this process, until the descriptor is closed; EADDRINUSE when another descriptor holds it.
int chost_hold_name(const char *name);
/// The id of the process that holds a name; 0 when nobody is known to.
int chost_name_holder(const char *name);

/* Starts a detached thread with a stack of so many bytes, which calls `run` with `argument`. 0, or an error number. */
int chost_start_thread(size_t stack_bytes, void (*run)(void *), void *argument);
/* A word that belongs to the calling thread; 0 until it is set. */
uintptr_t chost_thread_word(void);
void chost_set_thread_word(uintptr_t word);

// --- Tasks ---

/// What the Swift runtime asks before it runs a job on its own threads: a place for a function, or null. The linker finds
/// it, in a runtime that is part of the executable as well.
void *chost_enqueue_hook(void);

// --- Memory ---

/* Blocks of so many bytes or more are mapped one by one from now on, and go back to the system when they are freed. The
   C library would raise the limit with every such block that is freed, and keep later ones. */
void chost_map_large_blocks(size_t bytes);
/* Gives what lies free in the heap back to the system. Takes a millisecond or a few. */
void chost_return_memory(void);
