#include "server/rpc/hasher.h"

#include <stdlib.h>

#include "common/list.h"

struct hasher_job {
	struct list link;       /* waiting, or done */
	void (*run)(void *arg); /* NULL: nothing but a later turn was asked for */
	void (*done)(void *arg);
	void *arg;
};

struct hasher {
	uv_thread_t threads[HASHER_THREADS];
	uv_mutex_t lock;
	uv_cond_t wake;
	uv_async_t async;
	/* Under the lock: */
	struct list waiting, done;
	unsigned n_waiting;
	bool stop;
	/* The loop's own: */
	unsigned pending; /* submitted, 'done' not called yet */
	bool closing;
	void (*closed)(void *arg);
	void *closed_arg;
};

static void hasher_thread(void *arg)
{
	struct hasher *h = arg;

	uv_mutex_lock(&h->lock);
	while (!h->stop || !list_empty(&h->waiting)) {
		struct list *node = list_pop(&h->waiting);
		struct hasher_job *job;

		if (node == NULL) {
			uv_cond_wait(&h->wake, &h->lock);
			continue;
		}
		job = container_of(node, struct hasher_job, link);
		h->n_waiting--;
		uv_mutex_unlock(&h->lock);
		job->run(job->arg);
		uv_mutex_lock(&h->lock);
		list_push(&h->done, &job->link);
		(void)uv_async_send(&h->async);
	}
	uv_mutex_unlock(&h->lock);
}

static void hasher_stop_threads(struct hasher *h, unsigned n)
{
	uv_mutex_lock(&h->lock);
	h->stop = true;
	uv_cond_broadcast(&h->wake);
	uv_mutex_unlock(&h->lock);
	for (unsigned i = 0; i < n; i++)
		(void)uv_thread_join(&h->threads[i]);
}

static void hasher_on_closed(uv_handle_t *handle)
{
	struct hasher *h = handle->data;
	void (*closed)(void *) = h->closed;
	void *arg = h->closed_arg;

	uv_cond_destroy(&h->wake);
	uv_mutex_destroy(&h->lock);
	free(h);
	if (closed != NULL)
		closed(arg);
}

/* All is delivered: the threads are idle, so that joining them does not wait. */
static void hasher_end(struct hasher *h)
{
	hasher_stop_threads(h, HASHER_THREADS);
	uv_close((uv_handle_t *)&h->async, hasher_on_closed);
}

static void hasher_on_async(uv_async_t *async)
{
	struct hasher *h = async->data;
	struct list batch, *node;

	list_init(&batch);
	uv_mutex_lock(&h->lock);
	while ((node = list_pop(&h->done)) != NULL)
		list_push(&batch, node);
	uv_mutex_unlock(&h->lock);
	while ((node = list_pop(&batch)) != NULL) {
		struct hasher_job *job = container_of(node, struct hasher_job, link);

		job->done(job->arg);
		free(job);
		h->pending--;
	}
	if (h->closing && h->pending == 0 && !uv_is_closing((uv_handle_t *)async))
		hasher_end(h);
}

enum st_code hasher_new(uv_loop_t *loop, struct hasher **ret, struct st_err *err)
{
	struct hasher *h = calloc(1, sizeof(*h));
	unsigned n = 0;

	if (h == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "no memory");
	list_init(&h->waiting);
	list_init(&h->done);
	must(uv_mutex_init(&h->lock) == 0 && uv_cond_init(&h->wake) == 0);
	must(uv_async_init(loop, &h->async, hasher_on_async) == 0);
	h->async.data = h;
	while (n < HASHER_THREADS && uv_thread_create(&h->threads[n], hasher_thread, h) == 0)
		n++;
	if (n < HASHER_THREADS) {
		hasher_stop_threads(h, n);
		uv_close((uv_handle_t *)&h->async, hasher_on_closed);
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			       "cannot start a thread for hashing");
	}
	*ret = h;
	return ST_OK;
}

static struct hasher_job *hasher_job_new(struct hasher *h, void (*run)(void *),
					 void (*done)(void *), void *arg)
{
	struct hasher_job *job = malloc(sizeof(*job));

	if (job == NULL)
		return NULL;
	*job = (struct hasher_job){ .run = run, .done = done, .arg = arg };
	list_init(&job->link);
	h->pending++;
	return job;
}

enum st_code hasher_submit(struct hasher *h, void (*run)(void *arg), void (*done)(void *arg),
			   void *arg)
{
	struct hasher_job *job = NULL;

	if (h->closing)
		return ST_UNAVAILABLE;
	uv_mutex_lock(&h->lock);
	if (h->n_waiting < HASHER_QUEUE)
		job = hasher_job_new(h, run, done, arg);
	if (job != NULL) {
		list_push(&h->waiting, &job->link);
		h->n_waiting++;
		uv_cond_signal(&h->wake);
	}
	uv_mutex_unlock(&h->lock);
	return job != NULL ? ST_OK : ST_RESOURCE_EXHAUSTED;
}

void hasher_later(struct hasher *h, void (*fn)(void *arg), void *arg)
{
	struct hasher_job *job = hasher_job_new(h, NULL, fn, arg);

	if (job == NULL) {
		/* Without memory for the turn's note it must come now: never is worse. */
		fn(arg);
		return;
	}
	uv_mutex_lock(&h->lock);
	list_push(&h->done, &job->link);
	uv_mutex_unlock(&h->lock);
	(void)uv_async_send(&h->async);
}

void hasher_close(struct hasher *h, void (*cb)(void *arg), void *arg)
{
	must(!h->closing);
	h->closing = true;
	h->closed = cb;
	h->closed_arg = arg;
	if (h->pending == 0)
		hasher_end(h);
}
