# shellcheck shell=bash disable=SC2016,SC2154
# Trees whose files do not fit together; sourced by gen_test.sh.

fresh
cp "$work/tree/proto/note.proto" "$work/tree/proto/other.proto"
refused 'proto file nobody lists' \
	"proto/other.proto: add 'other' to the capabilities in meson.build, or remove the file"

fresh
touch "$work/tree/server/cap/other.sql"
refused 'statements nobody lists' \
	"server/cap/other.sql: add 'other' to the capabilities in meson.build, or remove the file"

fresh
refused 'capability listed twice' 'meson.build: capability note is listed twice' note,note

refuses 'hooks that nobody declared' \
	"proto/note.proto:97: rpc note.Watch is a stream, which only C can feed: write hooks: true and server/cap/note.c
server/cap/note.c:9: note_watch_hooks never runs: write hooks: true at rpc note.Watch (proto/note.proto:97)" \
	proto/note.proto '98s/ hooks: true//'

refuses 'hooks of no rpc' \
	'server/cap/note.c:10: note_drop_hooks belongs to no rpc; they are called <cap>_<verb>_hooks' \
	server/cap/note.c 's/note_drop_pin_hooks/note_drop_hooks/'

fresh
mv "$work/tree/migrations/0002_note_mood.sql" "$work/tree/migrations/2_mood.sql"
refused 'migration with another name' \
	'migrations/2_mood.sql: a migration is called NNNN_<capability>_<what>.sql: rename it'

fresh
mv "$work/tree/migrations/0002_note_mood.sql" "$work/tree/migrations/0001_note_mood.sql"
refused 'migrations with the same number' \
	'migrations/0001_note_mood.sql: 0001_note.sql has the same number: give this one the next free number'

fresh
printf 'select 1;\0' >>"$work/tree/migrations/0002_note_mood.sql"
refused 'NUL in a migration' 'migrations/0002_note_mood.sql: a NUL byte in a text file: remove it'

every_rpc_has_a_test() {
	local code=0
	fresh
	generate note --check-tests || code=1
	result $code 'tests that name every rpc are enough' "$work/said"
}
every_rpc_has_a_test

fresh
rm "$work/tree/tests/cap/note_test.c"
refused 'capability without tests' \
	'tests/cap/note_test.c: capability note has no tests: write this file' note --check-tests

fresh
sed -i 's/note.Add/note.AddMore/' "$work/tree/tests/cap/note_test.c"
refused 'rpc without a test' \
	'proto/note.proto:73: rpc note.Add is never called in tests/cap/note_test.c: test it there' note --check-tests
