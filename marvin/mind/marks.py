"""Markup that language models write and that should not be spoken."""

import html

import regex

from marvin.mind.mark import BREAK, NEVER, Match, hidden, line, mark
from marvin.mind.thoughts import THOUGHT_ENDS, THOUGHTS
from marvin.mind.written_calls import CALLS, TOOL_JSON

LEFT_OUT = "I left out the code."
"""Spoken once, instead of code blocks."""
_INSTEAD = f"{BREAK}{LEFT_OUT}{BREAK}"
SOME_CODE = "some code"
"""Spoken instead of inline code."""

_HIDDEN = (
    *THOUGHTS,
    *CALLS,
    # A model that does not stop continues with the user's part.
    hidden(
        "<",
        r"<\|(?:im_start|start_header_id|start)\|>\s{0,2}(?:user|system|tool|ipython|developer)",
        NEVER,
    ),
    hidden("<", r"<start_of_turn>user", NEVER),
    hidden("UH", r"(?<=\n)(?-i:User|Human):[ \t][^\n]{0,300}\n{1,2}(?-i:Assistant|AI|Bot):", NEVER),
    # Code, and text that a rendered page would hide too.
    hidden("`", rf"(`{{3,12}})[ \t]*(?:tool_\w{{1,20}}|\w{{0,12}}\s{{0,4}}{TOOL_JSON})", "{0}"),
    hidden("`", r"(`{3,12})(?=[^`])", "{0}", _INSTEAD, once=True),
    hidden("<", r"<(script|style|svg)(?:\s[^<>\n]{0,200})?>", "</{0}>"),
    hidden("<", "<!--", "-->"),
)


def _inline_code(match: Match) -> str:
    code = str(match[2]).strip()
    return code.removesuffix("()") if _WORDS.fullmatch(code) else SOME_CODE


_WORDS = regex.compile(r"[^{}\[\]();\\|<>$=]{1,40}(?:\(\))?")

_BLOCKS = (
    line(" \t", r"[ \t]", stays_at_start=True),
    line(">", r">", stays_at_start=True),
    line("#", r"#{1,6}(?:[ \t]{1,20}(?=\S)|[ \t]{0,20}(?=\n))", makes_sentence=True),
    line("-*_=", r"([-*_=])(?:\1{1,400}|(?:[ \t]{1,3}\1){2,20})[ \t]{0,20}(?=\n)", BREAK),
    line(
        "|:-",
        r"\|?[ \t]{0,9}:?-{2,80}:?[ \t]{0,9}(?:\|[ \t]{0,9}:?-{0,80}:?[ \t]{0,9}){1,40}(?=\n)",
    ),
    line("|", r"\|", stays_at_start=True, makes_sentence=True),
    line(
        "-*+•‣◦·▪●\u2013—",
        r"[-*+•‣◦·▪●\u2013—][ \t]{1,20}(?=\S)",
        stays_at_start=True,
        makes_sentence=True,
    ),
    line("[", r"\[[ x]\][ \t]{1,4}(?=\S)", stays_at_start=True),
    line(
        "0123456789",
        r"(\d{1,3})[.)][ \t]{1,20}(?=\S)",
        lambda match: f"{match[1]}. ",
        makes_sentence=True,
    ),
    line("[", r"\[[^\]^\n]{1,60}\]:[ \t]{0,9}(?:https?:|www\.|[/#<])[^\n]{0,500}(?=\n)"),
    hidden("~", "~{3,12}(?=[^~])", "~~~(?=[^~])", _INSTEAD, at_line_start=True, once=True),
)

# An address without spaces, with at most one level of balanced round brackets.
_ADDRESS = r"(?:[^()\s]|\([^()\s]{0,200}\)){0,2000}"
_HOST = r"([\w-]{1,63}(?:\.[\w-]{1,63}){0,8})(?::\d{1,5})?"
_ADDRESS_END = r"(?=[.,;:!?]{0,3}(?:[\s<>)\[\]\"'`*|]|\([^\s()]{0,80}[\s(]))"

_LINKS = (
    mark("!", r"!(?=\[)"),
    mark("[", rf"\[(?:\d{{1,3}}|\^[^\]\s]{{1,40}})\](?:\({_ADDRESS}\)|(?=[^(]))"),
    mark("[", r"\[/?(?:INST|ARGS|TOOL_RESULTS|SYSTEM_PROMPT|/THINK)\]"),
    mark("[", r"\["),
    mark("]", rf'\](?:\({_ADDRESS}(?:[ \t]"[^"\n]{{0,200}}")?(?:\)|(?=\n))|\[[^\]\n]{{0,60}}\])'),
    mark("]", r"\]"),
    mark("【", r"【[^】\n]{0,40}】"),
    mark(
        "hHwW",
        r"(?<![^\W_])(?:https?://(?:www\.)?|www\.)"
        + _HOST
        + r"(?:[/?#](?:[^\s<>()\[\]\"'`*|]|\([^\s()]{0,80}\)){0,2000}?)?"
        + _ADDRESS_END,
        lambda match: str(match[1]),
    ),
)

_TAGS = (
    mark("<[◁", THOUGHT_ENDS, BREAK),
    mark("<", r"<(?:\|(?:im_start|start_header_id|start)\|>\s{0,2}assistant|start_of_turn>model)"),
    mark("<", r"<[|\uff5c][^<>|\uff5c\s]{1,60}[|\uff5c]>"),
    mark(
        "<",
        rf"<(?:(?:https?://(?:www\.)?|www\.){_HOST}[^<>\s]{{0,2000}}|([\w.+-]{{1,64}}@[\w.-]{{1,99}}))>",
        lambda match: str(match[1] or match[2]),
    ),
    mark("<", r"</(?:p|li|h[1-6]|tr|div|td|th|dt|dd)>", "\n", makes_sentence=True),
    mark("<", r"<(?:br|hr|p|li)[ \t]?/?>", "\n"),
    mark(
        "<",
        r"</?[a-z][\w:.-]{0,40}"
        r"(?:\s{1,4}[a-z_:-]{1,40}=(?:\"[^\"<>]{0,500}\"|'[^'<>]{0,500}'|[^\s\"'<>]{1,200}))"
        r"{0,20}\s{0,4}/?>",
    ),
    mark("&", r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", lambda m: html.unescape(m[0])),
    mark("\x1b", r"\x1b\[[0-9;]{0,20}[a-z]"),
)

_EMPHASIS = (
    mark("`", r"(`{1,2})(?=[^`])([^`\n]{1,120})\1(?=[^`])", _inline_code),
    mark("`", "`"),
    # Products and powers, but no emphasis.
    mark("*", r"(?<=\s)\*(?=[ \t])", "*"),
    mark("*", r"(?<=\d)\*{1,2}(?=[\w(])|(?<=[\w)])\*(?=\d)", lambda match: str(match[0])),
    mark("*", r"\*"),
    mark("_", r"(?<=[^\W_])_{1,9}(?=[^\W_])", lambda match: str(match[0])),
    mark("_", "_"),
    mark("~", "~~"),
    mark("#", r"(?<=[ \t])#{1,6}[ \t]{0,20}(?=\n)|(?<![\w&#])#(?=\p{L})"),
    mark("|", r"(?:\|[ \t]{0,20}){1,20}(?=\n)"),
    mark("|", r"(?:\|[ \t]{0,20}){1,20}(?=[^\s|])", ", "),
    mark("•▪●", r"[•▪●]", ", "),
)

_LATEX_WORDS = {
    "times": " \u00d7 ", "cdot": " \u00d7 ", "div": " ÷ ", "pm": " ± ", "neq": " ≠ ", "ne": " ≠ ",
    "le": " ≤ ", "leq": " ≤ ", "ge": " ≥ ", "geq": " ≥ ", "approx": " ≈ ", "to": " → ",
    "rightarrow": " → ", "sqrt": " square root of ", "infty": " infinity ", "degree": "°",
    "circ": "°", "ldots": "…", "dots": "…", "left": "", "right": "", "text": "", "mathrm": "",
    "mathbf": "", "boxed": "", "begin": "", "end": "", "quad": " ", "displaystyle": "",
}  # fmt: skip


def _command(match: Match) -> str:
    name = str(match[1])
    return _LATEX_WORDS.get(name, f" {name} ")


_FORMULAS = (
    mark("$", r"\$\$"),
    # Pandoc's rule, and no digit at the start: "$5 and $6" is money.
    mark(
        "$",
        r"\$([a-z\\({|](?:[^$\n]{0,80}[^\s$])?)\$(?=[^\w$])",
        lambda match: plain_formula(match[1]),
    ),
    mark(
        "\\",
        r"\\[dt]?frac\{([^{}\n]{1,40})\}\{([^{}\n]{1,40})\}",
        lambda match: f" {plain_formula(match[1])} over {plain_formula(match[2])} ",
    ),
    mark("\\", r"\\([a-z]{2,20})(?=[^a-z])[ \t]?", _command),
    mark(
        "\\", r"\\([!#$%&*+,./:;<=>?@^_`{|}~\"'-])", lambda m: "" if m[1] in "{},;!" else str(m[1])
    ),
    mark("\\", r"\\[()\[\]\\]"),
    mark("\\", r"\\", " "),
    mark("^", r"\^(?:\{2\}|2(?=\D))", "²"),
    mark("^", r"\^(?:\{3\}|3(?=\D))", "³"),
    mark("^", r"(?<=[\w)}])\^\{?(?=[\w(+-])", " to the power of "),
    mark("^", r"\^"),
    mark("{}", r"[{}]"),
)

MARKS = (*_HIDDEN, *_BLOCKS, *_LINKS, *_TAGS, *_EMPHASIS, *_FORMULAS)
"""In matching order."""


def plain_formula(text: object) -> str:
    """A formula's text with its marks replaced once, for use within other marks."""
    written, at = "", 0
    text = f"{text}\n"
    while at < len(text) - 1:
        found = (
            (mark, match)
            for mark in _FORMULAS
            if text[at] in mark.firsts and (match := mark.pattern.match(text, at))
        )
        mark, match = next(found, (None, None))
        written += mark.say(match) if mark and match else text[at]
        at = match.end() if match else at + 1
    return written.replace("_", " ")
