"""Linear layers in int8: close to float32, and for each token alike in any company."""

import subprocess
import sys

import pytest
import torch  # noqa: TID253 (a test)

from marvin.backends.pretrained.int8 import quantized


def layers() -> tuple[torch.nn.Module, torch.nn.Module]:
    """A float32 layer and the same in int8. Its channels are of very different sizes."""
    torch.manual_seed(1)
    plain = torch.nn.Linear(128, 96).requires_grad_(False)
    plain.weight *= torch.logspace(-3, 1, 96)[:, None]
    holder = torch.nn.Sequential(torch.nn.Linear(128, 96))
    holder[0].load_state_dict(plain.state_dict())
    return plain, quantized(holder)


def error(found: torch.Tensor, wanted: torch.Tensor) -> float:
    """The largest of any channel, relative to the channel's size."""
    return float(((found - wanted).std(0) / wanted.std(0)).max())


def test_each_channel_is_close_to_float32() -> None:
    plain, small = layers()
    given = torch.randn(1, 200, 128)
    assert small(given).shape == (1, 200, 96)
    assert error(small(given)[0], plain(given)[0]) < 0.02


def test_a_token_gets_the_same_numbers_alone_and_beside_others() -> None:
    _, small = layers()
    tokens = torch.randn(40, 128)
    tokens[7] *= 1000
    together = small(tokens)
    for at in range(40):
        assert torch.equal(small(tokens[at : at + 1])[0], together[at])


@pytest.mark.parametrize("given", [torch.zeros(2, 128), torch.zeros(0, 128)], ids=["0", "none"])
def test_nothing_is_the_bias(given: torch.Tensor) -> None:
    plain, small = layers()
    assert torch.equal(small(given), plain(given))


def test_numbers_that_are_not_numbers_stay_so() -> None:
    _, small = layers()
    assert small(torch.full((1, 128), torch.nan)).isnan().all()


@pytest.mark.parametrize("isa", ["AVX512_CORE", "AVX2", "SSE41"])
def test_no_product_overflows_on_an_older_processor(isa: str) -> None:
    # oneDNN reads it when it first computes.
    code = (
        "import torch\n"
        "from marvin.backends.pretrained.int8 import quantized\n"
        "torch.manual_seed(1)\n"
        "plain = torch.nn.Linear(64, 32)\n"
        "with torch.no_grad(): plain.weight.fill_(1.0); plain.bias.zero_()\n"
        "given = torch.ones(8, 64)\n"
        "wanted = plain(given)\n"
        "found = quantized(torch.nn.Sequential(plain))(given)\n"
        "assert torch.allclose(found, wanted, rtol=1e-3), (found, wanted)\n"
    )
    environment = {"ONEDNN_MAX_CPU_ISA": isa, "OMP_NUM_THREADS": "1", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
