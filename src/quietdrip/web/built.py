"""The scripts, styles, icons and typeface the build made: read once, named by their content."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

FOLDER = Path(__file__).parent / "static/quietdrip"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
KEEP_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """All built files by name, and one digest of them that stands in their address.

    A change of any byte changes every address, so a browser may keep each for ever.
    """

    digest: str
    contents: dict[str, bytes]

    def address(self, name: str) -> str:
        """Where the browser finds a built file."""
        return reverse("built", args=(self.digest, name))


@cache
def built() -> Built:
    """The files in the folder of the build; a source tree that was never built has none."""
    paths = sorted(path for path in FOLDER.glob("*") if path.suffix in TYPES)
    contents = {path.name: path.read_bytes() for path in paths}
    digest = hashlib.sha256()
    for name, content in contents.items():
        digest.update(name.encode() + content)
    return Built(digest=digest.hexdigest()[:12], contents=contents)


@cache
def zipped(name: str) -> bytes:
    """A text file as gzip, packed once."""
    return gzip.compress(built().contents[name], mtime=0)


@require_safe
def file(request: HttpRequest, digest: str, name: str) -> HttpResponse:
    """GET /static/{digest}/{name}: one built file; any other name or digest is not there."""
    ours = built()
    if digest != ours.digest or name not in ours.contents:
        raise Http404
    suffix = Path(name).suffix
    packed = suffix != ".woff2" and "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(
        zipped(name) if packed else ours.contents[name], content_type=TYPES[suffix]
    )
    response.headers["Cache-Control"] = KEEP_FOR_EVER
    response.headers["Vary"] = "Accept-Encoding"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response


def page(request: HttpRequest) -> dict[str, object]:
    """What every template may name: the addresses of the built files."""
    del request
    ours = built()
    return {
        "style": ours.address("quietdrip.css"),
        "script": ours.address("card.js"),
        "htmx": ours.address("htmx.min.js"),
        "mark": ours.address("mark.svg"),
        "icons": ours.address("icons.svg"),
        "typeface": next((ours.address(n) for n in ours.contents if n.endswith(".woff2")), ""),
    }
