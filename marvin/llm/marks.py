"""What language models write that nobody wants to hear: one table of marks.

A pattern must not depend on where the text happens to end so far: it ends with something certain
or with a lookahead, so that the same text gives the same marks however it comes. How far it may
run without an end is bounded, or a lone bracket would hold up the speech.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass, replace

# The standard library cannot tell "no match" from "no match yet".
import regex

LEFT_OUT = "I left out the code."
"""Spoken once instead of code."""
SOME_CODE = "some code"
"""Spoken instead of short code between words."""

_BREAK = "\n\n"
_NEVER = "(?!)"
"""Hidden up to the end of the text."""

Pattern = regex.Pattern[str]
Match = regex.Match[str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece of syntax."""

    firsts: str
    """The characters that it can begin with."""
    pattern: Pattern
    say: Callable[[Match], str]
    """What stands in its place, itself free of marks."""
    hides_to: Callable[[Match], str] | None = None
    """Pattern of the end of what it hides."""
    at_line_start: bool = False
    """It is one only where a line begins."""
    stays_at_start: bool = False
    """What follows still begins the line."""
    makes_sentence: bool = False
    """The line is a sentence: it gets a full stop where it has none."""
    once: bool = False
    """Only the first of its kind is spoken."""


def _mark(firsts: str, pattern: str, say: str | Callable[[Match], str] = "") -> Mark:
    spoken = (lambda match: say) if isinstance(say, str) else say
    return Mark(firsts, regex.compile(pattern, regex.IGNORECASE), spoken)


def _hidden(firsts: str, pattern: str, to: str, say: str = "", *, once: bool = False) -> Mark:
    """A span that is left out. In `to`, `{0}` is the first group of what began it."""
    compiled = regex.compile(pattern, regex.IGNORECASE)

    def hides_to(match: Match) -> str:
        return to.replace("{0}", regex.escape(match[1])) if "{0}" in to else to

    return Mark(firsts, compiled, lambda match: say, hides_to, once=once)


def _line(
    firsts: str,
    pattern: str,
    say: str | Callable[[Match], str] = "",
    *,
    stays_at_start: bool = False,
    makes_sentence: bool = False,
) -> Mark:
    return replace(
        _mark(firsts, pattern, say),
        at_line_start=True,
        stays_at_start=stays_at_start,
        makes_sentence=makes_sentence,
    )


_THINKING = "think|thinking|thoughts?|reasoning|reflection|scratchpad|seed:think"
THOUGHT_ENDS = rf"</(?:{_THINKING})>|\[/THINK\]|◁/think▷|<\|END_THINKING\|>"
_TOOLS = "tool_calls?|tool_code|tool_response|function_calls?|minimax:tool_call"
_TOOL_JSON = r'\[?\s{0,9}\{\s{0,9}"(?:name|function|tool|tool_name|tool_calls|action)"'

_HIDDEN = (
    # Thoughts: DeepSeek R1, Qwen 3 and others; Magistral; Kimi; OpenThinker; Command A; gpt-oss.
    _hidden("<", rf"<({_THINKING})>", "</{0}>"),
    _hidden("[", r"\[THINK\]", r"\[/THINK\]"),
    _hidden("◁", r"◁think▷", r"◁/think▷"),
    _hidden("<", r"<\|begin_of_thought\|>", r"<\|end_of_thought\|>"),
    _hidden("<", r"<\|START_(THINKING|ACTION)\|>", r"<\|END_{0}\|>"),
    _hidden(
        "<",
        r"<\|channel\|>\s{0,2}(?:analysis|commentary)",
        r"<\|channel\|>\s{0,2}final[^<\n]{0,40}<\|message\|>",
    ),
    _mark("<", r"<\|channel\|>\s{0,2}final[^<\n]{0,40}<\|message\|>"),
    # Tools: Hermes and Qwen; Llama 3; Mistral; InternLM; DeepSeek; Kimi.
    _hidden("<", rf"<({_TOOLS})(?:\s[^<>\n]{{0,200}})?>", "</{0}>"),
    _hidden("<", r"<(function|invoke|tool)[=\s][^<>\n]{1,200}>", "</{0}>"),
    _hidden("<", r"<\|python_tag\|>", _NEVER),
    _hidden("[", r"\[TOOL_CALLS\]", _NEVER),
    _hidden("<", r"<\|action_start\|>", r"<\|action_end\|>"),
    _hidden("<", r"<\uff5c(tool▁calls?)▁begin\uff5c>", "<\uff5c{0}▁end\uff5c>"),
    _hidden("<", r"<\|(tool_calls?(?:_section)?)_begin\|>", r"<\|{0}_end\|>"),
    Mark(
        "{[",
        regex.compile(_TOOL_JSON + r"\s{0,9}:"),
        lambda match: "",
        lambda match: _NEVER,
        at_line_start=True,
    ),
    # A model that does not stop goes on with the user's part.
    _hidden(
        "<",
        r"<\|(?:im_start|start_header_id|start)\|>\s{0,2}(?:user|system|tool|ipython|developer)",
        _NEVER,
    ),
    _hidden("<", r"<start_of_turn>user", _NEVER),
    # Code, and what a page does not show either.
    _hidden("`", rf"(`{{3,12}})[ \t]*(?:tool_\w{{1,20}}|\w{{0,12}}\s{{0,4}}{_TOOL_JSON})", "{0}"),
    _hidden("`", r"(`{3,12})(?=[^`])", "{0}", f"{_BREAK}{LEFT_OUT}{_BREAK}", once=True),
    _hidden("<", r"<(script|style|svg)(?:\s[^<>\n]{0,200})?>", "</{0}>"),
    _hidden("<", "<!--", "-->"),
)


def _inline_code(match: Match) -> str:
    code = str(match[2]).strip()
    return code.removesuffix("()") if _WORDS.fullmatch(code) else SOME_CODE


_WORDS = regex.compile(r"[^{}\[\]();\\|<>$=]{1,40}(?:\(\))?")

_BLOCKS = (
    _line(" \t", r"[ \t]", stays_at_start=True),
    _line(">", r">", stays_at_start=True),
    _line("#", r"#{1,6}(?:[ \t]{1,20}(?=\S)|[ \t]{0,20}(?=\n))", makes_sentence=True),
    _line("-*_=", r"([-*_=])(?:\1{1,400}|(?:[ \t]{1,3}\1){2,20})[ \t]{0,20}(?=\n)", _BREAK),
    _line(
        "|:-",
        r"\|?[ \t]{0,9}:?-{2,80}:?[ \t]{0,9}(?:\|[ \t]{0,9}:?-{0,80}:?[ \t]{0,9}){1,40}(?=\n)",
    ),
    _line("|", r"\|", stays_at_start=True, makes_sentence=True),
    _line(
        "-*+•‣◦·▪●\u2013—",
        r"[-*+•‣◦·▪●\u2013—][ \t]{1,20}(?=\S)",
        stays_at_start=True,
        makes_sentence=True,
    ),
    _line("[", r"\[[ x]\][ \t]{1,4}(?=\S)", stays_at_start=True),
    _line(
        "0123456789",
        r"(\d{1,3})[.)][ \t]{1,20}(?=\S)",
        lambda match: f"{match[1]}. ",
        makes_sentence=True,
    ),
    _line("[", r"\[[^\]^\n]{1,60}\]:[ \t]{0,9}(?:https?:|www\.|[/#<])[^\n]{0,500}(?=\n)"),
    Mark(
        "~",
        regex.compile(r"~{3,12}(?=[^~])"),
        lambda match: f"{_BREAK}{LEFT_OUT}{_BREAK}",
        lambda match: "~~~(?=[^~])",
        at_line_start=True,
        once=True,
    ),
)

# An address without spaces, balanced in one level of round brackets.
_ADDRESS = r"(?:[^()\s]|\([^()\s]{0,200}\)){0,2000}"
_HOST = r"([\w-]{1,63}(?:\.[\w-]{1,63}){0,8})(?::\d{1,5})?"
_ADDRESS_END = r"(?=[.,;:!?]{0,3}(?:[\s<>)\[\]\"'`*|]|\([^\s()]{0,80}[\s(]))"

_LINKS = (
    _mark("!", r"!(?=\[)"),
    _mark("[", rf"\[(?:\d{{1,3}}|\^[^\]\s]{{1,40}})\](?:\({_ADDRESS}\)|(?=[^(]))"),
    _mark("[", r"\[/?(?:INST|ARGS|TOOL_RESULTS|SYSTEM_PROMPT|/THINK)\]"),
    _mark("[", r"\["),
    _mark("]", rf'\](?:\({_ADDRESS}(?:[ \t]"[^"\n]{{0,200}}")?(?:\)|(?=\n))|\[[^\]\n]{{0,60}}\])'),
    _mark("]", r"\]"),
    _mark("【", r"【[^】\n]{0,40}】"),
    _mark(
        "hHwW",
        r"(?<![^\W_])(?:https?://(?:www\.)?|www\.)"
        + _HOST
        + r"(?:[/?#](?:[^\s<>()\[\]\"'`*|]|\([^\s()]{0,80}\)){0,2000}?)?"
        + _ADDRESS_END,
        lambda match: str(match[1]),
    ),
)

_TAGS = (
    _mark("<[◁", THOUGHT_ENDS, _BREAK),
    _mark("<", r"<(?:\|(?:im_start|start_header_id|start)\|>\s{0,2}assistant|start_of_turn>model)"),
    _mark("<", r"<[|\uff5c][^<>|\uff5c\s]{1,60}[|\uff5c]>"),
    _mark(
        "<",
        rf"<(?:(?:https?://(?:www\.)?|www\.){_HOST}[^<>\s]{{0,2000}}|([\w.+-]{{1,64}}@[\w.-]{{1,99}}))>",
        lambda match: str(match[1] or match[2]),
    ),
    replace(_mark("<", r"</(?:p|li|h[1-6]|tr|div|td|th|dt|dd)>", "\n"), makes_sentence=True),
    _mark("<", r"<(?:br|hr|p|li)[ \t]?/?>", "\n"),
    _mark(
        "<",
        r"</?[a-z][\w:.-]{0,40}"
        r"(?:\s{1,4}[a-z_:-]{1,40}=(?:\"[^\"<>]{0,500}\"|'[^'<>]{0,500}'|[^\s\"'<>]{1,200}))"
        r"{0,20}\s{0,4}/?>",
    ),
    _mark(
        "&", r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", lambda m: html.unescape(m[0])
    ),
    _mark("\x1b", r"\x1b\[[0-9;]{0,20}[a-z]"),
)

_EMPHASIS = (
    _mark("`", r"(`{1,2})(?=[^`])([^`\n]{1,120})\1(?=[^`])", _inline_code),
    _mark("`", "`"),
    # Times and powers, but no emphasis.
    _mark("*", r"(?<=\s)\*(?=[ \t])", "*"),
    _mark("*", r"(?<=\d)\*{1,2}(?=[\w(])|(?<=[\w)])\*(?=\d)", lambda match: str(match[0])),
    _mark("*", r"\*"),
    _mark("_", r"(?<=[^\W_])_{1,9}(?=[^\W_])", lambda match: str(match[0])),
    _mark("_", "_"),
    _mark("~", "~~"),
    _mark("#", r"(?<=[ \t])#{1,6}[ \t]{0,20}(?=\n)|(?<![\w&#])#(?=\p{L})"),
    _mark("|", r"(?:\|[ \t]{0,20}){1,20}(?=\n)"),
    _mark("|", r"(?:\|[ \t]{0,20}){1,20}(?=[^\s|])", ", "),
    _mark("•▪●", r"[•▪●]", ", "),
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
    _mark("$", r"\$\$"),
    # Pandoc's rule, and no digit first: "$5 and $6" is money.
    _mark(
        "$",
        r"\$([a-z\\({|](?:[^$\n]{0,80}[^\s$])?)\$(?=[^\w$])",
        lambda match: plain_formula(match[1]),
    ),
    _mark(
        "\\",
        r"\\[dt]?frac\{([^{}\n]{1,40})\}\{([^{}\n]{1,40})\}",
        lambda match: f" {plain_formula(match[1])} over {plain_formula(match[2])} ",
    ),
    _mark("\\", r"\\([a-z]{2,20})(?=[^a-z])[ \t]?", _command),
    _mark(
        "\\", r"\\([!#$%&*+,./:;<=>?@^_`{|}~\"'-])", lambda m: "" if m[1] in "{},;!" else str(m[1])
    ),
    _mark("\\", r"\\[()\[\]\\]"),
    _mark("\\", r"\\", " "),
    _mark("^", r"\^(?:\{2\}|2(?=\D))", "²"),
    _mark("^", r"\^(?:\{3\}|3(?=\D))", "³"),
    _mark("^", r"(?<=[\w)}])\^\{?(?=[\w(+-])", " to the power of "),
    _mark("^", r"\^"),
    _mark("{}", r"[{}]"),
)

MARKS = (*_HIDDEN, *_BLOCKS, *_LINKS, *_TAGS, *_EMPHASIS, *_FORMULAS)
"""In the order in which they are tried."""


def plain_formula(text: object) -> str:
    """A formula's text, its marks replaced once: what stands inside the brackets of others."""
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
