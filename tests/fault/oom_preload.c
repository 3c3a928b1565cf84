/*
 * Preloaded into a daemon under test: lets one allocation fail, wherever in the process it comes
 * from (the daemon itself, libuv, libpq, OpenSSL), or stops the loop before one of its turns.
 * Without the file that OOM_CONTROL names it does nothing.
 *
 * It stands in front of whatever allocates, AddressSanitizer included. Looking that up may allocate
 * itself: such memory comes from a small store that is never given back.
 */
#include "tests/fault/oom_control.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#define STORE_SIZE 65536u
#define STORE_ALIGN 16u
#define STOP_PAUSE_US 100u
#define FRAMES 24

static struct oom_control *control;
static _Alignas(STORE_ALIGN) uint8_t store[STORE_SIZE];
static size_t store_used;
static bool looking;

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void (*next_free)(void *);
static int (*next_epoll_pwait)(int, struct epoll_event *, int, int, const sigset_t *);

/* POSIX's way to turn what dlsym() gives into a function. */
static void look_up(void *function, const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(function, &found, sizeof(found));
}

static bool ready(void)
{
	if (next_free != NULL)
		return true;
	if (looking)
		return false;
	looking = true;
	look_up(&next_malloc, "malloc");
	look_up(&next_calloc, "calloc");
	look_up(&next_realloc, "realloc");
	look_up(&next_epoll_pwait, "epoll_pwait");
	look_up(&next_free, "free");
	looking = false;
	return next_free != NULL;
}

static void *store_take(size_t n)
{
	void *p = store + store_used;

	n = (n + STORE_ALIGN - 1) & ~(size_t)(STORE_ALIGN - 1);
	if (n > STORE_SIZE - store_used)
		return NULL;
	store_used += n;
	return p;
}

static bool is_stored(const void *p)
{
	return (const uint8_t *)p >= store && (const uint8_t *)p < store + STORE_SIZE;
}

__attribute__((constructor)) static void oom_begin(void)
{
	const char *path = getenv(OOM_CONTROL);
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *at;

	if (fd < 0)
		return;
	at = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (at != MAP_FAILED)
		control = at;
}

/* Into the daemon's log, for whoever has to find out; addr2line makes names of it. */
static void tell_where(void)
{
	void *frames[FRAMES];
	int n = backtrace(frames, FRAMES);

	backtrace_symbols_fd(frames, n, STDERR_FILENO);
}

/* A library that does not bear it: libical does not look at what its allocations give, so the
 * daemon ends when the machine's memory is gone in the very moment a calendar file is read. Nothing
 * fails there: a crash that is known would hide all others. */
static bool is_spared(const void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) != 0 && strstr(info.dli_fname, "libical.so") != NULL;
}

static bool fails(const void *caller)
{
	if (control == NULL || atomic_load(&control->armed) == 0)
		return false;
	if (atomic_fetch_add(&control->allocations, 1) + 1 != atomic_load(&control->fail_at))
		return false;
	atomic_store(&control->failed, 1);
	atomic_store(&control->armed, 0); /* one is enough, and what follows allocates */
	if (is_spared(caller))
		return false;
	tell_where();
	errno = ENOMEM;
	return true;
}

void *malloc(size_t n)
{
	if (!ready())
		return store_take(n);
	return fails(__builtin_return_address(0)) ? NULL : next_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	if (!ready())
		return store_take(n * size); /* still zero */
	return fails(__builtin_return_address(0)) ? NULL : next_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	size_t left;
	void *moved;

	if (!is_stored(p))
		return !ready()                             ? store_take(n)
		       : fails(__builtin_return_address(0)) ? NULL
							    : next_realloc(p, n);
	left = (size_t)(store + STORE_SIZE - (uint8_t *)p);
	moved = next_malloc(n);
	if (moved != NULL)
		memcpy(moved, p, n < left ? n : left);
	return moved;
}

void free(void *p)
{
	if (p != NULL && !is_stored(p) && ready())
		next_free(p);
}

/* libuv's turn. */
int epoll_pwait(int fd, struct epoll_event *events, int n, int timeout, const sigset_t *mask)
{
	(void)ready();
	if (control != NULL && atomic_load(&control->stop_at) != 0 &&
	    atomic_fetch_add(&control->turns, 1) + 1 == atomic_load(&control->stop_at)) {
		atomic_store(&control->stopped, 1);
		while (atomic_load(&control->stopped) != 0)
			(void)usleep(STOP_PAUSE_US);
	}
	return next_epoll_pwait(fd, events, n, timeout, mask);
}

int epoll_wait(int fd, struct epoll_event *events, int n, int timeout)
{
	return epoll_pwait(fd, events, n, timeout, NULL);
}
