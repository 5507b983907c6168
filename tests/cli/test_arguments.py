"""Messages for mistyped commands and options."""

import pytest

from marvin.cli.arguments import parser


def refused(*words: str) -> int:
    with pytest.raises(SystemExit) as raised:
        parser().parse_args(words)
    return int(raised.value.code or 0)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("runn", "unknown command 'runn' (did you mean 'run'?)"),
        ("modells pull", "unknown command 'modells' (did you mean 'models'?)"),
        ("models pul", "unknown command 'pul' (did you mean 'pull'?)"),
        ("wake trian x", "unknown command 'trian' (did you mean 'train'?)"),
        ("service instal --lingr", "unknown command 'instal' (did you mean 'install'?)"),
        ("train marvin", "unknown command 'train' (did you mean 'wake train'?)"),
        ("pull laptop", "unknown command 'pull' (did you mean 'models pull'?)"),
        ("models xyz", "unknown command 'xyz' (choose from list, pull, check, prune)"),
    ],
)
def test_mistyped_command_suggests_the_right_one(
    words: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(*words.split()) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "usage", "message"),
    [
        ("run --inptu x", "run", "unknown option --inptu (did you mean --input?)"),
        ("run --inptu=x", "run", "unknown option --inptu (did you mean --input=x?)"),
        ("run --seconds 3", "run", "unknown option --seconds\n"),
        ("transcribe a --jsno", "transcribe", "unknown option --jsno (did you mean --json?)"),
        ("ask --speek", "ask", "unknown option --speek (did you mean --speak?)"),
        ("models pull --repar x", "models pull", "unknown option --repar (did you mean --repair?)"),
        ("wake eval --set a=1 --sett", "wake eval", "unknown option --sett (did you mean --set?)"),
        ("transcribe -x a", "transcribe", "unknown option -x\n"),
        ("say -x", "say", "unknown option -x; put words that begin with a dash after `--`"),
        ("run question.wav", "run", "unexpected 'question.wav': marvin run takes only options"),
        ("run question.wav", "run", "did you mean --input?"),
        ("run --input a.wav b.wav", "run", "takes only options, and one FILE after --input\n"),
        ("mute now", "mute", "unexpected 'now': marvin mute takes only options"),
        ("run --input", "run", "argument --input: expected one argument"),
        ("say", "say", "the following arguments are required: TEXT"),
    ],
)
def test_mistyped_option_shows_the_usage_of_its_command(
    words: str, usage: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(*words.split()) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"usage: marvin {usage} [-h]")
    assert message in said
    assert said.endswith(f"See `marvin {usage} --help`.\n")


@pytest.mark.parametrize(
    ("option", "behind"),
    [("--input", "marvin run --input"), ("--inptu", "marvin run --input"), ("--yes", "--yes")],
)
def test_option_without_its_command_names_the_command(
    option: str, behind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(option, "question.wav") == 2
    assert behind in capsys.readouterr().err


@pytest.mark.parametrize("words", [(), ("models",), ("wake",), ("service",)])
def test_missing_subcommand_lists_the_available_ones(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(*words) == 2
    said = capsys.readouterr().err
    assert "COMMAND" in said
    assert "commands:" in said


def test_help_is_also_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused("help") == refused("--help") == 0
    assert "marvin run" in capsys.readouterr().out
    assert refused("help", "models", "pull") == 0
    assert capsys.readouterr().out.startswith("usage: marvin models pull ")


@pytest.mark.parametrize(
    "words", [("ask", "\udcff"), ("config", "-p", "\udcff"), ("wake", "train", "a", "b\udc80")]
)
def test_arguments_that_are_not_unicode_are_refused_in_one_line(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(*words) == 2
    said = capsys.readouterr().err
    assert "is not UTF-8" in said
    assert said.isascii()


def test_file_names_need_not_be_unicode() -> None:
    assert len(parser().parse_args(["transcribe", "\udcff.wav"]).files) == 1


@pytest.mark.parametrize(
    "words", ["test-mic --seconds 0", "test-mic --seconds nan", "test-mic --seconds x",
              "test-mic --words 0", "test-mic --minutes -1", "test-mic --minutes inf",
              "bench --turns 0", "bench --turns 1.5", "wake eval --snr nan",
              "wake train x --threads=0",
              "wake train x --steps=-1", "wake train x --clips=5", "wake train x --seed=one"],
)  # fmt: skip
def test_number_out_of_range_is_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(*words.split()) == 2
    assert "is no" in (said := capsys.readouterr().err) or "is too small" in said


def test_negative_numbers_and_text_starting_with_a_dash_are_accepted() -> None:
    assert parser().parse_args(["wake", "eval", "--snr", "-5"]).snr == [-5.0]
    assert parser().parse_args(["ask", "-5", "plus", "6"]).text == ["-5", "plus", "6"]
    assert parser().parse_args(["say", "--", "-x"]).text == ["-x"]


def test_verbosity_option_works_before_and_after_the_command() -> None:
    assert parser().parse_args(["-v", "run"]).verbose == 1
    assert parser().parse_args(["run", "-vv"]).verbose == 2
    assert parser().parse_args(["run"]).verbose == 0
