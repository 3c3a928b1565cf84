#include "tests/fault/books.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 2000

/* clang-format off: the lines are those of the SQL */
static const char opening[] =
	"select p.id, coalesce(h.pos, 0), clock_timestamp(),\n"
	"       (select coalesce(jsonb_object_agg(series, value), '{}')\n"
	"          from counter c where c.property_id = p.id)\n"
	"  from property p left join feed_head h on h.property_id = p.id where p.code = $1";

/*
 * $1 keys, $2 property, $3 position, $4 moment, $5 counters. Things are named by the place of the
 * key that made them: what has none was made by nobody. All numbers given since are counted, and
 * those of the walk's own things told; the numbers in texts are left out.
 */
static const char adding[] =
	"with k as (select key, n from unnest($1::uuid[]) with ordinality k (key, n)),\n"
	"was as (select coalesce(($5::jsonb ->> 'C')::int, 1000) as c,\n"
	"               coalesce(($5::jsonb ->> 'W')::int, 1000) as w),\n"
	"cases as (select c.*, k.n from desk_case c join k on k.key = c.id\n"
	"           where c.property_id = $2::int),\n"
	"lines (line) as (\n"
	"select format('key %s: %s code %s, %s answer', k.n, i.method, i.code,\n"
	"              case when i.response is null then 'no' else 'an' end)\n"
	"  from k left join idem i on i.key = k.key and i.device_id in (select id from device)\n"
	"union all\n"
	"select format('case %s: %s %s version %s, number +%s, %s', n, kind, state, version,\n"
	"              substr(number, 3)::int - was.c, result)\n"
	"  from cases, was\n"
	"union all\n"
	"select format('case %s event %s: %s, %s to %s: %s', c.n, e.seq, e.verb, e.from_state,\n"
	"              e.to_state, regexp_replace(e.text, '[A-Z]+-[0-9]+', '#', 'g'))\n"
	"  from case_event e join cases c on c.property_id = e.property_id and c.id = e.case_id\n"
	"union all\n"
	"select format('order of case %s: key %s, %s version %s, number +%s, %s, %s', c.n, k.n,\n"
	"              w.state, w.version, substr(w.number, 3)::int - was.w, w.result, w.reply)\n"
	"  from work_order w join cases c on c.property_id = w.property_id and c.id = w.case_id\n"
	"  left join k on k.key = w.id, was\n"
	"union all\n"
	"select format('call: key %s, %s version %s', k.n, p.state, p.version)\n"
	"  from phone_call p left join k on k.key = p.id\n"
	" where p.property_id = $2::int and p.rang_at >= $4::timestamptz\n"
	"union all\n"
	"select format('owed for case %s: %s %s', c.n, o.kind, o.state)\n"
	"  from obligation o join cases c on c.property_id = o.property_id and c.id = o.entity_id\n"
	"union all\n"
	"select format('feed +%s: %s of key %s, version %s, dead %s, by %s', f.pos - $3::bigint,\n"
	"              f.entity, k.n, f.version, f.dead, f.method)\n"
	"  from feed f left join k on k.key = f.id\n"
	" where f.property_id = $2::int and f.pos > $3::bigint\n"
	"union all\n"
	"select format('feed stands at +%s', pos - $3::bigint)\n"
	"  from feed_head where property_id = $2::int\n"
	"union all\n"
	"select format('%s numbers of %s', value - coalesce(($5::jsonb ->> series)::bigint, 1000), "
	"series)\n"
	"  from counter where property_id = $2::int\n"
	"   and value <> coalesce(($5::jsonb ->> series)::bigint, 1000)\n"
	"union all\n"
	"select format('%s audit rows of %s code %s', count(*), method, code)\n"
	"  from audit where property_id = $2::int and at >= $4::timestamptz and device_id is not "
	"null\n"
	"   and method in (select i.method from idem i join k on i.key = k.key)\n"
	" group by method, code\n"
	") select string_agg(line, E'\\n' order by line) from lines";
/* clang-format on */

static bool books_query(PGconn *pg, const char *sql, int n, const char *const *values,
			PGresult **ret)
{
	*ret = PQexecParams(pg, sql, n, NULL, values, NULL, NULL, 0);
	if (PQresultStatus(*ret) == PGRES_TUPLES_OK && PQntuples(*ret) == 1)
		return true;
	(void)fprintf(stderr, "books: %s\n", PQerrorMessage(pg));
	PQclear(*ret);
	return false;
}

bool books_open(struct books *b, PGconn *pg, const char *property)
{
	const char *values[] = { property };
	PGresult *r;

	if (!books_query(pg, opening, 1, values, &r))
		return false;
	b->pg = pg;
	b->property_id = (int)strtol(PQgetvalue(r, 0, 0), NULL, 10);
	b->pos = strtoll(PQgetvalue(r, 0, 1), NULL, 10);
	(void)snprintf(b->since, sizeof(b->since), "%s", PQgetvalue(r, 0, 2));
	(void)snprintf(b->counters, sizeof(b->counters), "%s", PQgetvalue(r, 0, 3));
	PQclear(r);
	return true;
}

bool books_text(const struct books *b, const struct uuid *keys, size_t n, char out[BOOKS_MAX])
{
	char list[KEYS_MAX] = "{", property[20], pos[30], key[UUID_TEXT];
	const char *values[] = { list, property, pos, b->since, b->counters };
	size_t len = 1;
	PGresult *r;

	for (size_t i = 0; i < n && len + UUID_TEXT + 2 < sizeof(list); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", i > 0 ? "," : "",
					uuid_format(&keys[i], key));
	list[len] = '}';
	list[len + 1] = '\0';
	(void)snprintf(property, sizeof(property), "%d", b->property_id);
	(void)snprintf(pos, sizeof(pos), "%lld", (long long)b->pos);
	if (!books_query(b->pg, adding, 5, values, &r))
		return false;
	(void)snprintf(out, BOOKS_MAX, "%s", PQgetvalue(r, 0, 0));
	PQclear(r);
	return true;
}

bool books_feed(const struct books *b, int64_t *head, uint64_t *latest)
{
	char property[20], pos[30];
	const char *values[] = { property, pos };
	PGresult *r;

	(void)snprintf(property, sizeof(property), "%d", b->property_id);
	(void)snprintf(pos, sizeof(pos), "%lld", (long long)b->pos);
	if (!books_query(b->pg,
			 "select (select pos from feed_head where property_id = $1::int), "
			 "coalesce(sum(1::numeric * 2::numeric ^ (pos - $2::bigint - 1)), "
			 "0)::numeric(30, 0) "
			 "from feed where property_id = $1::int and pos > $2::bigint",
			 2, values, &r))
		return false;
	*head = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	*latest = strtoull(PQgetvalue(r, 0, 1), NULL, 10);
	PQclear(r);
	return true;
}
