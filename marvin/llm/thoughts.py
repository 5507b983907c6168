"""How language models mark what they think, which is neither spoken nor remembered."""

import regex

from marvin.llm.mark import NEVER, at_start, hidden, mark

_THINKING = (
    r"(?:\w{1,20}[:_])?think(?:ing)?(?:_\w{1,20})?|thoughts?|thought_process|"
    r"reason(?:ing)?(?:_\w{1,20})?|reflection|scratchpad|analysis|deliberation|"
    r"(?:inner_|internal_)?monologue|chain_of_thought|cot|rationale"
)
THOUGHT_ENDS = (
    rf"<\s?/\s?(?:{_THINKING})\s{{0,2}}>|\[/THINK(?:ING)?\]|◁/think▷|<\|END_THINKING\|>|"
    r"<\|(?:/|end_?of_?)(?:think(?:ing)?|thought)\|>|\[BEGIN FINAL RESPONSE\]"
)
_FINAL = (
    r"<\|channel\|>\s{0,2}final[^<\n]{0,40}<\|message\|>|"
    r"assistant(?:<\|channel\|>)?\s{0,2}final(?:<\|message\|>)?"
)
_ANSWER = r"\n[\s*]{0,4}(?:Final )?(?:Answer|Response|Reply):[\s*]{0,4}"

THOUGHTS = (
    # DeepSeek R1, Qwen 3 and others; Magistral; Kimi; OpenThinker; Command A; Gemma; Apertus.
    hidden(
        "<",
        r"<\s?(think(?:ing)?|thoughts?)(?:\s[^<>\n]{0,200}|\n)?(?<!/)>",
        r"<\s?/\s?{0}\s{0,2}>",
    ),
    hidden("<", rf"<({_THINKING})(?:\s[^<>\n]{{0,200}})?(?<!/)>", r"</{0}\s{0,2}>"),
    hidden("&", r"&lt;think(?:ing)?&gt;", r"&lt;/think(?:ing)?&gt;"),
    hidden("[", r"\[THINK(ING)?\]", r"\[/THINK(?:ING)?\]"),
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
    # gpt-oss, also where its special tokens were left out: "analysisHm.assistantfinalYes."
    hidden("<", r"<\|channel\|>\s{0,2}(?:analysis|commentary)", _FINAL),
    mark("<", r"<\|channel\|>\s{0,2}final[^<\n]{0,40}<\|message\|>"),
    at_start(
        hidden(
            "ac",
            r"""(?-i:(?:assistant)?(?:analysis|commentary))(?:(?=[\p{L}\d"'“(*<{])|:?\s{0,3}\n)""",
            rf"{_FINAL}|\n\s{{0,3}}(?-i:final)\s{{0,3}}\n",
        )
    ),
    at_start(mark("af", r"""(?-i:(?:assistant)?final)(?:(?-i:(?=[\p{Lu}"'“]))|\s{0,2}\n)""")),
    # Llama, Gemma: the name of the role, left over from the template.
    at_start(mark("amA", r"(?-i:assistant|model)[ \t]{0,3}\n{1,4}|assistant:[ \t]{1,3}(?=\S)")),
    hidden("a", r"(?<=[^\s\w])(?-i:assistant)\n\n", NEVER),
    # Granite; Apriel; ReAct; Ollama's own client.
    at_start(hidden("H", r"Here is my thought process:", r"Here is my response:\s{0,4}")),
    at_start(hidden("H", r"Here are my reasoning steps:", r"\[BEGIN FINAL RESPONSE\]")),
    mark("[", r"\[(?:BEGIN|END) FINAL RESPONSE\]"),
    at_start(hidden("T", r"Thought:\s", _ANSWER)),
    at_start(hidden("T", r"Thinking\.\.\.\s{0,2}\n", r"\.\.\.\s?done thinking\.")),
)

LIKELY_THOUGHT = regex.compile(
    r"\s{0,9}(?:(?:okay|ok|alright|all right|hm{1,9}|well|so|now|right|wait|first|oh|ah)[,.…!]{0,3}"
    r"\s{1,2}){0,3}(?:(?:the )?user\b|hm{1,9}\b|let(?: me|.s) think\b|(?<=(?:kay|ght), )so\b|"
    r"(?:i|we)(?: need to| have to| should| must)\b|this is a (?:simple )?greeting\b|"
    r"[*#\s]{0,5}(?:thinking|reasoning|analysis|thought process)(?: process)?[*\s]{0,3}:)(?=.)",
    regex.IGNORECASE | regex.DOTALL,
)
"""A text that begins like this may be a thought that the prompt had opened."""
LIKELY_ENDS = regex.compile(f"{THOUGHT_ENDS}|{_FINAL}|{_ANSWER}", regex.IGNORECASE)
"""Of such a text."""
