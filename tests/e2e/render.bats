#!/usr/bin/env bats
# steward-render: what it draws is read back with other people's programs.

bats_require_minimum_version 1.5.0

setup_file() {
	here=$(dirname "$(readlink -f "$BATS_TEST_FILENAME")")
	export root=$here/../.. LC_ALL=C.UTF-8
	export docs=$root/tests/sample/documents render=$BUILD_DIR/client/render/steward-render
	unset SOURCE_DATE_EPOCH
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# lacks PATTERN [FILE...]: nothing fits it. (A `!` in front of a command never fails a test.)
lacks() {
	if grep "$@"; then return 1; fi
}

# pdf NAME [OPTION...]: NAME.pdf and NAME.txt from NAME of the samples.
pdf() {
	"$render" --pdf "$1.pdf" "${@:2}" <"$docs/$1.json"
	pdftotext -layout "$1.pdf" "$1.txt"
}

# receipt NAME [OPTION...]: NAME.bin, what a printer says of it in NAME.log, the paper in NAME.png.
receipt() {
	"$render" --escpos "$1.bin" "${@:2}" <"$docs/$1.json"
	"$root/tests/e2e/escpos.py" "$1.bin" "$1.png" >"$1.log"
}

# refused PATTERN: the document on standard input is refused with this sentence, and no file is made.
refused() {
	run --separate-stderr "$render" --pdf refused.pdf
	# shellcheck disable=SC2154
	echo "$stderr"
	[ "$status" -eq 7 ]
	[ ! -e refused.pdf ]
	grep -qE "$1" <<<"$stderr"
}

@test "Chinese and Latin text can be taken out of the file again" {
	pdf bill
	for words in '缴费通知单 Bill' '王芳 女士' '阳光花园 3 号楼 1 单元 1202 室' 'SUN-B-26-004217' '建筑面积 96.40 m²' \
		'应缴合计 Amount due (CNY)' '996.94' '尊敬的业主' 'late fees begin' '微信、支付宝' '第 1 页，共 1 页'; do
		grep -qF "$words" bill.txt
	done
	grep -qE '水费 Water.* 22 +4\.09 +89\.98$' bill.txt
	[ "$(pdfinfo bill.pdf | sed -n 's/^Pages: *//p')" = 1 ]
	[ "$(pdfinfo bill.pdf | sed -n 's/^Page size: *//p')" = '595.28 x 841.89 pts (A4)' ]
}

@test "all fonts are embedded, as what is used of them, and say which letters they hold" {
	pdf bill
	pdffonts bill.pdf | tail -n +3 >fonts
	[ "$(wc -l <fonts)" -ge 3 ]
	# name type encoding emb sub uni object
	lacks -vE ' yes yes yes +[0-9]+ +0$' fonts
	lacks 'Type 3' fonts
	[ "$(stat -c %s bill.pdf)" -lt 200000 ]
}

@test "the code on a bill reads" {
	pdf bill
	pdftoppm -r 110 -png bill.pdf bill
	[ "$(zbarimg -q --raw bill-1.png)" = 'https://pay.sunshine.example/b/SUN-B-26-004217?t=9f3c1a' ]
	# A vector: no picture is in the file.
	[ "$(pdfimages -list bill.pdf | wc -l)" = 2 ]
}

@test "pages break with the head repeated, numbered, and no sum alone" {
	pdf statement
	pages=$(pdfinfo statement.pdf | sed -n 's/^Pages: *//p')
	[ "$pages" -ge 2 ]
	for ((i = 1; i <= pages; i++)); do
		pdftotext -layout -f "$i" -l "$i" statement.pdf page.txt
		grep -q "Page $i of $pages" page.txt
		[ "$i" = 1 ] || grep -qE 'Statement of account +SUN-A-001202' page.txt
		[ "$i" = "$pages" ] || grep -qE 'Date +What +Charged +Paid +Balance' page.txt
	done
	# Of the last page's table the sum has its row above it.
	pdftotext -layout -f "$pages" -l "$pages" statement.pdf - | grep -A1 'Date  *What' | lacks 'Balance due'
	grep -qE 'Payment, receipt SUN-26-' statement.txt
}

@test "several documents make one file, each with its own page numbers" {
	cat "$docs"/{bill,statement,notice}.json | "$render" --pdf all.pdf
	pdftotext -layout all.pdf all.txt
	[ "$(grep -c 'Page 1 of ' all.txt)" = 1 ]
	[ "$(grep -c '第 1 页，共 1 页' all.txt)" = 2 ]
	[ "$(pdfinfo all.pdf | sed -n 's/^Title: *//p')" = '缴费通知单 Bill' ]
	[ "$(pdfinfo all.pdf | sed -n 's/^Author: *//p')" = '阳光物业服务有限公司 Sunshine Property Services' ]
}

@test "the same documents make the same bytes" {
	for name in bill receipt statement notice label; do
		for options in '--pdf a' '--pdf a --paper A5' '--pdf a --paper letter' '--escpos a --width 384'; do
			# shellcheck disable=SC2086
			"$render" $options <"$docs/$name.json"
			mv a first
			# shellcheck disable=SC2086
			TZ=Asia/Tokyo "$render" $options <"$docs/$name.json"
			cmp a first
		done
	done
	"$render" --pdf - <"$docs/bill.json" | cmp - <("$render" --pdf - <"$docs/bill.json")
}

@test "the file's date is the document's, else SOURCE_DATE_EPOCH, never today" {
	pdf bill
	[ "$(pdfinfo -isodates bill.pdf | sed -n 's/^CreationDate: *//p')" = 2026-11-01T08:00:00+08 ] ||
		[ "$(TZ=UTC pdfinfo -isodates bill.pdf | sed -n 's/^CreationDate: *//p')" = 2026-11-01T00:00:00Z ]
	jq 'del(.issued_at)' "$docs/bill.json" >undated.json
	"$render" --pdf undated.pdf <undated.json
	pdfinfo undated.pdf | lacks CreationDate
	SOURCE_DATE_EPOCH=1700000000 "$render" --pdf epoch.pdf <undated.json
	TZ=UTC pdfinfo -isodates epoch.pdf | grep -qE 'CreationDate: +2023-11-14T22:13:20Z'
	sleep 1
	"$render" --pdf again.pdf <undated.json
	cmp again.pdf undated.pdf
}

@test "a copy says so on every page, and on a receipt" {
	jq '.copy = 2' "$docs/statement.json" | "$render" --pdf copy.pdf
	pages=$(pdfinfo copy.pdf | sed -n 's/^Pages: *//p')
	[ "$(pdftotext -layout copy.pdf - | grep -c "COPY 2 · Page [1-9] of $pages\$")" = "$pages" ]
	# Across the page: it differs from the original's in many places, and the text is all there.
	pdf statement
	for page in 1 "$pages"; do
		pdftoppm -gray -r 20 -f "$page" -l "$page" copy.pdf >copy.pgm
		pdftoppm -gray -r 20 -f "$page" -l "$page" statement.pdf >first.pgm
		[ "$(cmp -l copy.pgm first.pgm | wc -l)" -gt 1500 ]
	done
	diff <(pdftotext -raw copy.pdf - | grep -E '^20') <(pdftotext -raw statement.pdf - | grep -E '^20')
	"$render" --pdf - <"$docs/statement.json" | pdftotext - - | lacks COPY
	jq '.copy = 3' "$docs/bill.json" | "$render" --pdf copy.pdf
	pdftotext -layout copy.pdf - | grep -q '副本 COPY 3 · 第 1 页'

	receipt receipt
	jq '.copy = 1' "$docs/receipt.json" | "$render" --escpos copy.bin
	"$root/tests/e2e/escpos.py" copy.bin copy.png >copy.log
	# Two frames more: above and below.
	[ "$(stat -c %s copy.bin)" -gt $((($(stat -c %s receipt.bin)) + 2 * 50 * 72)) ]
}

@test "papers have their sizes" {
	pdf bill --paper A5
	pdfinfo bill.pdf | grep -qE 'Page size: +419.53 x 595.28 pts'
	pdf bill --paper letter
	pdfinfo bill.pdf | grep -qE 'Page size: +612 x 792 pts \(letter\)'
}

@test "a receipt is a picture in bands, cut at its end" {
	for width in 576 384; do
		receipt receipt --width "$width"
		[ "$(head -1 receipt.log)" = reset ]
		[ "$(tail -1 receipt.log)" = 'cut 66 0' ]
		[ "$(sed 1d receipt.log | sed '$d' | cut -d' ' -f1,2 | sort -u)" = "band $width" ]
		[ "$(zbarimg -q --raw receipt.png)" = 'https://r.sunshine.example/SUN-26-000123/7f3ac1' ]
	done
	lacks drawer receipt.log
}

@test "the drawer opens when asked to, and the paper stays whole when asked to" {
	receipt receipt --drawer --no-cut
	[ "$(sed -n 2p receipt.log)" = 'drawer 0 25 250' ]
	[ "$(tail -1 receipt.log)" = 'feed 4' ]
	lacks cut receipt.log
	cat "$docs/receipt.json" "$docs/receipt.json" | "$render" --escpos two.bin --drawer
	"$root/tests/e2e/escpos.py" two.bin two.png >two.log
	[ "$(grep -c cut two.log)" = 2 ]
	[ "$(grep -c drawer two.log)" = 1 ]
}

@test "what is wrong is said with its document and field" {
	refused 'documents\[0\].titel: .*did you mean .title.' <<<'{"titel": "x"}'
	refused 'documents\[1\].tables\[0\].rows\[0\].cells: 2 cells, but the table has 1 columns' \
		<<<'{"title": "x"} {"title": "y", "tables": [{"columns": [{}], "rows": [{"cells": ["1", "2"]}]}]}'
	refused 'documents: there is no document in the input' </dev/null
	refused 'documents\[0\].code.text: at most 1000 bytes' < <(jq -n '{title: "x", code: {text: ("水" * 400)}}')
}

@test "hostile documents are refused or drawn, in bounded time and memory" {
	refused 'documents\[0\]: its byte 11 is not text in UTF-8' < <(printf '{"title":"\xc3\x28"}')
	refused 'documents\[0\]: its byte 11 is not text in UTF-8' < <(printf '{"title":"\xff\xfe"}')
	refused 'tables\[0\].rows: at most 20000 of these' \
		< <(jq -n '{title: "x", tables: [{columns: [{}], rows: [range(20001) | {cells: ["x"]}]}]}')
	refused 'makes more than 3000 pages' < <(jq -n '{title: "x", paragraphs: [range(400) | "\n" * 3999]}')
	refused 'cells\[0\]: at most 600 characters' \
		< <(jq -n '{title: "x", tables: [{columns: [{}], rows: [{cells: ["x" * 100000]}]}]}')
	refused 'documents\[0\]: not valid JSON' < <(jq -nj '"[" * 100000' | sed 's/^/{"title":/')
	run --separate-stderr "$render" --escpos long.bin < <(jq -n '{title: "x", paragraphs: ["\n" * 3999]}')
	[ "$status" -eq 7 ]
	[[ $stderr == *'cm of paper'* ]]
	[ ! -e long.bin ]
	# The largest row on the smallest paper goes on over pages, and nothing of it is lost.
	jq -n '{title: "x", tables: [{columns: [range(12) | {}], rows: [{cells: [range(12) | "字" * 600]}]}]}' >wide.json
	"$render" --pdf wide.pdf --paper A5 <wide.json
	[ "$(pdftotext wide.pdf - | grep -o 字 | wc -l)" = 7200 ]
}

@test "an old file stays when its successor cannot be drawn" {
	echo old >out.pdf
	run "$render" --pdf out.pdf <<<'{"title": ""}'
	[ "$status" -eq 7 ]
	[ "$(cat out.pdf)" = old ]
	run "$render" --pdf "$PWD/no/where.pdf" <"$docs/label.json"
	[ "$status" -eq 12 ]
}

@test "a pipe or a printer's device is written to, not replaced" {
	mkfifo printer
	cat printer >printed &
	"$render" --escpos printer <"$docs/label.json"
	wait
	[ -p printer ]
	"$render" --escpos - <"$docs/label.json" | cmp - printed
}

@test "wrong usage is told from a wrong document" {
	for options in '' '--pdf a --escpos b' '--serve --pdf a' '--pdf a --width 384' '--escpos a --paper A4' '--pdf a --paper A3' \
		'--escpos a --width 500' '--pdf a extra' '--frobnicate' '--pdf'; do
		# shellcheck disable=SC2086
		run "$render" $options </dev/null
		[ "$status" -eq 2 ]
	done
	"$render" --help | grep -q 'usage: steward-render'
	"$render" --version | grep -qE '^steward-render [0-9.]+$'
}

@test "it stays alive between documents, whatever it is sent" {
	"$root/tests/e2e/render_serve.py" "$render"
}

@test "fonts are linked by nothing else, and it opens no connection" {
	ldd "$render" | grep -q pango
	for program in server/stewardd client/cli/steward; do
		ldd "$BUILD_DIR/$program" | lacks -E 'pango|cairo|qrencode|fontconfig'
	done
	nm -D --undefined-only "$render" | lacks -wE 'connect|socket|getaddrinfo|bind|listen|PQ[a-z]+'
	ldd "$render" | lacks -E 'libpq|libuv'
}
