# shellcheck shell=bash disable=SC2016,SC2154
# Files and rpcs that steward-gen refuses; sourced by gen_test.sh.
p=proto/note.proto

refuses 'proto3' \
	"$p: write syntax = \"proto2\": only there a field can be absent" \
	$p 's/proto2/proto3/'
refuses 'another package' \
	"$p: the package is 'steward.other'; write package steward.note;" \
	$p 's/steward.note/steward.other/'
refuses 'a second service' \
	"$p:109: a second service; a capability has one, move its rpcs up" \
	$p '$s/$/\nservice More { }/'
refuses 'no comment' \
	"$p:80: rpc note.Show has no comment above it; write what it does, it is the help people read" \
	$p '79s/.*//'
refuses 'name in lower case' \
	"$p:97: rpc note.watch: names of rpcs look like AddNote" \
	$p '97s/Watch\(/watch(/'
refuses 'stream of requests' \
	"$p:97: rpc note.Watch: requests are single messages; remove \`stream\` from it" \
	$p '97s/\(Watch/(stream Watch/'
refuses 'no class' \
	"$p:84: rpc note.List has no class: add class: READ, WRITE or STREAM" \
	$p '86s/class: READ//;51s/ complete: "note list"//'
refuses 'no role' \
	"$p:84: rpc note.List may be called by nobody: add role: [...], or access: LOGGED_IN, DEVICE or ENROLMENT" \
	$p '86s/role: CLERK//'
refuses 'role that does not count' \
	"$p:80: rpc note.Show: roles count only with access: BY_ROLE; remove one of the two" \
	$p '81s/access/role: CLERK access/'
refuses 'nobody'"'"'s role' \
	"$p:84: rpc note.List: ROLE_UNSPECIFIED is nobody's role; name a real one" \
	$p '86s/CLERK/ROLE_UNSPECIFIED/'
refuses 'class STREAM without a stream' \
	"$p:97: rpc note.Watch is class: STREAM; write returns (stream Note)" \
	$p '97s/stream //'
refuses 'stream of another class' \
	"$p:84: rpc note.List returns a stream; write class: STREAM" \
	$p '84s/\(ListReply/(stream ListReply/'
refuses 'stream without hooks' \
	"$p:97: rpc note.Watch is a stream, which only C can feed: write hooks: true and server/cap/note.c" \
	$p '98s/hooks: true//' server/cap/note.c '/watch_hooks/d'
refuses 'stream with statements' \
	"$p:97: rpc note.Watch is a stream, whose hooks run :call statements: remove sql" \
	$p '98s/hooks: true/hooks: true sql: "note_show"/'
refuses 'cached write' \
	"$p:73: rpc note.Add: offline: CACHE is for class: READ" \
	$p '75s/QUEUE/CACHE/'
refuses 'queued read' \
	"$p:80: rpc note.Show: offline: QUEUE is for class: WRITE" \
	$p '81s/CACHE/QUEUE/'
refuses 'too large requests' \
	"$p:90: rpc note.ImportAll: max_bytes is above 4194304, the most a message may be" \
	$p '92s/4194304/4194305/'
refuses 'feed of a read' \
	"$p:80: rpc note.Show: feed is for class: WRITE" \
	$p '81s/personal: true/feed: "note"/'
refuses 'feed without id, version and property in the reply' \
	"$p:72: rpc note.Add: feed: \"note\" is read from the reply, but neither steward.note.Note nor its first message has property_id, id and version; add them, or remove feed and write a :feed statement" \
	$p '18d'
refuses 'import of no list' \
	"$p:90: rpc note.ImportAll: import: \"row\" is no repeated message field of steward.note.ImportRequest" \
	$p '92s/"rows"/"row"/'
refuses 'upload by a single rpc' \
	"$p:73: rpc note.Add: upload: \"ImportAll\" must be two rpcs of this capability, the one that takes parts and the one that ends it: \"Put Finish\"" \
	$p '75s/feed/upload: "ImportAll" feed/'
refuses 'upload by rpcs that take no file' \
	"$p:73: rpc note.Add: an upload is a WRITE with name, size and sha256 in the request and upload, offset and a message in the reply; note.ImportAll takes upload, offset and data and tells offset, note.DropPin takes upload and tells a message" \
	$p '75s/feed/upload: "ImportAll DropPin" feed/'
refuses 'download of no bytes' \
	"$p:97: rpc note.Watch: a download is a STREAM with offset in the request; its messages have the bytes field title and a message with name, size and sha256" \
	$p '98s/hooks: true/hooks: true download: "title"/'
refuses 'column of a table that is no field' \
	"$p:84: rpc note.List: column 'headline' is no field of steward.note.Note" \
	$p '86s/columns: "title"/columns: "title headline"/'
refuses 'column of a form that is no field' \
	"$p:80: rpc note.Show: column 'headline' is no field of steward.note.ShowReply" \
	$p '81s/title pinned/headline/'
refuses 'words with capitals' \
	"$p:90: rpc note.ImportAll: words: \"Note import\" must be words of a-z, 0-9 and -, one blank apart" \
	$p '93s/note import"/Note import"/'
refuses 'the same words twice' \
	"$p:97: rpc note.List and note.Watch have the same words \"note list\"; change one" \
	$p '98s/hooks/words: "note list" hooks/'
refuses 'example of another command' \
	"$p:73: rpc note.Add: the example is typed after \`steward\`, so it must contain \"note add\"" \
	$p '76s/note add/note put/'
refuses 'print of no document' \
	"$p:80: rpc note.Show: print: true and a PrintDocument in the reply, itself or in a message of it, go together" \
	$p '81s/personal: true/print: true personal: true/'
refuses 'print by an rpc that prints nothing' \
	"$p:73: rpc note.Add: print_by: \"Show\" is for a WRITE whose reply has a number, and names an rpc of this capability with print: true that takes numbers as its first word" \
	$p '75s/feed/print_by: "Show" feed/'
