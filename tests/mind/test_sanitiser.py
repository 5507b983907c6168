"""Removes what must not be spoken from a language model's text, however the text is split."""

import random
from collections.abc import Iterable

import pytest

from marvin.mind.marks import LEFT_OUT
from marvin.mind.sanitiser import Sanitiser

WRITTEN = {
    # Plain text, and what only looks like markup.
    "It is 5 * 3 = 15, 2*3*4, 2 < 3 and 4 > 3.": "It is 5 * 3 = 15, 2*3*4, 2 < 3 and 4 > 3.",
    "C# and F#, a_b, snake_case, AT&T, #5, 20 °C.": "C# and F#, a_b, snake_case, AT&T, #5, 20 °C.",
    "It costs $5 and $6, or 5$.": "It costs $5 and $6, or 5$.",
    "She said: “Oui !” (really) \u2013 3-4 times…": "She said: “Oui !” (really) \u2013 3-4 times…",
    "नमस्ते, می‌خواهم, naïve cafe\u0301.": "नमस्ते, می‌خواهم, naïve cafe\u0301.",
    "1984 was a year.\n10 people came.": "1984 was a year.\n10 people came.",
    # Emphasis.
    "**Bold**, *it*, ***both***, __b__ and _i_, ~~no~~.": "Bold, it, both, b and i, no.",
    "An *open one and **another": "An open one and another",
    "**5** apples and *7*.": "5 apples and 7.",
    # Blocks.
    "# Title\n\nText.": "Title.\n\nText.",
    "## Closed ##\nText": "Closed.\nText",
    "Title\n=====\nText": "Title\n\nText",
    "One\n\n---\n\nTwo\n* * *\nThree": "One\n\nTwo\n\nThree",
    "Buy:\n- milk\n* eggs!\n  + *more* eggs\n• tea": "Buy:\nmilk.\neggs!\nmore eggs.\ntea.",
    "1. First\n2) Second\n": "1. First.\n2. Second.",
    "- [ ] open\n- [x] done": "open.\ndone.",
    "> quoted\n>> twice": "quoted\ntwice",
    "| Day | Sky |\n|-----|:---:|\n| Mon | sun |": "Day, Sky.\n\nMon, sun.",
    "a | b\n--- | ---\n1 | 2": "a, b\n\n1, 2",
    "-5 degrees\n*bold* line": "-5 degrees\nbold line",
    # Code.
    "Do:\n```python\nprint(1)\n```\nDone.\n```\nmore\n```": f"Do:\n\n{LEFT_OUT}\n\nDone.",
    "````md\n```\nx\n```\n````\nDone.": f"{LEFT_OUT}\n\nDone.",
    "~~~\nx\n~~~\nDone.": f"{LEFT_OUT}\n\nDone.",
    "Never closed: ```x = 1": f"Never closed:\n\n{LEFT_OUT}",
    "Call `len()` or ``ls -l``, not `a[i]++;`.": "Call len or ls -l, not some code.",
    "An open ` is nothing.": "An open is nothing.",
    # Links.
    "See [the docs](https://a.b/c_(d) \"T\").": "See the docs.",
    "![A cat](cat.png) and [x][1], [y] (z).": "A cat and x, y (z).",
    "Go to https://www.example.com/a?b=c#d, now.": "Go to example.com, now.",
    "<https://docs.rs/x>, <me@x.org> or www.python.org.": "docs.rs, me@x.org or python.org.",
    "https://en.wikipedia.org/wiki/X_(Y).": "en.wikipedia.org.",
    "It is so[1][2], says he.[^3]\n[a]: http://x.y\nEnd【4†source】.": "It is so, says he.\n\nEnd.",
    "Cut off in a [link](http://exam": "Cut off in a link",
    # HTML.
    "<b>x</b><br/>y &amp; z&nbsp;&lt;3 &unknown;": "x\ny & z <3 &unknown;",
    '<p class="a">One</p><ul><li>Two</li></ul><!-- no --><script>no</script>': "One.\n\nTwo.",
    # Emoji and invisible characters.
    "Hi 😀! 👨‍👩‍👧 👍🏽 ☀️ 5️⃣ 🇩🇪, ok.": "Hi! 5, ok.",
    "zero\u200bwidth \ufeffsoft\u00adhyphen \x07bell \ud800half \ufffd.":
        "zerowidth softhyphen bell half.",
    "\x1b[31mred\x1b[0m\r\nline": "red\nline",
    # Formulas.
    r"So \(a \times b\), $x^2$ and $$\frac{1}{2}$$.": "So a \u00d7 b, x² and 1 over 2.",
    r"\[E = mc^{2}\] at C:\Users, 5\% \*not\*": "E = mc² at C: Users, 5% *not*",
    # Reasoning.
    "<think>\nHm. **No**.\n</think>\n\nYes.": "Yes.",
    "<THINKING>a</think>b</Thinking>Yes.": "Yes.",
    "[THINK]Hm[/THINK]Yes. ◁think▷Hm◁/think▷No.": "Yes. No.",
    "Yes. <think>and so on": "Yes.",
    "Left open by the prompt.</think>Yes.": "Left open by the prompt.\n\nYes.",
    "<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>"
    "final<|message|>Yes.<|return|>": "Yes.",
    '<think time="3">secret</think>Hello.': "Hello.",
    "<think>secret</think >Hello.": "Hello.",
    "<think/>Hello.": "Hello.",
    "< think >secret</ think >Hello.": "Hello.",
    "<think\n>secret</think>Hello.": "Hello.",
    "&lt;think&gt;secret&lt;/think&gt;Hello.": "Hello.",
    "We need to say hello. So: hello.</think>Hello.": "Hello.",
    "User greeted. Be polite.assistantfinalHello.": "Hello.",
    "**Thinking:** secret\n\n**Answer:** Hello.": "Hello.",
    "Reasoning: secret\nFinal answer: Hello.": "Hello.",
    "Reasoning: it is late.": "Reasoning: it is late.",
    "analysis\n\nsecret\n\nfinal\n\nHello.": "Hello.",
    "final\nHello.": "Hello.",
    "<analysis>secret</analysis>Hello.": "Hello.",
    "<reasoning>secret</reasoning>Hello.": "Hello.",
    "<Thought>secret</Thought>Hello.": "Hello.",
    "<seed:think>secret</seed:think>Hello.": "Hello.",
    "<longcat_think>secret</longcat_think>Hello.": "Hello.",
    "<|thinking|>secret<|/thinking|>Hello.": "Hello.",
    "<|startofthink|>secret<|endofthink|>Hello.": "Hello.",
    "<|channel>thought\nsecret<channel|>Hello.": "Hello.",
    "<unused94>thought\nsecret<unused95>Hello.": "Hello.",
    "[THINKING]secret[/THINKING]Hello.": "Hello.",
    '<details type="reasoning" done="true">secret</details>Hello.': "Hello.",
    "Thinking...\nsecret\n...done thinking.\n\nHello.": "Hello.",
    "Thought: secret\nFinal Answer: Hello.": "Hello.",
    "Here is my thought process: secret. Here is my response: Hello.": "Hello.",
    "Here are my reasoning steps:\nsecret[BEGIN FINAL RESPONSE]Hello.[END FINAL RESPONSE]":
        "Hello.",
    "The user greets me.</think>Hello.": "Hello.",
    "Okay, the user says hi. Let me see.\n</think>\n\nHello.": "Hello.",
    "Hmm, what is it?</think>Hello.": "Hello.",
    "Alright, so this is a greeting.</think>Hello.": "Hello.",
    "We need to answer shortly.</think>Hello.": "Hello.",
    "\nUser asks for a joke.[/THINK]Hello.": "Hello.",
    "</think>Hello.": "Hello.",
    "The user guide is on the table.": "The user guide is on the table.",
    "Okay, so that is **it**.": "Okay, so that is it.",
    "Let me think. I think so.": "Let me think. I think so.",
    "Thought: it is a noun. It means an idea.": "Thought: it is a noun. It means an idea.",
    "```thinking\nsecret\n```\nHello.": "Hello.",
    "[THOUGHT]secret[/THOUGHT]Hello.": "Hello.",
    "<planning>secret</planning>Hello.": "Hello.",
    "<final_answer>Hello.</final_answer>": "Hello.",
    "<start_of_turn>model\nHello.<end_of_turn>": "Hello.",
    "The <think> tag hides a thought. Ask me more.":
        "The think tag hides a thought. Ask me more.",
    'The "<tool_call>" tag calls a tool.': 'The "tool call" tag calls a tool.',
    "In HTML, <b> is bold, <i> means italics.": "In HTML, b is bold, i means italics.",
    'Okay. {"name": "set_timer", "arguments": {"minutes": 5}}': "Okay.",
    "Yes.\n\nUser: And now?\nAssistant: No.": "Yes.",
    "Yes.\nUser: a person who uses it.": "Yes.\nUser: a person who uses it.",
    "analysisThe user says hi.assistantfinalHello.": "Hello.",
    "assistantanalysisThe user says hi.assistantfinalHello.": "Hello.",
    "analysis\nThe user says hi.\nassistantfinal Hello.": "Hello.",
    "commentaryto=functions.x json{}": "",
    "analysis: the figures are up.": "analysis: the figures are up.",
    "finalHello.": "Hello.",
    "finalists met.": "finalists met.",
    "analysis<|message|>secret<|end|><|start|>assistant<|channel|>final<|message|>Hello.": "Hello.",
    "assistant\n\nHello.": "Hello.",
    "assistant\nHello.": "Hello.",
    "model\nHello.": "Hello.",
    "Assistant: Hello.": "Hello.",
    "Hello.assistant\n\nHello again.": "Hello.",
    "My assistant\n\nis here.": "My assistant\n\nis here.",
    # Tools.
    'One moment.\n<tool_call>\n{"name": "x"}\n</tool_call>': "One moment.",
    "<function=get>{}</function>Yes.": "Yes.",
    '[TOOL_CALLS][{"name": "x"}]': "",
    'Yes.<|python_tag|>print("no")': "Yes.",
    '{"name": "get", "parameters": {"a": 1}}': "",
    '```json\n{"name": "get"}\n```\nYes.': "Yes.",
    "<\uff5ctool▁calls▁begin\uff5c>x<\uff5ctool▁calls▁end\uff5c>Yes.": "Yes.",
    "[set_timer(minutes=5)]": "",
    "set_timer(minutes=5)": "",
    "set_timer(minutes=5)\nDone.": "Done.",
    "setTimer(minutes=5)": "",
    'HassTurnOn(name="light", area="kitchen")': "",
    '[set_timer(minutes=5), HassTurnOn(name="lamp")]': "",
    "Sure. [set_timer(minutes=5, name='tea')]": "Sure.",
    "One moment. set_timer(minutes=5)": "One moment.",
    "get_current_time()": "",
    "startTimer()": "",
    "SetTimer(minutes: 5)": "",
    "tool_call: set_timer(minutes=5)": "",
    "<function>set</function>Yes.": "Yes.",
    "<set_timer><minutes>5</minutes></set_timer>Yes.": "Yes.",
    'set_timer({"minutes": 5})': "",
    'set_timer("5 minutes")': "",
    'set_timer{"minutes": 5}': "",
    'set_timer\n{"minutes": 5}': "",
    "print(default_api.set_timer(minutes=5))": "",
    "timers.set(minutes=5); timers.list(all=True)": "",
    "Action: set_timer\nAction Input: 5": "",
    'functools[{"name": "set_timer"}]': "",
    "call:set_timer{minutes:5}": "",
    "<start_function_call>call:f{a:1}<end_function_call>Yes.": "Yes.",
    "<|tool_call>call:f{a:1}<tool_call|>Yes.": "Yes.",
    "[TOOL_REQUEST]{}[END_TOOL_REQUEST]Yes.": "Yes.",
    '<tool_use name="x">{}</tool_use>Yes.': "Yes.",
    "<xai:function_call>{}</xai:function_call>Yes.": "Yes.",
    '{"type": "function", "function": {}}': "",
    "{'name': 'set_timer', 'arguments': {}}": "",
    '{"tool_calls": []}': "",
    # Prose that only looks like a tool call.
    "f(x) = 2 and f(x=1) = 3.": "f(x) = 2 and f(x=1) = 3.",
    "sin(x) is odd. Print (twice) it.": "sin(x) is odd. Print (twice) it.",
    "Hello (again).": "Hello (again).",
    "snake_case (see below) is odd.": "snake_case (see below) is odd.",
    "I met her. maybe (or not).": "I met her. maybe (or not).",
    # Special tokens.
    "<s>Yes.</s><|im_end|><|eot_id|><\uff5cend▁of▁sentence\uff5c>": "Yes.",
    "<|im_start|>assistant\nYes.<|im_end|>\n<|im_start|>user\nAnd now?": "Yes.",
    "": "",
    " \n ": "",
}  # fmt: skip


def spoken(deltas: Iterable[str]) -> str:
    sanitiser = Sanitiser()
    return "".join(map(sanitiser.feed, deltas)) + sanitiser.end()


@pytest.mark.parametrize("text", WRITTEN)
def test_markup_is_not_spoken_however_the_text_is_split(text: str) -> None:
    assert spoken([text]) == WRITTEN[text]
    assert spoken(text) == WRITTEN[text]


def test_random_markup_gives_the_same_result_for_every_split() -> None:
    dice = random.Random(4)
    soup = [text[at : at + 7] for text in WRITTEN for at in range(0, len(text), 7)]
    soup += ["*", "_", "`", "```", "~~~", "<", "[", "](", "$", "\\", "^", "|", "#", "\n", "- ", " "]
    for _ in range(1500):
        text = "".join(dice.choices(soup, k=dice.randint(1, 20)))
        cuts = sorted(dice.choices(range(len(text) + 1), k=dice.randint(0, 8)))
        parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        whole = spoken([text])
        assert spoken(parts) == whole, text
        assert spoken(text) == whole, text
        assert "```" not in whole
        assert "😀" not in whole


@pytest.mark.parametrize(
    "mark", ["*", "<", "[", "`", "$x", "_", "#", "&", "~", "\\", "!", "|", "{"]
)
def test_single_markup_character_does_not_delay_the_speech(mark: str) -> None:
    sanitiser = Sanitiser()
    words = "and then many more words of plain prose follow without any other mark at all, " * 3
    said = sanitiser.feed(f"Some text {mark} ")
    assert said.startswith("Some text")
    waiting = 0
    for word in words.split(" "):
        waiting = 0 if sanitiser.feed(f"{word} ") else waiting + len(word) + 1
        assert waiting < 150


def test_plain_words_are_released_at_once() -> None:
    sanitiser = Sanitiser()
    assert [sanitiser.feed(delta) for delta in ("The", " sky", " is", " blue.")] == [
        "",  # It may still become reasoning or a tool call.
        "The sky",
        " is",
        " blue.",
    ]


@pytest.mark.parametrize(
    "first",
    ["Okay, so the capital of France is Paris, on the Seine.", "I need to know a bit more of it."],
)
def test_answer_that_begins_like_reasoning_is_spoken_before_its_end(first: str) -> None:
    sanitiser = Sanitiser()
    said = sanitiser.feed(f"{first} It has two million people, and many of them work there. ")
    assert said == "", "it may still be reasoning"
    said += sanitiser.feed("The other ones live there.")
    assert said.startswith(first)


@pytest.mark.parametrize(
    "first",
    [
        "Okay, so I need to figure out what they mean by this and that. ",
        "Hmm, it is late. And then, as the user wants to know where it is, I look. ",
        "We need to respond politely. ",
    ],
)
def test_long_reasoning_without_a_tag_is_recognised_by_its_first_words(first: str) -> None:
    sanitiser = Sanitiser()
    assert sanitiser.feed(first + "It may be this. It may be that. " * 40) == ""
    assert sanitiser.feed("</think>Hello.") + sanitiser.end() == "Hello."


def test_long_reasoning_is_not_kept_in_memory() -> None:
    sanitiser = Sanitiser()
    sanitiser.feed("<think>")
    for _ in range(1000):
        assert sanitiser.feed("one thing and another, ") == ""
    assert sanitiser.feed("</think>Yes.") == "Yes."
