#include "client/cli/camt_in.h"

#include <string.h>

#include <libxml/xmlreader.h>

#include "client/cli/camt_text.h"
#include "common/utf8.h"

#define DEPTH_MAX 24
#define PATH_MAX_LEN 400
#define TEXT_MAX 500u
#define PAYMENTS_MAX 100000u /* of one entry */

/* What is kept of a statement, of a balance, of an entry and of a payment in it. */
enum camt_value {
	ST_NAME,
	ST_FROM,
	ST_TO,
	ST_IBAN,
	BAL_KIND,
	BAL_AMOUNT,
	BAL_SIGN,
	BAL_DAY,
	EN_AMOUNT,
	EN_CURRENCY,
	EN_SIGN,
	EN_STATE,
	EN_DAY,
	EN_VALUE_DAY,
	EN_REF,
	EN_INFO,
	EN_CODE,
	PAY_AMOUNT,
	PAY_SIGN,
	PAY_REF,
	PAY_END_TO_END,
	PAY_FROM,
	PAY_TO,
	PAY_FROM_ACCOUNT,
	PAY_TO_ACCOUNT,
	PAY_TEXT,
	VALUES
};

#define STMT "/Document/BkToCstmrStmt/Stmt"
#define NTRY STMT "/Ntry"
#define PAYS NTRY "/NtryDtls/TxDtls"

/* 'join': several of them are one text. */
static const struct camt_place {
	const char *path;
	enum camt_value value;
	bool join;
} camt_places[] = {
	{ STMT "/Id", ST_NAME, false },
	{ STMT "/FrToDt/FrDtTm", ST_FROM, false },
	{ STMT "/FrToDt/FrDt", ST_FROM, false },
	{ STMT "/FrToDt/ToDtTm", ST_TO, false },
	{ STMT "/FrToDt/ToDt", ST_TO, false },
	{ STMT "/Acct/Id/IBAN", ST_IBAN, false },
	{ STMT "/Acct/Id/Othr/Id", ST_IBAN, false },
	{ STMT "/Bal/Tp/CdOrPrtry/Cd", BAL_KIND, false },
	{ STMT "/Bal/Amt", BAL_AMOUNT, false },
	{ STMT "/Bal/CdtDbtInd", BAL_SIGN, false },
	{ STMT "/Bal/Dt/Dt", BAL_DAY, false },
	{ STMT "/Bal/Dt/DtTm", BAL_DAY, false },
	{ NTRY "/Amt", EN_AMOUNT, false },
	{ NTRY "/CdtDbtInd", EN_SIGN, false },
	{ NTRY "/Sts", EN_STATE, false },
	{ NTRY "/Sts/Cd", EN_STATE, false },
	{ NTRY "/BookgDt/Dt", EN_DAY, false },
	{ NTRY "/BookgDt/DtTm", EN_DAY, false },
	{ NTRY "/ValDt/Dt", EN_VALUE_DAY, false },
	{ NTRY "/ValDt/DtTm", EN_VALUE_DAY, false },
	{ NTRY "/AcctSvcrRef", EN_REF, false },
	{ NTRY "/AddtlNtryInf", EN_INFO, true },
	{ NTRY "/BkTxCd/Domn/Cd", EN_CODE, true },
	{ NTRY "/BkTxCd/Domn/Fmly/Cd", EN_CODE, true },
	{ NTRY "/BkTxCd/Domn/Fmly/SubFmlyCd", EN_CODE, true },
	{ NTRY "/BkTxCd/Prtry/Cd", EN_CODE, true },
	{ PAYS "/Amt", PAY_AMOUNT, false },
	{ PAYS "/AmtDtls/TxAmt/Amt", PAY_AMOUNT, false },
	{ PAYS "/CdtDbtInd", PAY_SIGN, false },
	{ PAYS "/Refs/AcctSvcrRef", PAY_REF, false },
	{ PAYS "/Refs/EndToEndId", PAY_END_TO_END, false },
	{ PAYS "/RltdPties/Dbtr/Nm", PAY_FROM, false },
	{ PAYS "/RltdPties/Dbtr/Pty/Nm", PAY_FROM, false },
	{ PAYS "/RltdPties/Cdtr/Nm", PAY_TO, false },
	{ PAYS "/RltdPties/Cdtr/Pty/Nm", PAY_TO, false },
	{ PAYS "/RltdPties/DbtrAcct/Id/IBAN", PAY_FROM_ACCOUNT, false },
	{ PAYS "/RltdPties/DbtrAcct/Id/Othr/Id", PAY_FROM_ACCOUNT, false },
	{ PAYS "/RltdPties/CdtrAcct/Id/IBAN", PAY_TO_ACCOUNT, false },
	{ PAYS "/RltdPties/CdtrAcct/Id/Othr/Id", PAY_TO_ACCOUNT, false },
	{ PAYS "/RmtInf/Ustrd", PAY_TEXT, true },
	{ PAYS "/RmtInf/Strd/CdtrRefInf/Ref", PAY_TEXT, true },
	{ PAYS "/AddtlTxInf", PAY_TEXT, true },
};

/* The columns, called like the fields that take them. */
enum camt_column {
	COL_STATEMENT,
	COL_FROM,
	COL_TO,
	COL_OPENING,
	COL_CLOSING,
	COL_IBAN,
	COL_DATE,
	COL_VALUE_DATE,
	COL_AMOUNT,
	COL_CURRENCY,
	COL_REF,
	COL_REFERENCE,
	COL_COUNTERPARTY,
	COL_COUNTER_ACCOUNT,
	COL_TEXT,
	COL_CODE,
	COLUMNS
};

static const char *const camt_columns[COLUMNS] = {
	"statement",    "statement_from",  "statement_to", "opening",  "closing", "iban",
	"date",         "value_date",      "sum",          "currency", "ref",     "reference",
	"counterparty", "counter_account", "text",         "code",
};

struct camt_payment {
	const char *v[VALUES];
	int64_t amount;
	bool told; /* the amount is */
};

struct camt {
	struct camt_in *in;
	struct arena *mem;
	struct st_err *err;
	char path[PATH_MAX_LEN];
	size_t lens[DEPTH_MAX]; /* of the path, at each depth */
	unsigned depth;
	char text[TEXT_MAX + 1];
	size_t text_len;
	const char *v[VALUES];
	struct camt_payment *payments;
	size_t n_payments;
	/* The statement under way. */
	size_t first_row;
	int64_t opening, closing, sum;
	const char *opening_day, *closing_day;
	bool has_opening, has_closing, seen;
	unsigned long line; /* of the file */
};

static enum st_code camt_fail(struct camt *c, const char *what)
{
	return st_fail(c->err, ST_INVALID_ARGUMENT, "BAD_FILE", NULL, "line %lu: %s", c->line,
		       what);
}

static enum st_code camt_no_memory(struct camt *c)
{
	return st_fail(c->err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
		       "no memory for the statements");
}

static void camt_clear(const char **v, enum camt_value from, enum camt_value to)
{
	for (unsigned i = from; i <= to; i++)
		v[i] = NULL;
}

static void camt_put(char **at, const char *bytes, size_t len)
{
	memcpy(*at, bytes, len);
	*at += len;
}

/* The row as a line of CSV, for the list of what was not taken. */
static struct slice camt_raw(const char *const *cells, struct arena *mem)
{
	size_t room = 1;
	char *out, *at;

	for (unsigned i = 0; i < COLUMNS; i++)
		room += 2 * strlen(cells[i]) + 3;
	out = at = arena_alloc(mem, room);
	for (unsigned i = 0; out != NULL && i < COLUMNS; i++) {
		camt_put(&at, ",\"", i > 0 ? 2 : 0);
		if (i == 0)
			*at++ = '"';
		for (const char *p = cells[i]; *p != '\0'; p++)
			camt_put(&at, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
		*at++ = '"';
	}
	return slice_of(out, out != NULL ? (size_t)(at - out) : 0);
}

static enum st_code camt_add_row(struct camt *c, const char *const *v, int64_t amount,
				 const char *ref)
{
	struct camt_in *in = c->in;
	const char **cells = arena_array(c->mem, const char *, COLUMNS);
	bool came = amount > 0;

	in->rows = arena_grow(c->mem, in->rows, in->n, sizeof(*in->rows));
	if (cells == NULL || in->rows == NULL)
		return camt_no_memory(c);
	cells[COL_DATE] = camt_day(c->v[EN_DAY] != NULL ? c->v[EN_DAY] : c->v[EN_VALUE_DAY],
				   c->mem);
	cells[COL_VALUE_DATE] = camt_day(c->v[EN_VALUE_DAY], c->mem);
	cells[COL_AMOUNT] = camt_amount_text(amount, c->mem);
	cells[COL_CURRENCY] = c->v[EN_CURRENCY];
	cells[COL_REF] = ref;
	cells[COL_REFERENCE] = camt_ref(v[PAY_END_TO_END]);
	cells[COL_COUNTERPARTY] = v[came ? PAY_FROM : PAY_TO];
	cells[COL_COUNTER_ACCOUNT] = v[came ? PAY_FROM_ACCOUNT : PAY_TO_ACCOUNT];
	cells[COL_TEXT] = v[PAY_TEXT] != NULL ? v[PAY_TEXT] : c->v[EN_INFO];
	cells[COL_CODE] = c->v[EN_CODE];
	in->rows[in->n] = (struct csv_record){ .line = in->n + 1, .cells = cells, .n = COLUMNS };
	in->n++;
	return ST_OK;
}

/* Do the payments of an entry tell their amounts, and do these come to the entry's? */
static bool camt_splits(const struct camt *c, int64_t amount)
{
	int64_t sum = 0;

	for (size_t i = 0; i < c->n_payments; i++)
		if (!c->payments[i].told || c->payments[i].amount == 0 ||
		    __builtin_add_overflow(sum, c->payments[i].amount, &sum))
			return false;
	return c->n_payments > 1 && sum == amount;
}

static enum st_code camt_end_entry(struct camt *c)
{
	static const char *const nothing[VALUES] = { NULL };
	const char *ref = camt_ref(c->v[EN_REF]);
	int64_t amount;

	if (!camt_signed(c->v[EN_AMOUNT], c->v[EN_SIGN], &amount))
		return camt_fail(c, "an entry has no amount that can be read, or no CRDT or DBIT");
	if (c->v[EN_STATE] != NULL && strcmp(c->v[EN_STATE], "BOOK") != 0) {
		c->in->expected++;
		return ST_OK;
	}
	if (__builtin_add_overflow(c->sum, amount, &c->sum))
		return camt_fail(c, "the entries come to more than can be counted");
	if (amount == 0)
		return ST_OK;
	if (!camt_splits(c, amount)) {
		const struct camt_payment *only = c->n_payments == 1 ? &c->payments[0] : NULL;

		if (ref == NULL && only != NULL)
			ref = camt_ref(only->v[PAY_REF]);
		return camt_add_row(c, only != NULL ? only->v : nothing, amount, ref);
	}
	for (size_t i = 0; i < c->n_payments; i++) {
		const char *own = ref != NULL ? arena_printf(c->mem, "%s/%zu", ref, i + 1)
					      : camt_ref(c->payments[i].v[PAY_REF]);

		if (ref != NULL && own == NULL)
			return camt_no_memory(c);
		ST_TRY(camt_add_row(c, c->payments[i].v, c->payments[i].amount, own));
	}
	return ST_OK;
}

static enum st_code camt_end_payment(struct camt *c)
{
	struct camt_payment *p;
	const char *sign = c->v[PAY_SIGN] != NULL ? c->v[PAY_SIGN] : c->v[EN_SIGN];

	if (c->n_payments >= PAYMENTS_MAX)
		return camt_fail(c, "an entry of more payments than any bank collects");
	c->payments = arena_grow(c->mem, c->payments, c->n_payments, sizeof(*c->payments));
	if (c->payments == NULL)
		return camt_no_memory(c);
	p = &c->payments[c->n_payments++];
	memcpy(p->v, c->v, sizeof(p->v));
	p->told = camt_signed(c->v[PAY_AMOUNT], sign, &p->amount);
	return ST_OK;
}

/* OPBD is what it begins with, or PRCD, what the one before ended with; CLBD what it ends with. */
static enum st_code camt_end_balance(struct camt *c)
{
	const char *kind = c->v[BAL_KIND] != NULL ? c->v[BAL_KIND] : "";
	bool opens = strcmp(kind, "OPBD") == 0 || (strcmp(kind, "PRCD") == 0 && !c->has_opening);
	int64_t n;

	if (!opens && strcmp(kind, "CLBD") != 0)
		return ST_OK;
	if (!camt_signed(c->v[BAL_AMOUNT], c->v[BAL_SIGN], &n))
		return camt_fail(c, "a balance has no amount that can be read, or no CRDT or DBIT");
	if (opens) {
		c->opening = n;
		c->has_opening = true;
		if (strcmp(kind, "OPBD") == 0)
			c->opening_day = c->v[BAL_DAY];
	} else {
		c->closing = n;
		c->has_closing = true;
		c->closing_day = c->v[BAL_DAY];
	}
	return ST_OK;
}

/* What is known only at its end goes into all its rows. */
static enum st_code camt_fill_rows(struct camt *c, bool whole, const char *from, const char *to)
{
	const char *opening = whole ? camt_amount_text(c->opening, c->mem) : "";
	const char *closing = whole ? camt_amount_text(c->closing, c->mem) : "";

	for (size_t i = c->first_row; i < c->in->n; i++) {
		struct csv_record *r = &c->in->rows[i];

		r->cells[COL_STATEMENT] = c->v[ST_NAME];
		r->cells[COL_FROM] = from;
		r->cells[COL_TO] = to;
		r->cells[COL_OPENING] = opening;
		r->cells[COL_CLOSING] = closing;
		r->cells[COL_IBAN] = c->v[ST_IBAN];
		for (unsigned k = 0; k < COLUMNS; k++)
			r->cells[k] = r->cells[k] != NULL ? r->cells[k] : "";
		r->raw = camt_raw(r->cells, c->mem);
		if (r->raw.data == NULL)
			return camt_no_memory(c);
	}
	return opening != NULL && closing != NULL ? ST_OK : camt_no_memory(c);
}

static enum st_code camt_end_statement(struct camt *c)
{
	bool whole = c->has_opening && c->has_closing;
	const char *from = c->v[ST_FROM] != NULL ? c->v[ST_FROM] : c->opening_day;
	const char *to = c->v[ST_TO] != NULL ? c->v[ST_TO] : c->closing_day;
	int64_t end;

	c->seen = true;
	if (c->v[ST_NAME] == NULL || c->v[ST_IBAN] == NULL)
		return camt_fail(c,
				 "a statement has no Id, or does not say of which account it is");
	if (whole && (__builtin_add_overflow(c->opening, c->sum, &end) || end != c->closing))
		return st_fail(c->err, ST_INVALID_ARGUMENT, "BALANCE", NULL,
			       "statement %s does not add up: it begins with %s, its entries come "
			       "to %s and it ends with %s",
			       c->v[ST_NAME], camt_amount_text(c->opening, c->mem),
			       camt_amount_text(c->sum, c->mem),
			       camt_amount_text(c->closing, c->mem));
	if (from == NULL) /* the entries say at least when the first one was */
		from = c->first_row < c->in->n ? c->in->rows[c->first_row].cells[COL_DATE] : to;
	if (from == NULL || to == NULL)
		return camt_fill_rows(c, false, "", "");
	return camt_fill_rows(c, whole, camt_day(from, c->mem), camt_day(to, c->mem));
}

static void camt_begin(struct camt *c)
{
	if (strcmp(c->path, STMT) == 0) {
		camt_clear(c->v, 0, VALUES - 1);
		c->first_row = c->in->n;
		c->opening = c->closing = c->sum = 0;
		c->opening_day = c->closing_day = NULL;
		c->has_opening = c->has_closing = false;
	} else if (strcmp(c->path, STMT "/Bal") == 0) {
		camt_clear(c->v, BAL_KIND, BAL_DAY);
	} else if (strcmp(c->path, NTRY) == 0) {
		camt_clear(c->v, EN_AMOUNT, PAY_TEXT);
		c->payments = NULL;
		c->n_payments = 0;
	} else if (strcmp(c->path, PAYS) == 0) {
		camt_clear(c->v, PAY_AMOUNT, PAY_TEXT);
	}
}

/* One line, without blanks around it, cut where a character ends. */
static const char *camt_tidy(struct camt *c)
{
	char *out = arena_alloc(c->mem, c->text_len + 1), *at = out;
	const uint8_t *s = (const uint8_t *)c->text;
	int32_t ch;

	for (size_t i = 0, len; out != NULL && i < c->text_len; i += len) {
		len = utf8_next(s + i, c->text_len - i, &ch);
		if (len == 0)
			break;
		if (ch > ' ' && ch != 0x7f)
			camt_put(&at, c->text + i, len);
		else if (at > out && at[-1] != ' ')
			*at++ = ' ';
	}
	while (at > out && at[-1] == ' ')
		at--;
	if (out != NULL)
		*at = '\0';
	return out;
}

static enum st_code camt_leaf(struct camt *c)
{
	for (size_t i = 0; i < sizeof(camt_places) / sizeof(camt_places[0]); i++) {
		const struct camt_place *p = &camt_places[i];
		const char *old = c->v[p->value], *text;

		if (strcmp(c->path, p->path) != 0)
			continue;
		text = camt_tidy(c);
		if (text == NULL)
			return camt_no_memory(c);
		if (text[0] == '\0')
			return ST_OK;
		if (p->join && old != NULL) {
			if (strlen(old) + strlen(text) >= TEXT_MAX)
				return ST_OK;
			text = arena_printf(c->mem, "%s %s", old, text);
		}
		c->v[p->value] = text;
		return text != NULL ? ST_OK : camt_no_memory(c);
	}
	return ST_OK;
}

static enum st_code camt_push(struct camt *c, xmlTextReaderPtr x)
{
	const char *name = (const char *)xmlTextReaderConstLocalName(x);
	size_t len = name != NULL ? strlen(name) : 0;

	if (c->depth >= DEPTH_MAX || len == 0 || c->lens[c->depth] + len + 2 > sizeof(c->path))
		return camt_fail(c, "it is deeper than a statement of a bank");
	c->path[c->lens[c->depth]] = '/';
	memcpy(c->path + c->lens[c->depth] + 1, name, len + 1);
	if (c->depth + 1 < DEPTH_MAX)
		c->lens[c->depth + 1] = c->lens[c->depth] + len + 1;
	c->depth++;
	c->text_len = 0;
	camt_begin(c);
	if (strcmp(c->path, NTRY "/Amt") == 0) {
		xmlChar *currency = xmlTextReaderGetAttribute(x, (const xmlChar *)"Ccy");

		c->v[EN_CURRENCY] = currency != NULL ? arena_strdup(c->mem, (char *)currency) : "";
		xmlFree(currency);
		if (c->v[EN_CURRENCY] == NULL)
			return camt_no_memory(c);
	}
	return ST_OK;
}

static enum st_code camt_pop(struct camt *c)
{
	enum st_code code = camt_leaf(c);

	if (code == ST_OK && strcmp(c->path, PAYS) == 0)
		code = camt_end_payment(c);
	else if (code == ST_OK && strcmp(c->path, NTRY) == 0)
		code = camt_end_entry(c);
	else if (code == ST_OK && strcmp(c->path, STMT "/Bal") == 0)
		code = camt_end_balance(c);
	else if (code == ST_OK && strcmp(c->path, STMT) == 0)
		code = camt_end_statement(c);
	c->depth--;
	c->path[c->lens[c->depth]] = '\0';
	c->text_len = 0;
	return code;
}

static void camt_text(struct camt *c, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	if (len > TEXT_MAX - c->text_len)
		len = TEXT_MAX - c->text_len;
	if (len > 0)
		memcpy(c->text + c->text_len, text, len);
	c->text_len += len;
	c->text[c->text_len] = '\0';
}

static enum st_code camt_node(struct camt *c, xmlTextReaderPtr x)
{
	bool empty;

	c->line = (unsigned long)xmlTextReaderGetParserLineNumber(x);
	switch (xmlTextReaderNodeType(x)) {
	case XML_READER_TYPE_ELEMENT:
		empty = xmlTextReaderIsEmptyElement(x) == 1;
		ST_TRY(camt_push(c, x));
		return empty ? camt_pop(c) : ST_OK;
	case XML_READER_TYPE_END_ELEMENT:
		return camt_pop(c);
	case XML_READER_TYPE_TEXT:
	case XML_READER_TYPE_CDATA:
		camt_text(c, (const char *)xmlTextReaderConstValue(x));
		return ST_OK;
	case XML_READER_TYPE_DOCUMENT_TYPE:
	case XML_READER_TYPE_ENTITY:
	case XML_READER_TYPE_ENTITY_REFERENCE:
		return camt_fail(c, "a statement of a bank declares no types and no entities");
	default:
		return ST_OK;
	}
}

/* The first thing libxml2 found; it goes on after it where it can. */
static void camt_on_error(void *arg, const char *message, xmlParserSeverities severity,
			  xmlTextReaderLocatorPtr at)
{
	struct camt *c = arg;

	if (severity != XML_PARSER_SEVERITY_ERROR || c->err->code != ST_OK)
		return;
	c->line = (unsigned long)xmlTextReaderLocatorLineNumber(at);
	(void)st_fail(c->err, ST_INVALID_ARGUMENT, "BAD_XML", NULL, "line %lu: %.*s", c->line,
		      (int)strcspn(message, "\r\n"), message);
}

static enum st_code camt_read(struct camt *c, xmlTextReaderPtr x)
{
	enum st_code code = ST_OK;
	int rc = 0;

	xmlTextReaderSetErrorHandler(x, camt_on_error, c);
	while (code == ST_OK && c->err->code == ST_OK && (rc = xmlTextReaderRead(x)) == 1)
		code = camt_node(c, x);
	if (code != ST_OK || c->err->code != ST_OK)
		return c->err->code;
	if (rc != 0)
		return camt_fail(c, "it is not XML that can be read to its end");
	return c->seen ? ST_OK
		       : camt_fail(c, "there is no statement in it (camt.053: BkToCstmrStmt)");
}

bool camt_is_xml(struct slice text)
{
	size_t i = text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (i < text.len && strchr(" \t\r\n", text.data[i]) != NULL && text.data[i] != '\0')
		i++;
	return i < text.len && text.data[i] == '<';
}

enum st_code camt_open(struct camt_in *in, struct slice text, struct arena *mem, struct st_err *err)
{
	struct st_err own = { 0 };
	struct camt c = { .in = in, .mem = mem, .err = &own };
	xmlTextReaderPtr x;
	enum st_code code;

	*in = (struct camt_in){ .header = { .line = 0, .n = COLUMNS } };
	in->header.cells = arena_array(mem, const char *, COLUMNS);
	if (in->header.cells == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the statements");
	memcpy(in->header.cells, camt_columns, sizeof(camt_columns));
	if (text.len > CAMT_BYTES_MAX)
		return st_fail(err, ST_INVALID_ARGUMENT, "TOO_LARGE", NULL,
			       "a file of more than %u MB: let the bank send it in parts",
			       CAMT_BYTES_MAX >> 20);
	x = xmlReaderForMemory((const char *)text.data, (int)text.len, NULL, NULL,
			       XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_COMPACT);
	if (x == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the statements");
	code = camt_read(&c, x);
	xmlFreeTextReader(x);
	return code == ST_OK ? ST_OK : st_fail(err, own.code, own.reason, NULL, "%s", own.message);
}

bool camt_next(struct camt_in *in, struct csv_record *ret)
{
	if (in->at >= in->n)
		return false;
	*ret = in->rows[in->at++];
	return true;
}
