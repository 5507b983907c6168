"""Tool calls within the text of an answer, which are neither spoken nor run."""

from marvin.mind.mark import NEVER, hidden, mark

_TOOLS = (
    r"tool_calls?|tool_code|tool_response|tool_use|tool_result|tools?|function|function[_-]calls?|function_response|"
    r"\w{1,20}[:_](?:tool|function)_calls?"
)
TOOL_JSON = (
    r'\[?\s{0,9}\{\s{0,9}["\'](?:(?:name|function(?:_call)?|tool|tool_name|tool_calls?|tool_uses|'
    r'action|arguments|parameters|recipient_name)["\']\s{0,9}:|'
    r'type["\']\s{0,9}:\s{0,9}["\'](?:function|tool))'
)
_ANSWERS = r"(?:start|end)_of_|\w{0,20}(?:answer|response|reply|output|text|message)\w{0,9}[\s>]"
"""Tags around the answer itself."""
_VALUES = r"(?:[^()\n]|\([^()\n]{0,200}\)){0,500}"
# Prose writes "f(x) = 2", "print()" and "log.txt (see below)".
_CALL = (
    rf"(?:print\()?(?:(?:[a-z]\w{{0,40}}_\w{{1,40}}|[a-z]\w{{0,40}}(?-i:[a-z][A-Z])\w{{0,40}})\({_VALUES}|"
    r"[a-z]\w{0,60}(?:\.\w{1,60}){0,4}\("
    rf"(?:\s{{0,9}}\w{{1,40}}\s{{0,9}}[=:]\s{{0,9}}[\w\"'\[{{.+-]|\s{{0,9}}\{{|\s{{0,9}}\*\*){_VALUES})"
    r"\){1,2}"
)
_NO_FORMULA = r"[ \t]{0,3}(?=[^ \t=+*/^,;)-])"
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

CALLS = (
    # Hermes and Qwen; Llama 3; Mistral; InternLM; DeepSeek; Kimi; Gemma; LM Studio.
    hidden("<", r"<start_function_call>", r"<end_function_call>"),
    hidden("<", rf"<({_TOOLS})(?:\s[^<>\n]{{0,200}})?(?<!/)>", "</{0}>"),
    hidden(
        "<",
        rf"<(?!{_ANSWERS})([a-z]{{2,20}}_[a-z_]{{2,40}})(?:\s[^<>\n]{{0,200}})?(?<!/)>",
        r"</{0}>",
    ),
    hidden("<", r"<(function|invoke|tool)[=\s][^<>\n]{1,200}>", "</{0}>"),
    hidden("<", r"<\|python_tag\|>", NEVER),
    hidden("[", r"\[TOOL_CALLS\]", NEVER),
    hidden("[", r"\[TOOL_REQUEST\]", r"\[END_TOOL_REQUEST\]"),
    hidden("✿", r"✿FUNCTION✿", NEVER),
    hidden("<", r"<\|action_start\|>", r"<\|action_end\|>"),
    hidden("<", r"<\|tool_call>", r"<tool_call\|>"),
    hidden("<", r"<\uff5c(tool▁calls?)▁begin\uff5c>", "<\uff5c{0}▁end\uff5c>"),
    hidden("<", r"<\|(tool_calls?(?:_section)?)_begin\|>", r"<\|{0}_end\|>"),
    hidden("{[", TOOL_JSON, NEVER, at_line_start=True),
    hidden("{[", rf"(?<=[.!?:] ){TOOL_JSON}", NEVER),
    # Python syntax: Llama 3.2 and 4, Gemini; ReAct; Phi; gpt-oss without its tokens.
    mark("[", rf"\[\s{{0,3}}{_CALL}(?:\s{{0,3}},\s{{0,3}}{_CALL}){{0,5}}\s{{0,3}}\]"),
    mark(_LETTERS, rf"{_CALL}[,;]?{_NO_FORMULA}", at_line_start=True, stays_at_start=True),
    mark(_LETTERS, rf"(?<=[.!?:] ){_CALL}{_NO_FORMULA}"),
    hidden(
        _LETTERS,
        r"(?:tool|function)[_ ]calls?:\s|Action:\s{0,3}\w{1,60}\s{0,3}\n|"
        r"functools\[\s{0,3}\{|call:\w{1,60}\{|to=\w|"
        r"""(?-i:[a-z])\w{0,40}_\w{1,40}\s{0,3}\{\s{0,9}["']\w{1,60}["']\s{0,9}:""",
        NEVER,
        at_line_start=True,
    ),
)
