#include "client/render/look.h"

#include <string.h>

/* clang-format off */
static const struct look look_a4 = {
	.width = 595.28, .height = 841.89, .left = 56, .right = 56, .top = 50, .bottom = 62, .top_next = 74,
	.foot = 34, .gap = 14, .pad = 3.6, .space = 20, .code = 82, .hairline = 0.35, .rule = 0.9, .facts = 0.58,
	.font = {
		[STYLE_NAME] = { 12, 16, true, 0 },
		[STYLE_ISSUER] = { 8.5, 12, false, 0.35 },
		[STYLE_TITLE] = { 21, 28, false, 0 },
		[STYLE_TEXT] = { 9.5, 14.5, false, 0 },
		[STYLE_LABEL] = { 8.5, 14.5, false, 0.4 },
		[STYLE_STRONG] = { 9.5, 14, true, 0 },
		[STYLE_HEADING] = { 8, 11, true, 0.3 },
		[STYLE_CELL] = { 9.5, 13, false, 0 },
		[STYLE_TOTAL] = { 10.5, 14, true, 0 },
		[STYLE_CAPTION] = { 8.5, 12.5, false, 0.25 },
		[STYLE_SMALL] = { 7.5, 10, false, 0.4 },
		[STYLE_COPY] = { 96, 110, true, 0.9 },
	},
};

static const struct look look_a5 = {
	.width = 419.53, .height = 595.28, .left = 36, .right = 36, .top = 34, .bottom = 46, .top_next = 54,
	.foot = 24, .gap = 10, .pad = 2.8, .space = 14, .code = 66, .hairline = 0.35, .rule = 0.8, .facts = 0.56,
	.font = {
		[STYLE_NAME] = { 10.5, 14, true, 0 },
		[STYLE_ISSUER] = { 7.5, 10.5, false, 0.35 },
		[STYLE_TITLE] = { 16, 22, false, 0 },
		[STYLE_TEXT] = { 8.5, 12.5, false, 0 },
		[STYLE_LABEL] = { 7.5, 12.5, false, 0.4 },
		[STYLE_STRONG] = { 8.5, 12.5, true, 0 },
		[STYLE_HEADING] = { 7.2, 10, true, 0.3 },
		[STYLE_CELL] = { 8.5, 11.5, false, 0 },
		[STYLE_TOTAL] = { 9.5, 12.5, true, 0 },
		[STYLE_CAPTION] = { 7.5, 11, false, 0.25 },
		[STYLE_SMALL] = { 6.8, 9, false, 0.4 },
		[STYLE_COPY] = { 68, 80, true, 0.9 },
	},
};

static const struct look look_letter = {
	.width = 612, .height = 792, .left = 60, .right = 60, .top = 50, .bottom = 62, .top_next = 74,
	.foot = 34, .gap = 14, .pad = 3.6, .space = 20, .code = 82, .hairline = 0.35, .rule = 0.9, .facts = 0.58,
	.font = {
		[STYLE_NAME] = { 12, 16, true, 0 },
		[STYLE_ISSUER] = { 8.5, 12, false, 0.35 },
		[STYLE_TITLE] = { 21, 28, false, 0 },
		[STYLE_TEXT] = { 9.5, 14.5, false, 0 },
		[STYLE_LABEL] = { 8.5, 14.5, false, 0.4 },
		[STYLE_STRONG] = { 9.5, 14, true, 0 },
		[STYLE_HEADING] = { 8, 11, true, 0.3 },
		[STYLE_CELL] = { 9.5, 13, false, 0 },
		[STYLE_TOTAL] = { 10.5, 14, true, 0 },
		[STYLE_CAPTION] = { 8.5, 12.5, false, 0.25 },
		[STYLE_SMALL] = { 7.5, 10, false, 0.4 },
		[STYLE_COPY] = { 96, 110, true, 0.9 },
	},
};

/* Lines of whole dots: a point has 2.82 of them. */
#define DOTS(n) ((n) * 72 / LOOK_DOTS_INCH)
#define ROLL_FONTS {                                       \
		[STYLE_NAME] = { 11, 14, true, 0 },        \
		[STYLE_ISSUER] = { 8, 10.5, false, 0 },    \
		[STYLE_TITLE] = { 13, 17, true, 0 },       \
		[STYLE_TEXT] = { 8.5, 11.5, false, 0 },    \
		[STYLE_LABEL] = { 8.5, 11.5, false, 0 },   \
		[STYLE_STRONG] = { 8.5, 11.5, true, 0 },   \
		[STYLE_HEADING] = { 8, 11, true, 0 },      \
		[STYLE_CELL] = { 8.5, 11.5, false, 0 },    \
		[STYLE_TOTAL] = { 11, 14, true, 0 },       \
		[STYLE_CAPTION] = { 8, 10.5, false, 0 },   \
		[STYLE_SMALL] = { 8, 10.5, false, 0 },     \
		[STYLE_COPY] = { 15, 21, true, 0 },        \
	}

static const struct look look_roll_576 = {
	.roll = true, .width = DOTS(576), .left = DOTS(8), .right = DOTS(8), .top = DOTS(12), .bottom = DOTS(24),
	.gap = 7, .pad = 1.4, .space = 7, .code = 96, .hairline = DOTS(1), .rule = DOTS(2), .font = ROLL_FONTS,
};

static const struct look look_roll_384 = {
	.roll = true, .width = DOTS(384), .left = DOTS(4), .right = DOTS(4), .top = DOTS(12), .bottom = DOTS(24),
	.gap = 6, .pad = 1.4, .space = 7, .code = 84, .hairline = DOTS(1), .rule = DOTS(2), .font = ROLL_FONTS,
};
/* clang-format on */

const struct look *look_paper(Steward__PrintPaper paper)
{
	switch (paper) {
	case STEWARD__PRINT_PAPER__A5:
		return &look_a5;
	case STEWARD__PRINT_PAPER__LETTER:
		return &look_letter;
	case STEWARD__PRINT_PAPER__A4:
	default:
		return &look_a4;
	}
}

const struct look *look_roll(unsigned width_dots)
{
	return width_dots == 384 ? &look_roll_384 : &look_roll_576;
}

const struct look_words *look_words(const char *language)
{
	static const struct look_words english = { "Page %u of %u", "COPY %u", "en" };
	static const struct look_words simplified = { "第 %u 页，共 %u 页", "副本 COPY %u",
						      "zh-cn" };
	static const struct look_words traditional = { "第 %u 頁，共 %u 頁", "副本 COPY %u",
						       "zh-tw" };

	if (language != NULL && strcmp(language, "zh") == 0)
		return &simplified;
	if (language != NULL && strcmp(language, "zh-Hant") == 0)
		return &traditional;
	return &english;
}
