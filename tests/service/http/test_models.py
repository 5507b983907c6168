"""Models and health, by OpenAI's client."""

import openai
import pytest

from tests.service.http.web import serving


async def test_models_are_listed_and_found_by_name() -> None:
    async with serving() as web, web.client() as client:
        names = [model.id async for model in client.models.list()]
        assert names == ["marvin", "sphinx", "espeak"]
        assert (await client.models.retrieve("sphinx")).owned_by == "marvin"
        with pytest.raises(openai.NotFoundError) as error:
            await client.models.retrieve("gpt-7")
        assert error.value.code == "model_not_found"
