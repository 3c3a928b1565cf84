#pragma once
/*
 * The program as a whole: the loop, the connection, who sits here, the stack of screens, the first
 * and the last two lines. Screens ask it for things; it knows none of them by name but those that
 * keys reach from everywhere (places.c).
 */
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <uv.h>

#include "client/lib/client.h"
#include "client/tui/person.h"
#include "client/tui/screen.h"
#include "client/tui/tty.h"
#include "common/clock.h"

struct call_strip;
struct list;
struct outgoing;
struct printing;
struct watch;
struct status;

struct app_options {
	struct tty_options tty;
	const char *profile;  /* NULL: the usual one */
	const char *property; /* NULL: the profile's */
	bool read_only;       /* nothing is changed from here */
};

struct app {
	struct arena mem; /* as long as the program */
	struct app_options options;
	uv_loop_t loop;
	struct clock *clock;
	struct profile profile;
	char dir[400];
	struct client *client;
	struct person person;
	char property[17]; /* "": all */
	struct screen *top;
	struct keys *keys;         /* keys.c */
	struct status *status;     /* status.c: first and last lines */
	struct outgoing *outgoing; /* outgoing.c: changes on their way */
	struct call_strip *calls;  /* call_strip.c: what rings, what is being spoken */
	struct printing *printing; /* printing.c: documents on their way to paper */
	struct watch *watch;       /* watch.c: what the daemon tells by itself */
	uv_idle_t paint;           /* draws once for however many changes */
	uv_timer_t second;
	struct arena picture; /* of the sheets drawn last */
	bool moved;           /* what hears the keys may be another since it was drawn last */
	struct key ahead[64]; /* keys that came while a screen waited, or before there was one */
	size_t n_ahead;
	int height, width;
	bool running, terminal;
};

/* All that works without a connection and a terminal. */
enum st_code app_begin(struct app *app, const struct app_options *o,
		       struct st_err *err) ST_MUSTCHECK;
/* The profile and the connection; nothing is sent yet. */
enum st_code app_connect(struct app *app, struct st_err *err) ST_MUSTCHECK;
/* Until it ends. */
void app_run(struct app *app);
/* Ends app_run(). */
void app_stop(struct app *app);
/* When the program ends: the loop goes on until the list is empty, for some seconds at most. */
void app_linger(struct app *app, const struct list *under_way);
/* Gives everything back; what is on its way is waited for some seconds. */
void app_end(struct app *app);

/* Stack. Pushing takes the screen over (NULL: memory was out, which is said); popping frees it. */
void app_push(struct app *app, void *screen);
void app_pop(struct app *app, struct screen *s);
/* Closes all there are, and shows this one. */
void app_home(struct app *app, void *screen);
/* Shows another place (NULL: none). What was open is closed, but for the lowest and for what would
 * be lost by that: a form somebody fills stays below. */
void app_go(struct app *app, void *screen);
/* Closes the topmost; asks first if something would be lost. Not the lowest one. */
void app_back(struct app *app);
void app_quit(struct app *app);

/* What is said below the screen, until something else is. */
void app_say(struct app *app, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void app_alarm(struct app *app, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void app_redraw(struct app *app);
/* A call has ended so: is the line there, the login in force? */
void app_line(struct app *app, const struct st_err *err);
/* As calls take it: NULL for all properties. */
const char *app_property(const struct app *app);
void app_set_property(struct app *app, const char *code);
uint32_t app_roles(const struct app *app);
/* May whoever sits here call it? */
bool app_may(const struct app *app, const struct rpc_method *m);
/* The server's clock in microseconds; this machine's in seconds. */
int64_t app_now_us(const struct app *app);
time_t app_wall_s(const struct app *app);
/* Everything that shows such things is asked for anew; "": everything. */
void app_changed(struct app *app, const char *entity);

/* All layers as they are now, also without a terminal. Returns how many. */
size_t app_draw(struct app *app, struct layer layers[TTY_LAYERS]);
/* A key has come. */
void app_key(struct app *app, const struct key *k);
/* What a screen waited for is here: the keys that came meanwhile are heard now, or, where they have
 * lost their meaning, not at all. */
void app_go_on(struct app *app, bool heard);
