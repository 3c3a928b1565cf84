// PostGraphile over the schema "graph": server.js SETTINGS, a JSON file with host, cert, key, address, port, workers, connections,
// property, user.
//
// The scope is a setting of each request's transaction, as it is for the daemon.
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const sessions = new Map([['Bearer bench', { 'steward.scope': String(settings.property), 'steward.user': settings.user }]]);

const preset = {
	extends: [PostGraphileAmberPreset],
	pgServices: [makePgService({
		connectionString: `postgresql://steward_app@/steward?host=${encodeURIComponent(settings.host)}`,
		schemas: ['graph'],
		poolConfig: { max: settings.connections },
	})],
	grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
	grafast: {
		explain: false,
		context(request) {
			const pgSettings = sessions.get(request.node?.req.headers.authorization);
			if (pgSettings === undefined) throw new Error('not logged in');
			return { pgSettings };
		},
	},
};

if (cluster.isPrimary) {
	for (let i = 0; i < settings.workers; i++) cluster.fork();
	cluster.on('exit', () => process.exit(1));
	process.on('SIGTERM', () => process.exit(0));
} else {
	process.on('disconnect', () => process.exit(0));
	const server = createServer({ cert: readFileSync(settings.cert), key: readFileSync(settings.key), minVersion: 'TLSv1.3' });
	await postgraphile(preset).createServ(grafserv).addTo(server);
	server.listen(settings.port, settings.address);
}
