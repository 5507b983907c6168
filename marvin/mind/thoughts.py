"""How language models mark their reasoning ("thoughts"), which is neither spoken nor remembered."""

import regex

from marvin.mind.mark import NEVER, hidden, mark

_THINKING = (
    r"(?:\w{1,20}[:_])?think(?:ing)?(?:_\w{1,20})?|thoughts?|thought_process|"
    r"reason(?:ing)?(?:_\w{1,20})?|reflection|scratchpad|analysis|deliberation|"
    r"(?:inner_|internal_)?monologue|chain_of_thought|cot|rationale|plan(?:ning)?"
)
_BRACKETED = r"(?:THINK(?:ING)?|THOUGHTS?|REASONING)"
THOUGHT_ENDS = (
    rf"<\s?/\s?(?:{_THINKING})\s{{0,2}}>|\[/{_BRACKETED}\]|◁/think▷|<\|END_THINKING\|>|"
    r"<\|(?:/|end_?of_?)(?:think(?:ing)?|thought)\|>|\[BEGIN FINAL RESPONSE\]"
)
_FINAL = (
    r"<\|channel\|>\s{0,2}final[^<\n]{0,40}<\|message\|>|"
    r"assistant(?:<\|channel\|>)?\s{0,2}final(?:<\|message\|>)?"
)
_ANSWER = r"\n[\s*]{0,4}(?:Final )?(?:Answer|Response|Reply):[\s*]{0,4}"

THOUGHTS = (
    # A tag that the text talks about.
    mark(
        "<",
        rf"<(/?(?:{_THINKING}|tool_call|function_call|details|[a-z]{{1,6}}))>"
        r"(?=[\"'”]|[ \t](?:tags?|tokens?|elements?|blocks?|is|means|marks|makes)\b)",
        lambda match: str(match[1]).replace("_", " "),
    ),
    # DeepSeek R1, Qwen 3 and others; Magistral; Kimi; OpenThinker; Command A; Gemma; Apertus.
    hidden(
        "<", r"<\s?(think(?:ing)?|thoughts?)(?:\s[^<>\n]{0,200}|\n)?(?<!/)>", r"<\s?/\s?{0}\s{0,2}>"
    ),
    hidden("<", rf"<({_THINKING})(?:\s[^<>\n]{{0,200}})?(?<!/)>", r"</{0}\s{0,2}>"),
    hidden("&", r"&lt;think(?:ing)?&gt;", r"&lt;/think(?:ing)?&gt;"),
    hidden("[", rf"\[{_BRACKETED}\]", rf"\[/{_BRACKETED}\]"),
    hidden("`", r"(`{3,12})(?:think(?:ing)?|thoughts?|reasoning)[ \t]*\n", "{0}"),
    hidden("◁", r"◁think▷", r"◁/think▷"),
    hidden(
        "<",
        r"<\|(?:(?:begin|start)_?of_?)?(?:think(?:ing)?|thought)\|>",
        r"<\|(?:/|end_?of_?)(?:think(?:ing)?|thought)\|>",
    ),
    hidden("<", r"<\|START_(THINKING|ACTION)\|>", r"<\|END_{0}\|>"),
    hidden("<", r"<\|channel>\s{0,2}thought", r"<channel\|>"),
    hidden("<", r"<unused94>", r"<unused95>"),
    hidden("<", r"<\|inner_prefix\|>", r"<\|inner_suffix\|>"),
    hidden("<", r"<details\s[^<>\n]{0,80}reasoning[^<>\n]{0,80}>", "</details>"),
    # gpt-oss, also without its special tokens: "analysisHm.assistantfinalYes."
    hidden("<", r"<\|channel\|>\s{0,2}(?:analysis|commentary)", _FINAL),
    mark("<", r"<\|channel\|>\s{0,2}final[^<\n]{0,40}<\|message\|>"),
    hidden(
        "ac",
        r"""(?-i:(?:assistant)?(?:analysis|commentary))(?:(?=[\p{L}\d"'“(*<{])|:?\s{0,3}\n)""",
        rf"{_FINAL}|\n\s{{0,3}}(?-i:final)\s{{0,3}}\n",
        at_start=True,
    ),
    mark("af", r"""(?-i:(?:assistant)?final)(?:(?-i:(?=[\p{Lu}"'“]))|\s{0,2}\n)""", at_start=True),
    # Llama, Gemma: the role name, left over from the template.
    mark(
        "amA", r"(?-i:assistant|model)[ \t]{0,3}\n{1,4}|assistant:[ \t]{1,3}(?=\S)", at_start=True
    ),
    hidden("a", r"(?<=[^\s\w])(?-i:assistant)\n\n", NEVER),
    # Granite; Apriel; ReAct; Ollama's own client.
    hidden("H", r"Here is my thought process:", r"Here is my response:\s{0,4}", at_start=True),
    hidden("H", r"Here are my reasoning steps:", r"\[BEGIN FINAL RESPONSE\]", at_start=True),
    mark("[", r"\[(?:BEGIN|END) FINAL RESPONSE\]"),
    hidden("T", r"Thinking\.\.\.\s{0,2}\n", r"\.\.\.\s?done thinking\.", at_start=True),
)

LIKELY_THOUGHT = regex.compile(
    r"\s{0,9}(?:(?:okay|ok|alright|all right|hm{1,9}|well|so|now|right|wait|first|oh|ah)[,.…!]{0,3}"
    r"\s{1,2}){0,3}(?:(?:the )?user\b|hm{1,9}\b|let(?: me|.s) (?:think|see)\b|"
    r"(?<=(?:kay|ght), )so\b|"
    r"(?:i|we)(?: need to| have to| should| must)\b|this is a (?:simple )?greeting\b|"
    r"[*#\s]{0,5}(?:thinking|reasoning|analysis|thought)(?: process)?[*\s]{0,3}:)(?=.)",
    regex.IGNORECASE | regex.DOTALL,
)
"""The start of a text that may be reasoning opened by the prompt."""
_FIRST_WORDS = regex.compile(r"(?:.{60,160}?[.!?…](?=\s)|.{160})", regex.DOTALL)
_END_FOLLOWS = 20
"""Maximum distance in characters between a sentence and the end of the reasoning."""
_SIGNS = regex.compile(
    r"\buser(?:'s)?\s(?:is|was|has|had|just|wants?|wanted|asks?|asked|says?|said|greets?|greeted|"
    r"seems?|needs?|might|may|wrote|sent|did|didn't|mentioned|probably|likely|would|could|query|"
    r"question|message|input|request|prompt)(?=\W)|"
    r"\b(?:i|we)(?:'ll| need to| have to| should| must)(?: just)? (?:answer|respond|reply|recall|"
    r"figure|think|make sure|consider|provide|explain|greet|acknowledge|be|keep|use|call|set|give|"
    r"check (?:if|what|whether))(?=\W)|"
    r"\bthey(?:'re| are) (?:asking|looking|greeting|saying)(?=\W)|"
    r"\blet me (?:recall|see|break|figure)(?=\W)|\b(?:simple )?greeting(?=[.,])|"
    r"\bthe (?:system prompt|question (?:is|asks)|instructions)(?=\W)|"
    r"(?<=[.!?]\s)wait,|^[\s*#]{0,9}\w{1,9} process\W",
    regex.IGNORECASE,
)
"""Phrases that are never addressed to the user."""
LIKELY_ENDS = regex.compile(f"{THOUGHT_ENDS}|{_FINAL}|{_ANSWER}", regex.IGNORECASE)


def is_thought(text: str, *, complete: bool) -> bool | None:
    """Classify possible reasoning by its first words; None if more text is needed.

    An answer must not wait for its end: after a sentence or two without a sign of reasoning, it
    counts as an answer.
    """
    first = _FIRST_WORDS.match(text)
    limit = first.end() + _END_FOLLOWS if first else None
    seen = text[:limit]
    if _SIGNS.search(seen) or LIKELY_ENDS.search(seen):
        return True
    return False if complete or (limit is not None and len(text) >= limit) else None
