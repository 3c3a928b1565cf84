# shellcheck shell=bash disable=SC2016,SC2154
# Statements that steward-gen refuses; sourced by gen_test.sh.
p=proto/note.proto
q=server/cap/note.sql

refuses 'rpc without statement or hooks' \
	"$p:80: rpc note.Show has neither statement nor hooks: write \`-- :name note_show :one\` in server/cap/note.sql, or hooks: true
$q:10: no rpc names statement note_showed: add it to an rpc's sql, or remove it" \
	$q '10s/note_show/note_showed/'
refuses 'rpc whose only statement is for C' \
	"$p:80: rpc note.Show: statement note_show is :call, which only C code runs; give it another shape" \
	$q 's/note_show :one/note_show :call/' server/cap/note.c '$s/$/\n\/* sql_note_show *\//'
refuses 'missing statement' \
	"$p:84: rpc note.List names a statement note_all that does not exist: write it in server/cap/note.sql
$q:14: no rpc names statement note_list: add it to an rpc's sql, or remove it" \
	$p '86s/note_list/note_all/'
refuses 'statement nobody names' \
	"$q:30: no rpc names statement note_forgotten: add it to an rpc's sql, or remove it" \
	$q '$s/$/\n\n\n-- :name note_forgotten :exec\nselect 1;/'
refuses ':call statement no C runs' \
	"$q:28: no C file below server/ runs &sql_note_forgotten; use it, or remove the statement" \
	$q '$s/$/\n-- :name note_forgotten :call\nselect 1;/'
refuses 'same name twice' \
	"$q:28: a statement note_add stands already in $q:3: rename one of them" \
	$q '$s/$/\n-- :name note_add :one\nselect 1;/'
refuses 'shape that does not exist' \
	"$q:10: statement 'note_show' has no shape: write \`-- :name note_show :one\`, or :maybe, :many, :exec, :feed, :call, :due, :tick or :daily" \
	$q '10s/:one/:two/'
refuses 'no shape' \
	"$q:10: statement 'note_show' has no shape: write \`-- :name note_show :one\`, or :maybe, :many, :exec, :feed, :call, :due, :tick or :daily" \
	$q '10s/:one//'
refuses 'more behind the shape' \
	"$q:10: statement note_show: nothing may follow :one in this line" \
	$q '10s/:one/:one of them/'
refuses 'name with capitals' \
	"$q:26: 'Note_watch' is no name for a statement: a-z, 0-9 and _, at most 60 characters" \
	$q '26s/note_watch_next/Note_watch/' server/cap/note.c 's/sql_note_watch_next/sql_Note_watch/'
refuses 'name of another file' \
	"$q:26: statement other_next stands in the wrong file: names in this one begin with note_" \
	$q '26s/note_watch_next/other_next/' server/cap/note.c 's/sql_note_watch_next/sql_other_next/'
refuses 'empty statement' \
	"$q:26: statement note_watch_next is empty: write its SQL below" \
	$q '27s/.*/-- nothing/'
refuses 'two statements under one name' \
	"$q:27: statement note_watch_next goes on behind its semicolon: give the second one a \`-- :name\`" \
	$q '27s/$/ select 2;/'
refuses 'text before the first name' \
	"$q:1: text before the first statement: begin with \`-- :name note_do_something :one\`" \
	$q '1s/.*/select 1;/'
refuses 'dollar number' \
	"$q:27: \$1 and its like are given by the generator: write a :name" \
	$q '27s/:pos/$1/'
refuses 'quote without end' \
	"$q:27: a quote without end: close it with '" \
	$q "27s/:pos;/'pos;/"
refuses 'dollar quote without end' \
	"$q:27: a dollar quote without end: close it with \$x\$" \
	$q '27s/:pos/$x$ $y$/'
refuses 'comment without end' \
	"$q:27: a comment without end: close it with */" \
	$q '27s/:pos/1 \/* \/* *\//'
refuses 'parameter that is no field' \
	"$q:14: statement note_list, run by note.List: :afterr is neither a field of steward.note.ListRequest nor :ctx_...; correct the name or add the field" \
	$q '15s/:after/:afterr/'
refuses 'ctx variable that does not exist' \
	"$q:14: statement note_list: there is no :ctx_scopes; there are :ctx_user, :ctx_device, :ctx_session, :ctx_key, :ctx_property, :ctx_scope, :ctx_method, :ctx_reason, :ctx_occurred_at, :ctx_dry_run, :ctx_hash, :ctx_token, :ctx_secret, :ctx_id, :ctx_number, :ctx_text" \
	$q '15s/:ctx_scope/:ctx_scopes/'
refuses 'parameter that is a message' \
	"$q:20: statement note_import_count, run by note.ImportAll: :rows is a message; name one of its fields, :rows.at" \
	$q '21s/:rows.title/:rows/'
refuses 'column of no list' \
	"$q:17: statement note_import, run by note.ImportAll: :lines.title needs a repeated message field 'lines' in steward.note.ImportRequest" \
	$q '18s/:rows.title/:lines.title/'
refuses 'column that is no field of the list' \
	"$q:17: statement note_import, run by note.ImportAll: :rows.name needs a single plain field 'name' in steward.note.Row" \
	$q '18s/:rows.title/:rows.name/'
refuses ':many without target' \
	"$p:84: rpc note.List: statement note_list is :many; say where its rows go: sql: \"field=note_list\"" \
	$p '86s/notes=note_list/note_list/'
refuses 'target that does not exist' \
	"$p:84: rpc note.List: rows of note_list cannot go to 'items': it is no repeated message field of steward.note.ListReply" \
	$p '86s/notes=note_list/items=note_list/'
refuses 'target that is not repeated' \
	"$p:90: rpc note.ImportAll: rows of note_import cannot go to 'taken': it is no repeated message field of steward.note.ImportReply" \
	$p '93s/notes=note_import/taken=note_import/'
refuses 'target of a single row' \
	"$p:90: rpc note.ImportAll: rows of note_import_count cannot go to 'notes': it is no single message field of steward.note.ImportReply" \
	$p '93s/"note_import_count/"notes=note_import_count/'
refuses ':feed of a read' \
	"$p:84: rpc note.List: statement note_import_feed is :feed, so the rpc must be class: WRITE" \
	$p '86s/"notes=note_list"/["notes=note_list", "note_import_feed"]/'
refuses 'statement for rpcs outside the capabilities' \
	"server/rpc/core.sql:1: statement core_ping: only a capability's file serves an rpc, here all are :call
server/rpc/core.sql:1: no rpc names statement core_ping: add it to an rpc's sql, or remove it" \
	server/rpc/core.sql '1s/:call/:one/'
refuses 'what comes due without what is done about it' \
	"$q:29: statement note_due is :due, and note has no :tick: where something has come due belongs to what is done about it" \
	$q '$s/$/\n\n-- :name note_due :due\nselect 1 as property_id;/'
refuses 'what is done by the clock at no property' \
	"$q:31: statement note_tick is :tick: it works at :property, and names it not
$q:31: statement note_tick is :tick and knows no :ctx_scope; a :tick knows :property and :limit, the others nothing" \
	$q '$s/$/\n\n-- :name note_due :due\nselect 1 as property_id;\n-- :name note_tick :tick\nselect :ctx_scope;/'
refuses 'two ticks of one capability' \
	"$q:33: statement note_again: note has a :tick already; one does all that comes due there" \
	$q '$s/$/\n\n-- :name note_due :due\nselect 1 as property_id;\n-- :name note_tick :tick\nselect :property;\n-- :name note_again :tick\nselect :property;/'
refuses 'rpc that names a tick' \
	"$p:80: rpc note.Show: statement note_show is :daily, which only C code runs; give it another shape
$q:10: statement note_show is :daily and knows no :note; a :tick knows :property and :limit, the others nothing
$q:10: statement note_show is :daily and knows no :ctx_scope; a :tick knows :property and :limit, the others nothing" \
	$q '10s/:one/:daily/'
