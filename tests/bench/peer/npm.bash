# shellcheck shell=bash disable=SC2154 # rig.bash assigns what is used here
# Peers that come from npm. Their node comes from there too: Debian 12's is too old for them.

# npm_install NAME: into the build directory, once for each state of its package.json.
npm_install() {
	local home=$build/peer/$1 from=$root/tests/bench/peer/$1
	command -v npm >/dev/null || need npm
	need wrk
	if [ ! -x "$home/node_modules/.bin/node" ] || ! cmp -s "$from/package.json" "$home/installed.json"; then
		mkdir -p "$home"
		cp "$from/package.json" "$home/"
		echo "bench: installing $1" >&2
		(cd "$home" && timeout 900 npm install --no-package-lock --no-audit --no-fund --loglevel error >install.log 2>&1) ||
			no_peer "$1" "npm install did not succeed, see $home/install.log"
		cp "$from/package.json" "$home/installed.json"
	fi
	cp "$from"/* "$home/"
	"$home/node_modules/.bin/node" --version >/dev/null || no_peer "$1" "there is no node that runs"
}

# npm_start NAME PORT SETTINGS: runs its server until the benchmark ends.
npm_start() {
	local home=$build/peer/$1
	NODE_ENV=production "$home/node_modules/.bin/node" "$home/server.js" "$3" >>"$dir/$1.log" 2>&1 &
	bench_peers+=($!)
	wait_for "$1" $! bash -c "exec 3<>/dev/tcp/$address/$2"
}
