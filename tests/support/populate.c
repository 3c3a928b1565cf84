/*
 * Fills a fresh daemon with what the tests presume: properties SUN and LAK, a user named like each
 * role who holds it at SUN, and `foreign`, who works at LAK only. usage: populate PROFILE
 */
#include <stdio.h>
#include <string.h>

#include <uv.h>

#include "client/lib/client.h"
#include "client/look/json.h"
#include "tests/support/people.h"

struct populate {
	uv_loop_t loop;
	struct arena mem;
	struct profile profile;
};

static int populate_fail(const char *method, const struct st_err *err)
{
	(void)fprintf(stderr, "populate: %s: %s [%s] %s\n", method, st_code_name(err->code),
		      err->field, err->message);
	return -1;
}

static int populate_call(struct populate *p, struct client *c, const char *method,
			 const char *request)
{
	const struct rpc_method *m = rpc_find(method);
	struct call_options o = { 0 };
	ProtobufCMessage *msg = message_new(m->in->desc, &p->mem);
	struct call_result r;
	struct st_err err = { 0 };

	if (json_read(slice_str(request), msg, &p->mem, &err) != ST_OK)
		return populate_fail(method, &err);
	return client_call(c, m, msg, &o, &p->mem, &r) == ST_OK ? 0 : populate_fail(method, &r.err);
}

static int populate_user(struct populate *p, struct client *admin, const char *login,
			 const char *role, const char *property)
{
	return populate_call(p, admin, "user.Add",
			     arena_printf(&p->mem,
					  "{\"login\": \"%s\", \"full_name\": \"The %s\", "
					  "\"password\": \"%s\", "
					  "\"must_change\": false}",
					  login, login, PEOPLE_PASSWORD)) ||
	       populate_call(p, admin, "user.Grant",
			     arena_printf(&p->mem,
					  "{\"user\": \"%s\", \"role\": \"%s\", \"at\": \"%s\"}",
					  login, role, property));
}

static int populate_all(struct populate *p, struct client *admin)
{
	static const char *const roles[] = PEOPLE_ROLES;
	int code = populate_call(p, admin, "property.Add",
				 "{\"code\": \"SUN\", \"name\": \"Sunshine Garden\", \"zone\": "
				 "\"Asia/Shanghai\"}") ||
		   populate_call(p, admin, "property.Add",
				 "{\"code\": \"LAK\", \"name\": \"Lake View\", \"zone\": "
				 "\"Asia/Shanghai\"}");

	for (size_t i = 0; code == 0 && roles[i] != NULL; i++)
		code = populate_user(p, admin, roles[i], roles[i], "SUN");
	if (code != 0)
		return code;
	return populate_user(p, admin, "foreign", "manager", "LAK") ||
	       populate_call(p, admin, "user.Grant",
			     "{\"user\": \"foreign\", \"role\": \"clerk\", \"at\": \"LAK\"}");
}

int main(int argc, char **argv)
{
	static struct populate p;
	struct client *admin;
	struct st_err err = { 0 };
	int code;

	if (argc != 2)
		return 2;
	arena_init(&p.mem, 64u << 20);
	must(uv_loop_init(&p.loop) == 0);
	if (profile_load(argv[1], &p.mem, &p.profile, &err) != ST_OK ||
	    client_new(&p.loop, &p.profile, &admin, &err) != ST_OK) {
		(void)populate_fail("profile", &err);
		return 1;
	}
	code = populate_all(&p, admin);
	client_free(admin);
	must(uv_loop_close(&p.loop) == 0);
	arena_fini(&p.mem);
	return code != 0;
}
