# shellcheck shell=bash disable=SC2016,SC2154
# Fields and messages that steward-gen refuses; sourced by gen_test.sh.
p=proto/note.proto
in_note="$p:16: steward.note.Note.title"

refuses 'required label' \
	"$in_note: \`required\` cannot be taken back later; write \`optional\`, and in a request (steward.field) = { required: true }" \
	$p '16s/optional/required/'
refuses 'double' \
	"$in_note: a double loses digits; use int64 and say the unit in the name, as in rent_minor" \
	$p '16s/string title = 3.*/double title = 3;/'
refuses 'float' \
	"$in_note: a float loses digits; use int64 and say the unit in the name, as in rent_minor" \
	$p '16s/string title = 3.*/float title = 3;/'
refuses 'map' \
	"$in_note: neither groups nor maps; use a repeated message" \
	$p '16s/optional string title = 3.*/map<int32, int32> title = 3 [(field) = { max: 3 }];/'
refuses 'group' \
	"$p:16: steward.note.Note.title: neither groups nor maps; use a repeated message" \
	$p '16s/optional string title = 3.*/optional group Title = 3 { }/'
refuses 'oneof' \
	"$in_note: no oneof; use optional fields and check them in SQL" \
	$p '16s/optional(.*)/oneof x { \1 }/'
refuses 'default' \
	"$in_note: a default hides that nothing was said; use coalesce() in SQL" \
	$p '16s/\[/[default = "x", /'
refuses 'name in camel case' \
	"$p:17: steward.note.Note.isPinned: names of fields are made of a-z, 0-9 and _" \
	$p '17s/pinned/isPinned/;s/"title pinned"/"title"/'
refuses 'name that hides a ctx variable' \
	"$p:17: steward.note.Note.ctx_user: in SQL :ctx_... is what the daemon knows; choose another name" \
	$p '17s/pinned/ctx_user/;s/"title pinned"/"title"/'
refuses 'message from outside' \
	"$p:17: steward.note.Note.pinned: google.protobuf.Timestamp is from outside proto/; declare a message of our own" \
	$p '17s/bool/google.protobuf.Timestamp/;5s/^/import "google\/protobuf\/timestamp.proto";/'
for word in amount price balance; do
	refuses "money called $word" \
		"$p:17: steward.note.Note.unit_$word: money is counted in minor units: int64 unit_${word}_minor with format: MINOR" \
		$p "17s/bool pinned/int64 unit_$word/;s/\"title pinned\"/\"title\"/"
done
refuses 'minor units in int32' \
	"$p:19: steward.note.Note.fine_minor: minor units of money are int64, not int32" \
	$p '19s/int64/int32/'
refuses 'MINOR under another name' \
	"$p:19: steward.note.Note.fine: format MINOR belongs to a field called int64 ..._minor" \
	$p '19s/fine_minor/fine/'
refuses 'string without max' \
	"$in_note has no limit: add (steward.field) = { max: ... } (characters)" \
	$p '16s/ \[.*/;/'
refuses 'bytes without max' \
	"$in_note has no limit: add (steward.field) = { max: ... } (bytes)" \
	$p '16s/string title = 3.*/bytes title = 3;/'
refuses 'repeated without max' \
	"$p:42: steward.note.ImportRequest.rows has no limit: add (steward.field) = { max: ... } (elements)" \
	$p '42s/ \[.*/;/'
refuses 'repeated string without item_max' \
	"$p:21: steward.note.Note.tags: an element has no limit: add item_max: ... beside max (characters of each)" \
	$p '21s/ item_max: 20//'
refuses 'max of a number' \
	"$p:20: steward.note.Note.colour: max is for what has a length; a number takes low and high" \
	$p '20s/;/ [(field) = { max: 3 }];/'
refuses 'item_max of a single string' \
	"$in_note: item_max is for repeated string and bytes only" \
	$p '16s/max: 200/max: 200 item_max: 20/'
refuses 'low of a string' \
	"$in_note: low and high are for numbers, this is a string" \
	$p '16s/max: 200/max: 200 low: 1/'
refuses 'low above high' \
	"$p:19: steward.note.Note.fine_minor: low 7 is above high 6" \
	$p '19s/low: 0 high: 100000/low: 7 high: 6/'
refuses 'format of a bool' \
	"$p:17: steward.note.Note.pinned: this format is for a string, this is a bool" \
	$p '17s/;/ [(field) = { format: DATE }];/'
refuses 'choices of a number' \
	"$p:18: steward.note.Note.version: choices are for a string, this is a int32" \
	$p '18s/hidden: true/choices: "1|2"/'
refuses 'empty choice' \
	"$p:30: steward.note.AddRequest.mood: an empty choice; write choices: \"one|other\"" \
	$p '30s/good\|bad/good||bad/'
refuses 'file of a number' \
	"$p:33: steward.note.AddRequest.cost_minor: file is for a string or bytes, this is a int64" \
	$p '33s/format/file: true format/'
refuses 'file that is a word' \
	"$p:29: steward.note.AddRequest.title: what a file holds has neither arg, secret, choices, complete nor format; remove file or these" \
	$p '29s/arg: 1/arg: 1 file: true/'
refuses 'file in a reply' \
	"$in_note: file is for a flag, so it belongs to the request of an rpc" \
	$p '16s/max: 200/max: 200 file: true/'
refuses 'arg out of range' \
	"$p:29: steward.note.AddRequest.title: arg 10; a command takes at most 9 words" \
	$p '29s/arg: 1/arg: 10/'
refuses 'arg taken twice' \
	"$p:30: steward.note.AddRequest.mood: arg 1 is taken by title" \
	$p '30s/choices/arg: 1 choices/'
refuses 'arg with a gap' \
	"$p:24: steward.note.AddRequest: there is arg 2 but no arg 1" \
	$p '29s/arg: 1/arg: 2/'
refuses 'repeated arg that is not the last' \
	"$p:32: steward.note.AddRequest.tags: only the last word of a command may be repeated" \
	$p '32s/max: 10/arg: 1 max: 10/;29s/arg: 1/arg: 2/'
refuses 'complete that is no command' \
	"$p:51: steward.note.ShowRequest.note: complete: \"note lists\" is no command that reads; name one" \
	$p '51s/note list/note lists/'
refuses 'complete by a command that writes' \
	"$p:51: steward.note.ShowRequest.note: complete: \"note add\" is no command that reads; name one" \
	$p '51s/note list/note add/'
refuses 'message that contains itself' \
	"$p:55: steward.note.ShowReply.more: message steward.note.ShowReply contains itself; send a flat list and the parent's id" \
	$p '55s/$/ optional ShowReply more = 2;/'
refuses 'messages that contain each other' \
	"$p:55: steward.note.ShowReply.more: message steward.note.Note contains itself; send a flat list and the parent's id" \
	$p '17s/$/ optional ShowReply up = 9;/;55s/$/ optional Note more = 2;/;55s/optional Note note = 1;//;s/ columns: "title pinned"//'
