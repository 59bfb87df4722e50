"""The page as it was printed, where there is a file to draw it from and a terminal that can show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.widgets import Static

from copilot.printing import printable
from copilot.tui.faults import told
from copilot.tui.words import tr

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

    from copilot.tui.services import Services

_PIXELS = 1400
"""Width at which a page is drawn; small print stays legible."""


class PagePicture(Vertical):
    """Draws a page off the event loop; says so where it can't."""

    DEFAULT_CSS = """
    PagePicture { background: $surface; align: center middle; Static { width: auto; max-width: 80%; height: auto; } }
    """

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services

    def draw(self, path: str, media_type: str, page: int | None, quote: str) -> None:
        """Draw that page of that file, with the quote marked."""
        self.run_worker(self._draw(path, media_type, page, quote), exclusive=True)

    async def _draw(self, path: str, media_type: str, page: int | None, quote: str) -> None:
        await self.remove_children()
        if not self._services.settings.tui.pictures:
            await self._say(tr("Pictures are switched off (tui.pictures)."))
            return
        if page is None or media_type != "application/pdf":
            await self._say(tr("There is no picture: the document has no printed pages."))
            return
        await self._say(tr("Drawing the page …"))
        try:
            picture = await self._services.off(_drawn, path, page, quote)
        except Exception as error:
            message, remedy = told(error)
            await self._say(f"{message} {remedy}")
            return
        from textual_image.widget import Image

        await self.remove_children()
        image = Image(picture)
        image.styles.width = "auto"
        image.styles.height = "100%"
        await self.mount(image)

    async def _say(self, text: str) -> None:
        await self.remove_children()
        await self.mount(Static(printable(text), markup=False))


def _drawn(path: str, page: int, quote: str) -> PillowImage:
    """A picture for `textual_image`. Called off the event loop."""
    from copilot.library.pictures import draw_page

    return draw_page(path, page, quote=quote, width=_PIXELS)
