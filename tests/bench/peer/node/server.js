// A REST service that does what the daemon does for three calls: the same statements in one transaction, with the scope, the
// key's claim, the audit row, the change feed and the stored answer.
//
//   server.js SETTINGS: a JSON file with host, cert, key, address, port, workers, connections, pipeline, plans, property, user,
//   device
//
// "plans" are the statements as `statements json` prints them. With "pipeline" what does not depend on an answer is sent
// at once; without, each statement waits for the one before, which is how most services are written.
import cluster from 'node:cluster';
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fastify from 'fastify';
import pg from 'pg';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const pool = new pg.Pool({
	host: settings.host, database: 'steward', user: 'steward_app', max: settings.connections, pipeline: settings.pipeline,
});
// Who may do what: kept in memory, as the daemon does.
const sessions = new Map([['bench', {
	user: settings.user, device: settings.device, properties: new Map([['BEN', settings.property]]),
}]]);

function run(client, statement, values) {
	const { name, text, params } = statement;
	return client.query({ name, text, values: params.map((p) => values[p] ?? null) });
}

// "case.number" belongs to the field "case" of the reply.
function nest(row) {
	const out = {};
	for (const [name, value] of Object.entries(row)) {
		const dot = name.indexOf('.');
		if (value === null) continue;
		if (dot < 0) out[name] = value;
		else (out[name.slice(0, dot)] ??= {})[name.slice(dot + 1)] = value;
	}
	return out;
}

function reply(steps, results) {
	const out = {};
	steps.forEach((step, i) => {
		const rows = results[i].rows.map(nest);
		if (step.field !== null) out[step.field] = rows;
		else Object.assign(out, rows[0]);
	});
	return out;
}

// Runs the thunks at once or one after the other.
async function inOrder(thunks) {
	if (settings.pipeline) {
		// All are waited for, also when the first of them fails: the connection is then free for the rollback.
		const ended = await Promise.allSettled(thunks.map((t) => t()));
		return ended.map((e) => {
			if (e.status === 'rejected') throw e.reason;
			return e.value;
		});
	}
	const out = [];
	for (const t of thunks) out.push(await t());
	return out;
}

function plan(method) {
	const by = (role) => settings.plans[method].statements.filter((s) => s.role === role);
	return { scope: by('scope')[0], claim: by('claim')[0], steps: by('step'), finish: by('finish') };
}
const show = plan('case.Show');
const list = plan('case.List');
const open = plan('case.Open');

async function inTransaction(work) {
	const client = await pool.connect();
	try {
		const out = await work(client);
		client.release();
		return out;
	} catch (err) {
		await client.query('rollback').then(() => client.release(), (broken) => client.release(broken));
		throw err;
	}
}

function read(p, values) {
	return inTransaction(async (client) => {
		const results = await inOrder([
			() => client.query('begin'),
			() => run(client, p.scope, values),
			...p.steps.map((s) => () => run(client, s, values)),
			() => client.query('commit'),
		]);
		return reply(p.steps, results.slice(2));
	});
}

function write(p, values) {
	return inTransaction(async (client) => {
		const results = await inOrder([
			() => client.query('begin'),
			() => run(client, p.scope, values),
			() => run(client, p.claim, values),
			...p.steps.map((s) => () => run(client, s, values)),
		]);
		const out = reply(p.steps, results.slice(3));
		const done = {
			...values, audit_id: [randomUUID()], audit_property: [values.property], audit_user: [values.user],
			audit_device: [values.device], audit_session: [null], audit_method: [values.method], audit_entity: ['case'],
			audit_entity_id: [out.id], audit_number: [out.number], audit_fields: [values.fields], audit_reason: [null],
			feed_property: [values.property], feed_entity: ['case'], feed_id: [out.id], feed_version: [out.version],
			feed_dead: [false], feed_number: [out.number], feed_method: [values.method], feed_user: [values.user],
			response: Buffer.from(JSON.stringify(out)),
		};
		await inOrder([...p.finish.map((s) => () => run(client, s, done)), () => client.query('commit')]);
		return out;
	});
}

function context(request) {
	const session = sessions.get((request.headers.authorization ?? '').replace('Bearer ', ''));
	const property = session?.properties.get(request.params.property);
	if (property === undefined) throw Object.assign(new Error('not here'), { statusCode: session ? 404 : 401 });
	return {
		ctx_scope: [property], scope: String(property), ctx_property: property, property, ctx_user: session.user,
		user: session.user, device: session.device, timeout_ms: '10000',
	};
}

function service() {
	const app = fastify({ https: { cert: readFileSync(settings.cert), key: readFileSync(settings.key), minVersion: 'TLSv1.3' } });
	const text = (maxLength) => ({ type: 'string', minLength: 1, maxLength });
	app.get('/:property/cases/:number', (request) =>
		read(show, { ...context(request), case: `${request.params.property}/${request.params.number}` }));
	app.get('/:property/cases', {
		schema: { querystring: { type: 'object', properties: { limit: { type: 'integer', minimum: 1, maximum: 500 } } } },
	}, (request) => read(list, { ...context(request), limit: request.query.limit }));
	app.post('/:property/cases', {
		schema: {
			headers: { type: 'object', required: ['idempotency-key'], properties: { 'idempotency-key': text(36) } },
			body: {
				type: 'object', required: ['kind', 'summary'], additionalProperties: false,
				properties: { kind: text(32), channel: text(32), spot: text(200), summary: text(200) },
			},
		},
	}, (request) => {
		const key = request.headers['idempotency-key'];
		const seen = context(request);
		const fingerprint = createHash('sha256').update(`case.Open ${request.params.property} ${JSON.stringify(request.body)}`).digest();
		return write(open, {
			...seen, ...request.body, ctx_key: key, key, method: 'case.Open', claim_device: [seen.device], claim_key: [key],
			claim_method: ['case.Open'], claim_fingerprint: [fingerprint], fields: Object.keys(request.body).join(' '),
		});
	});
	return app.listen({ host: settings.address, port: settings.port });
}

if (cluster.isPrimary) {
	for (let i = 0; i < settings.workers; i++) cluster.fork();
	cluster.on('exit', () => process.exit(1));
	process.on('SIGTERM', () => process.exit(0));
} else {
	process.on('disconnect', () => process.exit(0));
	await service();
}
