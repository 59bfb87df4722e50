"""``GET /v1/models``: the names that can be asked for."""

from __future__ import annotations

from fastapi import APIRouter

from copilot.http.openai.asking import names
from copilot.http.openai.embeddings import name_of
from copilot.http.openai.failing import NotPossible, OpenAIRoute
from copilot.http.openai.wire import ModelJson, ModelList
from copilot.http.services import Reader, Services, ServicesOf

router = APIRouter(tags=["openai"], route_class=OpenAIRoute)


@router.get("/v1/models")
async def models(services: ServicesOf, caller: Reader) -> ModelList:
    """The names for `model`: ways of answering, and the embedder.

    `edge-copilot` answers where the router says, `edge-copilot-local` on this device, `edge-copilot-cloud` preferably
    by a larger model, `edge-copilot-quotes` in the documents' own words.
    """
    created = int(services.started_at.timestamp())
    embedder = await services.finder.pool.run(lambda: services.assembly.embedder, caller.client)
    known = (*_answering(services), *((name_of(embedder),) if embedder is not None else ()))
    return ModelList(data=tuple(ModelJson(id=name, created=created) for name in known))


@router.get("/v1/models/{model}")
async def model(model: str, services: ServicesOf, caller: Reader) -> ModelJson:
    """One of these names."""
    found = next((one for one in (await models(services, caller)).data if one.id == model), None)
    if found is None:
        raise NotPossible(f"There is no model “{model}”.", "model", "model_not_found", status=404)
    return found


def _answering(services: Services) -> tuple[str, ...]:
    return names(model=services.use_model, cloud=bool(services.settings.cloud.endpoints))
